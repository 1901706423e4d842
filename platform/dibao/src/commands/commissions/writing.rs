//! What an issuer wants written: from words or from a file.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use base::store::Reach;
use base::{Site, Store, Timestamp};
use clap::Args;
use exchange::commission::{self, CommissionItems, Deadline, NewCommission};
use exchange::submission::Uses;
use serde::Deserialize;
use serde_json::json;
use web::App;

use super::super::audience::Addressed;
use super::super::{print, proven};
use super::{rule, show};

/// A commission as it is typed.
#[derive(Debug, Args)]
pub struct Wanted {
    /// Slug of the issuer
    #[arg(long, default_value = "www")]
    tenant: String,
    /// A JSON object with what the other words say: topic, requirements, audience, wanted, mandatory, for_site, for_brief,
    /// due_at, due_days
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["topic", "requirements", "wanted", "mandatory", "for_brief", "no_site", "due_at", "due_days",
            "subtree", "levels", "include", "exclude", "rehearsal"]
    )]
    file: Option<PathBuf>,
    /// 1 to 120 characters
    #[arg(long, required_unless_present = "file")]
    topic: Option<String>,
    /// HTML or plain text
    #[arg(long, required_unless_present = "file")]
    requirements: Option<String>,
    /// Answers wanted of each portal, 1 to 50
    #[arg(long, default_value_t = 1)]
    wanted: i32,
    /// It may not be declined
    #[arg(long)]
    mandatory: bool,
    /// Answers are for the issuer's internal brief too
    #[arg(long)]
    for_brief: bool,
    /// Answers are not for the issuer's portal
    #[arg(long, requires = "for_brief")]
    no_site: bool,
    /// Deadline as an instant (RFC 3339)
    #[arg(long, conflicts_with = "due_days")]
    due_at: Option<String>,
    /// Deadline in working days from the opening; the rule's when neither is named
    #[arg(long)]
    due_days: Option<i32>,
    #[command(flatten)]
    audience: Addressed,
}

/// The same in a file; the words of the API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    topic: String,
    requirements: String,
    #[serde(default)]
    audience: Addressed,
    #[serde(default = "one")]
    wanted: i32,
    #[serde(default)]
    mandatory: bool,
    #[serde(default = "yes")]
    for_site: bool,
    #[serde(default)]
    for_brief: bool,
    #[serde(default)]
    due_at: Option<String>,
    #[serde(default)]
    due_days: Option<i32>,
}

fn one() -> i32 {
    1
}

fn yes() -> bool {
    true
}

impl Wanted {
    fn paper(self) -> Result<Paper> {
        if let Some(path) = self.file {
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            return serde_json::from_str(&text).with_context(|| format!("{} is no commission", path.display()));
        }
        Ok(Paper {
            topic: self.topic.unwrap_or_default(),
            requirements: self.requirements.unwrap_or_default(),
            audience: self.audience,
            wanted: self.wanted,
            mandatory: self.mandatory,
            for_site: !self.no_site,
            for_brief: self.for_brief,
            due_at: self.due_at,
            due_days: self.due_days,
        })
    }
}

impl Paper {
    fn read(self, store: &Store, issuer: &std::sync::Arc<Site>) -> Result<NewCommission> {
        ensure!(self.due_at.is_none() || self.due_days.is_none(), "due_at and due_days exclude each other");
        let deadline = match (self.due_at, self.due_days) {
            (Some(at), _) => Deadline::At(
                Timestamp::parse(&at).with_context(|| format!("{at} is no instant such as 2026-03-01T08:00:00Z"))?,
            ),
            (None, Some(days)) => Deadline::Days(days),
            (None, None) => Deadline::Usual,
        };
        Ok(NewCommission {
            audience: self.audience.read(store, issuer)?,
            topic: self.topic,
            requirements: self.requirements,
            mandatory: self.mandatory,
            wanted: self.wanted,
            uses: Uses { site: self.for_site, brief: self.for_brief },
            deadline,
        })
    }
}

/// Writes a draft, or opens it in the same transaction.
pub async fn write(app: &App, wanted: Wanted, opens: bool, actor: &str, as_json: bool) -> Result<()> {
    let (store, rule, now) = (&app.store, rule(app)?, app.clock.now());
    let (issuer, staff) = proven::<CommissionItems>(store, &wanted.tenant, actor)?;
    let new = wanted.paper()?.read(store, &issuer)?;
    let tx = store.subtree(Reach::of(&staff)).await?;
    let mut one = commission::draft(&tx, &staff, new, rule, now).await?;
    if opens {
        let with = (rule, &app.submissions.calendar);
        one = commission::open(&tx, &staff, store.sites(), one.id, with, now).await?;
    }
    let counts = commission::counts(&tx, one.id).await?;
    tx.commit().await?;
    show(&one, &counts, as_json)
}

/// Counts whom it would reach.
pub async fn preview(app: &App, wanted: Wanted, as_json: bool) -> Result<()> {
    let (store, rule) = (&app.store, rule(app)?);
    let (issuer, staff) = proven::<CommissionItems>(store, &wanted.tenant, "show")?;
    let new = wanted.paper()?.read(store, &issuer)?;
    let tx = store.overlook(Reach::of(&staff)).await?;
    let seen = commission::preview(&tx, &staff, new, rule, &app.submissions.calendar, app.clock.now()).await?;
    if as_json {
        return print(&json!({
            "audience_count": seen.audience_count, "levels": seen.levels, "due_at": seen.due_at, "provisional": seen.provisional,
        }));
    }
    let guess = if seen.provisional { ", provisional" } else { "" };
    println!("{} portals, due {}{guess}", seen.audience_count, seen.due_at.minute_cst());
    for level in &seen.levels {
        println!("  {}: {}", level.level, level.count);
    }
    Ok(())
}
