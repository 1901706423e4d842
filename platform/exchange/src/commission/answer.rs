//! An answer is a submission that names its commission: it goes to the issuer, past any level between, and the answers that
//! count say where the call stands.

use base::{Sites, Staff, TenantTx, Timestamp};
use sea_orm::sea_query::Expr;

use super::calls::{guarded, of_open, sent, wake_issuer};
use super::event::Event;
use super::model::{Call, CommissionError, Move, Standing, State};
use super::rows::call as rows;
use super::{CommissionId, views};
use crate::permission::Invitation;
use crate::submission::{self, NewSubmission, Submission, SubmissionRules, SubmitUpward, To};

/// Answers of one portal to one commission that are looked at: more than anybody sends.
const LOOKED_AT: u64 = 500;

/// Answers a commission with the live edition of a document: a submission to the issuer for the uses that the commission
/// names, in the same transaction as what it means for the call.
///
/// # Errors
/// [`CommissionError::AnsweredAlready`] for a document that answers it already; [`CommissionError::Complete`].
pub async fn answer(
    tx: &TenantTx,
    who: &Staff<SubmitUpward>,
    sites: &Sites,
    id: CommissionId,
    mut new: NewSubmission,
    rules: &SubmissionRules,
    now: Timestamp,
) -> Result<Submission, CommissionError> {
    let (was, commission) = of_open(tx, id).await?;
    if matches!(was.standing, Standing::Delivered | Standing::Late) {
        return Err(CommissionError::Complete);
    }
    // Who said no, or was let off, accepts first.
    was.standing.step(if was.standing == Standing::Missed { Move::DeliverLate } else { Move::Deliver })?;
    let there = views::answers(tx, id, commission.issuer, None, LOOKED_AT).await?;
    if let Some(same) = there.iter().find(|row| row.counts() && row.document_id == new.document) {
        return Err(CommissionError::AnsweredAlready(same.thread_id));
    }
    new.uses = commission.uses;
    new.to = To::Invited(Invitation { sender: tx.tenant(), receiver: commission.issuer, commission: Some(id) });
    let sent = submission::submit(tx, who, sites, new, rules, now).await?;
    let answered = settle(tx, &was, commission.wanted, 0, now).await?;
    let event = Event::Answered { commission: id, submission: sent.id, answered, wanted: commission.wanted };
    tx.note(&event, who.actor(), now).await?;
    Ok(sent)
}

/// An answer was returned by the issuer or taken back by its sender: the call is counted again, at whichever end this is. A
/// commission that is over stays as it is.
///
/// # Errors
/// [`CommissionError::Store`].
pub(crate) async fn recount(tx: &TenantTx, of: &Submission, now: Timestamp) -> Result<(), CommissionError> {
    let Some(id) = of.commission else { return Ok(()) };
    let at_issuer = of.receiver == tx.tenant();
    let (was, commission) = if at_issuer {
        let commission = views::find(tx, id).await?;
        (sent(tx, id, of.sender).await?, commission)
    } else {
        views::find_call(tx, id).await?
    };
    if commission.state != State::Open {
        return Ok(());
    }
    // Who is asked to mend an answer gets time for it.
    let more = if at_issuer { commission.return_hours } else { 0 };
    settle(tx, &was, commission.wanted, more, now).await.map(|_| ())
}

/// Counts the answers of a call and moves it accordingly; answers how many count.
async fn settle(
    tx: &TenantTx,
    was: &Call,
    wanted: i32,
    more_hours: i32,
    now: Timestamp,
) -> Result<i32, CommissionError> {
    let rows = views::answers(tx, was.commission, was.issuer, Some(was.tenant), LOOKED_AT).await?;
    let mut threads: Vec<_> = rows.iter().filter(|row| row.counts()).map(|row| row.thread_id).collect();
    threads.sort();
    threads.dedup();
    let answered = i32::try_from(threads.len()).unwrap_or(i32::MAX);
    let attempted = was.standing.counted(answered, wanted, now <= was.due_at);
    let is = attempted.map_or(Ok(was.standing), |attempted| was.standing.step(attempted))?;
    let mut update = guarded(was, is).col_expr(rows::Column::Answered, Expr::value(answered));
    update = match attempted {
        Some(Move::Deliver | Move::DeliverLate) => update.col_expr(rows::Column::SettledAt, Expr::value(now.micros())),
        Some(Move::Accept) => update.col_expr(rows::Column::AcceptedAt, Expr::value(now.micros())),
        Some(Move::Reopen) => update.col_expr(rows::Column::SettledAt, Expr::value(None::<i64>)),
        _ => update,
    };
    let until = now.plus_hours(i64::from(more_hours));
    if is.owes() && more_hours > 0 && until > was.due_at {
        update = update
            .col_expr(rows::Column::DueAt, Expr::value(until.micros()))
            .col_expr(rows::Column::Stage, Expr::cust("CASE WHEN stage > 0 THEN stage - 1 ELSE 0 END"));
    }
    if was.issuer == tx.tenant() {
        tx.change_sent(update).await?
    } else {
        tx.change_one(update).await?
    }
    wake_issuer(tx, was, now).await?;
    Ok(answered)
}
