//! `dibao demo`: the whole country on one machine. Every step is idempotent, so that a killed set-up goes on where it was.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use base::config::Config;
use base::duty::{Grant, Role};
use base::people::NewAccount;
use base::store::{Reach, migrate};
use base::{Clock, Level, Store, SystemClock};
use content::placement;
use exchange::onboarding::{self, ApplyError, Entry, Standards};
use exchange::order::{self, IssueOrder, NewOrder};
use exchange::{Audience, Kind};
use serde::Deserialize;
use web::App;
use web::server::Surface;

use crate::cli::Demo;
use crate::commands::serve::{AskedToStop, Open, Parts, open};
use crate::commands::{DONE, operator, site};
use crate::import::Importer;
use crate::manifest::Declaration;
use crate::{boot, tree::Tree};

/// `samples/demo.toml`.
#[derive(Deserialize)]
struct Script {
    password: String,
    account: Vec<Account>,
    order: Ordered,
}

#[derive(Deserialize)]
struct Account {
    login: String,
    name: String,
    #[serde(flatten)]
    grant: Granted,
    #[serde(default)]
    more: Vec<Granted>,
}

#[derive(Deserialize)]
struct Granted {
    role: Role,
    tenant: String,
    #[serde(default)]
    subtree: bool,
}

#[derive(Deserialize)]
struct Ordered {
    document: String,
    subtree: String,
    levels: Vec<Level>,
    deadline_hours: i32,
    reason: String,
}

/// Sets up what is missing, opens the doors, and stays. Asked to stop before it is ready, it stops between two steps; the
/// next start goes on from there.
pub async fn run(mut config: Config, demo: Demo) -> Result<u8> {
    let mut asked = AskedToStop::listen()?;
    config.listen = demo.listen;
    config.public_scheme = "http".to_owned();
    config.public_port = Some(demo.listen.port());
    config.zone = "localhost".to_owned();
    let own = format!(
        "http://{}",
        if demo.listen.ip().is_unspecified() { ([127, 0, 0, 1], demo.listen.port()).into() } else { demo.listen }
    );
    if config.probe_entry.is_none() {
        config.probe_entry = own.parse().ok();
    }
    let tree = Tree::of(config.tenants_dir.as_deref());
    let script: Script = toml::from_str(&tree.text("samples/demo.toml")?).context("samples/demo.toml")?;
    let prepared = asked.unless(async {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("cannot create {}", config.data_dir.display()))?;
        migrate(&config.database_owner(), SystemClock.now()).await?;
        let store = boot::store(&config).await?;
        tenants(&config, &store, &tree, &demo).await?;
        accounts(&store, &script).await?;
        Ok(store)
    });
    let Some(store) = prepared.await? else { return Ok(DONE) };
    let open = open(&config, store, &tree, Parts { surface: Surface::All, worker: true }).await?;
    let filled = asked.unless(async {
        samples(&open.app, &tree, &demo).await?;
        issue(&open.app, &script).await
    });
    if filled.await?.is_none() {
        return open.close().await;
    }
    show(&open, &script);
    println!("ready {}", own.replace("127.0.0.1", "localhost"));
    open.stay(&mut asked).await
}

/// The tenants of the tree, as many as are wanted; nothing is looked at twice when they are there already.
async fn tenants(config: &Config, store: &Store, tree: &Tree, demo: &Demo) -> Result<()> {
    let mut declaration = Declaration::of_tree(tree)?;
    if let Some(wanted) = demo.tenants {
        keep(&mut declaration, tree, wanted)?;
    }
    let real = declaration.entries().len();
    let wanted = demo.scale.unwrap_or(0).max(real);
    if store.sites().len() >= wanted {
        println!("1/4  {} portals are there", store.sites().len());
        return Ok(());
    }
    let begun = Instant::now();
    println!("1/4  creating {wanted} portals …");
    let synthetic = synthetic(&declaration, wanted - real);
    declaration.extend(synthetic.into_iter());
    let blueprints = tree.blueprints()?;
    let refuse = |faults: Vec<onboarding::Fault>| {
        let lines: Vec<String> = faults.iter().take(20).map(|fault| declaration.located(fault)).collect();
        anyhow!("the manifests are wrong:\n{}", lines.join("\n"))
    };
    let mut declared = declaration.resolved(&blueprints, &config.zone).map_err(refuse)?;
    for one in &mut declared {
        one.row.furniture.sample = true;
    }
    let tx = store.provision_operator().await?;
    let standards = Standards { blueprints: &blueprints, lifecycle: &tree.lifecycle_rules()? };
    match onboarding::apply(store, tx, standards, &declared, "demo", SystemClock.now()).await {
        Ok(_) => {}
        Err(ApplyError::Faults(faults)) => return Err(refuse(faults)),
        Err(ApplyError::Store(error)) => return Err(error.into()),
    }
    println!(
        "     {} portals with {} columns each in {:.1} s",
        store.sites().len(),
        blueprints.values().map(|b| b.columns.len()).max().unwrap_or(0),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Keeps the first `wanted` portals: those that the samples and accounts need, with their superiors, come first.
fn keep(declaration: &mut Declaration, tree: &Tree, wanted: usize) -> Result<()> {
    #[derive(Deserialize)]
    struct Named {
        tenant: String,
    }
    let samples = tree.text("samples/documents.jsonl")?;
    let named = samples.lines().filter_map(|line| serde_json::from_str::<Named>(line).ok()).map(|named| named.tenant);
    let parents: std::collections::HashMap<&str, Option<&str>> =
        declaration.entries().iter().map(|entry| (entry.slug.as_str(), entry.parent.as_deref())).collect();
    let mut kept: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let order = std::iter::once("www".to_owned())
        .chain(["hubei", "wuhan-hubei", "jiangan-wuhan-hubei"].map(str::to_owned))
        .chain(named)
        .chain(declaration.entries().iter().map(|entry| entry.slug.clone()));
    for slug in order {
        // A portal is kept with everybody above it, or not at all.
        let mut line = Vec::new();
        let mut next = Some(slug.as_str());
        while let Some(at) = next.filter(|at| parents.contains_key(at) && !seen.contains(*at)) {
            line.push(at.to_owned());
            next = parents.get(at).copied().flatten();
        }
        if kept.len() + line.len() <= wanted.max(1) {
            seen.extend(line.iter().cloned());
            kept.extend(line);
        }
    }
    declaration.retain(|entry| seen.contains(&entry.slug));
    Ok(())
}

/// Portals for load work, spread evenly under the real counties.
fn synthetic(declaration: &Declaration, count: usize) -> Vec<Entry> {
    let counties: Vec<&Entry> =
        declaration.entries().iter().filter(|entry| entry.level == Some(Level::County)).collect();
    let above: Vec<&Entry> =
        if counties.is_empty() { declaration.entries().iter().take(1).collect() } else { counties };
    (1..=count)
        .filter_map(|n| {
            let parent = above.get((n - 1) % above.len().max(1))?;
            Some(Entry {
                slug: format!("s{n:05}"),
                short_name: Some(format!("{}合成站{n}", parent.short_name.clone().unwrap_or_default())),
                name: Some(format!("{}合成站{n}", parent.short_name.clone().unwrap_or_default())),
                level: Some(Level::Department),
                parent: Some(parent.slug.clone()),
                // No division begins with 99: a sample's code is nobody's.
                site_code: Some(format!("99{n:08}")),
                blueprint: Some("county".to_owned()),
                ..Entry::default()
            })
        })
        .collect()
}

/// The people who are missing, one by one: a set-up may have been killed between two of them. What somebody made of a
/// person who is there stays.
async fn accounts(store: &Store, script: &Script) -> Result<()> {
    for account in &script.account {
        if store.has_account(&account.login).await? {
            continue;
        }
        let grants = std::iter::once(&account.grant).chain(&account.more).filter_map(|granted| {
            let tenant = store.sites().by_slug(&granted.tenant)?.tenant;
            Some(Grant { role: granted.role, tenant, subtree: granted.subtree })
        });
        let new = NewAccount {
            login: account.login.clone(),
            name: account.name.clone(),
            password: script.password.clone(),
            grants: grants.collect(),
        };
        if !new.grants.is_empty() {
            store.put_account(new, SystemClock.now()).await?;
        }
    }
    Ok(())
}

async fn samples(app: &Arc<App>, tree: &Tree, demo: &Demo) -> Result<()> {
    let central = site(&app.store, "www")?;
    let begun = Instant::now();
    let (text, many, column) = match &demo.documents {
        Some(file) => {
            (std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?, false, "gwyzc")
        }
        None => (tree.text("samples/documents.jsonl")?, true, "zcwj"),
    };
    let importer = Importer {
        app: Arc::clone(app),
        who: operator(&central, "demo"),
        site: central,
        many,
        column: column.to_owned(),
    };
    let mut shown = 0;
    let (imported, known, refused) = importer
        .run(&text, |report| {
            // With few portals some samples have nowhere to go; real documents are reported one by one.
            if report.result == "refused" && !many {
                println!("     line {}: refused: {} ({})", report.line, report.title, report.why);
            }
            shown += 1;
            if shown % 200 == 0 {
                println!("     {shown} documents …");
            }
        })
        .await?;
    println!(
        "2/4  {imported} documents loaded, {known} were there, {refused} left out, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One mandatory repost, so that the board has something to show.
async fn issue(app: &Arc<App>, script: &Script) -> Result<()> {
    let issuer = site(&app.store, &script.order.subtree)?;
    let staff = operator(&issuer, "demo").staff::<IssueOrder>(app.store.sites(), issuer.tenant)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    if !order::list(&tx, None, 1).await?.items.is_empty() {
        println!("3/4  the order was issued before");
        return Ok(());
    }
    let listed = placement::listed(&tx, Some("gwyzc"), None, 100).await?.items;
    let named = content::document::imported(&tx, &script.order.document).await?;
    let chosen = listed
        .iter()
        .find(|row| Some(row.document_id) == named)
        .or_else(|| listed.iter().find(|row| row.mode == "own"));
    let Some(chosen) = chosen else {
        println!("3/4  no document to order");
        return Ok(());
    };
    let begun = Instant::now();
    let now = app.clock.now();
    let rule = app.rules.at(now).context("no repost rule is in force")?;
    let new = NewOrder {
        edition: chosen.edition_id,
        kind: Kind::Mandatory,
        audience: Audience::meant(issuer.tenant, None, script.order.levels.clone(), vec![], vec![]),
        deadline_hours: Some(script.order.deadline_hours),
        target_code: None,
        reason: script.order.reason.clone(),
    };
    match order::issue(&tx, &staff, new, rule, now).await {
        Ok(issued) => {
            tx.commit().await?;
            println!(
                "3/4  order issued to {} portals, {} live at once, {:.0} ms",
                issued.audience_count,
                issued.live_now,
                begun.elapsed().as_secs_f64() * 1000.0
            );
        }
        // A demo of one portal has nobody to order anything from.
        Err(order::OrderError::NobodyAddressed) => println!("3/4  nobody to address"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn show(open: &Open, script: &Script) {
    let app = &open.app;
    println!("4/4  open:");
    for (what, slug) in [
        ("central portal", "www"),
        ("a province", "hubei"),
        ("a city", "wuhan-hubei"),
        ("a county", "jiangan-wuhan-hubei"),
    ] {
        if let Some(site) = app.store.sites().by_slug(slug) {
            println!("       {what:<15} {}", app.addresses.absolute(site.main_host(), "/"));
        }
    }
    let Some(central) = app.store.sites().by_slug("www") else { return };
    println!("       {:<15} {}", "console", app.addresses.absolute(central.main_host(), "/console/"));
    println!("       {:<15} {}", "order board", app.addresses.absolute(central.main_host(), "/console/orders"));
    println!("     accounts (password {}):", script.password);
    for account in &script.account {
        println!(
            "       {:<15} {} ({} at {})",
            account.login,
            account.name,
            account.grant.role.as_str(),
            account.grant.tenant
        );
    }
}
