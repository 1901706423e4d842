//! What a recall leaves to do at a portal that went on with a text of its own.

use base::queue::{Claimed, Outcome};
use base::{Store, Timestamp};
use content::DocumentId;
use serde::Deserialize;

use super::acts::recalled;
use super::model::DetachmentError;

/// Name of the job that takes the own text of a recalled document off the pages.
pub const RECALL: &str = "detachment.recall";

#[derive(Deserialize)]
struct About {
    document: DocumentId,
}

/// Takes the own text back. Run twice, it changes nothing.
///
/// # Errors
/// [`DetachmentError`]; the job is tried again.
pub async fn recall(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, DetachmentError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.subtree(job.reach()).await?;
    recalled(&tx, &job.platform(), about.document, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}
