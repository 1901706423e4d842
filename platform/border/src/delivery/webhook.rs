//! Webhooks: what is written into a tenant's evidence leaves as signed messages, and so does what others tell it and ask of it.
//! Cursors per endpoint follow the chain, the notices and the obligations, so that nothing is lost and nothing in the domain
//! knows of it.

mod acts;
mod jobs;
mod news;
pub mod signature;

use base::TenantTx;
use base::Timestamp;
use base::store::StoreError;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use uuid::Uuid;

pub use acts::{NewEndpoint, add, change, pause, remove, resume, rotate};
pub use jobs::{Pong, ping, work};

use super::model::DeliveryError;
use super::rows::webhook as rows;

/// Name of the job of one endpoint.
pub const WORK: &str = "webhook.work";

/// One endpoint.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Endpoint {
    pub id: Uuid,
    pub url: String,
    /// Kinds of events: exact names, or everything of a family like `order.*`.
    pub kinds: Vec<String>,
    pub active: bool,
    /// Number of the last entry of the chain that was looked at.
    pub seen: i64,
    pub created_at: Timestamp,
    pub created_by: String,
    /// Until when the old secret signs as well; none outside a rotation.
    pub old_until: Option<Timestamp>,
    #[serde(skip)]
    pub(super) secret: String,
    #[serde(skip)]
    pub(super) old_secret: String,
    #[serde(skip)]
    pub(super) version: i32,
    /// Until when notices and received obligations were looked at.
    #[serde(skip)]
    told_at: Timestamp,
}

impl Endpoint {
    /// Whether an event of this kind is wanted.
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.iter().any(|wanted| match wanted.strip_suffix(".*") {
            Some(family) => kind.strip_prefix(family).is_some_and(|rest| rest.starts_with('.')),
            None => wanted == kind,
        })
    }

    /// The secrets that sign now, the newest first.
    fn secrets(&self, now: Timestamp) -> Vec<&str> {
        let old = self.old_until.filter(|until| now < *until).map(|_| self.old_secret.as_str());
        std::iter::once(self.secret.as_str()).chain(old).collect()
    }
}

impl From<rows::Model> for Endpoint {
    fn from(row: rows::Model) -> Self {
        Self {
            kinds: serde_json::from_str(&row.kinds).unwrap_or_default(),
            old_until: Some(Timestamp(row.old_until)).filter(|until| until.micros() > 0),
            id: row.id,
            url: row.url,
            active: row.active != 0,
            seen: row.seen_seq,
            created_at: Timestamp(row.created_at),
            created_by: row.created_by,
            secret: row.secret,
            old_secret: row.old_secret,
            version: row.version,
            told_at: Timestamp(row.told_at),
        }
    }
}

/// The endpoints of the portal, oldest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn endpoints(tx: &TenantTx) -> Result<Vec<Endpoint>, StoreError> {
    let select = rows::Entity::find().order_by_asc(rows::Column::CreatedAt).order_by_asc(rows::Column::Id);
    Ok(tx.all(select).await?.into_iter().map(Endpoint::from).collect())
}

/// One endpoint.
///
/// # Errors
/// [`DeliveryError::Missing`].
pub async fn find(tx: &TenantTx, id: Uuid) -> Result<Endpoint, DeliveryError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    row.map(Endpoint::from).ok_or(DeliveryError::Missing)
}

/// Makes the job of an endpoint due.
pub(super) async fn wake(tx: &TenantTx, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    tx.enqueue(WORK, &format!("webhook:{id}"), &format!("{{\"webhook\":\"{id}\"}}"), now, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_exact_or_a_family() {
        let row = |kinds: &[&str]| Endpoint {
            id: Uuid::nil(),
            url: String::new(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            active: true,
            seen: 0,
            created_at: Timestamp(0),
            created_by: String::new(),
            old_until: None,
            secret: String::new(),
            old_secret: String::new(),
            version: 0,
            told_at: Timestamp(0),
        };
        let one = row(&["order.issued", "obligation.*"]);
        assert!(one.wants("order.issued") && one.wants("obligation.proven"));
        assert!(!one.wants("order.closed") && !one.wants("obligations.x") && !one.wants("obligation"));
    }
}
