//! Moves in the tree, and what changes the state of a column.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use base::Timestamp;
use content::column::{self, ColumnError, ManageColumns, Nudge, Seat};

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::Room;
use super::{in_words_of_forms, one, rule_of};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// The version that the form was made with.
pub(super) fn version(typed: &Answers) -> Option<i32> {
    typed.get("version").trim().parse().ok()
}

/// A step by a button, or a seat by dragging.
pub(super) async fn shift(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let seat = match Nudge::parse(typed.get("step")) {
            Some(step) => column::nudged(&column::all(&tx).await?, &key, step).ok_or_else(nowhere)?,
            None => seat(&typed),
        };
        column::shift(&tx, &staff, rule_of(&app, now)?, (&key, version(&typed)), &seat, now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await.map_err(in_words_of_forms) {
        Ok(()) => {
            // The row that was moved is where one goes on.
            let step = Nudge::parse(typed.get("step")).map_or("", Nudge::as_str);
            let back = room.at(&format!("/console/columns?done=column_moved&row={key}&step={step}"));
            Ok(Redirect::to(&format!("{back}#row-{key}")).into_response())
        }
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => super::draw(&app, &room, "", Some(&problem)).await,
    }
}

fn nowhere() -> Problem {
    ColumnError::Field { field: "before", code: "unknown", limit: 0 }.into()
}

fn seat(typed: &Answers) -> Seat {
    let named = |field: &str| Some(typed.get(field).to_owned()).filter(|key| !key.is_empty());
    Seat { parent: named("column_parent"), before: named("before") }
}

async fn answered(
    app: &App,
    room: &Room,
    key: &str,
    done: Result<&'static str, Problem>,
    typed: Answers,
) -> Result<Response, Problem> {
    match done.map_err(in_words_of_forms) {
        Ok(word) => Ok(room.done(&format!("/console/columns/{key}"), word)),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => one::draw(app, room, key, Some((typed, &problem)), "").await,
    }
}

async fn turned(
    app: &App,
    room: &Room,
    staff: &base::Staff<ManageColumns>,
    (key, version): (&str, Option<i32>),
    hidden: bool,
) -> Result<&'static str, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    column::turn(&tx, staff, (key, version), hidden, app.clock.now()).await?;
    tx.commit().await?;
    Ok(if hidden { "column_hidden" } else { "column_shown" })
}

pub(super) async fn hide(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = turned(&app, &room, &staff, (&key, version(&typed)), true).await;
    answered(&app, &room, &key, done, typed).await
}

pub(super) async fn unhide(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = turned(&app, &room, &staff, (&key, version(&typed)), false).await;
    answered(&app, &room, &key, done, typed).await
}

/// The portal's home page among the successors of a form: what was not chosen is not the home page.
pub(super) const HOME: &str = "/";

pub(super) async fn archive(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let successor = match typed.get("successor") {
            "" => return Err(Problem::invalid("successor", "missing", 0)),
            HOME => None,
            key => Some(key),
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        column::archive(&tx, &staff, (&key, version(&typed)), successor, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>("column_archived")
    };
    answered(&app, &room, &key, done.await, typed.clone()).await
}

pub(super) async fn reopen(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let now: Timestamp = app.clock.now();
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        column::reopen(&tx, &staff, (&key, version(&typed)), now).await?;
        tx.commit().await?;
        Ok::<_, Problem>("column_reopened")
    };
    answered(&app, &room, &key, done.await, typed.clone()).await
}

pub(super) async fn merge(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        column::merge(&tx, &staff, (&key, version(&typed)), typed.get("into"), app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>("column_merged")
    };
    answered(&app, &room, &key, done.await, typed.clone()).await
}
