//! Statements of joint columns that touch both ends of a letter: how a publication spreads, how a withdrawal follows it, who
//! is fed by whom. Each is narrowed by the tenant of the transaction; on PostgreSQL the policies of 0016 hold it once more.

use base::store::{Engine, StoreError};
use base::{SubtreeTx, TenantId, Timestamp};
use content::DocumentId;
use content::document::{Publication, Withdrawal};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::ViaId;
use super::standing::{Flow, Standing};

/// The type of the source's own column: of a subscription `s` in a statement of its source.
const KIND: &str =
    "coalesce((SELECT c.kind FROM site_column c WHERE c.tenant_id = s.tenant_id AND c.key = s.column_key), '')";

/// `$n` placeholders and their values, built side by side.
#[derive(Default)]
struct Bind {
    values: Vec<Value>,
}

impl Bind {
    fn add(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn id(&mut self, tenant: TenantId) -> String {
        self.add(tenant.uuid())
    }
}

fn words(list: &[&str]) -> String {
    list.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// Whoever fills columns of this tenant takes turns: the head of its chain is the lock, as it is for everything that the
/// tenant notes, so that nobody waits for a head while holding items.
pub(super) async fn in_turn(tx: &SubtreeTx) -> Result<(), StoreError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(()); // one writer anyway
    }
    let sql = "SELECT seq AS n FROM evidence_head WHERE tenant_id = $1 FOR UPDATE";
    tx.tally::<Count>(sql, vec![tx.tenant().uuid().into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Count {
    #[allow(dead_code)]
    n: i64,
}

/// A column of a portal, as a node of the graph of subscriptions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromQueryResult)]
pub(super) struct Node {
    pub tenant_id: Uuid,
    pub key: String,
}

/// Every column that is fed by `from`, directly or through others, itself included. Until the end of the transaction nobody
/// else draws an edge: two that would close a ring together wait for each other here.
pub(super) async fn fed_by(tx: &SubtreeTx, from: &Node, now: Timestamp) -> Result<Vec<Node>, StoreError> {
    let turn = "INSERT INTO turn (name, free_at) VALUES ('joint.graph', $1) ON CONFLICT (name) DO UPDATE SET free_at = excluded.free_at";
    tx.reach(turn, vec![now.micros().into()]).await?;
    let sql = "WITH RECURSIVE fed (tenant_id, key) AS (\
               SELECT e.target_id, e.target_key FROM joint_edge e WHERE e.source_id = $1 AND e.source_key = $2 \
               UNION SELECT e.target_id, e.target_key FROM joint_edge e JOIN fed ON e.source_id = fed.tenant_id AND e.source_key = fed.key) \
               SELECT tenant_id, key FROM fed";
    let mut found: Vec<Node> = tx.tally(sql, vec![from.tenant_id.into(), from.key.as_str().into()]).await?;
    found.push(from.clone());
    Ok(found)
}

/// Draws the edges of every open subscription of this tenant that has none yet.
pub(super) async fn draw_edges(tx: &SubtreeTx) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let me = bind.id(tx.tenant());
    let sql = format!(
        "INSERT INTO joint_edge (subscription_id, source_id, source_key, target_id, target_key) \
         SELECT s.id, s.tenant_id, s.column_key, s.subscriber_id, s.target_key FROM joint_subscription s \
         WHERE s.subscriber_id = {me} AND s.standing IN ({}) \
         AND NOT EXISTS (SELECT 1 FROM joint_edge e WHERE e.subscription_id = s.id)",
        words(&Flow::OPEN.map(Flow::as_str))
    );
    tx.reach(&sql, bind.values).await
}

/// Takes the edge of a subscription away that is over.
pub(super) async fn cut_edge(tx: &SubtreeTx, id: ViaId) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (id, me) = (bind.add(id.0), bind.id(tx.tenant()));
    let sql = format!("DELETE FROM joint_edge WHERE subscription_id = {id} AND (source_id = {me} OR target_id = {me})");
    tx.reach(&sql, bind.values).await
}

/// A column of a portal below.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct ColumnBelow {
    pub tenant_id: TenantId,
    pub key: String,
    pub name: String,
}

/// Which columns below are left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum But {
    /// Those that feed the target.
    Feeding,
    /// Those that feed it or ever did: what people ended or refused is not begun again by the platform.
    EverFed,
}

/// Columns of live portals below `root` with a standard code or of a type, but those that are left out.
pub(super) async fn columns_below(
    tx: &SubtreeTx,
    root: TenantId,
    code: &str,
    kind: &str,
    target: &str,
    but: But,
) -> Result<Vec<ColumnBelow>, StoreError> {
    let mut bind = Bind::default();
    let (me, root, target) = (bind.id(tx.tenant()), bind.id(root), bind.add(target));
    let which = match (code, kind) {
        ("", kind) => format!("c.kind = {}", bind.add(kind)),
        (code, _) => format!("c.standard_code = {}", bind.add(code)),
    };
    let sql = format!(
        "SELECT c.tenant_id AS tenant_id, c.key AS key, c.name AS name FROM site_column c JOIN tenant t ON t.id = c.tenant_id \
         WHERE t.state = 'live' AND c.state = 'open' AND t.id <> {me} AND {which} \
         AND t.id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {me}) \
         AND t.id IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {root}) \
         AND NOT EXISTS (SELECT 1 FROM joint_subscription s WHERE s.tenant_id = c.tenant_id AND s.column_key = c.key \
             AND s.subscriber_id = {me} AND s.target_key = {target} AND s.standing IN ({})) \
         ORDER BY t.division_code, c.position, c.key",
        match but {
            But::Feeding => words(&Flow::OPEN.map(Flow::as_str)),
            But::EverFed => words(&Flow::ALL.map(Flow::as_str)),
        }
    );
    tx.tally(&sql, bind.values).await
}

/// One letter to every active subscriber of the column where a publication stands; nothing where there is none.
pub(super) async fn spread(tx: &SubtreeTx, publication: &Publication, now: Timestamp) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (document, me) = (bind.add(publication.document.0), bind.id(tx.tenant()));
    let (edition, title) = (bind.add(publication.edition.0), bind.add(publication.title.as_str()));
    let (source, at) = (bind.add(publication.source.as_str()), bind.add(now.micros()));
    let column = bind.add(publication.column.as_str());
    let sql = format!(
        "INSERT INTO joint_item (tenant_id, via_id, document_id, channel, sender_id, origin_id, edition_id, target_key, title, source, note, \
         standing, arrived_at, arrived_by, column_kind) \
         SELECT s.subscriber_id, s.id, {document}, 'subscription', {me}, {me}, {edition}, s.target_key, {title}, {source}, '', \
         'arrived', {at}, 'platform', {KIND} \
         FROM joint_subscription s WHERE s.tenant_id = {me} AND s.column_key = {column} AND s.standing = 'active' \
         ON CONFLICT (tenant_id, via_id, document_id) DO NOTHING"
    );
    tx.reach(&sql, bind.values).await
}

/// What was placed here in this transaction goes on to those who subscribed with mirrors; never back to where it came from.
pub(super) async fn forward(tx: &SubtreeTx, now: Timestamp) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (me, at) = (bind.id(tx.tenant()), bind.add(now.micros()));
    let sql = format!(
        "INSERT INTO joint_item (tenant_id, via_id, document_id, channel, sender_id, origin_id, edition_id, target_key, title, source, note, \
         standing, arrived_at, arrived_by, column_kind) \
         SELECT s.subscriber_id, s.id, i.document_id, 'subscription', {me}, i.origin_id, i.edition_id, s.target_key, i.title, i.source, '', \
         'arrived', {at}, 'platform', {KIND} \
         FROM joint_item i JOIN joint_subscription s ON s.tenant_id = i.tenant_id AND s.column_key = i.target_key \
         WHERE i.tenant_id = {me} AND i.standing = 'placed' AND i.decided_at = {at} AND s.standing = 'active' AND s.forward_mirrors = 1 \
         AND s.subscriber_id <> i.origin_id AND s.subscriber_id <> i.sender_id \
         ON CONFLICT (tenant_id, via_id, document_id) DO NOTHING"
    );
    let made = tx.reach(&sql, bind.values).await?;
    if made > 0 {
        let mut bind = Bind::default();
        let (me, at) = (bind.id(tx.tenant()), bind.add(now.micros()));
        summon(tx, &format!("sender_id = {me} AND channel = 'subscription' AND arrived_at = {at}"), bind, now).await?;
    }
    Ok(made)
}

/// What a subscription missed: letters of what stands in the source's column and was first published at `from` or later.
pub(super) async fn catch_up(
    tx: &SubtreeTx,
    id: ViaId,
    from: Timestamp,
    most: u64,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (me, at, id, from) = (bind.id(tx.tenant()), bind.add(now.micros()), bind.add(id.0), bind.add(from.micros()));
    let sql = format!(
        "INSERT INTO joint_item (tenant_id, via_id, document_id, channel, sender_id, origin_id, edition_id, target_key, title, source, note, \
         standing, arrived_at, arrived_by, column_kind) \
         SELECT s.subscriber_id, s.id, p.document_id, 'subscription', {me}, p.origin_tenant_id, p.edition_id, s.target_key, p.title, p.source, '', \
         'arrived', {at}, 'platform', {KIND} \
         FROM joint_subscription s JOIN placement p ON p.tenant_id = s.tenant_id AND p.column_key = s.column_key \
         WHERE s.tenant_id = {me} AND s.id = {id} AND s.standing = 'active' AND p.state = 'live' AND p.published_at >= {from} \
         AND p.published_at >= s.since AND p.origin_tenant_id <> s.subscriber_id \
         AND (p.mode IN ('own', 'adopted') OR (p.mode = 'mirror' AND s.forward_mirrors = 1)) \
         ORDER BY p.published_at DESC LIMIT {most} \
         ON CONFLICT (tenant_id, via_id, document_id) DO NOTHING"
    );
    let made = tx.reach(&sql, bind.values).await?;
    if made > 0 {
        let mut bind = Bind::default();
        let (me, at) = (bind.id(tx.tenant()), bind.add(now.micros()));
        summon(tx, &format!("sender_id = {me} AND channel = 'subscription' AND arrived_at = {at}"), bind, now).await?;
    }
    Ok(made)
}

/// Wakes the receivers of a document's letters that nobody has looked at.
pub(super) async fn summon_for(tx: &SubtreeTx, document: DocumentId, now: Timestamp) -> Result<(), StoreError> {
    let mut bind = Bind::default();
    let (me, document) = (bind.id(tx.tenant()), bind.add(document.0));
    summon(tx, &format!("origin_id = {me} AND document_id = {document}"), bind, now).await
}

/// A key's digits without hyphens, as text.
fn simple(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => format!("lower(hex({column}))"),
        Engine::Postgres => format!("replace({column}::text, '-', '')"),
    }
}

/// One job per receiver and sender: senders that publish at the same time do not wait for one row.
async fn summon(tx: &SubtreeTx, which: &str, mut bind: Bind, now: Timestamp) -> Result<(), StoreError> {
    let at = bind.add(now.micros());
    let (receiver, sender) = (simple(tx.engine(), "tenant_id"), simple(tx.engine(), "sender_id"));
    let select = format!(
        "SELECT DISTINCT '{}:' || {receiver} || ':' || {sender}, '{}', tenant_id, '{{\"sender\":\"' || {sender} || '\"}}', \
         CAST({at} AS BIGINT), CAST({at} AS BIGINT) FROM joint_item WHERE {which} AND standing = 'arrived'",
        super::jobs::FILL,
        super::jobs::FILL
    );
    tx.enqueue_each(&select, bind.values).await?;
    Ok(())
}

/// One job per portal that sent a document back: it tells its people.
pub(super) async fn tell_returners(
    tx: &SubtreeTx,
    document: DocumentId,
    key: &str,
    payload: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut bind = Bind::default();
    let (me, document, at) = (bind.id(tx.tenant()), bind.add(document.0), bind.add(now.micros()));
    let (key, payload) = (bind.add(format!("{key}:")), bind.add(payload));
    let receiver = simple(tx.engine(), "tenant_id");
    let select = format!(
        "SELECT DISTINCT CAST({key} AS TEXT) || {receiver}, '{}', tenant_id, CAST({payload} AS TEXT), CAST({at} AS BIGINT), CAST({at} AS BIGINT) \
         FROM joint_item WHERE origin_id = {me} AND document_id = {document} AND standing = 'returned'",
        crate::notice::TELL
    );
    tx.enqueue_each(&select, bind.values).await?;
    Ok(())
}

/// A newer edition: every letter names it from now on. What was returned comes again, what a filter stopped is judged anew,
/// and what had been taken back waits for a person where its subscription still runs.
pub(super) async fn correct(tx: &SubtreeTx, publication: &Publication) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (edition, title) = (bind.add(publication.edition.0), bind.add(publication.title.as_str()));
    let (source, me) = (bind.add(publication.source.as_str()), bind.id(tx.tenant()));
    let document = bind.add(publication.document.0);
    let sql = format!(
        "UPDATE joint_item SET edition_id = {edition}, title = {title}, source = {source}, version = version + 1, \
         column_kind = coalesce((SELECT c.kind FROM joint_subscription s JOIN site_column c ON c.tenant_id = s.tenant_id AND c.key = s.column_key \
             WHERE s.tenant_id = {me} AND s.id = joint_item.via_id), column_kind), \
         standing = CASE WHEN standing = 'returned' THEN 'in_review' WHEN standing = 'filtered' THEN 'arrived' \
         WHEN standing = 'void' AND EXISTS (SELECT 1 FROM joint_subscription s WHERE s.tenant_id = joint_item.sender_id \
             AND s.id = joint_item.via_id AND s.standing = 'active') THEN 'in_review' ELSE standing END \
         WHERE origin_id = {me} AND document_id = {document}"
    );
    tx.reach(&sql, bind.values).await
}

/// The document was taken back at its origin: nothing of it waits anywhere any more.
pub(super) async fn void_document(
    tx: &SubtreeTx,
    document: DocumentId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (reason, at) = (bind.add(reason), bind.add(now.micros()));
    let (me, document) = (bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE joint_item SET standing = 'void', reason = {reason}, decided_at = {at}, version = version + 1 \
         WHERE origin_id = {me} AND document_id = {document} AND standing IN ({})",
        words(&Standing::BOUND.map(Standing::as_str))
    );
    tx.reach(&sql, bind.values).await
}

/// A letter is over: what waited under it does not wait any more. What stands on pages stays and follows its origin.
pub(super) async fn void_waiting(tx: &SubtreeTx, via: ViaId, reason: &str, now: Timestamp) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (reason, at, via, me) = (bind.add(reason), bind.add(now.micros()), bind.add(via.0), bind.id(tx.tenant()));
    let sql = format!(
        "UPDATE joint_item SET standing = 'void', reason = {reason}, decided_at = {at}, version = version + 1 \
         WHERE via_id = {via} AND (tenant_id = {me} OR sender_id = {me}) AND standing IN ('arrived', 'in_review', 'returned')"
    );
    tx.reach(&sql, bind.values).await
}

/// The origin takes one mirror off the pages of one portal, unless an order put it there; answers how many.
pub(super) async fn take_back(
    tx: &SubtreeTx,
    from: TenantId,
    document: DocumentId,
    withdrawal: &Withdrawal,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let text = serde_json::to_string(withdrawal).unwrap_or_default();
    let (text, at, me) = (bind.add(text), bind.add(now.micros()), bind.id(tx.tenant()));
    let (from_, document_) = (bind.id(from), bind.add(document.0));
    let sql = format!(
        "UPDATE placement SET state = 'withdrawn', withdrawal = {text}, changed_at = {at} \
         WHERE origin_tenant_id = {me} AND tenant_id = {from_} AND document_id = {document_} AND mode = 'mirror' \
         AND state = 'live' AND order_id IS NULL"
    );
    let taken = tx.reach(&sql, bind.values).await?;
    if taken > 0 {
        let mut bind = Bind::default();
        let (at, me) = (bind.add(now.micros()), bind.id(tx.tenant()));
        let (from, document) = (bind.id(from), bind.add(document.0));
        let select = format!(
            "SELECT DISTINCT tenant_id, 'pages', CAST({at} AS BIGINT) FROM placement \
             WHERE origin_tenant_id = {me} AND tenant_id = {from} AND document_id = {document}"
        );
        tx.touch_each(&select, bind.values).await?;
    }
    Ok(taken)
}
