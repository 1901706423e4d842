//! What time does to a submission.

use base::queue::{Claimed, Outcome};
use base::{Store, Timestamp};
use serde::Deserialize;

use super::acts::decided;
use super::model::{Event, Move, SubmissionError};
use super::{SubmissionId, views};

/// Name of the job that ends a submission that nobody decided.
pub const EXPIRE: &str = "submission.expire";

#[derive(Deserialize)]
struct About {
    submission: SubmissionId,
}

/// Expires a submission that still waits when its time is over. Run twice, or after a decision, it changes nothing.
///
/// # Errors
/// [`SubmissionError`]; the job is tried again.
pub async fn expire(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, SubmissionError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.tenant(job.tenant()).await?;
    let was = match views::find_received(&tx, about.submission).await {
        Err(SubmissionError::Missing) => return Ok(Outcome::Done),
        other => other?,
    };
    let Ok(is) = was.standing.step(Move::Expire) else { return Ok(Outcome::Done) };
    tx.change_one(decided(&was, is, base::duty::PLATFORM, now)).await?;
    tx.note(&Event::Expired { submission: was.id }, base::duty::PLATFORM, now).await?;
    crate::likeness::jobs::follow(&tx, was.receiver, was.id, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}
