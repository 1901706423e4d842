//! The month at a glance: sums of everybody directly below, in the order of division codes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use base::TenantId;
use exchange::merit::{self, KeepScore, Month, Ranking, Total, ViewPoints};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::{Tab, tabs};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    month: String,
}

#[derive(Serialize)]
struct Line {
    name: String,
    submitted: i64,
    adopted: i64,
    instructions: i64,
    points: String,
    year_points: String,
    /// Over a width of 1000.
    width: i64,
    rank: Option<usize>,
}

#[derive(Serialize)]
struct Overview<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    month: String,
    lines: Vec<Line>,
    submitted: i64,
    adopted: i64,
    points: String,
    year_points: String,
    table: String,
    version: i32,
    open_appeals: usize,
    ranking: &'static str,
    may_keep: bool,
}

/// Who scores nobody is led to its own points.
pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewPoints>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if app.store.sites().children(room.here.tenant).is_empty() {
        return Ok(Redirect::to(&room.at("/console/points/mine")).into_response());
    }
    let month = Month::parse(&asked.month).unwrap_or_else(|| Month::of(app.clock.now()));
    draw(&app, &room, month).await
}

async fn draw(app: &App, room: &Room, month: Month) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let now = merit::totals(&tx, month, month).await?;
    let year = merit::totals(&tx, Month(month.year() * 100 + 1), month).await?;
    let version = merit::versions(&tx).await?.into_iter().next();
    let open_appeals = merit::appeals(&tx, true).await?.len();
    let ranking = merit::ranking(&tx).await?;
    tx.commit().await?;
    let lines = lines(app, room, &now, &year, ranking != Ranking::Hidden);
    let sum = |of: fn(&Total) -> i64, all: &[Total]| all.iter().map(of).sum::<i64>();
    let view = Overview {
        tabs: tabs(app, room, "overview"),
        month: month.to_string(),
        submitted: sum(|one| one.submitted, &now),
        adopted: sum(|one| one.adopted, &now),
        points: merit::Points(sum(|one| one.points.0, &now)).to_string(),
        year_points: merit::Points(sum(|one| one.points.0, &year)).to_string(),
        version: version.as_ref().map_or(0, |version| version.version),
        table: version.map(|version| format!("{} {}", version.table.name, version.table.document)).unwrap_or_default(),
        open_appeals,
        ranking: ranking.as_str(),
        may_keep: room.holds::<KeepScore>(app),
        lines,
        shell: room.shell(app, "points_title", "points").await?,
    };
    page(app, StatusCode::OK, "points.html", &view)
}

fn lines(app: &App, room: &Room, now: &[Total], year: &[Total], ranked: bool) -> Vec<Line> {
    let by = |all: &'_ [Total]| -> HashMap<TenantId, Total> {
        all.iter().map(|one| (one.beneficiary, one.clone())).collect()
    };
    let (now_by, year_by) = (by(now), by(year));
    let points = |of: &HashMap<TenantId, Total>, tenant| of.get(&tenant).map_or(0, |one| one.points.0);
    let most = now.iter().map(|one| one.points.0).max().unwrap_or(0).max(1);
    let line = |site: &Arc<base::Site>| {
        let here = points(&now_by, site.tenant);
        let total = now_by.get(&site.tenant);
        let better = now.iter().filter(|other| other.points.0 > here).count();
        Line {
            name: site.short_name.to_string(),
            submitted: total.map_or(0, |one| one.submitted),
            adopted: total.map_or(0, |one| one.adopted),
            instructions: total.map_or(0, |one| one.instructions),
            points: merit::Points(here).to_string(),
            year_points: merit::Points(points(&year_by, site.tenant)).to_string(),
            width: (here.max(0) * 1000 / most).min(1000),
            rank: ranked.then_some(better + 1),
        }
    };
    app.store.sites().children(room.here.tenant).iter().map(line).collect()
}

/// Says who sees ranks.
pub(in crate::console) async fn ranking(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepScore>,
    typed: Answers,
) -> Result<Response, Problem> {
    let is = Ranking::parse(typed.get("ranking")).ok_or_else(|| Problem::invalid("ranking", "unknown", 0))?;
    let tx = app.store.tenant(room.here.tenant).await?;
    merit::show_ranking(&tx, &staff, is, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done("/console/points", "points_ranking"))
}
