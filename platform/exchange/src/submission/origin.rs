//! What happens to one end after the other moved: the receiver publishes what it adopted, the sender corrects or withdraws
//! what it sent.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use content::document::{self, Publication, Withdrawn};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::acts::{guarded, json};
use super::model::{Event, Move, OriginNews, Standing, Submission};
use super::rows::submission as rows;
use crate::merit::lineage;

/// The receiver published a document: what it was adopted from is published, and an earlier one of the same thread is
/// superseded.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn follow_publication(
    tx: &TenantTx,
    publication: &Publication,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let select = rows::Entity::find().filter(rows::Column::AdoptedDocument.eq(publication.document));
    for row in tx.all(select).await? {
        let was = Submission::try_from(row)?;
        let Ok(is) = was.standing.step(Move::Publish) else { continue };
        tx.change_one(guarded(&was, is).col_expr(rows::Column::Address, Expr::value(publication.address.as_str())))
            .await?;
        supersede_earlier(tx, &was).await?;
        let event = Event::Published {
            submission: was.id,
            document: publication.document,
            address: publication.address.clone(),
        };
        tx.note(&event, actor, now).await?;
        lineage::published(tx, &was, actor, now).await?;
    }
    Ok(())
}

async fn supersede_earlier(tx: &TenantTx, newer: &Submission) -> Result<(), StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::ThreadId.eq(newer.thread))
        .filter(rows::Column::Id.ne(newer.id))
        .filter(rows::Column::SubmittedAt.lt(newer.submitted_at.micros()));
    for row in tx.all(select).await? {
        let was = Submission::try_from(row)?;
        if let Ok(is) = was.standing.step(Move::Supersede) {
            tx.change_one(guarded(&was, is)).await?;
        }
    }
    Ok(())
}

/// The letters about a document that its sender's superior still has or made something of.
async fn concerned(tx: &TenantTx, document: content::DocumentId) -> Result<Vec<Submission>, StoreError> {
    let standing = [
        Standing::Submitted,
        Standing::Received,
        Standing::InReview,
        Standing::Adopted,
        Standing::Merged,
        Standing::Published,
    ]
    .map(Standing::as_str);
    let select = rows::Entity::find()
        .filter(rows::Column::DocumentId.eq(document))
        .filter(rows::Column::Standing.is_in(standing));
    tx.sent(select).await?.into_iter().map(Submission::try_from).collect()
}

/// The sender published a newer edition: it is offered to the receiver as a comparison; nothing of the receiver's changes.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn corrected(tx: &TenantTx, publication: &Publication, now: Timestamp) -> Result<(), StoreError> {
    let concerned = concerned(tx, publication.document).await?;
    if concerned.is_empty() {
        return Ok(());
    }
    let newest = document::edition(tx, publication.edition).await.map_err(|error| match error {
        document::DocumentError::Store(error) => error,
        other => StoreError::Suspicious { table: "edition", what: other.to_string() },
    })?;
    let news = OriginNews::Newer {
        edition: publication.edition,
        number: publication.number,
        fields: Box::new(newest.fields),
        at: now,
    };
    for was in &concerned {
        tell(tx, was, &news).await?;
    }
    Ok(())
}

/// The sender took the document back: whoever adopted it has a task with a clock.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn withdrawn(tx: &TenantTx, withdrawn: &Withdrawn, now: Timestamp) -> Result<(), StoreError> {
    for was in concerned(tx, withdrawn.document).await? {
        let due_at = now.plus_hours(i64::from(was.withdrawn_hours));
        let news = OriginNews::Withdrawn { reason: withdrawn.withdrawal.reason.clone(), at: now, due_at };
        tell(tx, &was, &news).await?;
    }
    Ok(())
}

async fn tell(tx: &TenantTx, was: &Submission, news: &OriginNews) -> Result<(), StoreError> {
    tx.change_sent(guarded(was, was.standing).col_expr(rows::Column::News, Expr::value(json(news)))).await
}
