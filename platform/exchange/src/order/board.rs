//! The board: counts and lines of an order, never contents. Two readers: the issuer over its audience, and a superior over
//! how its own subtree stands under somebody else's order.

use std::collections::HashMap;

use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, SubtreeTx, TenantId, Timestamp};
use sea_orm::FromQueryResult;
use serde::Serialize;
use uuid::Uuid;

use super::OrderId;
use super::model::Audience;
use super::reach::{Bind, addressed};
use crate::policy::FallbackScope;

/// May watch how the tenants below stand.
pub struct ViewBoard;
impl Duty for ViewBoard {
    const NAME: &'static str = "view_board";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
}
impl Reaching for ViewBoard {}

/// How an audience stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct Counts {
    pub waiting: i64,
    pub live_unverified: i64,
    pub verified_on_time: i64,
    pub verified_late: i64,
    pub overdue: i64,
    pub exempt: i64,
    pub failed: i64,
    /// The order was withdrawn or recalled before or after the proof.
    pub ended: i64,
}

impl Counts {
    /// Everybody.
    pub fn total(&self) -> i64 {
        let Self { waiting, live_unverified, verified_on_time, verified_late, overdue, exempt, failed, ended } = self;
        waiting + live_unverified + verified_on_time + verified_late + overdue + exempt + failed + ended
    }
}

/// One line of the board: a region, with how everything in it stands.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct BoardLine {
    #[serde(skip)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub level: String,
    pub waiting: i64,
    pub live_unverified: i64,
    pub verified_on_time: i64,
    pub verified_late: i64,
    pub overdue: i64,
    pub exempt: i64,
    pub failed: i64,
    pub ended: i64,
}

impl BoardLine {
    /// The counts of this line.
    pub fn counts(&self) -> Counts {
        let Self { waiting, live_unverified, verified_on_time, verified_late, overdue, exempt, failed, ended, .. } =
            *self;
        Counts { waiting, live_unverified, verified_on_time, verified_late, overdue, exempt, failed, ended }
    }
}

/// One row of an export, or of the list of those who have not done it: names units, not people.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct ExportLine {
    pub slug: String,
    pub name: String,
    pub level: String,
    pub division_code: String,
    pub site_code: Option<String>,
    pub parent: Option<String>,
    pub standing: String,
    pub placer: String,
    pub late: i32,
    pub limit_hours: i32,
    pub due_at: i64,
    pub published_at: Option<i64>,
    pub proven_at: Option<i64>,
    pub failure: String,
    pub exemption: String,
}

/// A portal without the target column: seen before sending.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct GapLine {
    pub slug: String,
    pub name: String,
    pub level: String,
}

/// Coverage of one level in a preview.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct Coverage {
    pub level: String,
    pub count: i64,
    pub auto_accept: i64,
    pub without_column: i64,
    pub tighter: i64,
    pub without_fallback: i64,
}

/// The sums of [`Counts`] over `obligation o` at the instant bound to `now`.
fn sums(now: &str) -> String {
    let sum = |when: &str| format!("coalesce(CAST(sum(CASE WHEN {when} THEN 1 ELSE 0 END) AS BIGINT), 0)");
    let open = "o.standing IN ('issued', 'delivered')";
    [
        ("waiting", format!("{open} AND o.due_at >= {now}")),
        ("overdue", format!("{open} AND o.due_at < {now}")),
        ("live_unverified", "o.standing = 'published'".to_owned()),
        ("verified_on_time", "o.standing = 'proven' AND o.late = 0".to_owned()),
        ("verified_late", "o.standing = 'proven' AND o.late <> 0".to_owned()),
        ("exempt", "o.standing = 'exempt'".to_owned()),
        ("failed", "o.standing = 'failed'".to_owned()),
        ("ended", "o.standing = 'ended'".to_owned()),
    ]
    .map(|(name, when)| format!("{} AS {name}", sum(&when)))
    .join(", ")
}

/// How the whole audience of an own order stands.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn counts(tx: &SubtreeTx, order: OrderId, now: Timestamp) -> Result<Counts, StoreError> {
    let mut bind = Bind::default();
    let (now, order, issuer) = (bind.add(now.micros()), bind.add(order.0), bind.id(tx.tenant()));
    let sql = format!("SELECT {} FROM obligation o WHERE o.order_id = {order} AND o.issuer_id = {issuer}", sums(&now));
    Ok(tx.tally(&sql, bind.done()).await?.into_iter().next().unwrap_or_default())
}

#[derive(FromQueryResult)]
struct CountedRow {
    order_id: OrderId,
    #[sea_orm(nested)]
    counts: Counts,
}

/// How the audiences of a page of own orders stand, in one grouped query. Orders that oblige nobody are left out.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn counts_each(
    tx: &SubtreeTx,
    orders: &[OrderId],
    now: Timestamp,
) -> Result<HashMap<OrderId, Counts>, StoreError> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let mut bind = Bind::default();
    let (now, issuer) = (bind.add(now.micros()), bind.id(tx.tenant()));
    let orders = orders.iter().map(|order| bind.add(order.0)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT o.order_id, {} FROM obligation o WHERE o.issuer_id = {issuer} AND o.order_id IN ({orders}) GROUP BY o.order_id",
        sums(&now)
    );
    let rows: Vec<CountedRow> = tx.tally(&sql, bind.done()).await?;
    Ok(rows.into_iter().map(|row| (row.order_id, row.counts)).collect())
}

/// How the subtree below and including `node` stands under any order that reaches into it.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn counts_below(
    tx: &SubtreeTx,
    order: OrderId,
    node: TenantId,
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let mut bind = Bind::default();
    let (now, order, node, mine) = (bind.add(now.micros()), bind.add(order.0), bind.id(node), bind.id(tx.tenant()));
    let sql = format!(
        "SELECT {} FROM obligation o WHERE o.order_id = {order} \
         AND o.tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {node}) \
         AND o.tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {mine})",
        sums(&now)
    );
    Ok(tx.tally(&sql, bind.done()).await?.into_iter().next().unwrap_or_default())
}

/// One line per tenant directly below `node`, each with everything in its own subtree. This is the drill-down: centre →
/// province → city → county. `node` must stand in the reader's subtree.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn board(
    tx: &SubtreeTx,
    order: OrderId,
    node: TenantId,
    now: Timestamp,
) -> Result<Vec<BoardLine>, StoreError> {
    let mut bind = Bind::default();
    let (now, order, node, mine) = (bind.add(now.micros()), bind.add(order.0), bind.id(node), bind.id(tx.tenant()));
    let sql = format!(
        "SELECT a.id, a.slug, a.short_name AS name, a.level, {} FROM tenant a \
         JOIN tenant_closure c ON c.ancestor_id = a.id JOIN obligation o ON o.tenant_id = c.descendant_id AND o.order_id = {order} \
         WHERE a.parent_id = {node} AND a.id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {mine}) \
         GROUP BY a.id, a.slug, a.short_name, a.level, a.division_code ORDER BY a.division_code, a.slug",
        sums(&now)
    );
    tx.tally(&sql, bind.done()).await
}

const EXPORT: &str = "SELECT t.slug, t.name, t.level, t.division_code, t.site_code, up.name AS parent, o.standing, o.placer, o.late, \
     o.limit_hours, o.due_at, o.published_at, o.proven_at, o.failure, o.exemption FROM obligation o \
     JOIN tenant t ON t.id = o.tenant_id LEFT JOIN tenant up ON up.id = t.parent_id";

/// Every obligation of an order in the reader's subtree, for CSV and XLSX.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn export(tx: &SubtreeTx, order: OrderId) -> Result<Vec<ExportLine>, StoreError> {
    let mut bind = Bind::default();
    let (order, mine) = (bind.add(order.0), bind.id(tx.tenant()));
    let sql = format!(
        "{EXPORT} WHERE o.order_id = {order} AND o.tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {mine}) \
         ORDER BY t.division_code, t.slug"
    );
    tx.tally(&sql, bind.done()).await
}

/// The obligations of tenants directly below `node` and of `node` itself in one standing group, at most `limit`:
/// `waiting`, `overdue`, `failed`, `exempt`, `verified_late`, or everything.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lines_below(
    tx: &SubtreeTx,
    order: OrderId,
    node: TenantId,
    group: &str,
    limit: u64,
    now: Timestamp,
) -> Result<Vec<ExportLine>, StoreError> {
    let mut bind = Bind::default();
    let (at, order, node, mine) = (bind.add(now.micros()), bind.add(order.0), bind.id(node), bind.id(tx.tenant()));
    let open = "o.standing IN ('issued', 'delivered')";
    let wanted = match group {
        "waiting" => format!("{open} AND o.due_at >= {at}"),
        "overdue" => format!("{open} AND o.due_at < {at}"),
        "failed" => "o.standing = 'failed'".to_owned(),
        "exempt" => "o.exemption <> ''".to_owned(),
        "verified_late" => "o.standing = 'proven' AND o.late <> 0".to_owned(),
        "live_unverified" => "o.standing = 'published'".to_owned(),
        _ => format!("{at} > 0"),
    };
    let sql = format!(
        "{EXPORT} WHERE o.order_id = {order} AND {wanted} \
         AND o.tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {node}) \
         AND o.tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {mine}) \
         ORDER BY t.division_code, t.slug LIMIT {limit}"
    );
    tx.tally(&sql, bind.done()).await
}

/// Portals of an audience that lack the target column, at most `limit`.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn gaps(tx: &SubtreeTx, audience: &Audience, target: &str, limit: u64) -> Result<Vec<GapLine>, StoreError> {
    let mut bind = Bind::default();
    let target = bind.add(target);
    let audience = addressed(&mut bind, tx.tenant(), audience);
    let sql = format!(
        "SELECT t.slug, t.name, t.level FROM tenant t WHERE {audience} \
         AND NOT EXISTS (SELECT 1 FROM site_column c WHERE c.tenant_id = t.id AND c.standard_code = {target}) \
         ORDER BY t.division_code LIMIT {limit}"
    );
    tx.tally(&sql, bind.done()).await
}

pub(super) async fn coverage(
    tx: &SubtreeTx,
    audience: &Audience,
    target: &str,
    hours: i32,
) -> Result<Vec<Coverage>, StoreError> {
    let mut bind = Bind::default();
    let (target, hours, issuer) = (bind.add(target), bind.add(hours), bind.id(tx.tenant()));
    let audience = addressed(&mut bind, tx.tenant(), audience);
    let sum = |when: &str| format!("coalesce(CAST(sum(CASE WHEN {when} THEN 1 ELSE 0 END) AS BIGINT), 0)");
    let sql = format!(
        "SELECT t.level, count(*) AS count, {} AS auto_accept, {} AS without_column, {} AS tighter, {} AS without_fallback \
         FROM tenant t LEFT JOIN repost_policy p ON p.tenant_id = t.id \
         LEFT JOIN site_column c ON c.tenant_id = t.id AND c.standard_code = {target} \
         WHERE {audience} GROUP BY t.level ORDER BY t.level",
        sum("p.auto_accept = 1 AND c.key IS NOT NULL"),
        sum("c.key IS NULL"),
        sum(&format!("p.effective_hours < {hours}")),
        sum(&format!("coalesce(p.fallback, 0) < {}", FallbackScope::needed(&issuer))),
    );
    tx.tally(&sql, bind.done()).await
}
