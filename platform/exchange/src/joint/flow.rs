//! What follows at every subscriber when the origin publishes, corrects or takes back: in the origin's own transaction.

use base::store::StoreError;
use base::{SubtreeTx, Timestamp};
use content::DocumentId;
use content::document::Publication;

use super::{jobs, news, reach};

/// Letters up to which the publisher itself wakes each receiver; for more it leaves one job behind that does.
const FEW: u64 = 8;

/// A publication: one letter to each active subscriber of its column, and a job that wakes each that got one. Where nobody
/// subscribed this is one look into an index. A newer edition is named by every letter of the document; it comes before the
/// mirrors are advanced, so that a receiver that is placing one just now is waited for.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn published(tx: &SubtreeTx, publication: &Publication, now: Timestamp) -> Result<(), StoreError> {
    let mut corrected = 0;
    if publication.number > 1 {
        news::corrected(tx, publication, now).await?;
        corrected = reach::correct(tx, publication).await?;
    }
    let document = publication.document;
    match reach::spread(tx, publication, now).await? + corrected {
        0 => Ok(()),
        few if few <= FEW => reach::summon_for(tx, document, now).await,
        _ => {
            let key = format!("{}:{document}", jobs::SUMMON);
            tx.enqueue(jobs::SUMMON, &key, &format!("{{\"document\":\"{document}\"}}"), now, now).await
        }
    }
}

/// A withdrawal or a recall: what waits for review anywhere is void, and what was placed is void with its mirror, which the
/// caller takes down afterwards.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn withdrawn(
    tx: &SubtreeTx,
    document: DocumentId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    reach::in_turn(tx).await?;
    reach::void_document(tx, document, reason, now).await
}
