//! Verbs of the issuer: preview, open, close, cancel.

use base::calendar::Calendar;
use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Sites, Staff, SubtreeTx, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};
use serde::Serialize;

use super::event::Event;
use super::model::{Commission, CommissionError, Standing, State};
use super::reach::{self, LevelCount};
use super::rows::commission as rows;
use super::rules::CommissionRule;
use super::writing::{NewCommission, cleaned, deadline_of, due, of_draft};
use super::{CommissionId, credit, jobs, views};
use crate::order::jobs::audience_of;

/// May commission items from the tenants below, and set their quotas. What is asked is asked in the portal's own name.
pub struct CommissionItems;
impl Duty for CommissionItems {
    const NAME: &'static str = "commission_items";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator, Role::TenantAdmin];
    const BELOW: bool = false;
}
impl Reaching for CommissionItems {}

/// What opening a commission would do, seen before it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// Portals addressed.
    pub audience_count: i64,
    /// Per level.
    pub levels: Vec<LevelCount>,
    /// When their time would end.
    pub due_at: Timestamp,
    /// Counted in a year whose holidays are not known yet.
    pub provisional: bool,
}

/// Counts whom a commission would reach and computes its deadline. Nothing is written.
///
/// # Errors
/// See [`CommissionError`].
pub async fn preview(
    tx: &SubtreeTx,
    _who: &Staff<CommissionItems>,
    new: NewCommission,
    rule: &CommissionRule,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Preview, CommissionError> {
    let new = cleaned(new)?;
    let (due_at, provisional) = due(new.deadline, rule, calendar, now)?;
    let levels = reach::addressed_by_level(tx, &new.audience).await?;
    Ok(Preview { audience_count: levels.iter().map(|level| level.count).sum(), levels, due_at, provisional })
}

/// The same of a draft as it is written.
///
/// # Errors
/// [`CommissionError::WrongState`] once it is sent; [`CommissionError::NoTime`] when its instant has passed meanwhile.
pub async fn reach_of(
    tx: &SubtreeTx,
    _who: &Staff<CommissionItems>,
    sites: &Sites,
    id: CommissionId,
    (rule, calendar): (&CommissionRule, &Calendar),
    now: Timestamp,
) -> Result<Preview, CommissionError> {
    let was = of_draft(tx, id).await?;
    let (due_at, provisional) = due(deadline_of(&was), rule, calendar, now)?;
    let audience = audience_of(sites, &was.audience).ok_or(CommissionError::NobodyAddressed)?;
    let levels = reach::addressed_by_level(tx, &audience).await?;
    Ok(Preview { audience_count: levels.iter().map(|level| level.count).sum(), levels, due_at, provisional })
}

/// Sends a draft: the calls of the whole audience, the event that binds them, and the time keeper, in one transaction.
///
/// # Errors
/// [`CommissionError::NobodyAddressed`]; [`CommissionError::NoTime`] when its instant has passed meanwhile.
pub async fn open(
    tx: &SubtreeTx,
    who: &Staff<CommissionItems>,
    sites: &Sites,
    id: CommissionId,
    (rule, calendar): (&CommissionRule, &Calendar),
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let was = views::find(tx, id).await?;
    if !was.state.may_become(State::Open) {
        return Err(CommissionError::WrongState(was.state));
    }
    let (due_at, provisional) = due(deadline_of(&was), rule, calendar, now)?;
    let audience = audience_of(sites, &was.audience).ok_or(CommissionError::NobodyAddressed)?;
    reach::call_each(tx, id, &audience, due_at, now).await?;
    let (count, digest) = reach::digest_of_calls(tx, id, now).await?;
    if count == 0 {
        return Err(CommissionError::NobodyAddressed);
    }
    let update = guarded(&was, State::Open)
        .col_expr(rows::Column::AudienceCount, Expr::value(count))
        .col_expr(rows::Column::DueAt, Expr::value(due_at.micros()))
        .col_expr(rows::Column::Provisional, Expr::value(i32::from(provisional)))
        .col_expr(rows::Column::RuleVersion, Expr::value(rule.effective_from.as_str()))
        .col_expr(rows::Column::ReturnHours, Expr::value(rule.return_hours))
        .col_expr(rows::Column::OpenedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::OpenedBy, Expr::value(who.actor()));
    tx.change_one(update).await?;
    let event = Event::Opened {
        commission: id,
        topic: was.topic,
        audience: was.audience,
        count,
        digest,
        due_at,
        mandatory: was.mandatory,
        wanted: was.wanted,
        rule: rule.effective_from.clone(),
    };
    tx.note(&event, who.actor(), now).await?;
    wake(tx, id, now).await?;
    views::find(tx, id).await
}

/// Makes the time keeper of a commission look at once.
pub(super) async fn wake(tx: &TenantTx, id: CommissionId, now: Timestamp) -> Result<(), StoreError> {
    tx.enqueue(jobs::KEEP_TIME, &jobs::key(id), &jobs::payload(id), now, now).await
}

/// Ends an open commission: what is still owed is missed, and no answer is taken any more.
///
/// # Errors
/// [`CommissionError::WrongState`].
pub async fn close(
    tx: &SubtreeTx,
    who: &Staff<CommissionItems>,
    id: CommissionId,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    end(tx, who.actor(), id, State::Closed, "", now).await
}

/// Takes a commission back with a reason: nobody owes anything. A draft is thrown away in the same way.
///
/// # Errors
/// [`CommissionError::Text`] without a reason; [`CommissionError::WrongState`].
pub async fn cancel(
    tx: &SubtreeTx,
    who: &Staff<CommissionItems>,
    id: CommissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let reason = super::calls::said("reason", reason)?;
    end(tx, who.actor(), id, State::Cancelled, &reason, now).await
}

pub(super) async fn end(
    tx: &SubtreeTx,
    actor: &str,
    id: CommissionId,
    next: State,
    reason: &str,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let was = views::find(tx, id).await?;
    if !was.state.may_become(next) {
        return Err(CommissionError::WrongState(was.state));
    }
    let update = guarded(&was, next)
        .col_expr(rows::Column::EndedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::EndedBy, Expr::value(actor))
        .col_expr(rows::Column::Reason, Expr::value(reason));
    tx.change_one(update).await?;
    let standing = if next == State::Closed { Standing::Missed } else { Standing::Ended };
    reach::end(tx, id, standing, now).await?;
    jobs::record(tx, &was, now).await?;
    if next == State::Cancelled {
        // Nobody owes anything, and nobody ever did.
        credit::take_back(tx, &was, &reach::missed(tx, id).await?, actor, now).await?;
    }
    let event = match next {
        State::Closed => Event::Closed { commission: id },
        _ => Event::Cancelled { commission: id, reason: reason.to_owned() },
    };
    tx.note(&event, actor, now).await?;
    views::find(tx, id).await
}

/// The guarded change of one commission: exactly one row as it was read, or `Stale`.
pub(super) fn guarded(was: &Commission, is: State) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::State, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::State.eq(was.state.as_str()))
}
