//! One portal's side of a commission: what calls it, and what it says.

use anyhow::Result;
use clap::Args;
use content::DocumentId;
use exchange::CommissionId;
use exchange::commission::{self, CallRow};
use exchange::submission::{NewSubmission, SubmitUpward, To, Uses};
use serde_json::{Value, json};
use uuid::Uuid;
use web::App;

use super::super::{print, proven, site, slug};

/// An act of a called portal.
#[derive(Debug, Args)]
pub struct Called {
    /// The commission
    id: Uuid,
    /// Slug of the called portal
    #[arg(long)]
    tenant: String,
    /// Who does it, for the record
    #[arg(long = "as", value_name = "NAME")]
    actor: String,
}

/// One that needs a reason.
#[derive(Debug, Args)]
pub struct Reasoned {
    #[command(flatten)]
    pub(super) called: Called,
    /// Why; 1 to 500 characters
    #[arg(long)]
    pub(super) reason: String,
}

/// What it says.
pub enum Word {
    /// Yes.
    Accept,
    /// No, because.
    Decline(String),
    /// Let me off, because.
    Plead(String),
}

/// Lists the calls of a portal.
pub async fn list(app: &App, tenant: &str, open: bool, limit: u64, as_json: bool) -> Result<()> {
    let tx = app.store.reading(site(&app.store, tenant)?.tenant).await?;
    let rows = commission::received(&tx, open, None, limit).await?.items;
    if as_json {
        return print(&rows.iter().map(|row| described(app, row)).collect::<Vec<_>>());
    }
    for row in &rows {
        told(app, row);
    }
    Ok(())
}

/// Says one word to one call.
pub async fn say(app: &App, called: Called, word: Word, as_json: bool) -> Result<()> {
    let (at, who) = proven::<SubmitUpward>(&app.store, &called.tenant, &called.actor)?;
    let (id, now) = (CommissionId(called.id), app.clock.now());
    let tx = app.store.tenant(at.tenant).await?;
    match word {
        Word::Accept => commission::accept(&tx, &who, id, now).await?,
        Word::Decline(reason) => commission::decline(&tx, &who, id, &reason, now).await?,
        Word::Plead(reason) => commission::plead(&tx, &who, id, &reason, now).await?,
    };
    let (call, of) = commission::find_call(&tx, id).await?;
    tx.commit().await?;
    let row = CallRow { call, topic: of.topic, state: of.state, mandatory: of.mandatory, wanted: of.wanted };
    if as_json {
        return print(&described(app, &row));
    }
    told(app, &row);
    Ok(())
}

/// Sends a document up as an answer.
pub async fn answer(app: &App, called: Called, document: Uuid, note: String, as_json: bool) -> Result<()> {
    let (at, who) = proven::<SubmitUpward>(&app.store, &called.tenant, &called.actor)?;
    // The commission says what it is for, and who it goes to.
    let uses = Uses { site: false, brief: false };
    let new = NewSubmission { document: DocumentId(document), to: To::Superior, uses, note };
    let (id, sites, now) = (CommissionId(called.id), app.store.sites(), app.clock.now());
    let tx = app.store.tenant(at.tenant).await?;
    let sent = commission::answer(&tx, &who, sites, id, new, &app.submissions, now).await?;
    let (call, _) = commission::find_call(&tx, id).await?;
    tx.commit().await?;
    if as_json {
        return print(&json!({
            "id": id, "submission_id": sent.id, "thread_id": sent.thread, "standing": call.standing, "answered": call.answered,
        }));
    }
    println!("submission {} to {}; the call is {}", sent.id, slug(&app.store, sent.receiver), call.standing.as_str());
    Ok(())
}

fn described(app: &App, row: &CallRow) -> Value {
    let call = &row.call;
    json!({
        "id": call.commission, "from": slug(&app.store, call.issuer), "topic": row.topic, "state": row.state,
        "standing": call.standing, "mandatory": row.mandatory, "wanted": row.wanted, "answered": call.answered,
        "due_at": call.due_at, "overdue": call.standing.owes() && app.clock.now() > call.due_at, "reason": call.reason,
        "plea": call.plea,
    })
}

fn told(app: &App, row: &CallRow) {
    let (call, from) = (&row.call, slug(&app.store, row.call.issuer));
    let (standing, due) = (call.standing.as_str(), call.due_at.minute_cst());
    println!(
        "{}  {standing:<10} {from:<20} due {due}  {} of {}  {}",
        call.commission, call.answered, row.wanted, row.topic
    );
}
