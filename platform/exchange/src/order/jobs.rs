//! What follows an order: probes for every placed mirror, and time kept by a reconciler without input.

use base::queue::{Claimed, Outcome};
use base::{Store, SubtreeTx, Timestamp};
use content::document;
use serde::Deserialize;

use super::acts::{copied, extend, put_mirrors, summary_of};
use super::model::{Audience, Event, Order, OrderError, OrderState};
use super::{OrderId, reach};
use crate::obligation::Placer;
use crate::rules::RepostRules;

/// Seconds between two looks of the time keeper at an open order.
const LOOK_EVERY: i64 = 60;

/// Payload of every job about an order: ids only.
#[derive(Debug, Deserialize)]
pub struct About {
    /// The order.
    pub order: OrderId,
}

/// Sends a probe to every portal that counts as placed and is not proven.
///
/// # Errors
/// [`OrderError`]; the job is tried again.
pub async fn fan_out(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, OrderError> {
    let Some(about) = about(job) else { return Ok(Outcome::Done) };
    let tx = store.subtree(job.reach()).await?;
    reach::enqueue_probes(&tx, about.order, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Looks once at an open order: gives joined tenants their obligations, reminds at each stage, falls back before the limit.
/// Restarting, doubling or delaying it changes nothing but latency.
///
/// # Errors
/// [`OrderError`]; the job is tried again.
pub async fn keep_time(
    store: &Store,
    rules: &RepostRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, OrderError> {
    let Some(about) = about(job) else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(OrderError::NoRule)?;
    let tx = store.subtree(job.reach()).await?;
    let order = super::views::find(&tx, about.order).await?;
    if order.state != OrderState::Open {
        return Ok(Outcome::Done);
    }
    if let Some(audience) = audience_of(store, &order) {
        extend(&tx, &order, &audience, base::duty::PLATFORM, now).await?;
    }
    for stage in (1..).take(rule.stages.len()) {
        let tenants = reach::remind(&tx, order.id, stage, rule, now).await?;
        if tenants > 0 {
            let event = Event::Reminded { order: order.id, stage, tenants: i64::try_from(tenants).unwrap_or(i64::MAX) };
            tx.note(&event, base::duty::PLATFORM, now).await?;
        }
    }
    if reach::fall_back(&tx, order.id, rule.fallback_lead_minutes, now).await? > 0 {
        place_fallbacks(&tx, &order, now).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Again(now.plus_seconds(LOOK_EVERY)))
}

async fn place_fallbacks(tx: &SubtreeTx, order: &Order, now: Timestamp) -> Result<(), OrderError> {
    let edition = document::edition(tx, order.edition).await?;
    let summary = summary_of(&edition);
    let placed =
        put_mirrors(tx, order.id, Placer::Fallback, &order.target_code, &copied(&edition, &summary, now), now).await?;
    let event = Event::FellBack { order: order.id, placed: i64::try_from(placed).unwrap_or(i64::MAX) };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    reach::enqueue_probes(tx, order.id, now).await?;
    Ok(())
}

fn about(job: &Claimed) -> Option<About> {
    serde_json::from_str(&job.payload)
        .inspect_err(|error| tracing::error!(key = %job.key, %error, "unreadable job"))
        .ok()
}

/// The audience that an order names, read back through the directory: ids become proof only by being known tenants.
fn audience_of(store: &Store, order: &Order) -> Option<Audience> {
    let text: serde_json::Value = serde_json::from_str(&order.audience).ok()?;
    let sites = store.sites().all();
    let known = |id: &serde_json::Value| {
        let id = id.as_str()?;
        sites.iter().find(|site| site.tenant.to_string() == id).map(|site| site.tenant)
    };
    let list = |name: &str| {
        text.get(name).and_then(serde_json::Value::as_array).map(|ids| ids.iter().filter_map(known).collect())
    };
    Some(Audience {
        subtree: known(text.get("subtree")?)?,
        levels: serde_json::from_value(text.get("levels")?.clone()).ok()?,
        include: list("include")?,
        exclude: list("exclude")?,
    })
}
