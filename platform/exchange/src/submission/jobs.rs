//! What time, and what happens elsewhere, does to a submission.

use base::queue::{Claimed, Outcome};
use base::{Store, TenantTx, Timestamp};
use content::document::{self, Cause, DocumentError, WithdrawDocument, Withdrawal, WithdrawalKind};
use serde::Deserialize;

use super::acts::decided;
use super::events::Event;
use super::model::{Move, OriginNews, Submission, SubmissionError};
use super::rules::SubmissionRules;
use super::{SubmissionId, deadlines, fate, policy, views};
use crate::circulation;

/// Name of the job that ends a submission that nobody decided.
pub const EXPIRE: &str = "submission.expire";
/// Name of the job that tells the hands of an item what became of it.
pub const FATE: &str = "submission.fate";
/// Name of the job that hides a portal's copy of what its origin withdrew.
pub const ORIGIN: &str = "submission.origin_withdrawn";
/// Name of the job that counts guessed deadlines again.
pub const SETTLE: &str = "submission.settle_deadlines";

#[derive(Deserialize)]
struct About {
    submission: SubmissionId,
}

/// Payload of a job about one submission.
pub(super) fn about(id: SubmissionId) -> String {
    format!("{{\"submission\":\"{id}\"}}")
}

/// Key of the job that ends a submission.
pub(super) fn expiry_key(id: SubmissionId) -> String {
    format!("expire:{id}")
}

async fn named(tx: &TenantTx, job: &Claimed) -> Result<Option<Submission>, SubmissionError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(None) };
    match views::find_received(tx, about.submission).await {
        Err(SubmissionError::Missing) => Ok(None),
        other => other.map(Some),
    }
}

/// Expires a submission that still waits when its time is over. Run twice, or after a decision, it changes nothing.
///
/// # Errors
/// [`SubmissionError`]; the job is tried again.
pub async fn expire(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, SubmissionError> {
    let tx = store.tenant(job.tenant()).await?;
    let Some(was) = named(&tx, job).await? else { return Ok(Outcome::Done) };
    let Ok(is) = was.standing.step(Move::Expire) else { return Ok(Outcome::Done) };
    tx.change_one(decided(&was, is, base::duty::PLATFORM, now)).await?;
    tx.note(&Event::Expired { submission: was.id }, base::duty::PLATFORM, now).await?;
    crate::likeness::jobs::follow(&tx, was.receiver, was.id, now).await?;
    fate::tell(&tx, &was, is, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Tells every hand that an item went through what became of it at this portal.
///
/// # Errors
/// [`SubmissionError`]; the job is tried again.
pub async fn tell(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, SubmissionError> {
    let tx = store.tenant(job.tenant()).await?;
    let Some(one) = named(&tx, job).await? else { return Ok(Outcome::Done) };
    fate::write(&tx, store.sites(), &one, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Takes the portal's copy of what its origin withdrew off all pages, with every mirror of it, when the portal's rule says so;
/// otherwise the task with the clock stays. A copy that is not published yet has nothing to hide.
///
/// # Errors
/// [`SubmissionError`]; the job is tried again.
pub async fn hide(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, SubmissionError> {
    let tx = store.subtree(job.reach()).await?;
    let Some(one) = named(&tx, job).await? else { return Ok(Outcome::Done) };
    let (Some(OriginNews::Withdrawn { cause, reason, .. }), Some(document), Some(_)) =
        (&one.news, one.adopted_document, one.alarm_due_at)
    else {
        return Ok(Outcome::Done);
    };
    let rule = policy::hide_rule(&tx).await?;
    if !rule.hides(*cause) {
        return Ok(Outcome::Done);
    }
    match document::live_edition(&tx, document).await {
        Err(DocumentError::NotLive) => return Ok(Outcome::Done),
        other => other?,
    };
    // The title of what leaked is part of the leak.
    let kind = if *cause == Cause::Leak { WithdrawalKind::Gone } else { WithdrawalKind::Notice };
    let withdrawal = Withdrawal { cause: *cause, ..Withdrawal::of(kind, reason) };
    let event = Event::Hidden { submission: one.id, document, cause: *cause, rule: rule.as_str() };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    circulation::withdraw(&tx, &job.platform::<WithdrawDocument>(), document, withdrawal, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Counts the guessed deadlines of one portal again, daily, as long as there are any.
///
/// # Errors
/// [`SubmissionError`]; the job is tried again.
pub async fn settle(
    store: &Store,
    rules: &SubmissionRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, SubmissionError> {
    let tx = store.tenant(job.tenant()).await?;
    let settling = deadlines::settle(&tx, rules, base::duty::PLATFORM, now).await?;
    tx.commit().await?;
    Ok(if settling.provisional == 0 { Outcome::Done } else { Outcome::Again(deadlines::next_look(now)) })
}
