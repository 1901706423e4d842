//! One column: its labels, its rule and owner, its state, its rhythm, and who changed what.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::{TenantTx, Timestamp};
use content::Column;
use content::column::{self, Act, ColumnEdit, Filled, ManageColumns, MergePreview, PLACES, RuleEdit};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::heat::{self, Heat};
use super::history::{Done, Undo};
use super::turns::{HOME, version};
use super::{Chip, badge_of, in_words_of_forms, rule_of};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// Acts that the history shows.
const ACTS: u64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The column of which a merge shall be shown beforehand.
    into: String,
}

#[derive(Serialize)]
struct Place {
    key: &'static str,
    chosen: bool,
}

#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
    level: usize,
}

/// What a merge would do, before it is done.
#[derive(Serialize)]
struct Ahead {
    key: String,
    name: String,
    #[serde(flatten)]
    preview: MergePreview,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    column: Column,
    /// Its public page.
    shown_at: String,
    form: Answers,
    places: Vec<Place>,
    chip: Chip,
    items: i64,
    newest: String,
    state: &'static str,
    badge: &'static str,
    stands: bool,
    standard: bool,
    /// Name of what an archived one leads to; empty for the home page.
    successor: String,
    home: &'static str,
    /// Columns that may take it in, or follow it.
    others: Vec<Choice>,
    ahead: Option<Ahead>,
    heat: Heat,
    acts: Vec<Done>,
    undo: Option<Undo>,
}

/// Everything that is read for the page.
struct Found {
    all: Vec<Column>,
    column: Column,
    filled: Filled,
    days: std::collections::BTreeMap<i64, i64>,
    acts: Vec<Act>,
    ahead: Option<Ahead>,
}

async fn found(tx: &TenantTx, key: &str, into: &str, now: Timestamp) -> Result<Found, Problem> {
    let column = column::find(tx, key).await?;
    let all = column::all(tx).await?;
    let filled = column::filled(tx, std::slice::from_ref(&column)).await?.remove(key).unwrap_or_default();
    let (from, until) = heat::span(now);
    let ahead = match all.iter().find(|one| one.key == into && one.key != key) {
        Some(one) => Some(Ahead {
            key: one.key.clone(),
            name: one.name.clone(),
            preview: column::merge_preview(tx, key, into).await?,
        }),
        None => None,
    };
    Ok(Found {
        days: column::days(tx, key, from, until).await?,
        acts: column::acts(tx, Some(key), ACTS).await?,
        all,
        column,
        filled,
        ahead,
    })
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageColumns>,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, &key, None, &asked.into).await
}

pub(super) async fn draw(
    app: &App,
    room: &Room,
    key: &str,
    again: Option<(Answers, &Problem)>,
    into: &str,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let found = found(&tx, key, into, now).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, &format!("={}", found.column.name), "columns").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "columns_title"), href: room.at("/console/columns") },
        Crumb { name: found.column.name.clone(), href: String::new() },
    ];
    let status = again.as_ref().map_or(StatusCode::OK, |(_, problem)| problem.status());
    shell.refusal = again.as_ref().map(|(_, problem)| room.refusal(app, problem));
    let mut form = typed_of(&found.column);
    if let Some((typed, problem)) = again {
        form = typed.over(form);
        if problem.code() == "column_stale" {
            // Both are on the page now: the next save is about what stands there.
            form.put("version", found.column.version.to_string());
        }
    }
    page(app, status, "column/one.html", &view(app, room, found, shell, form)?)
}

fn view<'a>(app: &'a App, room: &Room, found: Found, shell: Shell<'a>, form: Answers) -> Result<One<'a>, Problem> {
    let now = app.clock.now();
    let rule = rule_of(app, now)?;
    let Found { all, column, filled, days, acts, ahead } = found;
    let policy = column.home == PLACES[0];
    let places = PLACES.into_iter().filter(|place| (*place == PLACES[0]) == policy);
    let others =
        column::ordered(&all).into_iter().filter(|(_, one)| one.key != column.key && one.state == column::State::Open);
    let leads = column.successor_key.as_deref().and_then(|key| all.iter().find(|one| one.key == key));
    Ok(One {
        places: places.map(|key| Place { key, chosen: key == form.get("home") }).collect(),
        shown_at: app.addresses.absolute(room.here.main_host(), &format!("/{}/", column.key)),
        chip: Chip::of(&column, &filled, now),
        items: filled.items,
        newest: filled.newest.map(Timestamp::minute_cst).unwrap_or_default(),
        state: column.state.as_str(),
        badge: badge_of(column.state),
        stands: column.stands(),
        standard: column.standard_code.is_some() || policy,
        successor: leads.map(|one| one.name.clone()).unwrap_or_default(),
        home: HOME,
        others: others.map(|(level, one)| Choice { key: one.key.clone(), name: one.name.clone(), level }).collect(),
        ahead,
        heat: Heat::of(&days, now),
        undo: acts.iter().find(|act| act.fresh(rule, now)).map(|act| Undo::of(room, act, rule)),
        acts: acts.into_iter().map(|act| Done::of(act, &all)).collect(),
        shell,
        column,
        form,
    })
}

fn typed_of(column: &Column) -> Answers {
    [
        ("column_name", column.name.clone()),
        ("description", column.description.clone()),
        ("keywords", column.keywords.clone()),
        ("home", column.home.clone()),
        ("update_window_days", column.update_window_days.to_string()),
        ("update_min", column.update_min.to_string()),
        ("remind_days", column.remind_days.to_string()),
        ("owner", column.owner.clone()),
        ("owner_until", column.owner_until.clone()),
        ("version", column.version.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Ends a form of this page: back to it with a word, or the same form with what was wrong.
async fn ended(
    app: &App,
    room: &Room,
    key: &str,
    done: Result<(), Problem>,
    typed: Answers,
) -> Result<Response, Problem> {
    match done.map_err(in_words_of_forms) {
        Ok(()) => Ok(room.done(&format!("/console/columns/{key}"), "saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(app, room, key, Some((typed, &problem)), "").await,
    }
}

pub(super) async fn save(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let text = |name: &str| typed.get(name).to_owned();
        let edit = ColumnEdit {
            name: text("column_name"),
            description: text("description"),
            keywords: text("keywords"),
            home: text("home"),
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        column::edit(&tx, &staff, (&key, version(&typed)), &edit, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    ended(&app, &room, &key, done.await, typed.clone()).await
}

fn rule_typed(typed: &Answers) -> Result<RuleEdit, Problem> {
    let number = |name: &'static str| match typed.get(name).trim() {
        "" => Ok(0),
        text => text.parse::<i32>().map_err(|_| Problem::invalid(name, "not_a_number", 0)),
    };
    Ok(RuleEdit {
        update_window_days: number("update_window_days")?,
        update_min: number("update_min")?,
        remind_days: number("remind_days")?,
        owner: typed.get("owner").to_owned(),
        owner_until: typed.get("owner_until").to_owned(),
    })
}

pub(super) async fn set_rule(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let edit = rule_typed(&typed)?;
        let tx = app.store.tenant(room.here.tenant).await?;
        column::set_rule(&tx, &staff, (&key, version(&typed)), &edit, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    ended(&app, &room, &key, done.await, typed.clone()).await
}
