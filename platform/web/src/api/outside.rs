//! Portals outside the platform: the registry, and what they are asked under an order.

mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use border::outside::{self, JudgeSighting, ManageOutside, OutsideError, PortalId, PortalState, Standing};
use exchange::OrderId;
use exchange::order::{self, IssueOrder, ViewBoard};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub use shapes::*;

use super::Listing;
use super::extract::{Asked, At, Body, Id, Where};
use crate::App;
use crate::extract::Path;
use crate::frame::at_home;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(find, change))
        .routes(routes!(set_state))
        .routes(routes!(try_patterns))
        .routes(routes!(asked, include))
        .routes(routes!(confirm))
        .routes(routes!(reject))
        .routes(routes!(excuse))
}

/// Lists the registered portals.
#[utoipa::path(get, path = "/api/v1/outside/portals", tag = "outside", params(Where), responses((status = 200, body = Listing<PortalJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewBoard>,
) -> Result<Json<Listing<PortalJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let items = outside::list(&tx, None).await?.into_iter().map(PortalJson::from).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Registers a portal.
#[utoipa::path(post, path = "/api/v1/outside/portals", tag = "outside", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = PortalForm, responses((status = 201, body = PortalJson)))]
pub async fn register(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageOutside>,
    Body(form): Body<PortalForm>,
) -> Result<Response, Problem> {
    let state = state(form.state.as_deref().unwrap_or("active"))?;
    let act = async |tx: &_, now| outside::register(tx, &staff, form.into(), state, now).await;
    let portal = at_home(&app, site.tenant, act).await?;
    Ok((StatusCode::CREATED, Json(PortalJson::from(portal))).into_response())
}

/// One portal.
#[utoipa::path(get, path = "/api/v1/outside/portals/{id}", tag = "outside", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = PortalJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewBoard>,
    Id(id): Id,
) -> Result<Json<PortalJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    Ok(Json(outside::find(&tx, PortalId(id)).await?.into()))
}

/// Writes down anew how a portal is read.
#[utoipa::path(put, path = "/api/v1/outside/portals/{id}", tag = "outside", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = PortalForm, responses((status = 200, body = PortalJson)))]
pub async fn change(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageOutside>,
    Id(id): Id,
    Body(form): Body<PortalForm>,
) -> Result<Json<PortalJson>, Problem> {
    let version = form.version.ok_or_else(|| Problem::invalid("version", "missing", 0))?;
    let act = async |tx: &_, now| outside::change(tx, &staff, PortalId(id), version, form.into(), now).await;
    Ok(Json(at_home(&app, site.tenant, act).await?.into()))
}

/// Lets a portal take part, pauses it, or gives it up.
#[utoipa::path(post, path = "/api/v1/outside/portals/{id}/state", tag = "outside", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = StateForm, responses((status = 200, body = PortalJson)))]
pub async fn set_state(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageOutside>,
    Id(id): Id,
    Body(form): Body<StateForm>,
) -> Result<Json<PortalJson>, Problem> {
    let state = state(&form.state)?;
    let act = async |tx: &_, now| outside::set_state(tx, &staff, PortalId(id), state, now).await;
    Ok(Json(at_home(&app, site.tenant, act).await?.into()))
}

fn state(word: &str) -> Result<PortalState, Problem> {
    PortalState::parse(word).ok_or_else(|| Problem::invalid("state", "unknown", 0))
}

/// Asks for a look at the live site; what it finds stands in the portal's `trial`.
#[utoipa::path(post, path = "/api/v1/outside/portals/{id}/try", tag = "outside", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = PortalJson)))]
pub async fn try_patterns(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageOutside>,
    Id(id): Id,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| outside::ask_trial(tx, &staff, PortalId(id), now).await;
    let portal = at_home(&app, site.tenant, act).await?;
    Ok((StatusCode::ACCEPTED, Json(PortalJson::from(portal))).into_response())
}

/// What is asked of portals outside: under one order, or what waits for a person.
#[utoipa::path(get, path = "/api/v1/outside/obligations", tag = "outside", params(DebtQuery), responses((status = 200, body = Listing<DebtJson>)))]
pub async fn asked(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewBoard>,
    Asked(query): Asked<DebtQuery>,
) -> Result<Json<Listing<DebtJson>>, Problem> {
    let standing = query.standing.as_deref().filter(|word| !word.is_empty());
    let standing = standing
        .map(|word| Standing::parse(word).ok_or_else(|| Problem::invalid("standing", "unknown", 0)))
        .transpose()?;
    let tx = app.store.reading(site.tenant).await?;
    let mut debts = match query.order.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => outside::of_order(&tx, order_id(id)?).await?,
        None => outside::doubtful(&tx, 200).await?,
    };
    debts.retain(|debt| standing.is_none_or(|standing| debt.standing == standing));
    Ok(Json(Listing { items: debts.into_iter().map(DebtJson::from).collect(), next_cursor: None }))
}

fn order_id(text: &str) -> Result<OrderId, Problem> {
    Uuid::try_parse(text).map(OrderId).map_err(|_| Problem::invalid("order", "unknown", 0))
}

/// Asks further portals to repost under an open order.
#[utoipa::path(post, path = "/api/v1/outside/obligations", tag = "outside", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = IncludeForm, responses((status = 200, body = Listing<DebtJson>)))]
pub async fn include(
    State(app): State<Arc<App>>,
    At { site, staff }: At<IssueOrder>,
    Body(form): Body<IncludeForm>,
) -> Result<Json<Listing<DebtJson>>, Problem> {
    let now = app.clock.now();
    let rule = app.outside.at(now).ok_or(OutsideError::NoRule)?;
    let ids = form.portals.iter().map(|id| Uuid::try_parse(id).map(PortalId)).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|_| Problem::invalid("portals", "unknown", 0))?;
    let tx = app.store.tenant(site.tenant).await?;
    let order = order::find(&tx, order_id(&form.order)?).await?.id;
    outside::include(&tx, &staff, order, &ids, rule, now).await?;
    let items = outside::of_order(&tx, order).await?.into_iter().map(DebtJson::from).collect();
    tx.commit().await?;
    Ok(Json(Listing { items, next_cursor: None }))
}

/// A person says that a doubtful page is the repost.
#[utoipa::path(post, path = "/api/v1/outside/obligations/{order_id}/{id}/confirm", tag = "outside", params(("order_id" = String, Path, format = "uuid"), ("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ReasonForm, responses((status = 200, body = DebtJson)))]
pub async fn confirm(
    State(app): State<Arc<App>>,
    At { site, staff }: At<JudgeSighting>,
    Path((order, id)): Path<(Uuid, Uuid)>,
    Body(form): Body<ReasonForm>,
) -> Result<Json<DebtJson>, Problem> {
    let (order, id) = (OrderId(order), PortalId(id));
    let act = async |tx: &_, now| outside::confirm(tx, &staff, order, id, &form.reason, now).await;
    Ok(Json(at_home(&app, site.tenant, act).await?.into()))
}

/// A person says that a doubtful page is something else; a reason is needed.
#[utoipa::path(post, path = "/api/v1/outside/obligations/{order_id}/{id}/reject", tag = "outside", params(("order_id" = String, Path, format = "uuid"), ("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ReasonForm, responses((status = 200, body = DebtJson)))]
pub async fn reject(
    State(app): State<Arc<App>>,
    At { site, staff }: At<JudgeSighting>,
    Path((order, id)): Path<(Uuid, Uuid)>,
    Body(form): Body<ReasonForm>,
) -> Result<Json<DebtJson>, Problem> {
    let (order, id) = (OrderId(order), PortalId(id));
    let act = async |tx: &_, now| outside::reject(tx, &staff, order, id, &form.reason, now).await;
    Ok(Json(at_home(&app, site.tenant, act).await?.into()))
}

/// The issuer no longer asks one portal; a reason is needed.
#[utoipa::path(post, path = "/api/v1/outside/obligations/{order_id}/{id}/excuse", tag = "outside", params(("order_id" = String, Path, format = "uuid"), ("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ReasonForm, responses((status = 200, body = DebtJson)))]
pub async fn excuse(
    State(app): State<Arc<App>>,
    At { site, staff }: At<IssueOrder>,
    Path((order, id)): Path<(Uuid, Uuid)>,
    Body(form): Body<ReasonForm>,
) -> Result<Json<DebtJson>, Problem> {
    let (order, id) = (OrderId(order), PortalId(id));
    let act = async |tx: &_, now| outside::excuse(tx, &staff, order, id, &form.reason, now).await;
    Ok(Json(at_home(&app, site.tenant, act).await?.into()))
}
