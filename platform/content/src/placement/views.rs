//! What placements show to surfaces: list rows without bodies, and one placement by its address.

use std::collections::HashMap;

use base::listing::{Cursor, Page};
use base::store::{Held, StoreError};
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};
use serde::Serialize;

use super::{Mode, Placement, rows};
use crate::document::{DocumentId, EditionId, EditionKey, EditionRow};

/// One line of a list.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct Listed {
    pub document_id: DocumentId,
    pub edition_id: EditionId,
    pub column_key: String,
    pub mode: String,
    pub address: String,
    pub title: String,
    pub summary: String,
    pub doc_number: String,
    pub source: String,
    /// Microseconds since the epoch.
    pub published_at: i64,
    pub placed_at: i64,
    /// When it was placed, corrected or moved last.
    pub changed_at: i64,
    pub pinned: i32,
}

fn list() -> Select<rows::Entity> {
    rows::Entity::find()
        .select_only()
        .columns([
            rows::Column::DocumentId,
            rows::Column::EditionId,
            rows::Column::ColumnKey,
            rows::Column::Mode,
            rows::Column::Address,
            rows::Column::Title,
            rows::Column::Summary,
            rows::Column::DocNumber,
            rows::Column::Source,
            rows::Column::PublishedAt,
            rows::Column::PlacedAt,
            rows::Column::ChangedAt,
            rows::Column::Pinned,
        ])
        .filter(rows::Column::State.eq("live"))
}

/// The first lines of a column: pinned ones, then the newest.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn in_column(tx: &TenantTx, column: &str, limit: u64) -> Result<Vec<Listed>, StoreError> {
    in_column_page(tx, column, 0, limit).await
}

/// `limit` lines of a column after the first `offset`.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn in_column_page(tx: &TenantTx, column: &str, offset: u64, limit: u64) -> Result<Vec<Listed>, StoreError> {
    let mut select = list().filter(rows::Column::ColumnKey.eq(column));
    for by in ORDER {
        select = select.order_by_desc(by);
    }
    tx.pick(select.offset(offset).limit(limit)).await
}

/// Titles on one page of a column's list.
pub const PER_PAGE: u64 = 20;

/// What a column's list is ordered by, each the highest first. The list page and whoever looks for a document on it (the
/// probe) both read it here.
const ORDER: [rows::Column; 3] = [rows::Column::Pinned, rows::Column::PublishedAt, rows::Column::DocumentId];

/// The path of a page of a column's list, from 1.
pub fn list_path(column: &str, page: u64) -> String {
    if page <= 1 { format!("/{column}/") } else { format!("/{column}/page-{page}.html") }
}

/// The page of its column's list on which a placement stands, or would stand were it not taken back; a page that there is.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn place_in_list(tx: &TenantTx, seat: &Placement) -> Result<u64, StoreError> {
    let own: [sea_orm::Value; 3] =
        [i32::from(seat.pinned).into(), seat.published_at.micros().into(), seat.document.into()];
    let mut before = Condition::any();
    for (at, by) in ORDER.iter().enumerate() {
        let mut higher = Condition::all().add(Expr::col(*by).gt(own[at].clone()));
        for (same, value) in ORDER.iter().zip(&own).take(at) {
            higher = higher.add(Expr::col(*same).eq(value.clone()));
        }
        before = before.add(higher);
    }
    let above = rows::Entity::find()
        .filter(rows::Column::ColumnKey.eq(seat.column.as_str()))
        .filter(rows::Column::State.eq("live"))
        .filter(before);
    let above = tx.count(above).await?;
    let pages = count_in(tx, &seat.column).await?.div_ceil(PER_PAGE);
    Ok((above / PER_PAGE + 1).clamp(1, if pages == 0 { 1 } else { pages }))
}

/// How many lines a column has.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count_in(tx: &TenantTx, column: &str) -> Result<u64, StoreError> {
    tx.count(rows::Entity::find().filter(rows::Column::ColumnKey.eq(column)).filter(rows::Column::State.eq("live")))
        .await
}

#[derive(FromQueryResult)]
struct TitleRow {
    document_id: DocumentId,
    title: String,
}

/// What this portal's own lists say, or once said, of documents.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn titles(tx: &TenantTx, documents: &[DocumentId]) -> Result<HashMap<DocumentId, String>, StoreError> {
    if documents.is_empty() {
        return Ok(HashMap::new());
    }
    let select = rows::Entity::find()
        .select_only()
        .columns([rows::Column::DocumentId, rows::Column::Title])
        .filter(rows::Column::DocumentId.is_in(documents.iter().copied()));
    let found: Vec<TitleRow> = tx.pick(select).await?;
    Ok(found.into_iter().map(|row| (row.document_id, row.title)).collect())
}

/// What a sitemap says of a page.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct Address {
    pub address: String,
    /// Microseconds since the epoch.
    pub published_at: i64,
}

/// The newest addresses of the whole portal.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn addresses(tx: &TenantTx, limit: u64) -> Result<Vec<Address>, StoreError> {
    let select = rows::Entity::find()
        .select_only()
        .columns([rows::Column::Address, rows::Column::PublishedAt])
        .filter(rows::Column::State.eq("live"))
        .filter(rows::Column::Mode.ne(Mode::Link.as_str()))
        .order_by_desc(rows::Column::PublishedAt)
        .order_by_desc(rows::Column::DocumentId)
        .limit(limit);
    tx.pick(select).await
}

/// The newest lines of the whole portal.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn recent(tx: &TenantTx, limit: u64) -> Result<Vec<Listed>, StoreError> {
    tx.pick(list().order_by_desc(rows::Column::PublishedAt).order_by_desc(rows::Column::DocumentId).limit(limit)).await
}

/// One page of live placements, newest first, optionally of one column.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn listed(
    tx: &TenantTx,
    column: Option<&str>,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<Listed>, StoreError> {
    let mut select =
        list().order_by_desc(rows::Column::PublishedAt).order_by_desc(rows::Column::DocumentId).limit(limit + 1);
    if let Some(column) = column {
        select = select.filter(rows::Column::ColumnKey.eq(column));
    }
    if let Some(after) = after {
        let older = Expr::col(rows::Column::PublishedAt).lt(after.at);
        let same =
            Expr::col(rows::Column::PublishedAt).eq(after.at).and(Expr::col(rows::Column::DocumentId).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let rows: Vec<Listed> = tx.pick(select).await?;
    Ok(Page::cut(rows, limit as usize, |row| Cursor { at: row.published_at, id: row.document_id.0 }.text()))
}

/// Live mirrors of this portal that were placed or changed since, the newest first: each opens the text that it shows.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn mirrors_since(tx: &TenantTx, since: Timestamp, most: u64) -> Result<Vec<Placement>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::State.eq("live"))
        .filter(rows::Column::Mode.eq(Mode::Mirror.as_str()))
        .filter(rows::Column::ChangedAt.gt(since.micros()))
        .order_by_desc(rows::Column::ChangedAt)
        .order_by_desc(rows::Column::DocumentId)
        .limit(most);
    tx.hold(select).await?.into_iter().map(Placement::try_from).collect()
}

/// The placement at a path of this portal, live or withdrawn.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn at_address(tx: &TenantTx, address: &str) -> Result<Option<Placement>, StoreError> {
    held(tx, rows::Entity::find().filter(rows::Column::Address.eq(address))).await
}

/// Where a document stands on this portal; the live place when there are several.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn by_document(tx: &TenantTx, document: DocumentId) -> Result<Option<Placement>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::DocumentId.eq(document)).order_by_asc(rows::Column::State);
    held(tx, select).await
}

async fn held(tx: &TenantTx, select: Select<rows::Entity>) -> Result<Option<Placement>, StoreError> {
    tx.hold(select.limit(1)).await?.into_iter().next().map(Placement::try_from).transpose()
}

impl EditionRow for rows::Model {
    fn names(&self) -> Option<(TenantId, EditionId)> {
        (self.state == "live").then_some((self.origin_tenant_id, self.edition_id))
    }
}

impl TryFrom<Held<rows::Model>> for Placement {
    type Error = StoreError;

    fn try_from(held: Held<rows::Model>) -> Result<Self, StoreError> {
        let key = EditionKey::of(&held);
        let row = held.into_row();
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "placement", what: format!("{what} of {}", row.document_id) };
        let withdrawal =
            row.withdrawal.as_deref().map(serde_json::from_str).transpose().map_err(|_| unreadable("withdrawal"))?;
        Ok(Self {
            mode: Mode::parse(&row.mode).ok_or_else(|| unreadable("mode"))?,
            document: row.document_id,
            edition: row.edition_id,
            origin: row.origin_tenant_id,
            column: row.column_key,
            live: row.state == "live",
            address: row.address,
            title: row.title,
            published_at: Timestamp(row.published_at),
            placed_at: Timestamp(row.placed_at),
            placed_by: row.placed_by,
            pinned: row.pinned != 0,
            lead_in: row.lead_in,
            order: row.order_id,
            withdrawal,
            key,
        })
    }
}
