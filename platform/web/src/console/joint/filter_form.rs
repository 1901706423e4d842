//! The fields of a filter, as a form shows and sends them; and the page that changes a filter of a flow that is under way.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::column;
use exchange::joint::{self, Filter, ManageJoint, Type, ViaId};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{column_name, is_about_the_form, short_name};
use crate::App;
use crate::extract::Path;
use crate::frame::at_home;
use crate::problem::Problem;

const LISTS: [&str; 5] = ["column_types", "include", "exclude", "units", "regions"];

/// What was typed: entries are separated by commas or lines, and may hold blanks.
fn entries(typed: &Answers, name: &str) -> Vec<String> {
    let split = |c: char| matches!(c, ',' | '，' | '、' | ';' | '；' | '\n');
    typed.get(name).split(split).map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// The filter that a form says.
pub(super) fn read(typed: &Answers) -> Result<Filter, Problem> {
    let types = typed.all("types").iter().map(|word| Type::parse(word)).collect::<Option<Vec<_>>>();
    let [column_types, include, exclude, units, regions] = LISTS.map(|name| entries(typed, name));
    let types = types.ok_or_else(|| Problem::invalid("types", "unknown", 0))?;
    Ok(Filter { types, column_types, include, exclude, units, regions })
}

/// The types to tick, and whether they are.
pub(super) fn types(form: &Answers) -> Vec<(&'static str, bool)> {
    let ticked = form.all("types");
    Type::ALL.map(|one| (one.as_str(), ticked.iter().any(|word| word == one.as_str()))).into()
}

/// The form of a filter that there is.
fn written(filter: &Filter, version: i32) -> Answers {
    let types = filter.types.iter().map(|one| ("types".to_owned(), one.as_str().to_owned()));
    let mut form: Answers = types.collect();
    let Filter { column_types, include, exclude, units, regions, .. } = filter;
    for (name, list) in LISTS.into_iter().zip([column_types, include, exclude, units, regions]) {
        form.put(name, list.join("，"));
    }
    form.put("version", version.to_string());
    form
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    path: String,
    source: String,
    target: String,
    declared: bool,
    types: Vec<(&'static str, bool)>,
    form: Answers,
}

/// A subscription, or a flow that was declared for a subtree.
#[derive(Clone, Copy)]
struct Of {
    id: ViaId,
    declared: bool,
}

impl Of {
    fn path(self) -> String {
        let below = if self.declared { "/below" } else { "" };
        format!("/console/joint/subscriptions{below}/{}/filter", self.id)
    }
}

async fn draw(app: &App, room: &Room, of: Of, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let columns = column::list(&tx).await?;
    let (filter, version, source, target) = if of.declared {
        let one = joint::find_declaration(&tx, of.id).await?;
        let of = if one.below.code.is_empty() { one.below.kind } else { one.below.code };
        (one.terms.filter, one.version, format!("{} · {of}", short_name(app, one.below.root)), one.terms.target)
    } else {
        let one = joint::find_subscription(&tx, of.id).await?;
        if one.subscriber != room.here.tenant {
            return Err(Problem::not_found());
        }
        (one.filter, one.version, format!("{} · {}", short_name(app, one.source), one.column_name), one.target)
    };
    tx.commit().await?;
    let mut shell = room.shell(app, "joint_filter_change", "joint").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "joint_flows"), href: room.at("/console/joint/subscriptions") },
        Crumb { name: room.word(app, "joint_filter_change"), href: String::new() },
    ];
    shell.refusal = again.as_ref().map(|(_, problem)| room.refusal(app, problem));
    let status = again.as_ref().map_or(StatusCode::OK, |(_, problem)| problem.status());
    let form = again.map_or_else(|| written(&filter, version), |(form, _)| form);
    let target = column_name(&columns, &target);
    let view = View { path: of.path(), source, target, declared: of.declared, types: types(&form), form, shell };
    page(app, status, "joint-filter.html", &view)
}

async fn after(app: &App, room: &Room, of: Of, typed: Answers, done: Result<(), Problem>) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(room.done("/console/joint/subscriptions", "joint_filtered")),
        Err(problem) if is_about_the_form(&problem) => draw(app, room, of, Some((typed, problem))).await,
        Err(problem) => Err(problem),
    }
}

/// The filter and the version that a form was made from.
fn wanted(typed: &Answers) -> Result<(i32, Filter), Problem> {
    let version = typed.get("version").parse().map_err(|_| Problem::invalid("version", "missing", 0))?;
    Ok((version, read(typed)?))
}

/// The filter of a subscription.
pub(in crate::console) async fn of_flow(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, Of { id: ViaId(id), declared: false }, None).await
}

/// Changes it; what came in earlier stays.
pub(in crate::console) async fn change_flow(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let of = Of { id: ViaId(id), declared: false };
    let done = async {
        let (version, filter) = wanted(&typed)?;
        let act = async |tx: &_, now| joint::change_filter(tx, &staff, of.id, version, filter, now).await;
        at_home(&app, room.here.tenant, act).await.map(|_| ())
    };
    let done = done.await;
    after(&app, &room, of, typed, done).await
}

/// The filter of a flow that was declared for a subtree.
pub(in crate::console) async fn of_declared(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, Of { id: ViaId(id), declared: true }, None).await
}

/// Changes it for whoever joins from now on.
pub(in crate::console) async fn change_declared(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let of = Of { id: ViaId(id), declared: true };
    let done = async {
        let (version, filter) = wanted(&typed)?;
        let act = async |tx: &_, now| joint::change_declared_filter(tx, &staff, of.id, version, filter, now).await;
        at_home(&app, room.here.tenant, act).await.map(|_| ())
    };
    let done = done.await;
    after(&app, &room, of, typed, done).await
}
