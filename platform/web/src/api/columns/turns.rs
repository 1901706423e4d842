//! What changes the state of a column: hide, show, archive, reopen, merge.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use content::column::{self, ManageColumns};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::extract::{At, Body, Where};
use super::{ColumnJson, shown};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(hide))
        .routes(routes!(show))
        .routes(routes!(archive))
        .routes(routes!(reopen))
        .routes(routes!(merge))
}

/// What was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadForm {
    /// The version that was read; not checked when left out.
    version: Option<i32>,
}

/// Where an archived column leads.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveForm {
    /// Key of an open column; the home page when left out.
    successor: Option<String>,
    /// The version that was read; not checked when left out.
    version: Option<i32>,
}

/// What takes everything in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeForm {
    /// Key of an open column.
    into: String,
    /// The version that was read; not checked when left out.
    version: Option<i32>,
}

/// Takes a column out of navigation; its address still answers.
#[utoipa::path(post, path = "/api/v1/columns/{key}/hide", tag = "columns", params(("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ReadForm, responses((status = 200, body = ColumnJson)))]
pub async fn hide(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<ReadForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    column::turn(&tx, &staff, (&key, form.version), true, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// Puts a hidden column back into navigation.
#[utoipa::path(post, path = "/api/v1/columns/{key}/show", tag = "columns", params(("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ReadForm, responses((status = 200, body = ColumnJson)))]
pub async fn show(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<ReadForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    column::turn(&tx, &staff, (&key, form.version), false, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// Ends a column; its address leads to its successor.
#[utoipa::path(post, path = "/api/v1/columns/{key}/archive", tag = "columns", params(("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ArchiveForm, responses((status = 200, body = ColumnJson)))]
pub async fn archive(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<ArchiveForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let successor = form.successor.as_deref().filter(|key| !key.is_empty());
    column::archive(&tx, &staff, (&key, form.version), successor, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// Begins an archived column again.
#[utoipa::path(post, path = "/api/v1/columns/{key}/reopen", tag = "columns", params(("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ReadForm, responses((status = 200, body = ColumnJson)))]
pub async fn reopen(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<ReadForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    column::reopen(&tx, &staff, (&key, form.version), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// Ends a column and puts what stands in it into another.
#[utoipa::path(post, path = "/api/v1/columns/{key}/merge", tag = "columns", params(("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = MergeForm, responses((status = 200, body = ColumnJson)))]
pub async fn merge(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<MergeForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    column::merge(&tx, &staff, (&key, form.version), &form.into, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}
