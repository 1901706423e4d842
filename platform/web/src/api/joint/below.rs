//! Flows that were declared for a subtree: listed, changed and ended.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use exchange::joint::{self, ManageJoint, ViaId};
use exchange::obligation::ViewInbox;

use super::forms::FilterForm;
use super::shapes::*;
use crate::App;
use crate::api::Listing;
use crate::api::extract::{At, Body, Id, Where};
use crate::frame::at_home;
use crate::problem::Problem;

/// Lists the flows that this portal declared for a subtree.
#[utoipa::path(get, path = "/api/v1/joint/subscriptions/below", tag = "joint", params(Where), responses((status = 200, body = Listing<DeclarationJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
) -> Result<Json<Listing<DeclarationJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let found = joint::declarations(&tx).await?;
    let items = found.into_iter().map(|one| DeclarationJson::of(app.store.sites(), one)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Changes what whoever joins from now on lets through; subscriptions that there are keep theirs.
#[utoipa::path(put, path = "/api/v1/joint/subscriptions/below/{id}/filter", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = FilterForm, responses((status = 200, body = DeclarationJson)))]
pub async fn filter(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Id(id): Id,
    Body(form): Body<FilterForm>,
) -> Result<Json<DeclarationJson>, Problem> {
    let (version, filter) = form.read()?;
    let act = async |tx: &_, now| joint::change_declared_filter(tx, &staff, ViaId(id), version, filter, now).await;
    let one = at_home(&app, site.tenant, act).await?;
    Ok(Json(DeclarationJson::of(app.store.sites(), one)))
}

/// Ends it: nobody who joins is subscribed to any more.
#[utoipa::path(post, path = "/api/v1/joint/subscriptions/below/{id}/end", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = DeclarationJson)))]
pub async fn end(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Id(id): Id,
) -> Result<Json<DeclarationJson>, Problem> {
    let act = async |tx: &_, now| joint::end_declaration(tx, &staff, ViaId(id), now).await;
    let one = at_home(&app, site.tenant, act).await?;
    Ok(Json(DeclarationJson::of(app.store.sites(), one)))
}
