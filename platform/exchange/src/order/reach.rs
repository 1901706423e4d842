//! The closed set of verbs by which a superior reaches the tenants below it. Every statement is set-based and narrowed by
//! the issuer and its subtree; nothing outside this file and `board.rs` runs SQL across tenants.

use base::store::{Engine, StoreError};
use base::{Level, SubtreeTx, TenantId, Timestamp, sm3_hex};
use content::document::{LOCALE, Publication, Withdrawal};
use content::{DocumentId, EditionId};
use sea_orm::{FromQueryResult, Value};

use super::OrderId;
use super::model::{Audience, Kind};
use crate::obligation::{Obligation, Placer, Standing};
use crate::rules::RepostRule;

/// `$n` placeholders and their values, built side by side.
#[derive(Default)]
pub(super) struct Bind {
    values: Vec<Value>,
}

impl Bind {
    pub(super) fn add(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub(super) fn id(&mut self, tenant: TenantId) -> String {
        self.add(tenant.uuid())
    }

    pub(super) fn done(self) -> Vec<Value> {
        self.values
    }
}

/// The condition on `tenant t` that an audience means.
pub(super) fn addressed(bind: &mut Bind, issuer: TenantId, audience: &Audience) -> String {
    let issuer = bind.id(issuer);
    let subtree = bind.id(audience.subtree);
    let mut wanted = format!("t.id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {subtree})");
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
        "t.state = 'live' AND t.id <> {issuer} \
         AND t.id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {issuer}) AND {wanted}"
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
}

/// Writes one obligation per addressed tenant that has none yet, with the strictest inherited limit. A tenant whose policy
/// accepts by itself and that has the target column gets it as placed.
pub(super) async fn oblige(tx: &SubtreeTx, debt: &Debt<'_>, now: Timestamp) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (order, issuer, kind) = (bind.add(debt.order.0), bind.id(tx.tenant()), bind.add(debt.kind.as_str()));
    let (document, edition) = (bind.add(debt.document.0), bind.add(debt.edition.0));
    let (hours, clock, now) = (bind.add(debt.hours), bind.add(debt.clock_start.micros()), bind.add(now.micros()));
    let target = bind.add(debt.target_code);
    let audience = addressed(&mut bind, tx.tenant(), debt.audience);
    let tighter = format!("p.effective_hours < {hours}");
    let auto = if debt.kind == Kind::Mandatory { "p.auto_accept = 1 AND c.key IS NOT NULL" } else { "1 = 0" };
    let sql = format!(
        "INSERT INTO obligation (tenant_id, order_id, issuer_id, kind, document_id, edition_id, due_at, limit_hours, limit_from, \
         standing, issued_at, published_at, placer) \
         SELECT t.id, {order}, {issuer}, {kind}, {document}, {edition}, \
         {clock} + (CASE WHEN {tighter} THEN p.effective_hours ELSE {hours} END) * 3600000000, \
         CASE WHEN {tighter} THEN p.effective_hours ELSE {hours} END, \
         CASE WHEN {tighter} THEN p.effective_from ELSE {issuer} END, \
         CASE WHEN {auto} THEN 'published' ELSE 'issued' END, {now}, CASE WHEN {auto} THEN {now} END, \
         CASE WHEN {auto} THEN 'auto_accept' ELSE '' END \
         FROM tenant t LEFT JOIN repost_policy p ON p.tenant_id = t.id \
         LEFT JOIN site_column c ON c.tenant_id = t.id AND c.standard_code = {target} \
         WHERE {audience} AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.tenant_id = t.id AND o.order_id = {order})"
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
    // Without the target column the fallback takes the portal's policy column, and failing that its first one.
    let column = format!(
        "(SELECT c.key FROM site_column c WHERE c.tenant_id = o.tenant_id ORDER BY \
         CASE WHEN c.standard_code = {target} THEN 0 WHEN c.home = 'policy' THEN 1 ELSE 2 END, c.position, c.key LIMIT 1)"
    );
    let sql = format!(
        "INSERT INTO placement (tenant_id, document_id, locale, column_key, mode, origin_tenant_id, edition_id, state, address, title, \
         summary, doc_number, source, published_at, placed_at, placed_by, pinned, lead_in, order_id, provenance, changed_at) \
         SELECT o.tenant_id, {document}, {locale}, o.column_key, 'mirror', {issuer}, {edition}, 'live', '/' || o.column_key || {suffix}, {title}, \
         {summary}, {doc_number}, {source}, {published}, {now}, 'platform', 0, '', {order}, {hop}, {now} \
         FROM (SELECT o.tenant_id, {column} AS column_key FROM obligation o \
               WHERE o.order_id = {order} AND o.issuer_id = {issuer} AND o.placer = {placer} AND o.standing = 'published' \
               AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.tenant_id = o.tenant_id AND p.document_id = {document})) o \
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
    let sql = format!(
        "UPDATE placement SET edition_id = {edition}, order_id = {order}, title = {title}, state = 'live', withdrawal = NULL, changed_at = {now} \
         WHERE origin_tenant_id = {issuer} AND document_id = {document} AND mode = 'mirror' AND order_id IS DISTINCT FROM {order} \
         AND tenant_id IN (SELECT tenant_id FROM obligation WHERE order_id = {order} AND issuer_id = {issuer} AND standing = 'published')"
    );
    tx.reach(&sql, bind.done()).await
}

/// Replaces every mirror's edition by a newer one, and asks for a new proof where one is owed.
pub(crate) async fn advance(
    tx: &SubtreeTx,
    publication: &Publication,
    now: Timestamp,
) -> Result<(u64, u64), StoreError> {
    let mut bind = Bind::default();
    let (edition, title, summary) =
        (bind.add(publication.edition.0), bind.add(publication.title.as_str()), bind.add(publication.summary.as_str()));
    let (doc_number, source, at) =
        (bind.add(publication.doc_number.as_str()), bind.add(publication.source.as_str()), bind.add(now.micros()));
    let (issuer, document) = (bind.id(tx.tenant()), bind.add(publication.document.0));
    let sql = format!(
        "UPDATE placement SET edition_id = {edition}, title = {title}, summary = {summary}, doc_number = {doc_number}, source = {source}, \
         state = 'live', withdrawal = NULL, changed_at = {at} \
         WHERE origin_tenant_id = {issuer} AND document_id = {document} AND mode = 'mirror'"
    );
    let mirrors = tx.reach(&sql, bind.done()).await?;
    let mut bind = Bind::default();
    let (edition, issuer, document) =
        (bind.add(publication.edition.0), bind.id(tx.tenant()), bind.add(publication.document.0));
    let sql = format!(
        "UPDATE obligation SET edition_id = {edition}, version = version + 1, failure = '', \
         standing = CASE WHEN standing IN ('published', 'proven', 'failed') THEN 'published' ELSE standing END \
         WHERE issuer_id = {issuer} AND document_id = {document} AND kind <> 'recall' AND standing <> 'ended'"
    );
    let owed = tx.reach(&sql, bind.done()).await?;
    let mut bind = Bind::default();
    let (edition, issuer, document) =
        (bind.add(publication.edition.0), bind.id(tx.tenant()), bind.add(publication.document.0));
    let sql = format!(
        "UPDATE repost_order SET edition_id = {edition} WHERE tenant_id = {issuer} AND document_id = {document} AND state = 'open' AND kind <> 'recall'"
    );
    tx.reach(&sql, bind.done()).await?;
    Ok((mirrors, owed))
}

/// Takes every mirror of a document off the pages, and ends what was owed for it.
pub(crate) async fn withdraw_everywhere(
    tx: &SubtreeTx,
    document: DocumentId,
    withdrawal: &Withdrawal,
    next: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let text = serde_json::to_string(withdrawal).unwrap_or_default();
    let (withdrawal, at, issuer, id) =
        (bind.add(text), bind.add(now.micros()), bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE placement SET state = 'withdrawn', withdrawal = {withdrawal}, changed_at = {at} \
         WHERE origin_tenant_id = {issuer} AND document_id = {id} AND mode = 'mirror' AND state = 'live'"
    );
    let mirrors = tx.reach(&sql, bind.done()).await?;
    let mut bind = Bind::default();
    let (issuer, id) = (bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE obligation SET standing = 'ended', version = version + 1 \
         WHERE issuer_id = {issuer} AND document_id = {id} AND kind <> 'recall' AND standing <> 'ended'"
    );
    tx.reach(&sql, bind.done()).await?;
    let mut bind = Bind::default();
    let (next, issuer, id) = (bind.add(next), bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE repost_order SET state = {next} WHERE tenant_id = {issuer} AND document_id = {id} AND state = 'open' AND kind <> 'recall'"
    );
    tx.reach(&sql, bind.done()).await?;
    Ok(mirrors)
}

/// One recall obligation per portal that carried a copy: followed until no copy is visible.
pub(super) async fn oblige_carriers(
    tx: &SubtreeTx,
    order: OrderId,
    document: DocumentId,
    edition: EditionId,
    hours: i32,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (order, issuer, document, edition) =
        (bind.add(order.0), bind.id(tx.tenant()), bind.add(document.0), bind.add(edition.0));
    let (due, hours, now) =
        (bind.add(now.plus_hours(i64::from(hours)).micros()), bind.add(hours), bind.add(now.micros()));
    let sql = format!(
        "INSERT INTO obligation (tenant_id, order_id, issuer_id, kind, document_id, edition_id, due_at, limit_hours, limit_from, standing, \
         issued_at, published_at, placer) \
         SELECT DISTINCT p.tenant_id, {order}, {issuer}, 'recall', {document}, {edition}, {due}, {hours}, {issuer}, 'published', {now}, {now}, 'auto_accept' \
         FROM placement p WHERE p.origin_tenant_id = {issuer} AND p.document_id = {document} AND p.mode = 'mirror'"
    );
    tx.reach(&sql, bind.done()).await
}

/// Places what nobody placed, for tenants whose policy lets the platform, shortly before each one's own limit.
pub(super) async fn fall_back(
    tx: &SubtreeTx,
    order: OrderId,
    lead_minutes: i64,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (at, order, issuer) = (bind.add(now.micros()), bind.add(order.0), bind.id(tx.tenant()));
    let limit = bind.add(now.plus_minutes(lead_minutes).micros());
    let sql = format!(
        "UPDATE obligation SET standing = 'published', published_at = {at}, placer = 'fallback', version = version + 1 \
         WHERE order_id = {order} AND issuer_id = {issuer} AND standing IN ('issued', 'delivered') AND due_at <= {limit} \
         AND tenant_id IN (SELECT tenant_id FROM repost_policy WHERE fallback = 1) \
         AND tenant_id IN (SELECT tenant_id FROM site_column)"
    );
    tx.reach(&sql, bind.done()).await
}

/// One job per placed and unproven obligation of an order: a probe looks at each page.
pub(super) async fn enqueue_probes(tx: &SubtreeTx, order: OrderId, now: Timestamp) -> Result<u64, StoreError> {
    let simple = |column: &str| match tx.engine() {
        Engine::Sqlite => format!("lower(hex({column}))"),
        Engine::Postgres => format!("replace({column}::text, '-', '')"),
    };
    let mut bind = Bind::default();
    let payload = crate::obligation::probe_payload(order);
    let (payload, at, order, issuer) =
        (bind.add(payload), bind.add(now.micros()), bind.add(order.0), bind.id(tx.tenant()));
    let key = format!(
        "'probe:' || {} || ':' || {} || ':' || {}",
        simple("order_id"),
        simple("tenant_id"),
        simple("edition_id")
    );
    let select = format!(
        "SELECT {key}, 'probe', tenant_id, {payload}, {at}, {at} FROM obligation \
         WHERE order_id = {order} AND issuer_id = {issuer} AND standing = 'published'"
    );
    tx.enqueue_each(&select, bind.done()).await
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

/// Reminds at one stage: a notice per tenant for its own people, or one digest per superior for its duty officers.
pub(super) async fn remind(
    tx: &SubtreeTx,
    order: OrderId,
    stage: i32,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let Some(said) = usize::try_from(stage - 1).ok().and_then(|index| rule.stages.get(index)) else { return Ok(0) };
    let mut bind = Bind::default();
    let (order_id, issuer, at) = (bind.add(order.0), bind.id(tx.tenant()), bind.add(now.micros()));
    let (stage_no, percent) = (bind.add(stage), bind.add(i64::from(said.percent)));
    let (key, kind, tell) = (
        bind.add(format!("remind:{}:{stage}", order.0.simple())),
        bind.add("order.reminder"),
        bind.add(said.tell.as_str()),
    );
    let body = bind.add(serde_json::json!({ "order": order, "stage": stage, "percent": said.percent }).to_string());
    let due = format!(
        "o.order_id = {order_id} AND o.issuer_id = {issuer} AND o.standing IN ('issued', 'delivered') AND o.stage < {stage_no} \
         AND {at} >= o.issued_at + (o.due_at - o.issued_at) / 100 * {percent}"
    );
    let (who, join) = match said.tell.as_str() {
        "parent_duty" => ("t.parent_id", "JOIN tenant t ON t.id = o.tenant_id AND t.parent_id IS NOT NULL"),
        _ => ("o.tenant_id", ""),
    };
    let notices = format!(
        "INSERT INTO notice (tenant_id, key, kind, audience, body, created_at) \
         SELECT DISTINCT {who}, {key}, {kind}, {tell}, {body}, {at} FROM obligation o {join} WHERE {due} ON CONFLICT DO NOTHING"
    );
    tx.reach(&notices, bind.done()).await?;
    let mut bind = Bind::default();
    let (order_id, issuer, at) = (bind.add(order.0), bind.id(tx.tenant()), bind.add(now.micros()));
    let (stage_no, percent) = (bind.add(stage), bind.add(i64::from(said.percent)));
    let sql = format!(
        "UPDATE obligation SET stage = {stage_no} WHERE order_id = {order_id} AND issuer_id = {issuer} \
         AND standing IN ('issued', 'delivered') AND stage < {stage_no} AND {at} >= issued_at + (due_at - issued_at) / 100 * {percent}"
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
