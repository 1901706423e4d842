//! `dibao jobs`: what was set aside after failing again and again, and another try.

use anyhow::{Result, ensure};
use base::{Clock, Store, SystemClock};
use clap::Subcommand;
use serde_json::json;

use super::{DONE, FOUND, print};

/// Jobs shown at most.
const SHOWN: u64 = 200;

/// Jobs that were set aside.
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// What was set aside and why, the latest first; exit code 3 when there is anything
    List,
    /// Try again: one job by its key, or all
    Retry {
        /// Its key, as `dibao jobs list` shows it
        key: Option<String>,
        /// Every job that was set aside
        #[arg(long, conflicts_with = "key", required_unless_present = "key")]
        all: bool,
    },
}

/// Runs one of the commands.
pub async fn run(store: &Store, command: Jobs, as_json: bool) -> Result<u8> {
    match command {
        Jobs::List => list(store, as_json).await,
        Jobs::Retry { key, .. } => retry(store, key.as_deref(), as_json).await,
    }
}

async fn list(store: &Store, as_json: bool) -> Result<u8> {
    let dead = store.dead_jobs(SHOWN).await?;
    if as_json {
        print(&json!({ "items": dead }))?;
    } else {
        for job in &dead {
            println!("{:<32} {:>3}  {}", job.key, job.attempts, job.last_error);
        }
        println!("{} set aside", dead.len());
    }
    Ok(if dead.is_empty() { DONE } else { FOUND })
}

async fn retry(store: &Store, key: Option<&str>, as_json: bool) -> Result<u8> {
    let revived = store.retry_jobs(key, SystemClock.now()).await?;
    if let Some(key) = key {
        ensure!(revived > 0, "no job {key} was set aside");
    }
    if as_json {
        print(&json!({ "tried_again": revived }))?;
    } else {
        println!("{revived} will be tried again");
    }
    Ok(DONE)
}
