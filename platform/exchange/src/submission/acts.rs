//! Verbs of the receiver: receive, hold, return and decline.

use base::duty::Role;
use base::store::StoreError;
use base::{Duty, Staff, TenantTx, Timestamp};
use content::text;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::events::Event;
use super::model::{Move, Standing, Submission, SubmissionError};
use super::rows::submission as rows;
use super::{SubmissionId, fate, views};
use crate::commission;

/// May receive, hold, return, decline and adopt what comes up from below. Held at the receiver: no account of the sender
/// moves anything there.
pub struct DecideSubmission;
impl Duty for DecideSubmission {
    const NAME: &'static str = "decide_submission";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}

/// Longest reason or covering note in characters.
const NOTE_MAX: usize = 500;

/// 签收: somebody at the receiver takes note. Doing it twice changes nothing.
///
/// # Errors
/// [`SubmissionError::Missing`].
pub async fn receive(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let was = views::find_received(tx, id).await?;
    if was.standing != Standing::Submitted {
        return Ok(was);
    }
    let is = was.standing.step(Move::Receive)?;
    tx.change_one(guarded(&was, is).col_expr(rows::Column::ReceivedAt, Expr::value(now.micros()))).await?;
    let event = Event::Received {
        submission: id,
        from: was.sender.to_string(),
        edition: was.edition,
        content_hash: was.content_hash.clone(),
    };
    tx.note(&event, who.actor(), now).await?;
    fate::tell(tx, &was, is, now).await?;
    views::find_received(tx, id).await
}

/// Takes it in hand: everybody sees who holds it. A colleague may take it over; both names are on record.
///
/// # Errors
/// [`SubmissionError::WrongTurn`] when it is decided.
pub async fn hold(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let was = receive(tx, who, id, now).await?;
    let is = match was.standing {
        Standing::InReview if was.holder == who.actor() => return Ok(was),
        Standing::InReview => Standing::InReview,
        other => other.step(Move::Review)?,
    };
    tx.change_one(guarded(&was, is).col_expr(rows::Column::Holder, Expr::value(who.actor()))).await?;
    let event = Event::Held { submission: id, by: who.actor().to_owned(), taken_from: was.holder.clone() };
    tx.note(&event, who.actor(), now).await?;
    fate::tell(tx, &was, is, now).await?;
    views::find_received(tx, id).await
}

/// 退回: back to the sender with a reason; a corrected edition goes on in the same thread.
///
/// # Errors
/// [`SubmissionError::Text`] without a reason.
pub async fn return_to(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    decide(tx, who, id, Move::Return, reason, now).await
}

/// 不采用: declined with a reason.
///
/// # Errors
/// [`SubmissionError::Text`] without a reason.
pub async fn decline(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    decide(tx, who, id, Move::Decline, reason, now).await
}

async fn decide(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    attempted: Move,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let reason = said("reason", reason, 1)?;
    let was = hold(tx, who, id, now).await?;
    let is = was.standing.step(attempted)?;
    tx.change_one(decided(&was, is, who.actor(), now).col_expr(rows::Column::Reason, Expr::value(reason.as_str())))
        .await?;
    let event = match attempted {
        Move::Return => Event::Returned { submission: id, reason },
        _ => Event::Declined { submission: id, reason },
    };
    tx.note(&event, who.actor(), now).await?;
    crate::likeness::jobs::follow(tx, was.receiver, id, now).await?;
    fate::tell(tx, &was, is, now).await?;
    if attempted == Move::Return {
        commission::recount(tx, &was, now).await.map_err(in_commission)?;
    }
    views::find_received(tx, id).await
}

/// What went wrong with the commission that a submission answers, as the submission's own problem.
pub(super) fn in_commission(error: commission::CommissionError) -> SubmissionError {
    match error {
        commission::CommissionError::Store(error) => error.into(),
        other => StoreError::Suspicious { table: "commission_call", what: other.to_string() }.into(),
    }
}

/// The guarded change of one letter: exactly one row in the standing that was read, or `Stale`.
pub(super) fn guarded(was: &Submission, is: Standing) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::Standing.eq(was.standing.as_str()))
}

/// The same, with who decided and when.
pub(super) fn decided(was: &Submission, is: Standing, actor: &str, now: Timestamp) -> UpdateMany<rows::Entity> {
    guarded(was, is)
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(actor))
}

pub(super) fn said(field: &'static str, said: &str, least: usize) -> Result<String, SubmissionError> {
    let clean = text::strip_controls(said).trim().to_owned();
    let length = clean.chars().count();
    if length < least || length > NOTE_MAX { Err(SubmissionError::Text { field, limit: NOTE_MAX }) } else { Ok(clean) }
}

pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
