//! The columns of a portal as a tree: what stands in each, how fresh it is, and moving them about. Every move is a button that
//! works without a script; dragging is a script beside it.

mod heat;
mod history;
mod new;
mod one;
mod turns;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use content::Column;
use content::column::{self, ColumnRule, Filled, Fresh, ManageColumns, Nudge, State as Standing};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::door::{Door, Signed};
use super::room::{Room, Shell, page};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;
use history::Undo;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/columns").get(list),
        Door::at("/console/columns/new").get(new::blank).post(new::create),
        Door::at("/console/columns/acts/{id}/undo").post(history::undo),
        Door::at("/console/columns/{key}").get(one::show).post(one::save),
        Door::at("/console/columns/{key}/rule").post(one::set_rule),
        Door::at("/console/columns/{key}/move").post(turns::shift),
        Door::at("/console/columns/{key}/hide").post(turns::hide),
        Door::at("/console/columns/{key}/show").post(turns::unhide),
        Door::at("/console/columns/{key}/archive").post(turns::archive),
        Door::at("/console/columns/{key}/reopen").post(turns::reopen),
        Door::at("/console/columns/{key}/merge").post(turns::merge),
    ]
}

fn rule_of(app: &App, now: Timestamp) -> Result<&ColumnRule, Problem> {
    Ok(app.columns.at(now).ok_or(column::ColumnError::NoRule)?)
}

/// The fields of the acts in the words of the forms: other rooms call other things by the plain names.
fn in_words_of_forms(problem: Problem) -> Problem {
    ["name", "key", "parent"]
        .into_iter()
        .fold(problem, |problem, field| problem.renamed(field, &format!("column_{field}")))
}

/// How fresh a column is, for a badge.
#[derive(Clone, Serialize)]
struct Chip {
    /// fresh, due, stale, empty or no_rule.
    is: &'static str,
    /// Look of the badge.
    badge: &'static str,
    days: i64,
    hours: i64,
    /// Whether there is a time to tell.
    timed: bool,
    limit: String,
}

impl Chip {
    fn of(column: &Column, filled: &Filled, now: Timestamp) -> Self {
        let fresh = column::fresh(column, filled, now);
        let badge = match fresh.is {
            Fresh::Fresh => "verified_on_time",
            Fresh::Due => "verified_late",
            Fresh::Stale => "overdue",
            Fresh::Empty => "failed",
            Fresh::NoRule => "plain",
        };
        let hours = fresh.hours_left.map_or(0, |hours| if hours < 0 { -hours } else { hours });
        Self {
            is: fresh.is.as_str(),
            badge,
            days: hours / 24,
            hours: hours % 24,
            timed: fresh.hours_left.is_some(),
            limit: fresh.limit.map(Timestamp::minute_cst).unwrap_or_default(),
        }
    }
}

/// A step that a row offers.
#[derive(Clone, Serialize)]
struct Step {
    key: &'static str,
    can: bool,
}

#[derive(Serialize)]
struct Line {
    href: String,
    key: String,
    name: String,
    kind: String,
    standard: bool,
    level: usize,
    /// Name of the column above.
    above: String,
    parent: String,
    items: i64,
    newest: String,
    chip: Chip,
    state: &'static str,
    badge: &'static str,
    owner: String,
    version: i32,
    steps: Vec<Step>,
}

impl Line {
    fn of(room: &Room, all: &[Column], (level, column): (usize, &Column), filled: &Filled, now: Timestamp) -> Self {
        let named = |key: &str| all.iter().find(|one| one.key == key).map_or(String::new(), |one| one.name.clone());
        let steps = Nudge::ALL.map(|step| Step { key: step.as_str(), can: offered(all, &column.key, level, step) });
        Self {
            href: room.at(&format!("/console/columns/{}", column.key)),
            key: column.key.clone(),
            name: column.name.clone(),
            kind: column.kind.clone(),
            standard: column.standard_code.is_some(),
            level,
            above: column.parent_key.as_deref().map(named).unwrap_or_default(),
            parent: column.parent_key.clone().unwrap_or_default(),
            items: filled.items,
            newest: filled.newest.map(Timestamp::date_cst).unwrap_or_default(),
            chip: Chip::of(column, filled, now),
            state: column.state.as_str(),
            badge: badge_of(column.state),
            owner: column.owner.clone(),
            version: column.version,
            steps: if column.stands() { steps.to_vec() } else { Vec::new() },
        }
    }
}

/// Whether a step leads anywhere. What the rule on depth says is said when it is tried: it depends on what is below.
fn offered(all: &[Column], key: &str, level: usize, step: Nudge) -> bool {
    let policy = all.iter().any(|one| one.key == key && one.home == column::PLACES[0]);
    !(step == Nudge::In && (policy || level > 2)) && column::nudged(all, key, step).is_some()
}

const fn badge_of(state: Standing) -> &'static str {
    match state {
        Standing::Open => "open",
        Standing::Hidden => "suspended",
        Standing::Archived => "withdrawn",
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
}

#[derive(Serialize)]
struct Tab {
    key: &'static str,
    href: String,
    current: bool,
    count: usize,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    tabs: Vec<Tab>,
    undo: Option<Undo>,
    /// Columns whose limit has passed, is near, or in which nothing stands.
    stale: usize,
    due: usize,
    empty: usize,
    dragging: bool,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageColumns>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, &asked.show, None).await
}

/// The filters of the list.
const SHOWS: [&str; 5] = ["standing", "open", "hidden", "archived", "all"];

fn shown(show: &str, column: &Column) -> bool {
    match show {
        "all" => true,
        "standing" => column.stands(),
        word => column.state.as_str() == word,
    }
}

async fn draw(app: &App, room: &Room, show: &str, problem: Option<&Problem>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let rule = rule_of(app, now)?;
    let show = SHOWS.into_iter().find(|word| *word == show).unwrap_or(SHOWS[0]);
    let tx = app.store.reading(room.here.tenant).await?;
    let all = column::all(&tx).await?;
    let filled: HashMap<String, Filled> = column::filled(&tx, &all).await?;
    let undo = column::undoable(&tx, rule, now).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "columns_title", "columns").await?;
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let line = |found: (usize, &Column)| {
        Line::of(room, &all, found, &filled.get(&found.1.key).copied().unwrap_or_default(), now)
    };
    let lines: Vec<Line> =
        column::ordered(&all).into_iter().filter(|(_, column)| shown(show, column)).map(line).collect();
    let open = |is: &str| lines.iter().filter(|line| line.state == "open" && line.chip.is == is).count();
    let view = List {
        tabs: SHOWS
            .into_iter()
            .map(|key| Tab {
                key,
                href: room.at(&format!("/console/columns?show={key}")),
                current: key == show,
                count: all.iter().filter(|column| shown(key, column)).count(),
            })
            .collect(),
        undo: undo.map(|act| Undo::of(room, &act, rule)),
        stale: open("stale"),
        due: open("due"),
        empty: open("empty"),
        dragging: matches!(show, "standing" | "all"),
        shell,
        lines,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "column/list.html", &view)
}
