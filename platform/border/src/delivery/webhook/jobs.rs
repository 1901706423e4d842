//! What follows the chain: entries become deliveries, deliveries become messages. At least once, always with the same id.

use base::journal::Entry;
use base::outbound::{Ask, Destination, HeaderMap, HeaderName, HeaderValue, Limits, Outbound};
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Site, Store, TenantId, TenantTx, Timestamp};
use bytes::Bytes;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::{Endpoint, find, news, signature};
use crate::delivery::acts::{due, next, settle};
use crate::delivery::model::{Channel, DeliveryError, Standing, Verdict};
use crate::delivery::rows::{delivery, webhook as rows};
use crate::delivery::rules::{DeliveryRule, DeliveryRules};

/// How a path at a host becomes an address that others can open.
type Absolute<'a> = dyn Fn(&str, &str) -> String + Send + Sync + 'a;

/// Entries that one look reads.
const ENTRIES: u64 = 500;
/// Messages that one run sends.
const MESSAGES: u64 = 20;
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024;
/// Characters of an answer that are kept.
const ANSWER_CHARS: usize = 300;

#[derive(Deserialize)]
struct About {
    webhook: Uuid,
}

/// What a message says. Ids and instants only: whoever wants more asks the API, where its own rights hold.
#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'a str,
    tenant: &'a str,
    subject: &'a str,
    at: String,
    /// Place in the tenant's chain, and the hash there.
    seq: i64,
    hash: &'a str,
    links: Links,
}

impl Links {
    fn of(site: &Site, absolute: &Absolute<'_>) -> Self {
        Self {
            portal: absolute(site.main_host(), "/"),
            console: absolute(site.main_host(), &format!("/console/?tenant={}", site.slug)),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Links {
    portal: String,
    console: String,
}

/// How a test message was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Pong {
    /// Whether it was taken.
    pub taken: bool,
    /// What was said.
    pub said: String,
    /// Milliseconds until the last byte; 0 when nothing came back.
    pub millis: u64,
}

/// Looks once for one endpoint: reads the chain on, sends what is due, and comes back.
///
/// # Errors
/// [`DeliveryError`]; the job is tried again.
pub async fn work(
    store: &Store,
    way: &Outbound,
    absolute: &Absolute<'_>,
    rules: &DeliveryRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, DeliveryError> {
    let Ok(About { webhook }) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(DeliveryError::NoRule)?;
    let tenant = job.tenant();
    let (Some(site), Some((endpoint, more))) =
        (store.sites().by_id(tenant), collect(store, tenant, webhook, now).await?)
    else {
        return Ok(Outcome::Done);
    };
    let more = news::collect(store, tenant, &endpoint, now).await? || more;
    let source = webhook.to_string();
    let tx = store.reading(tenant).await?;
    let mut messages = Vec::new();
    for row in due(&tx, Channel::Webhook, Some(&source), MESSAGES, now).await? {
        if let Some(body) = message(&tx, &site, &row, absolute).await? {
            messages.push((row, body));
        }
    }
    tx.commit().await?;
    let full = messages.len() as u64 == MESSAGES;
    for (row, body) in messages {
        let (verdict, _) = post(way, &endpoint, &format!("msg_{}", row.id.simple()), body, now).await;
        record(store, tenant, &row, &verdict, rule, now).await?;
    }
    let look = now.plus_seconds(rule.look_seconds.max(1));
    if full || more {
        return Ok(Outcome::Again(now));
    }
    let tx = store.reading(tenant).await?;
    let at = next(&tx, Channel::Webhook, Some(&source)).await?;
    Ok(Outcome::Again(at.map_or(look, |at| at.clamp(now.plus_seconds(1), look))))
}

/// Turns the entries after the cursor into deliveries and moves the cursor, in one transaction. None when the endpoint is
/// gone or paused; otherwise whether more entries may be there.
async fn collect(
    store: &Store,
    tenant: TenantId,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<(Endpoint, bool)>, DeliveryError> {
    let tx = store.reading(tenant).await?;
    let endpoint = match find(&tx, id).await {
        Err(DeliveryError::Missing) => return Ok(None),
        other => other?,
    };
    if !endpoint.active {
        return Ok(None);
    }
    let entries = tx.entries(endpoint.seen, ENTRIES).await?;
    tx.commit().await?;
    let Some(last) = entries.last().map(|entry| entry.seq) else { return Ok(Some((endpoint, false))) };
    let tx = store.tenant(tenant).await?;
    let wanted = entries.iter().filter(|entry| endpoint.wants(&entry.kind));
    let rows: Vec<delivery::ActiveModel> = wanted.map(|entry| row(&tx, &endpoint, entry, now)).collect();
    tx.insert_many::<delivery::Entity, _>(rows).await?;
    // The cursor is the guard: a second run that read the same entries changes nothing.
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::SeenSeq, Expr::value(last))
        .filter(rows::Column::Id.eq(id))
        .filter(rows::Column::SeenSeq.eq(endpoint.seen));
    tx.change_one(update).await?;
    tx.commit().await?;
    Ok(Some((endpoint, entries.len() as u64 == ENTRIES)))
}

fn row(tx: &TenantTx, endpoint: &Endpoint, entry: &Entry, now: Timestamp) -> delivery::ActiveModel {
    let row = waiting(tx, endpoint, entry.seq.to_string(), &entry.kind, now);
    delivery::ActiveModel { seq: Set(entry.seq), ..row }
}

/// A message of a kind that waits to be sent.
pub(super) fn waiting(
    tx: &TenantTx,
    endpoint: &Endpoint,
    receiver: String,
    kind: &str,
    now: Timestamp,
) -> delivery::ActiveModel {
    delivery::ActiveModel {
        id: Set(tx.ids().new_id(now)),
        channel: Set(Channel::Webhook.as_str().to_owned()),
        source: Set(endpoint.id.to_string()),
        receiver: Set(receiver),
        seq: Set(0),
        address: Set(endpoint.url.clone()),
        what: Set(kind.to_owned()),
        urgent: Set(0),
        standing: Set(Standing::Waiting.as_str().to_owned()),
        attempts: Set(0),
        run_at: Set(now.micros()),
        said: Set(String::new()),
        created_at: Set(now.micros()),
        settled_at: Set(None),
        version: Set(0),
        ..Default::default()
    }
}

/// What a delivery says: of an entry of the chain, or of something that the portal was told or owes.
async fn message(
    tx: &TenantTx,
    site: &Site,
    row: &delivery::Model,
    absolute: &Absolute<'_>,
) -> Result<Option<Bytes>, DeliveryError> {
    if let Some((what, key)) = row.receiver.split_once(':') {
        return news::payload(tx, site, (what, key), Links::of(site, absolute)).await;
    }
    let entry = tx.entries(row.seq - 1, 1).await?.into_iter().next();
    Ok(entry.map(|entry| payload(site, &entry, absolute)))
}

fn payload(site: &Site, entry: &Entry, absolute: &Absolute<'_>) -> Bytes {
    let links = Links::of(site, absolute);
    let payload = Payload {
        r#type: &entry.kind,
        tenant: &site.slug,
        subject: &entry.subject,
        at: Timestamp(entry.at).rfc3339(),
        seq: entry.seq,
        hash: &entry.hash,
        links,
    };
    serde_json::to_vec(&payload).unwrap_or_default().into()
}

async fn record(
    store: &Store,
    tenant: TenantId,
    row: &delivery::Model,
    verdict: &Verdict,
    rule: &DeliveryRule,
    now: Timestamp,
) -> Result<(), StoreError> {
    let tx = store.tenant(tenant).await?;
    settle(&tx, row, verdict, &rule.webhook_pauses(), now).await?;
    tx.commit().await
}

/// Sends one message. Redirects are not followed: whoever moves changes the address here.
async fn post(way: &Outbound, endpoint: &Endpoint, id: &str, body: Bytes, now: Timestamp) -> (Verdict, u64) {
    let Ok(url) = Url::parse(&endpoint.url) else { return (Verdict::Refused("the address cannot be read".into()), 0) };
    if let Err(error) = way.may_post(&url) {
        return (Verdict::Refused(error.words()), 0);
    }
    let signature = signature::sign(&endpoint.secrets(now), id, now, &body);
    let mut headers = HeaderMap::new();
    let seconds = (now.micros() / Timestamp::SECOND).to_string();
    let said = [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", &seconds),
        ("webhook-signature", &signature),
    ];
    for (name, value) in said {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let limits = Limits { bytes: ANSWER_BYTES, redirects: 0 };
    match way.send(&Ask::post(url, headers, body), Destination::Outside, limits).await {
        Ok(answer) => {
            let text: String = String::from_utf8_lossy(&answer.body).chars().take(ANSWER_CHARS).collect();
            let said = format!("{} {}", answer.status, text.trim());
            let verdict = match answer.status {
                200..=299 => Verdict::Sent(said),
                410 => Verdict::Refused(said),
                _ => Verdict::Away(said),
            };
            (verdict, answer.elapsed_micros / 1000)
        }
        Err(error) if error.is_guard() => (Verdict::Refused(error.words()), 0),
        Err(error) => (Verdict::Away(error.words()), 0),
    }
}

/// Sends a test message now, whoever is subscribed to what, and answers what came back. Nothing is recorded.
pub async fn ping(way: &Outbound, endpoint: &Endpoint, site: &Site, absolute: &Absolute<'_>, now: Timestamp) -> Pong {
    let entry = Entry {
        tenant_id: Uuid::nil(),
        seq: 0,
        at: now.micros(),
        kind: "ping".to_owned(),
        subject: endpoint.id.to_string(),
        actor: String::new(),
        body: String::new(),
        prev_hash: String::new(),
        hash: String::new(),
    };
    let id = format!("msg_ping_{}_{}", endpoint.id.simple(), now.micros());
    let (verdict, millis) = post(way, endpoint, &id, payload(site, &entry, absolute), now).await;
    Pong { taken: matches!(verdict, Verdict::Sent(_)), said: verdict.said().to_owned(), millis }
}
