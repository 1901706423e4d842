//! The closed set of verbs by which a quota reaches the portals below who set it: beginning a period, counting, judging.

use base::store::StoreError;
use base::{SubtreeTx, Timestamp};
use sea_orm::FromQueryResult;
use serde::Serialize;
use uuid::Uuid;

use super::QuotaId;
use super::model::{Quota, Span};
use crate::notice;
use crate::order::Audience;
use crate::order::reach::{Bind, addressed};

/// How many items of `q`'s portal count in its period; corrected items of one thread are one.
fn counted(issuer: &str) -> String {
    format!(
        "(SELECT count(DISTINCT s.thread_id) FROM submission s WHERE s.tenant_id = {issuer} AND s.sender_id = q.tenant_id \
         AND s.submitted_at >= q.from_at AND s.submitted_at < q.until_at AND s.standing <> 'recalled' \
         AND (q.counting = 'sent' OR s.standing IN ('adopted', 'merged', 'published', 'superseded')) \
         AND (q.length = 'any' OR (q.length = 'long' AND s.characters >= q.long_from) \
              OR (q.length = 'short' AND s.characters < q.long_from)))"
    )
}

/// Writes what each portal of the audience owes in a period, unless the period was begun before: who joins later owes
/// nothing in it.
pub(super) async fn begin(
    tx: &SubtreeTx,
    quota: &Quota,
    audience: &Audience,
    span: Span,
    (long_from, judge_at): (i32, Timestamp),
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer, begins) = (bind.add(quota.id.0), bind.id(tx.tenant()), bind.add(span.begins.to_string()));
    let (version, name, minimum) = (bind.add(quota.version), bind.add(quota.name.as_str()), bind.add(quota.minimum));
    let period = bind.add(quota.period.as_str());
    let (length, counting) = (bind.add(quota.length.as_str()), bind.add(quota.counting.as_str()));
    let (long_from, judge_at) = (bind.add(long_from), bind.add(judge_at.micros()));
    let (from, until) = (bind.add(span.from_at().micros()), bind.add(span.until_at().micros()));
    let audience = addressed(&mut bind, tx.tenant(), audience);
    let sql = format!(
        "INSERT INTO quota_period (tenant_id, quota_id, begins, version, issuer_id, name, period, length, counting, long_from, minimum, \
         from_at, until_at, judge_at) SELECT t.id, {id}, {begins}, {version}, {issuer}, {name}, {period}, {length}, {counting}, \
         {long_from}, {minimum}, {from}, {until}, {judge_at} FROM tenant t WHERE {audience} \
         AND NOT EXISTS (SELECT 1 FROM quota_period q WHERE q.issuer_id = {issuer} AND q.quota_id = {id} AND q.begins = {begins})"
    );
    tx.reach(&sql, bind.done()).await
}

/// What a quota waits for.
#[derive(Debug, FromQueryResult)]
pub(super) struct Due {
    /// First day of the newest period that was begun.
    pub last: Option<String>,
    /// The earliest judgement that is owed.
    pub judge_at: Option<i64>,
}

pub(super) async fn waiting(tx: &SubtreeTx, id: QuotaId) -> Result<Due, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
    let sql = format!(
        "SELECT max(q.begins) AS last, min(CASE WHEN q.verdict = '' THEN q.judge_at END) AS judge_at FROM quota_period q \
         WHERE q.quota_id = {id} AND q.issuer_id = {issuer}"
    );
    tx.tally(&sql, bind.done()).await?.into_iter().next().ok_or(StoreError::Stale)
}

/// One portal's judgement.
#[derive(Debug, FromQueryResult)]
pub(super) struct Judged {
    pub tenant_id: Uuid,
    pub begins: String,
    pub version: i32,
    pub name: String,
    pub minimum: i32,
    pub verdict: String,
}

/// Counts and judges every period of a quota whose time has come, once; answers what was judged now.
pub(super) async fn judge(tx: &SubtreeTx, id: QuotaId, now: Timestamp) -> Result<Vec<Judged>, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer, at) = (bind.add(id.0), bind.id(tx.tenant()), bind.add(now.micros()));
    let which = format!("q.quota_id = {id} AND q.issuer_id = {issuer} AND q.judge_at <= {at}");
    let values = bind.done();
    let count = format!(
        "UPDATE quota_period AS q SET counted = {}, judged_at = {at} WHERE {which} AND q.verdict = ''",
        counted(&issuer)
    );
    if tx.reach(&count, values.clone()).await? == 0 {
        return Ok(Vec::new());
    }
    let judge = format!(
        "UPDATE quota_period AS q SET verdict = CASE WHEN q.counted >= q.minimum THEN 'met' ELSE 'missed' END \
         WHERE {which} AND q.verdict = ''"
    );
    tx.reach(&judge, values.clone()).await?;
    let told = format!(
        "SELECT q.tenant_id, q.begins, q.version, q.name, q.minimum, q.verdict FROM quota_period q WHERE {which} AND q.judged_at = {at} \
         ORDER BY q.begins, q.tenant_id"
    );
    tx.tally(&told, values).await
}

/// Tells the portals that were judged to have missed it just now, and who set it.
pub(super) async fn tell(tx: &SubtreeTx, id: QuotaId, minutes: i64, now: Timestamp) -> Result<(), StoreError> {
    let missed = |bind: &mut Bind| {
        let (id, issuer, at) = (bind.add(id.0), bind.id(tx.tenant()), bind.add(now.micros()));
        format!("q.quota_id = {id} AND q.issuer_id = {issuer} AND q.judged_at = {at} AND q.verdict = 'missed'")
    };
    for (who, audience) in [("q.tenant_id", "tenant_admin"), ("q.issuer_id", "parent_duty")] {
        let mut bind = Bind::default();
        let (key, audience_value) = (bind.add(format!("quota:{}:", id.0.simple())), bind.add(audience));
        let about = bind.add(format!("{{\"quota\":\"{id}\",\"percent\":100,\"tenants\":"));
        let (at, which) = (bind.add(now.micros()), missed(&mut bind));
        let sql = format!(
            "INSERT INTO notice (tenant_id, key, kind, audience, body, created_at) \
             SELECT {who}, CAST({key} AS TEXT) || q.begins || ':{audience}', 'quota.missed', {audience_value}, \
             CAST({about} AS TEXT) || count(*) || '}}', {at} FROM quota_period q WHERE {which} GROUP BY {who}, q.begins ON CONFLICT DO NOTHING"
        );
        tx.reach(&sql, bind.done()).await?;
        let whom = |bind: &mut Bind| format!("SELECT {who} AS who FROM quota_period q WHERE {}", missed(bind));
        notice::digest_each(tx, audience, minutes, whom, now).await?;
    }
    Ok(())
}

/// How one portal stands in one period.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct Line {
    pub slug: String,
    pub name: String,
    pub level: String,
    pub division_code: String,
    pub minimum: i32,
    pub counted: i64,
    /// `met`, `missed`, or empty while the period runs or waits to be judged.
    pub verdict: String,
}

/// The portals of one period with what counts by now, by division.
pub(super) async fn lines(tx: &SubtreeTx, id: QuotaId, begins: &str) -> Result<Vec<Line>, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer, begins) = (bind.add(id.0), bind.id(tx.tenant()), bind.add(begins));
    let sql = format!(
        "SELECT t.slug, t.name, t.level, t.division_code, q.minimum, q.verdict, \
         CASE WHEN q.verdict = '' THEN {} ELSE CAST(q.counted AS BIGINT) END AS counted \
         FROM quota_period q JOIN tenant t ON t.id = q.tenant_id \
         WHERE q.quota_id = {id} AND q.issuer_id = {issuer} AND q.begins = {begins} ORDER BY t.division_code, t.slug",
        counted(&issuer)
    );
    tx.tally(&sql, bind.done()).await
}

/// One period of a quota in numbers.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct Totals {
    pub begins: String,
    pub until_at: i64,
    pub judge_at: i64,
    pub portals: i64,
    pub met: i64,
    /// Judged to have missed it.
    pub missed: i64,
}

/// The newest periods of a quota in numbers, at most `limit`.
pub(super) async fn totals(tx: &SubtreeTx, id: QuotaId, limit: u64) -> Result<Vec<Totals>, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
    let sum = |when: &str| format!("coalesce(CAST(sum(CASE WHEN {when} THEN 1 ELSE 0 END) AS BIGINT), 0)");
    let sql = format!(
        "SELECT p.begins, max(p.until_at) AS until_at, max(p.judge_at) AS judge_at, count(*) AS portals, {} AS met, {} AS missed FROM \
         (SELECT q.begins, q.until_at, q.judge_at, q.minimum, q.verdict, CASE WHEN q.verdict = '' THEN {} ELSE CAST(q.counted AS BIGINT) END AS counted \
          FROM quota_period q WHERE q.quota_id = {id} AND q.issuer_id = {issuer}) AS p GROUP BY p.begins ORDER BY p.begins DESC LIMIT {limit}",
        sum("p.counted >= p.minimum"),
        sum("p.verdict = 'missed'"),
        counted(&issuer)
    );
    tx.tally(&sql, bind.done()).await
}
