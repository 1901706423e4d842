//! Quotas: set by a superior, owed by a portal.

use anyhow::{Context, Result};
use base::Store;
use base::store::Reach;
use chrono::NaiveDate;
use clap::Args;
use exchange::QuotaId;
use exchange::commission::CommissionItems;
use exchange::quota::{self, Counting, Length, NewQuota, Own, Period, Quota, Totals};
use serde_json::{Value, json};
use uuid::Uuid;
use web::App;

use super::super::audience::Addressed;
use super::super::{print, proven, site, slug};
use super::overlook;

/// Periods shown of what a portal owes.
const OWN: u64 = 60;

/// A quota as it is typed.
#[derive(Debug, Args)]
pub struct Set {
    /// Slug of who sets it
    #[arg(long, default_value = "www")]
    tenant: String,
    /// The quota of which this is a new version
    #[arg(long)]
    id: Option<Uuid>,
    /// 1 to 80 characters
    #[arg(long)]
    name: String,
    /// week, month or quarter; every version has the first one's
    #[arg(long, default_value = "month")]
    period: String,
    /// Which items count: any, short or long
    #[arg(long, default_value = "any")]
    length: String,
    /// When they count: sent or adopted
    #[arg(long, default_value = "sent")]
    counting: String,
    /// Items in one period; 0 lifts it
    #[arg(long)]
    minimum: i32,
    /// YYYY-MM-DD; the running period's first day, or the next one's for a new version
    #[arg(long)]
    effective_from: Option<NaiveDate>,
    /// Where it comes from
    #[arg(long)]
    source: String,
    #[command(flatten)]
    audience: Addressed,
    /// Who does it, for the record
    #[arg(long = "as", value_name = "NAME")]
    actor: String,
}

/// Sets one.
pub async fn set(app: &App, set: Set, as_json: bool) -> Result<()> {
    let (issuer, staff) = proven::<CommissionItems>(&app.store, &set.tenant, &set.actor)?;
    let new = NewQuota {
        id: set.id.map(QuotaId),
        audience: set.audience.read(&app.store, &issuer)?,
        period: Period::parse(&set.period).context("a period is week, month or quarter")?,
        length: Length::parse(&set.length).context("a length is any, short or long")?,
        counting: Counting::parse(&set.counting).context("items count when they are sent or adopted")?,
        minimum: set.minimum,
        effective_from: set.effective_from,
        name: set.name,
        source: set.source,
    };
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let one = quota::set(&tx, &staff, new, app.clock.now()).await?;
    tx.commit().await?;
    show(&one, None, as_json)
}

/// What a portal set.
pub async fn list(store: &Store, tenant: &str, as_json: bool) -> Result<()> {
    let tx = overlook(store, tenant).await?;
    let mut all = Vec::new();
    for one in quota::list(&tx).await? {
        let newest = quota::totals(&tx, one.id, 1).await?.pop();
        all.push((one, newest));
    }
    if as_json {
        return print(&all.iter().map(|(one, newest)| described(one, newest.as_ref())).collect::<Vec<_>>());
    }
    all.iter().try_for_each(|(one, newest)| show(one, newest.as_ref(), false))
}

/// What a portal owes.
pub async fn own(store: &Store, tenant: &str, as_json: bool) -> Result<()> {
    let tx = store.reading(site(store, tenant)?.tenant).await?;
    let own = quota::own(&tx, OWN).await?;
    if as_json {
        return print(&own.iter().map(|one| owed(store, one)).collect::<Vec<_>>());
    }
    for one in &own {
        let (from, verdict) = (slug(store, one.issuer), &one.verdict);
        println!(
            "{}  {} of {}  {} ({from}, {}) {verdict}",
            one.begins,
            one.counted,
            one.minimum,
            one.name,
            one.period.as_str()
        );
    }
    Ok(())
}

fn owed(store: &Store, one: &Own) -> Value {
    json!({
        "quota_id": one.quota, "from": slug(store, one.issuer), "name": one.name, "begins": one.begins, "period": one.period,
        "length": one.length, "counting": one.counting, "minimum": one.minimum, "counted": one.counted,
        "until_at": one.until_at, "verdict": one.verdict,
    })
}

fn described(one: &Quota, newest: Option<&Totals>) -> Value {
    json!({
        "id": one.id, "version": one.version, "name": one.name, "period": one.period, "minimum": one.minimum,
        "effective_from": one.effective_from.to_string(), "source": one.source, "newest": newest,
    })
}

fn show(one: &Quota, newest: Option<&Totals>, as_json: bool) -> Result<()> {
    if as_json {
        return print(&described(one, newest));
    }
    let stands = newest.map(|of| format!("{}: {} of {} met", of.begins, of.met, of.portals)).unwrap_or_default();
    let (id, version, name, minimum) = (one.id, one.version, &one.name, one.minimum);
    println!("{id} v{version} {name} ({minimum} a {}) {stands}", one.period.as_str());
    Ok(())
}
