//! What baskets show to surfaces.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::BasketId;
use super::model::{Basket, BasketError};
use super::rows::{basket, item};
use crate::submission::rows::submission;
use crate::submission::{Standing, SubmissionId};

/// Baskets that a list shows; the newest, open ones first.
const LISTED: u64 = 200;

/// The submissions in a basket of the transaction's tenant, as a subquery.
pub(crate) fn members(tx: &TenantTx, id: BasketId) -> SelectStatement {
    Query::select()
        .column(item::Column::SubmissionId)
        .from(item::Entity)
        .and_where(Expr::col(item::Column::TenantId).eq(tx.tenant()))
        .and_where(Expr::col(item::Column::BasketId).eq(id))
        .to_owned()
}

#[derive(FromQueryResult)]
struct Counted {
    basket_id: BasketId,
    members: i64,
}

/// The baskets of this tenant, open ones first, then the newest.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(tx: &TenantTx) -> Result<Vec<Basket>, StoreError> {
    let counts = item::Entity::find()
        .select_only()
        .column(item::Column::BasketId)
        .column_as(item::Column::SubmissionId.count(), "members")
        .group_by(item::Column::BasketId);
    let counts: Vec<Counted> = tx.pick(counts).await?;
    let select = basket::Entity::find().order_by_desc(basket::Column::CreatedAt).limit(LISTED);
    let mut found: Vec<Basket> = tx.all(select).await?.into_iter().map(Basket::from).collect();
    for one in &mut found {
        let counted = counts.iter().find(|row| row.basket_id == one.id);
        one.members = counted.map_or(0, |row| u64::try_from(row.members).unwrap_or_default());
    }
    found.sort_by_key(|one| one.closed_at.is_some());
    Ok(found)
}

/// One basket.
///
/// # Errors
/// [`BasketError::Missing`].
pub async fn find(tx: &TenantTx, id: BasketId) -> Result<Basket, BasketError> {
    let row = tx.one(basket::Entity::find().filter(basket::Column::Id.eq(id))).await?;
    let mut found = Basket::from(row.ok_or(BasketError::Missing)?);
    found.members = tx.count(item::Entity::find().filter(item::Column::BasketId.eq(id))).await?;
    Ok(found)
}

/// The baskets in which a submission lies.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn of_submission(tx: &TenantTx, id: SubmissionId) -> Result<Vec<BasketId>, StoreError> {
    let rows = tx.all(item::Entity::find().filter(item::Column::SubmissionId.eq(id))).await?;
    Ok(rows.into_iter().map(|row| row.basket_id).collect())
}

#[derive(FromQueryResult)]
struct Waiting {
    id: SubmissionId,
}

/// The submissions of a basket that wait for a decision, the first that came first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn open_ids(tx: &TenantTx, id: BasketId) -> Result<Vec<SubmissionId>, StoreError> {
    let select = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::Standing.is_in(Standing::OPEN.map(Standing::as_str)))
        .filter(submission::Column::Id.in_subquery(members(tx, id)))
        .order_by_asc(submission::Column::SubmittedAt)
        .order_by_asc(submission::Column::Id);
    Ok(tx.pick::<_, Waiting>(select).await?.into_iter().map(|row| row.id).collect())
}

impl From<basket::Model> for Basket {
    fn from(row: basket::Model) -> Self {
        Self {
            id: row.id,
            topic: row.topic,
            note: row.note,
            created_at: Timestamp(row.created_at),
            created_by: row.created_by,
            closed_at: row.closed_at.map(Timestamp),
            members: 0,
        }
    }
}
