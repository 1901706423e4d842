//! `dibao commissions`: what a superior commissioned and expects, and how it stands.

use anyhow::{Context, Result};
use base::store::Reach;
use base::{Store, SubtreeTx};
use clap::{Args, Subcommand};
use exchange::CommissionId;
use exchange::commission::{self, Commission, CommissionItems, Counts};
use exchange::quota;
use serde_json::json;
use web::App;

use super::{DONE, operator, print, site};

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
        id: uuid::Uuid,
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
    },
    /// Send a draft to its audience; its time begins
    Open(Act),
    /// End a commission; what is still owed is missed
    Close(Act),
    /// Show the quotas that a portal set, with their newest period
    Quotas {
        /// Slug of who set them
        #[arg(long, default_value = "www")]
        tenant: String,
    },
}

/// An act on one commission.
#[derive(Debug, Args)]
pub struct Act {
    /// The commission
    id: uuid::Uuid,
    /// Slug of the issuer
    #[arg(long, default_value = "www")]
    tenant: String,
    /// Who does it, for the record
    #[arg(long = "as", value_name = "NAME")]
    actor: String,
}

/// Portals shown of one commission.
const SHOWN: u64 = 200_000;

/// Runs one of the commands.
pub async fn run(app: &App, command: Commissions, as_json: bool) -> Result<u8> {
    match command {
        Commissions::Open(act) => act_on(app, act, true, as_json).await?,
        Commissions::Close(act) => act_on(app, act, false, as_json).await?,
        Commissions::List { tenant, limit } => list(&app.store, &tenant, limit, as_json).await?,
        Commissions::Show { id, tenant } => show_one(&app.store, &tenant, CommissionId(id), as_json).await?,
        Commissions::Quotas { tenant } => quotas(&app.store, &tenant, as_json).await?,
    }
    Ok(DONE)
}

async fn act_on(app: &App, act: Act, opens: bool, as_json: bool) -> Result<()> {
    let (store, now, id) = (&app.store, app.clock.now(), CommissionId(act.id));
    let issuer = site(store, &act.tenant)?;
    let staff = operator(&issuer, &act.actor).staff::<CommissionItems>(store.sites(), issuer.tenant)?;
    let rule = app.commissions.at(now).context("there is no rule on commissions")?;
    let tx = store.subtree(Reach::of(&staff)).await?;
    let one = match opens {
        true => commission::open(&tx, &staff, store.sites(), id, (rule, &app.submissions.calendar), now).await?,
        false => commission::close(&tx, &staff, id, now).await?,
    };
    let counts = commission::counts(&tx, id).await?;
    tx.commit().await?;
    show(&one, &counts, as_json)
}

/// A look at what a portal asks of those below.
async fn overlook(store: &Store, tenant: &str) -> Result<SubtreeTx> {
    let issuer = site(store, tenant)?;
    let staff = operator(&issuer, "show").staff::<CommissionItems>(store.sites(), issuer.tenant)?;
    Ok(store.overlook(Reach::of(&staff)).await?)
}

async fn list(store: &Store, tenant: &str, limit: u64, as_json: bool) -> Result<()> {
    let tx = overlook(store, tenant).await?;
    let items = commission::issued(&tx, None, limit).await?.items;
    let ids: Vec<CommissionId> = items.iter().map(|one| one.id).collect();
    let counts = commission::counts_each(&tx, &ids).await?;
    for one in &items {
        show(one, &counts.get(&one.id).copied().unwrap_or_default(), as_json)?;
    }
    Ok(())
}

async fn show_one(store: &Store, tenant: &str, id: CommissionId, as_json: bool) -> Result<()> {
    let tx = overlook(store, tenant).await?;
    let one = commission::find(&tx, id).await?;
    show(&one, &commission::counts(&tx, id).await?, as_json)?;
    let lines = commission::board(&tx, id, "", SHOWN).await?;
    if as_json {
        return print(&lines);
    }
    for line in lines {
        println!("  {:<40} {:<10} {}", line.slug, line.standing, line.answered);
    }
    Ok(())
}

async fn quotas(store: &Store, tenant: &str, as_json: bool) -> Result<()> {
    let tx = overlook(store, tenant).await?;
    for one in quota::list(&tx).await? {
        let newest = quota::totals(&tx, one.id, 1).await?.pop();
        if as_json {
            print(
                &json!({ "id": one.id, "version": one.version, "name": one.name, "period": one.period, "minimum": one.minimum,
                "effective_from": one.effective_from.to_string(), "source": one.source, "newest": newest }),
            )?;
        } else {
            let stands =
                newest.map(|of| format!("{}: {} of {} met", of.begins, of.met, of.portals)).unwrap_or_default();
            let (id, version, name, minimum) = (one.id, one.version, &one.name, one.minimum);
            println!("{id} v{version} {name} ({minimum} a {}) {stands}", one.period.as_str());
        }
    }
    Ok(())
}

fn show(one: &Commission, counts: &Counts, as_json: bool) -> Result<()> {
    if as_json {
        return print(&json!({
            "id": one.id, "state": one.state, "topic": one.topic, "due_at": one.due_at, "audience_count": one.audience_count,
            "mandatory": one.mandatory, "wanted": one.wanted, "counts": counts,
        }));
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
