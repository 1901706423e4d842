//! Subscriptions as the two ends see them: what feeds this portal, and whom it feeds.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::column;
use exchange::joint::{self, Declaration, Filter, Flow, FlowMove, ManageJoint, Subscription, ViaId};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::columns::mode_of;
use super::{Tab, column_name, flow_badge, is_about_the_form, short_name, tabs};
use crate::App;
use crate::extract::Path;
use crate::frame::{at_home, reaching};
use crate::problem::Problem;

#[derive(Serialize)]
struct Line {
    id: String,
    other: String,
    column: String,
    target: String,
    mode: &'static str,
    filter: String,
    forward_mirrors: bool,
    since: String,
    standing: &'static str,
    badge: &'static str,
    reason: String,
    asked: bool,
    active: bool,
    paused: bool,
    is_open: bool,
    /// Where its filter is changed.
    change: String,
}

/// A flow that was declared for a subtree.
#[derive(Serialize)]
struct Declared {
    id: String,
    below: String,
    column: String,
    target: String,
    mode: &'static str,
    filter: String,
    since: String,
    change: String,
}

impl Declared {
    fn of(app: &App, room: &Room, columns: &[content::Column], one: Declaration) -> Self {
        Self {
            below: short_name(app, one.below.root),
            column: if one.below.code.is_empty() { one.below.kind } else { one.below.code },
            target: column_name(columns, &one.terms.target),
            mode: one.terms.mode.as_str(),
            filter: in_words(app, room, &one.terms.filter),
            since: one.terms.since.date_cst(),
            change: room.at(&format!("/console/joint/subscriptions/below/{}/filter", one.id)),
            id: one.id.to_string(),
        }
    }
}

/// A filter in the reader's words.
pub(super) fn in_words(app: &App, room: &Room, filter: &Filter) -> String {
    let types: Vec<String> =
        filter.types.iter().map(|one| room.word(app, &format!("joint_type_{}", one.as_str()))).collect();
    let parts = [
        ("joint_types", &types),
        ("joint_column_types", &filter.column_types),
        ("joint_include", &filter.include),
        ("joint_exclude", &filter.exclude),
        ("joint_units", &filter.units),
        ("joint_regions", &filter.regions),
    ];
    let said = parts.into_iter().filter(|(_, list)| !list.is_empty());
    let said: Vec<String> = said.map(|(key, list)| format!("{} {}", room.word(app, key), list.join(" / "))).collect();
    if said.is_empty() { room.word(app, "joint_everything") } else { said.join("; ") }
}

impl Line {
    fn of(app: &App, room: &Room, columns: &[content::Column], one: Subscription) -> Self {
        let mine = one.subscriber == room.here.tenant;
        Self {
            change: room.at(&format!("/console/joint/subscriptions/{}/filter", one.id)),
            id: one.id.to_string(),
            other: short_name(app, if mine { one.source } else { one.subscriber }),
            column: one.column_name,
            target: column_name(columns, &one.target),
            mode: one.mode.as_str(),
            filter: in_words(app, room, &one.filter),
            forward_mirrors: one.forward_mirrors,
            since: one.since.date_cst(),
            standing: one.standing.as_str(),
            badge: flow_badge(one.standing),
            reason: one.reason,
            asked: one.standing == Flow::Asked,
            active: one.standing == Flow::Active,
            paused: one.standing == Flow::Paused,
            is_open: Flow::OPEN.contains(&one.standing),
        }
    }
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    feeds: Vec<Line>,
    fed: Vec<Line>,
    declared: Vec<Declared>,
    new: String,
    may_manage: bool,
}

async fn draw(app: &App, room: &Room, problem: Option<&Problem>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let columns = column::list(&tx).await?;
    let (feeds, fed) = (joint::as_subscriber(&tx).await?, joint::as_source(&tx).await?);
    let declared = joint::declarations(&tx).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "joint", "joint").await?;
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let lines = |found: Vec<Subscription>| found.into_iter().map(|one| Line::of(app, room, &columns, one)).collect();
    let view = View {
        tabs: tabs(room, "flows"),
        feeds: lines(feeds),
        fed: lines(fed),
        declared: declared
            .into_iter()
            .filter(|one| one.active)
            .map(|one| Declared::of(app, room, &columns, one))
            .collect(),
        new: room.at("/console/joint/subscriptions/new"),
        may_manage: room.holds::<ManageJoint>(app),
        shell,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "joint-flows.html", &view)
}

/// The subscriptions of both ends.
pub(in crate::console) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
) -> Result<Response, Problem> {
    draw(&app, &room, None).await
}

async fn after(app: &App, room: &Room, done: Result<(), Problem>, told: &str) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(room.done("/console/joint/subscriptions", told)),
        Err(problem) if is_about_the_form(&problem) => draw(app, room, Some(&problem)).await,
        Err(problem) => Err(problem),
    }
}

/// Consents, refuses, pauses, goes on, ends.
pub(in crate::console) async fn step(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let attempted = FlowMove::parse(typed.get("move")).ok_or_else(|| Problem::invalid("move", "unknown", 0))?;
        let act = async |tx: &_, now| joint::step(tx, &staff, ViaId(id), attempted, typed.get("reason"), now).await;
        reaching(&app, &staff, act).await.map(|_| ())
    };
    let done = done.await;
    after(&app, &room, done, "joint_stepped").await
}

/// Whether this portal's people look first.
pub(in crate::console) async fn mode(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let mode = mode_of(&typed)?;
        let act = async |tx: &_, now| joint::change_mode(tx, &staff, ViaId(id), mode, now).await;
        at_home(&app, room.here.tenant, act).await.map(|_| ())
    };
    let done = done.await;
    after(&app, &room, done, "joint_mode").await
}

/// Nobody who joins is subscribed to any more.
pub(in crate::console) async fn end_declared(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| joint::end_declaration(tx, &staff, ViaId(id), now).await;
    let done = at_home(&app, room.here.tenant, act).await.map(|_| ());
    after(&app, &room, done, "joint_stepped").await
}
