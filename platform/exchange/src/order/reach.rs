//! The closed set of verbs by which a superior reaches the tenants below it. Every statement is set-based and narrowed by
//! the issuer and its subtree; nothing outside these files, `board.rs`, and the reach files of commissions and quotas runs SQL across tenants.

mod detached;
mod time;
mod told;
mod travel;

use base::store::{Engine, StoreError};
use base::{Level, SubtreeTx, TenantId, Timestamp, sm3_hex};
use content::document::LOCALE;
use content::{DocumentId, EditionId};
use sea_orm::{FromQueryResult, Value};

use super::OrderId;
use super::model::{Audience, Kind};
use crate::obligation::{Obligation, Placer, Standing};

pub(crate) use detached::{recall_detached, tell_detached, tell_taken_back};
pub(super) use time::{close, enqueue_probes, fall_back, look_again, remind, waiting};
pub use told::{Told, Untold, tell, told, untell, untold};
pub(crate) use travel::{advance, touch_mirrors, withdraw_everywhere};
pub(super) use travel::{oblige_carriers, tell_carriers};

/// `$n` placeholders and their values, built side by side.
#[derive(Default)]
pub(crate) struct Bind {
    values: Vec<Value>,
}

impl Bind {
    pub(crate) fn add(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub(crate) fn id(&mut self, tenant: TenantId) -> String {
        self.add(tenant.uuid())
    }

    pub(crate) fn done(self) -> Vec<Value> {
        self.values
    }
}

/// The condition on `tenant t` that an audience means.
pub(crate) fn addressed(bind: &mut Bind, issuer: TenantId, audience: &Audience) -> String {
    let issuer = bind.id(issuer);
    let mut wanted = match audience.subtree {
        Some(subtree) => {
            let subtree = bind.id(subtree);
            format!("t.id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {subtree})")
        }
        None => "1 = 0".to_owned(),
    };
    if !audience.levels.is_empty() {
        let levels: Vec<String> = audience.levels.iter().map(|level: &Level| format!("'{}'", level.as_str())).collect();
        wanted.push_str(&format!(" AND t.level IN ({})", levels.join(", ")));
    }
    let mut list = |tenants: &[TenantId]| tenants.iter().map(|id| bind.id(*id)).collect::<Vec<_>>().join(", ");
    if !audience.include.is_empty() {
        wanted = format!("(({wanted}) OR t.id IN ({}))", list(&audience.include));
    }
    if !audience.exclude.is_empty() {
        wanted.push_str(&format!(" AND t.id NOT IN ({})", list(&audience.exclude)));
    }
    format!(
        "t.state = 'live' AND t.rehearsal = {} AND t.id <> {issuer} \
         AND t.id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {issuer}) AND {wanted}",
        i32::from(audience.rehearsal)
    )
}

/// Who and what an issue statement writes.
pub(super) struct Debt<'a> {
    pub order: OrderId,
    pub kind: Kind,
    pub document: DocumentId,
    pub edition: EditionId,
    pub audience: &'a Audience,
    pub hours: i32,
    pub clock_start: Timestamp,
    pub target_code: &'a str,
    /// The order stands already: who has an obligation under it gets no second one.
    pub joining: bool,
}

/// Writes one obligation per addressed tenant that has none yet, with the strictest inherited limit. Where that limit would
/// be over already, the tenant's clock starts now: nobody is late at birth. A tenant whose policy accepts by itself and that
/// has the target column gets it as placed.
pub(super) async fn oblige(tx: &SubtreeTx, debt: &Debt<'_>, now: Timestamp) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (order, issuer, kind) = (bind.add(debt.order.0), bind.id(tx.tenant()), bind.add(debt.kind.as_str()));
    let (document, edition) = (bind.add(debt.document.0), bind.add(debt.edition.0));
    let (hours, clock, now) = (bind.add(debt.hours), bind.add(debt.clock_start.micros()), bind.add(now.micros()));
    let target = bind.add(debt.target_code);
    let audience = addressed(&mut bind, tx.tenant(), debt.audience);
    let tighter = format!("p.effective_hours < {hours}");
    let span = format!("(CASE WHEN {tighter} THEN p.effective_hours ELSE {hours} END) * {}", Timestamp::HOUR);
    let auto = if debt.kind == Kind::Mandatory { "p.auto_accept = 1 AND c.key IS NOT NULL" } else { "1 = 0" };
    let joining = if debt.joining {
        format!(" AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.tenant_id = t.id AND o.order_id = {order})")
    } else {
        String::new()
    };
    let sql = format!(
        "INSERT INTO obligation (tenant_id, order_id, issuer_id, kind, document_id, edition_id, due_at, limit_hours, limit_from, \
         standing, issued_at, published_at, placer) \
         SELECT t.id, {order}, {issuer}, {kind}, {document}, {edition}, \
         (CASE WHEN {clock} + {span} <= {now} THEN {now} ELSE {clock} END) + {span}, \
         CASE WHEN {tighter} THEN p.effective_hours ELSE {hours} END, \
         CASE WHEN {tighter} THEN p.effective_from ELSE {issuer} END, \
         CASE WHEN {auto} THEN 'published' ELSE 'issued' END, {now}, CASE WHEN {auto} THEN {now} END, \
         CASE WHEN {auto} THEN 'auto_accept' ELSE '' END \
         FROM tenant t LEFT JOIN repost_policy p ON p.tenant_id = t.id \
         LEFT JOIN site_column c ON c.tenant_id = t.id AND c.standard_code = {target} \
         WHERE {audience}{joining}"
    );
    tx.reach(&sql, bind.done()).await
}

/// What a mirror copies from its origin's edition.
pub(super) struct Copied<'a> {
    pub document: DocumentId,
    pub edition: EditionId,
    pub title: &'a str,
    pub summary: &'a str,
    pub doc_number: &'a str,
    pub source: &'a str,
    pub published_at: Timestamp,
}

/// Puts the mirror on every portal that the order counts as placed by `placer` and that does not carry it yet.
pub(super) async fn mirror(
    tx: &SubtreeTx,
    order: OrderId,
    placer: Placer,
    target: &str,
    copied: &Copied<'_>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let simple = copied.document.0.simple().to_string();
    let suffix = format!(
        "/{}/t{}_{}.html",
        copied.published_at.format_cst("%Y%m"),
        copied.published_at.format_cst("%Y%m%d"),
        &simple[20..]
    );
    let hop = serde_json::json!([{ "from": tx.tenant().to_string(), "by": placer.as_str(), "at": now.rfc3339() }])
        .to_string();
    let mut bind = Bind::default();
    let (order, issuer, placer) = (bind.add(order.0), bind.id(tx.tenant()), bind.add(placer.as_str()));
    let (document, edition, locale) = (bind.add(copied.document.0), bind.add(copied.edition.0), bind.add(LOCALE));
    let (title, summary) = (bind.add(copied.title), bind.add(copied.summary));
    let (doc_number, source) = (bind.add(copied.doc_number), bind.add(copied.source));
    let (published, now) = (bind.add(copied.published_at.micros()), bind.add(now.micros()));
    let (suffix, hop, target) = (bind.add(suffix), bind.add(hop), bind.add(target));
    // Without the target column the fallback takes the portal's policy column, and failing that its first open one.
    let column = "coalesce(c.key, (SELECT c.key FROM site_column c WHERE c.tenant_id = o.tenant_id AND c.state = 'open' \
         ORDER BY CASE WHEN c.home = 'policy' THEN 0 ELSE 1 END, c.position, c.key LIMIT 1))";
    // Who carries it already is read once, before the first row is written: a look for each row would meet the index
    // entries of all rows written before it, and an order to 84,094 sites would take the square of that.
    let sql = format!(
        "INSERT INTO placement (tenant_id, document_id, locale, column_key, mode, origin_tenant_id, edition_id, state, address, title, \
         summary, doc_number, source, published_at, placed_at, placed_by, pinned, lead_in, order_id, provenance, changed_at) \
         SELECT o.tenant_id, {document}, {locale}, o.column_key, 'mirror', {issuer}, {edition}, 'live', '/' || o.column_key || {suffix}, {title}, \
         {summary}, {doc_number}, {source}, {published}, {now}, 'platform', 0, '', {order}, {hop}, {now} \
         FROM (SELECT o.tenant_id, {column} AS column_key FROM obligation o \
               LEFT JOIN site_column c ON c.tenant_id = o.tenant_id AND c.standard_code = {target} \
               WHERE o.order_id = {order} AND o.issuer_id = {issuer} AND o.placer = {placer} AND o.standing = 'published' \
               AND o.tenant_id NOT IN (SELECT p.tenant_id FROM placement p WHERE p.origin_tenant_id = {issuer} AND p.document_id = {document})) o \
         WHERE o.column_key IS NOT NULL"
    );
    let made = tx.reach(&sql, bind.done()).await?;
    Ok(made)
}

/// Brings mirrors that stood already under the order, in its edition.
pub(super) async fn adopt_standing(
    tx: &SubtreeTx,
    order: OrderId,
    copied: &Copied<'_>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (edition, order, now) = (bind.add(copied.edition.0), bind.add(order.0), bind.add(now.micros()));
    let (title, issuer, document) = (bind.add(copied.title), bind.id(tx.tenant()), bind.add(copied.document.0));
    let (summary, doc_number, source) =
        (bind.add(copied.summary), bind.add(copied.doc_number), bind.add(copied.source));
    let sql = format!(
        "UPDATE placement SET edition_id = {edition}, order_id = {order}, title = {title}, summary = {summary}, doc_number = {doc_number}, \
         source = {source}, state = 'live', withdrawal = NULL, changed_at = {now} \
         WHERE origin_tenant_id = {issuer} AND document_id = {document} AND mode = 'mirror' AND order_id IS DISTINCT FROM {order} \
         AND tenant_id IN (SELECT tenant_id FROM obligation WHERE order_id = {order} AND issuer_id = {issuer} AND standing = 'published')"
    );
    tx.reach(&sql, bind.done()).await
}

/// Grants or refuses an exemption on one row that the issuer sent.
pub(crate) async fn decide(tx: &SubtreeTx, was: &Obligation, is: Standing, exemption: &str) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (standing, exemption) = (bind.add(is.as_str()), bind.add(exemption));
    let (order, tenant, issuer) = (bind.add(was.order.0), bind.id(was.tenant), bind.id(tx.tenant()));
    let (version, before) = (bind.add(was.version), bind.add(was.standing.as_str()));
    let sql = format!(
        "UPDATE obligation SET standing = {standing}, exemption = {exemption}, version = version + 1 \
         WHERE order_id = {order} AND tenant_id = {tenant} AND issuer_id = {issuer} AND version = {version} AND standing = {before}"
    );
    tx.reach(&sql, bind.done()).await
}

#[derive(FromQueryResult)]
struct Bound {
    lines: Option<String>,
    count: i64,
}

/// SM3 over the obligations that one issue or extension wrote, one line each in the order of tenant ids:
/// `tenant_id due_at limit_hours`. The event in the issuer's chain binds this digest.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn digest_of_audience(
    tx: &SubtreeTx,
    order: OrderId,
    issued_at: Timestamp,
) -> Result<(i64, String), StoreError> {
    let mut bind = Bind::default();
    let (order, issuer, at) = (bind.add(order.0), bind.id(tx.tenant()), bind.add(issued_at.micros()));
    let (id, join) = match tx.engine() {
        Engine::Sqlite => ("lower(hex(tenant_id))", "group_concat(line, char(10))"),
        Engine::Postgres => ("replace(tenant_id::text, '-', '')", "string_agg(line, chr(10) ORDER BY id)"),
    };
    let sql = format!(
        "SELECT {join} AS lines, count(*) AS count FROM (SELECT tenant_id AS id, {id} || ' ' || due_at || ' ' || limit_hours AS line \
         FROM obligation WHERE order_id = {order} AND issuer_id = {issuer} AND issued_at = {at} ORDER BY tenant_id) AS bound"
    );
    let found: Vec<Bound> = tx.tally(&sql, bind.done()).await?;
    let bound = found.into_iter().next().unwrap_or(Bound { lines: None, count: 0 });
    Ok((bound.count, sm3_hex(bound.lines.unwrap_or_default().as_bytes())))
}
