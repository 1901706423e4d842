//! Duty rosters and hand-over: a month as a table, gaps in red, and the note that two people sign.

mod handovers;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::duty::Role;
use base::people::Colleague;
use chrono::{Datelike, Days, Months, NaiveDate};
use exchange::obligation::ViewInbox;
use exchange::roster::{self, Gap, ManageRoster, NewShift, Post, RosterError, Shift};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answers::Answers;
use super::door::{Door, Signed};
use super::room::{Room, Shell, page};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/rosters").get(show),
        Door::at("/console/rosters/shifts").post(put),
        Door::at("/console/rosters/import").post(import),
        Door::at("/console/rosters/shifts/{id}/remove").post(remove),
        Door::at("/console/handovers").get(handovers::list).post(handovers::write),
        Door::at("/console/handovers/{id}/sign").post(handovers::sign),
        Door::at("/console/handovers/{id}/take-over").post(handovers::take_over),
    ]
}

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// `YYYY-MM`
    #[serde(default)]
    month: String,
}

#[derive(Serialize)]
struct Span {
    id: Uuid,
    name: String,
    hours: String,
    now: bool,
    removable: bool,
}

#[derive(Serialize)]
struct Cell {
    spans: Vec<Span>,
    gaps: Vec<String>,
}

#[derive(Serialize)]
struct Day {
    date: String,
    weekday: String,
    today: bool,
    rest: bool,
    a: Cell,
    b: Cell,
}

#[derive(Serialize)]
struct Person {
    login: String,
    name: String,
}

#[derive(Serialize)]
struct Month<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    month: String,
    days: Vec<Day>,
    gaps: usize,
    planned: bool,
    href_before: String,
    href_after: String,
    href_handovers: String,
    people: Vec<Person>,
    may_manage: bool,
    form: Answers,
}

/// Midnight at the beginning of a day in China Standard Time.
fn midnight(day: NaiveDate) -> Timestamp {
    Timestamp::end_of_day_cst(day).plus_hours(-24)
}

/// The first day of the month that is asked for; this month when it cannot be read.
fn first_day(asked: &str, now: Timestamp) -> NaiveDate {
    let named = NaiveDate::parse_from_str(&format!("{asked}-01"), "%Y-%m-%d").ok();
    // Beyond these years nobody plans, and dates stay well inside what can be counted.
    let named = named.filter(|day| (2000..2200).contains(&day.year()));
    let today = now.day_cst();
    named.or_else(|| today.with_day(1)).unwrap_or(today)
}

fn hours(from: Timestamp, until: Timestamp, day: (Timestamp, Timestamp)) -> String {
    let end = |at: Timestamp| if at >= day.1 { "24:00".to_owned() } else { at.format_cst("%H:%M") };
    format!("{}–{}", from.max(day.0).format_cst("%H:%M"), end(until))
}

fn cell(shifts: &[Shift], post: Post, day: (Timestamp, Timestamp), planned: bool, now: Timestamp) -> Cell {
    let span = |one: &Shift| Span {
        id: one.id,
        name: one.name.clone(),
        hours: hours(one.from, one.until, day),
        now: one.covers(now) && day.0 <= now && now < day.1,
        removable: one.until > now,
    };
    let mine = shifts.iter().filter(|one| one.post == post && one.meets(day.0, day.1)).map(span).collect();
    // What was open on days that are over cannot be mended.
    let open = if planned && day.1 > now { roster::gaps(shifts, post, day.0, day.1) } else { Vec::new() };
    Cell { spans: mine, gaps: open.iter().map(|gap: &Gap| hours(gap.from, gap.until, day)).collect() }
}

async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, &asked.month, None).await
}

async fn draw(app: &App, room: &Room, month: &str, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let first = first_day(month, now);
    let next = first + Months::new(1);
    let tx = app.store.reading(room.here.tenant).await?;
    let shifts = roster::shifts(&tx, midnight(first), midnight(next)).await?;
    tx.commit().await?;
    let planned = !shifts.is_empty();
    let day = |at: NaiveDate| {
        let span = (midnight(at), midnight(at + Days::new(1)));
        let weekday = at.weekday().num_days_from_monday();
        Day {
            date: at.format("%m-%d").to_string(),
            weekday: room.word(app, &format!("weekday_{weekday}")),
            today: at == now.day_cst(),
            rest: weekday > 4,
            a: cell(&shifts, Post::A, span, planned, now),
            b: cell(&shifts, Post::B, span, planned, now),
        }
    };
    let days: Vec<Day> = first.iter_days().take_while(|at| *at < next).map(day).collect();
    let may_manage = room.holds::<ManageRoster>(app);
    let people = if may_manage { app.store.people_at(room.here.tenant, &Role::ALL).await? } else { Vec::new() };
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, "rosters", "rosters").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let other = |at: NaiveDate| room.at(&format!("/console/rosters?month={}", at.format("%Y-%m")));
    let view = Month {
        shell,
        month: first.format("%Y-%m").to_string(),
        gaps: days.iter().map(|day| day.a.gaps.len() + day.b.gaps.len()).sum(),
        days,
        planned,
        href_before: other(first - Months::new(1)),
        href_after: other(next),
        href_handovers: room.at("/console/handovers"),
        people: people.into_iter().map(|one| Person { login: one.login, name: one.name }).collect(),
        may_manage,
        form,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "rosters.html", &view)
}

/// An instant as a form or a table says it: `YYYY-MM-DD HH:MM`, or with a `T` between.
fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&text.trim().replace('T', " "))
}

/// Reads lines of `post, login, from, until`.
fn read(people: &[Colleague], lines: Vec<[String; 4]>) -> Result<Vec<NewShift>, RosterError> {
    let line = |(line, [post, login, from, until]): (usize, [String; 4])| {
        let wrong = |what| RosterError::Line { line, what };
        Ok(NewShift {
            post: Post::parse(&post).ok_or_else(|| wrong("post"))?,
            person: people.iter().find(|one| one.login == login.trim()).cloned().ok_or_else(|| wrong("login"))?,
            from: instant(&from).ok_or_else(|| wrong("from"))?,
            until: instant(&until).ok_or_else(|| wrong("until"))?,
        })
    };
    (1..).zip(lines).map(line).collect()
}

async fn put(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageRoster>,
    typed: Answers,
) -> Result<Response, Problem> {
    let line = ["post", "login", "from", "until"].map(|name| typed.get(name).to_owned());
    let repeat: usize = typed.get("repeat").trim().parse().unwrap_or(1);
    let done = async {
        let people = app.store.people_at(room.here.tenant, &Role::ALL).await?;
        let one = read(&people, vec![line])?.remove(0);
        let later = |days: usize| {
            let hours = 24 * i64::try_from(days).unwrap_or(0);
            NewShift { from: one.from.plus_hours(hours), until: one.until.plus_hours(hours), ..one.clone() }
        };
        let shifts = (0..repeat.clamp(1, 62)).map(later).collect();
        let tx = app.store.tenant(room.here.tenant).await?;
        roster::put(&tx, &staff, shifts, &app.rosters, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    let done = done.await;
    told(&app, &room, typed, done).await
}

async fn import(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageRoster>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let people = app.store.people_at(room.here.tenant, &Role::ALL).await?;
        let shifts = read(&people, table(typed.get("table")))?;
        if shifts.is_empty() {
            return Err(Problem::invalid("table", "missing", 0));
        }
        let tx = app.store.tenant(room.here.tenant).await?;
        roster::put(&tx, &staff, shifts, &app.rosters, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    let done = done.await;
    told(&app, &room, typed, done).await
}

/// Lines as spreadsheets paste or save them: separated by commas or tabs.
fn table(text: &str) -> Vec<[String; 4]> {
    let cells = |line: &str| {
        let mut cells = line.split([',', '，', '\t']).map(|cell| cell.trim().trim_matches('"').to_owned());
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(cells).collect()
}

async fn told(app: &App, room: &Room, typed: Answers, done: Result<(), Problem>) -> Result<Response, Problem> {
    let month = typed.get("month").to_owned();
    match done {
        Ok(()) => Ok(room.done(&format!("/console/rosters?month={month}"), "roster_put")),
        Err(problem) if matches!(problem.status, 403 | 404) || problem.status >= 500 => Err(problem),
        Err(problem) => draw(app, room, &month, Some((typed, problem))).await,
    }
}

async fn remove(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageRoster>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        roster::remove(&tx, &staff, id, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/rosters?month={}", typed.get("month")), "roster_removed")),
        Err(problem) => told(&app, &room, typed, Err(problem)).await,
    }
}
