//! What a look could not decide: both texts side by side, and a person who says what it is.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use border::outside::{self, JudgeSighting, PortalId};
use content::comparison::{Piece, compare};
use content::{document, text};
use exchange::OrderId;
use exchange::order::ViewBoard;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{Line, doubt_path};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Doubts on one page.
const SHOWN: u64 = 100;

#[derive(Serialize)]
struct Doubt {
    title: String,
    line: Line,
}

#[derive(Serialize)]
struct Queue<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    doubts: Vec<Doubt>,
}

/// The queue, oldest first.
pub(super) async fn list(State(app): State<Arc<App>>, Signed(room, _): Signed<ViewBoard>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let debts = outside::doubtful(&tx, SHOWN).await?;
    let portals = outside::list(&tx, None).await?;
    let editions: Vec<_> = debts.iter().map(|debt| debt.edition).collect();
    let titles = document::titles(&tx, &editions).await?;
    tx.commit().await?;
    let doubt = |debt: &outside::Debt| Doubt {
        title: titles.get(&debt.edition).map(|titled| titled.title.clone()).unwrap_or_default(),
        line: Line::of(&room, &portals, debt, now),
    };
    let mut shell = room.shell(&app, "outside_doubtful", "outside").await?;
    shell.crumbs = crumbs(&app, &room, None);
    let view = Queue { doubts: debts.iter().map(doubt).collect(), shell };
    page(&app, StatusCode::OK, "outside/doubts.html", &view)
}

fn crumbs(app: &App, room: &Room, last: Option<&str>) -> Vec<Crumb> {
    let queue = room.word(app, "outside_doubtful");
    let mut way = vec![Crumb { name: room.word(app, "outside"), href: room.at("/console/outside") }];
    match last {
        None => way.push(Crumb { name: queue, href: String::new() }),
        Some(name) => {
            way.push(Crumb { name: queue, href: room.at("/console/outside/doubtful") });
            way.push(Crumb { name: name.to_owned(), href: String::new() });
        }
    }
    way
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    order: String,
    line: Line,
    title: String,
    number: String,
    seen_title: String,
    seen_source: String,
    seen: bool,
    seen_files: Vec<String>,
    pieces: Vec<Piece>,
    open: bool,
    may_judge: bool,
    form: Answers,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewBoard>,
    Path((order, id)): Path<(Uuid, Uuid)>,
) -> Result<Response, Problem> {
    draw(&app, &room, (order, id), None).await
}

async fn draw(
    app: &App,
    room: &Room,
    (order, id): (Uuid, Uuid),
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let debt = outside::find_debt(&tx, OrderId(order), PortalId(id)).await?;
    let portal = outside::find(&tx, debt.portal).await?;
    let edition = document::edition(&tx, debt.edition).await?;
    let seen = outside::page_of(&tx, &debt).await?;
    tx.commit().await?;
    let (seen_title, seen_source, seen_text, seen_files) =
        seen.map_or_else(Default::default, |seen| (seen.title, seen.source, seen.text, seen.files));
    // Cutting Chinese into words takes its time: not on a thread that answers others.
    let (seen, ours) = (!seen_text.is_empty(), text::plain(&edition.fields.body_html));
    let pieces = tokio::task::spawn_blocking(move || compare(&ours, &seen_text)).await;
    let pieces = pieces.map_err(|error| Problem::internal(&error))?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, &format!("={}", edition.fields.title), "outside").await?;
    shell.crumbs = crumbs(app, room, Some(&portal.fields.name));
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let open = debt.standing == outside::Standing::Doubtful;
    let view = One {
        order: order.to_string(),
        line: Line::of(room, &[portal], &debt, app.clock.now()),
        title: edition.fields.title,
        number: edition.fields.header.doc_number,
        seen_title,
        seen_source,
        seen,
        seen_files,
        pieces,
        open,
        may_judge: open && room.holds::<JudgeSighting>(app),
        form,
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "outside/doubt.html", &view)
}

/// Where to go on: the next doubt, or the queue when there is none.
async fn next(app: &App, room: &Room, told: &str) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let next = outside::doubtful(&tx, 1).await?.into_iter().next();
    tx.commit().await?;
    Ok(match next {
        Some(debt) => {
            let path = doubt_path(room, debt.order, debt.portal);
            room.done(path.split('?').next().unwrap_or(&path), told)
        }
        None => room.done("/console/outside/doubtful", told),
    })
}

pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<JudgeSighting>,
    Path((order, id)): Path<(Uuid, Uuid)>,
    form: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let (now, reason) = (app.clock.now(), form.get("reason"));
        outside::confirm(&tx, &staff, OrderId(order), PortalId(id), reason, now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => next(&app, &room, "outside_confirmed").await,
        Err(problem) => refused(&app, &room, (order, id), form, problem).await,
    }
}

pub(super) async fn reject(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<JudgeSighting>,
    Path((order, id)): Path<(Uuid, Uuid)>,
    form: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        outside::find_debt(&tx, OrderId(order), PortalId(id)).await?;
        let (now, reason) = (app.clock.now(), form.get("reason"));
        outside::reject(&tx, &staff, OrderId(order), PortalId(id), reason, now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => next(&app, &room, "outside_rejected").await,
        Err(problem) => refused(&app, &room, (order, id), form, problem).await,
    }
}

async fn refused(
    app: &App,
    room: &Room,
    which: (Uuid, Uuid),
    form: Answers,
    problem: Problem,
) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, which, Some((form, problem))).await
}
