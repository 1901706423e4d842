//! One registered portal: its form, its state, and the trial of its patterns.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use border::outside::{self, ManageOutside, Portal, PortalFields, PortalId, PortalState, Trial};
use exchange::order::ViewBoard;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{Line, state_badge, troubles};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Requests that a portal's page shows.
const SHOWN: u64 = 30;

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    /// Empty for one that is not registered yet.
    id: String,
    version: i32,
    state: &'static str,
    badge: &'static str,
    states: Vec<&'static str>,
    fields: PortalFields,
    list_pages: String,
    looked_at: String,
    trouble: Vec<(String, String)>,
    trial: Option<Trial>,
    trial_asked_at: String,
    trial_done_at: String,
    lines: Vec<Line>,
    may_manage: bool,
}

fn typed(form: &Answers) -> PortalFields {
    let text = |name: &str| form.get(name).to_owned();
    PortalFields {
        name: text("name"),
        unit: text("unit"),
        level: text("level"),
        home_url: text("home_url"),
        list_pages: form.get("list_pages").lines().map(str::to_owned).collect(),
        link_pattern: text("link_pattern"),
        title_selector: text("title_selector"),
        text_selector: text("text_selector"),
        source_selector: text("source_selector"),
        date_selector: text("date_selector"),
        mail: text("mail"),
        by_default: form.get("by_default") == "yes",
        note: text("note"),
    }
}

pub(super) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageOutside>,
) -> Result<Response, Problem> {
    let fields = PortalFields { level: "ministry".to_owned(), by_default: true, ..PortalFields::default() };
    draw(&app, &room, None, Some(fields), None).await
}

/// Registers it; it is told and looked at once it is set active, so that its patterns can be tried first.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageOutside>,
    form: Answers,
) -> Result<Response, Problem> {
    let fields = typed(&form);
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let new = outside::register(&tx, &staff, fields.clone(), PortalState::Paused, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(new.id)
    };
    match done.await {
        Ok(id) => Ok(room.done(&format!("/console/outside/{id}"), "outside_registered")),
        Err(problem) => draw(&app, &room, None, Some(fields), Some(problem)).await,
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, Some(PortalId(id)), None, None).await
}

pub(super) async fn save(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageOutside>,
    Path(id): Path<Uuid>,
    form: Answers,
) -> Result<Response, Problem> {
    let fields = typed(&form);
    let done = async {
        let version = form.get("version").parse().map_err(|_| Problem::invalid("version", "not_a_number", 0))?;
        let tx = app.store.tenant(room.here.tenant).await?;
        outside::change(&tx, &staff, PortalId(id), version, fields.clone(), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/outside/{id}"), "saved")),
        Err(problem) => draw(&app, &room, Some(PortalId(id)), Some(fields), Some(problem)).await,
    }
}

pub(super) async fn set_state(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageOutside>,
    Path(id): Path<Uuid>,
    form: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let state = PortalState::parse(form.get("state")).ok_or_else(|| Problem::invalid("state", "unknown", 0))?;
        let tx = app.store.tenant(room.here.tenant).await?;
        outside::set_state(&tx, &staff, PortalId(id), state, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/outside/{id}"), "saved")),
        Err(problem) => draw(&app, &room, Some(PortalId(id)), None, Some(problem)).await,
    }
}

/// Asks the worker to try the patterns on the live site.
pub(super) async fn try_patterns(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageOutside>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    outside::ask_trial(&tx, &staff, PortalId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/outside/{id}"), "outside_trial"))
}

/// The portal with what was typed, unless the problem is not about the form.
async fn draw(
    app: &App,
    room: &Room,
    id: Option<PortalId>,
    typed: Option<PortalFields>,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    if let Some(problem) =
        problem.clone().filter(|problem| matches!(problem.status, 403 | 404) || problem.status >= 500)
    {
        return Err(problem);
    }
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let (portal, debts) = match id {
        Some(id) => (Some(outside::find(&tx, id).await?), outside::of_portal(&tx, id, SHOWN).await?),
        None => (None, Vec::new()),
    };
    tx.commit().await?;
    let heading = portal.as_ref().map_or_else(|| "outside_new".to_owned(), |one| format!("={}", one.fields.name));
    let mut shell = room.shell(app, &heading, "outside").await?;
    let name = portal.as_ref().map_or_else(|| room.word(app, "outside_new"), |one| one.fields.name.clone());
    shell.crumbs = vec![
        Crumb { name: room.word(app, "outside"), href: room.at("/console/outside") },
        Crumb { name, href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let known: Vec<Portal> = portal.iter().cloned().collect();
    let lines = debts.iter().map(|debt| Line::of(room, &known, debt, now)).collect();
    let view = one(room, app, portal, typed, shell, lines);
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "outside/portal.html", &view)
}

fn one<'a>(
    room: &Room,
    app: &App,
    portal: Option<Portal>,
    typed: Option<PortalFields>,
    shell: Shell<'a>,
    lines: Vec<Line>,
) -> One<'a> {
    let state = portal.as_ref().map_or(PortalState::Paused, |portal| portal.state);
    let fields = typed.or_else(|| portal.as_ref().map(|portal| portal.fields.clone())).unwrap_or_default();
    let trial = portal.as_ref().and_then(|portal| portal.trial.clone());
    let next = PortalState::ALL.into_iter().filter(|next| portal.is_some() && state.may_become(*next));
    let when = |at: Option<Timestamp>| at.map(Timestamp::minute_cst).unwrap_or_default();
    One {
        id: portal.as_ref().map(|portal| portal.id.to_string()).unwrap_or_default(),
        version: portal.as_ref().map_or(0, |portal| portal.version),
        state: state.as_str(),
        badge: state_badge(state),
        states: next.map(PortalState::as_str).collect(),
        list_pages: fields.list_pages.join("\n"),
        fields,
        looked_at: when(portal.as_ref().and_then(|portal| portal.looked_at)),
        trouble: portal.as_ref().map(troubles).unwrap_or_default(),
        trial_asked_at: when(trial.as_ref().map(|trial| trial.asked_at)),
        trial_done_at: when(trial.as_ref().and_then(|trial| trial.done_at)),
        trial,
        lines,
        may_manage: room.holds::<ManageOutside>(app),
        shell,
    }
}
