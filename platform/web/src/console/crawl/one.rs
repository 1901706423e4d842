//! One source: how it stands, how its runs went, and what it found.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::{TenantTx, Timestamp};
use border::crawl::{self, ItemRow, ManageCrawl, RunRow, Source, SourceId, SourceState, Standing, ViewCrawl};
use content::DocumentId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{Spark, Tab, at, badge, why};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

const PER_PAGE: u64 = 50;

#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    page: u64,
}

#[derive(Serialize)]
struct Found {
    title: String,
    url: String,
    standing: String,
    badge: &'static str,
    reason: String,
    first_seen: String,
    checked_at: String,
    document: Option<String>,
    /// What a duplicate is the same as: a document of this portal, or the page of its mirror.
    twin: Option<String>,
    compare: Option<String>,
    retry: Option<String>,
}

#[derive(Serialize)]
struct Ran {
    at: String,
    outcome: String,
    badge: &'static str,
    found: i32,
    landed: i32,
    duplicates: i32,
    changed: i32,
    failed: i32,
    note: String,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: String,
    address: String,
    kind: &'static str,
    state: &'static str,
    badge: &'static str,
    column: String,
    source_line: String,
    every_minutes: i32,
    quiet: String,
    pace_ms: i64,
    include: String,
    exclude: String,
    failures: i32,
    error: String,
    last_run_at: String,
    next_run_at: String,
    changed_by: String,
    items: Vec<Found>,
    runs: Vec<Ran>,
    spark: Spark,
    tabs: Vec<Tab>,
    next: Option<String>,
    may_manage: bool,
    moves: Vec<&'static str>,
    href_edit: String,
    href_pick: String,
}

fn standing_badge(standing: &str) -> &'static str {
    match Standing::parse(standing) {
        Some(Standing::New) => "issued",
        Some(Standing::Landed) => "live",
        Some(Standing::Duplicate) => "superseded",
        Some(Standing::Changed) => "proposed",
        Some(Standing::Gone | Standing::Failed) => "failed",
        _ => "plain",
    }
}

fn moves(state: SourceState) -> Vec<&'static str> {
    match state {
        SourceState::Active => vec!["run", "pause", "end"],
        SourceState::Failing => vec!["run", "resume", "pause", "end"],
        SourceState::Paused => vec!["resume", "end"],
        SourceState::Ended => Vec::new(),
    }
}

pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewCrawl>,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, SourceId(id), &asked, None).await
}

pub(super) async fn draw(
    app: &App,
    room: &Room,
    id: SourceId,
    asked: &Asked,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let standing = Standing::parse(&asked.show);
    let skip = asked.page.min(10_000) * PER_PAGE;
    let tx = app.store.reading(room.here.tenant).await?;
    let source = crawl::find(&tx, id).await?;
    let mut items = crawl::items(&tx, id, standing, skip, PER_PAGE + 1).await?;
    let counts = crawl::counts(&tx, &[id]).await?.remove(&id).unwrap_or_default();
    let runs = crawl::runs(&tx, &[id], app.clock.now().plus_hours(-24 * 30), 20).await?;
    let columns = content::column::all(&tx).await?;
    let mirrors = mirrors(&tx, &items).await?;
    tx.commit().await?;
    let more = items.len() as u64 > PER_PAGE;
    items.truncate(PER_PAGE as usize);
    let mut shell = room.shell(app, &format!("={}", source.text.name), "crawl").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "crawl"), href: room.at("/console/crawl") },
        Crumb { name: source.text.name.clone(), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let next = format!("/console/crawl/{id}?show={}&page={}", asked.show, asked.page + 1);
    let column = columns.iter().find(|column| column.key == source.text.column).map(|column| column.name.clone());
    let seen = Seen { items, mirrors, runs, counts, standing, next: more.then(|| room.at(&next)), column };
    let view = view(app, room, source, shell, seen);
    page(app, problem.map_or(StatusCode::OK, Problem::status), "crawl-source.html", &view)
}

/// What a page of one source needs besides it.
struct Seen {
    items: Vec<ItemRow>,
    /// Where mirrors stand that duplicates are the same as.
    mirrors: HashMap<DocumentId, String>,
    runs: Vec<RunRow>,
    counts: HashMap<String, i64>,
    standing: Option<Standing>,
    next: Option<String>,
    column: Option<String>,
}

fn view<'a>(app: &App, room: &Room, source: Source, shell: Shell<'a>, seen: Seen) -> View<'a> {
    let id = source.id;
    let (from, to) = source.text.quiet;
    let manages = room.holds::<ManageCrawl>(app);
    View {
        id: id.to_string(),
        kind: source.text.kind.as_str(),
        state: source.state.as_str(),
        badge: badge(source.state),
        quiet: if from == to { String::new() } else { format!("{from:02}:00–{to:02}:00") },
        include: source.text.include.join("、"),
        exclude: source.text.exclude.join("、"),
        failures: source.failures,
        error: why(app, room, &source.last_error),
        last_run_at: at(source.last_run_at),
        next_run_at: if source.state.is_read() { source.next_run_at.minute_cst() } else { String::new() },
        items: seen.items.into_iter().map(|row| found(app, room, id, row, &seen.mirrors, manages)).collect(),
        spark: Spark::of(app, room, &seen.runs),
        runs: seen.runs.into_iter().map(|row| ran(app, room, row)).collect(),
        tabs: tabs(room, id, seen.standing, &seen.counts),
        next: seen.next,
        may_manage: manages,
        moves: moves(source.state),
        href_edit: room.at(&format!("/console/crawl/{id}/edit")),
        href_pick: room.at(&format!("/console/crawl/{id}/pick")),
        column: seen.column.unwrap_or(source.text.column),
        address: source.text.address,
        source_line: source.text.source_line,
        every_minutes: source.text.every_minutes,
        pace_ms: source.text.pace_ms,
        changed_by: source.changed_by,
        shell,
    }
}

fn tabs(room: &Room, id: SourceId, chosen: Option<Standing>, counts: &HashMap<String, i64>) -> Vec<Tab> {
    let all = std::iter::once("").chain(Standing::ALL.iter().map(|standing| standing.as_str()));
    let shown = all.filter(|key| key.is_empty() || counts.contains_key(*key));
    shown
        .map(|key| Tab {
            href: room.at(&format!("/console/crawl/{id}?show={key}")),
            current: chosen.map_or("", Standing::as_str) == key,
            key: if key.is_empty() { "all".to_owned() } else { key.to_owned() },
        })
        .collect()
}

/// The addresses of the mirrors that some duplicates are the same as: a mirror has no page on the desk.
async fn mirrors(tx: &TenantTx, items: &[ItemRow]) -> Result<HashMap<DocumentId, String>, Problem> {
    let mut found = HashMap::new();
    for document in items.iter().filter(|row| is_mirror(row)).filter_map(|row| row.twin_id) {
        if let Some(seat) = content::placement::by_document(tx, document).await? {
            found.insert(document, seat.address);
        }
    }
    Ok(found)
}

fn is_mirror(row: &ItemRow) -> bool {
    row.reason.starts_with("mirror_")
}

fn found(
    app: &App,
    room: &Room,
    id: SourceId,
    row: ItemRow,
    mirrors: &HashMap<DocumentId, String>,
    manages: bool,
) -> Found {
    let (mirror, key) = (is_mirror(&row), row.url_key);
    let again = matches!(row.standing.as_str(), "failed" | "filtered") && manages;
    Found {
        badge: standing_badge(&row.standing),
        reason: why(app, room, &row.reason),
        first_seen: Timestamp(row.first_seen).minute_cst(),
        checked_at: if row.checked_at > 0 { Timestamp(row.checked_at).minute_cst() } else { String::new() },
        document: row.document_id.map(|document| room.at(&format!("/console/documents/{document}"))),
        twin: row.twin_id.and_then(|twin| {
            let page = |address: &String| app.addresses.absolute(room.here.main_host(), address);
            if mirror { mirrors.get(&twin).map(page) } else { Some(room.at(&format!("/console/documents/{twin}"))) }
        }),
        compare: (row.standing == "changed").then(|| room.at(&format!("/console/crawl/{id}/items/{key}"))),
        retry: again.then(|| room.at(&format!("/console/crawl/{id}/items/{key}/retry"))),
        title: if row.title.is_empty() { row.url.clone() } else { row.title },
        url: row.url,
        standing: row.standing,
    }
}

fn ran(app: &App, room: &Room, row: RunRow) -> Ran {
    Ran {
        at: Timestamp(row.at).minute_cst(),
        badge: match row.outcome.as_str() {
            "failed" => "failed",
            "read" => "live",
            _ => "plain",
        },
        note: why(app, room, &row.note),
        outcome: row.outcome,
        found: row.found,
        landed: row.landed,
        duplicates: row.duplicates,
        changed: row.changed,
        failed: row.failed,
    }
}

/// Runs it now, or pauses, resumes or ends it.
pub(in crate::console) async fn act(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageCrawl>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let (id, now) = (SourceId(id), app.clock.now());
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let told = match typed.get("to") {
            "run" => crawl::run_now(&tx, &staff, id, now).await.map(|_| "crawl_asked"),
            "pause" => crawl::pause(&tx, &staff, id, now).await.map(|_| "crawl_paused"),
            "resume" => crawl::resume(&tx, &staff, id, now).await.map(|_| "crawl_resumed"),
            "end" => crawl::end(&tx, &staff, id, now).await.map(|_| "crawl_ended"),
            _ => return Err(Problem::not_found()),
        }?;
        tx.commit().await?;
        Ok::<_, Problem>(told)
    };
    match done.await {
        Ok(told) => Ok(room.done(&format!("/console/crawl/{id}"), told)),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, id, &Asked { show: String::new(), page: 0 }, Some(&problem)).await,
    }
}
