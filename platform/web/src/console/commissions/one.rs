//! One commission at its issuer: a draft with whom it would reach, or the board.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::store::Reach;
use base::{Staff, Timestamp};
use exchange::CommissionId;
use exchange::commission::{
    self, AnswerRow, BoardLine, Commission, CommissionError, CommissionItems, Plea, Preview, State as Stage,
};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::super::views::{Bar, Left};
use super::{badge, bar, short_name, until};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// Lines of the board on a page; the export has them all.
const LINES: u64 = 300;
/// Answers listed.
pub(super) const ANSWERS: u64 = 50;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    group: String,
}

/// What every view of a commission shows of it.
#[derive(Serialize)]
pub(super) struct Facts {
    id: String,
    state: &'static str,
    state_badge: &'static str,
    requirements_html: String,
    files: Vec<(usize, String)>,
    mandatory: bool,
    wanted: i32,
    uses: Vec<&'static str>,
    due_at: String,
    provisional: bool,
    opened_at: String,
    opened_by: String,
    ended_at: String,
    ended_by: String,
    reason: String,
}

impl Facts {
    pub(super) fn of(one: &Commission) -> Self {
        let uses = [(one.uses.site, "for_site"), (one.uses.brief, "for_brief")];
        Self {
            id: one.id.to_string(),
            state: one.state.as_str(),
            state_badge: match one.state {
                Stage::Draft => "draft",
                Stage::Open => "open",
                Stage::Closed => "closed",
                Stage::Cancelled => "withdrawn",
            },
            requirements_html: one.requirements_html.clone(),
            files: one.files.iter().map(|file| file.name.clone()).enumerate().collect(),
            mandatory: one.mandatory,
            wanted: one.wanted,
            uses: uses.into_iter().filter(|(on, _)| *on).map(|(_, key)| key).collect(),
            due_at: one.due_at.map(until).unwrap_or_default(),
            provisional: one.provisional,
            opened_at: one.opened_at.map(Timestamp::minute_cst).unwrap_or_default(),
            opened_by: one.opened_by.clone(),
            ended_at: one.ended_at.map(Timestamp::minute_cst).unwrap_or_default(),
            ended_by: one.ended_by.clone(),
            reason: one.reason.clone(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct AnswerLine {
    href: String,
    title: String,
    from: String,
    standing: String,
    at: String,
    counts: bool,
    reason: String,
}

pub(super) fn answer_line(app: &App, room: &Room, row: AnswerRow) -> AnswerLine {
    AnswerLine {
        href: room.at(&format!("/console/submissions/{}", row.id)),
        counts: row.counts(),
        title: row.title,
        from: short_name(app, row.sender_id),
        standing: row.standing,
        at: Timestamp(row.submitted_at).minute_cst(),
        reason: row.reason,
    }
}

/// Opens it at whichever end this portal is.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, id, &asked.group, None).await
}

/// Shows it again with what was typed, unless the problem is not about the form.
pub(super) async fn refused(
    app: &App,
    room: &Room,
    id: Uuid,
    typed: Answers,
    problem: Problem,
) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, id, "", Some((typed, problem))).await
}

async fn draw(
    app: &App,
    room: &Room,
    id: Uuid,
    group: &str,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let mine = match commission::find(&tx, CommissionId(id)).await {
        Err(CommissionError::Missing) => None,
        other => Some(other?),
    };
    drop(tx);
    let Some(one) = mine else { return super::call::called(app, room, id, again).await };
    let staff = room.staff::<CommissionItems>(app)?;
    if one.state == Stage::Draft {
        draft(app, room, &staff, one, again).await
    } else {
        board(app, room, &staff, one, group, again).await
    }
}

pub(super) async fn framed<'a>(
    app: &'a App,
    room: &Room,
    one: &Commission,
    list: &str,
    problem: Option<&Problem>,
) -> Result<Shell<'a>, Problem> {
    let mut shell = room.shell(app, &format!("={}", one.topic), "commissions").await?;
    let path = if list == "commissions_issued" { "/console/commissions/issued" } else { "/console/commissions" };
    shell.crumbs = vec![
        Crumb { name: room.word(app, list), href: room.at(path) },
        Crumb { name: one.topic.clone(), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    Ok(shell)
}

pub(super) fn split(again: Option<(Answers, Problem)>) -> (Answers, Option<Problem>) {
    again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)))
}

#[derive(Serialize)]
struct Level {
    level: String,
    count: i64,
}

#[derive(Serialize)]
struct DraftView<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    one: Facts,
    audience_count: i64,
    levels: Vec<Level>,
    due_at: String,
    provisional: bool,
    sendable: bool,
    form: Answers,
}

/// A draft with whom it would reach and by when: the preview before it is sent.
async fn draft(
    app: &App,
    room: &Room,
    staff: &Staff<CommissionItems>,
    one: Commission,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let (rule, now) = (super::write::rule(app)?, app.clock.now());
    let tx = app.store.overlook(Reach::of(staff)).await?;
    let with = (&rule, &app.submissions.calendar);
    let seen: Result<Preview, Problem> =
        commission::reach_of(&tx, staff, app.store.sites(), one.id, with, now).await.map_err(Problem::from);
    drop(tx);
    let (form, problem) = split(again);
    let (seen, unsendable) = match seen {
        Ok(seen) => (Some(seen), None),
        Err(problem) if problem.status >= 500 => return Err(problem),
        Err(problem) => (None, Some(problem)),
    };
    let problem = problem.or(unsendable);
    let view = DraftView {
        shell: framed(app, room, &one, "commissions_issued", problem.as_ref()).await?,
        audience_count: seen.as_ref().map_or(0, |seen| seen.audience_count),
        due_at: seen.as_ref().map(|seen| until(seen.due_at)).unwrap_or_default(),
        provisional: seen.as_ref().is_some_and(|seen| seen.provisional),
        sendable: seen.as_ref().is_some_and(|seen| seen.audience_count > 0),
        levels: seen
            .map(|seen| seen.levels.into_iter().map(|one| Level { level: one.level, count: one.count }).collect())
            .unwrap_or_default(),
        one: Facts::of(&one),
        form,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "commission-draft.html", &view)
}

#[derive(Serialize)]
struct Count {
    key: &'static str,
    look: &'static str,
    count: i64,
    href: String,
    current: bool,
}

#[derive(Serialize)]
struct Line {
    slug: String,
    name: String,
    level: String,
    parent: String,
    standing: String,
    badge: &'static str,
    overdue: bool,
    answered: i32,
    due_at: String,
    settled_at: String,
    was_missed: bool,
    reason: String,
    plea: Option<Plea>,
    excusable: bool,
}

fn line(row: BoardLine, now: Timestamp) -> Line {
    let minute = |at: Option<i64>| at.map(|at| Timestamp(at).minute_cst()).unwrap_or_default();
    Line {
        overdue: row.overdue(now),
        badge: badge(&row.standing),
        was_missed: row.missed_at.is_some() && row.standing != "missed",
        excusable: matches!(row.standing.as_str(), "called" | "accepted" | "missed"),
        due_at: until(Timestamp(row.due_at)),
        settled_at: minute(row.settled_at.or(row.accepted_at)),
        plea: serde_json::from_str(&row.plea).ok(),
        parent: row.parent.unwrap_or_default(),
        slug: row.slug,
        name: row.name,
        level: row.level,
        standing: row.standing,
        answered: row.answered,
        reason: row.reason,
    }
}

#[derive(Serialize)]
struct BoardView<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    one: Facts,
    counts: Vec<Count>,
    bar: Bar,
    clock: Left,
    done: i64,
    total: i64,
    group: String,
    all: String,
    lines: Vec<Line>,
    /// Not all of them are shown.
    cut: bool,
    answers: Vec<AnswerLine>,
    csv: String,
    xlsx: String,
    form: Answers,
}

/// The issuer's board.
async fn board(
    app: &App,
    room: &Room,
    staff: &Staff<CommissionItems>,
    one: Commission,
    group: &str,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.overlook(Reach::of(staff)).await?;
    let counts = commission::counts(&tx, one.id).await?;
    let mut rows = commission::board(&tx, one.id, group, LINES + 1).await?;
    let answers = commission::answers(&tx, one.id, one.issuer, None, ANSWERS).await?;
    drop(tx);
    let cut = rows.len() as u64 > LINES;
    rows.truncate(usize::try_from(LINES).unwrap_or(300));
    let (form, problem) = split(again);
    let here = format!("/console/commissions/{}", one.id);
    let count = |(key, count): (&'static str, i64)| Count {
        look: super::part(key),
        href: room.at(&format!("{here}?group={key}")),
        current: key == group,
        key,
        count,
    };
    let owing = one.state == Stage::Open && counts.called + counts.accepted > 0;
    let opened = one.opened_at.unwrap_or(one.created_at);
    let shown = counts.parts().into_iter().chain([("pleas", counts.pleas)]);
    let view = BoardView {
        shell: framed(app, room, &one, "commissions_issued", problem.as_ref()).await?,
        counts: shown.map(count).collect(),
        bar: bar(app, room, &counts),
        clock: Left::of(app, room, opened, one.due_at.unwrap_or(opened), !owing, now),
        done: counts.delivered + counts.late,
        total: counts.total(),
        group: group.to_owned(),
        all: room.at(&here),
        lines: rows.into_iter().map(|row| line(row, now)).collect(),
        cut,
        answers: answers.into_iter().map(|row| answer_line(app, room, row)).collect(),
        csv: room.at(&format!("{here}/export.csv")),
        xlsx: room.at(&format!("{here}/export.xlsx")),
        one: Facts::of(&one),
        form,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "commission-board.html", &view)
}
