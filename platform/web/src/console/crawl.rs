//! 抓取: the sources that a portal reads elsewhere, what they found, and the rules by which their pages are understood.

mod compare;
mod form;
mod one;
mod pick;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::listing::Cursor;
use border::crawl::{self, ManageCrawl, RunRow, Source, SourceState, ViewCrawl};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::door::{Door, Signed};
use super::room::{Room, Shell, page};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

const PER_PAGE: u64 = 30;

/// Runs that a sparkline draws.
const DRAWN: usize = 20;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/crawl").get(list),
        Door::at("/console/crawl/new").get(form::blank).post(form::create),
        Door::at("/console/crawl/{id}").get(one::show),
        Door::at("/console/crawl/{id}/edit").get(form::edit).post(form::save),
        Door::at("/console/crawl/{id}/move").post(one::act),
        Door::at("/console/crawl/{id}/pick").get(pick::show).post(pick::save),
        Door::at("/console/crawl/{id}/preview").post(pick::preview),
        Door::at("/console/crawl/{id}/sample/{part}").get(pick::sample),
        Door::at("/console/crawl/{id}/items/{key}").get(compare::show).post(compare::settle),
        Door::at("/console/crawl/{id}/items/{key}/retry").post(compare::retry),
    ]
}

/// One bar of a sparkline, over a height of 24.
#[derive(Serialize)]
struct Stroke {
    x: usize,
    y: i32,
    height: i32,
    kind: &'static str,
}

/// How the last runs went, drawn and in words.
#[derive(Serialize)]
struct Spark {
    width: usize,
    strokes: Vec<Stroke>,
    words: String,
}

impl Spark {
    /// The runs come newest first and are drawn oldest first.
    fn of(app: &App, room: &Room, runs: &[RunRow]) -> Self {
        let runs: Vec<&RunRow> = runs.iter().take(DRAWN).rev().collect();
        let most = runs.iter().map(|run| run.found).max().unwrap_or(0).max(1);
        let stroke = |(at, run): (usize, &&RunRow)| {
            let failed = run.outcome == "failed";
            let height = if failed { 24 } else { (run.found * 20 / most).max(3) };
            let kind = if failed {
                "failed"
            } else if run.found > 0 {
                "live_unverified"
            } else {
                "ended"
            };
            Stroke { x: at * 6, y: 24 - height, height, kind }
        };
        let failed = runs.iter().filter(|run| run.outcome == "failed").count();
        let found: i32 = runs.iter().map(|run| run.found).sum();
        let word = |key| room.word(app, key);
        let words = format!(
            "{} {}, {} {found}, {} {failed}",
            word("crawl_last_runs"),
            runs.len(),
            word("crawl_found"),
            word("crawl_failed_runs")
        );
        Self { width: DRAWN * 6, strokes: runs.iter().enumerate().map(stroke).collect(), words }
    }
}

/// Picture and colour of a state.
fn badge(state: SourceState) -> &'static str {
    match state {
        SourceState::Active => "live",
        SourceState::Paused => "suspended",
        SourceState::Failing => "failed",
        SourceState::Ended => "ended",
    }
}

/// A reason (`status: 404`) in the reader's words.
fn why(app: &App, room: &Room, reason: &str) -> String {
    let (code, detail) = reason.split_once(": ").unwrap_or((reason, ""));
    let key = format!("why_{code}");
    match room.word(app, &key) {
        word if reason.is_empty() || word == key => reason.to_owned(),
        word if detail.is_empty() => word,
        word => format!("{word}（{detail}）"),
    }
}

fn at(time: Option<Timestamp>) -> String {
    time.map(Timestamp::minute_cst).unwrap_or_default()
}

#[derive(Serialize)]
struct Line {
    href: String,
    name: String,
    address: String,
    kind: &'static str,
    state: &'static str,
    badge: &'static str,
    column: String,
    last_run_at: String,
    next_run_at: String,
    error: String,
    failures: i32,
    landed: i64,
    duplicate: i64,
    changed: i64,
    failed: i64,
    spark: Spark,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    show: String,
    may_manage: bool,
    next: Option<String>,
    href_new: String,
    tabs: Vec<Tab>,
}

/// One choice above a list.
#[derive(Serialize)]
struct Tab {
    key: String,
    href: String,
    current: bool,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    cursor: String,
}

async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewCrawl>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let state = SourceState::parse(&asked.show);
    let tx = app.store.reading(room.here.tenant).await?;
    let found = crawl::list(&tx, state, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let ids: Vec<_> = found.items.iter().map(|source| source.id).collect();
    let counts = crawl::counts(&tx, &ids).await?;
    let since = app.clock.now().plus_hours(-24 * 7);
    let mut runs: HashMap<_, Vec<RunRow>> = HashMap::new();
    for run in crawl::runs(&tx, &ids, since, PER_PAGE * 200).await? {
        runs.entry(run.source_id).or_default().push(run);
    }
    let columns = content::column::all(&tx).await?;
    tx.commit().await?;
    let line = |source: &Source| {
        let count = |key: &str| counts.get(&source.id).and_then(|all| all.get(key)).copied().unwrap_or(0);
        let column = columns.iter().find(|column| column.key == source.text.column);
        Line {
            href: room.at(&format!("/console/crawl/{}", source.id)),
            name: source.text.name.clone(),
            address: source.text.address.clone(),
            kind: source.text.kind.as_str(),
            state: source.state.as_str(),
            badge: badge(source.state),
            column: column.map_or_else(|| source.text.column.clone(), |column| column.name.clone()),
            last_run_at: at(source.last_run_at),
            next_run_at: if source.state.is_read() { source.next_run_at.minute_cst() } else { String::new() },
            error: why(&app, &room, &source.last_error),
            failures: source.failures,
            landed: count("landed"),
            duplicate: count("duplicate"),
            changed: count("changed"),
            failed: count("failed"),
            spark: Spark::of(&app, &room, runs.get(&source.id).map_or(&[], Vec::as_slice)),
        }
    };
    let tab = |key: &str| Tab {
        href: room.at(&format!("/console/crawl?show={key}")),
        current: state.map_or("", SourceState::as_str) == key,
        key: if key.is_empty() { "all".to_owned() } else { key.to_owned() },
    };
    let view = List {
        lines: found.items.iter().map(line).collect(),
        tabs: ["", "active", "failing", "paused", "ended"].into_iter().map(tab).collect(),
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/crawl?show={}&cursor={cursor}", asked.show))),
        show: asked.show,
        may_manage: room.holds::<ManageCrawl>(&app),
        href_new: room.at("/console/crawl/new"),
        shell: room.shell(&app, "crawl", "crawl").await?,
    };
    page(&app, StatusCode::OK, "crawl.html", &view)
}
