//! Quotas: set and watched by a superior, seen by each portal as its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use exchange::QuotaId;
use exchange::commission::CommissionItems;
use exchange::obligation::ViewInbox;
use exchange::quota::{self, Counting, Length, NewQuota, Period};
use http::StatusCode;
use uuid::Uuid;

use super::super::Listing;
use super::super::extract::{Asked, At, Body, Id, Where};
use super::progress::{OwnQuotaJson, PeriodQuery, ProgressJson};
use super::shapes::{QuotaForm, QuotaJson};
use crate::App;
use crate::problem::Problem;

/// Rows of an own list.
const OWN: u64 = 60;

/// Lists every version of every quota that a tenant set.
#[utoipa::path(get, path = "/api/v1/quotas", tag = "commissions", params(Where), responses((status = 200, body = Listing<QuotaJson>)))]
pub async fn quota_list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<CommissionItems>,
) -> Result<Json<Listing<QuotaJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let items = quota::list(&tx).await?.into_iter().map(QuotaJson::from).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Sets a quota, or a new version of one.
#[utoipa::path(post, path = "/api/v1/quotas", tag = "commissions", request_body = QuotaForm, params(Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = QuotaJson)))]
pub async fn quota_set(
    State(app): State<Arc<App>>,
    At { site, staff }: At<CommissionItems>,
    Body(form): Body<QuotaForm>,
) -> Result<Response, Problem> {
    let id = form.id.as_deref().map(|id| Uuid::try_parse(id).map(QuotaId)).transpose();
    let day = form.effective_from.as_deref().filter(|day| !day.is_empty()).map(str::parse).transpose();
    let new = NewQuota {
        id: id.map_err(|_| Problem::invalid("id", "unknown", 0))?,
        audience: form.audience.read(&app, &site)?,
        period: Period::parse(&form.period).ok_or_else(|| Problem::invalid("period", "unknown", 0))?,
        length: Length::parse(&form.length).ok_or_else(|| Problem::invalid("length", "unknown", 0))?,
        counting: Counting::parse(&form.counting).ok_or_else(|| Problem::invalid("counting", "unknown", 0))?,
        minimum: form.minimum,
        effective_from: day.map_err(|_| Problem::invalid("effective_from", "unusable", 0))?,
        name: form.name,
        source: form.source,
    };
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let set = quota::set(&tx, &staff, new, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(QuotaJson::from(set))).into_response())
}

/// What this tenant owes its superiors in the running period, and owed before.
#[utoipa::path(get, path = "/api/v1/quotas/own", tag = "commissions", params(Where), responses((status = 200, body = Listing<OwnQuotaJson>)))]
pub async fn quota_own(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
) -> Result<Json<Listing<OwnQuotaJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let own = quota::own(&tx, OWN).await?;
    let items = own.into_iter().map(|one| OwnQuotaJson::of(app.store.sites(), one)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// How every portal stands in one period of a quota; the newest one when no first day is named.
#[utoipa::path(get, path = "/api/v1/quotas/{id}/progress", tag = "commissions", params(("id" = String, Path, format = "uuid"), PeriodQuery), responses((status = 200, body = Listing<ProgressJson>)))]
pub async fn quota_progress(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Id(id): Id,
    Asked(query): Asked<PeriodQuery>,
) -> Result<Json<Listing<ProgressJson>>, Problem> {
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    quota::find(&tx, QuotaId(id)).await?;
    let newest = quota::totals(&tx, QuotaId(id), 1).await?.pop().map(|period| period.begins);
    let begins = query.begins.filter(|day| !day.is_empty()).or(newest).unwrap_or_default();
    let lines = quota::progress(&tx, QuotaId(id), &begins).await?;
    let items = lines.into_iter().map(|line| ProgressJson::of(&begins, line)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}
