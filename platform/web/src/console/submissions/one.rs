//! One submission as either of its two ends sees it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use content::column;
use exchange::SubmissionId;
use exchange::obligation::ViewInbox;
use exchange::submission::{
    self, BoxRow, DecideSubmission, OriginNews, Standing, Submission, SubmissionError, SubmitUpward,
};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::super::views::Left;
use super::{badge, public_page, short_name, uses};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Other waiting submissions that are offered for a merged adoption.
const OTHERS: u64 = 20;

#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
    standard: bool,
}

#[derive(Serialize)]
struct Step {
    name: String,
    unit: String,
    author: String,
    at: String,
}

#[derive(Serialize)]
struct Earlier {
    href: String,
    standing: &'static str,
    badge: &'static str,
    at: String,
    reason: String,
    current: bool,
}

#[derive(Serialize)]
struct News {
    kind: &'static str,
    at: String,
    title: String,
    body_html: String,
    reason: String,
    due_at: String,
}

#[derive(Serialize)]
struct Other {
    id: String,
    title: String,
    from: String,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: String,
    standing: &'static str,
    badge: &'static str,
    at_receiver: bool,
    from: String,
    to: String,
    title: String,
    body_html: String,
    source: String,
    author: String,
    doc_number: String,
    files: Vec<String>,
    content_hash: String,
    note: String,
    uses: Vec<&'static str>,
    submitted_at: String,
    submitted_by: String,
    receive_due_at: String,
    decide_due_at: String,
    provisional: bool,
    clock: Left,
    holder: String,
    decided_at: String,
    decided_by: String,
    reason: String,
    provenance: Vec<Step>,
    thread: Vec<Earlier>,
    news: Option<News>,
    page: Option<String>,
    document: Option<String>,
    columns: Vec<Choice>,
    others: Vec<Other>,
    form: Answers,
    may_decide: bool,
    may_recall: bool,
}

/// Opening it at the receiver is 签收.
pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    // A superior who only looks in takes no note for the portal.
    let at_home = room.person.principal.grants.iter().any(|grant| grant.tenant == room.here.tenant);
    if let (true, Ok(staff)) = (at_home, room.staff::<DecideSubmission>(&app)) {
        let tx = app.store.tenant(room.here.tenant).await?;
        match submission::receive(&tx, &staff, SubmissionId(id), app.clock.now()).await {
            Ok(_) => tx.commit().await?,
            // Sent by this portal, or taken note of by a colleague in this very moment.
            Err(SubmissionError::Missing | SubmissionError::Store(base::StoreError::Stale)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    draw(&app, &room, id, None).await
}

pub(super) async fn draw(
    app: &App,
    room: &Room,
    id: Uuid,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let one = match submission::find_received(&tx, SubmissionId(id)).await {
        Err(SubmissionError::Missing) => submission::find_sent(&tx, SubmissionId(id)).await?,
        other => other?,
    };
    let at_receiver = one.receiver == room.here.tenant;
    let thread = submission::thread(&tx, &one).await?;
    let open = one.standing.is_open();
    let may_decide = at_receiver && open && room.holds::<DecideSubmission>(app);
    let (columns, others) = if may_decide {
        (column::list(&tx).await?, submission::received(&tx, None, true, None, OTHERS).await?.items)
    } else {
        (Vec::new(), Vec::new())
    };
    tx.commit().await?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, &format!("={}", one.fields.title), "submissions").await?;
    let back = if at_receiver { "/console/submissions" } else { "/console/submissions/sent" };
    shell.crumbs = vec![
        Crumb { name: room.word(app, "submissions"), href: room.at(back) },
        Crumb { name: one.fields.title.clone(), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = view(app, room, one, Seen { shell, thread, columns, others, form, at_receiver, may_decide, now });
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "submission.html", &view)
}

/// What a page of one submission needs besides it.
struct Seen<'a> {
    shell: Shell<'a>,
    thread: Vec<Submission>,
    columns: Vec<content::Column>,
    others: Vec<BoxRow>,
    form: Answers,
    at_receiver: bool,
    may_decide: bool,
    now: Timestamp,
}

fn view<'a>(app: &'a App, room: &Room, one: Submission, seen: Seen<'a>) -> One<'a> {
    let open = one.standing.is_open();
    let due = if one.standing == Standing::Submitted { one.receive_due_at } else { one.decide_due_at };
    let day = |at: Timestamp| Timestamp(at.micros() - 1).date_cst();
    let earlier = |other: Submission| Earlier {
        href: room.at(&format!("/console/submissions/{}", other.id)),
        standing: other.standing.as_str(),
        badge: badge(other.standing),
        at: other.submitted_at.minute_cst(),
        reason: other.reason,
        current: other.id == one.id,
    };
    let other = |row: BoxRow| Other { id: row.id.to_string(), from: short_name(app, row.sender_id), title: row.title };
    let document = one.adopted_document.filter(|_| seen.at_receiver);
    One {
        id: one.id.to_string(),
        standing: one.standing.as_str(),
        badge: badge(one.standing),
        at_receiver: seen.at_receiver,
        from: short_name(app, one.sender),
        to: short_name(app, one.receiver),
        may_decide: seen.may_decide,
        may_recall: !seen.at_receiver && open && room.holds::<SubmitUpward>(app),
        page: public_page(app, one.receiver, &one.address),
        document: document.map(|id| room.at(&format!("/console/documents/{id}"))),
        columns: seen
            .columns
            .into_iter()
            .map(|column| Choice { standard: column.standard_code.is_some(), key: column.key, name: column.name })
            .collect(),
        others: seen.others.into_iter().filter(|row| row.id != one.id).map(other).collect(),
        thread: seen.thread.into_iter().map(earlier).collect(),
        news: one.news.map(news),
        title: one.fields.title,
        body_html: one.fields.body_html,
        source: one.fields.source,
        author: one.fields.author,
        doc_number: one.fields.header.doc_number,
        files: one.files.into_iter().map(|file| file.name).collect(),
        content_hash: one.content_hash,
        note: one.note,
        uses: uses(one.uses.site, one.uses.brief),
        submitted_at: one.submitted_at.minute_cst(),
        submitted_by: one.submitted_by,
        receive_due_at: day(one.receive_due_at),
        decide_due_at: day(one.decide_due_at),
        provisional: one.provisional,
        clock: Left::of(app, room, one.submitted_at, due, !open, seen.now),
        holder: one.holder,
        decided_at: one.decided_at.map(Timestamp::minute_cst).unwrap_or_default(),
        decided_by: one.decided_by,
        reason: one.reason,
        provenance: one
            .provenance
            .into_iter()
            .map(|hop| Step { name: hop.name, unit: hop.unit, author: hop.author, at: hop.at.minute_cst() })
            .collect(),
        form: seen.form,
        shell: seen.shell,
    }
}

fn news(news: OriginNews) -> News {
    match news {
        OriginNews::Newer { fields, at, .. } => News {
            kind: "newer",
            at: at.minute_cst(),
            title: fields.title,
            body_html: fields.body_html,
            reason: String::new(),
            due_at: String::new(),
        },
        OriginNews::Withdrawn { reason, at, due_at } => News {
            kind: "withdrawn",
            at: at.minute_cst(),
            title: String::new(),
            body_html: String::new(),
            reason,
            due_at: due_at.minute_cst(),
        },
    }
}
