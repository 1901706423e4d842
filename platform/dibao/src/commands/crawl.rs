//! `dibao crawl`: list, run, test.

use std::sync::Arc;

use anyhow::{Context, Result};
use base::{Clock, SystemClock};
use border::crawl::{self, ManageCrawl, SourceId};
use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;
use web::App;

use super::{DONE, FOUND, operator, print, site, user};

/// Crawl sources of a portal.
#[derive(Debug, Subcommand)]
pub enum Crawl {
    /// List the sources of a portal
    List {
        /// The portal
        #[arg(long)]
        tenant: String,
    },
    /// Make the next run of a source due now; a worker does it
    Run {
        /// The source
        source: Uuid,
        /// Its portal
        #[arg(long)]
        tenant: String,
    },
    /// Read what a source would bring, without keeping anything
    Test {
        /// The source
        source: Uuid,
        /// Its portal
        #[arg(long)]
        tenant: String,
    },
}

/// Runs one of the commands.
pub async fn run(app: &Arc<App>, command: Crawl, as_json: bool) -> Result<u8> {
    match command {
        Crawl::List { tenant } => list(app, &tenant, as_json).await,
        Crawl::Run { source, tenant } => {
            let now = SystemClock.now();
            let at = site(&app.store, &tenant)?;
            let staff = operator(&at, &user()).staff::<ManageCrawl>(app.store.sites(), at.tenant)?;
            let tx = app.store.tenant(at.tenant).await?;
            let source = crawl::run_now(&tx, &staff, SourceId(source), now).await?;
            tx.commit().await?;
            if as_json {
                print(&json!({ "id": source.id, "next_run_at": source.next_run_at }))?;
            } else {
                println!("{} is due now", source.text.name);
            }
            Ok(DONE)
        }
        Crawl::Test { source, tenant } => test(app, &tenant, SourceId(source), as_json).await,
    }
}

async fn list(app: &App, tenant: &str, as_json: bool) -> Result<u8> {
    let tx = app.store.reading(site(&app.store, tenant)?.tenant).await?;
    let mut after = None;
    let mut rows = Vec::new();
    loop {
        let page = crawl::list(&tx, None, after, 200).await?;
        rows.extend(page.items);
        after = page.next_cursor.as_deref().and_then(base::listing::Cursor::parse);
        if after.is_none() {
            break;
        }
    }
    if as_json {
        let row = |source: &crawl::Source| {
            json!({ "id": source.id, "name": source.text.name, "kind": source.text.kind, "address": source.text.address,
                    "state": source.state, "failures": source.failures, "last_error": source.last_error,
                    "last_run_at": source.last_run_at, "next_run_at": source.next_run_at })
        };
        print(&rows.iter().map(row).collect::<Vec<_>>())?;
    } else {
        for source in &rows {
            let error = if source.last_error.is_empty() { String::new() } else { format!("  ({})", source.last_error) };
            let (id, state, next) = (source.id, source.state.as_str(), source.next_run_at.minute_cst());
            println!("{id}  {state:<8} {next}  {} {}{error}", source.text.name, source.text.address);
        }
    }
    Ok(if rows.iter().any(|source| source.failures > 0) { FOUND } else { DONE })
}

async fn test(app: &App, tenant: &str, id: SourceId, as_json: bool) -> Result<u8> {
    let tx = app.store.reading(site(&app.store, tenant)?.tenant).await?;
    let source = crawl::find(&tx, id).await?;
    tx.commit().await?;
    let trial = crawl::try_out(&app.reader(), &source.text).await.context("the list could not be read")?;
    if as_json {
        print(&trial)?;
    } else {
        println!("{} found", trial.found);
        for one in &trial.tried {
            let said = if one.why.is_empty() { "" } else { " – " };
            println!("{} {}  {}{said}{}", if one.wanted { "+" } else { "-" }, one.title, one.url, one.why);
        }
    }
    Ok(if trial.tried.iter().any(|one| !one.why.is_empty()) { FOUND } else { DONE })
}
