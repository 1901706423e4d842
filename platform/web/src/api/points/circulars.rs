//! Circulars: issued once a month, frozen.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use exchange::merit::{self, KeepScore, NewCircular, ViewPoints};
use http::StatusCode;

use super::super::Listing;
use super::super::extract::{Asked, At, Body, Id, Where};
use super::papers::{CircularForm, CircularJson};
use super::shapes::{BoxOnly, known_month, scored};
use crate::problem::Problem;
use crate::{App, circulars};

/// Lists circulars: the superior's as the portal may read them, or those that it issued (without lines).
#[utoipa::path(get, path = "/api/v1/points/circulars", tag = "points", params(BoxOnly), responses((status = 200, body = Listing<CircularJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Asked(query): Asked<BoxOnly>,
) -> Result<Json<Listing<CircularJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let found = if scored(query.r#box.as_deref())? {
        merit::circulars(&tx).await?.into_iter().map(|one| (one, Vec::new())).collect()
    } else {
        merit::circulars_of_superior(&tx).await?
    };
    let items = found.into_iter().map(|(head, lines)| CircularJson::of(app.store.sites(), head, lines)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Freezes a month that is over and issues its circular.
#[utoipa::path(post, path = "/api/v1/points/circulars", tag = "points", request_body = CircularForm, params(Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CircularJson)))]
pub async fn issue(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Body(form): Body<CircularForm>,
) -> Result<Response, Problem> {
    let month = known_month(&form.month)?;
    let new = NewCircular { month, word: form.word, issuer: form.issuer, preface: form.preface };
    let tx = app.store.tenant(site.tenant).await?;
    let made = merit::issue(&tx, &staff, new, app.clock.now()).await?;
    let (head, lines) = merit::find_circular(&tx, made.id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(CircularJson::of(app.store.sites(), head, lines))).into_response())
}

/// One circular that the portal issued, with all its lines.
#[utoipa::path(get, path = "/api/v1/points/circulars/{id}", tag = "points", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = CircularJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Id(id): Id,
) -> Result<Json<CircularJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let (head, lines) = merit::find_circular(&tx, id).await?;
    Ok(Json(CircularJson::of(app.store.sites(), head, lines)))
}

/// A circular as PDF, for its issuer and for those whom it shows every rank; 503 `no_font` where no Chinese font is installed.
#[utoipa::path(get, path = "/api/v1/points/circulars/{id}/file.pdf", tag = "points", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), (status = 503, description = "no_font")))]
pub async fn pdf(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Id(id): Id,
) -> Result<Response, Problem> {
    circulars::pdf(&app, &site, id).await
}

/// The same as XLSX.
#[utoipa::path(get, path = "/api/v1/points/circulars/{id}/file.xlsx", tag = "points", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
pub async fn xlsx(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Id(id): Id,
) -> Result<Response, Problem> {
    circulars::xlsx(&app, &site, id).await
}
