//! Verbs of endpoints: added, changed, paused, resumed, given another secret, removed.

use base::outbound::Outbound;
use base::{Staff, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};
use url::Url;
use uuid::Uuid;

use super::{Endpoint, find, signature};
use crate::delivery::acts::{ManageDelivery, given_up};
use crate::delivery::model::{DeliveryError, Event, Standing};
use crate::delivery::rows::{delivery, webhook as rows};
use crate::delivery::rules::DeliveryRules;

/// Longest address in characters.
const URL_MAX: usize = 500;
/// Kinds that one endpoint may name.
const KINDS_MAX: usize = 60;

/// An endpoint that is wanted.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where messages go.
    pub url: String,
    /// Kinds of events: exact names, or families like `order.*`.
    pub kinds: Vec<String>,
}

impl NewEndpoint {
    fn lawful(&self, way: &Outbound) -> Result<(String, Vec<String>), DeliveryError> {
        let url = Url::parse(self.url.trim()).map_err(|_| DeliveryError::Address)?;
        let bare = url.username().is_empty() && url.password().is_none() && url.as_str().len() <= URL_MAX;
        if !bare || way.may_post(&url).is_err() {
            return Err(DeliveryError::Address);
        }
        let mut kinds: Vec<String> = self.kinds.iter().map(|kind| named(kind.trim())).collect();
        kinds.sort();
        kinds.dedup();
        let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let known = |kind: &String| {
            kind.len() <= 60
                && kind.split_once('.').is_some_and(|(family, name)| word(family) && (name == "*" || word(name)))
        };
        if kinds.is_empty() || kinds.len() > KINDS_MAX || !kinds.iter().all(known) {
            return Err(DeliveryError::Kinds);
        }
        Ok((url.to_string(), kinds))
    }
}

/// Notices may be asked for by their bare name.
fn named(kind: &str) -> String {
    if kind == "notice" { "notice.*".to_owned() } else { kind.to_owned() }
}

/// Adds an endpoint; answers its secret, which is shown this once. It hears what is written from now on.
///
/// # Errors
/// [`DeliveryError::Address`], [`DeliveryError::Kinds`], [`DeliveryError::TooMany`].
pub async fn add(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    new: &NewEndpoint,
    (way, rules): (&Outbound, &DeliveryRules),
    now: Timestamp,
) -> Result<(Endpoint, String), DeliveryError> {
    let rule = rules.at(now).ok_or(DeliveryError::NoRule)?;
    let (url, kinds) = new.lawful(way)?;
    let id = tx.ids().new_id(now);
    let event = Event::EndpointAdded { webhook: id, url: url.clone(), kinds: kinds.clone() };
    // The head of the chain is the lock: two who add at once take turns, and the second is counted.
    let entry = tx.note(&event, who.actor(), now).await?;
    if tx.count(rows::Entity::find()).await? >= rule.endpoints_most {
        return Err(DeliveryError::TooMany(rule.endpoints_most));
    }
    let secret = signature::secret(&tx.ids().secret());
    let row = rows::ActiveModel {
        id: Set(id),
        url: Set(url),
        kinds: Set(serde_json::to_string(&kinds).unwrap_or_default()),
        active: Set(1),
        secret: Set(secret.clone()),
        old_secret: Set(String::new()),
        old_until: Set(0),
        seen_seq: Set(entry.seq),
        told_at: Set(now.micros()),
        created_at: Set(now.micros()),
        created_by: Set(who.actor().to_owned()),
        version: Set(0),
        ..Default::default()
    };
    tx.insert::<rows::Entity, _>(row).await?;
    super::wake(tx, id, now).await?;
    Ok((find(tx, id).await?, secret))
}

/// Gives an endpoint another address or other kinds.
///
/// # Errors
/// [`DeliveryError::Address`], [`DeliveryError::Kinds`].
pub async fn change(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    id: Uuid,
    new: &NewEndpoint,
    way: &Outbound,
    now: Timestamp,
) -> Result<Endpoint, DeliveryError> {
    let was = find(tx, id).await?;
    let (url, kinds) = new.lawful(way)?;
    let mut update = guarded(&was)
        .col_expr(rows::Column::Url, Expr::value(url.as_str()))
        .col_expr(rows::Column::Kinds, Expr::value(serde_json::to_string(&kinds).unwrap_or_default()));
    if !was.follows() {
        // Whoever did not listen hears what comes from now on.
        update = update.col_expr(rows::Column::ToldAt, Expr::value(now.micros()));
    }
    tx.change_one(update).await?;
    tx.note(&Event::EndpointChanged { webhook: id, url, kinds }, who.actor(), now).await?;
    find(tx, id).await
}

/// Pauses an endpoint: nothing leaves, nothing is lost.
///
/// # Errors
/// [`DeliveryError::Missing`].
pub async fn pause(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    id: Uuid,
    now: Timestamp,
) -> Result<Endpoint, DeliveryError> {
    let was = find(tx, id).await?;
    if was.active {
        tx.change_one(guarded(&was).col_expr(rows::Column::Active, Expr::value(0))).await?;
        tx.note(&Event::EndpointPaused { webhook: id }, who.actor(), now).await?;
    }
    find(tx, id).await
}

/// Resumes an endpoint: it hears everything since.
///
/// # Errors
/// [`DeliveryError::Missing`].
pub async fn resume(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    id: Uuid,
    now: Timestamp,
) -> Result<Endpoint, DeliveryError> {
    let was = find(tx, id).await?;
    if !was.active {
        tx.change_one(guarded(&was).col_expr(rows::Column::Active, Expr::value(1))).await?;
        tx.note(&Event::EndpointResumed { webhook: id }, who.actor(), now).await?;
        super::wake(tx, id, now).await?;
    }
    find(tx, id).await
}

/// Gives an endpoint another secret, which is shown this once. The old one signs as well for a while, so that the receiver
/// changes over without losing a message.
///
/// # Errors
/// [`DeliveryError::Missing`].
pub async fn rotate(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    id: Uuid,
    rules: &DeliveryRules,
    now: Timestamp,
) -> Result<(Endpoint, String), DeliveryError> {
    let rule = rules.at(now).ok_or(DeliveryError::NoRule)?;
    let was = find(tx, id).await?;
    let secret = signature::secret(&tx.ids().secret());
    let update = guarded(&was)
        .col_expr(rows::Column::OldSecret, Expr::value(was.secret.as_str()))
        .col_expr(rows::Column::OldUntil, Expr::value(now.plus_hours(rule.overlap_hours).micros()))
        .col_expr(rows::Column::Secret, Expr::value(secret.as_str()));
    tx.change_one(update).await?;
    tx.note(&Event::SecretRotated { webhook: id }, who.actor(), now).await?;
    Ok((find(tx, id).await?, secret))
}

/// Removes an endpoint; what it had not heard is given up.
///
/// # Errors
/// [`DeliveryError::Missing`].
pub async fn remove(tx: &TenantTx, who: &Staff<ManageDelivery>, id: Uuid, now: Timestamp) -> Result<(), DeliveryError> {
    let was = find(tx, id).await?;
    tx.remove(rows::Entity::delete_many().filter(rows::Column::Id.eq(id))).await?;
    let unheard = [Standing::Waiting, Standing::Failed, Standing::Dead].map(Standing::as_str);
    let update = given_up(now)
        .filter(delivery::Column::Source.eq(id.to_string()))
        .filter(delivery::Column::Standing.is_in(unheard));
    tx.change(update).await?;
    tx.note(&Event::EndpointRemoved { webhook: id, url: was.url }, who.actor(), now).await?;
    Ok(())
}

fn guarded(was: &Endpoint) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
}
