//! How the desk works: who may skip a level, and what happens to copies of what an origin withdraws.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{Sites, Timestamp};
use exchange::permission::{self, NewPermission, Permission, PermissionId, Scope};
use exchange::submission::{self, Hide, SetDesk};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::api::Listing;
use crate::api::extract::{At, Body, Id, Where};
use crate::problem::Problem;

/// What a portal does with its copy when the origin of something that it adopted is withdrawn.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskPolicy {
    /// never, serious (leaks and serious errors; the default) or always: when the copy is hidden at once.
    hide_on_withdrawal: String,
}

/// One standing permission to skip a level.
#[derive(Serialize, ToSchema)]
pub struct SkipPermissionJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of the portal, or of the top of the subtree whose counties are meant.
    subject: String,
    /// tenant or counties.
    scope: &'static str,
    /// It ends at this instant.
    #[schema(format = "date-time")]
    until: String,
    note: String,
    #[schema(format = "date-time")]
    granted_at: String,
    #[schema(format = "date-time")]
    revoked_at: Option<String>,
    /// Whether it holds now.
    holds: bool,
}

impl SkipPermissionJson {
    fn of(sites: &Sites, one: Permission, now: Timestamp) -> Self {
        Self {
            holds: one.holds(now),
            id: one.id.to_string(),
            subject: sites.by_id(one.subject).map(|site| site.slug.to_string()).unwrap_or_default(),
            scope: one.scope.as_str(),
            until: one.until.rfc3339(),
            note: one.note,
            granted_at: one.granted_at.rfc3339(),
            revoked_at: one.revoked_at.map(Timestamp::rfc3339),
        }
    }
}

/// A permission to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipPermissionForm {
    /// Slug of a portal two levels or more below, or of the top of a subtree.
    subject: String,
    /// tenant (that portal alone) or counties (every county at or below it, those that join later too).
    scope: String,
    /// Its last day, `YYYY-MM-DD`; at most five years ahead.
    until: String,
    /// Why; at most 500 characters.
    #[serde(default)]
    note: String,
}

/// What happens here to copies of what an origin withdraws.
#[utoipa::path(get, path = "/api/v1/desk-policy", tag = "desk", params(Where), responses((status = 200, body = DeskPolicy)))]
pub async fn policy(State(app): State<Arc<App>>, At { site, .. }: At<SetDesk>) -> Result<Json<DeskPolicy>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let hide = submission::hide_rule(&tx).await?;
    Ok(Json(DeskPolicy { hide_on_withdrawal: hide.as_str().to_owned() }))
}

/// Says what happens here to copies of what an origin withdraws.
#[utoipa::path(put, path = "/api/v1/desk-policy", tag = "desk", params(Where), request_body = DeskPolicy, responses((status = 200, body = DeskPolicy)))]
pub async fn set_policy(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SetDesk>,
    Body(form): Body<DeskPolicy>,
) -> Result<Json<DeskPolicy>, Problem> {
    let hide = Hide::parse(&form.hide_on_withdrawal);
    let hide = hide.ok_or_else(|| Problem::invalid("hide_on_withdrawal", "unknown", 0))?;
    let tx = app.store.tenant(site.tenant).await?;
    submission::set_hide_rule(&tx, &staff, hide, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(form))
}

/// Lists the standing permissions that this portal granted, the newest first.
#[utoipa::path(get, path = "/api/v1/skip-permissions", tag = "desk", params(Where), responses((status = 200, body = Listing<SkipPermissionJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<SetDesk>,
) -> Result<Json<Listing<SkipPermissionJson>>, Problem> {
    let (sites, now) = (app.store.sites(), app.clock.now());
    let tx = app.store.reading(site.tenant).await?;
    let items = permission::granted(&tx).await?.into_iter().map(|one| SkipPermissionJson::of(sites, one, now));
    Ok(Json(Listing { items: items.collect(), next_cursor: None }))
}

/// Lets a portal two levels or more below, or all counties of a subtree, submit directly.
#[utoipa::path(post, path = "/api/v1/skip-permissions", tag = "desk", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SkipPermissionForm, responses((status = 201, body = SkipPermissionJson)))]
pub async fn grant(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SetDesk>,
    Body(form): Body<SkipPermissionForm>,
) -> Result<Response, Problem> {
    let (sites, now) = (app.store.sites(), app.clock.now());
    let subject = sites.by_slug(&form.subject).ok_or_else(|| Problem::invalid("subject", "unknown", 0))?;
    let new = NewPermission {
        subject: subject.tenant,
        scope: Scope::parse(&form.scope).ok_or_else(|| Problem::invalid("scope", "unknown", 0))?,
        last_day: form.until.parse().map_err(|_| Problem::invalid("until", "unusable", 0))?,
        note: form.note,
    };
    let tx = app.store.tenant(site.tenant).await?;
    let granted = permission::grant(&tx, &staff, sites, new, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(SkipPermissionJson::of(sites, granted, now))).into_response())
}

/// Ends a permission at once; what was submitted by it goes on.
#[utoipa::path(post, path = "/api/v1/skip-permissions/{id}/revoke", tag = "desk", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SkipPermissionJson)))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    At { site, staff }: At<SetDesk>,
    Id(id): Id,
) -> Result<Json<SkipPermissionJson>, Problem> {
    let now = app.clock.now();
    let tx = app.store.tenant(site.tenant).await?;
    let revoked = permission::revoke(&tx, &staff, PermissionId(id), now).await?;
    tx.commit().await?;
    Ok(Json(SkipPermissionJson::of(app.store.sites(), revoked, now)))
}
