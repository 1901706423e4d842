//! `dibao evidence`: verify, export.

use std::io::BufWriter;

use anyhow::{Context, Result};
use base::Store;
use oversight::evidence;

use super::{DONE, FOUND, print, site};
use crate::cli::Evidence;

/// Checks an export; needs no database.
pub fn verify_file(path: &std::path::Path, json: bool) -> Result<u8> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let found = evidence::verify_export(&text);
    if json {
        print(&serde_json::json!({ "entries": found.as_ref().ok(), "broken": found.as_ref().err() }))?;
    } else {
        match &found {
            Ok(entries) => println!("{}: {entries} entries, the chain holds", path.display()),
            Err(broken) => println!("{}: {broken}", path.display()),
        }
    }
    Ok(if found.is_ok() { DONE } else { FOUND })
}

/// Runs one of the commands.
pub async fn run(store: &Store, command: Evidence, json: bool) -> Result<u8> {
    match command {
        Evidence::Verify { file: Some(path), .. } => verify_file(&path, json),
        Evidence::Verify { tenant, .. } => verify(store, tenant.as_deref(), json).await,
        Evidence::Export { tenant } => export(store, &tenant).await,
    }
}

async fn verify(store: &Store, tenant: Option<&str>, json: bool) -> Result<u8> {
    let chains = match tenant {
        Some(slug) => vec![site(store, slug)?.tenant],
        None => store.chains().await?,
    };
    let (mut walked, mut entries, mut bindings, mut broken) = (0, 0, 0, Vec::new());
    for tenant in chains {
        let verdict = evidence::verify(store, tenant).await?;
        walked += usize::from(verdict.entries > 0 || verdict.broken.is_some());
        entries += verdict.entries;
        bindings += verdict.bindings;
        if let Some(fault) = &verdict.broken {
            if !json {
                println!("BROKEN  {}: {fault}", verdict.tenant);
            }
            broken.push(verdict);
        }
    }
    if json {
        print(&serde_json::json!({ "chains": walked, "entries": entries, "bindings": bindings, "broken": broken }))?;
    } else if broken.is_empty() {
        println!("{walked} chains with {entries} entries and {bindings} bindings hold");
    }
    Ok(if broken.is_empty() { DONE } else { FOUND })
}

async fn export(store: &Store, slug: &str) -> Result<u8> {
    let tx = store.reading(site(store, slug)?.tenant).await?;
    evidence::export(&tx, &mut BufWriter::new(std::io::stdout().lock())).await?;
    Ok(DONE)
}
