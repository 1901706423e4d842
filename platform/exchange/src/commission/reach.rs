//! The closed set of verbs by which a commission reaches the portals below its issuer. Every statement is set-based and
//! narrowed by the issuer; new calls and reminders by its subtree as well.

use base::store::{Engine, StoreError};
use base::{SubtreeTx, Timestamp, sm3_hex};
use sea_orm::FromQueryResult;
use serde::Serialize;
use uuid::Uuid;

use super::CommissionId;
use super::model::Standing;
use super::rules::{CommissionRule, StageRule};
use crate::notice;
use crate::order::Audience;
use crate::order::reach::{Bind, addressed};

/// An answer is owed within its time.
const OWING: &str = "k.standing IN ('called', 'accepted')";
/// What the issuer's chain does not know yet. A call that is open again is told when its coming out was.
const UNRECORDED: &str = "k.standing <> k.recorded AND (k.standing IN ('delivered', 'late', 'missed', 'declined') \
     OR (k.standing = 'accepted' AND k.recorded <> ''))";

const OUTCOME: &str = "k.tenant_id, k.standing, k.recorded, k.told";

fn below(issuer: &str) -> String {
    format!("k.tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {issuer})")
}

/// When so much of a call's own time has passed.
fn passed(stage: &StageRule) -> String {
    match stage.percent {
        100 => "k.due_at".to_owned(),
        percent => format!("k.called_at + (k.due_at - k.called_at) / 100 * {percent}"),
    }
}

/// Portals of one level in an audience.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct LevelCount {
    pub level: String,
    pub count: i64,
}

/// Counts an audience by level; nothing is written.
pub(crate) async fn addressed_by_level(tx: &SubtreeTx, audience: &Audience) -> Result<Vec<LevelCount>, StoreError> {
    let mut bind = Bind::default();
    let audience = addressed(&mut bind, tx.tenant(), audience);
    let sql =
        format!("SELECT t.level, count(*) AS count FROM tenant t WHERE {audience} GROUP BY t.level ORDER BY t.level");
    tx.tally(&sql, bind.done()).await
}

/// Writes one call per addressed portal that has none yet; answers how many.
pub(super) async fn call_each(
    tx: &SubtreeTx,
    id: CommissionId,
    audience: &Audience,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
    let (due_at, now) = (bind.add(due_at.micros()), bind.add(now.micros()));
    let audience = addressed(&mut bind, tx.tenant(), audience);
    let sql = format!(
        "INSERT INTO commission_call (tenant_id, commission_id, issuer_id, standing, called_at, due_at) \
         SELECT t.id, {id}, {issuer}, 'called', {now}, {due_at} FROM tenant t WHERE {audience} \
         AND NOT EXISTS (SELECT 1 FROM commission_call k WHERE k.tenant_id = t.id AND k.commission_id = {id})"
    );
    tx.reach(&sql, bind.done()).await
}

#[derive(FromQueryResult)]
struct Bound {
    lines: Option<String>,
    count: i64,
}

/// SM3 over the calls that one opening or joining wrote, one line each in the order of tenant ids: `tenant_id due_at`.
pub(super) async fn digest_of_calls(
    tx: &SubtreeTx,
    id: CommissionId,
    called_at: Timestamp,
) -> Result<(i64, String), StoreError> {
    let mut bind = Bind::default();
    let (id, issuer, at) = (bind.add(id.0), bind.id(tx.tenant()), bind.add(called_at.micros()));
    let (tenant, join) = match tx.engine() {
        Engine::Sqlite => ("lower(hex(tenant_id))", "group_concat(line, char(10))"),
        Engine::Postgres => ("replace(tenant_id::text, '-', '')", "string_agg(line, chr(10) ORDER BY id)"),
    };
    let sql = format!(
        "SELECT {join} AS lines, count(*) AS count FROM (SELECT tenant_id AS id, {tenant} || ' ' || due_at AS line FROM commission_call \
         WHERE commission_id = {id} AND issuer_id = {issuer} AND called_at = {at} ORDER BY tenant_id) AS bound"
    );
    let found: Vec<Bound> = tx.tally(&sql, bind.done()).await?;
    let bound = found.into_iter().next().unwrap_or(Bound { lines: None, count: 0 });
    Ok((bound.count, sm3_hex(bound.lines.unwrap_or_default().as_bytes())))
}

/// What an open commission waits for, and when the next thing falls due.
#[derive(Debug, FromQueryResult)]
pub(super) struct Due {
    /// Whether portals joined the audience and have no call yet.
    pub joiners: i64,
    /// The earliest reminder.
    pub stage_at: Option<i64>,
    /// The earliest deadline of a call that nobody answered.
    pub miss_at: Option<i64>,
    /// Calls whose coming out the issuer's chain does not know.
    pub unrecorded: i64,
}

/// One read over the calls of a commission and over who joined. Nothing is written.
pub(super) async fn waiting(
    tx: &SubtreeTx,
    id: CommissionId,
    rule: &CommissionRule,
    audience: Option<&Audience>,
) -> Result<Due, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
    let each: String =
        (0..).zip(&rule.stages).map(|(done, stage)| format!(" WHEN {done} THEN {}", passed(stage))).collect();
    let stage = match each.is_empty() {
        true => "CASE WHEN 1 = 0 THEN k.due_at END".to_owned(),
        false => format!("CASE WHEN {OWING} AND {} THEN CASE k.stage{each} END END", below(&issuer)),
    };
    let joiners = audience.map_or_else(
        || "CAST(0 AS BIGINT)".to_owned(),
        |audience| {
            let addressed = addressed(&mut bind, tx.tenant(), audience);
            format!(
                "(SELECT count(*) FROM (SELECT 1 FROM tenant t WHERE {addressed} AND NOT EXISTS \
                 (SELECT 1 FROM commission_call k WHERE k.tenant_id = t.id AND k.commission_id = {id}) LIMIT 1) AS joined)"
            )
        },
    );
    let sql = format!(
        "SELECT {joiners} AS joiners, min({stage}) AS stage_at, min(CASE WHEN {OWING} AND k.answered = 0 THEN k.due_at END) AS miss_at, \
         coalesce(CAST(sum(CASE WHEN {UNRECORDED} THEN 1 ELSE 0 END) AS BIGINT), 0) AS unrecorded \
         FROM commission_call k WHERE k.commission_id = {id} AND k.issuer_id = {issuer}"
    );
    tx.tally(&sql, bind.done()).await?.into_iter().next().ok_or(StoreError::Stale)
}

/// At the deadline: who was called and answered nothing has missed it.
pub(super) async fn miss(tx: &SubtreeTx, id: CommissionId, now: Timestamp) -> Result<u64, StoreError> {
    settle(tx, id, Standing::Missed, "k.answered = 0 AND k.due_at < ", now).await
}

/// At the end of a commission: whatever is still owed is missed, or, when it is taken back, owed no more.
pub(super) async fn end(tx: &SubtreeTx, id: CommissionId, is: Standing, now: Timestamp) -> Result<u64, StoreError> {
    settle(tx, id, is, "k.called_at <= ", now).await
}

async fn settle(
    tx: &SubtreeTx,
    id: CommissionId,
    is: Standing,
    which: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer, at) = (bind.add(id.0), bind.id(tx.tenant()), bind.add(now.micros()));
    let missed = if is == Standing::Missed { format!(", missed_at = {at}") } else { String::new() };
    let sql = format!(
        "UPDATE commission_call AS k SET standing = '{}', settled_at = {at}, version = version + 1{missed} \
         WHERE k.commission_id = {id} AND k.issuer_id = {issuer} AND {OWING} AND {which}{at}",
        is.as_str()
    );
    tx.reach(&sql, bind.done()).await
}

/// One portal that came out, and how.
#[derive(Debug, FromQueryResult)]
pub(super) struct Outcome {
    pub tenant_id: Uuid,
    pub standing: String,
    /// What was known before.
    pub recorded: String,
    /// How often it was told before.
    pub told: i32,
}

/// The portals whose coming out the issuer's chain does not know, in the order of their ids; they count as known from here.
pub(super) async fn outcomes(tx: &SubtreeTx, id: CommissionId) -> Result<Vec<Outcome>, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
    let which = format!("k.commission_id = {id} AND k.issuer_id = {issuer} AND {UNRECORDED}");
    let sql = format!("SELECT {OUTCOME} FROM commission_call k WHERE {which} ORDER BY k.tenant_id");
    let values = bind.done();
    let found: Vec<Outcome> = tx.tally(&sql, values.clone()).await?;
    if !found.is_empty() {
        let sql = format!("UPDATE commission_call AS k SET recorded = standing, told = told + 1 WHERE {which}");
        tx.reach(&sql, values).await?;
    }
    Ok(found)
}

/// The portals of a commission whose miss was told and stands.
pub(super) async fn missed(tx: &SubtreeTx, id: CommissionId) -> Result<Vec<Outcome>, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
    let sql = format!(
        "SELECT {OUTCOME} FROM commission_call k WHERE k.commission_id = {id} AND k.issuer_id = {issuer} \
         AND k.standing = 'missed' AND k.recorded = 'missed' ORDER BY k.tenant_id"
    );
    tx.tally(&sql, bind.done()).await
}

/// Reminds at one stage: a notice per portal for each of its audiences and one for the issuer, with the digests in which mail
/// will carry them. Answers how many portals were reminded.
pub(super) async fn remind(
    tx: &SubtreeTx,
    id: CommissionId,
    stage: i32,
    rule: &CommissionRule,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let Some(said) = usize::try_from(stage - 1).ok().and_then(|index| rule.stages.get(index)) else { return Ok(0) };
    let due = |bind: &mut Bind| {
        let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
        let (at, stage) = (bind.add(now.micros()), bind.add(stage));
        format!(
            "k.commission_id = {id} AND k.issuer_id = {issuer} AND {OWING} AND k.stage < {stage} AND {at} >= {} AND {}",
            passed(said),
            below(&issuer)
        )
    };
    let about = format!("{{\"commission\":\"{id}\",\"stage\":{stage},\"percent\":{},\"tenants\":", said.percent);
    for tell in &said.tell {
        let to_issuer = tell == "issuer";
        let audience = if to_issuer { "parent_duty" } else { tell };
        let key = match to_issuer {
            true => format!("call:{}:{stage}:{}", id.0.simple(), now.micros()),
            false => format!("call:{}:{stage}:{tell}:", id.0.simple()),
        };
        let mut bind = Bind::default();
        let (key, audience) = (bind.add(key), bind.add(audience));
        let (about, at) = (bind.add(about.as_str()), bind.add(now.micros()));
        let (who, key, count, group) = match to_issuer {
            true => ("k.issuer_id", key, "count(*)", " GROUP BY k.issuer_id"),
            // A portal whose time was set later hears of the new deadline too.
            false => ("k.tenant_id", format!("CAST({key} AS TEXT) || k.due_at"), "1", ""),
        };
        let which = due(&mut bind);
        let sql = format!(
            "INSERT INTO notice (tenant_id, key, kind, audience, body, created_at) \
             SELECT {who}, {key}, 'commission.reminder', {audience}, CAST({about} AS TEXT) || {count} || '}}', {at} \
             FROM commission_call k WHERE {which}{group} ON CONFLICT DO NOTHING"
        );
        tx.reach(&sql, bind.done()).await?;
        let whom = |bind: &mut Bind| format!("SELECT {who} AS who FROM commission_call k WHERE {}", due(bind));
        notice::digest_each(tx, if to_issuer { "parent_duty" } else { tell }, rule.digest_minutes, whom, now).await?;
    }
    let mut bind = Bind::default();
    let (stage, which) = (bind.add(stage), due(&mut bind));
    tx.reach(&format!("UPDATE commission_call AS k SET stage = {stage} WHERE {which}"), bind.done()).await
}
