//! What rosters show to surfaces.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::model::{Post, Shift};
use super::rows::shift as rows;

/// The shifts that share any time with a span, in the order in which they begin.
///
/// # Errors
/// [`StoreError`].
pub async fn shifts(tx: &TenantTx, from: Timestamp, until: Timestamp) -> Result<Vec<Shift>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::UntilAt.gt(from.micros()))
        .filter(rows::Column::FromAt.lt(until.micros()))
        .order_by_asc(rows::Column::FromAt)
        .order_by_asc(rows::Column::Post);
    tx.all(select).await?.into_iter().map(Shift::try_from).collect()
}

/// Who is on duty at an instant, the A post first; nobody when there is no roster, or a gap in it.
///
/// # Errors
/// [`StoreError`].
pub async fn on_duty(tx: &TenantTx, at: Timestamp) -> Result<Vec<Shift>, StoreError> {
    let mut found = shifts(tx, at, Timestamp(at.micros() + 1)).await?;
    found.sort_by_key(|shift| shift.post);
    Ok(found)
}

impl TryFrom<rows::Model> for Shift {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let post = Post::parse(&row.post)
            .ok_or_else(|| StoreError::Suspicious { table: "duty_shift", what: format!("post of {}", row.id) })?;
        Ok(Self {
            id: row.id,
            post,
            account: row.account_id,
            login: row.login,
            name: row.name,
            from: Timestamp(row.from_at),
            until: Timestamp(row.until_at),
        })
    }
}
