//! Notices: what people at a tenant were told, by the rules' stages. The desk shows them; the digests that collect them are
//! what mail carries (`border::delivery`).

use base::store::{StoreError, TenantOwned};
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, sea_query::Expr};
use serde::Serialize;

use crate::{CommissionId, OrderId};

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
    /// Whom the rule tells: `editor`, `tenant_admin`, `parent_duty`, `duty`.
    pub audience: String,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// The hand-over that it is about.
    pub handover: Option<Uuid>,
    /// The commission that it is about.
    pub commission: Option<CommissionId>,
    /// Percentage of the time that had passed.
    pub percent: i64,
    /// How many portals it is about: one for its own people, as many as were late at that look for a superior.
    pub tenants: i64,
    /// When.
    pub at: Timestamp,
}

/// The newest unread notices of the transaction's tenant.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn unread(tx: &TenantTx, limit: u64) -> Result<Vec<Notice>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::ReadAt.is_null())
        .filter(rows::Column::Kind.ne(DIGEST))
        .order_by_desc(rows::Column::CreatedAt)
        .limit(limit);
    Ok(tx.all(select).await?.into_iter().map(Notice::from).collect())
}

impl From<rows::Model> for Notice {
    fn from(row: rows::Model) -> Self {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
        let number = |name: &str| body.get(name).and_then(serde_json::Value::as_i64).unwrap_or_default();
        Self {
            order: body.get("order").and_then(|id| Uuid::try_parse(id.as_str()?).ok()).map(OrderId),
            handover: body.get("handover").and_then(|id| Uuid::try_parse(id.as_str()?).ok()),
            commission: body.get("commission").and_then(|id| Uuid::try_parse(id.as_str()?).ok()).map(CommissionId),
            percent: number("percent"),
            tenants: number("tenants"),
            key: row.key,
            kind: row.kind,
            audience: row.audience,
            at: Timestamp(row.created_at),
        }
    }
}

/// The kind of the rows that are digests.
const DIGEST: &str = "digest";

/// One digest: what the people of one audience at one tenant are told in one mail, however many orders it is about.
#[derive(Clone, Debug, Serialize)]
pub struct Digest {
    /// Its key within the tenant.
    pub key: String,
    /// Whom it tells.
    pub audience: String,
    /// From when on it collects.
    pub from: Timestamp,
    /// Complete from this instant on.
    pub until: Timestamp,
    /// What it lists, oldest first.
    pub notices: Vec<Notice>,
}

/// The newest digests of the transaction's tenant that were not sent or read yet.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn digests(tx: &TenantTx, limit: u64) -> Result<Vec<Digest>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::ReadAt.is_null())
        .filter(rows::Column::Kind.eq(DIGEST))
        .order_by_desc(rows::Column::CreatedAt)
        .limit(limit);
    let mut found = Vec::new();
    for row in tx.all(select).await? {
        found.push(collected(tx, row).await?);
    }
    Ok(found)
}

/// One digest with what it lists.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn digest(tx: &TenantTx, key: &str) -> Result<Option<Digest>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::Key.eq(key)).filter(rows::Column::Kind.eq(DIGEST));
    match tx.one(select).await? {
        Some(row) => collected(tx, row).await.map(Some),
        None => Ok(None),
    }
}

async fn collected(tx: &TenantTx, row: rows::Model) -> Result<Digest, StoreError> {
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
    let instant = |name: &str| body.get(name).and_then(serde_json::Value::as_i64).unwrap_or_default();
    let (from, until) = (instant("from"), instant("until"));
    let listed = rows::Entity::find()
        .filter(rows::Column::Kind.ne(DIGEST))
        .filter(rows::Column::Audience.eq(row.audience.as_str()))
        .filter(rows::Column::CreatedAt.gte(from))
        .filter(rows::Column::CreatedAt.lt(until))
        .order_by_asc(rows::Column::CreatedAt)
        .order_by_asc(rows::Column::Key);
    Ok(Digest {
        key: row.key,
        audience: row.audience,
        from: Timestamp(from),
        until: Timestamp(until),
        notices: tx.all(listed).await?.into_iter().map(Notice::from).collect(),
    })
}

/// Name of the job that hands a complete digest over to mail; its payload names the digest.
pub const DELIVER: &str = "delivery.digest";

/// Minutes after the end of a digest before it is handed over: what was written just before the end has committed by then.
pub const GRACE_MINUTES: i64 = 2;

/// The job's payload.
pub(crate) fn deliver_payload(digest: &str) -> String {
    serde_json::json!({ "digest": digest }).to_string()
}

/// Something that people of one's own portal are told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its key within the tenant.
    pub key: String,
    /// What it is.
    pub kind: &'static str,
    /// Whom it tells.
    pub audience: &'static str,
    /// What it is about, as JSON.
    pub body: serde_json::Value,
    /// Minutes whose notices make one digest.
    pub digest_minutes: i64,
}

/// Tells people of one's own portal something, once per key: on the desk, and by the digest that mail carries. Answers
/// whether it was new.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn tell(tx: &TenantTx, told: &Told, now: Timestamp) -> Result<bool, StoreError> {
    let row = |key: &str, kind: &str, body: String| rows::ActiveModel {
        key: Set(key.to_owned()),
        kind: Set(kind.to_owned()),
        audience: Set(told.audience.to_owned()),
        body: Set(body),
        created_at: Set(now.micros()),
        read_at: Set(None),
        ..Default::default()
    };
    if !tx.insert_if_free::<rows::Entity, _>(row(&told.key, told.kind, told.body.to_string())).await? {
        return Ok(false);
    }
    let span = Timestamp::MINUTE * told.digest_minutes.max(1);
    let from = now.micros() - now.micros().rem_euclid(span);
    let key = format!("digest:{}:{from}", told.audience);
    let body = serde_json::json!({ "from": from, "until": from + span }).to_string();
    tx.insert_if_free::<rows::Entity, _>(row(&key, DIGEST, body)).await?;
    let run_at = Timestamp(from + span).plus_minutes(GRACE_MINUTES);
    let job = format!("{DELIVER}:{}:{key}", tx.tenant().uuid().simple());
    tx.enqueue(DELIVER, &job, &deliver_payload(&key), run_at, now).await?;
    Ok(true)
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
