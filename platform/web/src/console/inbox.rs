//! The duty inbox: what this portal owes, and doing it with one confirmation.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::listing::Cursor;
use content::column;
use content::document::{self, DocumentError};
use content::placement::{self, PlaceMirror, Seat};
use exchange::obligation::{self, AskExemption, InboxRow, Standing, ViewInbox};
use exchange::{Kind, OrderId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answers::Answers;
use super::door::Signed;
use super::room::{Crumb, Room, Shell, page};
use super::views::Left;
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

const PER_PAGE: u64 = 30;

/// One line of the inbox.
#[derive(Clone, Serialize)]
pub struct Line {
    href: String,
    title: String,
    source: String,
    kind: &'static str,
    standing: &'static str,
    issued_at: String,
    due_at: String,
    limit_hours: i32,
    limit_from: String,
    placed_by: Option<&'static str>,
    late: bool,
    clock: Left,
}

impl Line {
    pub fn of(app: &App, room: &Room, row: &InboxRow, now: Timestamp) -> Self {
        let debt = &row.obligation;
        Self {
            href: room.at(&format!("/console/inbox/{}", debt.order)),
            title: titled(app, room, row),
            source: row.source.clone(),
            kind: debt.kind.as_str(),
            standing: if row.overdue { "overdue" } else { debt.standing.as_str() },
            issued_at: debt.issued_at.minute_cst(),
            due_at: debt.due_at.minute_cst(),
            limit_hours: debt.limit_hours,
            limit_from: app
                .store
                .sites()
                .by_id(debt.limit_from)
                .map(|site| site.short_name.to_string())
                .unwrap_or_default(),
            placed_by: debt.placer.map(|placer| placer.as_str()),
            late: debt.late,
            clock: Left::of(app, room, debt.issued_at, debt.due_at, debt.standing.is_settled(), now),
        }
    }
}

/// The title, or that there is none left to show.
fn titled(app: &App, room: &Room, row: &InboxRow) -> String {
    if row.title.is_empty() { room.word(app, "title_taken_back") } else { row.title.clone() }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    show: String,
}

#[derive(Serialize)]
struct Inbox<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    open: bool,
    next: Option<String>,
    href_open: String,
    href_all: String,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let open = asked.show != "all";
    let tx = app.store.reading(room.here.tenant).await?;
    let found = obligation::inbox(&tx, open, Cursor::parse(&asked.cursor), PER_PAGE, now).await?;
    tx.commit().await?;
    let show = if open { "open" } else { "all" };
    let view = Inbox {
        shell: room.shell(&app, "inbox", "inbox").await?,
        lines: found.items.iter().map(|row| Line::of(&app, &room, row, now)).collect(),
        open,
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/inbox?show={show}&cursor={cursor}"))),
        href_open: room.at("/console/inbox"),
        href_all: room.at("/console/inbox?show=all"),
    };
    page(&app, StatusCode::OK, "inbox.html", &view)
}

#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
    standard: bool,
}

#[derive(Serialize)]
struct Seen {
    at: String,
    url: String,
    status: i32,
    verdict: String,
    missing: Vec<String>,
    position: String,
    elapsed_ms: u64,
}

#[derive(Serialize)]
struct Asking {
    reason: String,
    asked_by: String,
    asked_at: String,
    granted: Option<bool>,
    answer: String,
    decided_by: String,
}

#[derive(Serialize)]
struct Duty<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    order: String,
    line: Line,
    doc_number: String,
    body_html: String,
    columns: Vec<Choice>,
    form: Answers,
    waits: bool,
    may_place: bool,
    may_ask: bool,
    exemption: Option<Asking>,
    sightings: Vec<Seen>,
    published_at: Option<String>,
    proven_at: Option<String>,
    page: Option<String>,
    detach: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(order): Path<Uuid>,
) -> Result<Response, Problem> {
    // Opening it is the delivery, when it is opened by somebody of this portal: a superior only looks.
    if room.person.principal.grants.iter().any(|grant| grant.tenant == room.here.tenant) {
        let tx = app.store.tenant(room.here.tenant).await?;
        obligation::deliver(&tx, OrderId(order), app.clock.now()).await?;
        tx.commit().await?;
    }
    draw(&app, &room, order, None).await
}

async fn draw(app: &App, room: &Room, order: Uuid, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let row = obligation::sight(&tx, OrderId(order), now).await?;
    let debt = &row.obligation;
    let body_html = match document::opened_edition(&tx, debt).await {
        Ok(edition) => edition.fields.body_html,
        Err(DocumentError::Missing) => String::new(),
        Err(error) => return Err(error.into()),
    };
    let columns = column::list(&tx).await?;
    let seen = obligation::sightings(&tx, OrderId(order), 10).await?;
    let seat = placement::by_document(&tx, debt.document).await?.filter(|seat| seat.live);
    tx.commit().await?;
    let mut form = Answers::default();
    let target = app.rules.at(now).map(|rule| rule.target_column.clone()).unwrap_or_default();
    let standard = columns.iter().find(|column| column.standard_code.as_deref() == Some(target.as_str()));
    form.put("column", standard.map_or("", |column| column.key.as_str()));
    let (form, problem) = again.map_or((form, None), |(form, problem)| (form, Some(problem)));
    let waits = matches!(debt.standing, Standing::Issued | Standing::Delivered) && debt.kind != Kind::Recall;
    let title = titled(app, room, &row);
    let mut shell = room.shell(app, &format!("={title}"), "inbox").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "inbox"), href: room.at("/console/inbox") },
        Crumb { name: title, href: String::new() },
    ];
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = Duty {
        shell,
        order: order.to_string(),
        line: Line::of(app, room, &row, now),
        doc_number: row.doc_number.clone(),
        body_html,
        columns: columns
            .into_iter()
            .map(|column| Choice { standard: column.standard_code.is_some(), key: column.key, name: column.name })
            .collect(),
        form,
        waits,
        may_place: waits && room.holds::<PlaceMirror>(app),
        may_ask: waits && room.holds::<AskExemption>(app) && debt.exemption.is_none(),
        exemption: debt.exemption.clone().map(|asked| Asking {
            reason: asked.reason,
            asked_by: asked.asked_by,
            asked_at: asked.asked_at.minute_cst(),
            granted: asked.granted,
            answer: asked.answer,
            decided_by: asked.decided_by,
        }),
        sightings: seen
            .into_iter()
            .map(|seen| Seen {
                at: seen.at.format_cst("%m-%d %H:%M:%S"),
                url: seen.url,
                status: seen.status,
                verdict: if seen.verdict == "seen" { "seen".to_owned() } else { "missed".to_owned() },
                missing: seen
                    .saw
                    .get("missing")
                    .and_then(|list| serde_json::from_value(list.clone()).ok())
                    .unwrap_or_default(),
                position: seen.saw.get("position").and_then(|text| text.as_str()).unwrap_or_default().to_owned(),
                elapsed_ms: seen.saw.get("elapsed_micros").and_then(serde_json::Value::as_u64).unwrap_or_default()
                    / 1000,
            })
            .collect(),
        published_at: debt.published_at.map(Timestamp::minute_cst),
        proven_at: debt.proven_at.map(Timestamp::minute_cst),
        detach: (debt.kind == Kind::Recommended && seat.is_some())
            .then(|| room.at(&format!("/console/detachments/{}", debt.document))),
        page: seat.map(|seat| app.addresses.absolute(room.here.main_host(), &seat.address)),
    };
    page(app, status, "duty.html", &view)
}

pub(super) async fn place(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<PlaceMirror>,
    Path(order): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let seat = Seat {
        column: typed.get("column").to_owned(),
        pinned: !typed.get("pinned").is_empty(),
        lead_in: typed.get("lead_in").to_owned(),
    };
    let tx = app.store.tenant(room.here.tenant).await?;
    let placed = obligation::place(&tx, &staff, OrderId(order), seat, app.clock.now()).await.map_err(Problem::from);
    match placed {
        Ok(_) => {
            tx.commit().await?;
            Ok(room.done(&format!("/console/inbox/{order}"), "placed"))
        }
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => {
            drop(tx);
            draw(&app, &room, order, Some((typed, problem))).await
        }
    }
}

pub(super) async fn ask_exemption(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<AskExemption>,
    Path(order): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    let asked = obligation::ask_exemption(&tx, &staff, OrderId(order), typed.get("reason"), app.clock.now())
        .await
        .map_err(Problem::from);
    match asked {
        Ok(_) => {
            tx.commit().await?;
            Ok(room.done(&format!("/console/inbox/{order}"), "asked"))
        }
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => {
            drop(tx);
            draw(&app, &room, order, Some((typed, problem))).await
        }
    }
}
