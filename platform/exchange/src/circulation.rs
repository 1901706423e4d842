//! How a publication or a withdrawal travels: the owner's act and every mirror in one transaction.

use base::{Staff, SubtreeTx, Timestamp};
use content::DocumentId;
use content::document::{self, DocumentError, Publication, PublishDocument, WithdrawDocument, Withdrawal, Withdrawn};

use crate::merit::lineage;
use crate::order::{self, Event, OrderState, reach};
use crate::{detachment, joint, submission};

/// What happened beyond the owner's portal.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Travelled {
    /// Mirrors changed in the same transaction.
    pub mirrors: u64,
}

/// Publishes the draft; when it corrects an earlier edition, every mirror shows the new one at once, and open orders ask for
/// a new proof of it; both ends of a submission learn of it; and whoever subscribed to its column gets a letter.
///
/// # Errors
/// See [`DocumentError`].
pub async fn publish(
    tx: &SubtreeTx,
    who: &Staff<PublishDocument>,
    document: DocumentId,
    now: Timestamp,
) -> Result<(Publication, Travelled), DocumentError> {
    let publication = document::publish(tx, who, document, now).await?;
    submission::follow_publication(tx, &publication, who.actor(), now).await?;
    detachment::follow_publication(tx, &publication, who.actor(), now).await?;
    look_at_links(tx, document, now).await?;
    joint::published(tx, &publication, now).await?;
    let Some(replaces) = publication.replaces else { return Ok((publication, Travelled::default())) };
    submission::corrected(tx, &publication, now).await?;
    reach::tell_detached(tx, &publication, now).await?;
    let (mirrors, owed) = reach::advance(tx, &publication, now).await?;
    reach::touch_mirrors(tx, document, mirrors, now).await?;
    if owed > 0 {
        for open in order::standing_for(tx, document, &[OrderState::Open]).await? {
            let event = Event::Corrected {
                order: open,
                edition: publication.edition,
                replaces,
                mirrors: i64::try_from(mirrors).unwrap_or(i64::MAX),
            };
            tx.note(&event, who.actor(), now).await?;
            let payload = format!("{{\"order\":\"{open}\"}}");
            tx.enqueue("order.fan_out", &format!("fan_out:{open}:{}", publication.edition), &payload, now, now).await?;
            tx.enqueue("order.keep_time", &format!("keep_time:{open}"), &payload, now, now).await?;
            order::announce(tx, open, now).await?;
        }
    }
    Ok((publication, Travelled { mirrors }))
}

/// Where a document leads is looked at after every change, by whoever may look outside.
pub(crate) async fn look_at_links(tx: &SubtreeTx, document: DocumentId, now: Timestamp) -> Result<(), DocumentError> {
    let (key, payload) = (format!("gather:{document}"), format!("{{\"subject\":\"{document}\"}}"));
    Ok(tx.enqueue("link.gather", &key, &payload, now, now).await?)
}

/// Takes the document back, and every mirror with it, with the same kind, reason and legal basis; a superior that adopted it
/// has a task, and nothing of it waits in a queue any more.
///
/// # Errors
/// See [`DocumentError`].
pub async fn withdraw(
    tx: &SubtreeTx,
    who: &Staff<WithdrawDocument>,
    document: DocumentId,
    withdrawal: Withdrawal,
    now: Timestamp,
) -> Result<(Withdrawn, Travelled), DocumentError> {
    let standing = order::standing_for(tx, document, &[OrderState::Open, OrderState::Closed]).await?;
    let withdrawn = document::withdraw(tx, who, document, withdrawal, now).await?;
    submission::withdrawn(tx, &withdrawn, who.actor(), now).await?;
    look_at_links(tx, document, now).await?;
    // Before the mirrors: whoever places one just now is waited for, and its mirror is then found.
    joint::withdrawn(tx, document, &withdrawn.withdrawal.reason, now).await?;
    reach::tell_taken_back(tx, document, &withdrawn.withdrawal.reason).await?;
    lineage::withdrawn(tx, document, who.actor(), now).await?;
    let mirrors =
        reach::withdraw_everywhere(tx, document, &withdrawn.withdrawal, OrderState::Withdrawn.as_str(), now).await?;
    reach::touch_mirrors(tx, document, mirrors, now).await?;
    for ended in standing {
        let event = Event::Ended { order: ended, mirrors: i64::try_from(mirrors).unwrap_or(i64::MAX) };
        tx.note(&event, who.actor(), now).await?;
        order::announce(tx, ended, now).await?;
    }
    Ok((withdrawn, Travelled { mirrors }))
}
