//! Mirrors that this portal stopped following: what became of them, compared with the origin, followed again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::store::Reach;
use content::DocumentId;
use content::comparison::{self, Piece};
use content::document::{self, AdoptDocument, DocumentError, WithdrawDocument};
use content::placement;
use exchange::detachment::{self, Detachment, Standing};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::answers::Answers;
use super::door::{Door, Signed};
use super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Most lines of the list.
const LISTED: u64 = 500;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/detachments").get(list),
        Door::at("/console/detachments/{id}").get(show).post(detach),
        Door::at("/console/detachments/{id}/attach").post(attach),
    ]
}

#[derive(Serialize)]
struct Line {
    href: String,
    title: String,
    origin: String,
    standing: &'static str,
    badge: &'static str,
    diverged: bool,
    taken_back: String,
    reason: String,
    detached_at: String,
    detached_by: String,
}

impl Line {
    fn of(app: &App, room: &Room, one: &Detachment, title: String) -> Self {
        let origin = app.store.sites().by_id(one.origin).map(|site| site.short_name.to_string()).unwrap_or_default();
        let badge = match one.standing {
            Standing::Drafted => "draft",
            Standing::Detached if one.diverged() => "overdue",
            Standing::Detached => "live",
            Standing::Attached => "proven",
            Standing::Recalled => "withdrawn",
        };
        Self {
            href: room.at(&format!("/console/detachments/{}", one.document)),
            title,
            origin,
            standing: one.standing.as_str(),
            badge,
            diverged: one.diverged() && matches!(one.standing, Standing::Drafted | Standing::Detached),
            taken_back: one.taken_back.clone(),
            reason: one.reason.clone(),
            detached_at: one.detached_at.minute_cst(),
            detached_by: one.detached_by.clone(),
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
}

async fn list(State(app): State<Arc<App>>, Signed(room, _): Signed<ViewInbox>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let found = detachment::list(&tx, LISTED).await?;
    let documents: Vec<DocumentId> = found.iter().map(|one| one.document).collect();
    let titles = placement::titles(&tx, &documents).await?;
    tx.commit().await?;
    let line = |one: &Detachment| Line::of(&app, &room, one, titles.get(&one.document).cloned().unwrap_or_default());
    let lines = found.iter().map(line).collect();
    let view = List { shell: room.shell(&app, "detachments", "detachments").await?, lines };
    page(&app, StatusCode::OK, "detachment/list.html", &view)
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    document: String,
    /// None as long as the mirror was never detached.
    line: Option<Line>,
    own: String,
    title_pieces: Vec<Piece>,
    body_pieces: Vec<Piece>,
    same: bool,
    may_detach: bool,
    may_attach: bool,
    form: Answers,
}

async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, id, Answers::default(), None).await
}

async fn draw(app: &App, room: &Room, id: Uuid, form: Answers, problem: Option<Problem>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let one = match detachment::find(&tx, DocumentId(id)).await {
        Err(detachment::DetachmentError::Missing) => None,
        other => Some(other?),
    };
    let seat = placement::by_document(&tx, DocumentId(id)).await?.ok_or_else(Problem::not_found)?;
    let (mut title_pieces, mut body_pieces) = (Vec::new(), Vec::new());
    if let Some(one) = &one
        && let Some(theirs) = opened(&tx, one).await?
    {
        let own = document::newest_edition(&tx, one.own_document).await?.fields;
        title_pieces = comparison::compare(&own.title, &theirs.title);
        body_pieces = comparison::compare_html(&own.body_html, &theirs.body_html);
    }
    tx.commit().await?;
    let stands = one.as_ref().is_some_and(|one| matches!(one.standing, Standing::Drafted | Standing::Detached));
    let mut shell = room.shell(app, &format!("={}", seat.title), "detachments").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "detachments"), href: room.at("/console/detachments") },
        Crumb { name: seat.title.clone(), href: String::new() },
    ];
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = One {
        shell,
        document: id.to_string(),
        own: one.as_ref().map(|one| room.at(&format!("/console/documents/{}", one.own_document))).unwrap_or_default(),
        line: one.as_ref().map(|one| Line::of(app, room, one, seat.title.clone())),
        same: !comparison::differs(&title_pieces) && !comparison::differs(&body_pieces),
        title_pieces,
        body_pieces,
        may_detach: !stands && seat.live && room.holds::<AdoptDocument>(app),
        may_attach: stands && room.holds::<WithdrawDocument>(app),
        form,
    };
    page(app, status, "detachment/one.html", &view)
}

/// What the origin says now, while it stands by it.
async fn opened(tx: &base::TenantTx, one: &Detachment) -> Result<Option<document::Fields>, Problem> {
    match document::opened_edition(tx, one).await {
        Ok(theirs) => Ok(Some(theirs.fields)),
        Err(DocumentError::Missing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn detach(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<AdoptDocument>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let (sites, now) = (app.store.sites(), app.clock.now());
        let one = detachment::detach(&tx, &staff, sites, DocumentId(id), typed.get("reason"), now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(one)
    };
    match done.await {
        Ok(one) => Ok(room.done(&format!("/console/documents/{}", one.own_document), "detachment_begun")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, id, typed, Some(problem)).await,
    }
}

async fn attach(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<WithdrawDocument>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        detachment::attach(&tx, &staff, DocumentId(id), app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/detachments/{id}"), "detachment_attached")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, id, Answers::default(), Some(problem)).await,
    }
}
