//! 通报: those that were issued, the form for the next one, and one with all its lines.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use exchange::merit::{self, Circular, CircularRow, KeepScore, Month, NewCircular, ViewPoints};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{Tab, tabs};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct Listed {
    href: String,
    pdf: String,
    xlsx: String,
    title: String,
    doc_number: String,
    month: String,
    ranking: &'static str,
    issued_at: String,
    issued_by: String,
}

fn listed(room: &Room, one: Circular) -> Listed {
    let path = format!("/console/points/circulars/{}", one.id);
    Listed {
        href: room.at(&path),
        pdf: room.at(&format!("{path}/file.pdf")),
        xlsx: room.at(&format!("{path}/file.xlsx")),
        title: one.title,
        doc_number: one.doc_number,
        month: one.month,
        ranking: one.ranking.as_str(),
        issued_at: one.issued_at.minute_cst(),
        issued_by: one.issued_by,
    }
}

#[derive(Serialize)]
struct Circulars<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    circulars: Vec<Listed>,
    form: Answers,
    may_keep: bool,
    without_font: bool,
}

async fn draw(app: &App, room: &Room, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let found = merit::circulars(&tx).await?;
    tx.commit().await?;
    let (form, problem) = match again {
        Some((form, problem)) => (form, Some(problem)),
        None => (blank(app, room), None),
    };
    let mut shell = room.shell(app, "points_circulars", "points").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = Circulars {
        tabs: tabs(app, room, "circulars"),
        circulars: found.into_iter().map(|one| listed(room, one)).collect(),
        form,
        may_keep: room.holds::<KeepScore>(app),
        without_font: app.report_font.is_none(),
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "points-circulars.html", &view)
}

/// The month before this one, and the unit that the portal belongs to.
fn blank(app: &App, room: &Room) -> Answers {
    let Month(this) = Month::of(app.clock.now());
    let before = if this % 100 == 1 { (this / 100 - 1) * 100 + 12 } else { this - 1 };
    let unit = if room.here.owner_unit.is_empty() { &room.here.name } else { &room.here.owner_unit };
    let mut form = Answers::default();
    form.put("month", Month(before).to_string());
    form.put("issuer", unit.to_string());
    form.put("word", room.word(app, "points_word"));
    form
}

pub(in crate::console) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewPoints>,
) -> Result<Response, Problem> {
    draw(&app, &room, None).await
}

/// Freezes a month.
pub(in crate::console) async fn issue(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepScore>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let month = Month::parse(typed.get("month")).ok_or_else(|| Problem::invalid("month", "unusable", 0))?;
        let new = NewCircular {
            month,
            word: typed.get("word").to_owned(),
            issuer: typed.get("issuer").to_owned(),
            preface: typed.get("preface").to_owned(),
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        let made = merit::issue(&tx, &staff, new, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(made.id)
    };
    match done.await {
        Ok(id) => Ok(room.done(&format!("/console/points/circulars/{id}"), "points_issued")),
        Err(problem) if matches!(problem.status, 403 | 404) || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, Some((typed, problem))).await,
    }
}

#[derive(Serialize)]
struct Line {
    name: String,
    submitted: i64,
    adopted: i64,
    points: String,
    year_points: String,
    rank: Option<i32>,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    circular: Listed,
    issuer: String,
    paragraphs: Vec<String>,
    rule: String,
    hash: String,
    lines: Vec<Line>,
    ranked: bool,
    without_font: bool,
}

pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewPoints>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let (head, lines) = merit::find_circular(&tx, id).await?;
    tx.commit().await?;
    let mut shell = room.shell(&app, &format!("={}", head.title), "points").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(&app, "points_circulars"), href: room.at("/console/points/circulars") },
        Crumb { name: head.doc_number.clone(), href: String::new() },
    ];
    let view = one(&app, &room, shell, head, lines);
    page(&app, StatusCode::OK, "points-circular.html", &view)
}

fn one<'a>(app: &App, room: &Room, shell: Shell<'a>, head: Circular, lines: Vec<CircularRow>) -> One<'a> {
    let line = |line: CircularRow| Line {
        name: line.name,
        submitted: line.submitted,
        adopted: line.adopted,
        points: line.points.to_string(),
        year_points: line.year_points.to_string(),
        rank: line.rank,
    };
    One {
        shell,
        tabs: tabs(app, room, "circulars"),
        issuer: head.issuer.clone(),
        paragraphs: head.preface.lines().map(str::to_owned).collect(),
        rule: head.rule.clone(),
        hash: head.hash.clone(),
        ranked: lines.iter().any(|line| line.rank.is_some()),
        lines: lines.into_iter().map(line).collect(),
        without_font: app.report_font.is_none(),
        circular: listed(room, head),
    }
}
