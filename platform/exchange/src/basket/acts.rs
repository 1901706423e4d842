//! Verbs of baskets: create, put, remove, close, reopen, adopt.

use std::collections::HashSet;

use base::{Staff, TenantTx, Timestamp};
use content::document::{AdoptDocument, Fields};
use content::text;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::model::{Basket, BasketError, Event, MEMBERS_MAX};
use super::rows::{basket, item};
use super::{BasketId, views};
use crate::submission::rows::submission as letters;
use crate::submission::{self, Adopted, Adoption, DecideSubmission, SubmissionError, SubmissionId};

/// Longest topic in characters.
const TOPIC_MAX: usize = 100;
/// Longest note in characters.
const NOTE_MAX: usize = 500;

/// A basket to be.
#[derive(Clone, Debug, Default)]
pub struct NewBasket {
    /// What it collects, 1 to 100 characters.
    pub topic: String,
    /// At most 500 characters.
    pub note: String,
}

/// Begins a basket.
///
/// # Errors
/// [`BasketError::Text`].
pub async fn create(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    new: NewBasket,
    now: Timestamp,
) -> Result<Basket, BasketError> {
    let topic = bounded("topic", &new.topic, 1, TOPIC_MAX)?;
    let note = bounded("note", &new.note, 0, NOTE_MAX)?;
    let id = BasketId(tx.ids().new_id(now));
    let row = basket::ActiveModel {
        id: Set(id),
        topic: Set(topic.clone()),
        note: Set(note),
        created_at: Set(now.micros()),
        created_by: Set(who.actor().to_owned()),
        closed_at: Set(None),
        ..Default::default()
    };
    tx.insert(row).await?;
    tx.note(&Event::Created { basket: id, topic }, who.actor(), now).await?;
    views::find(tx, id).await
}

/// Puts received submissions into a basket; one that lies there already stays.
///
/// # Errors
/// [`SubmissionError::Missing`] when one of them was not received here; [`BasketError::Closed`]; [`BasketError::Full`].
pub async fn put(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: BasketId,
    ids: &[SubmissionId],
    now: Timestamp,
) -> Result<Basket, BasketError> {
    let found = views::find(tx, id).await?;
    if found.closed_at.is_some() {
        return Err(BasketError::Closed);
    }
    let wanted: HashSet<SubmissionId> = ids.iter().copied().collect();
    if wanted.len() > MEMBERS_MAX {
        return Err(BasketError::Full);
    }
    let mine = letters::Entity::find().filter(letters::Column::Id.is_in(wanted.iter().copied()));
    if tx.count(mine).await? != wanted.len() as u64 {
        return Err(SubmissionError::Missing.into());
    }
    let there = tx.all(item::Entity::find().filter(item::Column::BasketId.eq(id))).await?;
    let there: HashSet<SubmissionId> = there.into_iter().map(|row| row.submission_id).collect();
    let new: Vec<SubmissionId> = wanted.difference(&there).copied().collect();
    if there.len() + new.len() > MEMBERS_MAX {
        return Err(BasketError::Full);
    }
    if !new.is_empty() {
        let rows = new.iter().map(|one| item::ActiveModel {
            basket_id: Set(id),
            submission_id: Set(*one),
            put_at: Set(now.micros()),
            put_by: Set(who.actor().to_owned()),
            ..Default::default()
        });
        tx.insert_many(rows.collect()).await?;
        tx.note(&Event::Filled { basket: id, submissions: new }, who.actor(), now).await?;
    }
    views::find(tx, id).await
}

/// Takes submissions out of a basket; what does not lie in it is left out.
///
/// # Errors
/// [`BasketError::Missing`].
pub async fn remove(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: BasketId,
    ids: &[SubmissionId],
    now: Timestamp,
) -> Result<Basket, BasketError> {
    views::find(tx, id).await?;
    let delete = item::Entity::delete_many()
        .filter(item::Column::BasketId.eq(id))
        .filter(item::Column::SubmissionId.is_in(ids.iter().copied()));
    if tx.remove(delete).await? > 0 {
        tx.note(&Event::Emptied { basket: id, submissions: ids.to_vec() }, who.actor(), now).await?;
    }
    views::find(tx, id).await
}

/// Closes a basket: nothing is put into it any more. Doing it twice changes nothing.
///
/// # Errors
/// [`BasketError::Missing`].
pub async fn close(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: BasketId,
    now: Timestamp,
) -> Result<Basket, BasketError> {
    shut(tx, who, id, Some(now), now).await
}

/// Opens a closed basket again.
///
/// # Errors
/// [`BasketError::Missing`].
pub async fn reopen(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: BasketId,
    now: Timestamp,
) -> Result<Basket, BasketError> {
    shut(tx, who, id, None, now).await
}

async fn shut(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: BasketId,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Basket, BasketError> {
    let was = views::find(tx, id).await?;
    if was.closed_at.is_some() == at.is_some() {
        return Ok(was);
    }
    let update = basket::Entity::update_many()
        .col_expr(basket::Column::ClosedAt, Expr::value(at.map(Timestamp::micros)))
        .filter(basket::Column::Id.eq(id));
    tx.change_one(update).await?;
    let event = if at.is_some() { Event::Closed { basket: id } } else { Event::Reopened { basket: id } };
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, id).await
}

/// Makes one document of everything in the basket that waits for a decision (综合采用); all senders are credited. What was
/// decided before stays as it was decided.
///
/// # Errors
/// [`BasketError::Empty`]; whatever refuses an adoption, and then nothing is adopted.
pub async fn adopt(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    writer: &Staff<AdoptDocument>,
    id: BasketId,
    fields: Fields,
    now: Timestamp,
) -> Result<Adopted, BasketError> {
    views::find(tx, id).await?;
    let waiting = views::open_ids(tx, id).await?;
    let (first, rest) = waiting.split_first().ok_or(BasketError::Empty)?;
    let adoption = Adoption { of: *first, with: rest.to_vec(), fields };
    let adopted = submission::adopt(tx, who, writer, adoption, now).await?;
    let event = Event::Adopted { basket: id, document: adopted.document, submissions: waiting };
    tx.note(&event, who.actor(), now).await?;
    Ok(adopted)
}

fn bounded(field: &'static str, said: &str, least: usize, limit: usize) -> Result<String, BasketError> {
    let clean = text::strip_controls(said).trim().to_owned();
    let length = clean.chars().count();
    if length < least || length > limit { Err(BasketError::Text { field, limit }) } else { Ok(clean) }
}
