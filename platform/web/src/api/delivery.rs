//! Where a portal's evidence goes as signed messages, and what could not be delivered.

mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use border::delivery::{self, ManageDelivery, webhook};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use shapes::*;

use super::Listing;
use super::extract::{Asked, At, Body, Id, ListQuery, Where, cursor, size};
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(endpoints, add))
        .routes(routes!(find, change, remove))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(rotate))
        .routes(routes!(ping))
        .routes(routes!(dead_letters, decide_all))
        .routes(routes!(retry))
        .routes(routes!(give_up))
}

/// Lists the endpoints of a portal, oldest first. Secrets are never listed.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "delivery", params(Where), responses((status = 200, body = Listing<EndpointJson>)))]
pub async fn endpoints(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ManageDelivery>,
) -> Result<Json<Listing<EndpointJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let items = webhook::endpoints(&tx).await?.into_iter().map(EndpointJson::of).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Adds an endpoint. The answer holds its signing secret, this once.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "delivery", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = EndpointForm, responses((status = 201, body = EndpointWithSecret)))]
pub async fn add(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Body(form): Body<EndpointForm>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let with = (&app.outbound, &*app.delivery);
    let (one, secret) = webhook::add(&tx, &staff, &form.into(), with, app.clock.now()).await?;
    tx.commit().await?;
    let answer = EndpointWithSecret { secret, endpoint: EndpointJson::of(one) };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// One endpoint.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = EndpointJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<Json<EndpointJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    Ok(Json(EndpointJson::of(webhook::find(&tx, id).await?)))
}

/// Gives an endpoint another address or other events.
#[utoipa::path(put, path = "/api/v1/webhooks/{id}", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = EndpointForm, responses((status = 200, body = EndpointJson)))]
pub async fn change(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Id(id): Id,
    Body(form): Body<EndpointForm>,
) -> Result<Json<EndpointJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = webhook::change(&tx, &staff, id, &form.into(), &app.outbound, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(EndpointJson::of(one)))
}

/// Removes an endpoint; what it had not heard is given up.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 204)))]
pub async fn remove(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    webhook::remove(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pauses an endpoint: nothing leaves, nothing is lost.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/pause", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = EndpointJson)))]
pub async fn pause(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<Json<EndpointJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = webhook::pause(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(EndpointJson::of(one)))
}

/// Resumes an endpoint: it hears everything since.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/resume", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = EndpointJson)))]
pub async fn resume(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<Json<EndpointJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = webhook::resume(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(EndpointJson::of(one)))
}

/// Replaces the signing secret; the old one signs as well for a while. The answer holds the new one, this once.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = EndpointWithSecret)))]
pub async fn rotate(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<Json<EndpointWithSecret>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let (one, secret) = webhook::rotate(&tx, &staff, id, &app.delivery, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(EndpointWithSecret { secret, endpoint: EndpointJson::of(one) }))
}

/// Sends a test message now and answers what came back.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/ping", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = PongJson)))]
pub async fn ping(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<Json<PongJson>, Problem> {
    let one = {
        let tx = app.store.reading(site.tenant).await?;
        webhook::find(&tx, id).await?
    };
    let absolute = |host: &str, path: &str| app.addresses.absolute(host, path);
    let pong = webhook::ping(&app.outbound, &one, &site, &absolute, app.clock.now()).await;
    Ok(Json(PongJson { taken: pong.taken, said: pong.said, millis: pong.millis }))
}

/// Lists dead letters, newest first: what was refused for good or tried often enough.
#[utoipa::path(get, path = "/api/v1/dead-letters", tag = "delivery", params(ListQuery), responses((status = 200, body = Listing<DeadLetterJson>)))]
pub async fn dead_letters(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ManageDelivery>,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Listing<DeadLetterJson>>, Problem> {
    let (after, limit) = (cursor(query.cursor.as_deref())?, size(query.limit)?);
    let tx = app.store.reading(site.tenant).await?;
    let page = delivery::dead(&tx, after, limit).await?.map(DeadLetterJson::of);
    Ok(Json(Listing { items: page.items, next_cursor: page.next_cursor }))
}

/// Decides about every dead letter of the portal at once.
#[utoipa::path(post, path = "/api/v1/dead-letters", tag = "delivery", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DecideAllForm, responses((status = 200, body = DecidedJson)))]
pub async fn decide_all(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Body(form): Body<DecideAllForm>,
) -> Result<Json<DecidedJson>, Problem> {
    let (tx, now) = (app.store.tenant(site.tenant).await?, app.clock.now());
    let deliveries = match form.decision {
        Decision::Retry => delivery::retry_all(&tx, &staff, now).await?,
        Decision::GiveUp => delivery::give_up_all(&tx, &staff, now).await?,
    };
    tx.commit().await?;
    Ok(Json(DecidedJson { deliveries }))
}

/// Tries one dead letter once more.
#[utoipa::path(post, path = "/api/v1/dead-letters/{id}/retry", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 204)))]
pub async fn retry(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    delivery::retry(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives one dead letter up.
#[utoipa::path(post, path = "/api/v1/dead-letters/{id}/give-up", tag = "delivery", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 204)))]
pub async fn give_up(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageDelivery>,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    delivery::give_up(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
