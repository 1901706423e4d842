//! Acts on the tree: written with what they changed, and read as history.

use base::journal::Event;
use base::{StoreError, TenantTx, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::Serialize;
use uuid::Uuid;

use super::model::ColumnError;
use super::rows::{act, moved};
use super::{Column, ColumnRule, rows, views};
use crate::placement::rows as placement;

/// Names an act.
pub type ActId = Uuid;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ActKind {
    Created,
    Edited,
    RuleSet,
    Moved,
    Hidden,
    Shown,
    Archived,
    Reopened,
    Merged,
}

impl ActKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Edited,
        Self::RuleSet,
        Self::Moved,
        Self::Hidden,
        Self::Shown,
        Self::Archived,
        Self::Reopened,
        Self::Merged,
    ];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        self.event().split_at("column.".len()).1
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Created => "column.created",
            Self::Edited => "column.edited",
            Self::RuleSet => "column.rule_set",
            Self::Moved => "column.moved",
            Self::Hidden => "column.hidden",
            Self::Shown => "column.shown",
            Self::Archived => "column.archived",
            Self::Reopened => "column.reopened",
            Self::Merged => "column.merged",
        }
    }
}

/// One act.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Act {
    pub id: ActId,
    pub kind: ActKind,
    /// The column that it was about.
    pub column: String,
    /// Where that was merged into or leads; empty for the home page and for other acts.
    pub target: String,
    /// Every column that it touched, as it was; without those that it made.
    pub was: Vec<Column>,
    /// The same columns as they became.
    pub became: Vec<Column>,
    /// Items that changed their column.
    pub moved: i64,
    pub at: Timestamp,
    pub by: String,
    pub undone_at: Option<Timestamp>,
    pub undone_by: String,
}

/// A field that an act changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which.
    pub field: &'static str,
    /// As it was; empty for what did not exist.
    pub before: String,
    /// As it became.
    pub after: String,
}

impl Act {
    /// Name of the column that it was about, as it became.
    pub fn name(&self) -> &str {
        self.became.iter().find(|one| one.key == self.column).map_or(&self.column, |one| &one.name)
    }

    /// Whether it can still be taken back, as far as time goes.
    pub fn fresh(&self, rule: &ColumnRule, now: Timestamp) -> bool {
        self.undone_at.is_none() && now <= self.at.plus_minutes(rule.undo_minutes)
    }

    /// What it changed of the column that it was about.
    pub fn differences(&self) -> Vec<Difference> {
        let of = |list: &[Column]| list.iter().find(|one| one.key == self.column).map(said).unwrap_or_default();
        let (was, became) = (of(&self.was), of(&self.became));
        let before = |field: &str| was.iter().find(|(name, _)| *name == field).map(|(_, text)| text.clone());
        became
            .into_iter()
            .map(|(field, after)| Difference { field, before: before(field).unwrap_or_default(), after })
            .filter(|one| one.before != one.after)
            .collect()
    }
}

/// What people can change of a column, in words.
fn said(column: &Column) -> Vec<(&'static str, String)> {
    vec![
        ("name", column.name.clone()),
        ("kind", column.kind.clone()),
        ("description", column.description.clone()),
        ("keywords", column.keywords.clone()),
        ("home", column.home.clone()),
        ("parent", column.parent_key.clone().unwrap_or_default()),
        ("position", column.position.to_string()),
        ("state", column.state.as_str().to_owned()),
        ("successor", column.successor_key.clone().unwrap_or_default()),
        ("update_window_days", column.update_window_days.to_string()),
        ("update_min", column.update_min.to_string()),
        ("remind_days", column.remind_days.to_string()),
        ("owner", column.owner.clone()),
        ("owner_until", column.owner_until.clone()),
    ]
}

#[derive(Serialize)]
struct Done<'a> {
    #[serde(skip)]
    kind: &'static str,
    column: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    target: &'a str,
    moved: i64,
    act: ActId,
}

impl Event for Done<'_> {
    fn kind(&self) -> &'static str {
        self.kind
    }
    fn subject(&self) -> String {
        self.column.to_owned()
    }
}

/// What an act is.
pub(super) struct Doing<'a> {
    pub kind: ActKind,
    pub key: &'a str,
    pub target: &'a str,
    pub actor: &'a str,
    pub now: Timestamp,
}

/// Writes what an act changed, remembers it, and makes every page of the tenant old: all of them show columns.
pub(super) async fn write(
    tx: &TenantTx,
    all: &[Column],
    changed: Vec<Column>,
    doing: &Doing<'_>,
) -> Result<Act, ColumnError> {
    let was: Vec<Column> =
        changed.iter().filter_map(|one| all.iter().find(|column| column.key == one.key).cloned()).collect();
    let became = put(tx, &was, changed, doing.now).await?;
    let id = tx.ids().new_id(doing.now);
    let mut act = Act {
        id,
        kind: doing.kind,
        column: doing.key.to_owned(),
        target: doing.target.to_owned(),
        was,
        became,
        moved: 0,
        at: doing.now,
        by: doing.actor.to_owned(),
        undone_at: None,
        undone_by: String::new(),
    };
    if doing.kind == ActKind::Merged {
        act.moved = i64::try_from(views::merge_preview(tx, doing.key, doing.target).await?.moving).unwrap_or(i64::MAX);
    }
    // The tree is held: nobody else counts at the same time.
    let newest = tx.one(act::Entity::find().order_by_desc(act::Column::Number)).await?;
    let number = newest.map_or(1, |act| act.number + 1);
    let row = act::ActiveModel {
        id: Set(id),
        number: Set(number),
        kind: Set(doing.kind.as_str().to_owned()),
        column_key: Set(act.column.clone()),
        target_key: Set(act.target.clone()),
        was: Set(json(&act.was)),
        became: Set(json(&act.became)),
        moved: Set(act.moved),
        at: Set(doing.now.micros()),
        by_whom: Set(act.by.clone()),
        undone_at: Set(None),
        undone_by: Set(String::new()),
        ..Default::default()
    };
    tx.insert(row).await?;
    if doing.kind == ActKind::Merged {
        let moving = rows::named(rows::moving(tx.tenant(), doing.key, doing.target)).expr_as(Expr::value(id), "act_id");
        tx.insert_found::<moved::Entity, placement::Entity>(&rows::remembered(), moving).await?;
        tx.change(rows::carried(tx.tenant(), id, doing.key, doing.target, doing.now.micros())).await?;
    }
    told(tx, &act, doing.kind.event(), doing.actor, doing.now).await?;
    Ok(act)
}

/// One event, and every page of the tenant old.
pub(super) async fn told(
    tx: &TenantTx,
    act: &Act,
    kind: &'static str,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let done = Done { kind, column: &act.column, name: act.name(), target: &act.target, moved: act.moved, act: act.id };
    tx.note(&done, actor, now).await?;
    tx.touch_pages(now).await
}

fn json(columns: &[Column]) -> String {
    serde_json::to_string(columns).unwrap_or_default()
}

/// Writes rows; those that were not there are made. Answers them with their new versions.
pub(super) async fn put(
    tx: &TenantTx,
    was: &[Column],
    changed: Vec<Column>,
    now: Timestamp,
) -> Result<Vec<Column>, StoreError> {
    let mut became = Vec::with_capacity(changed.len());
    for mut one in changed {
        if was.iter().any(|column| column.key == one.key) {
            tx.change_one(rows::changed(&one, now.micros())).await?;
            one.version += 1;
        } else {
            tx.insert(made(&one, now)).await?;
        }
        became.push(one);
    }
    Ok(became)
}

fn made(one: &Column, now: Timestamp) -> rows::ActiveModel {
    rows::ActiveModel {
        key: Set(one.key.clone()),
        standard_code: Set(None),
        parent_key: Set(one.parent_key.clone()),
        name: Set(one.name.clone()),
        kind: Set(one.kind.clone()),
        description: Set(one.description.clone()),
        keywords: Set(one.keywords.clone()),
        position: Set(one.position),
        home: Set(one.home.clone()),
        update_window_days: Set(one.update_window_days),
        update_min: Set(one.update_min),
        changed_at: Set(now.micros()),
        state: Set(one.state.as_str().to_owned()),
        successor_key: Set(None),
        remind_days: Set(one.remind_days),
        owner: Set(one.owner.clone()),
        owner_until: Set(one.owner_until.clone()),
        version: Set(one.version),
        ..Default::default()
    }
}

impl TryFrom<act::Model> for Act {
    type Error = StoreError;

    fn try_from(row: act::Model) -> Result<Self, StoreError> {
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "column_act", what: format!("{what} of {}", row.id) };
        Ok(Self {
            kind: ActKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind).ok_or_else(|| unreadable("kind"))?,
            was: serde_json::from_str(&row.was).map_err(|_| unreadable("was"))?,
            became: serde_json::from_str(&row.became).map_err(|_| unreadable("became"))?,
            id: row.id,
            column: row.column_key,
            target: row.target_key,
            moved: row.moved,
            at: Timestamp(row.at),
            by: row.by_whom,
            undone_at: row.undone_at.map(Timestamp),
            undone_by: row.undone_by,
        })
    }
}

/// Acts on the tenant's columns, or on one of them and into it, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn acts(tx: &TenantTx, key: Option<&str>, limit: u64) -> Result<Vec<Act>, StoreError> {
    let mut select = act::Entity::find().order_by_desc(act::Column::Number).limit(limit);
    if let Some(key) = key {
        select = select.filter(act::Column::ColumnKey.eq(key).or(act::Column::TargetKey.eq(key)));
    }
    tx.all(select).await?.into_iter().map(Act::try_from).collect()
}
