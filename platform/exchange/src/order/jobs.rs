//! What follows an order: probes for every placed mirror, and time kept by a reconciler without input.

use base::queue::{Claimed, Outcome};
use base::store::{ProvisionTx, StoreError};
use base::{Sites, Store, SubtreeTx, Timestamp};
use content::document;
use serde::Deserialize;

use super::acts::{announce, copied, extend, put_mirrors, summary_of};
use super::model::{Audience, Event, Kind, Order, OrderError, OrderState};
use super::{OrderId, reach};
use crate::obligation::Placer;
use crate::rules::{RepostRule, RepostRules};

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

/// Looks once at an open order: gives joined tenants their obligations, reminds at each stage, falls back before the limit,
/// sends probes again to what failed, and closes the order when nothing is owed any more. Most looks find nothing due: they
/// read, and write nothing. Restarting, doubling or delaying it changes nothing but latency.
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
    let tx = store.overlook(job.reach()).await?;
    let order = super::views::find(&tx, about.order).await?;
    if order.state != OrderState::Open {
        return Ok(Outcome::Done);
    }
    let rule = rules.of(&order.rule_version, order.issued_at).ok_or(OrderError::NoRule)?;
    let audience = audience_of(store.sites(), &order.audience);
    let due = reach::waiting(&tx, &order, rule, audience.as_ref()).await?;
    tx.commit().await?;
    let (soonest, latest) = (now.plus_seconds(rule.look.least_seconds), now.plus_minutes(rule.look.most_minutes));
    // Nobody joins a recall: it ends with the last copy.
    let over =
        order.kind == Kind::Recall || (now >= order.due_at && now >= order.issued_at.plus_hours(24 * rule.open_days));
    let ends = over && due.owed == 0 && due.joiners == 0;
    let next = due.next();
    if !ends && due.joiners == 0 && next.is_none_or(|next| next > now) {
        return Ok(Outcome::Again(next.unwrap_or(latest).min(latest).max(soonest)));
    }
    let tx = store.subtree(job.reach()).await?;
    // Read once more: what is decided from here on is decided under the lock or guarded by its own statement.
    let order = super::views::find(&tx, about.order).await?;
    if order.state != OrderState::Open {
        return Ok(Outcome::Done);
    }
    if ends {
        if reach::close(&tx, order.id).await? {
            tx.note(&Event::Closed { order: order.id }, base::duty::PLATFORM, now).await?;
            announce(&tx, order.id, now).await?;
            tx.commit().await?;
            return Ok(Outcome::Done);
        }
        return Ok(Outcome::Again(soonest));
    }
    if let Some(audience) = audience.filter(|_| due.joiners > 0) {
        extend(&tx, &order, &audience, base::duty::PLATFORM, now).await?;
    }
    if due.stage_at.is_some_and(|at| at <= now.micros()) {
        remind(&tx, &order, rule, now).await?;
    }
    if due.fallback_at.is_some_and(|at| at <= now.micros())
        && reach::fall_back(&tx, order.id, rule.fallback_lead_minutes, now).await? > 0
    {
        place_fallbacks(&tx, &order, now).await?;
    }
    if due.again_at.is_some_and(|at| at <= now.micros()) {
        reach::look_again(&tx, order.id, rule, now).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Again(soonest))
}

async fn remind(tx: &SubtreeTx, order: &Order, rule: &RepostRule, now: Timestamp) -> Result<(), OrderError> {
    for stage in (1..).take(rule.stages.len()) {
        let tenants = reach::remind(tx, order.id, stage, rule, now).await?;
        if tenants > 0 {
            let event = Event::Reminded { order: order.id, stage, tenants: i64::try_from(tenants).unwrap_or(i64::MAX) };
            tx.note(&event, base::duty::PLATFORM, now).await?;
        }
    }
    Ok(())
}

/// Wakes the time keepers of open orders and commissions, and the declared flows of joint columns, above the tenants that this
/// transaction changed: who joins, or comes back, is seen at once and not at the next look.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn wake(tx: &ProvisionTx, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE job SET run_at = $1 WHERE kind IN ('order.keep_time', 'commission.keep_time', 'joint.join') AND dead = 0 AND run_at > $1 AND tenant_id IN \
               (SELECT c.ancestor_id FROM tenant_closure c JOIN tenant t ON t.id = c.descendant_id WHERE t.changed_at = $1)";
    tx.provision_each(sql, vec![now.micros().into()]).await?;
    Ok(())
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

/// The audience that an order, a commission or a quota names, read back through the directory: ids become proof only by being known tenants.
pub fn audience_of(sites: &Sites, text: &str) -> Option<Audience> {
    let text: serde_json::Value = serde_json::from_str(text).ok()?;
    let sites = sites.all();
    let known = |id: &serde_json::Value| {
        let id = id.as_str()?;
        sites.iter().find(|site| site.tenant.to_string() == id).map(|site| site.tenant)
    };
    let list = |name: &str| {
        text.get(name).and_then(serde_json::Value::as_array).map(|ids| ids.iter().filter_map(known).collect())
    };
    let subtree = text.get("subtree")?;
    Some(Audience {
        subtree: if subtree.is_null() { None } else { Some(known(subtree)?) },
        levels: serde_json::from_value(text.get("levels")?.clone()).ok()?,
        include: list("include")?,
        exclude: list("exclude")?,
        rehearsal: text.get("rehearsal").and_then(serde_json::Value::as_bool).unwrap_or(false),
    })
}
