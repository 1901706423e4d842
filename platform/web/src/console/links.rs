//! Link entries and what the checker found.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use border::link::{self as checker, Finding};
use content::DocumentId;
use content::column;
use content::link::{self, Entry, KeepLinks, Move, NewEntry};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::answers::Answers;
use super::door::{Door, Signed};
use super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Most rows of a list.
const LISTED: u64 = 1_000;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/links").get(list),
        Door::at("/console/links/new").get(blank).post(add),
        Door::at("/console/links/{id}").get(show).post(change),
        Door::at("/console/links/{id}/hide").post(hide),
        Door::at("/console/links/{id}/show").post(unhide),
        Door::at("/console/links/{id}/dismiss/{key}").post(dismiss),
    ]
}

#[derive(Serialize)]
struct Line {
    href: String,
    id: String,
    title: String,
    url: String,
    column: String,
    unit: String,
    owner: String,
    standing: &'static str,
    badge: &'static str,
    expires_on: String,
    soon: bool,
}

impl Line {
    fn of(app: &App, room: &Room, entry: &Entry, columns: &[content::Column], now: Timestamp) -> Self {
        let days = app.links.at(now).map_or(0, |rule| rule.remind_days);
        let badge = match entry.standing {
            link::Standing::Live => "live",
            link::Standing::Hidden => "suspended",
            link::Standing::Expired => "overdue",
        };
        let column = columns.iter().find(|column| column.key == entry.column);
        Self {
            href: room.at(&format!("/console/links/{}", entry.id)),
            id: entry.id.to_string(),
            title: entry.title.clone(),
            url: entry.url.clone(),
            column: column.map_or_else(|| entry.column.clone(), |column| column.name.clone()),
            unit: entry.unit.clone(),
            owner: entry.owner.clone(),
            standing: entry.standing.as_str(),
            badge,
            expires_on: entry.expires_at.map(Timestamp::date_cst).unwrap_or_default(),
            soon: entry.expires_at.is_some_and(|at| at <= now.plus_hours(24 * days)),
        }
    }
}

#[derive(Serialize)]
struct Found {
    id: String,
    key: String,
    title: String,
    href: String,
    url: String,
    fault: &'static str,
    detail: String,
    found_at: String,
    checked_at: String,
    dismissed: bool,
    note: String,
    noted_by: String,
}

impl Found {
    fn of(room: &Room, one: Finding) -> Self {
        let kind = if one.of_entry { "links" } else { "documents" };
        Self {
            id: one.subject.to_string(),
            href: room.at(&format!("/console/{kind}/{}", one.subject)),
            key: one.key,
            title: one.title,
            url: one.url,
            fault: one.fault.map_or("", checker::Fault::as_str),
            detail: one.detail,
            found_at: one.found_at.map(Timestamp::minute_cst).unwrap_or_default(),
            checked_at: one.checked_at.map(Timestamp::minute_cst).unwrap_or_default(),
            dismissed: one.standing == checker::Standing::Dismissed,
            note: one.note,
            noted_by: one.noted_by,
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    found: Vec<Found>,
    open: usize,
}

async fn list(State(app): State<Arc<App>>, Signed(room, _): Signed<KeepLinks>) -> Result<Response, Problem> {
    drawn(&app, &room, None).await
}

async fn drawn(app: &App, room: &Room, problem: Option<Problem>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let entries = link::list(&tx, LISTED).await?;
    let found = checker::findings(&tx, true, LISTED).await?;
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "links", "links").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let found: Vec<Found> = found.into_iter().map(|one| Found::of(room, one)).collect();
    let view = List {
        shell,
        lines: entries.iter().map(|entry| Line::of(app, room, entry, &columns, now)).collect(),
        open: found.iter().filter(|one| !one.dismissed).count(),
        found,
    };
    page(app, problem.map_or(StatusCode::OK, |problem| problem.status()), "link/list.html", &view)
}

#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
    standard: bool,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: String,
    line: Option<Line>,
    columns: Vec<Choice>,
    form: Answers,
}

async fn draw(
    app: &App,
    room: &Room,
    id: Option<Uuid>,
    form: Option<Answers>,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let entry = match id {
        Some(id) => Some(link::find(&tx, DocumentId(id)).await?),
        None => None,
    };
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let title = entry.as_ref().map_or_else(|| "link_new".to_owned(), |entry| format!("={}", entry.title));
    let mut shell = room.shell(app, &title, "links").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "links"), href: room.at("/console/links") },
        Crumb {
            name: entry.as_ref().map_or_else(|| room.word(app, "link_new"), |entry| entry.title.clone()),
            href: String::new(),
        },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let now = app.clock.now();
    let view = One {
        shell,
        id: id.map(|id| id.to_string()).unwrap_or_default(),
        line: entry.as_ref().map(|entry| Line::of(app, room, entry, &columns, now)),
        form: form.unwrap_or_else(|| entry.as_ref().map_or_else(|| owned_by(&room.person.principal.actor), typed_of)),
        columns: columns
            .into_iter()
            .map(|column| Choice { standard: column.standard_code.is_some(), key: column.key, name: column.name })
            .collect(),
    };
    page(app, problem.map_or(StatusCode::OK, |problem| problem.status()), "link/one.html", &view)
}

fn owned_by(login: &str) -> Answers {
    [("owner".to_owned(), login.to_owned())].into_iter().collect()
}

fn typed_of(entry: &Entry) -> Answers {
    [
        ("column", entry.column.clone()),
        ("title", entry.title.clone()),
        ("url", entry.url.clone()),
        ("unit", entry.unit.clone()),
        ("owner", entry.owner.clone()),
        ("note", entry.note.clone()),
        ("expires_on", entry.expires_at.map(Timestamp::date_cst).unwrap_or_default()),
        ("version", entry.version.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn read(typed: &Answers) -> Result<NewEntry, Problem> {
    let day = typed.get("expires_on").trim();
    let expires_at = match day {
        "" => None,
        day => Some(Timestamp::parse(day).ok_or_else(|| Problem::invalid("expires_on", "not_a_day", 0))?),
    };
    Ok(NewEntry {
        column: typed.get("column").to_owned(),
        title: typed.get("title").to_owned(),
        url: typed.get("url").to_owned(),
        unit: typed.get("unit").to_owned(),
        owner: typed.get("owner").to_owned(),
        note: typed.get("note").to_owned(),
        expires_at,
    })
}

async fn blank(State(app): State<Arc<App>>, Signed(room, _): Signed<KeepLinks>) -> Result<Response, Problem> {
    draw(&app, &room, None, None, None).await
}

async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<KeepLinks>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, Some(id), None, None).await
}

async fn add(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepLinks>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        link::add(&tx, &staff, read(&typed)?, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/links", "link_saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, None, Some(typed), Some(problem)).await,
    }
}

async fn change(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepLinks>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let version = typed.get("version").parse().unwrap_or(0);
        let tx = app.store.tenant(room.here.tenant).await?;
        link::change(&tx, &staff, DocumentId(id), version, read(&typed)?, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/links", "link_saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, Some(id), Some(typed), Some(problem)).await,
    }
}

async fn turned(
    app: &App,
    room: &Room,
    staff: &base::Staff<KeepLinks>,
    id: Uuid,
    to: Move,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        link::turn(&tx, staff, DocumentId(id), to, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/links", "link_saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(app, room, Some(id), None, Some(problem)).await,
    }
}

async fn hide(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepLinks>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    turned(&app, &room, &staff, id, Move::Hide).await
}

async fn unhide(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepLinks>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    turned(&app, &room, &staff, id, Move::Show).await
}

async fn dismiss(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepLinks>,
    Path((id, key)): Path<(Uuid, String)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        checker::dismiss(&tx, &staff, DocumentId(id), &key, typed.get("note"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/links", "link_dismissed")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => drawn(&app, &room, Some(problem)).await,
    }
}
