//! Mirrors of recommended orders: detached, compared, attached again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use content::DocumentId;
use content::comparison;
use content::document::{self, AdoptDocument, DocumentError, WithdrawDocument};
use exchange::detachment::{self, Detachment};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Listing;
use super::extract::{At, Body, Id, Where};
use super::pieces::{PieceJson, pieces};
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(find)).routes(routes!(detach)).routes(routes!(attach))
}

/// Most detachments that one answer lists.
const LISTED: u64 = 500;

/// A mirror that this portal stopped following.
#[derive(Serialize, ToSchema)]
pub struct DetachmentJson {
    /// The origin's document.
    #[schema(format = "uuid")]
    document_id: String,
    /// Slug of the origin.
    origin: String,
    #[schema(format = "uuid")]
    own_document_id: String,
    /// drafted, detached, attached or recalled.
    standing: &'static str,
    reason: String,
    detached_by: String,
    #[schema(format = "date-time")]
    detached_at: String,
    /// The origin went on since: there is something to compare.
    diverged: bool,
    /// Why the origin took it back; empty while it has not.
    taken_back: String,
}

impl DetachmentJson {
    fn of(app: &App, one: &Detachment) -> Self {
        let origin = app.store.sites().by_id(one.origin).map(|site| site.slug.to_string()).unwrap_or_default();
        Self {
            document_id: one.document.to_string(),
            origin,
            own_document_id: one.own_document.to_string(),
            standing: one.standing.as_str(),
            reason: one.reason.clone(),
            detached_by: one.detached_by.clone(),
            detached_at: one.detached_at.rfc3339(),
            diverged: one.diverged(),
            taken_back: one.taken_back.clone(),
        }
    }
}

/// A detachment, and the own text beside the origin's newest.
#[derive(Serialize, ToSchema)]
pub struct ComparedJson {
    #[serde(flatten)]
    detachment: DetachmentJson,
    /// Empty when the origin took it back.
    title: Vec<PieceJson>,
    body: Vec<PieceJson>,
}

/// Lists what this portal has detached, or had; newest first.
#[utoipa::path(get, path = "/api/v1/detachments", tag = "detachments", params(Where), responses((status = 200, body = Listing<DetachmentJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
) -> Result<Json<Listing<DetachmentJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let found = detachment::list(&tx, LISTED).await?;
    let items = found.iter().map(|one| DetachmentJson::of(&app, one)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// One detachment, compared word by word with the origin's newest edition.
#[utoipa::path(get, path = "/api/v1/detachments/{id}", tag = "detachments", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = ComparedJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Id(id): Id,
) -> Result<Json<ComparedJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let one = detachment::find(&tx, DocumentId(id)).await?;
    let (title, body) = match document::opened_edition(&tx, &one).await {
        Ok(theirs) => {
            let own = document::newest_edition(&tx, one.own_document).await?.fields;
            let title = comparison::compare(&own.title, &theirs.fields.title);
            (title, comparison::compare_html(&own.body_html, &theirs.fields.body_html))
        }
        Err(DocumentError::Missing) => (Vec::new(), Vec::new()),
        Err(error) => return Err(error.into()),
    };
    Ok(Json(ComparedJson { detachment: DetachmentJson::of(&app, &one), title: pieces(title), body: pieces(body) }))
}

/// Why a portal goes on with a text of its own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DetachForm {
    /// 1 to 500 characters.
    reason: String,
}

/// Begins a text of one's own from a mirror; the mirror stays before the public until that text is published.
#[utoipa::path(post, path = "/api/v1/placements/{id}/detach", tag = "detachments", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DetachForm, responses((status = 201, body = DetachmentJson)))]
pub async fn detach(
    State(app): State<Arc<App>>,
    At { site, staff }: At<AdoptDocument>,
    Id(id): Id,
    Body(form): Body<DetachForm>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let (sites, now) = (app.store.sites(), app.clock.now());
    let one = detachment::detach(&tx, &staff, sites, DocumentId(id), &form.reason, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(DetachmentJson::of(&app, &one))).into_response())
}

/// Follows the origin again; the own text is taken off the pages and its address leads to the mirror.
#[utoipa::path(post, path = "/api/v1/detachments/{id}/attach", tag = "detachments", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = DetachmentJson)))]
pub async fn attach(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<WithdrawDocument>,
    Id(id): Id,
) -> Result<Json<DetachmentJson>, Problem> {
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let one = detachment::attach(&tx, &staff, DocumentId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(DetachmentJson::of(&app, &one)))
}
