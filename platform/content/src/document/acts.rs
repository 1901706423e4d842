//! Verbs of documents: write, save, attach, publish, withdraw.

use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Staff, TenantTx, Timestamp, sm3_hex};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde::Serialize;

use super::model::{DocumentError, EditionMove, EditionState, Fields, Withdrawal};
use super::rows::{attachment, document, edition};
use super::{DocumentId, EditionId, LOCALE};
use crate::media::StoredFile;
use crate::{placement, text};

/// May write documents.
pub struct EditDocument;
impl Duty for EditDocument {
    const NAME: &'static str = "edit_document";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::CentralDuty];
}

/// May put an edition before the public. A correction reaches every mirror.
pub struct PublishDocument;
impl Duty for PublishDocument {
    const NAME: &'static str = "publish_document";
    const ROLES: &'static [Role] = &[Role::Reviewer, Role::TenantAdmin, Role::CentralDuty];
}
impl Reaching for PublishDocument {}

/// May take an edition back. A withdrawal reaches every mirror.
pub struct WithdrawDocument;
impl Duty for WithdrawDocument {
    const NAME: &'static str = "withdraw_document";
    const ROLES: &'static [Role] = &[Role::TenantAdmin, Role::CentralDuty];
}
impl Reaching for WithdrawDocument {}

/// What happened to a document.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Published {
        document: DocumentId,
        edition: EditionId,
        number: i32,
        content_hash: String,
        address: String,
        replaces: Option<EditionId>,
    },
    Withdrawn {
        document: DocumentId,
        edition: EditionId,
        withdrawal: Withdrawal,
    },
    Imported {
        document: DocumentId,
        edition: EditionId,
        content_hash: String,
        claimed_published: String,
    },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Published { .. } => "edition.published",
            Self::Withdrawn { .. } => "edition.withdrawn",
            Self::Imported { .. } => "document.imported",
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::Published { document, .. } | Self::Withdrawn { document, .. } | Self::Imported { document, .. } => {
                document.to_string()
            }
        }
    }
}

/// The draft that an act left behind.
#[derive(Clone, Copy, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Draft {
    pub document: DocumentId,
    pub edition: EditionId,
    pub number: i32,
    pub version: i32,
}

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

/// Begins a document with its first draft.
///
/// # Errors
/// See [`DocumentError`].
pub async fn create(
    tx: &TenantTx,
    who: &Staff<EditDocument>,
    fields: Fields,
    now: Timestamp,
) -> Result<Draft, DocumentError> {
    let fields = fields.cleaned()?;
    known_column(tx, &fields.column).await?;
    begin(tx, fields, None, who.actor(), now).await
}

pub(super) async fn begin(
    tx: &TenantTx,
    fields: Fields,
    import_key: Option<String>,
    actor: &str,
    now: Timestamp,
) -> Result<Draft, DocumentError> {
    let id = DocumentId(tx.ids().new_id(now));
    let simple = id.0.simple().to_string();
    let row = document::ActiveModel {
        id: Set(id),
        // The random end of the id: short, unguessable enough to be unique within every portal that mirrors it.
        tail: Set(simple[20..].to_owned()),
        import_key: Set(import_key),
        created_at: Set(now.micros()),
        created_by: Set(actor.to_owned()),
        ..Default::default()
    };
    tx.insert(row).await?;
    insert_draft(tx, id, 1, fields, actor, now).await
}

async fn insert_draft(
    tx: &TenantTx,
    document: DocumentId,
    number: i32,
    fields: Fields,
    actor: &str,
    now: Timestamp,
) -> Result<Draft, DocumentError> {
    let id = EditionId(tx.ids().new_id(now));
    let row = edition::ActiveModel {
        id: Set(id),
        document_id: Set(document),
        locale: Set(LOCALE.to_owned()),
        number: Set(number),
        state: Set(EditionState::Draft.as_str().to_owned()),
        version: Set(1),
        title: Set(fields.title),
        body_html: Set(fields.body_html),
        header: Set(json(&fields.header)),
        source: Set(fields.source),
        source_url: Set(fields.source_url),
        source_published_at: Set(None),
        author: Set(fields.author),
        summary: Set(fields.summary),
        keywords: Set(fields.keywords),
        column_key: Set(fields.column),
        change_note: Set(fields.change_note),
        content_hash: Set(String::new()),
        text_hash: Set(String::new()),
        published_at: Set(None),
        first_published_at: Set(None),
        created_at: Set(now.micros()),
        changed_at: Set(now.micros()),
        changed_by: Set(actor.to_owned()),
        ..Default::default()
    };
    match tx.insert(row).await {
        Err(StoreError::Taken) => Err(DocumentError::DraftExists),
        other => other.map_err(DocumentError::from),
    }?;
    Ok(Draft { document, edition: id, number, version: 1 })
}

/// Saves the draft. `version` is the one that was read; another is refused with the newest, and nothing is lost.
///
/// # Errors
/// See [`DocumentError`].
pub async fn save(
    tx: &TenantTx,
    who: &Staff<EditDocument>,
    document: DocumentId,
    version: i32,
    fields: Fields,
    now: Timestamp,
) -> Result<Draft, DocumentError> {
    let fields = fields.cleaned()?;
    known_column(tx, &fields.column).await?;
    let draft = draft_of(tx, document).await?;
    let update = edition::Entity::update_many()
        .col_expr(edition::Column::Version, Expr::value(version + 1))
        .col_expr(edition::Column::Title, Expr::value(fields.title))
        .col_expr(edition::Column::BodyHtml, Expr::value(fields.body_html))
        .col_expr(edition::Column::Header, Expr::value(json(&fields.header)))
        .col_expr(edition::Column::Source, Expr::value(fields.source))
        .col_expr(edition::Column::SourceUrl, Expr::value(fields.source_url))
        .col_expr(edition::Column::Author, Expr::value(fields.author))
        .col_expr(edition::Column::Summary, Expr::value(fields.summary))
        .col_expr(edition::Column::Keywords, Expr::value(fields.keywords))
        .col_expr(edition::Column::ColumnKey, Expr::value(fields.column))
        .col_expr(edition::Column::ChangeNote, Expr::value(fields.change_note))
        .col_expr(edition::Column::ChangedAt, Expr::value(now.micros()))
        .col_expr(edition::Column::ChangedBy, Expr::value(who.actor()))
        .filter(edition::Column::Id.eq(draft.id))
        .filter(edition::Column::State.eq(EditionState::Draft.as_str()))
        .filter(edition::Column::Version.eq(version));
    if tx.change(update).await? != 1 {
        return Err(DocumentError::Stale { yours: version, newest: draft.version });
    }
    Ok(Draft { document, edition: draft.id, number: draft.number, version: version + 1 })
}

/// Begins the next edition as a copy of the newest one, files included.
///
/// # Errors
/// [`DocumentError::DraftExists`] when one is open already.
pub async fn new_edition(
    tx: &TenantTx,
    who: &Staff<EditDocument>,
    document: DocumentId,
    now: Timestamp,
) -> Result<Draft, DocumentError> {
    let newest = newest_of(tx, document).await?;
    let files = tx
        .all(
            attachment::Entity::find()
                .filter(attachment::Column::EditionId.eq(newest.id))
                .order_by_asc(attachment::Column::Position),
        )
        .await?;
    let (number, fields) = (newest.number + 1, Fields { change_note: String::new(), ..fields_of(newest)? });
    let draft = insert_draft(tx, document, number, fields, who.actor(), now).await?;
    let copies = files.into_iter().map(|file| attachment::ActiveModel {
        edition_id: Set(draft.edition),
        position: Set(file.position),
        name: Set(file.name),
        file_hash: Set(file.file_hash),
        mime: Set(file.mime),
        size: Set(file.size),
        ..Default::default()
    });
    tx.insert_many(copies.collect()).await?;
    Ok(draft)
}

/// Puts a stored file at the end of the draft's attachments; answers its position.
///
/// # Errors
/// [`DocumentError::NoDraft`].
pub async fn attach(
    tx: &TenantTx,
    _who: &Staff<EditDocument>,
    document: DocumentId,
    file: StoredFile,
) -> Result<i32, DocumentError> {
    attach_to(tx, document, file).await
}

pub(super) async fn attach_to(tx: &TenantTx, document: DocumentId, file: StoredFile) -> Result<i32, DocumentError> {
    let draft = draft_of(tx, document).await?;
    let last = tx
        .one(
            attachment::Entity::find()
                .filter(attachment::Column::EditionId.eq(draft.id))
                .order_by_desc(attachment::Column::Position),
        )
        .await?;
    let position = last.map_or(1, |last| last.position + 1);
    let row = attachment::ActiveModel {
        edition_id: Set(draft.id),
        position: Set(position),
        name: Set(file.name),
        file_hash: Set(file.hash),
        mime: Set(file.mime),
        size: Set(file.size),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(position)
}

/// Takes a file off the draft.
///
/// # Errors
/// [`DocumentError::NoDraft`].
pub async fn detach(
    tx: &TenantTx,
    _who: &Staff<EditDocument>,
    document: DocumentId,
    position: i32,
) -> Result<(), DocumentError> {
    let draft = draft_of(tx, document).await?;
    let delete = attachment::Entity::delete_many()
        .filter(attachment::Column::EditionId.eq(draft.id))
        .filter(attachment::Column::Position.eq(position));
    tx.remove(delete).await?;
    Ok(())
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
    let fields = fields_of(draft)?;
    let blockers = fields.blockers();
    if !blockers.is_empty() {
        return Err(DocumentError::Blocked(blockers));
    }
    known_column(tx, &fields.column).await?;
    let before = live_of(tx, document).await?;
    if let Some(before) = &before {
        shift(tx, before.id, EditionState::Live, EditionMove::Supersede, now).await?;
    }
    let first = first_publication(tx, document).await?.or(claimed.map(Timestamp::micros)).unwrap_or(now.micros());
    let files = tx
        .all(
            attachment::Entity::find()
                .filter(attachment::Column::EditionId.eq(id))
                .order_by_asc(attachment::Column::Position),
        )
        .await?;
    let content_hash = content_hash(&fields, &files);
    let summary =
        if fields.summary.is_empty() { text::excerpt(&fields.body_html, 120) } else { fields.summary.clone() };
    let update = edition::Entity::update_many()
        .col_expr(edition::Column::ContentHash, Expr::value(content_hash.as_str()))
        .col_expr(edition::Column::TextHash, Expr::value(text::text_hash(&fields.title, &fields.body_html)))
        .col_expr(edition::Column::PublishedAt, Expr::value(now.micros()))
        .col_expr(edition::Column::FirstPublishedAt, Expr::value(first))
        .col_expr(edition::Column::SourcePublishedAt, Expr::value(claimed.map(Timestamp::micros)))
        .filter(edition::Column::Id.eq(id));
    tx.change_one(update).await?;
    shift(tx, id, EditionState::Draft, EditionMove::Publish, now).await?;
    let seat = placement::OwnSeat {
        document,
        edition: id,
        column: &fields.column,
        title: &fields.title,
        summary: &summary,
        doc_number: &fields.header.doc_number,
        source: &fields.source,
        published_at: Timestamp(first),
    };
    let address = placement::put_own(tx, seat, actor, now).await?;
    let publication = Publication {
        document,
        edition: id,
        number,
        content_hash: content_hash.clone(),
        address: address.clone(),
        replaces: before.map(|before| before.id),
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
pub async fn withdraw(
    tx: &TenantTx,
    who: &Staff<WithdrawDocument>,
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

async fn known_column(tx: &TenantTx, key: &str) -> Result<(), DocumentError> {
    use crate::column::rows as column;
    if key.is_empty() {
        return Ok(());
    }
    let found = tx.count(column::Entity::find().filter(column::Column::Key.eq(key))).await?;
    if found == 0 { Err(DocumentError::NoColumn(key.to_owned())) } else { Ok(()) }
}

async fn draft_of(tx: &TenantTx, document: DocumentId) -> Result<edition::Model, DocumentError> {
    newest_of(tx, document).await?;
    in_state(tx, document, EditionState::Draft).await?.ok_or(DocumentError::NoDraft)
}

async fn live_of(tx: &TenantTx, document: DocumentId) -> Result<Option<edition::Model>, DocumentError> {
    newest_of(tx, document).await?;
    in_state(tx, document, EditionState::Live).await
}

async fn in_state(
    tx: &TenantTx,
    document: DocumentId,
    state: EditionState,
) -> Result<Option<edition::Model>, DocumentError> {
    let select = edition::Entity::find()
        .filter(edition::Column::DocumentId.eq(document))
        .filter(edition::Column::Locale.eq(LOCALE))
        .filter(edition::Column::State.eq(state.as_str()));
    Ok(tx.one(select).await?)
}

async fn newest_of(tx: &TenantTx, document: DocumentId) -> Result<edition::Model, DocumentError> {
    let select = edition::Entity::find()
        .filter(edition::Column::DocumentId.eq(document))
        .filter(edition::Column::Locale.eq(LOCALE))
        .order_by_desc(edition::Column::Number);
    tx.one(select).await?.ok_or(DocumentError::Missing)
}

async fn first_publication(tx: &TenantTx, document: DocumentId) -> Result<Option<i64>, DocumentError> {
    let select = edition::Entity::find()
        .filter(edition::Column::DocumentId.eq(document))
        .filter(edition::Column::FirstPublishedAt.is_not_null())
        .order_by_asc(edition::Column::Number);
    Ok(tx.one(select).await?.and_then(|edition| edition.first_published_at))
}

pub(super) fn fields_of(row: edition::Model) -> Result<Fields, DocumentError> {
    let header = serde_json::from_str(&row.header)
        .map_err(|error| StoreError::Suspicious { table: "edition", what: format!("header of {}: {error}", row.id) })?;
    Ok(Fields {
        title: row.title,
        body_html: row.body_html,
        header,
        source: row.source,
        source_url: row.source_url,
        author: row.author,
        summary: row.summary,
        keywords: row.keywords,
        column: row.column_key,
        change_note: row.change_note,
    })
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

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
