//! Notices: what people at a tenant were told, by the rules' stages. The desk shows them; the digests that collect them are
//! what mail carries (`border::delivery`).

use base::queue::{Claimed, Outcome};
use base::store::{StoreError, TenantOwned};
use base::{Store, TenantId, TenantTx, Timestamp};
use content::DocumentId;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};

use crate::joint::{ItemKey, ViaId};
use crate::{CommissionId, OrderId, SubmissionId};

mod each;

pub(crate) use each::digest_each;

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
    /// The submission that it is about.
    pub submission: Option<SubmissionId>,
    /// The item of a joint column that it is about.
    pub item: Option<ItemKey>,
    /// The link entry or the document in which a link is wrong.
    pub link: Option<DocumentId>,
    /// What it names by its title itself; empty when whoever shows it looks the title up.
    pub title: String,
    /// Who answers for what it is about, as people wrote it; empty when nobody is named.
    pub owner: String,
    /// How many items it counts.
    pub items: i64,
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
        let id = |name: &str| body.get(name).and_then(|id| Uuid::try_parse(id.as_str()?).ok());
        let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let item = id("via").zip(id("document"));
        Self {
            order: id("order").map(OrderId),
            handover: id("handover"),
            commission: id("commission").map(CommissionId),
            submission: id("submission").map(SubmissionId),
            item: item.map(|(via, document)| ItemKey { via: ViaId(via), document: DocumentId(document) }),
            link: id("link").map(DocumentId),
            title: text("title"),
            owner: text("owner"),
            items: number("items"),
            percent: number("percent"),
            tenants: number("tenants"),
            key: row.key,
            kind: row.kind,
            audience: row.audience,
            at: Timestamp(row.created_at),
        }
    }
}

/// Kind of the notice that a document which this portal shows was recalled.
pub const RECALLED: &str = "order.recalled";
/// Kind of the notice that the origin of what was adopted took it back.
pub const ORIGIN_WITHDRAWN: &str = "submission.origin_withdrawn";
/// Kind of the notice that the origin of what was adopted has a newer edition.
pub const ORIGIN_NEWER: &str = "submission.origin_newer";
/// Who hears what was done elsewhere to something that this portal works on or shows.
pub(crate) const AUDIENCE: &str = "editor";

impl Notice {
    /// Whether it cannot wait: something wrong stands, or stood, before the public, or nobody is on duty.
    pub fn is_urgent(&self) -> bool {
        self.handover.is_some() || matches!(self.kind.as_str(), RECALLED | ORIGIN_WITHDRAWN)
    }
}

/// What the transaction's tenant was told after an instant and until another, oldest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn between(tx: &TenantTx, after: Timestamp, until: Timestamp) -> Result<Vec<Notice>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::Kind.ne(DIGEST))
        .filter(rows::Column::CreatedAt.gt(after.micros()))
        .filter(rows::Column::CreatedAt.lte(until.micros()))
        .order_by_asc(rows::Column::CreatedAt)
        .order_by_asc(rows::Column::Key);
    Ok(tx.all(select).await?.into_iter().map(Notice::from).collect())
}

/// One notice by its key.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn find(tx: &TenantTx, key: &str) -> Result<Option<Notice>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::Key.eq(key)).filter(rows::Column::Kind.ne(DIGEST));
    Ok(tx.one(select).await?.map(Notice::from))
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
    let Told { key, kind, audience, body, digest_minutes } = told;
    write(tx, (key, kind, audience, &body.to_string()), *digest_minutes, now).await
}

/// Key, kind, audience and body.
type Words<'a> = (&'a str, &'a str, &'a str, &'a str);

async fn write(tx: &TenantTx, told: Words<'_>, digest_minutes: i64, now: Timestamp) -> Result<bool, StoreError> {
    let (key, kind, audience, body) = told;
    if !tx.insert_if_free::<rows::Entity, _>(row(key, kind, audience, body, now)).await? {
        return Ok(false);
    }
    let (from, until) = span(digest_minutes, now);
    let key = format!("digest:{audience}:{from}");
    let body = serde_json::json!({ "from": from, "until": until }).to_string();
    tx.insert_if_free::<rows::Entity, _>(row(&key, DIGEST, audience, &body, now)).await?;
    let run_at = Timestamp(until).plus_minutes(GRACE_MINUTES);
    let job = format!("{DELIVER}:{}:{key}", tx.tenant().uuid().simple());
    tx.enqueue(DELIVER, &job, &deliver_payload(&key), run_at, now).await?;
    Ok(true)
}

fn row(key: &str, kind: &str, audience: &str, body: &str, now: Timestamp) -> rows::ActiveModel {
    rows::ActiveModel {
        key: Set(key.to_owned()),
        kind: Set(kind.to_owned()),
        audience: Set(audience.to_owned()),
        body: Set(body.to_owned()),
        created_at: Set(now.micros()),
        read_at: Set(None),
        ..Default::default()
    }
}

/// From when and until when the digest collects that is under way.
pub(crate) fn span(digest_minutes: i64, now: Timestamp) -> (i64, i64) {
    let span = Timestamp::MINUTE * digest_minutes.max(1);
    let from = now.micros() - now.micros().rem_euclid(span);
    (from, from + span)
}

/// Tells something that is counted: the first time as [`tell`] does; after that the same notice counts on and is unread again.
/// The caller takes turns.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn count(tx: &TenantTx, told: &Told, more: u64, now: Timestamp) -> Result<(), StoreError> {
    if tell(tx, told, now).await? {
        return Ok(());
    }
    let mine = rows::Column::Key.eq(told.key.as_str());
    let Some(was) = tx.one(rows::Entity::find().filter(mine.clone())).await? else { return Ok(()) };
    let items = Notice::from(was).items.saturating_add(i64::try_from(more).unwrap_or(i64::MAX));
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Body, Expr::value(serde_json::json!({ "items": items }).to_string()))
        .col_expr(rows::Column::ReadAt, Expr::value(Option::<i64>::None))
        .filter(mine);
    tx.change(update).await.map(|_| ())
}

/// Name of the job that tells people of another portal what was done here; it runs as that portal.
pub const TELL: &str = "notice.tell";

#[derive(Deserialize)]
struct Elsewhere {
    key: String,
    kind: String,
    body: serde_json::Value,
}

/// The payload of [`TELL`].
pub(crate) fn at_payload(kind: &str, key: &str, body: &serde_json::Value) -> String {
    serde_json::json!({ "key": key, "kind": kind, "body": body }).to_string()
}

/// People of another portal will be told what was done here to something of theirs: by a job that runs as that portal, once
/// per key.
pub(crate) async fn tell_at(
    tx: &TenantTx,
    to: TenantId,
    kind: &str,
    key: &str,
    body: serde_json::Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let job = format!("{key}:{}", to.uuid().simple());
    tx.enqueue_for(to, TELL, &job, &at_payload(kind, key, &body), now, now).await
}

/// Tells people of this portal what was done elsewhere. Run twice, it tells nobody twice.
///
/// # Errors
/// [`StoreError`]; the job is tried again.
pub async fn told_elsewhere(
    store: &Store,
    digest_minutes: i64,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let Ok(told) = serde_json::from_str::<Elsewhere>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.tenant(job.tenant()).await?;
    write(&tx, (&told.key, &told.kind, AUDIENCE, &told.body.to_string()), digest_minutes, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
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
