//! The tree of a tenant's columns: every act as the rows that it changes. Pure.
//!
//! A column that is put somewhere takes a number in the gap that is there; only where there is none are the siblings numbered
//! anew. So an act touches as few columns as it can, and two people who arrange different corners do not meet.

use std::collections::{HashMap, HashSet};

use super::model::{ColumnEdit, ColumnError, NewColumn, POLICY, RuleEdit, State, Turn, field};
use super::{Column, ColumnRule};

/// Distance between siblings that are numbered anew.
const STEP: i32 = 10;

/// A place in the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// Key of the column above; none at the top.
    pub parent: Option<String>,
    /// Before which sibling; none at the end.
    pub before: Option<String>,
}

/// A move by one step, as buttons offer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// Before the sibling above.
    Up,
    /// After the sibling below.
    Down,
    /// Under the sibling above.
    In,
    /// Out of its parent, right after it.
    Out,
}

impl Nudge {
    /// Every step.
    pub const ALL: [Self; 4] = [Self::Up, Self::Down, Self::In, Self::Out];

    /// The word used by surfaces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// Reads the word of [`Nudge::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|nudge| nudge.as_str() == word)
    }
}

fn at<'a>(all: &'a [Column], key: &str) -> Result<&'a Column, ColumnError> {
    all.iter().find(|column| column.key == key).ok_or(ColumnError::Missing)
}

/// Standing siblings under a parent in their order, without `but`.
fn siblings<'a>(all: &'a [Column], parent: Option<&str>, but: &str) -> Vec<&'a Column> {
    let mut found: Vec<&Column> = all
        .iter()
        .filter(|column| column.parent_key.as_deref() == parent && column.stands() && column.key != but)
        .collect();
    found.sort_by(|a, b| (a.position, &a.key).cmp(&(b.position, &b.key)));
    found
}

/// The tree depth-first, each column with its level from 1. What has lost its parent from the list stands at the top.
pub fn ordered(all: &[Column]) -> Vec<(usize, &Column)> {
    let known: HashSet<&str> = all.iter().map(|column| column.key.as_str()).collect();
    let mut below: HashMap<Option<&str>, Vec<&Column>> = HashMap::new();
    for column in all {
        let parent = column.parent_key.as_deref().filter(|key| known.contains(key));
        below.entry(parent).or_default().push(column);
    }
    for children in below.values_mut() {
        // What is over stands behind what is there.
        children.sort_by(|a, b| (!a.stands(), a.position, &a.key).cmp(&(!b.stands(), b.position, &b.key)));
    }
    let mut found = Vec::with_capacity(all.len());
    let mut waiting: Vec<(usize, &Column)> =
        below.get(&None).into_iter().flatten().rev().map(|column| (1, *column)).collect();
    while let Some((level, column)) = waiting.pop() {
        found.push((level, column));
        let children = below.get(&Some(column.key.as_str())).into_iter().flatten().rev();
        waiting.extend(children.map(|child| (level + 1, *child)));
    }
    found
}

/// The level of a column, 1 at the top.
pub fn depth(all: &[Column], key: &str) -> usize {
    let mut level = 0;
    let mut next = Some(key);
    while let Some(column) = next.and_then(|key| all.iter().find(|column| column.key == key)) {
        level += 1;
        if level > all.len() {
            break;
        }
        next = column.parent_key.as_deref();
    }
    level
}

/// A column and everything below it.
pub fn within<'a>(all: &'a [Column], key: &'a str) -> HashSet<&'a str> {
    let mut found = HashSet::from([key]);
    let mut before = 0;
    while found.len() > before {
        before = found.len();
        for column in all {
            if column.parent_key.as_deref().is_some_and(|parent| found.contains(parent)) {
                found.insert(&column.key);
            }
        }
    }
    found
}

/// Levels that a column and what is below it take.
fn height(all: &[Column], key: &str) -> usize {
    let own = depth(all, key);
    within(all, key).into_iter().map(|one| depth(all, one)).max().unwrap_or(own) + 1 - own
}

/// What the public finds by itself: open, and open all the way up.
pub(super) fn visible(all: &[Column]) -> Vec<Column> {
    let mut shown: HashSet<&str> = HashSet::new();
    let mut found = Vec::new();
    for (_, column) in ordered(all) {
        let above = column.parent_key.as_deref().is_none_or(|parent| shown.contains(parent));
        if column.state == State::Open && above {
            shown.insert(&column.key);
            found.push(column.clone());
        }
    }
    found
}

/// Where a step leads; none when there is nowhere to go.
pub fn nudged(all: &[Column], key: &str, nudge: Nudge) -> Option<Seat> {
    let column = all.iter().find(|column| column.key == key && column.stands())?;
    let parent = column.parent_key.clone();
    let row = siblings(all, parent.as_deref(), "");
    let here = row.iter().position(|one| one.key == key)?;
    let named = |at: usize| row.get(at).map(|one| one.key.clone());
    match nudge {
        Nudge::Up => Some(Seat { before: Some(named(here.checked_sub(1)?)?), parent }),
        Nudge::Down => {
            named(here + 1)?;
            Some(Seat { before: named(here + 2), parent })
        }
        Nudge::In => Some(Seat { parent: Some(named(here.checked_sub(1)?)?), before: None }),
        Nudge::Out => {
            let above = all.iter().find(|one| Some(&one.key) == parent.as_ref())?;
            let row = siblings(all, above.parent_key.as_deref(), key);
            let after = row.iter().position(|one| one.key == above.key)? + 1;
            Some(Seat { parent: above.parent_key.clone(), before: row.get(after).map(|one| one.key.clone()) })
        }
    }
}

/// Gives `key` its place among its new siblings.
fn seated(mut all: Vec<Column>, key: &str, seat: &Seat) -> Result<Vec<Column>, ColumnError> {
    let row: Vec<(String, i32)> = siblings(&all, seat.parent.as_deref(), key)
        .into_iter()
        .map(|column| (column.key.clone(), column.position))
        .collect();
    let index = match &seat.before {
        None => row.len(),
        Some(before) => row.iter().position(|(one, _)| one == before).ok_or(field("before", "unknown", 0))?,
    };
    let low = index.checked_sub(1).and_then(|at| row.get(at)).map_or(0, |(_, position)| *position);
    let free = match row.get(index) {
        None => low.checked_add(STEP),
        Some((_, high)) => high.checked_sub(low).filter(|gap| *gap >= 2).map(|gap| low + gap / 2),
    };
    let mut numbers: HashMap<&str, i32> = HashMap::new();
    match free {
        Some(position) => {
            numbers.insert(key, position);
        }
        None => {
            let keys: Vec<&str> = row.iter().map(|(one, _)| one.as_str()).collect();
            let renumbered = keys[..index].iter().copied().chain([key]).chain(keys[index..].iter().copied());
            numbers = renumbered.zip((1..).map(|n: i32| n.saturating_mul(STEP))).collect();
        }
    }
    for column in &mut all {
        if column.key == key {
            column.parent_key.clone_from(&seat.parent);
        }
        if let Some(position) = numbers.get(column.key.as_str()) {
            column.position = *position;
        }
    }
    Ok(all)
}

fn differing(before: &[Column], after: Vec<Column>) -> Vec<Column> {
    after.into_iter().filter(|column| !before.contains(column)).collect()
}

fn put(all: &[Column], changed: Column) -> Vec<Column> {
    all.iter().map(|column| if column.key == changed.key { changed.clone() } else { column.clone() }).collect()
}

fn may_stand(
    all: &[Column],
    column: &Column,
    levels: usize,
    seat: &Seat,
    rule: &ColumnRule,
) -> Result<(), ColumnError> {
    let Some(parent) = seat.parent.as_deref() else { return Ok(()) };
    if column.home == POLICY {
        return Err(ColumnError::Policy);
    }
    let above = all.iter().find(|one| one.key == parent && one.stands()).ok_or(field("parent", "unknown", 0))?;
    if within(all, &column.key).contains(above.key.as_str()) {
        return Err(field("parent", "below_itself", 0));
    }
    if depth(all, parent) + levels > rule.max_depth {
        return Err(field("parent", "too_deep", rule.max_depth));
    }
    Ok(())
}

/// A new column at the end of its siblings.
pub(super) fn create(all: &[Column], new: &NewColumn, rule: &ColumnRule) -> Result<Vec<Column>, ColumnError> {
    let column = new.made(all, rule)?;
    let seat = Seat { parent: new.parent.clone(), before: None };
    may_stand(all, &column, 1, &seat, rule)?;
    let key = column.key.clone();
    let mut with = all.to_vec();
    with.push(column);
    Ok(differing(all, seated(with, &key, &seat)?))
}

/// Other labels, another place on the home page.
pub(super) fn edit(all: &[Column], key: &str, edit: &ColumnEdit) -> Result<Vec<Column>, ColumnError> {
    let mut column = at(all, key)?.clone();
    edit.on(&mut column)?;
    Ok(differing(all, vec![column]))
}

/// Another rule, another owner.
pub(super) fn set_rule(all: &[Column], key: &str, edit: &RuleEdit) -> Result<Vec<Column>, ColumnError> {
    let mut column = at(all, key)?.clone();
    edit.on(&mut column)?;
    Ok(differing(all, vec![column]))
}

/// To another place in the tree, with everything below it.
pub(super) fn shift(all: &[Column], key: &str, seat: &Seat, rule: &ColumnRule) -> Result<Vec<Column>, ColumnError> {
    let column = at(all, key)?;
    if !column.stands() {
        return Err(field("column", "archived", 0));
    }
    may_stand(all, column, height(all, key), seat, rule)?;
    if column.parent_key == seat.parent {
        let row = siblings(all, seat.parent.as_deref(), "");
        let next = row.iter().position(|one| one.key == key).and_then(|here| row.get(here + 1));
        if next.map(|one| &one.key) == seat.before.as_ref() {
            return Ok(Vec::new());
        }
    }
    Ok(differing(all, seated(all.to_vec(), key, seat)?))
}

/// Another state. `target` is what an archived column leads to (none: the home page), or what it is merged into.
pub(super) fn turn(
    all: &[Column],
    key: &str,
    attempted: Turn,
    target: Option<&str>,
) -> Result<Vec<Column>, ColumnError> {
    let mut column = at(all, key)?.clone();
    let away = matches!(attempted, Turn::Hide | Turn::Archive | Turn::Merge);
    if away && (column.standard_code.is_some() || column.home == POLICY) {
        return Err(ColumnError::Standard(column.name));
    }
    column.state = column.state.step(attempted)?;
    if column.state == State::Archived {
        let below = all.iter().filter(|one| one.parent_key.as_deref() == Some(key) && one.stands()).count();
        if below > 0 {
            return Err(ColumnError::Children(below));
        }
        let name = if attempted == Turn::Merge { "into" } else { "successor" };
        let known = target.map(|target| all.iter().find(|one| one.key == target));
        match known {
            None if attempted == Turn::Merge => return Err(field(name, "missing", 0)),
            None => {}
            Some(Some(one)) if one.key != key && one.state == State::Open => {}
            Some(_) => return Err(field(name, "not_open", 0)),
        }
    }
    column.successor_key = target.filter(|_| column.state == State::Archived).map(str::to_owned);
    if attempted != Turn::Reopen {
        return Ok(differing(all, vec![column]));
    }
    // Where it stood others stand by now: it comes back at the end, and at the top when what was above it is gone.
    let above = all.iter().find(|one| Some(&one.key) == column.parent_key.as_ref() && one.stands());
    let seat = Seat { parent: above.map(|one| one.key.clone()), before: None };
    Ok(differing(all, seated(put(all, column), key, &seat)?))
}

/// Where a key leads: itself while it stands, else along its successors; none is the home page.
pub(super) fn landing<'a>(all: &'a [Column], key: &str) -> Option<&'a Column> {
    end_of(all, key).flatten()
}

/// The end of the way along successors: a column that stands, or the home page; none when the way has no end.
fn end_of<'a>(all: &'a [Column], key: &str) -> Option<Option<&'a Column>> {
    let mut next = all.iter().find(|column| column.key == key)?;
    for _ in 0..all.len() {
        if next.stands() {
            return Some(Some(next));
        }
        let Some(successor) = next.successor_key.as_deref() else { return Some(None) };
        next = all.iter().find(|column| column.key == successor)?;
    }
    None
}

/// Whether a tree is one: no cycle, not too deep, nothing standing under what is over, and every successor leads somewhere.
pub(super) fn sound(all: &[Column], rule: &ColumnRule) -> bool {
    let below = all.iter().all(|column| {
        let level = depth(all, &column.key);
        let above = column.parent_key.as_deref();
        let parent = above.and_then(|key| all.iter().find(|one| one.key == key));
        let held = above.is_none() || parent.is_some_and(|parent| parent.stands() || !column.stands());
        let leads = end_of(all, &column.key).is_some();
        level <= rule.max_depth && held && leads
    });
    below && ordered(all).len() == all.len()
}

#[cfg(test)]
pub(super) mod tests;
