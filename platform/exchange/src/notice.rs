//! Notices: what people at a tenant were told, by the rules' stages. Mail and webhooks will read the same rows.

use base::store::{StoreError, TenantOwned};
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, sea_query::Expr};
use serde::Serialize;

use crate::OrderId;

mod rows {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub kind: String,
        pub audience: String,
        pub body: String,
        pub created_at: i64,
        pub read_at: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

/// One notice.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// Its key within the tenant.
    pub key: String,
    /// What it is, e.g. `order.reminder`.
    pub kind: String,
    /// Whom the rule tells: `editor`, `tenant_admin`, `parent_duty`.
    pub audience: String,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// Percentage of the time that had passed.
    pub percent: i64,
    /// When.
    pub at: Timestamp,
}

/// The newest unread notices of the transaction's tenant.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn unread(tx: &TenantTx, limit: u64) -> Result<Vec<Notice>, StoreError> {
    let select =
        rows::Entity::find().filter(rows::Column::ReadAt.is_null()).order_by_desc(rows::Column::CreatedAt).limit(limit);
    let rows = tx.all(select).await?;
    let read = |row: rows::Model| {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
        let order = body.get("order").and_then(|id| Uuid::try_parse(id.as_str()?).ok()).map(OrderId);
        let percent = body.get("percent").and_then(serde_json::Value::as_i64).unwrap_or_default();
        Notice { key: row.key, kind: row.kind, audience: row.audience, order, percent, at: Timestamp(row.created_at) }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Marks a notice read. Doing it twice changes nothing.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn read(tx: &TenantTx, key: &str, now: Timestamp) -> Result<(), StoreError> {
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::ReadAt, Expr::value(now.micros()))
        .filter(rows::Column::Key.eq(key))
        .filter(rows::Column::ReadAt.is_null());
    tx.change(update).await.map(|_| ())
}
