//! One commission as a called portal sees it.

use axum::response::Response;
use base::Timestamp;
use content::document::{self, EditDocument, EditionState};
use exchange::CommissionId;
use exchange::commission::{self, Call, Plea, State as Stage};
use exchange::submission::SubmitUpward;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::room::{Room, Shell, page};
use super::super::views::Left;
use super::one::{ANSWERS, AnswerLine, Facts, answer_line, framed, split};
use super::{badge, short_name, until};
use crate::App;
use crate::problem::Problem;

/// Live documents offered as answers.
const OFFERED: u64 = 100;

#[derive(Serialize)]
struct Offered {
    id: String,
    title: String,
    date: String,
}

#[derive(Serialize)]
struct CallView<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    one: Facts,
    from: String,
    standing: &'static str,
    badge: &'static str,
    called_at: String,
    due_at: String,
    clock: Left,
    answered: i32,
    accepted_at: String,
    accepted_by: String,
    was_missed: bool,
    reason: String,
    plea: Option<Plea>,
    answers: Vec<AnswerLine>,
    offered: Vec<Offered>,
    may_accept: bool,
    may_answer: bool,
    may_decline: bool,
    may_plead: bool,
    may_write: bool,
    form: Answers,
}

/// What a called portal sees.
pub(super) async fn called(
    app: &App,
    room: &Room,
    id: Uuid,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let (call, one) = commission::find_call(&tx, CommissionId(id)).await?;
    let answers = commission::answers(&tx, one.id, one.issuer, None, ANSWERS).await?;
    let may = one.state == Stage::Open && room.holds::<SubmitUpward>(app);
    let may_answer = may && matches!(call.standing.as_str(), "called" | "accepted" | "missed");
    let live = match may_answer {
        true => document::desk(&tx, Some(EditionState::Live), None, OFFERED).await?.items,
        false => Vec::new(),
    };
    tx.commit().await?;
    let used: Vec<_> = answers.iter().filter(|row| row.counts()).map(|row| row.document_id).collect();
    let offered = live.into_iter().filter(|row| !used.contains(&row.document_id)).map(|row| Offered {
        id: row.document_id.to_string(),
        title: row.title,
        date: Timestamp(row.changed_at).date_cst(),
    });
    let (form, problem) = split(again);
    let Call { standing, due_at, called_at, .. } = call;
    let view = CallView {
        shell: framed(app, room, &one, "commissions", problem.as_ref()).await?,
        from: short_name(app, call.issuer),
        standing: standing.as_str(),
        badge: badge(standing.as_str()),
        called_at: called_at.minute_cst(),
        due_at: until(due_at),
        clock: Left::of(app, room, called_at, due_at, !standing.owes(), app.clock.now()),
        answered: call.answered,
        accepted_at: call.accepted_at.map(Timestamp::minute_cst).unwrap_or_default(),
        accepted_by: call.accepted_by,
        was_missed: call.missed_at.is_some(),
        reason: call.reason,
        plea: call.plea,
        answers: answers.into_iter().map(|row| answer_line(app, room, row)).collect(),
        offered: offered.collect(),
        may_accept: may && matches!(standing.as_str(), "called" | "declined"),
        may_answer,
        may_decline: may && !one.mandatory && standing.owes(),
        may_plead: may_answer,
        may_write: may_answer && room.holds::<EditDocument>(app),
        one: Facts::of(&one),
        form,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "commission-call.html", &view)
}
