//! What delivery shows to surfaces: dead letters and how much waits.

use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::Serialize;
use uuid::Uuid;

use super::model::{Channel, Standing};
use super::rows::delivery as rows;

/// One delivery as people see it.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct DeadLetter {
    pub id: Uuid,
    pub channel: Channel,
    pub standing: Standing,
    /// What it is about: the audience of a digest, or the kind of an event.
    pub what: String,
    pub address: String,
    pub urgent: bool,
    pub attempts: i32,
    /// What the other side said last.
    pub said: String,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
    /// When it is tried again, while it is.
    pub run_at: Timestamp,
}

/// How much stands where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Tally {
    pub waiting: u64,
    pub sent: u64,
    pub dead: u64,
    pub given_up: u64,
}

/// How many dead letters wait for people.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn dead_count(tx: &TenantTx) -> Result<u64, StoreError> {
    tx.count(rows::Entity::find().filter(rows::Column::Standing.eq(Standing::Dead.as_str()))).await
}

/// How much stands where, in all channels.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn tally(tx: &TenantTx) -> Result<Tally, StoreError> {
    let of = |standing: &[Standing]| {
        let words: Vec<&str> = standing.iter().map(|one| one.as_str()).collect();
        rows::Entity::find().filter(rows::Column::Standing.is_in(words))
    };
    Ok(Tally {
        waiting: tx.count(of(&Standing::OPEN)).await?,
        sent: tx.count(of(&[Standing::Sent])).await?,
        dead: dead_count(tx).await?,
        given_up: tx.count(of(&[Standing::GivenUp])).await?,
    })
}

/// One page of dead letters, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn dead(tx: &TenantTx, after: Option<Cursor>, limit: u64) -> Result<Page<DeadLetter>, StoreError> {
    listed(tx, Some(Standing::Dead), after, limit).await
}

/// One page of everything that left or was to leave, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn recent(tx: &TenantTx, after: Option<Cursor>, limit: u64) -> Result<Page<DeadLetter>, StoreError> {
    listed(tx, None, after, limit).await
}

async fn listed(
    tx: &TenantTx,
    standing: Option<Standing>,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<DeadLetter>, StoreError> {
    let mut select =
        rows::Entity::find().order_by_desc(rows::Column::CreatedAt).order_by_desc(rows::Column::Id).limit(limit + 1);
    if let Some(standing) = standing {
        select = select.filter(rows::Column::Standing.eq(standing.as_str()));
    }
    if let Some(after) = after {
        let older = Expr::col(rows::Column::CreatedAt).lt(after.at);
        let same = Expr::col(rows::Column::CreatedAt).eq(after.at).and(Expr::col(rows::Column::Id).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let page = Page::cut(tx.all(select).await?, limit as usize, |row| Cursor { at: row.created_at, id: row.id }.text());
    let items = page.items.into_iter().map(DeadLetter::try_from).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

impl TryFrom<rows::Model> for DeadLetter {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Suspicious { table: "delivery", what: format!("standing of {}", row.id) };
        Ok(Self {
            standing: Standing::parse(&row.standing).ok_or_else(unreadable)?,
            channel: if row.channel == Channel::Mail.as_str() { Channel::Mail } else { Channel::Webhook },
            id: row.id,
            what: row.what,
            address: row.address,
            urgent: row.urgent != 0,
            attempts: row.attempts,
            said: row.said,
            created_at: Timestamp(row.created_at),
            settled_at: row.settled_at.map(Timestamp),
            run_at: Timestamp(row.run_at),
        })
    }
}
