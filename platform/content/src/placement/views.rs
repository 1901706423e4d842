//! What placements show to surfaces: list rows without bodies, and one placement by its address.

use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};
use serde::Serialize;

use super::{Mode, Placement, rows};
use crate::document::{DocumentId, EditionId};

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
    let select = list()
        .filter(rows::Column::ColumnKey.eq(column))
        .order_by_desc(rows::Column::Pinned)
        .order_by_desc(rows::Column::PublishedAt)
        .order_by_desc(rows::Column::DocumentId)
        .offset(offset)
        .limit(limit);
    tx.pick(select).await
}

/// How many lines a column has.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count_in(tx: &TenantTx, column: &str) -> Result<u64, StoreError> {
    tx.count(rows::Entity::find().filter(rows::Column::ColumnKey.eq(column)).filter(rows::Column::State.eq("live")))
        .await
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

/// The placement at a path of this portal, live or withdrawn.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn at_address(tx: &TenantTx, address: &str) -> Result<Option<Placement>, StoreError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Address.eq(address))).await?;
    row.map(Placement::try_from).transpose()
}

/// Where a document stands on this portal; the live place when there are several.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn by_document(tx: &TenantTx, document: DocumentId) -> Result<Option<Placement>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::DocumentId.eq(document)).order_by_asc(rows::Column::State);
    tx.one(select).await?.map(Placement::try_from).transpose()
}

impl TryFrom<rows::Model> for Placement {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
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
        })
    }
}
