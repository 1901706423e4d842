//! Verbs of the receiver's desk: accept, decline, send back, take down, think again.

use std::collections::HashMap;

use base::duty::Role;
use base::store::Reaching;
use base::{Duty, Staff, SubtreeTx, Timestamp};
use content::column;
use content::document::{self, Withdrawal, WithdrawalKind};
use content::placement::{self, Present};
use content::{DocumentId, EditionId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::model::{Event, Item, ItemKey, JointError, said};
use super::rows::item as rows;
use super::settle::{AT_ONCE, Chosen, moved, place};
use super::standing::{Move, Standing};
use super::{news, reach, views};

/// May decide on what waits for this portal's columns. Held at the receiver: no account of a sender moves anything there.
pub struct DecideJoint;
impl Duty for DecideJoint {
    const NAME: &'static str = "decide_joint";
    const ROLES: &'static [Role] = &[Role::Editor, Role::Reviewer, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}
impl Reaching for DecideJoint {}

/// What an acceptance made true.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Accepted {
    pub placed: Vec<EditionId>,
    /// Documents that the portal carries already.
    pub skipped: usize,
    /// What was decided or taken back meanwhile.
    pub missed: usize,
}

/// Accepts items that wait: their mirrors are live with the commit, in the column that each was meant for or in the one that
/// is named. Of many, those that cannot be accepted any more are counted; of one, the refusal says why.
///
/// # Errors
/// [`JointError::Missing`], [`JointError::WrongTurn`], [`JointError::AlreadyHere`], [`JointError::TakenBack`] for one;
/// [`JointError::Column`] when the column is not the portal's.
pub async fn accept(
    tx: &SubtreeTx,
    who: &Staff<DecideJoint>,
    keys: &[ItemKey],
    into: Option<&str>,
    now: Timestamp,
) -> Result<Accepted, JointError> {
    reach::in_turn(tx).await?;
    let items = some(tx, keys).await?;
    let columns = column::landings(tx).await?;
    if into.is_some_and(|key| !columns.contains_key(key)) {
        return Err(JointError::Column("column"));
    }
    let alone = keys.len() == 1;
    let editions = document::opened_many(tx, &items).await?;
    let mut present = placement::present(tx, items.iter().map(|item| item.key.document)).await?;
    let (mut placing, mut here) = (Vec::new(), Vec::new());
    let mut missed = keys.len().saturating_sub(items.len());
    for item in &items {
        let column = into.unwrap_or(&item.target);
        let fit = item.standing.step(Move::Place).map_err(JointError::from).and_then(|_| {
            let edition = editions.get(&item.edition).ok_or(JointError::TakenBack)?;
            let column = columns.get(column).ok_or(JointError::Column("column"))?;
            Ok(Chosen { item, edition, column })
        });
        match fit {
            Ok(_) if present.get(&item.key.document) == Some(&Present::Live) => here.push(item),
            Ok(chosen) => placing.push(chosen),
            Err(error) if alone => return Err(error),
            Err(_) => missed += 1,
        }
    }
    // The same document through two letters is placed once.
    let mut seen = std::collections::HashSet::new();
    placing.retain(|one| {
        seen.insert(one.item.key.document) || {
            here.push(one.item);
            false
        }
    });
    if alone && !here.is_empty() {
        return Err(JointError::AlreadyHere);
    }
    moved(tx, &here, Standing::Skipped, "", &HashMap::new(), who.actor(), now).await?;
    present.retain(|document, _| seen.contains(document));
    let placed = place(tx, &placing, &present, who.actor(), now).await?;
    tx.note(&Event::Accepted { placed: placed.clone(), skipped: here.len() }, who.actor(), now).await?;
    Ok(Accepted { placed, skipped: here.len(), missed })
}

async fn some(tx: &SubtreeTx, keys: &[ItemKey]) -> Result<Vec<Item>, JointError> {
    if keys.is_empty() || keys.len() as u64 > AT_ONCE {
        return Err(JointError::Text { field: "items", limit: AT_ONCE as usize });
    }
    let one = |key: &ItemKey| {
        Condition::all().add(rows::Column::ViaId.eq(key.via)).add(rows::Column::DocumentId.eq(key.document))
    };
    let any = keys.iter().map(one).fold(Condition::any(), Condition::add);
    let items = views::held(tx, rows::Entity::find().filter(any)).await?;
    if items.is_empty() { Err(JointError::Missing) } else { Ok(items) }
}

/// 不采用, with a reason.
///
/// # Errors
/// [`JointError::Text`] without a reason; [`JointError::WrongTurn`].
pub async fn decline(
    tx: &SubtreeTx,
    who: &Staff<DecideJoint>,
    key: ItemKey,
    reason: &str,
    now: Timestamp,
) -> Result<Item, JointError> {
    decide(tx, who, key, Move::Decline, reason, now).await
}

/// 退回, with a reason: the next edition comes again by itself.
///
/// # Errors
/// [`JointError::Text`] without a reason; [`JointError::WrongTurn`].
pub async fn return_to(
    tx: &SubtreeTx,
    who: &Staff<DecideJoint>,
    key: ItemKey,
    reason: &str,
    now: Timestamp,
) -> Result<Item, JointError> {
    decide(tx, who, key, Move::Return, reason, now).await
}

/// Takes a mirror off this portal's pages, with a reason that the sender sees. The origin's own page is not touched.
///
/// # Errors
/// [`JointError::UnderOrder`] when an order put it there.
pub async fn take_down(
    tx: &SubtreeTx,
    who: &Staff<DecideJoint>,
    key: ItemKey,
    reason: &str,
    now: Timestamp,
) -> Result<Item, JointError> {
    decide(tx, who, key, Move::TakeDown, reason, now).await
}

async fn decide(
    tx: &SubtreeTx,
    who: &Staff<DecideJoint>,
    key: ItemKey,
    attempted: Move,
    reason: &str,
    now: Timestamp,
) -> Result<Item, JointError> {
    let reason = said("reason", reason, 1)?;
    reach::in_turn(tx).await?;
    let was = views::find_item_received(tx, key).await?;
    let is = was.standing.step(attempted)?;
    moved(tx, &[&was], is, &reason, &HashMap::new(), who.actor(), now).await?;
    if attempted == Move::TakeDown {
        off_the_pages(tx, &[key.document], &reason, now).await?;
    }
    tx.note(&Event::Decided { item: key, standing: is, reason }, who.actor(), now).await?;
    news::decided(tx, &was, is, now).await?;
    views::find_item_received(tx, key).await
}

async fn off_the_pages(
    tx: &SubtreeTx,
    documents: &[DocumentId],
    reason: &str,
    now: Timestamp,
) -> Result<(), JointError> {
    let withdrawal = Withdrawal::of(WithdrawalKind::Notice, reason);
    placement::take_down(tx, documents, &withdrawal, now).await?;
    let still = placement::present(tx, documents.iter().copied()).await?;
    if still.values().any(|is| *is == Present::Live) { Err(JointError::UnderOrder) } else { Ok(()) }
}

/// Thinks again: what was decided waits once more, and what was placed goes off the pages until then. It undoes an acceptance
/// of many at once as well.
///
/// # Errors
/// [`JointError::WrongTurn`]; [`JointError::UnderOrder`].
pub async fn reopen(
    tx: &SubtreeTx,
    who: &Staff<DecideJoint>,
    keys: &[ItemKey],
    now: Timestamp,
) -> Result<usize, JointError> {
    reach::in_turn(tx).await?;
    let items = some(tx, keys).await?;
    for item in &items {
        item.standing.step(Move::Reopen)?;
    }
    let placed: Vec<DocumentId> =
        items.iter().filter(|item| item.standing == Standing::Placed).map(|item| item.key.document).collect();
    let all: Vec<&Item> = items.iter().collect();
    moved(tx, &all, Standing::InReview, "", &HashMap::new(), who.actor(), now).await?;
    if !placed.is_empty() {
        off_the_pages(tx, &placed, "重新审核", now).await?;
    }
    for item in &items {
        let event = Event::Decided { item: item.key, standing: Standing::InReview, reason: String::new() };
        tx.note(&event, who.actor(), now).await?;
    }
    Ok(items.len())
}
