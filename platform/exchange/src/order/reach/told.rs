//! What the installation of the superior was told of an order's obligations. A version that was told is written beside the
//! one that stands, so that only what moved since is told, and a cut link goes on where it was.

use base::store::StoreError;
use base::{SubtreeTx, TenantId};
use sea_orm::FromQueryResult;

use super::{Bind, OrderId};

/// An obligation that moved since it was told.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct Untold {
    pub tenant_id: TenantId,
    pub version: i32,
    pub standing: String,
    pub late: i32,
    pub limit_hours: i32,
    pub due_at: i64,
    pub published_at: Option<i64>,
    pub proven_at: Option<i64>,
    pub failure: String,
    /// Where the copy stands on the portal, while it does.
    pub address: Option<String>,
}

/// How much of an order was told: so many obligations, and their versions together. Equal sums mean that both sides hold the
/// same, because versions only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
#[allow(missing_docs)]
pub struct Told {
    pub lines: i64,
    pub versions: i64,
}

/// Obligations of an own order that moved since they were told, at most `limit`.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn untold(tx: &SubtreeTx, order: OrderId, limit: u64) -> Result<Vec<Untold>, StoreError> {
    let mut bind = Bind::default();
    let (order, issuer) = (bind.add(order.0), bind.id(tx.tenant()));
    let sql = format!(
        "SELECT o.tenant_id, o.version, o.standing, o.late, o.limit_hours, o.due_at, o.published_at, o.proven_at, o.failure, \
         (SELECT min(p.address) FROM placement p WHERE p.tenant_id = o.tenant_id AND p.origin_tenant_id = {issuer} \
          AND p.document_id = o.document_id AND p.state = 'live') AS address \
         FROM obligation o WHERE o.order_id = {order} AND o.issuer_id = {issuer} AND o.told <> o.version \
         ORDER BY o.tenant_id LIMIT {limit}"
    );
    tx.tally(&sql, bind.done()).await
}

/// How much of an own order was told.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn told(tx: &SubtreeTx, order: OrderId) -> Result<Told, StoreError> {
    let mut bind = Bind::default();
    let (order, issuer) = (bind.add(order.0), bind.id(tx.tenant()));
    let sql = format!(
        "SELECT count(*) AS lines, coalesce(CAST(sum(told) AS BIGINT), 0) AS versions FROM obligation \
         WHERE order_id = {order} AND issuer_id = {issuer} AND told >= 0"
    );
    Ok(tx.tally(&sql, bind.done()).await?.into_iter().next().unwrap_or_default())
}

/// Notes what was told. What moved meanwhile has a newer version and is told again.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn tell(tx: &SubtreeTx, order: OrderId, lines: &[Untold]) -> Result<(), StoreError> {
    let mut versions: Vec<i32> = lines.iter().map(|line| line.version).collect();
    versions.sort_unstable();
    versions.dedup();
    for version in versions {
        let mut bind = Bind::default();
        let (told, order, issuer) = (bind.add(version), bind.add(order.0), bind.id(tx.tenant()));
        let tenants = lines.iter().filter(|line| line.version == version);
        let tenants = tenants.map(|line| bind.id(line.tenant_id)).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "UPDATE obligation SET told = {told} WHERE order_id = {order} AND issuer_id = {issuer} AND tenant_id IN ({tenants})"
        );
        tx.reach(&sql, bind.done()).await?;
    }
    Ok(())
}

/// The other side does not hold what it was told: everything is told again.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn untell(tx: &SubtreeTx, order: OrderId) -> Result<(), StoreError> {
    let mut bind = Bind::default();
    let (order, issuer) = (bind.add(order.0), bind.id(tx.tenant()));
    let sql =
        format!("UPDATE obligation SET told = -1 WHERE order_id = {order} AND issuer_id = {issuer} AND told <> -1");
    tx.reach(&sql, bind.done()).await.map(|_| ())
}
