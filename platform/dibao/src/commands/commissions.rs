//! `dibao commissions`: what a superior calls for and expects, and what a called portal says to it.

mod calls;
mod quotas;
mod writing;

use anyhow::{Context, Result};
use base::store::Reach;
use base::{Store, SubtreeTx};
use clap::{Args, Subcommand};
use exchange::CommissionId;
use exchange::commission::{self, Commission, CommissionItems, CommissionRule, Counts};
use serde_json::{Value, json};
use uuid::Uuid;
use web::App;

use super::{DONE, print, proven, site};

/// Commissions and quotas.
#[derive(Debug, Subcommand)]
pub enum Commissions {
    /// List the newest commissions of a portal
    List {
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
    /// Show a commission and every portal that it calls
    Show {
        /// The commission
        id: Uuid,
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
    },
    /// Write a draft, or open it at once
    Write {
        #[command(flatten)]
        wanted: Box<writing::Wanted>,
        /// Send it to its audience at once
        #[arg(long)]
        open: bool,
        /// Who does it, for the record
        #[arg(long = "as", value_name = "NAME")]
        actor: String,
    },
    /// Count whom a commission would reach and when their time would end; nothing is written
    Preview {
        #[command(flatten)]
        wanted: Box<writing::Wanted>,
    },
    /// Send a draft to its audience; its time begins
    Open(Act),
    /// End a commission; what is still owed is missed
    Close(Act),
    /// Take a commission back with a reason; nobody owes anything
    Cancel {
        #[command(flatten)]
        act: Act,
        /// Why; 1 to 500 characters
        #[arg(long)]
        reason: String,
    },
    /// Let a portal off, or refuse its plea
    Excuse {
        #[command(flatten)]
        act: Act,
        /// Slug of the portal
        #[arg(long)]
        portal: String,
        /// It may not; only a plea is refused
        #[arg(long)]
        refuse: bool,
        /// Why; 1 to 500 characters
        #[arg(long)]
        answer: String,
    },
    /// List the commissions that call a portal, newest first
    Calls {
        /// Slug of the called portal
        #[arg(long)]
        tenant: String,
        /// Only those that may still be answered
        #[arg(long)]
        open: bool,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
    /// Take a call on (承接)
    Accept(calls::Called),
    /// Say no to a call, with a reason; not to a mandatory commission
    Decline(calls::Reasoned),
    /// Ask to be let off; the clock runs on until the issuer says so
    Plea(calls::Reasoned),
    /// Answer a call with the live edition of a document
    Answer {
        #[command(flatten)]
        called: calls::Called,
        /// The document
        #[arg(long)]
        document: Uuid,
        /// Covering note
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Show the quotas that a portal set, with their newest period
    Quotas {
        /// Slug of who set them
        #[arg(long, default_value = "www")]
        tenant: String,
    },
    /// Set a quota, or a new version of one
    SetQuota(Box<quotas::Set>),
    /// Show what a portal owes and owed under the quotas of its superiors
    OwnQuotas {
        /// Slug of the portal
        #[arg(long)]
        tenant: String,
    },
}

/// An act of the issuer on one commission.
#[derive(Debug, Args)]
pub struct Act {
    /// The commission
    id: Uuid,
    /// Slug of the issuer
    #[arg(long, default_value = "www")]
    tenant: String,
    /// Who does it, for the record
    #[arg(long = "as", value_name = "NAME")]
    actor: String,
}

/// What an issuer does to a commission that is written.
enum Verb {
    Open,
    Close,
    Cancel(String),
}

/// Portals shown of one commission.
const SHOWN: u64 = 200_000;

/// Runs one of the commands.
pub async fn run(app: &App, command: Commissions, as_json: bool) -> Result<u8> {
    let store = &app.store;
    match command {
        Commissions::List { tenant, limit } => list(store, &tenant, limit, as_json).await?,
        Commissions::Show { id, tenant } => show_one(store, &tenant, CommissionId(id), as_json).await?,
        Commissions::Write { wanted, open, actor } => writing::write(app, *wanted, open, &actor, as_json).await?,
        Commissions::Preview { wanted } => writing::preview(app, *wanted, as_json).await?,
        Commissions::Open(act) => act_on(app, act, Verb::Open, as_json).await?,
        Commissions::Close(act) => act_on(app, act, Verb::Close, as_json).await?,
        Commissions::Cancel { act, reason } => act_on(app, act, Verb::Cancel(reason), as_json).await?,
        Commissions::Excuse { act, portal, refuse, answer } => {
            excuse(app, act, &portal, (!refuse, &answer), as_json).await?;
        }
        Commissions::Calls { tenant, open, limit } => calls::list(app, &tenant, open, limit, as_json).await?,
        Commissions::Accept(called) => calls::say(app, called, calls::Word::Accept, as_json).await?,
        Commissions::Decline(one) => calls::say(app, one.called, calls::Word::Decline(one.reason), as_json).await?,
        Commissions::Plea(one) => calls::say(app, one.called, calls::Word::Plead(one.reason), as_json).await?,
        Commissions::Answer { called, document, note } => calls::answer(app, called, document, note, as_json).await?,
        Commissions::Quotas { tenant } => quotas::list(store, &tenant, as_json).await?,
        Commissions::SetQuota(set) => quotas::set(app, *set, as_json).await?,
        Commissions::OwnQuotas { tenant } => quotas::own(store, &tenant, as_json).await?,
    }
    Ok(DONE)
}

fn rule(app: &App) -> Result<&CommissionRule> {
    app.commissions.at(app.clock.now()).context("there is no rule on commissions")
}

async fn act_on(app: &App, act: Act, verb: Verb, as_json: bool) -> Result<()> {
    let (store, now, id) = (&app.store, app.clock.now(), CommissionId(act.id));
    let (_, staff) = proven::<CommissionItems>(store, &act.tenant, &act.actor)?;
    let with = (rule(app)?, &app.submissions.calendar);
    let tx = store.subtree(Reach::of(&staff)).await?;
    let one = match verb {
        Verb::Open => commission::open(&tx, &staff, store.sites(), id, with, now).await?,
        Verb::Close => commission::close(&tx, &staff, id, now).await?,
        Verb::Cancel(reason) => commission::cancel(&tx, &staff, id, &reason, now).await?,
    };
    let counts = commission::counts(&tx, id).await?;
    tx.commit().await?;
    show(&one, &counts, as_json)
}

async fn excuse(app: &App, act: Act, portal: &str, word: (bool, &str), as_json: bool) -> Result<()> {
    let (issuer, staff) = proven::<CommissionItems>(&app.store, &act.tenant, &act.actor)?;
    let of = site(&app.store, portal)?;
    let tx = app.store.tenant(issuer.tenant).await?;
    let call = commission::excuse(&tx, &staff, CommissionId(act.id), of.tenant, word, app.clock.now()).await?;
    tx.commit().await?;
    if as_json {
        return print(
            &json!({ "id": call.commission, "portal": of.slug, "standing": call.standing, "plea": call.plea }),
        );
    }
    println!("{}: {}", of.slug, call.standing.as_str());
    Ok(())
}

/// A look at what a portal asks of those below.
async fn overlook(store: &Store, tenant: &str) -> Result<SubtreeTx> {
    let (_, staff) = proven::<CommissionItems>(store, tenant, "show")?;
    Ok(store.overlook(Reach::of(&staff)).await?)
}

async fn list(store: &Store, tenant: &str, limit: u64, as_json: bool) -> Result<()> {
    let tx = overlook(store, tenant).await?;
    let items = commission::issued(&tx, None, limit).await?.items;
    let ids: Vec<CommissionId> = items.iter().map(|one| one.id).collect();
    let counts = commission::counts_each(&tx, &ids).await?;
    let counted = |one: &Commission| counts.get(&one.id).copied().unwrap_or_default();
    if as_json {
        return print(&items.iter().map(|one| described(one, &counted(one))).collect::<Vec<_>>());
    }
    items.iter().try_for_each(|one| show(one, &counted(one), false))
}

async fn show_one(store: &Store, tenant: &str, id: CommissionId, as_json: bool) -> Result<()> {
    let tx = overlook(store, tenant).await?;
    let one = commission::find(&tx, id).await?;
    let counts = commission::counts(&tx, id).await?;
    let lines = commission::board(&tx, id, "", SHOWN).await?;
    if as_json {
        let mut said = described(&one, &counts);
        said["portals"] = serde_json::to_value(&lines)?;
        return print(&said);
    }
    show(&one, &counts, false)?;
    for line in lines {
        println!("  {:<40} {:<10} {}", line.slug, line.standing, line.answered);
    }
    Ok(())
}

fn described(one: &Commission, counts: &Counts) -> Value {
    json!({
        "id": one.id, "state": one.state, "topic": one.topic, "due_at": one.due_at, "audience_count": one.audience_count,
        "mandatory": one.mandatory, "wanted": one.wanted, "reason": one.reason, "counts": counts,
    })
}

fn show(one: &Commission, counts: &Counts, as_json: bool) -> Result<()> {
    if as_json {
        return print(&described(one, counts));
    }
    println!("commission {} ({}) {}", one.id, one.state.as_str(), one.topic);
    let due = one.due_at.map(base::Timestamp::minute_cst).unwrap_or_default();
    println!("  {} portals, due {due}", one.audience_count);
    println!(
        "  called {} · accepted {} · delivered {} · late {} · missed {} · declined {} · excused {}",
        counts.called, counts.accepted, counts.delivered, counts.late, counts.missed, counts.declined, counts.excused
    );
    Ok(())
}
