//! What people decide about one portal under one order: whether a doubtful page is the repost, whom to ask besides, whom to
//! excuse.

use base::duty::Role;
use base::{Duty, Staff, TenantTx, Timestamp};
use exchange::OrderId;
use exchange::order::{self, IssueOrder, Order, OrderState};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::model::{Event, Move, OutsideError, Standing};
use super::portal::PortalState;
use super::registry::{json, said};
use super::rows::obligation as rows;
use super::rules::OutsideRule;
use super::views::{self, Debt};
use super::{PortalId, mail, watch};

/// May say whether a page outside is the repost that was asked for.
pub struct JudgeSighting;
impl Duty for JudgeSighting {
    const NAME: &'static str = "judge_sighting";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
    const BELOW: bool = false;
}

/// A person says that what was seen is the repost. Whether it was in time counts by when it was first seen.
///
/// # Errors
/// [`OutsideError::WrongTurn`] when nothing is in doubt.
pub async fn confirm(
    tx: &TenantTx,
    who: &Staff<JudgeSighting>,
    order: OrderId,
    portal: PortalId,
    reason: &str,
    now: Timestamp,
) -> Result<Debt, OutsideError> {
    let was = views::find_debt(tx, order, portal).await?;
    let is = was.standing.step(Move::Confirm)?;
    let reason = if reason.trim().is_empty() { String::new() } else { said("reason", reason)? };
    tx.change_one(decided(&was, is, who.actor(), &reason, now)).await?;
    let event = Event::Confirmed { order, portal, url: was.url, text_hash: was.text_hash, reason };
    tx.note(&event, who.actor(), now).await?;
    views::find_debt(tx, order, portal).await
}

/// A person says that what was seen is something else, and why. The same page is not asked about again.
///
/// # Errors
/// [`OutsideError::Field`] without a reason; [`OutsideError::WrongTurn`] when nothing is in doubt.
pub async fn reject(
    tx: &TenantTx,
    who: &Staff<JudgeSighting>,
    order: OrderId,
    portal: PortalId,
    reason: &str,
    now: Timestamp,
) -> Result<Debt, OutsideError> {
    let reason = said("reason", reason)?;
    let was = views::find_debt(tx, order, portal).await?;
    let mut is = was.standing.step(Move::Reject)?;
    if now > was.due_at {
        is = is.step(Move::Miss)?;
    }
    let mut rejected = was.rejected.clone();
    rejected.push(watch::url_hash(&was.url));
    let update = decided(&was, is, who.actor(), &reason, now)
        .col_expr(rows::Column::Rejected, Expr::value(json(&rejected)))
        .col_expr(rows::Column::SeenAt, Expr::value(None::<i64>))
        .col_expr(rows::Column::Late, Expr::value(0))
        .col_expr(rows::Column::JudgedTo, Expr::value(0))
        .col_expr(rows::Column::Url, Expr::value(""))
        .col_expr(rows::Column::FoundBy, Expr::value(""));
    tx.change_one(update).await?;
    let event = Event::Rejected { order, portal, url: was.url, text_hash: was.text_hash, reason };
    tx.note(&event, who.actor(), now).await?;
    // What lies behind the page that was in the way is looked at now.
    watch::ask(tx, &[portal], now, now).await?;
    views::find_debt(tx, order, portal).await
}

/// Asks further portals to repost under an open order: those that are not asked every time.
///
/// # Errors
/// [`OutsideError::NotOpen`]; [`OutsideError::Inactive`].
pub async fn include(
    tx: &TenantTx,
    who: &Staff<IssueOrder>,
    order: OrderId,
    portals: &[PortalId],
    rule: &OutsideRule,
    now: Timestamp,
) -> Result<usize, OutsideError> {
    let order = order::find(tx, order).await?;
    if order.state != OrderState::Open || order.kind == exchange::Kind::Recall {
        return Err(OutsideError::NotOpen);
    }
    let active = views::list(tx, Some(PortalState::Active)).await?;
    if portals.iter().any(|id| active.iter().all(|portal| portal.id != *id)) {
        return Err(OutsideError::Inactive);
    }
    let there: Vec<PortalId> = views::of_order(tx, order.id).await?.iter().map(|debt| debt.portal).collect();
    let mut new: Vec<PortalId> = portals.iter().filter(|id| !there.contains(id)).copied().collect();
    new.sort_unstable();
    new.dedup();
    tell(tx, &order, &new, who.actor(), rule, now).await?;
    Ok(new.len())
}

/// The issuer no longer asks one portal, with a reason.
///
/// # Errors
/// [`OutsideError::Field`] without a reason; [`OutsideError::WrongTurn`] when nothing is asked.
pub async fn excuse(
    tx: &TenantTx,
    who: &Staff<IssueOrder>,
    order: OrderId,
    portal: PortalId,
    reason: &str,
    now: Timestamp,
) -> Result<Debt, OutsideError> {
    let reason = said("reason", reason)?;
    let was = views::find_debt(tx, order, portal).await?;
    let is = was.standing.step(Move::Excuse)?;
    tx.change_one(decided(&was, is, who.actor(), &reason, now)).await?;
    tx.note(&Event::Excused { order, portal, reason }, who.actor(), now).await?;
    views::find_debt(tx, order, portal).await
}

/// Writes what is asked of portals, and leaves the work behind that follows: the letter, the looks, the limit.
pub(super) async fn tell(
    tx: &TenantTx,
    order: &Order,
    portals: &[PortalId],
    actor: &str,
    rule: &OutsideRule,
    now: Timestamp,
) -> Result<(), OutsideError> {
    if portals.is_empty() {
        return Ok(());
    }
    // Whoever is told when the limit is over has as much time as everybody had: nobody is late by no fault.
    let hours = i64::from(order.deadline_hours);
    let due_at = if order.due_at > now { order.due_at } else { now.plus_hours(hours) };
    let row = |portal: &PortalId| rows::ActiveModel {
        order_id: Set(order.id),
        portal_id: Set(*portal),
        document_id: Set(order.document),
        edition_id: Set(order.edition),
        replaced_id: Set(None),
        kind: Set(order.kind.as_str().to_owned()),
        standing: Set(Standing::Told.as_str().to_owned()),
        told_at: Set(now.micros()),
        due_at: Set(due_at.micros()),
        seen_at: Set(None),
        late: Set(0),
        url: Set(String::new()),
        list_url: Set(String::new()),
        position: Set(0),
        found_by: Set(String::new()),
        title_like: Set(0),
        text_like: Set(0),
        shown_date: Set(String::new()),
        text_hash: Set(String::new()),
        judged_to: Set(0),
        rejected: Set("[]".to_owned()),
        mail: Set(mail::WAITING.to_owned()),
        mailed_at: Set(None),
        decided_at: Set(None),
        decided_by: Set(String::new()),
        reason: Set(String::new()),
        gone_at: Set(None),
        version: Set(0),
        ..Default::default()
    };
    tx.insert_many::<rows::Entity, _>(portals.iter().map(row).collect()).await?;
    let event = Event::Told { order: order.id, edition: order.edition, portals: portals.to_vec(), due_at };
    tx.note(&event, actor, now).await?;
    mail::ask(tx, order.id, now).await?;
    watch::ask(tx, portals, now.plus_minutes(rule.first_minutes), now).await?;
    super::jobs::ask_due(tx, order.id, due_at, now).await?;
    Ok(())
}

/// The guarded change of one request: exactly one row in the standing that was read, or `Stale`.
pub(super) fn guarded(was: &Debt, is: Standing) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::OrderId.eq(was.order))
        .filter(rows::Column::PortalId.eq(was.portal))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::Standing.eq(was.standing.as_str()))
}

fn decided(was: &Debt, is: Standing, actor: &str, reason: &str, now: Timestamp) -> UpdateMany<rows::Entity> {
    guarded(was, is)
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(actor))
        .col_expr(rows::Column::Reason, Expr::value(reason))
}
