//! 采用: the receiver makes an own document of one submission, or of several together.

use base::{Staff, TenantTx, Timestamp};
use content::DocumentId;
use content::document::{self, AdoptDocument, Fields};
use sea_orm::sea_query::Expr;

use super::acts::{decided, hold};
use super::events::Event;
use super::model::{Hop, Move, OriginNews, Submission, SubmissionError};
use super::rows::submission as rows;
use super::{DecideSubmission, SubmissionId, fate, views};
use crate::merit::lineage;

/// What the receiver makes of it.
#[derive(Clone, Debug)]
pub struct Adoption {
    /// The submission whose text is taken.
    pub of: SubmissionId,
    /// Others that go into the same document (综合采用); all senders are credited.
    pub with: Vec<SubmissionId>,
    /// The text as the receiver wants it; the sender's own copy stays as it is.
    pub fields: Fields,
}

/// What an adoption made true.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Adopted {
    pub document: DocumentId,
    pub submissions: Vec<Submission>,
}

/// Makes the receiver's own document: a draft with the frozen files of every submission and the way that each came, first
/// authors first. Publishing it is the receiver's usual act; edits there never touch the sender's.
///
/// # Errors
/// [`SubmissionError::WrongTurn`] when one of them is decided already: then nothing is adopted.
pub async fn adopt(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    writer: &Staff<AdoptDocument>,
    adoption: Adoption,
    now: Timestamp,
) -> Result<Adopted, SubmissionError> {
    let mut ids = vec![adoption.of];
    ids.extend(adoption.with.iter().copied().filter(|id| *id != adoption.of));
    ids.dedup();
    let attempted = if ids.len() > 1 { Move::Merge } else { Move::Adopt };
    let mut held = Vec::with_capacity(ids.len());
    for id in &ids {
        held.push(hold(tx, who, *id, now).await?);
    }
    let ways: Vec<Hop> = held.iter().flat_map(|one| one.provenance.iter().cloned()).collect();
    let files = held.iter().flat_map(|one| one.files.iter().cloned()).collect();
    let draft = document::adopt(tx, writer, adoption.fields, files, &super::acts::json(&ways), now).await?;
    for was in &held {
        let is = was.standing.step(attempted)?;
        let update =
            decided(was, is, who.actor(), now).col_expr(rows::Column::AdoptedDocument, Expr::value(draft.document));
        // Whoever adopts what its origin took back has the task from the beginning.
        let gone = matches!(was.news, Some(OriginNews::Withdrawn { .. }));
        let alarm = gone.then(|| now.plus_hours(i64::from(was.withdrawn_hours)).micros());
        tx.change_one(update.col_expr(rows::Column::AlarmDueAt, Expr::value(alarm))).await?;
        let merged_with = ids.iter().copied().filter(|id| *id != was.id).collect();
        let event = Event::Adopted { submission: was.id, document: draft.document, merged_with };
        tx.note(&event, who.actor(), now).await?;
        fate::tell(tx, was, is, now).await?;
        lineage::adopted(tx, was, attempted == Move::Merge, who.actor(), now).await?;
    }
    let mut submissions = Vec::with_capacity(ids.len());
    for id in ids {
        submissions.push(views::find_received(tx, id).await?);
    }
    Ok(Adopted { document: draft.document, submissions })
}
