//! Verbs of detachments: begin a text of one's own, follow again; and what a publication and a recall mean for them.

use base::store::StoreError;
use base::{Sites, Staff, SubtreeTx, TenantTx, Timestamp};
use content::DocumentId;
use content::document::{
    self, AdoptDocument, DocumentError, Fields, Publication, WithdrawDocument, Withdrawal, WithdrawalKind,
};
use content::placement::{self, Mode, Placement, Seat};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::model::{Detachment, DetachmentError, Event, Move, Standing};
use super::rows::detachment as rows;
use super::views;
use crate::obligation;
use crate::submission::Hop;

/// Most characters of a reason.
const REASON_MAX: usize = 500;

/// Begins a text of one's own from a mirror. The public reads the mirror, which goes on following, until the own text is
/// published; then the mirror's address leads to it.
///
/// # Errors
/// [`DetachmentError::Mandatory`] while a mandatory order stands; [`DetachmentError::Already`].
pub async fn detach(
    tx: &TenantTx,
    who: &Staff<AdoptDocument>,
    sites: &Sites,
    document: DocumentId,
    reason: &str,
    now: Timestamp,
) -> Result<Detachment, DetachmentError> {
    let reason = content::text::strip_controls(reason).trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(DetachmentError::Reason);
    }
    let seat = mirror(tx, document).await?;
    if let Some(order) = obligation::mandatory_for(tx, document).await? {
        return Err(DetachmentError::Mandatory(order));
    }
    let earlier = match views::find(tx, document).await {
        Err(DetachmentError::Missing) => None,
        other => Some(other?),
    };
    if earlier.as_ref().is_some_and(|was| was.standing.step(Move::Begin).is_err()) {
        return Err(DetachmentError::Already);
    }
    let edition = document::opened_edition(tx, &seat).await?;
    let hop = Hop {
        tenant: seat.origin.to_string(),
        name: sites.by_id(seat.origin).map(|site| site.name.to_string()).unwrap_or_default(),
        unit: edition.fields.source.clone(),
        author: edition.fields.author.clone(),
        sent_by: String::new(),
        document,
        edition: edition.edition,
        at: edition.published_at.unwrap_or(now),
    };
    let provenance = serde_json::to_string(&[hop]).unwrap_or_default();
    let files = edition.attachments.into_iter().map(|one| one.file).collect();
    let fields = Fields { column: seat.column.clone(), change_note: String::new(), ..edition.fields };
    let draft = document::adopt(tx, who, fields, files, &provenance, now).await?;
    let row = rows::ActiveModel {
        document_id: Set(document),
        origin_id: Set(seat.origin),
        made_from: Set(edition.edition),
        newest: Set(edition.edition),
        own_document: Set(draft.document),
        standing: Set(Standing::Drafted.as_str().to_owned()),
        reason: Set(reason.clone()),
        detached_by: Set(who.actor().to_owned()),
        detached_at: Set(now.micros()),
        newer_at: Set(None),
        taken_back: Set(String::new()),
        version: Set(earlier.as_ref().map_or(0, |was| was.version + 1)),
        ..Default::default()
    };
    if earlier.is_some() {
        tx.remove(rows::Entity::delete_many().filter(rows::Column::DocumentId.eq(document))).await?;
    }
    tx.insert(row).await.map_err(|error| match error {
        StoreError::Taken => DetachmentError::Already,
        other => other.into(),
    })?;
    let event = Event::Begun { document, own_document: draft.document, made_from: edition.edition, reason };
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, document).await
}

async fn mirror(tx: &TenantTx, document: DocumentId) -> Result<Placement, DetachmentError> {
    let seat = placement::by_document(tx, document).await?;
    seat.filter(|seat| seat.live && seat.mode == Mode::Mirror).ok_or(DetachmentError::Missing)
}

fn guarded(was: &Detachment, is: Standing) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::DocumentId.eq(was.document))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::Standing.eq(was.standing.as_str()))
}

/// The own text of a detachment is before the public: the mirror steps aside, and what was owed for it is over.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn follow_publication(
    tx: &TenantTx,
    publication: &Publication,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(was) = views::of_own(tx, publication.document).await? else { return Ok(()) };
    let Ok(is) = was.standing.step(Move::Publish) else { return Ok(()) };
    tx.change_one(guarded(&was, is)).await?;
    let to = publication.address.clone();
    let withdrawal = Withdrawal { target: to, here: true, ..Withdrawal::of(WithdrawalKind::Redirect, &was.reason) };
    placement::step_aside(tx, was.document, &withdrawal, now).await?;
    obligation::end_recommended(tx, was.document).await?;
    let event = Event::Detached { document: was.document, own_document: was.own_document };
    tx.note(&event, actor, now).await.map(|_| ())
}

/// Follows the origin again: the own text is taken off the pages, its address leads to the mirror, and the mirror shows the
/// origin's newest edition.
///
/// # Errors
/// [`DetachmentError::TakenBack`] when there is nothing to follow.
pub async fn attach(
    tx: &SubtreeTx,
    who: &Staff<WithdrawDocument>,
    document: DocumentId,
    now: Timestamp,
) -> Result<Detachment, DetachmentError> {
    let was = views::find(tx, document).await?;
    let is = was.standing.step(Move::Attach)?;
    if was.standing == Standing::Detached {
        let newest = document::opened_edition(tx, &was).await.map_err(|error| match error {
            DocumentError::Missing => DetachmentError::TakenBack,
            other => other.into(),
        })?;
        let seat = placement::by_document(tx, document).await?.ok_or(DetachmentError::Missing)?;
        let back = Seat { column: seat.column.clone(), pinned: seat.pinned, lead_in: seat.lead_in.clone() };
        let order = seat.order;
        let address = placement::put_mirror(tx, was.origin, &newest, order, back, who.actor(), now).await?;
        take_off(tx, who, &was, WithdrawalKind::Redirect, "the origin is followed again", &address, now).await?;
    }
    tx.change_one(guarded(&was, is)).await?;
    let event = Event::Attached { document, own_document: was.own_document, edition: was.newest };
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, document).await
}

/// Takes the own text off the pages, and whatever mirrors it; a text that is not before the public stays where it is.
async fn take_off(
    tx: &SubtreeTx,
    who: &Staff<WithdrawDocument>,
    was: &Detachment,
    kind: WithdrawalKind,
    reason: &str,
    target: &str,
    now: Timestamp,
) -> Result<(), DetachmentError> {
    let withdrawal = Withdrawal { target: target.to_owned(), here: true, ..Withdrawal::of(kind, reason) };
    match crate::circulation::withdraw(tx, who, was.own_document, withdrawal, now).await {
        Ok(_) | Err(DocumentError::NotLive) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The origin's document was recalled: the text that was made of it goes the same way, as the recall says.
///
/// # Errors
/// [`DetachmentError`].
pub(crate) async fn recalled(
    tx: &SubtreeTx,
    who: &Staff<WithdrawDocument>,
    document: DocumentId,
    now: Timestamp,
) -> Result<(), DetachmentError> {
    let was = match views::find(tx, document).await {
        Err(DetachmentError::Missing) => return Ok(()),
        other => other?,
    };
    let Ok(is) = was.standing.step(Move::Recall) else { return Ok(()) };
    let seat = placement::by_document(tx, document).await?;
    let said = seat.and_then(|seat| seat.withdrawal);
    let kind = match said.as_ref().map(|said| said.kind) {
        Some(WithdrawalKind::Redirect | WithdrawalKind::Replaced) | None => WithdrawalKind::Notice,
        Some(other) => other,
    };
    let reason = if was.taken_back.is_empty() { "recalled" } else { was.taken_back.as_str() };
    take_off(tx, who, &was, kind, reason, "", now).await?;
    tx.change_one(guarded(&was, is)).await?;
    let event = Event::Recalled { document, own_document: was.own_document };
    tx.note(&event, who.actor(), now).await?;
    Ok(())
}
