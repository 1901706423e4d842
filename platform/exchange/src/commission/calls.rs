//! Verbs of one call: the portal accepts, declines or asks to be let off; the issuer decides.

use base::store::StoreError;
use base::{Staff, TenantId, TenantTx, Timestamp};
use content::text;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::acts::{CommissionItems, wake};
use super::event::Event;
use super::model::{Call, Commission, CommissionError, Move, Plea, Standing, State};
use super::rows::call as rows;
use super::{CommissionId, credit, jobs, views};
use crate::submission::SubmitUpward;

/// Longest reason in characters.
const REASON_MAX: usize = 500;

/// A reason as it may be kept.
pub(super) fn said(field: &'static str, said: &str) -> Result<String, CommissionError> {
    let clean = text::strip_controls(said).trim().to_owned();
    let length = clean.chars().count();
    if (1..=REASON_MAX).contains(&length) { Ok(clean) } else { Err(CommissionError::Text { field, limit: REASON_MAX }) }
}

/// The call of this tenant under a commission that is open.
pub(super) async fn of_open(tx: &TenantTx, id: CommissionId) -> Result<(Call, Commission), CommissionError> {
    let (call, commission) = views::find_call(tx, id).await?;
    if commission.state == State::Open {
        Ok((call, commission))
    } else {
        Err(CommissionError::WrongState(commission.state))
    }
}

/// 承接: the portal takes it on. Doing it twice changes nothing.
///
/// # Errors
/// [`CommissionError::WrongTurn`] when it is settled.
pub async fn accept(
    tx: &TenantTx,
    who: &Staff<SubmitUpward>,
    id: CommissionId,
    now: Timestamp,
) -> Result<Call, CommissionError> {
    let (was, commission) = of_open(tx, id).await?;
    if was.standing == Standing::Accepted {
        return Ok(was);
    }
    let is = was.standing.step(Move::Accept)?;
    if was.standing == Standing::Declined && now > was.due_at {
        return Err(CommissionError::NoTime);
    }
    let update = guarded(&was, is)
        .col_expr(rows::Column::AcceptedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::AcceptedBy, Expr::value(who.actor()))
        .col_expr(rows::Column::Reason, Expr::value(""));
    tx.change_one(update).await?;
    tx.note(&Event::Accepted { commission: id, from: commission.issuer.to_string() }, who.actor(), now).await?;
    if was.standing == Standing::Declined {
        wake_issuer(tx, &was, now).await?;
    }
    Ok(views::find_call(tx, id).await?.0)
}

/// The portal says no, with a reason. A mandatory commission is not declined: the portal asks to be let off.
///
/// # Errors
/// [`CommissionError::Mandatory`]; [`CommissionError::Text`] without a reason.
pub async fn decline(
    tx: &TenantTx,
    who: &Staff<SubmitUpward>,
    id: CommissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Call, CommissionError> {
    let (was, commission) = of_open(tx, id).await?;
    if commission.mandatory {
        return Err(CommissionError::Mandatory);
    }
    let reason = said("reason", reason)?;
    let is = was.standing.step(Move::Decline)?;
    let update = guarded(&was, is)
        .col_expr(rows::Column::Reason, Expr::value(reason.as_str()))
        .col_expr(rows::Column::SettledAt, Expr::value(now.micros()));
    tx.change_one(update).await?;
    tx.note(&Event::Declined { commission: id, reason }, who.actor(), now).await?;
    wake_issuer(tx, &was, now).await?;
    Ok(views::find_call(tx, id).await?.0)
}

/// The portal asks to be let off; the issuer decides, the clock runs on, and silence excuses nobody.
///
/// # Errors
/// [`CommissionError::WrongTurn`] when nothing is owed.
pub async fn plead(
    tx: &TenantTx,
    who: &Staff<SubmitUpward>,
    id: CommissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Call, CommissionError> {
    let (was, _) = of_open(tx, id).await?;
    let reason = said("reason", reason)?;
    was.standing.step(Move::Excuse)?;
    let plea =
        Plea { reason: reason.clone(), at: now, by: who.actor().to_owned(), granted: None, answer: String::new() };
    tx.change_one(guarded(&was, was.standing).col_expr(rows::Column::Plea, Expr::value(json(&plea)))).await?;
    tx.note(&Event::Pleaded { commission: id, reason }, who.actor(), now).await?;
    Ok(views::find_call(tx, id).await?.0)
}

/// The issuer lets a portal off, asked or not, or answers that it may not. A reason is needed either way.
///
/// # Errors
/// [`CommissionError::WrongTurn`] when nothing is owed, or when a refusal answers no plea.
pub async fn excuse(
    tx: &TenantTx,
    who: &Staff<CommissionItems>,
    id: CommissionId,
    tenant: TenantId,
    (granted, answer): (bool, &str),
    now: Timestamp,
) -> Result<Call, CommissionError> {
    let was = sent(tx, id, tenant).await?;
    let answer = said("answer", answer)?;
    let let_off = was.standing.step(Move::Excuse)?;
    let is = if granted { let_off } else { was.standing };
    let pleaded = was.plea.clone().map(|plea| Plea { granted: Some(granted), answer: answer.clone(), ..plea });
    if !granted && pleaded.is_none() {
        return Err(super::WrongTurn { from: was.standing, attempted: Move::Excuse }.into());
    }
    let mut update = guarded(&was, is);
    if let Some(plea) = &pleaded {
        update = update.col_expr(rows::Column::Plea, Expr::value(json(plea)));
    }
    if granted {
        update = update
            .col_expr(rows::Column::Reason, Expr::value(answer.as_str()))
            .col_expr(rows::Column::SettledAt, Expr::value(now.micros()));
        credit::excuse(tx, &views::find(tx, id).await?, &was, who.actor(), now).await?;
    }
    tx.change_sent(update).await?;
    let event = Event::Judged { commission: id, tenant: tenant.to_string(), granted, answer };
    tx.note(&event, who.actor(), now).await?;
    sent(tx, id, tenant).await
}

/// A call that this tenant sent.
pub(super) async fn sent(tx: &TenantTx, id: CommissionId, tenant: TenantId) -> Result<Call, CommissionError> {
    let select =
        rows::Entity::find().filter(rows::Column::CommissionId.eq(id)).filter(rows::Column::TenantId.eq(tenant));
    let row = tx.sent(select).await?.into_iter().next().ok_or(CommissionError::Missing)?;
    Ok(Call::try_from(row)?)
}

/// What a portal did is recorded at its issuer by the time keeper, in the issuer's own transaction.
pub(super) async fn wake_issuer(tx: &TenantTx, call: &Call, now: Timestamp) -> Result<(), StoreError> {
    let id = call.commission;
    if call.issuer == tx.tenant() {
        return wake(tx, id, now).await;
    }
    tx.enqueue_for(call.issuer, jobs::KEEP_TIME, &jobs::key(id), &jobs::payload(id), now, now).await
}

/// The guarded change of one call: exactly one row as it was read, or `Stale`.
pub(super) fn guarded(was: &Call, is: Standing) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::CommissionId.eq(was.commission))
        .filter(rows::Column::TenantId.eq(was.tenant))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::Standing.eq(was.standing.as_str()))
}

fn json(plea: &Plea) -> String {
    serde_json::to_string(plea).unwrap_or_default()
}
