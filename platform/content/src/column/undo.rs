//! Taking an act back, while nothing else has happened to what it touched.

use base::{Staff, StoreError, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::acts::ManageColumns;
use super::model::ColumnError;
use super::record::{Act, ActId, ActKind, put, told};
use super::rows::act;
use super::{Column, ColumnRule, rows, tree, views};
use crate::placement::rows as placement;

/// The newest act that can be taken back, as far as time goes.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn undoable(tx: &TenantTx, rule: &ColumnRule, now: Timestamp) -> Result<Option<Act>, StoreError> {
    let select = act::Entity::find()
        .filter(act::Column::UndoneAt.is_null())
        .filter(act::Column::At.gte(now.plus_minutes(-rule.undo_minutes).micros()))
        .order_by_desc(act::Column::Number)
        .limit(1);
    tx.one(select).await?.map(Act::try_from).transpose()
}

/// Takes an act back, while every column that it touched is as it left it. What a merge moved goes back as far as it stands
/// where the merge put it; a column that was made goes when nothing stands in it.
///
/// # Errors
/// [`ColumnError::NoAct`], [`ColumnError::TooLate`], [`ColumnError::Filled`]; [`ColumnError::Changed`] naming what was changed
/// since.
pub async fn undo(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    rule: &ColumnRule,
    id: ActId,
    now: Timestamp,
) -> Result<Act, ColumnError> {
    tx.all(rows::held()).await?;
    let all = views::all(tx).await?;
    let row = tx.one(act::Entity::find().filter(act::Column::Id.eq(id))).await?.ok_or(ColumnError::NoAct)?;
    let mut act = Act::try_from(row)?;
    if !act.fresh(rule, now) {
        return Err(ColumnError::TooLate(rule.undo_minutes));
    }
    let made = |one: &Column| act.was.iter().all(|was| was.key != one.key);
    let (gone, restored) = unwound(&all, &act, rule)?;
    for one in act.became.iter().filter(|one| made(one)) {
        let seats = placement::Entity::find().filter(placement::Column::ColumnKey.eq(one.key.as_str()));
        if tx.count(seats).await? + tx.count(rows::naming(&one.key)).await? > 0 {
            return Err(ColumnError::Filled);
        }
    }
    put(tx, &all, restored, now).await?;
    if !gone.is_empty() {
        tx.remove(rows::Entity::delete_many().filter(rows::Column::Key.is_in(gone))).await?;
    }
    if act.kind == ActKind::Merged {
        tx.change(rows::carried(tx.tenant(), id, &act.target, &act.column, now.micros())).await?;
    }
    let update = act::Entity::update_many()
        .col_expr(act::Column::UndoneAt, Expr::value(now.micros()))
        .col_expr(act::Column::UndoneBy, Expr::value(who.actor()))
        .filter(act::Column::Id.eq(id))
        .filter(act::Column::UndoneAt.is_null());
    tx.change_one(update).await?;
    told(tx, &act, "column.undone", who.actor(), now).await?;
    act.undone_at = Some(now);
    act.undone_by = who.actor().to_owned();
    Ok(act)
}

/// The rows of an act as they were, with the versions of today; and the keys of what it made.
fn unwound(all: &[Column], act: &Act, rule: &ColumnRule) -> Result<(Vec<String>, Vec<Column>), ColumnError> {
    let (mut gone, mut restored, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for left in &act.became {
        let now = all.iter().find(|column| column.key == left.key);
        match (now, act.was.iter().find(|was| was.key == left.key)) {
            (Some(now), Some(was)) if now.says_the_same(left) => {
                restored.push(Column { version: now.version, ..was.clone() });
            }
            (Some(now), None) if now.says_the_same(left) => gone.push(left.key.clone()),
            (now, _) => changed.push(now.map_or(&left.name, |now| &now.name).clone()),
        }
    }
    let after = all
        .iter()
        .filter(|column| !gone.contains(&column.key))
        .map(|column| restored.iter().find(|one| one.key == column.key).unwrap_or(column).clone());
    let after: Vec<Column> = after.collect();
    if changed.is_empty() && !tree::sound(&after, rule) {
        // What it touched is as it was left, but what stands around it is not.
        changed.push(act.name().to_owned());
    }
    if changed.is_empty() { Ok((gone, restored)) } else { Err(ColumnError::Changed(changed)) }
}
