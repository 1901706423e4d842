//! Verbs of link entries.

use base::duty::Role;
use base::{Duty, Staff, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::model::{Entry, Event, LinkError, Move, NewEntry, Standing};
use super::{rows, views};
use crate::document::DocumentError;
use crate::{DocumentId, column, placement};

/// May put links into columns and answers for them.
pub struct KeepLinks;
impl Duty for KeepLinks {
    const NAME: &'static str = "keep_links";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin];
    const BELOW: bool = false;
}

/// The follow-up of every change: the checker looks at the entry. Named here, run by whoever may look outside.
const GATHER: &str = "link.gather";

async fn look(tx: &TenantTx, id: DocumentId, now: Timestamp) -> Result<(), LinkError> {
    tx.enqueue(GATHER, &format!("gather:{id}"), &format!("{{\"subject\":\"{id}\"}}"), now, now).await?;
    Ok(())
}

/// The same entry in the column that it names, or in what that was merged into.
async fn landed(tx: &TenantTx, entry: NewEntry) -> Result<NewEntry, LinkError> {
    match column::landing(tx, &entry.column).await? {
        Some(column) => Ok(NewEntry { column, ..entry }),
        None => Err(DocumentError::NoColumn(entry.column).into()),
    }
}

/// Puts a link into a column.
///
/// # Errors
/// [`LinkError::Field`] naming what to mend.
pub async fn add(tx: &TenantTx, who: &Staff<KeepLinks>, entry: NewEntry, now: Timestamp) -> Result<Entry, LinkError> {
    let entry = landed(tx, entry.cleaned()?).await?;
    let id = DocumentId(tx.ids().new_id(now));
    placement::put_link(tx, id, &entry.column, &entry.title, &entry.unit, who.actor(), now).await?;
    let event = Event::Added { link: id, url: entry.url.clone(), owner: entry.owner.clone() };
    let row = rows::ActiveModel {
        id: Set(id),
        column_key: Set(entry.column),
        title: Set(entry.title),
        url: Set(entry.url),
        unit: Set(entry.unit),
        owner: Set(entry.owner),
        note: Set(entry.note),
        expires_at: Set(entry.expires_at.map(Timestamp::micros)),
        standing: Set(Standing::Live.as_str().to_owned()),
        created_at: Set(now.micros()),
        changed_at: Set(now.micros()),
        changed_by: Set(who.actor().to_owned()),
        version: Set(1),
        ..Default::default()
    };
    tx.insert(row).await?;
    tx.note(&event, who.actor(), now).await?;
    look(tx, id, now).await?;
    views::find(tx, id).await
}

/// Changes a link. `version` is the one that was read.
///
/// # Errors
/// [`LinkError::Stale`]; [`LinkError::Field`].
pub async fn change(
    tx: &TenantTx,
    who: &Staff<KeepLinks>,
    id: DocumentId,
    version: i32,
    entry: NewEntry,
    now: Timestamp,
) -> Result<Entry, LinkError> {
    let entry = landed(tx, entry.cleaned()?).await?;
    let was = views::find(tx, id).await?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::ColumnKey, Expr::value(entry.column.as_str()))
        .col_expr(rows::Column::Title, Expr::value(entry.title.as_str()))
        .col_expr(rows::Column::Url, Expr::value(entry.url.as_str()))
        .col_expr(rows::Column::Unit, Expr::value(entry.unit.as_str()))
        .col_expr(rows::Column::Owner, Expr::value(entry.owner.as_str()))
        .col_expr(rows::Column::Note, Expr::value(entry.note.as_str()))
        .col_expr(rows::Column::ExpiresAt, Expr::value(entry.expires_at.map(Timestamp::micros)))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::ChangedBy, Expr::value(who.actor()))
        .col_expr(rows::Column::Version, Expr::value(version + 1))
        .filter(rows::Column::Id.eq(id))
        .filter(rows::Column::Version.eq(version));
    if tx.change(update).await? != 1 {
        return Err(LinkError::Stale { yours: version, newest: was.version });
    }
    placement::change_link(tx, id, &entry.column, &entry.title, &entry.unit, now).await?;
    let event = Event::Changed { link: id, was: was.url, url: entry.url, owner: entry.owner };
    tx.note(&event, who.actor(), now).await?;
    look(tx, id, now).await?;
    views::find(tx, id).await
}

/// Takes a link off the pages or puts it back. Showing one that had ended needs an end that lies ahead.
///
/// # Errors
/// [`LinkError::WrongTurn`]; [`LinkError::Field`] when its end has passed.
pub async fn turn(
    tx: &TenantTx,
    who: &Staff<KeepLinks>,
    id: DocumentId,
    attempted: Move,
    now: Timestamp,
) -> Result<Entry, LinkError> {
    let was = views::find(tx, id).await?;
    let is = was.standing.step(attempted)?;
    if is == Standing::Live && was.expires_at.is_some_and(|at| at <= now) {
        return Err(LinkError::Field { field: "expires_at", code: "passed", limit: 0 });
    }
    put(tx, &was, is, who.actor(), now).await?;
    look(tx, id, now).await?;
    views::find(tx, id).await
}

async fn put(tx: &TenantTx, was: &Entry, is: Standing, actor: &str, now: Timestamp) -> Result<(), LinkError> {
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::ChangedBy, Expr::value(actor))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version));
    tx.change_one(update).await?;
    placement::turn_link(tx, was.id, is == Standing::Live, now).await?;
    tx.note(&Event::Turned { link: was.id, standing: is }, actor, now).await?;
    Ok(())
}

/// Takes off the pages what nobody answers for any more; answers the entries.
///
/// # Errors
/// [`LinkError::Store`].
pub async fn expire_due(tx: &TenantTx, now: Timestamp) -> Result<Vec<Entry>, LinkError> {
    let due = views::expiring(tx, now).await?;
    for was in &due {
        put(tx, was, was.standing.step(Move::Expire)?, base::duty::PLATFORM, now).await?;
    }
    Ok(due)
}
