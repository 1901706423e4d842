//! Verbs of columns. Every one reads the whole tree under a lock, asks the pure tree for the rows that change, and writes
//! those, the act and one event.

use base::duty::Role;
use base::{Duty, Staff, TenantTx, Timestamp};

use super::model::{ColumnEdit, ColumnError, NewColumn, RuleEdit, Turn};
use super::record::{Act, ActKind, Doing, write};
use super::{Column, ColumnRule, Seat, rows, tree, views};

/// May change the tenant's columns.
pub struct ManageColumns;
impl Duty for ManageColumns {
    const NAME: &'static str = "manage_columns";
    const ROLES: &'static [Role] = &[Role::TenantAdmin];
    const BELOW: bool = false;
}

/// The tree, held until the transaction ends.
async fn held(tx: &TenantTx) -> Result<Vec<Column>, ColumnError> {
    // Two statements: what was written while this one waited is seen by the second only.
    tx.all(rows::held()).await?;
    Ok(views::all(tx).await?)
}

/// Refuses what was decided over something older. Without a version nothing was read.
fn as_read(all: &[Column], key: &str, version: Option<i32>) -> Result<(), ColumnError> {
    let newest = all.iter().find(|column| column.key == key).ok_or(ColumnError::Missing)?.version;
    match version {
        Some(yours) if yours != newest => Err(ColumnError::Stale { yours, newest }),
        _ => Ok(()),
    }
}

/// Makes a column at the end of its siblings.
///
/// # Errors
/// See [`ColumnError`].
pub async fn create(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    rule: &ColumnRule,
    new: &NewColumn,
    now: Timestamp,
) -> Result<Act, ColumnError> {
    let all = held(tx).await?;
    let changed = tree::create(&all, new, rule)?;
    let doing = Doing { kind: ActKind::Created, key: new.key.trim(), target: "", actor: who.actor(), now };
    write(tx, &all, changed, &doing).await
}

/// Changes a column's labels and its place on the home page. `version` is the one that was read.
///
/// # Errors
/// See [`ColumnError`].
pub async fn edit(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    (key, version): (&str, Option<i32>),
    edit: &ColumnEdit,
    now: Timestamp,
) -> Result<Option<Act>, ColumnError> {
    let all = held(tx).await?;
    as_read(&all, key, version)?;
    let doing = Doing { kind: ActKind::Edited, key, target: "", actor: who.actor(), now };
    done(tx, &all, tree::edit(&all, key, edit)?, &doing).await
}

/// Changes a column's update rule, its reminder and who answers for it.
///
/// # Errors
/// See [`ColumnError`].
pub async fn set_rule(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    (key, version): (&str, Option<i32>),
    edit: &RuleEdit,
    now: Timestamp,
) -> Result<Option<Act>, ColumnError> {
    let all = held(tx).await?;
    as_read(&all, key, version)?;
    let doing = Doing { kind: ActKind::RuleSet, key, target: "", actor: who.actor(), now };
    done(tx, &all, tree::set_rule(&all, key, edit)?, &doing).await
}

/// Moves a column, with everything below it, to another place in the tree.
///
/// # Errors
/// See [`ColumnError`].
pub async fn shift(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    rule: &ColumnRule,
    (key, version): (&str, Option<i32>),
    seat: &Seat,
    now: Timestamp,
) -> Result<Option<Act>, ColumnError> {
    let all = held(tx).await?;
    as_read(&all, key, version)?;
    let doing = Doing { kind: ActKind::Moved, key, target: "", actor: who.actor(), now };
    done(tx, &all, tree::shift(&all, key, seat, rule)?, &doing).await
}

/// Hides a column or shows it again.
///
/// # Errors
/// See [`ColumnError`].
pub async fn turn(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    (key, version): (&str, Option<i32>),
    hidden: bool,
    now: Timestamp,
) -> Result<Option<Act>, ColumnError> {
    let (attempted, kind) = if hidden { (Turn::Hide, ActKind::Hidden) } else { (Turn::Show, ActKind::Shown) };
    turned(tx, (key, version), attempted, None, &Doing { kind, key, target: "", actor: who.actor(), now }).await
}

/// Ends a column: its address leads to another open column, or to the home page.
///
/// # Errors
/// See [`ColumnError`].
pub async fn archive(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    (key, version): (&str, Option<i32>),
    successor: Option<&str>,
    now: Timestamp,
) -> Result<Option<Act>, ColumnError> {
    let target = successor.unwrap_or_default();
    let doing = Doing { kind: ActKind::Archived, key, target, actor: who.actor(), now };
    turned(tx, (key, version), Turn::Archive, successor, &doing).await
}

/// Begins an archived column again.
///
/// # Errors
/// See [`ColumnError`].
pub async fn reopen(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    (key, version): (&str, Option<i32>),
    now: Timestamp,
) -> Result<Option<Act>, ColumnError> {
    let doing = Doing { kind: ActKind::Reopened, key, target: "", actor: who.actor(), now };
    turned(tx, (key, version), Turn::Reopen, None, &doing).await
}

/// Ends a column and puts what stands in it into another. What stands there already stays behind; no address changes.
///
/// # Errors
/// See [`ColumnError`].
pub async fn merge(
    tx: &TenantTx,
    who: &Staff<ManageColumns>,
    (key, version): (&str, Option<i32>),
    into: &str,
    now: Timestamp,
) -> Result<Option<Act>, ColumnError> {
    let target = Some(into).filter(|into| !into.is_empty());
    let doing = Doing { kind: ActKind::Merged, key, target: into, actor: who.actor(), now };
    turned(tx, (key, version), Turn::Merge, target, &doing).await
}

async fn turned(
    tx: &TenantTx,
    (key, version): (&str, Option<i32>),
    attempted: Turn,
    target: Option<&str>,
    doing: &Doing<'_>,
) -> Result<Option<Act>, ColumnError> {
    let all = held(tx).await?;
    as_read(&all, key, version)?;
    done(tx, &all, tree::turn(&all, key, attempted, target)?, doing).await
}

/// Writes an act that changed something; what changed nothing is none.
async fn done(
    tx: &TenantTx,
    all: &[Column],
    changed: Vec<Column>,
    doing: &Doing<'_>,
) -> Result<Option<Act>, ColumnError> {
    if changed.is_empty() { Ok(None) } else { write(tx, all, changed, doing).await.map(Some) }
}
