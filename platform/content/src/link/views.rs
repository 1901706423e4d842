//! What link entries show to surfaces.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::model::{Entry, LinkError, Standing};
use super::rows;
use crate::DocumentId;

/// The entries of this portal, by column and title.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &TenantTx, limit: u64) -> Result<Vec<Entry>, StoreError> {
    let select =
        rows::Entity::find().order_by_asc(rows::Column::ColumnKey).order_by_asc(rows::Column::Title).limit(limit);
    tx.all(select).await?.into_iter().map(Entry::try_from).collect()
}

/// One entry.
///
/// # Errors
/// [`LinkError::Missing`].
pub async fn find(tx: &TenantTx, id: DocumentId) -> Result<Entry, LinkError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    Ok(Entry::try_from(row.ok_or(LinkError::Missing)?)?)
}

/// Entries before the public whose time ends before an instant.
///
/// # Errors
/// [`StoreError`].
pub async fn expiring(tx: &TenantTx, before: Timestamp) -> Result<Vec<Entry>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::Standing.eq(Standing::Live.as_str()))
        .filter(rows::Column::ExpiresAt.lte(before.micros()))
        .order_by_asc(rows::Column::ExpiresAt);
    tx.all(select).await?.into_iter().map(Entry::try_from).collect()
}

impl TryFrom<rows::Model> for Entry {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let standing = Standing::parse(&row.standing)
            .ok_or_else(|| StoreError::Suspicious { table: "link_entry", what: format!("standing of {}", row.id) })?;
        Ok(Self {
            id: row.id,
            column: row.column_key,
            title: row.title,
            url: row.url,
            unit: row.unit,
            owner: row.owner,
            note: row.note,
            expires_at: row.expires_at.map(Timestamp),
            standing,
            changed_at: Timestamp(row.changed_at),
            changed_by: row.changed_by,
            version: row.version,
        })
    }
}
