//! What the checker shows to surfaces.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::model::{Fault, Finding, Standing};
use super::rows;

/// The findings of this portal, newest first; with what its owners called right when `all`.
///
/// # Errors
/// [`StoreError`].
pub async fn findings(tx: &TenantTx, all: bool, limit: u64) -> Result<Vec<Finding>, StoreError> {
    let standing: &[Standing] = if all { &[Standing::Bad, Standing::Dismissed] } else { &[Standing::Bad] };
    let select = rows::Entity::find()
        .filter(rows::Column::Standing.is_in(standing.iter().map(|standing| standing.as_str())))
        .order_by_desc(rows::Column::FoundAt)
        .limit(limit);
    tx.all(select).await?.into_iter().map(Finding::try_from).collect()
}

/// How many findings wait for their owners.
///
/// # Errors
/// [`StoreError`].
pub async fn count(tx: &TenantTx) -> Result<u64, StoreError> {
    tx.count(rows::Entity::find().filter(rows::Column::Standing.eq(Standing::Bad.as_str()))).await
}

impl TryFrom<rows::Model> for Finding {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let standing = Standing::parse(&row.standing).ok_or_else(|| StoreError::Suspicious {
            table: "link_target",
            what: format!("standing of {}", row.url_key),
        })?;
        Ok(Self {
            subject: row.subject_id,
            of_entry: row.of_entry != 0,
            title: row.title,
            key: row.url_key,
            url: row.url,
            standing,
            fault: Fault::parse(&row.kind),
            detail: row.detail,
            found_at: row.found_at.map(Timestamp),
            checked_at: row.checked_at.map(Timestamp),
            note: row.note,
            noted_by: row.noted_by,
            version: row.version,
        })
    }
}
