//! Events that this portal scores, and the two forms for what no letter tells.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::listing::Cursor;
use exchange::SubmissionId;
use exchange::merit::{self, ByHand, KeepScore, Occasion, ViewPoints};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::rows::Line;
use super::{Tab, Unit, occasion_word, tabs, unit, units};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

const PER_PAGE: u64 = 50;

#[derive(Deserialize, Default)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    unit: String,
}

#[derive(Serialize)]
struct Choice {
    key: &'static str,
    name: String,
}

#[derive(Serialize)]
struct Events<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    next: Option<String>,
    units: Vec<Unit>,
    chosen: String,
    occasions: Vec<Choice>,
    /// Submissions of the page that stand in no journal yet.
    items: Vec<Item>,
    form: Answers,
    may_keep: bool,
}

#[derive(Serialize)]
struct Item {
    id: String,
    title: String,
}

async fn draw(app: &App, room: &Room, asked: Asked, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let of = if asked.unit.is_empty() { None } else { Some(unit(app, room, &asked.unit)?) };
    let tx = app.store.reading(room.here.tenant).await?;
    let found = merit::events(&tx, of, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let versions = merit::versions(&tx).await?;
    tx.commit().await?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, "points_events", "points").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let mut items: Vec<Item> = Vec::new();
    for one in found.items.iter().filter(|one| one.occasion.is_adoption() && one.place == merit::Place::Here) {
        if let Some(id) = one.submission.map(|id| id.to_string())
            && items.iter().all(|item| item.id != id)
        {
            items.push(Item { id, title: one.title.clone() });
        }
    }
    let path = format!("/console/points/events?unit={}", asked.unit);
    let view = Events {
        tabs: tabs(app, room, "events"),
        next: found.next_cursor.map(|cursor| room.at(&format!("{path}&cursor={cursor}"))),
        lines: found.items.into_iter().map(|one| Line::of(app, room, one, &versions)).collect(),
        units: units(app, room),
        chosen: asked.unit,
        occasions: Occasion::BY_HAND
            .iter()
            .map(|one| Choice { key: one.as_str(), name: occasion_word(app, room, *one) })
            .collect(),
        items,
        form,
        may_keep: room.holds::<KeepScore>(app),
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "points-events.html", &view)
}

pub(in crate::console) async fn list(
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

fn id_of(field: &str, text: &str) -> Result<Option<Uuid>, Problem> {
    let text = Some(text.trim()).filter(|text| !text.is_empty());
    text.map(|text| Uuid::try_parse(text).map_err(|_| Problem::invalid(field, "unknown", 0))).transpose()
}

/// A leader's note, an urgent report, a commission or a quota.
pub(in crate::console) async fn record(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepScore>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let word = typed.get("occasion");
        let entered = ByHand {
            beneficiary: unit(&app, &room, typed.get("beneficiary"))?,
            occasion: Occasion::parse(word).ok_or_else(|| Problem::invalid("occasion", "unknown", 0))?,
            channel: typed.get("channel").to_owned(),
            about: id_of("about", typed.get("about"))?,
            title: typed.get("title").to_owned(),
            note: typed.get("note").to_owned(),
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        merit::record(&tx, &staff, entered, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/points/events", "points_recorded")),
        Err(problem) => refused(&app, &room, typed, problem).await,
    }
}

/// 刊用: in which journal an adopted item stands.
pub(in crate::console) async fn journal(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepScore>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let id = id_of("item", typed.get("item"))?.ok_or_else(|| Problem::invalid("item", "missing", 0))?;
        let tx = app.store.tenant(room.here.tenant).await?;
        merit::put_in_journal(&tx, &staff, SubmissionId(id), typed.get("journal"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/points/events", "points_journal")),
        Err(problem) => refused(&app, &room, typed, problem).await,
    }
}
