//! How often the public looked at articles: counted in memory by every node, added up here by day. Nothing is kept about who
//! looked.

use base::store::StoreError;
use base::{Store, TenantId, TenantTx, Timestamp};
use content::DocumentId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value};

use super::rows::visit as rows;

/// Views of one article that were not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The portal on which it was read.
    pub tenant: TenantId,
    /// The document.
    pub document: DocumentId,
    /// How often.
    pub views: i64,
}

/// Rows of one statement; far below the engines' limits of parameters.
const CHUNK: usize = 400;

/// Adds views to the day of `now`, and tells those who sent the items up: a handful of statements, however many portals and
/// articles were read. All of it or nothing is written.
///
/// # Errors
/// [`StoreError::Database`]: nothing was counted, and the caller may try again with the same numbers.
pub async fn flush(store: &Store, counted: &[Counted], now: Timestamp) -> Result<(), StoreError> {
    if counted.is_empty() {
        return Ok(());
    }
    let day = now.date_cst();
    let tx = store.counting().await?;
    for chunk in counted.chunks(CHUNK) {
        let mut values: Vec<Value> = vec![day.as_str().into()];
        let mut places = Vec::with_capacity(chunk.len());
        for one in chunk {
            let at = values.len();
            places.push(format!("(${}, ${}, $1, ${})", at + 1, at + 2, at + 3));
            values.extend([one.tenant.into(), one.document.into(), one.views.into()]);
        }
        let sql = format!(
            "INSERT INTO visit_count (tenant_id, document_id, day, views) VALUES {} \
             ON CONFLICT (tenant_id, document_id, day) DO UPDATE SET views = visit_count.views + excluded.views",
            places.join(", ")
        );
        tx.count_each(&sql, values).await?;
    }
    for chunk in counted.chunks(CHUNK) {
        let mut values: Vec<Value> = Vec::new();
        let mut places = Vec::with_capacity(chunk.len());
        for one in chunk {
            let at = values.len();
            places.push(format!("(publisher_id = ${} AND published_document = ${})", at + 1, at + 2));
            values.extend([one.tenant.into(), one.document.into()]);
        }
        let sql = format!(
            "UPDATE submission_fate SET views = (SELECT CAST(coalesce(sum(v.views), 0) AS BIGINT) FROM visit_count v \
             WHERE v.tenant_id = submission_fate.publisher_id AND v.document_id = submission_fate.published_document) \
             WHERE published_document IS NOT NULL AND ({})",
            places.join(" OR ")
        );
        tx.count_each(&sql, values).await?;
    }
    tx.commit().await
}

/// All views of a document on the transaction's portal.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn of(tx: &TenantTx, document: DocumentId) -> Result<i64, StoreError> {
    let rows = tx.all(rows::Entity::find().filter(rows::Column::DocumentId.eq(document))).await?;
    Ok(rows.into_iter().map(|row| row.views).sum())
}
