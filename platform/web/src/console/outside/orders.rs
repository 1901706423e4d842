//! What portals outside are asked under one order: the whole table, whom to ask besides, whom to excuse.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Staff;
use border::outside::{self, Counts, PortalId, PortalState};
use content::document;
use exchange::OrderId;
use exchange::order::{self, IssueOrder, OrderState, ViewBoard};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::Line;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct Choice {
    id: String,
    name: String,
    level: String,
}

#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    order: String,
    counts: Counts,
    lines: Vec<Line>,
    others: Vec<Choice>,
    board: String,
    csv: String,
    xlsx: String,
    may_ask: bool,
    form: Answers,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewBoard>,
    Path(order): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, order, None).await
}

async fn draw(app: &App, room: &Room, id: Uuid, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let order = order::find(&tx, OrderId(id)).await?;
    let titles = document::titles(&tx, &[order.edition]).await?;
    let title = titles.into_values().next().map(|titled| titled.title).unwrap_or_default();
    let debts = outside::of_order(&tx, order.id).await?;
    let portals = outside::list(&tx, None).await?;
    tx.commit().await?;
    let free = portals
        .iter()
        .filter(|portal| portal.state == PortalState::Active && debts.iter().all(|debt| debt.portal != portal.id));
    let others = free.map(|portal| Choice {
        id: portal.id.to_string(),
        name: portal.fields.name.clone(),
        level: portal.fields.level.clone(),
    });
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let at = |rest: &str| room.at(&format!("/console/outside/asked/{id}{rest}"));
    let mut shell = room.shell(app, "outside_asked", "outside").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "orders"), href: room.at("/console/orders") },
        Crumb { name: title, href: room.at(&format!("/console/orders/{id}")) },
        Crumb { name: room.word(app, "outside_asked"), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = Asked {
        order: id.to_string(),
        counts: outside::counts(&debts),
        lines: debts.iter().map(|debt| Line::of(room, &portals, debt, now)).collect(),
        others: others.collect(),
        board: room.at(&format!("/console/orders/{id}")),
        csv: at("/export.csv"),
        xlsx: at("/export.xlsx"),
        may_ask: order.state == OrderState::Open && room.holds::<IssueOrder>(app),
        form,
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "outside/asked.html", &view)
}

async fn refused(app: &App, room: &Room, order: Uuid, form: Answers, problem: Problem) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, order, Some((form, problem))).await
}

/// The portals that a form names.
fn named(values: &[String]) -> Result<Vec<PortalId>, Problem> {
    let ids = values.iter().map(|id| Uuid::try_parse(id).map(PortalId)).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|_| Problem::invalid("portal", "unknown", 0))?;
    if ids.is_empty() { Err(Problem::invalid("portal", "missing", 0)) } else { Ok(ids) }
}

pub(super) async fn include(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<IssueOrder>,
    Path(order): Path<Uuid>,
    form: Answers,
) -> Result<Response, Problem> {
    match included(&app, &staff, order, &form).await {
        Ok(()) => Ok(room.done(&format!("/console/outside/asked/{order}"), "outside_included")),
        Err(problem) => refused(&app, &room, order, form, problem).await,
    }
}

async fn included(app: &App, staff: &Staff<IssueOrder>, order: Uuid, form: &Answers) -> Result<(), Problem> {
    let now = app.clock.now();
    let rule = app.outside.at(now).ok_or(outside::OutsideError::NoRule)?;
    let tx = app.store.tenant(staff.tenant()).await?;
    // Not yours comes before what is wrong with the form.
    order::find(&tx, OrderId(order)).await?;
    let ids = named(&form.all("portal"))?;
    outside::include(&tx, staff, OrderId(order), &ids, rule, now).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn excuse(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<IssueOrder>,
    Path(order): Path<Uuid>,
    form: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let order = order::find(&tx, OrderId(order)).await?.id;
        for id in named(&form.all("portal"))?.into_iter().take(1) {
            outside::excuse(&tx, &staff, order, id, form.get("reason"), app.clock.now()).await?;
        }
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/outside/asked/{order}"), "outside_excused")),
        Err(problem) => refused(&app, &room, order, form, problem).await,
    }
}
