//! The verbs of the clock over one order: what is due, reminders and their digests, the fallback, the next look, the end.
//! Authority ends where the subtree ends: a tenant that moved away is neither reminded nor placed for.

use base::store::{Engine, StoreError};
use base::{SubtreeTx, Timestamp};
use sea_orm::FromQueryResult;

use super::{Bind, OrderId, addressed};
use crate::notice;
use crate::order::model::{Audience, Kind, Order};
use crate::policy::FallbackScope;
use crate::rules::{RepostRule, Stage};

/// Nobody has placed it.
const UNPLACED: &str = "o.standing IN ('issued', 'delivered')";

/// The condition that `o` stands in the issuer's subtree.
fn below(issuer: &str) -> String {
    format!("o.tenant_id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {issuer})")
}

/// When so much of an obligation's own time has passed. Its clock began `limit_hours` before its limit.
fn passed(stage: &Stage) -> String {
    let left = Timestamp::HOUR / 100 * i64::from(100 - stage.percent);
    format!("o.due_at - CAST(o.limit_hours AS BIGINT) * {left}")
}

/// Whether the platform may place it for a tenant with the policy `p`.
fn may_fall_back(issuer: &str) -> String {
    let needed = FallbackScope::needed(issuer);
    format!(
        "p.fallback >= {needed} AND EXISTS (SELECT 1 FROM site_column c WHERE c.tenant_id = o.tenant_id AND c.state = 'open')"
    )
}

/// What an order still waits for, and when the next thing falls due.
#[derive(Debug, FromQueryResult)]
pub(in crate::order) struct Due {
    /// Obligations of open portals that are neither proven, exempt nor ended.
    pub owed: i64,
    /// Whether tenants joined the audience and have no obligation yet.
    pub joiners: i64,
    /// The earliest reminder.
    pub stage_at: Option<i64>,
    /// The earliest fallback placement.
    pub fallback_at: Option<i64>,
    /// The earliest further look at what failed, or at what was placed and has lost its probe.
    pub again_at: Option<i64>,
}

impl Due {
    /// When the next thing falls due; none when only people can do something.
    pub(in crate::order) fn next(&self) -> Option<Timestamp> {
        [self.stage_at, self.fallback_at, self.again_at].into_iter().flatten().min().map(Timestamp)
    }
}

/// One read over what is unsettled (an index holds exactly these rows) and over who joined. Nothing is written.
pub(in crate::order) async fn waiting(
    tx: &SubtreeTx,
    order: &Order,
    rule: &RepostRule,
    audience: Option<&Audience>,
) -> Result<Due, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(order.id.0), bind.id(tx.tenant()));
    let again = bind.add(Timestamp::MINUTE * rule.probe.again_minutes);
    let here = below(&issuer);
    let none = || "CASE WHEN 1 = 0 THEN o.due_at END".to_owned();
    let reminded = order.kind == Kind::Mandatory;
    let each: String =
        (0..).zip(&rule.stages).map(|(done, stage)| format!(" WHEN {done} THEN {}", passed(stage))).collect();
    let stage = match reminded && !each.is_empty() {
        true => format!("CASE WHEN {UNPLACED} AND {here} THEN CASE o.stage{each} END END"),
        false => none(),
    };
    let fallback = match reminded {
        true => {
            let lead = bind.add(Timestamp::MINUTE * rule.fallback_lead_minutes);
            format!("CASE WHEN {UNPLACED} AND {here} AND {} THEN o.due_at - {lead} END", may_fall_back(&issuer))
        }
        false => none(),
    };
    let joined = audience.filter(|_| order.kind != Kind::Recall).map(|audience| {
        let addressed = addressed(&mut bind, tx.tenant(), audience);
        format!(
            "(SELECT count(*) FROM (SELECT 1 FROM tenant t WHERE {addressed} \
             AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.tenant_id = t.id AND o.order_id = {id}) LIMIT 1) AS joined)"
        )
    });
    let joiners = joined.unwrap_or_else(|| "CAST(0 AS BIGINT)".to_owned());
    let sql = format!(
        "SELECT count(*) AS owed, {joiners} AS joiners, min({stage}) AS stage_at, min({fallback}) AS fallback_at, \
         min(CASE WHEN {} AND t.state = 'live' THEN {} + {again} END) AS again_at \
         FROM obligation o JOIN tenant t ON t.id = o.tenant_id LEFT JOIN repost_policy p ON p.tenant_id = o.tenant_id \
         WHERE o.order_id = {id} AND o.issuer_id = {issuer} AND {OWED} AND t.state NOT IN ('closing', 'closed')",
        UNSEEN, LAST_LOOK
    );
    let found: Vec<Due> = tx.tally(&sql, bind.done()).await?;
    found.into_iter().next().ok_or(StoreError::Stale)
}

/// Something is owed: an act of the tenant, or the proof of it. A recommendation that nobody took up is no debt: it neither
/// reminds anyone nor keeps its order open.
const OWED: &str =
    "(o.standing IN ('published', 'failed') OR (o.kind <> 'recommended' AND o.standing IN ('issued', 'delivered')))";
/// A probe should see it and has not.
const UNSEEN: &str = "o.standing IN ('published', 'failed')";
/// When a probe last had reason to look.
const LAST_LOOK: &str = "coalesce(o.looked_at, o.published_at, o.issued_at)";

/// Sends a probe once more to every open portal that should show it, or no longer show it, and was last looked at long ago.
pub(in crate::order) async fn look_again(
    tx: &SubtreeTx,
    order: OrderId,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let before = bind.add(now.plus_minutes(-rule.probe.again_minutes).micros());
    let which = format!(
        "{UNSEEN} AND {LAST_LOOK} <= {before} AND EXISTS (SELECT 1 FROM tenant t WHERE t.id = o.tenant_id AND t.state = 'live')"
    );
    probes(tx, order, &which, bind, now).await
}

/// Closes an order under which nothing is owed any more; answers whether it did.
pub(in crate::order) async fn close(tx: &SubtreeTx, order: OrderId) -> Result<bool, StoreError> {
    let mut bind = Bind::default();
    let (order, issuer) = (bind.add(order.0), bind.id(tx.tenant()));
    let sql = format!(
        "UPDATE repost_order SET state = 'closed' WHERE tenant_id = {issuer} AND id = {order} AND state = 'open' \
         AND NOT EXISTS (SELECT 1 FROM obligation o JOIN tenant t ON t.id = o.tenant_id WHERE o.order_id = {order} \
         AND o.issuer_id = {issuer} AND {OWED} AND t.state NOT IN ('closing', 'closed'))"
    );
    Ok(tx.reach(&sql, bind.done()).await? == 1)
}

/// Places what nobody placed, for tenants whose policy lets the platform, shortly before each one's own limit.
pub(in crate::order) async fn fall_back(
    tx: &SubtreeTx,
    order: OrderId,
    lead_minutes: i64,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (at, order, issuer) = (bind.add(now.micros()), bind.add(order.0), bind.id(tx.tenant()));
    let limit = bind.add(now.plus_minutes(lead_minutes).micros());
    let sql = format!(
        "UPDATE obligation AS o SET standing = 'published', published_at = {at}, placer = 'fallback', version = version + 1 \
         WHERE o.order_id = {order} AND o.issuer_id = {issuer} AND {UNPLACED} AND o.due_at <= {limit} AND {} \
         AND EXISTS (SELECT 1 FROM repost_policy p WHERE p.tenant_id = o.tenant_id AND {})",
        below(&issuer),
        may_fall_back(&issuer)
    );
    tx.reach(&sql, bind.done()).await
}

/// One job per placed and unproven obligation of an order: a probe looks at each page.
pub(in crate::order) async fn enqueue_probes(
    tx: &SubtreeTx,
    order: OrderId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    probes(tx, order, "standing = 'published'", Bind::default(), now).await
}

async fn probes(
    tx: &SubtreeTx,
    order: OrderId,
    which: &str,
    mut bind: Bind,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let simple = |column: &str| simple(tx.engine(), column);
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
        "SELECT {key}, 'probe', tenant_id, {payload}, {at}, {at} FROM obligation o \
         WHERE order_id = {order} AND issuer_id = {issuer} AND {which}"
    );
    tx.enqueue_each(&select, bind.done()).await
}

/// Reminds at one stage: a notice per tenant for its own people, one per superior and look for its duty officers, and for
/// each of these the digest in which mail will carry it.
pub(in crate::order) async fn remind(
    tx: &SubtreeTx,
    order: OrderId,
    stage: i32,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let Some(said) = usize::try_from(stage - 1).ok().and_then(|index| rule.stages.get(index)) else { return Ok(0) };
    let due = |bind: &mut Bind| {
        let (order, issuer) = (bind.add(order.0), bind.id(tx.tenant()));
        let (at, stage) = (bind.add(now.micros()), bind.add(stage));
        format!(
            "o.order_id = {order} AND o.issuer_id = {issuer} AND {UNPLACED} AND o.stage < {stage} AND {at} >= {} AND {}",
            passed(said),
            below(&issuer)
        )
    };
    let to_superior = said.tell == "parent_duty";
    let (who, join) = if to_superior {
        ("t.parent_id", "JOIN tenant t ON t.id = o.tenant_id AND t.parent_id IS NOT NULL")
    } else {
        ("o.tenant_id", "")
    };
    let about = format!("{{\"order\":\"{order}\",\"stage\":{stage},\"percent\":{},\"tenants\":", said.percent);
    // A superior hears of every look that found somebody: tenants that run late later are not passed over.
    let key = match to_superior {
        true => format!("remind:{}:{stage}:{}", order.0.simple(), now.micros()),
        false => format!("remind:{}:{stage}", order.0.simple()),
    };
    let mut bind = Bind::default();
    let (key, tell, about) = (bind.add(key), bind.add(said.tell.as_str()), bind.add(about));
    let (at, due_now) = (bind.add(now.micros()), due(&mut bind));
    let notices = format!(
        "INSERT INTO notice (tenant_id, key, kind, audience, body, created_at) \
         SELECT {who}, {key}, 'order.reminder', {tell}, CAST({about} AS TEXT) || count(*) || '}}', {at} \
         FROM obligation o {join} WHERE {due_now} GROUP BY {who} ON CONFLICT DO NOTHING"
    );
    tx.reach(&notices, bind.done()).await?;
    let whom = |bind: &mut Bind| format!("SELECT {who} AS who FROM obligation o {join} WHERE {}", due(bind));
    notice::digest_each(tx, &said.tell, rule.digest_minutes, whom, now).await?;
    let mut bind = Bind::default();
    let (stage, due_now) = (bind.add(stage), due(&mut bind));
    let sql = format!("UPDATE obligation AS o SET stage = {stage} WHERE {due_now}");
    tx.reach(&sql, bind.done()).await
}

/// A key's digits without hyphens, as text.
pub(super) fn simple(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => format!("lower(hex({column}))"),
        Engine::Postgres => format!("replace({column}::text, '-', '')"),
    }
}
