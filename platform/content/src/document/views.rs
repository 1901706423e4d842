//! What documents show to surfaces.

use std::collections::HashMap;

use base::listing::{Cursor, Page};
use base::store::{Held, Opens, StoreError};
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
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

/// A row that names an edition of somebody else: a placement, an obligation.
pub trait EditionRow {
    /// Whose edition, and which one; none when the row no longer lets anybody read it.
    fn names(&self) -> Option<(TenantId, EditionId)>;
}

/// The key to one edition. It is cut from a row that a transaction read as its own tenant's, and from nothing else; and it
/// opens for that tenant only.
///
/// ```compile_fail
/// # fn forged(holder: base::TenantId, owner: base::TenantId, edition: content::EditionId) -> content::document::EditionKey {
/// content::document::EditionKey { holder, owner, edition } // whose, and which: typed in, not read
/// # }
/// ```
/// The passing twin:
/// ```
/// # fn cut<M: content::document::EditionRow>(row: &base::store::Held<M>) -> Option<content::document::EditionKey> {
/// content::document::EditionKey::of(row)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EditionKey {
    holder: TenantId,
    owner: TenantId,
    edition: EditionId,
}

impl EditionKey {
    /// The key that a row of mine is, while it lets the edition be read.
    pub fn of<M: EditionRow>(row: &Held<M>) -> Option<Self> {
        row.row().names().map(|(owner, edition)| Self { holder: row.holder(), owner, edition })
    }
}

/// What carries the key of the row that it was made from.
pub trait NamesEdition: Send + Sync {
    /// The key; none when the edition may not, or may no longer, be read through it.
    fn key(&self) -> Option<&EditionKey>;
}

impl Opens<edition::Entity> for EditionKey {
    fn holder(&self) -> TenantId {
        self.holder
    }

    fn opens(&self) -> Condition {
        Condition::all().add(edition::Column::TenantId.eq(self.owner)).add(edition::Column::Id.eq(self.edition))
    }
}

impl Opens<attachment::Entity> for EditionKey {
    fn holder(&self) -> TenantId {
        self.holder
    }

    fn opens(&self) -> Condition {
        Condition::all()
            .add(attachment::Column::TenantId.eq(self.owner))
            .add(attachment::Column::EditionId.eq(self.edition))
    }
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

impl TitledRow {
    fn select() -> Select<edition::Entity> {
        use edition::Column as C;
        edition::Entity::find().select_only().columns([C::Id, C::Title, C::Header, C::Source])
    }

    fn read(self) -> Result<(EditionId, Titled), StoreError> {
        let header: Header = serde_json::from_str(&self.header).map_err(|error| StoreError::Suspicious {
            table: "edition",
            what: format!("header of {}: {error}", self.id),
        })?;
        Ok((self.id, Titled { title: self.title, doc_number: header.doc_number, source: self.source }))
    }
}

/// The newest edition of a document of this tenant: its draft, or what stands last.
///
/// # Errors
/// [`DocumentError::Missing`].
pub async fn newest_edition(tx: &TenantTx, document: DocumentId) -> Result<EditionView, DocumentError> {
    full(tx, super::acts::newest_of(tx, document).await?).await
}

/// Titles of editions of this tenant, without their bodies and files.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn titles(tx: &TenantTx, editions: &[EditionId]) -> Result<HashMap<EditionId, Titled>, StoreError> {
    let select = TitledRow::select().filter(edition::Column::Id.is_in(editions.iter().copied()));
    tx.pick::<_, TitledRow>(select).await?.into_iter().map(TitledRow::read).collect()
}

/// Titles of the editions that a page of rows opens, without their bodies and files. What was taken back has none.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn opened_titles<R: NamesEdition>(
    tx: &TenantTx,
    rows: &[R],
) -> Result<HashMap<EditionId, Titled>, StoreError> {
    let keys: Vec<&EditionKey> = rows.iter().filter_map(NamesEdition::key).collect();
    tx.pick_through::<_, TitledRow, _>(TitledRow::select(), &keys).await?.into_iter().map(TitledRow::read).collect()
}

/// The edition that a row of this tenant names, its own or another's, with its files.
///
/// # Errors
/// [`DocumentError::Missing`] when the row opens nothing: it is another tenant's, or what it named was taken back.
pub async fn opened_edition(tx: &TenantTx, row: &impl NamesEdition) -> Result<EditionView, DocumentError> {
    let key = row.key().ok_or(DocumentError::Missing)?;
    let found = tx.through::<edition::Entity>(key).await?.ok_or(DocumentError::Missing)?;
    let files = tx.through_all::<attachment::Entity>(key).await?;
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

pub(super) fn view(row: edition::Model, mut files: Vec<attachment::Model>) -> Result<EditionView, DocumentError> {
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
