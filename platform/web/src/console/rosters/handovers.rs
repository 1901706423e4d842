//! 交接班: the note of a shift, with what was open then, signed by two people in two sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::listing::Cursor;
use border::delivery;
use exchange::handover::{self, Counts, Handover, Standing};
use exchange::obligation::ViewInbox;
use exchange::roster::KeepDuty;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

const PER_PAGE: u64 = 20;

#[derive(Default, Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    cursor: String,
}

#[derive(Serialize)]
struct Note {
    id: Uuid,
    standing: &'static str,
    badge: &'static str,
    note: String,
    counts: Option<Counts>,
    text_hash: String,
    drafted_at: String,
    drafted_by: String,
    signed_out_at: String,
    signed_out_by: String,
    taken_over_at: String,
    taken_over_by: String,
    late: bool,
}

impl Note {
    fn of(one: Handover, now: Timestamp) -> Self {
        let at = |at: Option<Timestamp>| at.map(Timestamp::minute_cst).unwrap_or_default();
        let badge = match one.standing {
            Standing::Drafted => "draft",
            Standing::SignedOut => "proposed",
            Standing::TakenOver => "proven",
        };
        Self {
            late: one.standing == Standing::SignedOut && one.remind_at.is_some_and(|due| now > due),
            id: one.id,
            standing: one.standing.as_str(),
            badge,
            note: one.note,
            counts: one.counts,
            text_hash: one.text_hash,
            drafted_at: one.drafted_at.minute_cst(),
            drafted_by: one.drafted_by,
            signed_out_at: at(one.signed_out_at),
            signed_out_by: one.signed_out_by,
            taken_over_at: at(one.taken_over_at),
            taken_over_by: one.taken_over_by,
        }
    }
}

#[derive(Serialize)]
struct Handovers<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    open: Option<Note>,
    counts: Counts,
    past: Vec<Note>,
    next: Option<String>,
    may_keep: bool,
    form: Answers,
}

pub(in crate::console) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, &asked.cursor, None).await
}

async fn draw(app: &App, room: &Room, cursor: &str, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let open = handover::open(&tx).await?;
    let found = handover::list(&tx, Cursor::parse(cursor), PER_PAGE).await?;
    let counts = handover::counts(&tx, delivery::dead_count(&tx).await?, now).await?;
    tx.commit().await?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, "handovers", "rosters").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "rosters"), href: room.at("/console/rosters") },
        Crumb { name: room.word(app, "handovers"), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let past = found.items.into_iter().filter(|one| one.standing == Standing::TakenOver);
    let view = Handovers {
        shell,
        open: open.map(|one| Note::of(one, now)),
        counts,
        past: past.map(|one| Note::of(one, now)).collect(),
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/handovers?cursor={cursor}"))),
        may_keep: room.holds::<KeepDuty>(app),
        form,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "handovers.html", &view)
}

async fn told(
    app: &App,
    room: &Room,
    typed: Answers,
    done: Result<(), Problem>,
    word: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(room.done("/console/handovers", word)),
        Err(problem) if matches!(problem.status, 403 | 404) || problem.status >= 500 => Err(problem),
        Err(problem) => draw(app, room, "", Some((typed, problem))).await,
    }
}

pub(in crate::console) async fn write(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepDuty>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        handover::write(&tx, &staff, typed.get("note"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    let done = done.await;
    told(&app, &room, typed, done, "handover_written").await
}

pub(in crate::console) async fn sign(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepDuty>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let dead = delivery::dead_count(&tx).await?;
        handover::sign_out(&tx, &staff, id, dead, &app.rosters, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    told(&app, &room, Answers::default(), done.await, "handover_signed").await
}

pub(in crate::console) async fn take_over(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepDuty>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        handover::take_over(&tx, &staff, id, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    told(&app, &room, Answers::default(), done.await, "handover_taken_over").await
}
