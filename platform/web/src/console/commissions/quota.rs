//! One quota: every portal's progress in a period, its periods, its versions, and the form for a new version.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::store::Reach;
use exchange::QuotaId;
use exchange::commission::CommissionItems;
use exchange::quota::{self, Line, Quota, Totals};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::audience::{self, LevelChoice};
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::super::views::Bar;
use super::quotas::{progress, read, verdict_badge};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// Periods listed.
const PERIODS: u64 = 12;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    begins: String,
}

#[derive(Serialize)]
struct Portal {
    name: String,
    level: String,
    counted: i64,
    minimum: i32,
    verdict: String,
    badge: &'static str,
    bar: Bar,
}

fn portal(app: &App, room: &Room, line: Line) -> Portal {
    Portal {
        bar: progress(app, room, line.counted, line.minimum),
        badge: verdict_badge(&line.verdict),
        name: line.name,
        level: line.level,
        counted: line.counted,
        minimum: line.minimum,
        verdict: line.verdict,
    }
}

#[derive(Serialize)]
struct Past {
    href: String,
    begins: String,
    last_day: String,
    judged_by: String,
    portals: i64,
    met: i64,
    missed: i64,
    current: bool,
}

fn past(room: &Room, id: QuotaId, of: Totals, shown: &str) -> Past {
    Past {
        href: room.at(&format!("/console/quotas/{id}?begins={}", of.begins)),
        current: of.begins == shown,
        last_day: Timestamp(of.until_at - 1).date_cst(),
        judged_by: Timestamp(of.judge_at - 1).date_cst(),
        begins: of.begins,
        portals: of.portals,
        met: of.met,
        missed: of.missed,
    }
}

#[derive(Serialize)]
struct Version {
    version: i32,
    minimum: i32,
    length: &'static str,
    counting: &'static str,
    effective_from: String,
    source: String,
    set_at: String,
    set_by: String,
}

fn version_line(one: &Quota) -> Version {
    Version {
        version: one.version,
        minimum: one.minimum,
        length: one.length.as_str(),
        counting: one.counting.as_str(),
        effective_from: one.effective_from.to_string(),
        source: one.source.clone(),
        set_at: one.set_at.minute_cst(),
        set_by: one.set_by.clone(),
    }
}

#[derive(Serialize)]
struct OneView<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: String,
    period: &'static str,
    begins: String,
    portals: Vec<Portal>,
    periods: Vec<Past>,
    versions: Vec<Version>,
    form: Answers,
    levels: Vec<LevelChoice>,
    retyped: bool,
}

fn typed_of(app: &App, one: &Quota) -> Answers {
    let mut form: Vec<(String, String)> = [
        ("name", one.name.clone()),
        ("length", one.length.as_str().to_owned()),
        ("counting", one.counting.as_str().to_owned()),
        ("minimum", one.minimum.to_string()),
        ("quota_source", one.source.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    audience::typed(app, &one.audience, &mut form);
    form.into_iter().collect()
}

async fn draw(
    app: &App,
    room: &Room,
    id: QuotaId,
    begins: &str,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let staff = room.staff::<CommissionItems>(app)?;
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let history = quota::history(&tx, id).await?;
    let newest = history.last().cloned().ok_or_else(Problem::not_found)?;
    let totals = quota::totals(&tx, id, PERIODS).await?;
    let shown = if begins.is_empty() {
        totals.first().map(|of| of.begins.clone()).unwrap_or_default()
    } else {
        begins.to_owned()
    };
    let lines = quota::progress(&tx, id, &shown).await?;
    drop(tx);
    let retyped = again.is_some();
    let (form, problem) = again.map_or_else(|| (typed_of(app, &newest), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, &format!("={}", newest.name), "quotas").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "quotas"), href: room.at("/console/quotas") },
        Crumb { name: newest.name.clone(), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = OneView {
        shell,
        id: id.to_string(),
        period: newest.period.as_str(),
        portals: lines.into_iter().map(|line| portal(app, room, line)).collect(),
        periods: totals.into_iter().map(|of| past(room, id, of, &shown)).collect(),
        versions: history.iter().rev().map(version_line).collect(),
        begins: shown,
        levels: audience::levels(&form),
        form,
        retyped,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "quota.html", &view)
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, QuotaId(id), &asked.begins, None).await
}

/// A new version, from a later period on.
pub(super) async fn version(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        let of = quota::find(&tx, QuotaId(id)).await?;
        let new = read(&app, &room, &typed, Some(&of))?;
        quota::set(&tx, &staff, new, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/quotas/{id}"), "quota_set")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, QuotaId(id), "", Some((typed, problem))).await,
    }
}
