//! The job that keeps the fingerprint of one submission in line with what the submission is. It belongs to the receiver: the
//! sender's transaction only leaves it behind, and neither waits for the receiver's other arrivals nor touches its rows.

use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, TenantId, TenantTx, Timestamp};
use content::likeness::Fingerprint;
use content::text;
use serde::Deserialize;

use super::acts::{join, leave};
use super::model::compared_until;
use super::rules::{LikenessRule, LikenessRules};
use crate::submission::{self, Submission, SubmissionError, SubmissionId};

/// Name of the job.
pub const SETTLE: &str = "submission.likeness";

#[derive(Deserialize)]
struct About {
    submission: SubmissionId,
}

/// Asks that the receiver look at a submission again: it came, it was decided or taken back, its origin changed.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn follow(
    tx: &TenantTx,
    receiver: TenantId,
    id: SubmissionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.enqueue_for(receiver, SETTLE, &format!("likeness:{id}"), &format!("{{\"submission\":\"{id}\"}}"), now, now).await
}

/// The fingerprint of what a submission says.
pub(super) fn print_of(one: &Submission, rule: &LikenessRule) -> Fingerprint {
    Fingerprint::of(&one.fields.title, &text::plain(&one.fields.body_html), &rule.shape())
}

/// Puts a submission among those that are compared, or takes it away, as it stands now; comes again when its time is over.
/// Run twice, or late, it changes nothing.
///
/// # Errors
/// [`SubmissionError`]; the job is tried again.
pub async fn settle(
    store: &Store,
    rules: &LikenessRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, SubmissionError> {
    let (Ok(about), Some(rule)) = (serde_json::from_str::<About>(&job.payload), rules.at(now)) else {
        return Ok(Outcome::Done);
    };
    let tx = store.reading(job.tenant()).await?;
    let one = match submission::find_received(&tx, about.submission).await {
        Err(SubmissionError::Missing) => return Ok(Outcome::Done),
        other => other?,
    };
    tx.commit().await?;
    // Cutting the text into words is done before anybody has to wait for this transaction. What happens to the submission in
    // the meantime asks for this job again.
    let until = compared_until(&one, rule, now);
    let print = until.map(|_| print_of(&one, rule)).filter(|print| !print.buckets.is_empty());
    let tx = store.tenant(job.tenant()).await?;
    match print {
        Some(print) => join(&tx, rule, &one, &print).await?,
        None => leave(&tx, rules, one.id).await?,
    }
    tx.commit().await?;
    Ok(until.map_or(Outcome::Done, Outcome::Again))
}
