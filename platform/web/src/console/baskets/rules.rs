//! How the desk works: who may skip a level, and what happens to copies of what an origin withdraws.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use exchange::permission::{self, NewPermission, Permission, PermissionId, Scope};
use exchange::submission::{self, Hide, SetDesk};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::flat;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct Granted {
    id: String,
    subject: String,
    scope: &'static str,
    until: String,
    note: String,
    granted_at: String,
    granted_by: String,
    /// `open`, `ended` (its time is over) or `refused` (revoked).
    state: &'static str,
    revoked: String,
}

#[derive(Serialize)]
struct Rules<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    hide: &'static str,
    hides: [&'static str; 3],
    permissions: Vec<Granted>,
    form: BTreeMap<String, String>,
}

pub(super) async fn show(State(app): State<Arc<App>>, Signed(room, _): Signed<SetDesk>) -> Result<Response, Problem> {
    draw(&app, &room, None).await
}

async fn draw(app: &App, room: &Room, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let hide = submission::hide_rule(&tx).await?;
    let granted = permission::granted(&tx).await?;
    tx.commit().await?;
    let (typed, problem) = again.map_or((None, None), |(typed, problem)| (Some(typed), Some(problem)));
    let mut shell = room.shell(app, "desk_rules", "desk_rules").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = Rules {
        hide: hide.as_str(),
        hides: Hide::ALL.map(Hide::as_str),
        permissions: granted.into_iter().map(|one| line(app, one, now)).collect(),
        form: typed.as_ref().map(flat).unwrap_or_default(),
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "desk/rules.html", &view)
}

fn line(app: &App, one: Permission, now: Timestamp) -> Granted {
    let state = match (one.holds(now), one.revoked_at) {
        (true, _) => "open",
        (false, Some(_)) => "refused",
        (false, None) => "ended",
    };
    let subject = app.store.sites().by_id(one.subject).map(|site| site.name.to_string()).unwrap_or_default();
    Granted {
        id: one.id.to_string(),
        scope: one.scope.as_str(),
        until: Timestamp(one.until.micros() - 1).date_cst(),
        granted_at: one.granted_at.minute_cst(),
        revoked: one.revoked_at.map(|at| format!("{} · {}", at.minute_cst(), one.revoked_by)).unwrap_or_default(),
        note: one.note,
        granted_by: one.granted_by,
        subject,
        state,
    }
}

pub(super) async fn policy(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SetDesk>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let hide = Hide::parse(typed.get("hide_on_withdrawal"));
        let hide = hide.ok_or_else(|| Problem::invalid("hide_on_withdrawal", "unknown", 0))?;
        let tx = app.store.tenant(room.here.tenant).await?;
        submission::set_hide_rule(&tx, &staff, hide, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/desk-rules", "saved")),
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, Some((typed, problem))).await,
    }
}

pub(super) async fn grant(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SetDesk>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let sites = app.store.sites();
        let subject = sites.by_slug(typed.get("subject")).ok_or_else(|| Problem::invalid("subject", "unknown", 0))?;
        let new = NewPermission {
            subject: subject.tenant,
            scope: Scope::parse(typed.get("scope")).ok_or_else(|| Problem::invalid("scope", "unknown", 0))?,
            last_day: typed.get("until").parse().map_err(|_| Problem::invalid("until", "unusable", 0))?,
            note: typed.get("permission_note").to_owned(),
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        permission::grant(&tx, &staff, sites, new, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/desk-rules", "permission_granted")),
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, Some((typed, problem.renamed("note", "permission_note")))).await,
    }
}

pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SetDesk>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        permission::revoke(&tx, &staff, PermissionId(id), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/desk-rules", "permission_revoked")),
        Err(problem) if problem.status >= 500 || problem.status == 404 => Err(problem),
        Err(problem) => draw(&app, &room, Some((Answers::default(), problem))).await,
    }
}
