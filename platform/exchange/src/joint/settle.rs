//! What is done to items of this portal by the dozen: one guarded statement moves them, one places their mirrors.

use std::collections::HashMap;

use base::store::StoreError;
use base::{SubtreeTx, Timestamp};
use content::document::EditionView;
use content::placement::{self, Incoming, Present, Seat};
use content::{DocumentId, EditionId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, sea_query::CaseStatement, sea_query::Expr};

use super::model::{Item, JointError};
use super::rows::item as rows;
use super::standing::Standing;

/// Items that are looked at in one transaction.
pub(super) const AT_ONCE: u64 = 200;

/// Moves items of this portal, each guarded by the version that was read: all of them, or `Stale`.
pub(super) async fn moved(
    tx: &SubtreeTx,
    items: &[&Item],
    is: Standing,
    reason: &str,
    addresses: &HashMap<DocumentId, String>,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if items.is_empty() {
        return Ok(());
    }
    let one = |item: &&Item| {
        Condition::all()
            .add(rows::Column::ViaId.eq(item.key.via))
            .add(rows::Column::DocumentId.eq(item.key.document))
            .add(rows::Column::Version.eq(item.version))
    };
    let mut update = rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(actor))
        .col_expr(rows::Column::Reason, Expr::value(reason))
        .col_expr(rows::Column::Version, Expr::col(rows::Column::Version).add(1))
        .filter(items.iter().map(one).fold(Condition::any(), Condition::add));
    if !addresses.is_empty() {
        let by_document = addresses.iter().fold(CaseStatement::new(), |case, (document, address)| {
            case.case(rows::Column::DocumentId.eq(*document), Expr::value(address.as_str()))
        });
        update = update.col_expr(rows::Column::Address, by_document.finally(Expr::col(rows::Column::Address)).into());
    }
    match tx.change(update).await? {
        changed if changed == items.len() as u64 => Ok(()),
        _ => Err(StoreError::Stale),
    }
}

/// An item that is to be placed, and into which column of this portal.
pub(super) struct Chosen<'a> {
    pub item: &'a Item,
    pub edition: &'a EditionView,
    pub column: &'a str,
}

/// Places mirrors of documents of which none is live here. The items are moved first: whoever withdraws or corrects at the
/// origin waits for them, and then finds the mirrors.
pub(super) async fn place(
    tx: &SubtreeTx,
    chosen: &[Chosen<'_>],
    present: &HashMap<DocumentId, Present>,
    actor: &str,
    now: Timestamp,
) -> Result<Vec<EditionId>, JointError> {
    let (gone, new): (Vec<&Chosen<'_>>, Vec<&Chosen<'_>>) =
        chosen.iter().partition(|one| present.contains_key(&one.item.key.document));
    let mut mirrors = Vec::with_capacity(new.len());
    let mut addresses = HashMap::with_capacity(chosen.len());
    for one in &new {
        let mirror =
            Incoming { origin: one.item.origin, through: one.item.sender, edition: one.edition, column: one.column };
        addresses.insert(one.item.key.document, mirror.address(now));
        mirrors.push(mirror);
    }
    for one in &gone {
        if let Some(seat) = placement::by_document(tx, one.item.key.document).await? {
            addresses.insert(one.item.key.document, seat.address);
        }
    }
    let items: Vec<&Item> = chosen.iter().map(|one| one.item).collect();
    moved(tx, &items, Standing::Placed, "", &addresses, actor, now).await?;
    placement::put_mirrors(tx, &mirrors, actor, now).await?;
    // What stood here before comes back at its own address.
    for one in &gone {
        let seat = Seat { column: one.column.to_owned(), ..Seat::default() };
        placement::put_mirror(tx, one.item.origin, one.edition, None, seat, actor, now).await?;
    }
    super::reach::forward(tx, now).await?;
    Ok(chosen.iter().map(|one| one.item.edition).collect())
}
