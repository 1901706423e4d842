//! 我的得分: what the portal earned, why, and what it disputes. Of others it learns what the superior shows, and no more.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::listing::Cursor;
use exchange::merit::{self, AppealPoints, Circular, CircularRow, Month, NewAppeal, Ranking, ViewPoints};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::appeals::Shown;
use super::rows::{Line, rule_words};
use super::{Tab, short_name, tabs};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

const PER_PAGE: u64 = 50;

#[derive(Deserialize, Default)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    cursor: String,
}

#[derive(Serialize)]
struct Paper {
    title: String,
    doc_number: String,
    issued_at: String,
    points: String,
    year_points: String,
    rank: Option<i32>,
    /// Where all of it may be read.
    href: Option<String>,
}

#[derive(Serialize)]
struct Mine<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    scorer: String,
    table: String,
    rules: Vec<String>,
    month_points: String,
    year_points: String,
    lines: Vec<Line>,
    next: Option<String>,
    appeals: Vec<Shown>,
    papers: Vec<Paper>,
    form: Answers,
    may_appeal: bool,
    appeal_days: u32,
}

/// The circular as this portal may read it.
fn paper(room: &Room, (head, lines): (Circular, Vec<CircularRow>)) -> Paper {
    let own = lines.iter().find(|line| line.beneficiary == room.here.tenant);
    let shown = head.ranking == Ranking::PublicToSubordinates;
    Paper {
        href: shown.then(|| room.at(&format!("/console/points/circulars/{}/file.pdf", head.id))),
        points: own.map(|line| line.points.to_string()).unwrap_or_default(),
        year_points: own.map(|line| line.year_points.to_string()).unwrap_or_default(),
        rank: own.and_then(|line| line.rank),
        title: head.title,
        doc_number: head.doc_number,
        issued_at: head.issued_at.date_cst(),
    }
}

async fn draw(app: &App, room: &Room, asked: Asked, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let month = Month::of(now);
    let tx = app.store.reading(room.here.tenant).await?;
    let found = merit::own_events(&tx, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let versions = merit::versions_of_superior(&tx).await?;
    let table = merit::table_of_superior(&tx, now).await?;
    let here = merit::own_total(&tx, month, month).await?;
    let year = merit::own_total(&tx, Month(month.year() * 100 + 1), month).await?;
    let appeals = merit::own_appeals(&tx).await?;
    let papers = merit::circulars_of_superior(&tx).await?;
    tx.commit().await?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, "points_mine", "points").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let may_appeal = room.holds::<AppealPoints>(app) && table.is_some();
    let points = |total: Option<merit::Total>| total.map_or_else(|| "0".to_owned(), |one| one.points.to_string());
    let line = |one: merit::EventView| {
        let mut line = Line::of(app, room, one, &versions);
        line.may_appeal = may_appeal;
        line
    };
    let view = Mine {
        tabs: tabs(app, room, "mine"),
        scorer: room.here.parent.map(|scorer| short_name(app, scorer)).unwrap_or_default(),
        table: table.as_ref().map(|table| format!("{} {}", table.name, table.document)).unwrap_or_default(),
        appeal_days: table.as_ref().map_or(0, |table| table.appeal_days),
        rules: table.map(|table| table.rows.iter().map(|row| rule_words(app, room, row)).collect()).unwrap_or_default(),
        month_points: points(here),
        year_points: points(year),
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/points/mine?cursor={cursor}"))),
        lines: found.items.into_iter().map(line).collect(),
        appeals: appeals.into_iter().map(|one| Shown::of(app, one)).collect(),
        papers: papers.into_iter().map(|one| paper(room, one)).collect(),
        form,
        may_appeal,
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "points-mine.html", &view)
}

pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewPoints>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, asked, None).await
}

async fn refused(app: &App, room: &Room, typed: Answers, problem: Problem) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, Asked::default(), Some((typed, problem))).await
}

/// Disputes an event, or says that one is missing.
pub(in crate::console) async fn appeal(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<AppealPoints>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let event = Some(typed.get("event")).filter(|text| !text.is_empty()).map(Uuid::try_parse).transpose();
        let event = event.map_err(|_| Problem::invalid("event", "unknown", 0))?;
        let new = NewAppeal { event, about: typed.get("about").to_owned(), reason: typed.get("reason").to_owned() };
        let tx = app.store.tenant(room.here.tenant).await?;
        merit::appeal(&tx, &staff, new, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/points/mine", "points_appealed")),
        Err(problem) => refused(&app, &room, typed, problem).await,
    }
}

/// Takes an appeal back.
pub(in crate::console) async fn withdraw(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<AppealPoints>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        merit::withdraw_appeal(&tx, &staff, id, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/points/mine", "points_appeal_withdrawn")),
        Err(problem) => refused(&app, &room, Answers::default(), problem).await,
    }
}
