//! Obligations: what a portal owes, and doing it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base::Timestamp;
use content::placement::PlaceMirror;
use exchange::OrderId;
use exchange::obligation::{self, AskExemption, InboxRow, Obligation, ViewInbox};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, Body, Id, Where, cursor, size};
use super::placements::SeatForm;
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// One tenant's debt under one order.
#[derive(Serialize, ToSchema)]
pub struct ObligationJson {
    #[schema(format = "uuid")]
    order_id: String,
    kind: &'static str,
    #[schema(format = "uuid")]
    document_id: String,
    #[schema(format = "uuid")]
    edition_id: String,
    /// issued, delivered, published, proven, exempt, failed or ended.
    standing: &'static str,
    #[schema(format = "date-time")]
    issued_at: String,
    #[schema(format = "date-time")]
    due_at: String,
    /// Natural hours of the strictest limit that applies.
    limit_hours: i32,
    /// Past its limit and still owed.
    overdue: bool,
    /// Fixed when proven.
    late: bool,
    #[schema(format = "date-time")]
    published_at: Option<String>,
    #[schema(format = "date-time")]
    proven_at: Option<String>,
    /// editor, auto_accept or fallback.
    placed_by: Option<&'static str>,
    /// What the tenant asks to be let off, and the issuer's word on it.
    exemption: Option<ExemptionJson>,
}

/// A request to be let off. Silence does not exempt.
#[derive(Serialize, ToSchema)]
pub struct ExemptionJson {
    reason: String,
    #[schema(format = "date-time")]
    asked_at: String,
    /// Null while it waits for the issuer.
    granted: Option<bool>,
    /// Why.
    answer: String,
}

impl From<obligation::Exemption> for ExemptionJson {
    fn from(of: obligation::Exemption) -> Self {
        Self { reason: of.reason, asked_at: of.asked_at.rfc3339(), granted: of.granted, answer: of.answer }
    }
}

impl ObligationJson {
    fn of(debt: &Obligation, now: Timestamp) -> Self {
        Self {
            order_id: debt.order.to_string(),
            kind: debt.kind.as_str(),
            document_id: debt.document.to_string(),
            edition_id: debt.edition.to_string(),
            standing: debt.standing.as_str(),
            issued_at: debt.issued_at.rfc3339(),
            due_at: debt.due_at.rfc3339(),
            limit_hours: debt.limit_hours,
            overdue: debt.overdue(now),
            late: debt.late,
            published_at: debt.published_at.map(Timestamp::rfc3339),
            proven_at: debt.proven_at.map(Timestamp::rfc3339),
            placed_by: debt.placer.map(|placer| placer.as_str()),
            exemption: debt.exemption.clone().map(ExemptionJson::from),
        }
    }
}

/// Which obligations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    tenant: Option<String>,
    /// Only those that still ask for an act.
    #[param(required = false)]
    open: Option<bool>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// The duty inbox: received obligations, newest first.
#[utoipa::path(get, path = "/api/v1/obligations", tag = "obligations", params(InboxQuery), responses((status = 200, body = Listing<ObligationJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<InboxQuery>,
) -> Result<Json<Listing<ObligationJson>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let now = app.clock.now();
    let page =
        obligation::inbox(&tx, query.open.unwrap_or(false), cursor(query.cursor.as_deref())?, size(query.limit)?, now)
            .await?;
    let items = page.items.iter().map(|row: &InboxRow| ObligationJson::of(&row.obligation, now)).collect();
    Ok(Json(Listing { items, next_cursor: page.next_cursor }))
}

/// One obligation, by the order it is under.
#[utoipa::path(get, path = "/api/v1/obligations/{order_id}", tag = "obligations", params(("order_id" = String, Path, format = "uuid"), Where), responses((status = 200, body = ObligationJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(order): Id,
    Asked(at): Asked<Where>,
) -> Result<Json<ObligationJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let debt = obligation::find(&tx, OrderId(order)).await?;
    Ok(Json(ObligationJson::of(&debt, app.clock.now())))
}

/// One confirmation: the mirror is live in the chosen column.
#[utoipa::path(post, path = "/api/v1/obligations/{order_id}/place", tag = "obligations", params(("order_id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SeatForm, responses((status = 200, body = ObligationJson)))]
pub async fn place(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(order): Id,
    Asked(at): Asked<Where>,
    Body(seat): Body<SeatForm>,
) -> Result<Json<ObligationJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<PlaceMirror>(app.store.sites(), site.tenant)?;
    let tx = app.store.tenant(site.tenant).await?;
    let now = app.clock.now();
    let placed = obligation::place(&tx, &staff, OrderId(order), seat.into(), now).await?;
    tx.commit().await?;
    Ok(Json(ObligationJson::of(&placed, now)))
}

/// Why the order cannot be followed here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonForm {
    /// 1 to 500 characters.
    reason: String,
}

/// Asks the issuer for an exemption; the clock goes on.
#[utoipa::path(post, path = "/api/v1/obligations/{order_id}/exemption", tag = "obligations", params(("order_id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ReasonForm, responses((status = 200, body = ObligationJson)))]
pub async fn ask_exemption(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(order): Id,
    Asked(at): Asked<Where>,
    Body(form): Body<ReasonForm>,
) -> Result<Json<ObligationJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<AskExemption>(app.store.sites(), site.tenant)?;
    let tx = app.store.tenant(site.tenant).await?;
    let now = app.clock.now();
    obligation::ask_exemption(&tx, &staff, OrderId(order), &form.reason, now).await?;
    let debt = obligation::find(&tx, OrderId(order)).await?;
    tx.commit().await?;
    Ok(Json(ObligationJson::of(&debt, now)))
}
