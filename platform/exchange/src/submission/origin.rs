//! What happens to one end after the other moved: the receiver publishes what it adopted, the sender corrects or withdraws
//! what it sent.

use base::store::StoreError;
use base::{Staff, TenantTx, Timestamp};
use content::DocumentId;
use content::document::{self, Publication, Withdrawn};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::acts::{guarded, json, said};
use super::events::Event;
use super::model::{Move, OriginNews, Standing, Submission, SubmissionError};
use super::rows::submission as rows;
use super::{DecideSubmission, SubmissionId, fate, jobs, views};
use crate::merit::lineage;
use crate::notice;

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
        supersede_earlier(tx, &was, now).await?;
        let event = Event::Published {
            submission: was.id,
            document: publication.document,
            address: publication.address.clone(),
        };
        tx.note(&event, actor, now).await?;
        fate::tell(tx, &was, is, now).await?;
        lineage::published(tx, &was, actor, now).await?;
    }
    if publication.replaces.is_some() {
        settle(tx, publication.document, "corrected", actor, now).await?;
    }
    Ok(())
}

async fn supersede_earlier(tx: &TenantTx, newer: &Submission, now: Timestamp) -> Result<(), StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::ThreadId.eq(newer.thread))
        .filter(rows::Column::Id.ne(newer.id))
        .filter(rows::Column::SubmittedAt.lt(newer.submitted_at.micros()));
    for row in tx.all(select).await? {
        let was = Submission::try_from(row)?;
        if let Ok(is) = was.standing.step(Move::Supersede) {
            tx.change_one(guarded(&was, is)).await?;
            crate::likeness::jobs::follow(tx, was.receiver, was.id, now).await?;
            fate::tell(tx, &was, is, now).await?;
        }
    }
    Ok(())
}

/// The letters about a document that its sender's superior still has or made something of.
async fn concerned(tx: &TenantTx, document: DocumentId) -> Result<Vec<Submission>, StoreError> {
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
        tell(tx, was, &news, now).await?;
    }
    Ok(())
}

/// A document was taken back. Its owner, if it had adopted it, has dealt with what its own origin withdrew; and whoever
/// adopted it further up has a task with a clock, which the platform may do at once by that portal's own rule.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn withdrawn(
    tx: &TenantTx,
    withdrawn: &Withdrawn,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    settle(tx, withdrawn.document, "withdrawn", actor, now).await?;
    for was in concerned(tx, withdrawn.document).await? {
        let due_at = now.plus_hours(i64::from(was.withdrawn_hours));
        let (cause, reason) = (withdrawn.withdrawal.cause, withdrawn.withdrawal.reason.clone());
        let news = OriginNews::Withdrawn { cause, reason, at: now, due_at };
        tell(tx, &was, &news, now).await?;
    }
    Ok(())
}

/// Puts news of the original into one letter. Whoever adopted what was withdrawn has a task with a clock.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn tell(tx: &TenantTx, was: &Submission, news: &OriginNews, now: Timestamp) -> Result<(), StoreError> {
    let told = guarded(was, was.standing).col_expr(rows::Column::News, Expr::value(json(news)));
    match news {
        OriginNews::Withdrawn { due_at, .. } if !was.standing.is_open() => {
            let alarmed = told
                .col_expr(rows::Column::AlarmDueAt, Expr::value(due_at.micros()))
                .col_expr(rows::Column::AlarmAnswer, Expr::value(""));
            tx.change_sent(alarmed).await?;
            // The copy is the receiver's: what its rule does there, it does as the receiver, in a transaction of its own.
            let key = format!("origin:{}", was.id);
            tx.enqueue_for(was.receiver, jobs::ORIGIN, &key, &jobs::about(was.id), now, now).await?;
        }
        _ => tx.change_sent(told).await?,
    }
    if !was.standing.is_open() {
        let kind = match news {
            OriginNews::Withdrawn { .. } => notice::ORIGIN_WITHDRAWN,
            OriginNews::Newer { .. } => notice::ORIGIN_NEWER,
        };
        let (key, body) = (format!("{kind}:{}:{}", was.id, now.micros()), serde_json::json!({ "submission": was.id }));
        notice::tell_at(tx, was.receiver, kind, &key, body, now).await?;
    }
    crate::likeness::jobs::follow(tx, was.receiver, was.id, now).await
}

/// The receiver withdrew or corrected its copy: nothing waits any more.
async fn settle(
    tx: &TenantTx,
    document: DocumentId,
    how: &'static str,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::AdoptedDocument.eq(document))
        .filter(rows::Column::AlarmDueAt.is_not_null());
    for row in tx.all(select).await? {
        let was = Submission::try_from(row)?;
        answer(tx, &was, how).await?;
        tx.note(&Event::Dealt { submission: was.id, document, how }, actor, now).await?;
    }
    Ok(())
}

async fn answer(tx: &TenantTx, was: &Submission, said: &str) -> Result<(), StoreError> {
    let update = guarded(was, was.standing)
        .col_expr(rows::Column::AlarmDueAt, Expr::value(Option::<i64>::None))
        .col_expr(rows::Column::AlarmAnswer, Expr::value(said));
    tx.change_one(update).await
}

/// The receiver decides in writing to keep its copy of what the origin withdrew.
///
/// # Errors
/// [`SubmissionError::Text`] without a reason; [`SubmissionError::NoAlarm`] when nothing waits.
pub async fn keep(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let reason = said("reason", reason, 1)?;
    let was = views::find_received(tx, id).await?;
    if was.alarm_due_at.is_none() {
        return Err(SubmissionError::NoAlarm);
    }
    answer(tx, &was, &reason).await?;
    tx.note(&Event::Kept { submission: id, reason }, who.actor(), now).await?;
    views::find_received(tx, id).await
}
