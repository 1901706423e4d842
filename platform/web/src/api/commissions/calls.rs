//! One portal's side of a commission, and the issuer's word on it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use content::DocumentId;
use exchange::CommissionId;
use exchange::commission::{self, CommissionItems};
use exchange::obligation::ViewInbox;
use exchange::submission::{NewSubmission, SubmitUpward, To, Uses};
use http::StatusCode;
use uuid::Uuid;

use super::super::Listing;
use super::super::extract::{Asked, At, Body, Id, Where, cursor, size};
use super::super::submissions::SubmissionJson;
use super::shapes::{AnswerForm, CallJson, CallQuery, CallReason, ExcuseForm};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Lists the commissions that call this tenant, newest first.
#[utoipa::path(get, path = "/api/v1/calls", tag = "commissions", params(CallQuery), responses((status = 200, body = Listing<CallJson>)))]
pub async fn received(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Asked(query): Asked<CallQuery>,
) -> Result<Json<Listing<CallJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let (open, after) = (query.open.unwrap_or(false), cursor(query.cursor.as_deref())?);
    let page = commission::received(&tx, open, after, size(query.limit)?).await?;
    let now = app.clock.now();
    let items = page.items.into_iter().map(|row| CallJson::of(app.store.sites(), row, now)).collect();
    Ok(Json(Listing { items, next_cursor: page.next_cursor }))
}

/// One call with what its commission asks.
#[utoipa::path(get, path = "/api/v1/calls/{id}", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = CallJson)))]
pub async fn call(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Id(id): Id,
) -> Result<Json<CallJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let (call, of) = commission::find_call(&tx, CommissionId(id)).await?;
    Ok(Json(CallJson::full(app.store.sites(), call, of, app.clock.now())))
}

/// Takes it on (承接).
#[utoipa::path(post, path = "/api/v1/calls/{id}/accept", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = CallJson)))]
pub async fn accept(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SubmitUpward>,
    Id(id): Id,
) -> Result<Json<CallJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    commission::accept(&tx, &staff, CommissionId(id), app.clock.now()).await?;
    let (call, of) = commission::find_call(&tx, CommissionId(id)).await?;
    tx.commit().await?;
    Ok(Json(CallJson::full(app.store.sites(), call, of, app.clock.now())))
}

/// Says no, with a reason; not to a mandatory commission.
#[utoipa::path(post, path = "/api/v1/calls/{id}/decline", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = CallReason, responses((status = 200, body = CallJson)))]
pub async fn decline(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SubmitUpward>,
    Id(id): Id,
    Body(form): Body<CallReason>,
) -> Result<Json<CallJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    commission::decline(&tx, &staff, CommissionId(id), &form.reason, app.clock.now()).await?;
    let (call, of) = commission::find_call(&tx, CommissionId(id)).await?;
    tx.commit().await?;
    Ok(Json(CallJson::full(app.store.sites(), call, of, app.clock.now())))
}

/// Asks to be let off; the clock runs on until the issuer says so.
#[utoipa::path(post, path = "/api/v1/calls/{id}/plea", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = CallReason, responses((status = 200, body = CallJson)))]
pub async fn plead(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SubmitUpward>,
    Id(id): Id,
    Body(form): Body<CallReason>,
) -> Result<Json<CallJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    commission::plead(&tx, &staff, CommissionId(id), &form.reason, app.clock.now()).await?;
    let (call, of) = commission::find_call(&tx, CommissionId(id)).await?;
    tx.commit().await?;
    Ok(Json(CallJson::full(app.store.sites(), call, of, app.clock.now())))
}

/// Answers with the live edition of a document: a submission to the issuer, past any level between.
#[utoipa::path(post, path = "/api/v1/calls/{id}/answers", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = AnswerForm, responses((status = 201, body = SubmissionJson)))]
pub async fn answer(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SubmitUpward>,
    Id(id): Id,
    Body(form): Body<AnswerForm>,
) -> Result<Response, Problem> {
    let document = Uuid::try_parse(&form.document_id).map_err(|_| Problem::invalid("document_id", "unknown", 0))?;
    // The commission says what it is for.
    let uses = Uses { site: false, brief: false };
    let new = NewSubmission { document: DocumentId(document), to: To::Superior, uses, note: form.note };
    let (sites, now) = (app.store.sites(), app.clock.now());
    let tx = app.store.tenant(site.tenant).await?;
    let sent = commission::answer(&tx, &staff, sites, CommissionId(id), new, &app.submissions, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(SubmissionJson::of(sites, sent, site.tenant))).into_response())
}

/// The issuer lets a portal off, or answers that it may not.
#[utoipa::path(post, path = "/api/v1/commissions/{id}/calls/{slug}/excuse", tag = "commissions", params(("id" = String, Path, format = "uuid"), ("slug" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ExcuseForm, responses((status = 204, description = "Done.")))]
pub async fn excuse(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Path((id, slug)): Path<(Uuid, String)>,
    Body(form): Body<ExcuseForm>,
) -> Result<StatusCode, Problem> {
    let tx = app.store.tenant(staff.tenant()).await?;
    let of = app.store.sites().by_slug(&slug).ok_or_else(Problem::not_found)?;
    let word = (form.granted, form.answer.as_str());
    commission::excuse(&tx, &staff, CommissionId(id), of.tenant, word, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
