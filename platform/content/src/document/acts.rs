//! Verbs of drafts: begin, save, attach; and the events of documents.

use base::duty::Role;
use base::store::StoreError;
use base::{Duty, Staff, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde::Serialize;

use super::model::{DocumentError, EditionState, Fields, Withdrawal};
use super::rows::{attachment, document, edition};
use super::{DocumentId, EditionId, LOCALE};
use crate::column;
use crate::media::StoredFile;

/// May write documents.
pub struct EditDocument;
impl Duty for EditDocument {
    const NAME: &'static str = "edit_document";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}

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
    let mut fields = fields.cleaned()?;
    fields.column = landed(tx, fields.column).await?;
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
        provenance: Set(String::new()),
        created_at: Set(now.micros()),
        created_by: Set(actor.to_owned()),
        ..Default::default()
    };
    tx.insert(row).await?;
    insert_draft(tx, id, 1, fields, actor, now).await
}

pub(super) async fn insert_draft(
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
    let mut fields = fields.cleaned()?;
    fields.column = landed(tx, fields.column).await?;
    let draft = draft_of(tx, document).await?;
    // What was read is not what is there; and a version that was never given out is not counted on from.
    if draft.version != version {
        return Err(DocumentError::Stale { yours: version, newest: draft.version });
    }
    let next = version + 1;
    let update = edition::Entity::update_many()
        .col_expr(edition::Column::Version, Expr::value(next))
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
    Ok(Draft { document, edition: draft.id, number: draft.number, version: next })
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

/// The column that a document goes to: the one that it names, or what that was merged into. A draft may name none yet.
pub(super) async fn landed(tx: &TenantTx, key: String) -> Result<String, DocumentError> {
    if key.is_empty() {
        return Ok(key);
    }
    column::landing(tx, &key).await?.ok_or(DocumentError::NoColumn(key))
}

pub(super) async fn draft_of(tx: &TenantTx, document: DocumentId) -> Result<edition::Model, DocumentError> {
    newest_of(tx, document).await?;
    in_state(tx, document, EditionState::Draft).await?.ok_or(DocumentError::NoDraft)
}

pub(super) async fn in_state(
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

pub(super) async fn newest_of(tx: &TenantTx, document: DocumentId) -> Result<edition::Model, DocumentError> {
    let select = edition::Entity::find()
        .filter(edition::Column::DocumentId.eq(document))
        .filter(edition::Column::Locale.eq(LOCALE))
        .order_by_desc(edition::Column::Number);
    tx.one(select).await?.ok_or(DocumentError::Missing)
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

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
