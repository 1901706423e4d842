//! 申诉 as the scorer answers it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use exchange::merit::{self, Appeal, AppealStanding, KeepScore, Points, ViewPoints};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::{Tab, short_name, tabs};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// One appeal as either end sees it.
#[derive(Serialize)]
pub struct Shown {
    id: String,
    unit: String,
    about: String,
    reason: String,
    standing: &'static str,
    badge: &'static str,
    asked_at: String,
    asked_by: String,
    answer: String,
    adjust: String,
    decided_at: String,
    open: bool,
}

impl Shown {
    pub fn of(app: &App, one: Appeal) -> Self {
        Self {
            id: one.id.to_string(),
            unit: short_name(app, one.beneficiary),
            standing: one.standing.as_str(),
            badge: match one.standing {
                AppealStanding::Open => "asked",
                AppealStanding::Accepted => "proven",
                AppealStanding::Rejected => "refused",
                AppealStanding::Withdrawn => "ended",
            },
            asked_at: one.asked_at.minute_cst(),
            asked_by: one.asked_by,
            adjust: if one.adjust.0 == 0 { String::new() } else { one.adjust.to_string() },
            decided_at: one.decided_at.map(base::Timestamp::minute_cst).unwrap_or_default(),
            open: one.standing == AppealStanding::Open,
            about: one.about,
            reason: one.reason,
            answer: one.answer,
        }
    }
}

#[derive(Serialize)]
struct Appeals<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    appeals: Vec<Shown>,
    /// Whose form comes back.
    typed_for: String,
    form: Answers,
    may_keep: bool,
}

async fn draw(app: &App, room: &Room, again: Option<(Uuid, Answers, Problem)>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let found = merit::appeals(&tx, false).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "points_appeals", "points").await?;
    let mut status = StatusCode::OK;
    let (mut typed_for, mut form) = (String::new(), Answers::default());
    if let Some((id, typed, problem)) = again {
        (typed_for, form, status) = (id.to_string(), typed, problem.status());
        shell.refusal = Some(room.refusal(app, &problem));
    }
    let view = Appeals {
        tabs: tabs(app, room, "appeals"),
        appeals: found.into_iter().map(|one| Shown::of(app, one)).collect(),
        typed_for,
        form,
        may_keep: room.holds::<KeepScore>(app),
        shell,
    };
    page(app, status, "points-appeals.html", &view)
}

pub(in crate::console) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewPoints>,
) -> Result<Response, Problem> {
    draw(&app, &room, None).await
}

async fn answered(
    app: &App,
    room: &Room,
    (id, typed): (Uuid, Answers),
    done: Result<(), Problem>,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(room.done("/console/points/appeals", "points_answered")),
        Err(problem) if matches!(problem.status, 403 | 404) || problem.status >= 500 => Err(problem),
        Err(problem) => draw(app, room, Some((id, typed, problem))).await,
    }
}

/// Agrees.
pub(in crate::console) async fn accept(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepScore>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        // Unknown and not yours come before what was typed.
        merit::find_appeal(&tx, id).await?;
        let points = Points::parse(typed.get("points")).ok_or_else(|| Problem::invalid("points", "not_a_number", 0))?;
        merit::accept(&tx, &staff, id, (points, typed.get("answer")), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    let done = done.await;
    answered(&app, &room, (id, typed), done).await
}

/// Refuses.
pub(in crate::console) async fn reject(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepScore>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        merit::reject(&tx, &staff, id, typed.get("answer"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    let done = done.await;
    answered(&app, &room, (id, typed), done).await
}
