//! The data of `tenants/`: embedded in the program, or read from a directory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base::calendar::Calendar;
use border::crawl::CrawlRules;
use border::delivery::DeliveryRules;
use border::federation::FederationRules;
use border::outside::OutsideRules;
use content::column::ColumnRules;
use content::link::LinkRules;
use exchange::merit::RuleTable;
use exchange::onboarding::LevelBlueprint;
use exchange::{
    CommissionRules, LifecycleRule, LifecycleRules, LikenessRules, PointTables, RepostRules, RosterRules,
    SubmissionRules,
};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "../../tenants"]
struct Embedded;

/// Where manifests come from.
#[derive(Clone, Debug)]
pub enum Tree {
    /// Inside the program.
    Embedded,
    /// A directory with a `cluster.toml`.
    Directory(PathBuf),
}

/// `cluster.toml`: where the parts of a cluster's declaration are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Table of divisions.
    pub divisions: String,
    /// Folder of blueprints.
    pub blueprints: String,
    /// Folder of manifests.
    pub overlays: String,
    /// Folder of rules.
    pub rules: String,
    /// Table of days off and of weekends that are worked.
    pub calendar: String,
    /// Slug of the tenant above all others.
    pub root: String,
}

impl Tree {
    /// The configured tree.
    pub fn of(directory: Option<&Path>) -> Self {
        directory.map_or(Self::Embedded, |directory| Self::Directory(directory.to_owned()))
    }

    /// How messages name a file of the tree.
    pub fn shown(&self, name: &str) -> String {
        match self {
            Self::Embedded => format!("tenants/{name}"),
            Self::Directory(directory) => directory.join(name).display().to_string(),
        }
    }

    /// A file as text.
    pub fn text(&self, name: &str) -> Result<String> {
        let bytes: Cow<'_, [u8]> = match self {
            Self::Embedded => {
                Embedded::get(name).map(|file| file.data).with_context(|| format!("{} is missing", self.shown(name)))?
            }
            Self::Directory(directory) => {
                std::fs::read(directory.join(name)).with_context(|| format!("cannot read {}", self.shown(name)))?.into()
            }
        };
        String::from_utf8(bytes.into_owned()).with_context(|| format!("{} is not UTF-8", self.shown(name)))
    }

    /// The `.toml` files of a folder, sorted.
    pub fn manifests(&self, folder: &str) -> Result<Vec<String>> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let mut found: Vec<String> = match self {
            Self::Embedded => Embedded::iter().map(Cow::into_owned).filter(|name| name.starts_with(&prefix)).collect(),
            Self::Directory(directory) => {
                let entries = std::fs::read_dir(directory.join(folder))
                    .with_context(|| format!("cannot read {}", self.shown(folder)))?;
                entries
                    .filter_map(|entry| Some(format!("{prefix}{}", entry.ok()?.file_name().to_string_lossy())))
                    .collect()
            }
        };
        found.retain(|name| name.ends_with(".toml"));
        found.sort();
        Ok(found)
    }

    /// The declaration of the cluster.
    pub fn cluster(&self) -> Result<Cluster> {
        toml::from_str(&self.text("cluster.toml")?).with_context(|| self.shown("cluster.toml"))
    }

    /// The blueprints by name.
    pub fn blueprints(&self) -> Result<BTreeMap<String, LevelBlueprint>> {
        let mut blueprints = BTreeMap::new();
        for file in self.manifests(&self.cluster()?.blueprints)? {
            let blueprint: LevelBlueprint = toml::from_str(&self.text(&file)?).with_context(|| self.shown(&file))?;
            let lawful = blueprint.repost.limit_hours.is_none_or(|hours| hours >= 1);
            anyhow::ensure!(lawful, "{}: limit_hours is at least 1", self.shown(&file));
            let name = file.rsplit('/').next().unwrap_or(&file).trim_end_matches(".toml");
            blueprints.insert(name.to_owned(), blueprint);
        }
        Ok(blueprints)
    }

    /// The rules on submissions in all their versions, with the calendar of working days.
    pub fn submission_rules(&self) -> Result<SubmissionRules> {
        let cluster = self.cluster()?;
        let file = format!("{}/submission.toml", cluster.rules);
        let mut rules: SubmissionRules = toml::from_str(&self.text(&file)?).with_context(|| self.shown(&file))?;
        anyhow::ensure!(!rules.rules.is_empty(), "{} holds no rule", self.shown(&file));
        rules.calendar =
            Calendar::read(&self.text(&cluster.calendar)?).with_context(|| self.shown(&cluster.calendar))?;
        Ok(rules)
    }

    /// What applies to columns.
    pub fn column_rules(&self) -> Result<ColumnRules> {
        self.rules_or_shipped("column")
    }

    /// What applies to links that leave a portal.
    pub fn link_rules(&self) -> Result<LinkRules> {
        self.rules_or_shipped("link")
    }

    /// The pace of the channel to other installations.
    pub fn federation_rules(&self) -> Result<FederationRules> {
        self.rules_or_shipped("federation")
    }

    /// The rules on delivery.
    pub fn delivery_rules(&self) -> Result<DeliveryRules> {
        self.rules_or_shipped("delivery")
    }

    /// The rules on rosters.
    pub fn roster_rules(&self) -> Result<RosterRules> {
        self.rules_or_shipped("roster")
    }

    /// The rules on crawling.
    pub fn crawl_rules(&self) -> Result<CrawlRules> {
        self.rules_or_shipped("crawl")
    }

    /// The rules on commissions and quotas.
    pub fn commission_rules(&self) -> Result<CommissionRules> {
        self.rules_or_shipped("commission")
    }

    /// The rules on near-duplicates.
    pub fn likeness_rules(&self) -> Result<LikenessRules> {
        self.rules_or_shipped("likeness")
    }

    /// The rules on portals outside the platform.
    pub fn outside_rules(&self) -> Result<OutsideRules> {
        self.rules_or_shipped("outside")
    }

    /// Rules in all their versions; the shipped ones when a cluster says nothing else. A file without a rule is refused.
    fn rules_or_shipped<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T> {
        let file = format!("{}/{name}.toml", self.cluster()?.rules);
        let own = !matches!(self, Self::Directory(directory) if !directory.join(&file).exists());
        let text = if own { self.text(&file)? } else { Self::Embedded.text(&format!("rules/{name}.toml"))? };
        let table: toml::Table = text.parse().with_context(|| self.shown(&file))?;
        let some = table.get("rule").and_then(toml::Value::as_array).is_some_and(|rules| !rules.is_empty());
        anyhow::ensure!(some, "{} holds no rule", self.shown(&file));
        toml::from_str(&text).with_context(|| self.shown(&file))
    }

    /// The tables of points that a scorer may choose from; none when a cluster ships none.
    pub fn point_tables(&self) -> Result<PointTables> {
        let folder = format!("{}/points", self.cluster()?.rules);
        if let Self::Directory(directory) = self
            && !directory.join(&folder).exists()
        {
            return Ok(PointTables::default());
        }
        let mut tables = PointTables::default();
        for file in self.manifests(&folder)? {
            let table: RuleTable = toml::from_str(&self.text(&file)?).with_context(|| self.shown(&file))?;
            table.check().with_context(|| self.shown(&file))?;
            anyhow::ensure!(!table.key.is_empty(), "{}: key is missing", self.shown(&file));
            tables.0.push(table);
        }
        Ok(tables)
    }

    /// The repost rules in all their versions.
    pub fn repost_rules(&self) -> Result<RepostRules> {
        let file = format!("{}/repost.toml", self.cluster()?.rules);
        let rules: RepostRules = toml::from_str(&self.text(&file)?).with_context(|| self.shown(&file))?;
        anyhow::ensure!(!rules.rules.is_empty(), "{} holds no rule", self.shown(&file));
        Ok(rules)
    }

    /// The rule on going offline and closing in all its versions; the circular's when a cluster says nothing else.
    pub fn lifecycle_rules(&self) -> Result<LifecycleRules> {
        let file = format!("{}/lifecycle.toml", self.cluster()?.rules);
        if let Self::Directory(directory) = self
            && !directory.join(&file).exists()
        {
            return Ok(LifecycleRules { rules: vec![LifecycleRule::default()] });
        }
        toml::from_str(&self.text(&file)?).with_context(|| self.shown(&file))
    }
}
