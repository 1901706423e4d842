//! `dibao submissions`: what the console and the API do, from a shell, through the same acts.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base::Timestamp;
use clap::{Args, Subcommand, ValueEnum};
use content::DocumentId;
use content::document::{AdoptDocument, Fields};
use exchange::SubmissionId;
use exchange::submission::{
    self, Adoption, BoxRow, DecideSubmission, NewSubmission, Standing, Submission, SubmitUpward, To, Uses, deadlines,
    jobs,
};
use serde_json::json;
use uuid::Uuid;
use web::App;

use super::{DONE, print, proven, site, slug};

/// Submissions.
#[derive(Debug, Subcommand)]
pub enum Submissions {
    /// List what came up from below, or what was sent up; newest first
    List {
        /// Slug of the portal
        #[arg(long)]
        tenant: String,
        /// Which box
        #[arg(long = "box", value_enum, default_value = "received")]
        kind: Box,
        /// Only those that wait for the receiver
        #[arg(long)]
        open: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u64,
    },
    /// Show one as either of its two ends sees it
    Show {
        /// The submission
        id: Uuid,
        /// Slug of the portal
        #[arg(long)]
        tenant: String,
    },
    /// Offer the live edition of a document to the superior
    Submit {
        /// Slug of the sender
        #[arg(long)]
        tenant: String,
        /// The document
        #[arg(long)]
        document: Uuid,
        /// Slug of a superior further up that permitted to skip a level
        #[arg(long)]
        to: Option<String>,
        /// Also for the receiver's internal brief
        #[arg(long)]
        for_brief: bool,
        /// Covering note
        #[arg(long, default_value = "")]
        note: String,
        /// Who does it, for the record
        #[arg(long = "as", value_name = "NAME")]
        actor: String,
    },
    /// Take note (签收)
    Receive(Act),
    /// Take it in hand
    Hold(Act),
    /// Make the receiver's own document of it
    Adopt {
        #[command(flatten)]
        act: Act,
        /// Column of the receiver
        #[arg(long)]
        column: String,
        /// Others that go into the same document
        #[arg(long, value_delimiter = ',')]
        with: Vec<Uuid>,
        /// The text as the receiver wants it, as a JSON object of document fields; what it leaves out stays as submitted
        #[arg(long, value_name = "FILE")]
        edits: Option<PathBuf>,
    },
    /// Send it back with a reason
    Return(Reasoned),
    /// Decline it with a reason
    Decline(Reasoned),
    /// The sender takes it back, before it is adopted
    Recall(Act),
    /// Keep the copy of what its origin withdrew, with a reason
    Keep(Reasoned),
    /// Count deadlines again that were guessed before a year's calendar was loaded
    SettleDeadlines {
        /// Only at this portal
        #[arg(long)]
        tenant: Option<String>,
    },
}

/// Which box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Box {
    /// What came up from below
    Received,
    /// What was sent up
    Sent,
}

/// An act on one submission.
#[derive(Debug, Args)]
pub struct Act {
    /// The submission
    id: Uuid,
    /// Slug of the portal that acts
    #[arg(long)]
    tenant: String,
    /// Who does it, for the record
    #[arg(long = "as", value_name = "NAME")]
    actor: String,
}

/// An act that needs a reason.
#[derive(Debug, Args)]
pub struct Reasoned {
    #[command(flatten)]
    act: Act,
    /// Why; 1 to 500 characters
    #[arg(long)]
    reason: String,
}

/// Runs one of the commands.
pub async fn run(app: &Arc<App>, command: Submissions, as_json: bool) -> Result<u8> {
    let now = app.clock.now();
    match command {
        Submissions::List { tenant, kind, open, limit } => list(app, &tenant, kind, open, limit, as_json).await?,
        Submissions::Show { id, tenant } => {
            let site = site(&app.store, &tenant)?;
            let tx = app.store.reading(site.tenant).await?;
            let one = submission::at_either_end(&tx, SubmissionId(id)).await?;
            let fates = if one.sender == site.tenant { submission::fates(&tx, one.document).await? } else { vec![] };
            show(app, &one, &fates, as_json)?;
        }
        Submissions::Submit { tenant, document, to, for_brief, note, actor } => {
            let (site, who) = proven::<SubmitUpward>(&app.store, &tenant, &actor)?;
            let to = match to {
                Some(slug) => To::Named(self::site(&app.store, &slug)?.tenant),
                None => To::Superior,
            };
            let uses = Uses { site: true, brief: for_brief };
            let new = NewSubmission { document: DocumentId(document), to, uses, note };
            let tx = app.store.tenant(site.tenant).await?;
            let sent = submission::submit(&tx, &who, app.store.sites(), new, &app.submissions, now).await?;
            tx.commit().await?;
            show(app, &sent, &[], as_json)?;
        }
        Submissions::Adopt { act, column, with, edits } => adopt(app, act, column, with, edits, as_json, now).await?,
        Submissions::Recall(act) => {
            let (site, who) = proven::<SubmitUpward>(&app.store, &act.tenant, &act.actor)?;
            let tx = app.store.tenant(site.tenant).await?;
            let one = submission::recall(&tx, &who, SubmissionId(act.id), now).await?;
            tx.commit().await?;
            show(app, &one, &[], as_json)?;
        }
        Submissions::SettleDeadlines { tenant } => settle(app, tenant, as_json, now).await?,
        decision => decide(app, decision, as_json, now).await?,
    }
    Ok(DONE)
}

/// What the receiver does in one word.
async fn decide(app: &App, command: Submissions, as_json: bool, now: Timestamp) -> Result<()> {
    let (act, reason, verb) = match command {
        Submissions::Receive(act) => (act, String::new(), "receive"),
        Submissions::Hold(act) => (act, String::new(), "hold"),
        Submissions::Return(one) => (one.act, one.reason, "return"),
        Submissions::Decline(one) => (one.act, one.reason, "decline"),
        Submissions::Keep(one) => (one.act, one.reason, "keep"),
        other => bail!("{other:?} is no decision"),
    };
    let (site, who) = proven::<DecideSubmission>(&app.store, &act.tenant, &act.actor)?;
    let (id, tx) = (SubmissionId(act.id), app.store.tenant(site.tenant).await?);
    let one = match verb {
        "receive" => submission::receive(&tx, &who, id, now).await?,
        "hold" => submission::hold(&tx, &who, id, now).await?,
        "return" => submission::return_to(&tx, &who, id, &reason, now).await?,
        "decline" => submission::decline(&tx, &who, id, &reason, now).await?,
        _ => submission::keep(&tx, &who, id, &reason, now).await?,
    };
    tx.commit().await?;
    show(app, &one, &[], as_json)
}

async fn adopt(
    app: &App,
    act: Act,
    column: String,
    with: Vec<Uuid>,
    edits: Option<PathBuf>,
    as_json: bool,
    now: Timestamp,
) -> Result<()> {
    let (site, who) = proven::<DecideSubmission>(&app.store, &act.tenant, &act.actor)?;
    let (_, writer) = proven::<AdoptDocument>(&app.store, &act.tenant, &act.actor)?;
    let tx = app.store.tenant(site.tenant).await?;
    let mut fields = submission::find_received(&tx, SubmissionId(act.id)).await?.fields;
    if let Some(path) = edits {
        fields = edited(
            fields,
            &std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?,
        )?;
    }
    fields.column = column;
    let with = with.into_iter().map(SubmissionId).collect();
    let adopted =
        submission::adopt(&tx, &who, &writer, Adoption { of: SubmissionId(act.id), with, fields }, now).await?;
    tx.commit().await?;
    if as_json {
        let submissions: Vec<_> = adopted.submissions.iter().map(|one| described(app, one)).collect();
        return print(&json!({ "document_id": adopted.document, "submissions": submissions }));
    }
    println!("adopted: draft {} of {} submissions", adopted.document, adopted.submissions.len());
    Ok(())
}

/// The submitted text with what the editor's file says otherwise.
fn edited(fields: Fields, text: &str) -> Result<Fields> {
    let mut all = serde_json::to_value(fields)?;
    let said: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).context("the edits are not a JSON object")?;
    for (name, value) in said {
        let slot = all.get_mut(&name).with_context(|| format!("documents have no field {name}"))?;
        *slot = value;
    }
    serde_json::from_value(all).context("the edits do not fit the fields of a document")
}

async fn list(app: &App, tenant: &str, kind: Box, open: bool, limit: u64, as_json: bool) -> Result<()> {
    let site = site(&app.store, tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let found = match kind {
        Box::Received => submission::received(&tx, None, open, None, limit).await?,
        Box::Sent => submission::sent(&tx, None, open, None, limit).await?,
    };
    let other = |row: &BoxRow| match kind {
        Box::Received => slug(&app.store, row.sender_id),
        Box::Sent => slug(&app.store, row.tenant_id),
    };
    if as_json {
        let line = |row: &BoxRow| {
            json!({
                "id": row.id, "thread_id": row.thread_id, "from": slug(&app.store, row.sender_id), "to": slug(&app.store, row.tenant_id),
                "standing": row.standing, "title": row.title, "holder": row.holder,
                "submitted_at": Timestamp(row.submitted_at), "decide_due_at": Timestamp(row.decide_due_at),
            })
        };
        return print(&found.items.iter().map(line).collect::<Vec<_>>());
    }
    for row in &found.items {
        let at = Timestamp(row.submitted_at).minute_cst();
        println!("{}  {at}  {:<10} {:<20} {}  {}", row.id, row.standing, other(row), row.title, row.holder);
    }
    Ok(())
}

async fn settle(app: &App, tenant: Option<String>, as_json: bool, now: Timestamp) -> Result<()> {
    let tenants = match tenant {
        Some(slug) => vec![site(&app.store, &slug)?.tenant],
        None => app.store.tenants_with_job(jobs::SETTLE).await?,
    };
    let mut all = deadlines::Settling::default();
    for tenant in &tenants {
        let tx = app.store.tenant(*tenant).await?;
        let one = deadlines::settle(&tx, &app.submissions, base::duty::PLATFORM, now).await?;
        tx.commit().await?;
        all.settled += one.settled;
        all.provisional += one.provisional;
    }
    if as_json {
        return print(&json!({ "portals": tenants.len(), "settled": all.settled, "provisional": all.provisional }));
    }
    println!("{} portals: {} deadlines settled, {} still provisional", tenants.len(), all.settled, all.provisional);
    Ok(())
}

fn described(app: &App, one: &Submission) -> serde_json::Value {
    json!({
        "id": one.id, "thread_id": one.thread, "from": slug(&app.store, one.sender), "to": slug(&app.store, one.receiver),
        "standing": one.standing, "title": one.fields.title, "holder": one.holder, "reason": one.reason,
        "submitted_at": one.submitted_at, "receive_due_at": one.receive_due_at, "decide_due_at": one.decide_due_at,
        "provisional": one.provisional, "address": one.address, "content_hash": one.content_hash,
    })
}

fn show(app: &App, one: &Submission, fates: &[submission::Fate], as_json: bool) -> Result<()> {
    if as_json {
        let mut said = described(app, one);
        let fate = |fate: &submission::Fate| {
            json!({
                "at": slug(&app.store, fate.at), "standing": fate.standing, "holder": fate.holder,
                "address": fate.address, "views": fate.views,
            })
        };
        said["fates"] = fates.iter().map(fate).collect();
        return print(&said);
    }
    println!("submission {} ({})", one.id, one.standing.as_str());
    println!("  {}", one.fields.title);
    println!(
        "  {} → {}, {}",
        slug(&app.store, one.sender),
        slug(&app.store, one.receiver),
        one.submitted_at.minute_cst()
    );
    if one.standing.is_open() {
        let due = if one.standing == Standing::Submitted { one.receive_due_at } else { one.decide_due_at };
        println!("  due {}{}", due.minute_cst(), if one.provisional { ", provisional" } else { "" });
    }
    for (what, said) in [("held by", &one.holder), ("because", &one.reason), ("at", &one.address)] {
        if !said.is_empty() {
            println!("  {what} {said}");
        }
    }
    for fate in fates {
        println!("  {}: {} {} · {} views", slug(&app.store, fate.at), fate.standing.as_str(), fate.address, fate.views);
    }
    Ok(())
}
