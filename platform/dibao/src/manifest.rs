//! Manifests: what they declare, and where each tenant stands in them, so that a fault is shown with file and line.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context, Result, bail};
use base::store::TenantRow;
use base::{Level, Timestamp};
use exchange::onboarding::{Declared, Entry, Fault, LevelBlueprint, resolve};
use exchange::policy::PolicySpec;
use serde::Deserialize;

use crate::tree::Tree;

/// A file of tenants.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(default)]
    tenant: Vec<toml::Spanned<Entry>>,
}

/// A row of the table of divisions.
#[derive(Deserialize)]
struct Division {
    code: String,
    name: String,
    level: String,
    parent_code: String,
    slug: String,
}

/// Everything declared, and where.
#[derive(Default)]
pub struct Declaration {
    /// Entries by slug, in the order in which they were first named.
    entries: Vec<Entry>,
    at: HashMap<String, usize>,
    places: HashMap<String, String>,
    /// Slugs that one manifest names twice.
    twice: Vec<Fault>,
}

impl Declaration {
    /// The whole tree: the table of divisions, overlaid by the manifests.
    pub fn of_tree(tree: &Tree) -> Result<Self> {
        let cluster = tree.cluster()?;
        let mut all = Self::default();
        all.read_divisions(tree, &cluster.divisions, &cluster.root)?;
        for file in tree.manifests(&cluster.overlays)? {
            all.read_manifest(&tree.text(&file)?, &tree.shown(&file), |_| None)?;
        }
        Ok(all)
    }

    /// One manifest over what is there: what it leaves out stays as it is.
    pub fn of_file(path: &Path, tree: &Tree, present: &[TenantRow]) -> Result<Self> {
        let known = Self::of_tree(tree)?;
        let there: HashMap<&str, &TenantRow> = present.iter().map(|row| (row.slug.as_str(), row)).collect();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut all = Self::default();
        all.read_manifest(&text, &path.display().to_string(), |slug| {
            there
                .get(slug)
                .map(|row| entry_of(row, None))
                .or_else(|| known.at.get(slug).map(|at| known.entries[*at].clone()))
        })?;
        Ok(all)
    }

    fn put(&mut self, entry: Entry, place: String) {
        let slug = entry.slug.clone();
        match self.at.get(&slug) {
            Some(at) => self.entries[*at] = entry,
            None => {
                self.at.insert(slug.clone(), self.entries.len());
                self.entries.push(entry);
            }
        }
        self.places.insert(slug, place);
    }

    fn read_divisions(&mut self, tree: &Tree, file: &str, root: &str) -> Result<()> {
        let text = tree.text(file)?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for row in reader.deserialize::<Division>() {
            rows.push(row.with_context(|| tree.shown(file))?);
        }
        let slugs: HashMap<String, String> = rows.iter().map(|row| (row.code.clone(), row.slug.clone())).collect();
        for (line, row) in (2..).zip(rows) {
            // A division without a slug is kept in the table and has no portal here.
            if row.slug.is_empty() {
                continue;
            }
            let place = format!("{}:{line}", tree.shown(file));
            let parent = if row.parent_code.is_empty() {
                root.to_owned()
            } else {
                let above = slugs.get(&row.parent_code).filter(|slug| !slug.is_empty());
                above
                    .with_context(|| format!("{place}: there is no division {} with a portal", row.parent_code))?
                    .clone()
            };
            let level = Level::parse(&row.level).with_context(|| format!("{place}: {} is no level", row.level))?;
            if self.at.contains_key(&row.slug) {
                bail!("{place}: the slug {} is given twice", row.slug);
            }
            let entry = Entry {
                slug: row.slug,
                short_name: Some(row.name),
                level: Some(level),
                parent: Some(parent),
                division_code: Some(row.code),
                blueprint: Some(level.as_str().to_owned()),
                ..Entry::default()
            };
            self.put(entry, place);
        }
        Ok(())
    }

    fn read_manifest(&mut self, text: &str, shown: &str, known: impl Fn(&str) -> Option<Entry>) -> Result<()> {
        let manifest: Manifest = toml::from_str(text).with_context(|| shown.to_owned())?;
        let mut here: HashMap<String, usize> = HashMap::new();
        for spanned in manifest.tenant {
            // The line of the header, where a reader looks for the tenant.
            let line = text[..spanned.span().start.min(text.len())].matches('\n').count() + 1;
            let entry = spanned.into_inner();
            if entry.slug.is_empty() {
                bail!("{shown}:{line}: slug is missing");
            }
            if let Some(first) = here.insert(entry.slug.clone(), line) {
                self.places.insert(entry.slug.clone(), format!("{shown}:{line} (first in line {first})"));
                self.twice.push(Fault::DeclaredTwice { slug: entry.slug.clone() });
            }
            let below = self.at.get(&entry.slug).map(|at| self.entries[*at].clone()).or_else(|| known(&entry.slug));
            let slug = entry.slug.clone();
            let merged = below.unwrap_or_default().overlaid(entry);
            let place = if self.twice.iter().any(|fault| fault.slug() == slug) {
                self.places.get(&slug).cloned()
            } else {
                None
            };
            self.put(merged, place.unwrap_or_else(|| format!("{shown}:{line}")));
        }
        Ok(())
    }

    /// The entries in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Keeps only what `wanted` says.
    pub fn retain(&mut self, wanted: impl Fn(&Entry) -> bool) {
        self.entries.retain(wanted);
        self.at = self.entries.iter().enumerate().map(|(at, entry)| (entry.slug.clone(), at)).collect();
    }

    /// Adds entries that come from nowhere but the program.
    pub fn extend(&mut self, entries: impl Iterator<Item = Entry>) {
        for entry in entries {
            self.put(entry, "synthetic".to_owned());
        }
    }

    /// The tenants that the entries mean, or everything that is wrong with them.
    pub fn resolved(
        &self,
        blueprints: &BTreeMap<String, LevelBlueprint>,
        zone: &str,
    ) -> Result<Vec<Declared>, Vec<Fault>> {
        let mut faults = self.twice.clone();
        let mut declared = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let name = entry
                .blueprint
                .clone()
                .or_else(|| entry.level.map(|level| level.as_str().to_owned()))
                .unwrap_or_default();
            let one = match blueprints.get(&name) {
                Some(blueprint) => resolve(entry, &name, blueprint, zone),
                None => Err(Fault::UnknownBlueprint { slug: entry.slug.clone(), blueprint: name }),
            };
            match one {
                Ok(one) => declared.push(one),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(declared) } else { Err(faults) }
    }

    /// A fault with file and line.
    pub fn located(&self, fault: &Fault) -> String {
        let place = self.places.get(fault.slug()).map_or("the database", String::as_str);
        format!("{place}: {fault}")
    }
}

/// A row written back as a manifest entry, with its policy where it is not the blueprint's.
pub fn entry_of(row: &TenantRow, repost: Option<PolicySpec>) -> Entry {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Entry {
        slug: row.slug.clone(),
        name: some(&row.name),
        short_name: some(&row.short_name),
        level: Some(row.level),
        parent: row.parent.clone(),
        division_code: some(&row.division_code),
        site_code: some(&row.site_code),
        hosts: Some(row.hosts.clone()),
        owner_unit: some(&row.owner_unit),
        operator_unit: some(&row.furniture.operator_unit),
        contact: some(&row.furniture.contact),
        icp: some(&row.furniture.icp),
        psb: some(&row.furniture.psb),
        sample: Some(row.furniture.sample),
        rehearsal: Some(row.rehearsal).filter(|rehearsal| *rehearsal),
        state: Some(row.state),
        state_reason: some(&row.state_reason),
        state_until: row.state_until.map(Timestamp::date_cst),
        successor: some(&row.successor),
        blueprint: some(&row.blueprint),
        theme: some(&row.theme),
        skin: some(&row.skin),
        repost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_tree_is_sound() {
        let tree = Tree::Embedded;
        let all = Declaration::of_tree(&tree).expect("a tree");
        let declared = all
            .resolved(&tree.blueprints().expect("blueprints"), "localhost")
            .unwrap_or_else(|faults| panic!("{faults:?}"));
        let rule = tree.lifecycle_rules().expect("rules").at(Timestamp(0));
        assert_eq!(rule.suspension_max_days, exchange::LifecycleRule::default().suspension_max_days);
        assert_eq!(exchange::onboarding::check(&declared, &[], &rule, Timestamp(0)), vec![]);
        let of = |level| declared.iter().filter(|one| one.row.level == level).count();
        assert_eq!((of(Level::Central), of(Level::Province), of(Level::City)), (1, 32, 333));
        assert!(of(Level::County) > 2800, "{}", of(Level::County));
        assert!(tree.repost_rules().expect("rules").rules.len() >= 2);
    }

    #[test]
    fn a_fault_is_found_by_file_and_line() {
        let mut all = Declaration::default();
        let text = "# comment\n[[tenant]]\nslug = \"a\"\nshort_name = \"甲\"\nblueprint = \"county\"\n\n[[tenant]]\nslug = \"b\"\nshort_name = \"乙\"\nblueprint = \"none\"\n";
        all.read_manifest(text, "x.toml", |_| None).expect("read");
        let faults = all.resolved(&BTreeMap::new(), "localhost").expect_err("faults");
        assert_eq!(all.located(&faults[1]), "x.toml:7: tenant b: there is no blueprint none");
    }

    #[test]
    fn unknown_keys_are_errors() {
        let wrong =
            Declaration::default().read_manifest("[[tenant]]\nslug = \"a\"\nparnet = \"b\"\n", "x.toml", |_| None);
        assert!(format!("{:#}", wrong.expect_err("an error")).contains("parnet"));
    }
}
