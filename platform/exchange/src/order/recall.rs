//! Recall: every copy back, confirmed by a second person, followed until none is visible.

use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Staff, SubtreeTx, Timestamp};
use content::document::{self, Cause, EditionState, LOCALE, Withdrawal, Withdrawing};
use content::{DocumentId, text};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::acts::{follow_up, open_order, taken};
use super::model::{Audience, Event, Kind, Limit, Order, OrderError, OrderState};
use super::{OrderId, reach, rows};
use crate::rules::RepostRule;

/// May propose a recall.
pub struct ProposeRecall;
impl Duty for ProposeRecall {
    const NAME: &'static str = "propose_recall";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
}
impl Reaching for ProposeRecall {}

/// May be the second person of a recall.
pub struct ConfirmRecall;
impl Duty for ConfirmRecall {
    const NAME: &'static str = "confirm_recall";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
}
impl Reaching for ConfirmRecall {}
// The withdrawal itself is part of the confirmation: whoever may confirm needs no further duty.
impl Withdrawing for ConfirmRecall {}

/// Proposes to take a document back everywhere. Nothing changes on any page before a second person confirms.
///
/// # Errors
/// [`OrderError::NotPublished`] when nothing of it is live; [`OrderError::OpenAlready`] when a recall is under way;
/// [`OrderError::Looser`] when it would leave copies visible for longer than the rule.
pub async fn propose(
    tx: &SubtreeTx,
    who: &Staff<ProposeRecall>,
    document: DocumentId,
    withdrawal: Withdrawal,
    hours: Option<i32>,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<Order, OrderError> {
    let mut withdrawal = withdrawal.cleaned()?;
    if !withdrawal.cause.is_serious() {
        // Nobody takes every copy back for a matter of routine.
        withdrawal.cause = Cause::SeriousError;
    }
    let live = document::live_edition(tx, document).await.map_err(|error| match error {
        document::DocumentError::NotLive => OrderError::NotPublished,
        other => other.into(),
    })?;
    if let Some(open) = open_order(tx, document, Kind::Recall, false).await? {
        return Err(OrderError::OpenAlready(open.id));
    }
    let hours = hours.unwrap_or(rule.recall_hours);
    if hours < 1 {
        return Err(OrderError::NoTime);
    }
    if hours > rule.recall_hours {
        let limit = Limit { hours: rule.recall_hours, from: rule.source.clone() };
        return Err(OrderError::Looser { hours, limit });
    }
    let everybody = Audience::everybody(tx.tenant());
    let id = OrderId(tx.ids().new_id(now));
    let row = rows::ActiveModel {
        id: Set(id),
        document_id: Set(document),
        edition_id: Set(live.edition),
        locale: Set(LOCALE.to_owned()),
        kind: Set(Kind::Recall.as_str().to_owned()),
        state: Set(OrderState::Proposed.as_str().to_owned()),
        audience: Set(everybody.text()),
        audience_key: Set(everybody.key()),
        audience_count: Set(0),
        audience_digest: Set(String::new()),
        deadline_hours: Set(hours),
        clock_start: Set(now.micros()),
        due_at: Set(now.plus_hours(i64::from(hours)).micros()),
        target_code: Set(String::new()),
        reason: Set(withdrawal.reason.clone()),
        legal_basis: Set(withdrawal.legal_basis.clone()),
        rule_version: Set(rule.effective_from.clone()),
        issued_at: Set(now.micros()),
        issued_by: Set(who.actor().to_owned()),
        issued_by_id: Set(who.id()),
        confirmed_by: Set(String::new()),
        withdrawal: Set(serde_json::to_string(&withdrawal).ok()),
        answer: Set(String::new()),
        rehearsal: Set(0),
        ..Default::default()
    };
    if !tx.insert_if_free(row).await? {
        return Err(taken(tx, document, Kind::Recall, false).await?);
    }
    let event = Event::Proposed { order: id, document, reason: withdrawal.reason, legal_basis: withdrawal.legal_basis };
    tx.note(&event, who.actor(), now).await?;
    super::views::find(tx, id).await
}

/// The second person confirms: the document and every mirror are off the pages in this transaction; what remains is proof.
///
/// # Errors
/// [`OrderError::SamePerson`]; [`OrderError::WrongState`].
pub async fn confirm(
    tx: &SubtreeTx,
    who: &Staff<ConfirmRecall>,
    id: OrderId,
    now: Timestamp,
) -> Result<Order, OrderError> {
    let order = proposed(tx, id).await?;
    if order.issued_by(who.actor(), who.id()) {
        return Err(OrderError::SamePerson);
    }
    let withdrawal = order
        .withdrawal
        .clone()
        .ok_or_else(|| StoreError::Suspicious { table: "repost_order", what: format!("withdrawal of {id}") })?;
    let due_at = now.plus_hours(i64::from(order.deadline_hours));
    // First: whoever places one just now by a subscription is waited for, and is then among the carriers.
    crate::joint::withdrawn(tx, order.document, &withdrawal.reason, now).await?;
    let copies = reach::oblige_carriers(tx, id, order.document, order.edition, order.deadline_hours, now).await?;
    reach::tell_carriers(tx, id, now).await?;
    // The owner may have withdrawn it in the meantime; then only the copies are left to take back.
    let live = document::live_edition(tx, order.document).await;
    if live.is_ok_and(|live| live.state == EditionState::Live) {
        let withdrawn = document::withdraw(tx, who, order.document, withdrawal.clone(), now).await?;
        crate::submission::withdrawn(tx, &withdrawn, who.actor(), now).await?;
        crate::circulation::look_at_links(tx, order.document, now).await?;
    }
    reach::tell_taken_back(tx, order.document, &withdrawal.reason).await?;
    reach::recall_detached(tx, order.document, now).await?;
    let taken =
        reach::withdraw_everywhere(tx, order.document, &withdrawal, OrderState::Superseded.as_str(), now).await?;
    let (count, digest) = reach::digest_of_audience(tx, id, now).await?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::State, Expr::value(OrderState::Open.as_str()))
        .col_expr(rows::Column::AudienceCount, Expr::value(count))
        .col_expr(rows::Column::AudienceDigest, Expr::value(digest.as_str()))
        .col_expr(rows::Column::ClockStart, Expr::value(now.micros()))
        .col_expr(rows::Column::IssuedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DueAt, Expr::value(due_at.micros()))
        .col_expr(rows::Column::ConfirmedBy, Expr::value(who.actor()))
        .filter(rows::Column::Id.eq(id))
        .filter(rows::Column::State.eq(OrderState::Proposed.as_str()));
    tx.change_one(update).await?;
    reach::touch_mirrors(tx, order.document, taken, now).await?;
    let event = Event::Confirmed {
        order: id,
        document: order.document,
        copies: i64::try_from(copies).unwrap_or(i64::MAX),
        digest,
    };
    tx.note(&event, who.actor(), now).await?;
    follow_up(tx, id, now).await?;
    super::views::find(tx, id).await
}

/// A recall that two people of another installation decided: it is in force here at once, with their names.
///
/// # Errors
/// [`OrderError::SamePerson`] when they were one; as [`propose`] and [`confirm`].
pub async fn relay(
    tx: &SubtreeTx,
    who: (&Staff<ProposeRecall>, &Staff<ConfirmRecall>),
    document: DocumentId,
    withdrawal: Withdrawal,
    persons: (&str, &str),
    rule: &RepostRule,
    now: Timestamp,
) -> Result<Order, OrderError> {
    if persons.0 == persons.1 || persons.1.is_empty() {
        return Err(OrderError::SamePerson);
    }
    let proposed = propose(tx, who.0, document, withdrawal, None, rule, now).await?;
    let named = rows::Entity::update_many()
        .col_expr(rows::Column::IssuedBy, Expr::value(persons.0))
        .filter(rows::Column::Id.eq(proposed.id));
    tx.change_one(named).await?;
    confirm(tx, who.1, proposed.id, now).await?;
    let named = rows::Entity::update_many()
        .col_expr(rows::Column::ConfirmedBy, Expr::value(persons.1))
        .filter(rows::Column::Id.eq(proposed.id));
    tx.change_one(named).await?;
    super::views::find(tx, proposed.id).await
}

/// The second person says no.
///
/// # Errors
/// [`OrderError::WrongState`].
pub async fn refuse(
    tx: &SubtreeTx,
    who: &Staff<ConfirmRecall>,
    id: OrderId,
    answer: &str,
    now: Timestamp,
) -> Result<Order, OrderError> {
    let order = proposed(tx, id).await?;
    let answer = text::strip_controls(answer).trim().to_owned();
    if answer.chars().count() > 500 {
        return Err(OrderError::Reason);
    }
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::State, Expr::value(OrderState::Refused.as_str()))
        .col_expr(rows::Column::ConfirmedBy, Expr::value(who.actor()))
        .col_expr(rows::Column::Answer, Expr::value(answer.as_str()))
        .filter(rows::Column::Id.eq(order.id))
        .filter(rows::Column::State.eq(OrderState::Proposed.as_str()));
    tx.change_one(update).await?;
    tx.note(&Event::Refused { order: id, answer }, who.actor(), now).await?;
    super::views::find(tx, id).await
}

async fn proposed(tx: &SubtreeTx, id: OrderId) -> Result<Order, OrderError> {
    let order = super::views::find(tx, id).await?;
    if order.kind != Kind::Recall || !order.state.may_become(OrderState::Open) {
        return Err(OrderError::WrongState(order.state));
    }
    Ok(order)
}
