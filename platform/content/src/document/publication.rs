//! A draft becomes an edition before the public, and an edition is taken back.

use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Staff, TenantTx, Timestamp, sm3_hex};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde::Serialize;

use super::acts::{Event, draft_of, fields_of, in_state, json, landed, newest_of};
use super::model::{DocumentError, EditionMove, EditionState, Fields, Withdrawal};
use super::rows::{attachment, edition};
use super::{DocumentId, EditionId};
use crate::{placement, text};

/// May put an edition before the public. A correction reaches every mirror.
pub struct PublishDocument;
impl Duty for PublishDocument {
    const NAME: &'static str = "publish_document";
    const ROLES: &'static [Role] = &[Role::Reviewer, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}
impl Reaching for PublishDocument {}

/// May take an edition back. A withdrawal reaches every mirror.
pub struct WithdrawDocument;
impl Duty for WithdrawDocument {
    const NAME: &'static str = "withdraw_document";
    const ROLES: &'static [Role] = &[Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}
impl Reaching for WithdrawDocument {}

/// A duty that takes editions back. Besides [`WithdrawDocument`] itself: acts that end in a withdrawal and ask for a proof of
/// their own, as the second person of a recall does.
pub trait Withdrawing: Duty + Reaching {}
impl Withdrawing for WithdrawDocument {}

/// What a publication made true.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Publication {
    pub document: DocumentId,
    pub edition: EditionId,
    pub number: i32,
    pub content_hash: String,
    /// Path on the owner's portal.
    pub address: String,
    /// The edition that it superseded.
    pub replaces: Option<EditionId>,
    /// Key of the column where it stands.
    pub column: String,
    pub title: String,
    pub summary: String,
    pub doc_number: String,
    pub source: String,
}

/// What a withdrawal made true.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Withdrawn {
    pub document: DocumentId,
    pub edition: EditionId,
    pub withdrawal: Withdrawal,
}

/// Freezes the draft and puts it before the public in its own column; the edition before it is superseded. The time is the
/// server's and nobody else's: a forged publish date is a veto item of the national check. Mirrors follow in the same
/// transaction through `exchange::circulation`, which is what surfaces call.
///
/// # Errors
/// [`DocumentError::Blocked`] with everything that is missing.
pub async fn publish(
    tx: &TenantTx,
    who: &Staff<PublishDocument>,
    document: DocumentId,
    now: Timestamp,
) -> Result<Publication, DocumentError> {
    publish_as(tx, document, None, who.actor(), now).await
}

pub(super) async fn publish_as(
    tx: &TenantTx,
    document: DocumentId,
    claimed: Option<Timestamp>,
    actor: &str,
    now: Timestamp,
) -> Result<Publication, DocumentError> {
    let draft = draft_of(tx, document).await?;
    let (id, number) = (draft.id, draft.number);
    let mut fields = fields_of(draft)?;
    let blockers = fields.blockers();
    if !blockers.is_empty() {
        return Err(DocumentError::Blocked(blockers));
    }
    // What was merged since the draft was written takes it in; the frozen edition says where it stands.
    fields.column = landed(tx, fields.column).await?;
    let before = live_of(tx, document).await?;
    if let Some(before) = &before {
        shift(tx, before.id, EditionState::Live, EditionMove::Supersede, now).await?;
    }
    let first = first_publication(tx, document).await?.or(claimed.map(Timestamp::micros)).unwrap_or(now.micros());
    let files = files_of(tx, id).await?;
    let content_hash = content_hash(&fields, &files);
    let summary =
        if fields.summary.is_empty() { text::excerpt(&fields.body_html, 120) } else { fields.summary.clone() };
    let update = edition::Entity::update_many()
        .col_expr(edition::Column::ColumnKey, Expr::value(fields.column.as_str()))
        .col_expr(edition::Column::ContentHash, Expr::value(content_hash.as_str()))
        .col_expr(edition::Column::TextHash, Expr::value(text::text_hash(&fields.title, &fields.body_html)))
        .col_expr(edition::Column::PublishedAt, Expr::value(now.micros()))
        .col_expr(edition::Column::FirstPublishedAt, Expr::value(first))
        .col_expr(edition::Column::SourcePublishedAt, Expr::value(claimed.map(Timestamp::micros)))
        .filter(edition::Column::Id.eq(id));
    tx.change_one(update).await?;
    shift(tx, id, EditionState::Draft, EditionMove::Publish, now).await?;
    let provenance = super::adoption::provenance_text(tx, document).await?;
    let seat = placement::OwnSeat {
        document,
        edition: id,
        column: &fields.column,
        title: &fields.title,
        summary: &summary,
        doc_number: &fields.header.doc_number,
        source: &fields.source,
        published_at: Timestamp(first),
        provenance: &provenance,
    };
    let address = placement::put_own(tx, seat, actor, now).await?;
    let publication = Publication {
        document,
        edition: id,
        number,
        content_hash: content_hash.clone(),
        address: address.clone(),
        replaces: before.map(|before| before.id),
        column: fields.column,
        title: fields.title,
        summary,
        doc_number: fields.header.doc_number,
        source: fields.source,
    };
    let event =
        Event::Published { document, edition: id, number, content_hash, address, replaces: publication.replaces };
    tx.note(&event, actor, now).await?;
    tx.touch_pages(now).await?;
    Ok(publication)
}

/// Takes the live edition back from the tenant's own pages. Mirrors follow in the same transaction through
/// `exchange::circulation`, which is what surfaces call.
///
/// # Errors
/// [`DocumentError::NotLive`].
pub async fn withdraw<D: Withdrawing>(
    tx: &TenantTx,
    who: &Staff<D>,
    document: DocumentId,
    withdrawal: Withdrawal,
    now: Timestamp,
) -> Result<Withdrawn, DocumentError> {
    let withdrawal = withdrawal.cleaned()?;
    let live = live_of(tx, document).await?.ok_or(DocumentError::NotLive)?;
    shift(tx, live.id, EditionState::Live, EditionMove::Withdraw, now).await?;
    placement::withdraw_own(tx, document, &withdrawal, now).await?;
    let withdrawn = Withdrawn { document, edition: live.id, withdrawal: withdrawal.clone() };
    tx.note(&Event::Withdrawn { document, edition: live.id, withdrawal }, who.actor(), now).await?;
    tx.touch_pages(now).await?;
    Ok(withdrawn)
}

async fn shift(
    tx: &TenantTx,
    id: EditionId,
    was: EditionState,
    mv: EditionMove,
    now: Timestamp,
) -> Result<(), DocumentError> {
    let is = was.step(mv).ok_or(StoreError::Stale)?;
    let update = edition::Entity::update_many()
        .col_expr(edition::Column::State, Expr::value(is.as_str()))
        .col_expr(edition::Column::ChangedAt, Expr::value(now.micros()))
        .filter(edition::Column::Id.eq(id))
        .filter(edition::Column::State.eq(was.as_str()));
    Ok(tx.change_one(update).await?)
}

async fn live_of(tx: &TenantTx, document: DocumentId) -> Result<Option<edition::Model>, DocumentError> {
    newest_of(tx, document).await?;
    in_state(tx, document, EditionState::Live).await
}

async fn first_publication(tx: &TenantTx, document: DocumentId) -> Result<Option<i64>, DocumentError> {
    let select = edition::Entity::find()
        .filter(edition::Column::DocumentId.eq(document))
        .filter(edition::Column::FirstPublishedAt.is_not_null())
        .order_by_asc(edition::Column::Number);
    Ok(tx.one(select).await?.and_then(|edition| edition.first_published_at))
}

/// Whether the edition that an entry of this tenant's chain binds still is what was published, computed again from the stored
/// text and files. None for entries that bind no edition.
///
/// # Errors
/// [`DocumentError::Store`].
pub async fn still_as_published(tx: &TenantTx, entry: &base::journal::Entry) -> Result<Option<bool>, DocumentError> {
    if entry.kind != "edition.published" {
        return Ok(None);
    }
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let id = EditionId(uuid::Uuid::try_parse(text("edition")).unwrap_or_default());
    let Some(row) = tx.one(edition::Entity::find().filter(edition::Column::Id.eq(id))).await? else {
        return Ok(Some(false));
    };
    let files = files_of(tx, id).await?;
    let bound = text("content_hash");
    Ok(Some(row.content_hash == bound && content_hash(&fields_of(row)?, &files) == bound))
}

async fn files_of(tx: &TenantTx, id: EditionId) -> Result<Vec<attachment::Model>, StoreError> {
    let select = attachment::Entity::find()
        .filter(attachment::Column::EditionId.eq(id))
        .order_by_asc(attachment::Column::Position);
    tx.all(select).await
}

/// SM3 over everything that the public sees of an edition, files included by their own hashes.
fn content_hash(fields: &Fields, files: &[attachment::Model]) -> String {
    let Fields { title, body_html, header, source, source_url, author, summary, keywords, .. } = fields;
    let mut bound =
        [title, body_html, &json(header), source, source_url, author, summary, keywords].map(String::as_str).join("\n");
    for file in files {
        bound.push_str(&format!("\n{} {} {}", file.position, file.file_hash, file.name));
    }
    sm3_hex(bound.as_bytes())
}
