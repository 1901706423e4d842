//! `dibao tenants`: apply, list, export.

use std::path::PathBuf;

use anyhow::{Result, bail};
use base::config::Config;
use base::store::TenantRow;
use base::{Clock, Level, Store, SystemClock};
use exchange::onboarding::{self, ApplyError, Declared, Fault, Standards};
use exchange::policy;
use serde::Serialize;

use super::{DONE, print, site, user};
use crate::cli::Tenants;
use crate::manifest::{Declaration, entry_of};
use crate::tree::Tree;

/// Runs one of the commands.
pub async fn run(config: &Config, store: &Store, command: Tenants, json: bool) -> Result<u8> {
    match command {
        Tenants::Apply { path, dry_run } => apply(config, store, path, dry_run, json).await,
        Tenants::List { level, parent } => list(store, level.as_deref(), parent.as_deref(), json),
        Tenants::Export { slug } => export(config, store, slug.as_deref(), json).await,
    }
}

async fn apply(config: &Config, store: &Store, path: Option<PathBuf>, dry_run: bool, json: bool) -> Result<u8> {
    let present = store.declared().await?;
    let configured = Tree::of(config.tenants_dir.as_deref());
    let (declaration, tree) = match path {
        None => (Declaration::of_tree(&configured)?, configured),
        Some(path) if path.is_dir() => {
            let tree = Tree::Directory(path);
            (Declaration::of_tree(&tree)?, tree)
        }
        Some(path) => (Declaration::of_file(&path, &configured, &present)?, configured),
    };
    let blueprints = tree.blueprints()?;
    let refuse = |faults: &[Fault]| {
        let lines: Vec<String> = faults.iter().map(|fault| declaration.located(fault)).collect();
        anyhow::anyhow!("nothing was applied:\n{}", lines.join("\n"))
    };
    let declared: Vec<Declared> = declaration.resolved(&blueprints, &config.zone).map_err(|faults| refuse(&faults))?;
    let standards = Standards { blueprints: &blueprints, lifecycle: &tree.lifecycle_rules()? };
    let (tx, now) = (store.provision_operator().await?, SystemClock.now());
    let planned = if dry_run {
        // Never committed: what is shown is what would have happened.
        onboarding::plan(store, &tx, standards, &declared, now).await
    } else {
        let actor = format!("cli:{}", user());
        onboarding::apply(store, tx, standards, &declared, &actor, now).await.map(|applied| applied.plan)
    };
    let plan = planned.map_err(|error| match error {
        ApplyError::Faults(faults) => refuse(&faults),
        ApplyError::Store(error) => error.into(),
    })?;
    if json {
        print(&plan)?;
        return Ok(DONE);
    }
    for slug in plan.create.iter().take(50) {
        println!("create   {slug}");
    }
    if plan.create.len() > 50 {
        println!("create   … and {} more", plan.create.len() - 50);
    }
    for change in &plan.change {
        let what = if plan.suspend.contains(&change.slug) { "suspend " } else { "change  " };
        println!("{what} {}  ({})", change.slug, change.fields.join(", "));
    }
    for slug in &plan.policies {
        println!("policy   {slug}  (repost)");
    }
    for given in &plan.columns {
        println!("columns  {}  ({} standard columns)", given.slug, given.columns);
    }
    let said = if dry_run { "would be" } else { "were" };
    println!("{} {said} created, {} changed, {} are as declared", plan.create.len(), plan.change.len(), plan.unchanged);
    Ok(DONE)
}

#[derive(Serialize)]
struct Line {
    slug: String,
    name: String,
    level: &'static str,
    state: &'static str,
    site_code: String,
    hosts: Vec<String>,
    parent: Option<String>,
}

fn list(store: &Store, level: Option<&str>, parent: Option<&str>, json: bool) -> Result<u8> {
    let level = match level {
        Some(word) => match Level::parse(word) {
            Some(level) => Some(level),
            None => bail!("{word} is no level; levels are {}", Level::ALL.map(Level::as_str).join(", ")),
        },
        None => None,
    };
    let parent = parent.map(|slug| site(store, slug)).transpose()?.map(|site| site.tenant);
    let sites = store.sites();
    let kept = sites
        .all()
        .into_iter()
        .filter(|site| level.is_none_or(|level| site.level == level) && (parent.is_none() || site.parent == parent));
    let lines: Vec<Line> = kept
        .map(|site| Line {
            slug: site.slug.to_string(),
            name: site.name.to_string(),
            level: site.level.as_str(),
            state: site.state.as_str(),
            site_code: site.site_code.to_string(),
            hosts: site.hosts.iter().map(ToString::to_string).collect(),
            parent: site.parent.and_then(|parent| sites.by_id(parent)).map(|parent| parent.slug.to_string()),
        })
        .collect();
    if json {
        print(&lines)?;
        return Ok(DONE);
    }
    for line in &lines {
        println!("{:<10} {:<10} {:<40} {}", line.level, line.state, line.slug, line.name);
    }
    eprintln!("{} portals", lines.len());
    Ok(DONE)
}

#[derive(Serialize)]
struct Manifest {
    tenant: Vec<exchange::onboarding::Entry>,
}

async fn export(config: &Config, store: &Store, slug: Option<&str>, json: bool) -> Result<u8> {
    let below = slug.map(|slug| site(store, slug)).transpose()?;
    let mut rows = store.declared().await?;
    if let Some(below) = below {
        let sites = store.sites();
        rows.retain(|row| sites.by_slug(&row.slug).is_some_and(|site| sites.is_within(site.tenant, below.tenant)));
    }
    rows.sort_by(|a, b| (a.level, &a.division_code, &a.slug).cmp(&(b.level, &b.division_code, &b.slug)));
    let blueprints = Tree::of(config.tenants_dir.as_deref()).blueprints()?;
    let slugs: Vec<&str> = rows.iter().map(|row| row.slug.as_str()).collect();
    let held = policy::held(&store.provision_operator().await?, &slugs).await?;
    let entry = |row: &TenantRow| {
        let standard = blueprints.get(&row.blueprint).map(|blueprint| blueprint.repost);
        entry_of(row, held.get(&row.slug).copied().filter(|held| Some(*held) != standard))
    };
    let manifest = Manifest { tenant: rows.iter().map(entry).collect() };
    if json {
        print(&manifest)?;
    } else {
        print!("{}", toml::to_string(&manifest)?);
    }
    Ok(DONE)
}
