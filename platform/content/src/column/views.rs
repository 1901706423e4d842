//! What columns show: the tree, one of them, where a key leads, how full they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::model::{ColumnError, State, is_key};
use super::{Column, Filled, rows, tree};
use crate::placement::rows as placement;

/// Every column of the tenant, archived ones too, in the order of their numbers.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn all(tx: &TenantTx) -> Result<Vec<Column>, StoreError> {
    let select = rows::Entity::find().order_by_asc(rows::Column::Position).order_by_asc(rows::Column::Key);
    tx.all(select).await?.into_iter().map(Column::try_from).collect()
}

/// The columns that the public finds by itself and that writers choose from, in display order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(tx: &TenantTx) -> Result<Vec<Column>, StoreError> {
    Ok(tree::visible(&all(tx).await?))
}

/// What a picker offers when `chosen` is chosen already: a hidden column goes on for whoever is in it, and an archived one is
/// replaced by where it leads. Answers the columns and the key that is chosen now.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn offered(tx: &TenantTx, chosen: &str) -> Result<(Vec<Column>, String), StoreError> {
    let all = all(tx).await?;
    let mut offered = tree::visible(&all);
    let Some(landed) = tree::landing(&all, chosen) else { return Ok((offered, chosen.to_owned())) };
    if offered.iter().all(|column| column.key != landed.key) {
        offered.push(landed.clone());
    }
    Ok((offered, landed.key.clone()))
}

/// Whether the tenant has a column of this key that is not archived. What cannot be a key is not looked up.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn known(tx: &TenantTx, key: &str) -> Result<bool, StoreError> {
    let standing =
        rows::Entity::find().filter(rows::Column::Key.eq(key)).filter(rows::Column::State.ne(State::Archived.as_str()));
    Ok(is_key(key) && tx.count(standing).await? > 0)
}

/// Where something that names a column goes: into it, or, when it is archived, into what it was merged into. None when there
/// is no such column, or when it leads to the home page only.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn landing(tx: &TenantTx, key: &str) -> Result<Option<String>, StoreError> {
    if known(tx, key).await? {
        return Ok(Some(key.to_owned()));
    }
    if !is_key(key) {
        return Ok(None);
    }
    Ok(tree::landing(&all(tx).await?, key).map(|column| column.key.clone()))
}

/// What the address of a column leads to.
#[derive(Clone, Debug)]
pub enum Reached {
    /// A column that stands.
    Column(Box<Column>),
    /// Over: to the column of this key, or to the home page.
    Over(Option<String>),
    /// There never was one.
    Nothing,
}

/// What the address of a column leads to.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn at(tx: &TenantTx, key: &str) -> Result<Reached, StoreError> {
    match find(tx, key).await {
        Ok(column) if column.stands() => Ok(Reached::Column(Box::new(column))),
        Ok(column) => Ok(Reached::Over(landing(tx, &column.key).await?)),
        Err(ColumnError::Store(error)) => Err(error),
        Err(_) => Ok(Reached::Nothing),
    }
}

/// Where every key leads that leads to a column: see [`landing`].
///
/// # Errors
/// [`StoreError::Database`].
pub async fn landings(tx: &TenantTx) -> Result<HashMap<String, String>, StoreError> {
    let all = all(tx).await?;
    let led = all.iter().filter_map(|column| Some((column.key.clone(), tree::landing(&all, &column.key)?.key.clone())));
    Ok(led.collect())
}

/// One column of the tenant, whatever its state.
///
/// # Errors
/// [`ColumnError::Missing`].
pub async fn find(tx: &TenantTx, key: &str) -> Result<Column, ColumnError> {
    if !is_key(key) {
        return Err(ColumnError::Missing);
    }
    let row = tx.one(rows::Entity::find().filter(rows::Column::Key.eq(key))).await?;
    row.map(Column::try_from).transpose()?.ok_or(ColumnError::Missing)
}

/// What stands in each column: one statement for all of them, and one more when rules ask for more than one item.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn filled(tx: &TenantTx, columns: &[Column]) -> Result<HashMap<String, Filled>, StoreError> {
    let mut select = rows::filled();
    if let [one] = columns {
        select = select.filter(placement::Column::ColumnKey.eq(one.key.as_str()));
    }
    let found: Vec<rows::FilledRow> = tx.pick(select).await?;
    let read = |row: rows::FilledRow| {
        let newest = row.newest.map(Timestamp);
        (row.key, Filled { items: row.items, newest, nth: newest })
    };
    let mut filled: HashMap<String, Filled> = found.into_iter().map(read).collect();
    let minima: BTreeSet<i32> = columns.iter().map(|column| column.update_min).filter(|min| *min > 1).collect();
    if !minima.is_empty() {
        let minima: Vec<i32> = minima.into_iter().collect();
        let mut select = rows::nths(&minima);
        if let [one] = columns {
            select = select.filter(rows::Column::Key.eq(one.key.as_str()));
        }
        let found: Vec<rows::NthRow> = tx.pick(select).await?;
        for row in found {
            if let Some(filled) = filled.get_mut(&row.key) {
                filled.nth = row.nth.map(Timestamp);
            }
        }
    }
    Ok(filled)
}

/// How many items of a column were published on each day, by days since the epoch in China.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn days(
    tx: &TenantTx,
    key: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<BTreeMap<i64, i64>, StoreError> {
    let found: Vec<rows::DayRow> = tx.pick(rows::by_day(key, from.micros(), until.micros())).await?;
    Ok(found.into_iter().map(|row| (row.day, row.items)).collect())
}

/// What a merge would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MergePreview {
    /// Items before the public that would stand in the other column.
    pub moving: u64,
    /// Items that stand in both, and would stay in the archived one.
    pub staying: u64,
}

/// What merging one column into another would do.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn merge_preview(tx: &TenantTx, source: &str, target: &str) -> Result<MergePreview, StoreError> {
    let live = placement::Column::State.eq("live");
    let whole = placement::Entity::find().filter(placement::Column::ColumnKey.eq(source)).filter(live.clone());
    let moving = tx.count(rows::moving(tx.tenant(), source, target).filter(live)).await?;
    Ok(MergePreview { moving, staying: tx.count(whole).await?.saturating_sub(moving) })
}

impl TryFrom<rows::Model> for Column {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let state = State::parse(&row.state)
            .ok_or_else(|| StoreError::Suspicious { table: "site_column", what: format!("state of {}", row.key) })?;
        Ok(Self {
            state,
            key: row.key,
            standard_code: row.standard_code,
            parent_key: row.parent_key,
            name: row.name,
            kind: row.kind,
            description: row.description,
            keywords: row.keywords,
            position: row.position,
            home: row.home,
            update_window_days: row.update_window_days,
            update_min: row.update_min,
            successor_key: row.successor_key,
            remind_days: row.remind_days,
            owner: row.owner,
            owner_until: row.owner_until,
            version: row.version,
        })
    }
}
