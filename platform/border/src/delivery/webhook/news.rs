//! What others tell a portal and ask of it stands in their chains and not in its own: notices and received obligations become
//! messages by a cursor of their own, over time. Nothing is written for it where they are made, however many portals they reach.

use base::store::StoreError;
use base::{Site, Store, TenantId, TenantTx, Timestamp};
use bytes::Bytes;
use exchange::OrderId;
use exchange::notice::{self, Notice};
use exchange::obligation::{self, Obligation, ObligationError};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::Serialize;
use uuid::Uuid;

use super::Endpoint;
use super::jobs::{Links, waiting};
use crate::delivery::model::DeliveryError;
use crate::delivery::rows::{delivery, webhook as rows};

/// The kind of message that a notice makes.
const TOLD: &str = "notice.told";
/// The kind of message that a new obligation makes.
const RECEIVED: &str = "order.received";

/// What a delivery's receiver begins with, before the key.
const NOTICE: &str = "notice";
const ORDER: &str = "order";

/// Hours that one look reads at most: an endpoint that was paused for long catches up in steps.
const SPAN_HOURS: i64 = 24;
/// Minutes after which the cursor moves although nothing came: what is read again stays little, and so do the writes.
const REST_MINUTES: i64 = 5;

impl Endpoint {
    /// Whether anything is wanted that is not in the portal's own chain.
    pub(super) fn follows(&self) -> bool {
        self.wants(TOLD) || self.wants(RECEIVED)
    }
}

/// Turns what came since the last look into deliveries, and moves the cursor with them. What is younger than the grace is left
/// for the next look: its transaction may not have committed. Answers whether more is there already.
pub(super) async fn collect(
    store: &Store,
    tenant: TenantId,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<bool, DeliveryError> {
    let (from, settled) = (endpoint.told_at, now.plus_minutes(-notice::GRACE_MINUTES));
    if from.micros() == 0 {
        return move_cursor(store, tenant, endpoint, Vec::new(), now).await.map(|()| false);
    }
    if settled <= from {
        return Ok(false);
    }
    let until = settled.min(from.plus_hours(SPAN_HOURS));
    let found = come(store, tenant, endpoint, from, until).await?;
    if found.is_empty() && until < from.plus_minutes(REST_MINUTES) {
        return Ok(false);
    }
    move_cursor(store, tenant, endpoint, found, until).await?;
    Ok(until < settled)
}

/// What is wanted of what came: the receiver and the kind of each message, and when it came.
async fn come(
    store: &Store,
    tenant: TenantId,
    endpoint: &Endpoint,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, &'static str)>, StoreError> {
    let mut found = Vec::new();
    if !endpoint.follows() {
        return Ok(found);
    }
    let tx = store.reading(tenant).await?;
    if endpoint.wants(RECEIVED) {
        let debts = obligation::received_between(&tx, from, until).await?;
        found.extend(debts.iter().map(|debt| (format!("{ORDER}:{}", debt.order), RECEIVED)));
    }
    if endpoint.wants(TOLD) {
        let told = notice::between(&tx, from, until).await?;
        found.extend(told.iter().map(|one| (format!("{NOTICE}:{}", one.key), TOLD)));
    }
    tx.commit().await?;
    Ok(found)
}

/// The cursor is the guard: a second run that read the same changes nothing.
async fn move_cursor(
    store: &Store,
    tenant: TenantId,
    endpoint: &Endpoint,
    found: Vec<(String, &'static str)>,
    to: Timestamp,
) -> Result<(), DeliveryError> {
    let tx = store.tenant(tenant).await?;
    for (receiver, kind) in found {
        tx.insert_if_free::<delivery::Entity, _>(waiting(&tx, endpoint, receiver, kind, to)).await?;
    }
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::ToldAt, Expr::value(to.micros()))
        .filter(rows::Column::Id.eq(endpoint.id))
        .filter(rows::Column::ToldAt.eq(endpoint.told_at.micros()));
    tx.change_one(update).await?;
    Ok(tx.commit().await?)
}

/// What a message says. Ids, numbers and instants only: whoever wants more asks the API, where its own rights hold.
#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'a str,
    tenant: &'a str,
    subject: String,
    at: String,
    #[serde(flatten)]
    about: About,
    links: Links,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum About {
    Notice(Told),
    Obligation(Debt),
}

#[derive(Serialize)]
struct Told {
    kind: String,
    audience: String,
    percent: i64,
    tenants: i64,
    items: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commission: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// The item of a joint column.
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
}

#[derive(Serialize)]
struct Debt {
    order: String,
    kind: &'static str,
    document: String,
    edition: String,
    due_at: String,
}

impl From<&Notice> for Told {
    fn from(one: &Notice) -> Self {
        Self {
            kind: one.kind.clone(),
            audience: one.audience.clone(),
            percent: one.percent,
            tenants: one.tenants,
            items: one.items,
            order: one.order.map(|id| id.to_string()),
            commission: one.commission.map(|id| id.to_string()),
            submission: one.submission.map(|id| id.to_string()),
            handover: one.handover.map(|id| id.to_string()),
            link: one.link.map(|id| id.to_string()),
            via: one.item.map(|item| item.via.to_string()),
            document: one.item.map(|item| item.document.to_string()),
        }
    }
}

impl From<&Obligation> for Debt {
    fn from(debt: &Obligation) -> Self {
        Self {
            order: debt.order.to_string(),
            kind: debt.kind.as_str(),
            document: debt.document.to_string(),
            edition: debt.edition.to_string(),
            due_at: debt.due_at.rfc3339(),
        }
    }
}

/// The body of the message of a delivery; none when what it tells of is not there any more.
pub(super) async fn payload(
    tx: &TenantTx,
    site: &Site,
    (what, key): (&str, &str),
    links: Links,
) -> Result<Option<Bytes>, DeliveryError> {
    let said = match what {
        NOTICE => notice::find(tx, key).await?.map(|one| (TOLD, one.at, About::Notice(Told::from(&one)))),
        ORDER => owed(tx, key).await?.map(|debt| (RECEIVED, debt.issued_at, About::Obligation(Debt::from(&debt)))),
        _ => None,
    };
    let Some((kind, at, about)) = said else { return Ok(None) };
    let payload = Payload { r#type: kind, tenant: &site.slug, subject: key.to_owned(), at: at.rfc3339(), about, links };
    Ok(Some(serde_json::to_vec(&payload).unwrap_or_default().into()))
}

async fn owed(tx: &TenantTx, key: &str) -> Result<Option<Obligation>, StoreError> {
    let Ok(id) = Uuid::try_parse(key) else { return Ok(None) };
    match obligation::find(tx, OrderId(id)).await {
        Ok(debt) => Ok(Some(debt)),
        Err(ObligationError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}
