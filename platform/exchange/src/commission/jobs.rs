//! Time over one commission: who joins, reminders, misses, what the issuer's chain must know, the end.

use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, SubtreeTx, Timestamp, calendar::Calendar};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde::Deserialize;

use super::event::Event;
use super::model::{Commission, CommissionError, State};
use super::rows::commission as rows;
use super::rules::{CommissionRule, CommissionRules};
use super::{CommissionId, acts, credit, reach, views};
use crate::order::Audience;
use crate::order::jobs::audience_of;

/// Name of the job that keeps the time of a commission.
pub const KEEP_TIME: &str = "commission.keep_time";

/// Portals named by one entry of a chain at most.
const NAMED: usize = 500;

#[derive(Deserialize)]
struct About {
    commission: CommissionId,
}

/// Key of the one job about a commission.
pub(super) fn key(id: CommissionId) -> String {
    format!("commission:{id}")
}

pub(super) fn payload(id: CommissionId) -> String {
    format!("{{\"commission\":\"{id}\"}}")
}

/// Looks once at an open commission: calls who joined, reminds at each stage, notes what was missed, records how portals came
/// out, and closes it when even late answers are too late. Running it twice or late changes nothing but latency.
///
/// # Errors
/// [`CommissionError`]; the job is tried again.
pub async fn keep_time(
    store: &Store,
    rules: &CommissionRules,
    calendar: &Calendar,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, CommissionError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.overlook(job.reach()).await?;
    let Some((commission, due_at)) = open(&tx, about.commission).await? else { return Ok(Outcome::Done) };
    let rule = rules.of(&commission.rule_version, now).ok_or(CommissionError::NoRule)?;
    // Nobody joins after the deadline: there is nothing left to be in time for.
    let audience = audience_of(store.sites(), &commission.audience).filter(|_| now < due_at);
    let due = reach::waiting(&tx, commission.id, rule, audience.as_ref()).await?;
    tx.commit().await?;
    let closes = due_at.plus_hours(24 * rule.late_days);
    let missed = due.miss_at.map(|at| at + 1);
    let next = [due.stage_at, missed, Some(closes.micros())].into_iter().flatten().min().map(Timestamp);
    let acts = due.joiners > 0 || due.unrecorded > 0 || next.is_some_and(|next| next <= now);
    if !acts {
        let latest = now.plus_minutes(rule.look_minutes);
        return Ok(Outcome::Again(Ord::min(next.unwrap_or(latest), latest)));
    }
    let tx = store.subtree(job.reach()).await?;
    // Read once more: what is decided from here on is guarded by its own statement.
    let Some((commission, _)) = open(&tx, about.commission).await? else { return Ok(Outcome::Done) };
    if closes <= now {
        acts::end(&tx, base::duty::PLATFORM, commission.id, State::Closed, "", now).await?;
        tx.commit().await?;
        return Ok(Outcome::Done);
    }
    if let Some(audience) = audience.filter(|_| due.joiners > 0) {
        let due_at = Ord::max(calendar.after(now, rule.join_days).at, due_at);
        join(&tx, &commission, &audience, due_at, now).await?;
    }
    remind(&tx, commission.id, rule, now).await?;
    reach::miss(&tx, commission.id, now).await?;
    record(&tx, &commission, now).await?;
    tx.commit().await?;
    Ok(Outcome::Again(now.plus_seconds(1)))
}

async fn open(tx: &SubtreeTx, id: CommissionId) -> Result<Option<(Commission, Timestamp)>, CommissionError> {
    let found = match views::find(tx, id).await {
        Err(CommissionError::Missing) => return Ok(None),
        other => other?,
    };
    let due_at = found.due_at;
    Ok(due_at.filter(|_| found.state == State::Open).map(|due_at| (found, due_at)))
}

/// Portals that joined the audience get their calls, with time enough to answer.
async fn join(
    tx: &SubtreeTx,
    commission: &Commission,
    audience: &Audience,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), CommissionError> {
    if reach::call_each(tx, commission.id, audience, due_at, now).await? == 0 {
        return Ok(());
    }
    let (count, digest) = reach::digest_of_calls(tx, commission.id, now).await?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::AudienceCount, Expr::col(rows::Column::AudienceCount).add(count))
        .filter(rows::Column::Id.eq(commission.id));
    tx.change_one(update).await?;
    let event = Event::Joined { commission: commission.id, count, digest, due_at };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    Ok(())
}

async fn remind(
    tx: &SubtreeTx,
    id: CommissionId,
    rule: &CommissionRule,
    now: Timestamp,
) -> Result<(), CommissionError> {
    for stage in (1..).take(rule.stages.len()) {
        let tenants = reach::remind(tx, id, stage, rule, now).await?;
        if tenants > 0 {
            let event = Event::Reminded { commission: id, stage, tenants: i64::try_from(tenants).unwrap_or(i64::MAX) };
            tx.note(&event, base::duty::PLATFORM, now).await?;
        }
    }
    Ok(())
}

/// Writes into the issuer's chain how portals came out since it was last told, one entry per standing and 500 portals, and
/// what it means for their points.
pub(super) async fn record(tx: &SubtreeTx, commission: &Commission, now: Timestamp) -> Result<(), StoreError> {
    let id = commission.id;
    let found = reach::outcomes(tx, id).await?;
    credit::tell(tx, commission, &found, base::duty::PLATFORM, now).await?;
    for standing in ["delivered", "late", "missed", "declined", "accepted"] {
        let tenants: Vec<String> =
            found.iter().filter(|one| one.standing == standing).map(|one| one.tenant_id.to_string()).collect();
        for some in tenants.chunks(NAMED) {
            let event = Event::Settled { commission: id, standing, tenants: some.to_vec() };
            tx.note(&event, base::duty::PLATFORM, now).await?;
        }
    }
    Ok(())
}
