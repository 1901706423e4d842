//! The hub (W3C WebSub): who listens to the feed of orders is verified before it counts, signed to with its own secret, and
//! told again until it answers.

use base::outbound::{Ask, Destination, HeaderMap, HeaderValue, Limits, Outbound};
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, TenantTx, Timestamp, sm3_hex};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use url::Url;

use super::rows::listener as rows;

/// Name of the job that asks a listener whether it meant it.
pub const VERIFY: &str = "outside.verify";
/// Name of the job that tells one listener.
pub const DELIVER: &str = "outside.deliver";

/// Listeners of one portal at most, and with callbacks on one host.
const LISTENERS_MAX: usize = 500;
const ON_ONE_HOST: usize = 20;
/// Longest secret in bytes (WebSub §5.1: less than 200).
const SECRET_MAX: usize = 199;
/// Longest callback in bytes.
const CALLBACK_MAX: usize = 2000;
/// Seconds of a lease: at least, at most, and when nothing is said.
const LEASE: (i64, i64, i64) = (3600, 30 * 86_400, 10 * 86_400);
/// How often a listener is asked or told before it is given up for this time.
const ATTEMPTS: i32 = 8;
/// Before the trouble of a listener that is left alone until the next change.
const GAVE_UP: &str = "gave_up ";
/// Answers of listeners are short.
const ANSWER: Limits = Limits { bytes: 64 * 1024, redirects: 0 };

/// What somebody asks the hub.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Wish {
    pub mode: String,
    pub callback: String,
    pub topic: String,
    pub lease_seconds: Option<i64>,
    pub secret: String,
}

/// Why the hub refused.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// A parameter is missing or wrong.
    #[error("{0} is missing or wrong")]
    Parameter(&'static str),
    /// Too many listen already.
    #[error("too many subscriptions")]
    Full,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
struct Asked {
    subscribe: bool,
    secret: String,
    lease_seconds: i64,
}

#[derive(Deserialize)]
struct About {
    listener: String,
}

/// Takes a wish down; it counts when the callback has said that it meant it. What counts until then stays as it is.
///
/// # Errors
/// [`HubError`].
pub async fn ask(tx: &TenantTx, wish: Wish, topic: &str, now: Timestamp) -> Result<(), HubError> {
    let subscribe = match wish.mode.as_str() {
        "subscribe" => true,
        "unsubscribe" => false,
        _ => return Err(HubError::Parameter("hub.mode")),
    };
    if wish.topic != topic {
        return Err(HubError::Parameter("hub.topic"));
    }
    let callback = Url::parse(&wish.callback).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && wish.callback.len() <= CALLBACK_MAX
    });
    let callback = callback.ok_or(HubError::Parameter("hub.callback"))?;
    if wish.secret.len() > SECRET_MAX {
        return Err(HubError::Parameter("hub.secret"));
    }
    let lease_seconds = wish.lease_seconds.unwrap_or(LEASE.2).clamp(LEASE.0, LEASE.1);
    let id = sm3_hex(callback.as_str().as_bytes())[..32].to_owned();
    let all = tx.all(rows::Entity::find()).await?;
    let known = all.iter().any(|row| row.id == id);
    if !known && !subscribe {
        // Nobody listens there: that is what was wished.
        return Ok(());
    }
    let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    let neighbours = all.iter().filter(|row| host(&row.callback).as_deref() == callback.host_str()).count();
    if !known && (all.len() >= LISTENERS_MAX || neighbours >= ON_ONE_HOST) {
        return Err(HubError::Full);
    }
    let asked = super::registry::json(&Asked { subscribe, secret: wish.secret, lease_seconds });
    if known {
        let update = rows::Entity::update_many()
            .col_expr(rows::Column::Asked, Expr::value(asked))
            .filter(rows::Column::Id.eq(id.as_str()));
        tx.change_one(update).await?;
    } else {
        let row = rows::ActiveModel {
            id: Set(id.clone()),
            callback: Set(callback.to_string()),
            topic: Set(topic.to_owned()),
            secret: Set(String::new()),
            lease_until: Set(0),
            active: Set(0),
            asked: Set(asked),
            created_at: Set(now.micros()),
            told_at: Set(None),
            told_hash: Set(String::new()),
            failures: Set(0),
            trouble: Set(String::new()),
            ..Default::default()
        };
        tx.insert(row).await?;
    }
    tx.enqueue(VERIFY, &key(VERIFY, tx, &id), &payload(&id), now, now).await?;
    Ok(())
}

fn key(kind: &str, tx: &TenantTx, id: &str) -> String {
    format!("{kind}:{}:{id}", tx.tenant())
}

fn payload(id: &str) -> String {
    format!("{{\"listener\":\"{id}\"}}")
}

async fn listener(tx: &TenantTx, job: &Claimed) -> Result<Option<rows::Model>, StoreError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(None) };
    tx.one(rows::Entity::find().filter(rows::Column::Id.eq(about.listener))).await
}

/// Asks the callback whether it meant it (WebSub §5.3): only who repeats the challenge did.
///
/// # Errors
/// [`StoreError`]; the job is tried again.
pub async fn verify(store: &Store, outbound: &Outbound, job: &Claimed, now: Timestamp) -> Result<Outcome, StoreError> {
    let tx = store.reading(job.tenant()).await?;
    let Some(row) = listener(&tx, job).await? else { return Ok(Outcome::Done) };
    tx.commit().await?;
    let Ok(asked) = serde_json::from_str::<Asked>(&row.asked) else { return Ok(Outcome::Done) };
    let challenge = store.ids().secret();
    let answered = match Url::parse(&row.callback) {
        Ok(mut url) => {
            let mode = if asked.subscribe { "subscribe" } else { "unsubscribe" };
            url.query_pairs_mut()
                .append_pair("hub.mode", mode)
                .append_pair("hub.topic", &row.topic)
                .append_pair("hub.challenge", &challenge)
                .append_pair("hub.lease_seconds", &asked.lease_seconds.to_string());
            outbound.get(&url, Destination::Outside, ANSWER).await
        }
        Err(_) => return Ok(Outcome::Done),
    };
    let meant = match answered {
        Ok(answer) => (200..300).contains(&answer.status) && answer.body.trim_ascii() == challenge.as_bytes(),
        Err(base::outbound::OutboundError::Http(_)) if job.attempts < 3 => {
            return Ok(Outcome::Later(now.plus_minutes(1)));
        }
        Err(_) => false,
    };
    let tx = store.tenant(job.tenant()).await?;
    // Only what was verified: another wish may have come meanwhile, and brings its own job.
    let mine = rows::Column::Id.eq(row.id.as_str()).and(rows::Column::Asked.eq(row.asked.as_str()));
    match (meant, asked.subscribe) {
        (true, true) => {
            let until = now.plus_seconds(asked.lease_seconds);
            let update = rows::Entity::update_many()
                .col_expr(rows::Column::Active, Expr::value(1))
                .col_expr(rows::Column::Secret, Expr::value(asked.secret))
                .col_expr(rows::Column::LeaseUntil, Expr::value(until.micros()))
                .col_expr(rows::Column::Asked, Expr::value(""))
                .filter(mine);
            tx.change(update).await?;
        }
        (true, false) => {
            tx.remove(rows::Entity::delete_many().filter(mine)).await?;
        }
        (false, _) => {
            let fresh = rows::Entity::delete_many().filter(mine.clone()).filter(rows::Column::Active.eq(0));
            tx.remove(fresh).await?;
            let update = rows::Entity::update_many().col_expr(rows::Column::Asked, Expr::value("")).filter(mine);
            tx.change(update).await?;
        }
    }
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Leaves one job per listener behind: the feed changed.
pub(super) async fn tell(tx: &TenantTx, now: Timestamp) -> Result<(), StoreError> {
    let active = tx.all(rows::Entity::find().filter(rows::Column::Active.eq(1))).await?;
    let jobs: Vec<(String, String)> = active.iter().map(|row| (key(DELIVER, tx, &row.id), payload(&row.id))).collect();
    tx.enqueue_many(DELIVER, &jobs, now, now).await
}

/// The feed as it is sent.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its own address.
    pub topic: String,
    /// Address of the hub.
    pub hub: String,
    /// Atom.
    pub body: String,
}

/// Tells one listener (WebSub §7): the whole feed, signed when it gave a secret.
///
/// # Errors
/// [`StoreError`]; the job is tried again.
pub async fn deliver(
    store: &Store,
    outbound: &Outbound,
    content: Content,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let tx = store.reading(job.tenant()).await?;
    let Some(row) = listener(&tx, job).await? else { return Ok(Outcome::Done) };
    tx.commit().await?;
    let hash = sm3_hex(content.body.as_bytes());
    if row.active == 0 || row.told_hash == hash {
        return Ok(Outcome::Done);
    }
    let over = row.lease_until < now.micros();
    let status = if over { 410 } else { send(outbound, &row, content).await };
    let tx = store.tenant(job.tenant()).await?;
    let mine = rows::Column::Id.eq(row.id.as_str());
    if status == 410 {
        tx.remove(rows::Entity::delete_many().filter(mine)).await?;
        tx.commit().await?;
        return Ok(Outcome::Done);
    }
    let told = (200..300).contains(&status);
    // The next change of the feed is a new beginning.
    let again = !told && job.attempts < ATTEMPTS;
    let mut update = rows::Entity::update_many()
        .col_expr(rows::Column::Failures, Expr::value(if told { 0 } else { row.failures + 1 }))
        .col_expr(rows::Column::Trouble, Expr::value(trouble(status, again)))
        .filter(mine);
    if told {
        update = update
            .col_expr(rows::Column::ToldAt, Expr::value(now.micros()))
            .col_expr(rows::Column::ToldHash, Expr::value(hash));
    }
    tx.change(update).await?;
    tx.commit().await?;
    Ok(if again { Outcome::Later(now.plus_minutes(1 << job.attempts.clamp(0, 8))) } else { Outcome::Done })
}

/// What people are told of an attempt; nothing when it went well.
fn trouble(status: u16, again: bool) -> String {
    match (status, again) {
        (200..300, _) => String::new(),
        (_, true) => format!("status_{status}"),
        (_, false) => format!("{GAVE_UP}status_{status}"),
    }
}

/// One who listens, as people see it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Listener {
    /// Without what stands behind the path: that is between the listener and the hub.
    pub callback: String,
    /// It has said that it meant it.
    pub verified: bool,
    pub lease_until: Option<Timestamp>,
    pub told_at: Option<Timestamp>,
    /// Attempts in a row that failed.
    pub failures: i32,
    /// `status_500`, `status_0` for no answer; empty when all is well.
    pub trouble: String,
    /// It is told nothing before the feed changes again.
    pub gave_up: bool,
}

/// Who listens, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn listeners(tx: &TenantTx) -> Result<Vec<Listener>, StoreError> {
    let mut rows = tx.all(rows::Entity::find()).await?;
    rows.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let seen = |row: rows::Model| Listener {
        callback: row.callback.split(['?', '#']).next().unwrap_or_default().to_owned(),
        verified: row.active != 0,
        lease_until: (row.lease_until > 0).then_some(Timestamp(row.lease_until)),
        told_at: row.told_at.map(Timestamp),
        failures: row.failures,
        gave_up: row.trouble.starts_with(GAVE_UP),
        trouble: row.trouble.strip_prefix(GAVE_UP).unwrap_or(&row.trouble).to_owned(),
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// The status that a listener answered with; 0 when there was no answer.
async fn send(outbound: &Outbound, row: &rows::Model, content: Content) -> u16 {
    let Ok(url) = Url::parse(&row.callback) else { return 410 };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/atom+xml"));
    let links = format!("<{}>; rel=\"hub\", <{}>; rel=\"self\"", content.hub, content.topic);
    if let Ok(links) = HeaderValue::from_str(&links) {
        headers.insert("link", links);
    }
    if !row.secret.is_empty()
        && let Ok(signed) = HeaderValue::from_str(&signature(&row.secret, content.body.as_bytes()))
    {
        headers.insert("x-hub-signature", signed);
    }
    let ask = Ask::post(url, headers, content.body.into());
    outbound.send(&ask, Destination::Outside, ANSWER).await.map_or(0, |answer| answer.status)
}

/// The value of `X-Hub-Signature` (WebSub §7.1).
pub fn signature(secret: &str, body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", base::id::hex(ring::hmac::sign(&key, body).as_ref()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_signature_is_the_one_of_rfc_4231() {
        let signed = super::signature("Jefe", b"what do ya want for nothing?");
        assert_eq!(signed, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
