//! What documents show to surfaces.

use std::collections::HashMap;

use base::listing::{Cursor, Page};
use base::store::{Opens, StoreError};
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde::Serialize;

use super::model::{DocumentError, EditionState, Fields, Header};
use super::rows::{attachment, edition};
use super::{DocumentId, EditionId, LOCALE, acts::fields_of};
use crate::media::StoredFile;

/// One edition in full.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct EditionView {
    pub document: DocumentId,
    pub edition: EditionId,
    pub number: i32,
    pub state: EditionState,
    pub version: i32,
    pub fields: Fields,
    pub content_hash: String,
    pub text_hash: String,
    /// Set by the server when it went live.
    pub published_at: Option<Timestamp>,
    /// When the document first went public (an import keeps the date its row claimed).
    pub first_published_at: Option<Timestamp>,
    pub changed_at: Timestamp,
    pub changed_by: String,
    pub attachments: Vec<AttachmentView>,
}

/// One attached file.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct AttachmentView {
    pub position: i32,
    #[serde(flatten)]
    pub file: StoredFile,
}

/// A document with all its editions, newest first.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct DocumentView {
    pub document: DocumentId,
    pub draft: Option<EditionView>,
    pub live: Option<EditionView>,
    pub editions: Vec<EditionSummary>,
}

/// One line of a document's history.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct EditionSummary {
    pub edition: EditionId,
    pub number: i32,
    pub state: String,
    pub title: String,
    pub change_note: String,
    pub published_at: Option<Timestamp>,
    pub changed_by: String,
}

/// One line of the desk's list of documents.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct DeskRow {
    pub document_id: DocumentId,
    pub id: EditionId,
    pub number: i32,
    pub state: String,
    pub title: String,
    pub column_key: String,
    pub changed_at: i64,
    pub changed_by: String,
}

/// The editions that the desk shows: drafts, live and withdrawn ones, newest change first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn desk(
    tx: &TenantTx,
    state: Option<EditionState>,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<DeskRow>, StoreError> {
    let mut select = edition::Entity::find()
        .select_only()
        .columns([
            edition::Column::DocumentId,
            edition::Column::Id,
            edition::Column::Number,
            edition::Column::State,
            edition::Column::Title,
            edition::Column::ColumnKey,
            edition::Column::ChangedAt,
            edition::Column::ChangedBy,
        ])
        .order_by_desc(edition::Column::ChangedAt)
        .order_by_desc(edition::Column::Id)
        .limit(limit + 1);
    select = match state {
        Some(state) => select.filter(edition::Column::State.eq(state.as_str())),
        None => select.filter(edition::Column::State.ne(EditionState::Superseded.as_str())),
    };
    if let Some(after) = after {
        let older = Expr::col(edition::Column::ChangedAt).lt(after.at);
        let same = Expr::col(edition::Column::ChangedAt).eq(after.at).and(Expr::col(edition::Column::Id).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let rows: Vec<DeskRow> = tx.pick(select).await?;
    Ok(Page::cut(rows, limit as usize, |row| Cursor { at: row.changed_at, id: row.id.0 }.text()))
}

/// A document of this tenant with its history.
///
/// # Errors
/// [`DocumentError::Missing`].
pub async fn find(tx: &TenantTx, document: DocumentId) -> Result<DocumentView, DocumentError> {
    let select = edition::Entity::find()
        .select_only()
        .columns([
            edition::Column::Id,
            edition::Column::Number,
            edition::Column::State,
            edition::Column::Title,
            edition::Column::ChangeNote,
            edition::Column::PublishedAt,
            edition::Column::ChangedBy,
        ])
        .filter(edition::Column::DocumentId.eq(document))
        .filter(edition::Column::Locale.eq(LOCALE))
        .order_by_desc(edition::Column::Number);
    let rows: Vec<SummaryRow> = tx.pick(select).await?;
    if rows.is_empty() {
        return Err(DocumentError::Missing);
    }
    let mut view = DocumentView { document, draft: None, live: None, editions: Vec::with_capacity(rows.len()) };
    for row in rows {
        match EditionState::parse(&row.state) {
            Some(EditionState::Draft) => view.draft = Some(self::edition(tx, row.id).await?),
            Some(EditionState::Live) => view.live = Some(self::edition(tx, row.id).await?),
            _ => {}
        }
        view.editions.push(EditionSummary {
            edition: row.id,
            number: row.number,
            state: row.state,
            title: row.title,
            change_note: row.change_note,
            published_at: row.published_at.map(Timestamp),
            changed_by: row.changed_by,
        });
    }
    Ok(view)
}

#[derive(FromQueryResult)]
struct SummaryRow {
    id: EditionId,
    number: i32,
    state: String,
    title: String,
    change_note: String,
    published_at: Option<i64>,
    changed_by: String,
}

/// One edition of this tenant.
///
/// # Errors
/// [`DocumentError::Missing`].
pub async fn edition(tx: &TenantTx, id: EditionId) -> Result<EditionView, DocumentError> {
    let row = tx.one(edition::Entity::find().filter(edition::Column::Id.eq(id))).await?;
    full(tx, row.ok_or(DocumentError::Missing)?).await
}

/// The live edition of a document of this tenant.
///
/// # Errors
/// [`DocumentError::NotLive`].
pub async fn live_edition(tx: &TenantTx, document: DocumentId) -> Result<EditionView, DocumentError> {
    let select = edition::Entity::find()
        .filter(edition::Column::DocumentId.eq(document))
        .filter(edition::Column::Locale.eq(LOCALE))
        .filter(edition::Column::State.eq(EditionState::Live.as_str()));
    let row = tx.one(select).await?;
    full(tx, row.ok_or(DocumentError::NotLive)?).await
}

/// A row of mine that names an edition of somebody else: a placement, an obligation.
pub trait NamesEdition: Send + Sync {
    /// Whose edition.
    fn owner(&self) -> TenantId;
    /// Which one.
    fn edition(&self) -> EditionId;
}

/// What a list says of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Titled {
    pub title: String,
    pub doc_number: String,
    pub source: String,
}

#[derive(FromQueryResult)]
struct TitledRow {
    id: EditionId,
    title: String,
    header: String,
    source: String,
}

/// Every edition that a page of rows names.
struct AllNamed<'a, R>(&'a [R]);

impl<R: NamesEdition> Opens<edition::Entity> for AllNamed<'_, R> {
    fn opens(&self) -> Condition {
        let each = self.0.iter().map(|row| Opens::<edition::Entity>::opens(&Named(row.owner(), row.edition())));
        each.fold(Condition::any(), Condition::add)
    }
}

/// Titles of the editions that a page of rows names, without their bodies and files.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn titles<R: NamesEdition>(tx: &TenantTx, rows: &[R]) -> Result<HashMap<EditionId, Titled>, StoreError> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let select = edition::Entity::find().select_only().columns([
        edition::Column::Id,
        edition::Column::Title,
        edition::Column::Header,
        edition::Column::Source,
    ]);
    let found: Vec<TitledRow> = tx.pick_through(select, &AllNamed(rows)).await?;
    let titled = |row: TitledRow| {
        let header: Header = serde_json::from_str(&row.header).map_err(|error| StoreError::Suspicious {
            table: "edition",
            what: format!("header of {}: {error}", row.id),
        })?;
        Ok((row.id, Titled { title: row.title, doc_number: header.doc_number, source: row.source }))
    };
    found.into_iter().map(titled).collect()
}

struct Named(TenantId, EditionId);

impl Opens<edition::Entity> for Named {
    fn opens(&self) -> Condition {
        Condition::all().add(edition::Column::TenantId.eq(self.0)).add(edition::Column::Id.eq(self.1))
    }
}

impl Opens<attachment::Entity> for Named {
    fn opens(&self) -> Condition {
        Condition::all().add(attachment::Column::TenantId.eq(self.0)).add(attachment::Column::EditionId.eq(self.1))
    }
}

/// The edition that a row of this tenant names, its own or another's, with its files.
///
/// # Errors
/// [`DocumentError::Missing`] when the row opens nothing.
pub async fn opened_edition(tx: &TenantTx, row: &impl NamesEdition) -> Result<EditionView, DocumentError> {
    let named = Named(row.owner(), row.edition());
    let found = tx.through::<edition::Entity>(&named).await?.ok_or(DocumentError::Missing)?;
    let files = tx.through_all::<attachment::Entity>(&named).await?;
    view(found, files)
}

async fn full(tx: &TenantTx, row: edition::Model) -> Result<EditionView, DocumentError> {
    let files = tx
        .all(
            attachment::Entity::find()
                .filter(attachment::Column::EditionId.eq(row.id))
                .order_by_asc(attachment::Column::Position),
        )
        .await?;
    view(row, files)
}

fn view(row: edition::Model, mut files: Vec<attachment::Model>) -> Result<EditionView, DocumentError> {
    files.sort_by_key(|file| file.position);
    let state = EditionState::parse(&row.state)
        .ok_or_else(|| StoreError::Suspicious { table: "edition", what: format!("state of {}", row.id) })?;
    Ok(EditionView {
        document: row.document_id,
        edition: row.id,
        number: row.number,
        state,
        version: row.version,
        content_hash: row.content_hash.clone(),
        text_hash: row.text_hash.clone(),
        published_at: row.published_at.map(Timestamp),
        first_published_at: row.first_published_at.map(Timestamp),
        changed_at: Timestamp(row.changed_at),
        changed_by: row.changed_by.clone(),
        attachments: files.into_iter().map(AttachmentView::from).collect(),
        fields: fields_of(row)?,
    })
}

impl From<attachment::Model> for AttachmentView {
    fn from(row: attachment::Model) -> Self {
        Self {
            position: row.position,
            file: StoredFile { name: row.name, hash: row.file_hash, mime: row.mime, size: row.size },
        }
    }
}
