//! Submissions: offering upward, and deciding what came up.

mod more;
mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use content::DocumentId;
use content::document::AdoptDocument;
use exchange::SubmissionId;
use exchange::basket::BasketId;
use exchange::obligation::ViewInbox;
use exchange::submission::{self, Adoption, DecideSubmission, NewSubmission, Standing, SubmitUpward, To};
use http::StatusCode;
use uuid::Uuid;

use more::with_fates;
pub use more::{__path_comparison, __path_keep, FateJson, comparison, keep};
pub use shapes::*;

use super::extract::{Asked, At, Body, Id, Where, cursor, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// Submissions at one adoption; more than a person can read together.
const MERGED_MAX: usize = 50;

/// Lists what came up from below, or what was sent up; newest first.
#[utoipa::path(get, path = "/api/v1/submissions", tag = "submissions", params(BoxQuery), responses((status = 200, body = Listing<SubmissionItem>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<BoxQuery>,
) -> Result<Json<Listing<SubmissionItem>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let standing = query.standing.as_deref().filter(|word| !word.is_empty());
    let standing = standing
        .map(|word| Standing::parse(word).ok_or_else(|| Problem::invalid("standing", "unknown", 0)))
        .transpose()?;
    let (open, after, limit) = (query.open.unwrap_or(false), cursor(query.cursor.as_deref())?, size(query.limit)?);
    let tx = app.store.reading(site.tenant).await?;
    let page = match query.r#box.as_deref() {
        None | Some("" | "received") if query.basket.is_some() => {
            let basket = query.basket.as_deref().and_then(|id| Uuid::try_parse(id).ok()).map(BasketId);
            let basket = basket.ok_or_else(|| Problem::invalid("basket", "unknown", 0))?;
            submission::in_basket(&tx, basket, open, after, limit).await?
        }
        None | Some("" | "received") => submission::received(&tx, standing, open, after, limit).await?,
        Some("sent") => submission::sent(&tx, standing, open, after, limit).await?,
        Some(_) => return Err(Problem::invalid("box", "unknown", 0)),
    };
    let now = app.clock.now();
    let items = page.items.into_iter().map(|row| SubmissionItem::of(app.store.sites(), row, now)).collect();
    Ok(Json(Listing { items, next_cursor: page.next_cursor }))
}

/// One submission, for either of its two ends.
#[utoipa::path(get, path = "/api/v1/submissions/{id}", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = SubmissionJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
) -> Result<Json<SubmissionJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let one = submission::at_either_end(&tx, SubmissionId(id)).await?;
    Ok(Json(with_fates(&app, &tx, one).await?))
}

/// Offers the live edition of a document to the superior, frozen with its files.
#[utoipa::path(post, path = "/api/v1/submissions", tag = "submissions", request_body = SubmissionForm, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = SubmissionJson)))]
pub async fn submit(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Body(form): Body<SubmissionForm>,
) -> Result<Response, Problem> {
    let site = tenant_of(&app, &who, form.tenant.as_deref())?;
    let staff = who.staff::<SubmitUpward>(app.store.sites(), site.tenant)?;
    let document = Uuid::try_parse(&form.document_id).map_err(|_| Problem::invalid("document_id", "unknown", 0))?;
    let sites = app.store.sites();
    let to = match form.to.as_deref().filter(|slug| !slug.is_empty()) {
        None => To::Superior,
        Some(slug) => To::Named(sites.by_slug(slug).ok_or_else(|| Problem::invalid("to", "unknown", 0))?.tenant),
    };
    let new = NewSubmission { document: DocumentId(document), to, uses: form.uses(), note: form.note };
    let tx = app.store.tenant(site.tenant).await?;
    let sent = submission::submit(&tx, &staff, sites, new, &app.submissions, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(SubmissionJson::of(sites, sent, site.tenant))).into_response())
}

/// The sender takes it back, before it is adopted.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/recall", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SubmissionJson)))]
pub async fn recall(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SubmitUpward>,
    Id(id): Id,
) -> Result<Json<SubmissionJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = submission::recall(&tx, &staff, SubmissionId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(SubmissionJson::of(app.store.sites(), one, site.tenant)))
}

/// The receiver takes note (签收).
#[utoipa::path(post, path = "/api/v1/submissions/{id}/receive", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SubmissionJson)))]
pub async fn receive(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
) -> Result<Json<SubmissionJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = submission::receive(&tx, &staff, SubmissionId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(SubmissionJson::of(app.store.sites(), one, site.tenant)))
}

/// Takes it in hand: everybody sees who holds it.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/hold", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SubmissionJson)))]
pub async fn hold(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
) -> Result<Json<SubmissionJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = submission::hold(&tx, &staff, SubmissionId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(SubmissionJson::of(app.store.sites(), one, site.tenant)))
}

/// Sends it back with a reason; a corrected edition goes on in the same thread.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/return", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DecisionReason, responses((status = 200, body = SubmissionJson)))]
pub async fn return_to(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
    Body(form): Body<DecisionReason>,
) -> Result<Json<SubmissionJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = submission::return_to(&tx, &staff, SubmissionId(id), &form.reason, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(SubmissionJson::of(app.store.sites(), one, site.tenant)))
}

/// Declines it with a reason.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/decline", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DecisionReason, responses((status = 200, body = SubmissionJson)))]
pub async fn decline(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
    Body(form): Body<DecisionReason>,
) -> Result<Json<SubmissionJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = submission::decline(&tx, &staff, SubmissionId(id), &form.reason, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(SubmissionJson::of(app.store.sites(), one, site.tenant)))
}

/// Makes the receiver's own document of it, or of several together.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/adopt", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = AdoptionForm, responses((status = 201, body = AdoptedJson)))]
pub async fn adopt(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
    Body(form): Body<AdoptionForm>,
) -> Result<Response, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let sites = app.store.sites();
    let staff = who.staff::<DecideSubmission>(sites, site.tenant)?;
    let writer = who.staff::<AdoptDocument>(sites, site.tenant)?;
    if form.with.len() > MERGED_MAX {
        return Err(Problem::invalid("with", "too_long", MERGED_MAX));
    }
    let with = form.with.iter().map(|id| Uuid::try_parse(id).map(SubmissionId));
    let with = with.collect::<Result<Vec<_>, _>>().map_err(|_| Problem::invalid("with", "unknown", 0))?;
    let tx = app.store.tenant(site.tenant).await?;
    let mut fields = submission::find_received(&tx, SubmissionId(id)).await?.fields;
    match form.document {
        Some(document) => fields = document.fields(&site)?,
        None => fields.column = form.column,
    }
    let adoption = Adoption { of: SubmissionId(id), with, fields };
    let adopted = submission::adopt(&tx, &staff, &writer, adoption, app.clock.now()).await?;
    tx.commit().await?;
    let submissions = adopted.submissions.into_iter().map(|one| SubmissionJson::of(sites, one, site.tenant)).collect();
    let answer = AdoptedJson { document_id: adopted.document.to_string(), submissions };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}
