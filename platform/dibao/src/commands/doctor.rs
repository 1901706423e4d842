//! `dibao doctor`: configuration, database, time, disk, file store, queue, Redis.

use std::path::Path;

use anyhow::Result;
use base::blob::Blobs;
use base::config::Config;
use base::{Clock, Ids, Store, StoreError, SystemClock, Timestamp};
use serde::Serialize;

use super::{DONE, FOUND, print};
use crate::{boot, tree::Tree};

/// Megabytes of free disk below which uploads and the embedded database are at risk.
const DISK_MB: u64 = 1024;
/// Jobs named of those that were set aside.
const DEAD_SHOWN: u64 = 5;

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    well: bool,
    detail: String,
}

/// Examines everything and says what is wrong; examining goes on after the first finding.
pub async fn run(config: Result<Config>, json: bool) -> Result<u8> {
    let mut found = Vec::new();
    let mut say = |what, well, detail: String| found.push(Finding { what, well, detail });
    match config {
        Err(error) => say("configuration", false, format!("{error:#}")),
        Ok(config) => {
            say("configuration", true, format!("zone {}, data in {}", config.zone, config.data_dir.display()));
            let tree = Tree::of(config.tenants_dir.as_deref());
            match tree.repost_rules().and_then(|_| tree.lifecycle_rules()).and_then(|_| tree.blueprints()) {
                Ok(blueprints) => say("manifests", true, format!("{} blueprints", blueprints.len())),
                Err(error) => say("manifests", false, format!("{error:#}")),
            }
            let (well, detail) = disk(&config.data_dir);
            say("disk", well, detail);
            let (well, detail) = files(&config).await;
            say("files", well, detail);
            let now = SystemClock.now();
            // A clock before the day this program was written signs evidence that nobody believes.
            say(
                "time",
                now.date_cst().as_str() > "2026-01-01",
                format!("{} China Standard Time", now.format_cst("%Y-%m-%d %H:%M:%S")),
            );
            match boot::store(&config).await {
                Err(error) => say("database", false, format!("{error:#}")),
                Ok(store) => database(&store, &mut say).await,
            }
            if !config.redis_url.expose().is_empty() {
                let up = crate::cluster::RedisSessions::open(config.redis_url.expose()).await.is_some();
                say(
                    "redis",
                    up,
                    if up { "answers".to_owned() } else { "does not answer; the platform works without it".to_owned() },
                );
            }
        }
    }
    let well = found.iter().all(|finding| finding.well);
    if json {
        print(&serde_json::json!({ "well": well, "findings": found }))?;
    } else {
        for finding in &found {
            println!("{}  {:<14} {}", if finding.well { "ok  " } else { "BAD " }, finding.what, finding.detail);
        }
    }
    Ok(if well { DONE } else { FOUND })
}

async fn database(store: &Store, say: &mut impl FnMut(&'static str, bool, String)) {
    say("database", true, format!("{:?}, {} portals", store.engine(), store.sites().len()));
    let now = SystemClock.now();
    match store.drift(now).await {
        Ok(seconds) => say("database time", seconds.abs() <= 5, format!("{seconds} s from this machine's")),
        Err(error) => say("database time", false, error.to_string()),
    }
    match queue(store, now).await {
        Ok((well, detail)) => say("queue", well, detail),
        Err(error) => say("queue", false, error.to_string()),
    }
    match store.has_accounts().await {
        Ok(true) => say("people", true, "somebody can sign in".to_owned()),
        Ok(false) => say("people", false, "nobody can sign in: dibao accounts put".to_owned()),
        Err(error) => say("people", false, error.to_string()),
    }
}

/// How the queue stands, with the jobs that nobody tries any more.
async fn queue(store: &Store, now: Timestamp) -> Result<(bool, String), StoreError> {
    let jobs = store.job_counts(now).await?;
    let mut detail = format!("{} waiting, {} due, {} set aside after failing", jobs.waiting, jobs.due, jobs.dead);
    for job in store.dead_jobs(DEAD_SHOWN).await? {
        detail.push_str(&format!("; {}: {}", job.key, job.last_error));
    }
    if jobs.dead > 0 {
        detail.push_str("; another try: dibao jobs retry");
    }
    Ok((jobs.dead == 0, detail))
}

/// Whether the file store takes, gives and forgets.
async fn files(config: &Config) -> (bool, String) {
    base::outbound::install_crypto();
    let examined = match Blobs::open(config) {
        Ok(blobs) => blobs.examine(Ids).await,
        Err(error) => Err(error),
    };
    match examined {
        Ok(place) => (true, format!("written, read and removed in {place}")),
        Err(error) => (false, error.to_string()),
    }
}

fn disk(directory: &Path) -> (bool, String) {
    if let Err(error) = std::fs::create_dir_all(directory) {
        return (false, format!("cannot create {}: {error}", directory.display()));
    }
    let trial = directory.join(format!(".doctor-{}", std::process::id()));
    let wrote = std::fs::write(&trial, b"x").and_then(|()| std::fs::remove_file(&trial));
    if let Err(error) = wrote {
        return (false, format!("cannot write in {}: {error}", directory.display()));
    }
    let free = std::process::Command::new("df").args(["-Pm", "--"]).arg(directory).output().ok();
    let free = free
        .and_then(|out| String::from_utf8(out.stdout).ok())
        .and_then(|text| text.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok());
    match free {
        Some(free) => (free >= DISK_MB, format!("{free} MB free in {}", directory.display())),
        None => (true, format!("{} is writable; free space is unknown", directory.display())),
    }
}
