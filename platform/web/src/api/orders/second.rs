//! What a second person, or the issuer later on, says to an order: recalls proposed, confirmed and refused, exemptions decided.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use base::{Principal, Site, Timestamp};
use content::EditionId;
use content::document::{self, DocumentError, Withdrawal};
use exchange::obligation::{self, DecideExemption};
use exchange::order::{self, ConfirmRecall, Counts, ProposeRecall};
use exchange::{OrderId, RepostRule};
use http::StatusCode;
use uuid::Uuid;

use super::shapes::{AnswerForm, DecisionForm, DecisionJson, OrderForm, OrderJson};
use crate::App;
use crate::api::documents::WithdrawalForm;
use crate::api::extract::{Asked, Body, Id, Where};
use crate::api::tenant_of;
use crate::auth::Bearer;
use crate::extract::Path;
use crate::problem::Problem;

pub(super) async fn propose(
    app: &App,
    who: &Principal,
    form: OrderForm,
    site: &Site,
    edition: EditionId,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<Response, Problem> {
    let staff = who.staff::<ProposeRecall>(app.store.sites(), site.tenant)?;
    let withdrawal: Withdrawal = WithdrawalForm {
        kind: form.withdrawal,
        reason: form.reason,
        legal_basis: form.legal_basis,
        target: form.target,
        cause: String::new(),
    }
    .read()
    .map_err(|problem| problem.renamed("kind", "withdrawal"))?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let named = document::edition(&tx, edition).await.map_err(|error| match error {
        DocumentError::Missing => Problem::from(order::OrderError::NotPublished),
        other => other.into(),
    })?;
    let proposed = order::propose(&tx, &staff, named.document, withdrawal, form.deadline_hours, rule, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(OrderJson::of(proposed, Counts::default()))).into_response())
}

/// The second person confirms a recall: every copy leaves its page in this transaction.
#[utoipa::path(post, path = "/api/v1/orders/{id}/confirm", tag = "orders", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = OrderJson)))]
pub async fn confirm(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
) -> Result<Json<OrderJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<ConfirmRecall>(app.store.sites(), site.tenant)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let now = app.clock.now();
    let order = order::confirm(&tx, &staff, OrderId(id), now).await?;
    let counts = order::counts(&tx, order.id, now).await?;
    tx.commit().await?;
    Ok(Json(OrderJson::of(order, counts)))
}

/// The second person refuses a recall.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refuse", tag = "orders", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = AnswerForm, responses((status = 200, body = OrderJson)))]
pub async fn refuse(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
    Body(form): Body<AnswerForm>,
) -> Result<Json<OrderJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<ConfirmRecall>(app.store.sites(), site.tenant)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let refused = order::refuse(&tx, &staff, OrderId(id), &form.answer, app.clock.now()).await;
    let order = refused.map_err(|error| Problem::from(error).renamed("reason", "answer"))?;
    tx.commit().await?;
    Ok(Json(OrderJson::of(order, Counts::default())))
}

/// Grants or refuses the exemption that a tenant asked for.
#[utoipa::path(post, path = "/api/v1/orders/{id}/exemptions/{slug}", tag = "orders", params(("id" = String, Path, format = "uuid"), ("slug" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DecisionForm, responses((status = 200, body = DecisionJson)))]
pub async fn decide(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Path((id, slug)): Path<(String, String)>,
    Asked(at): Asked<Where>,
    Body(form): Body<DecisionForm>,
) -> Result<Json<DecisionJson>, Problem> {
    let id = Uuid::try_parse(&id).map_err(|_| Problem::not_found())?;
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<DecideExemption>(app.store.sites(), site.tenant)?;
    let asker = app.store.sites().by_slug(&slug).ok_or_else(Problem::not_found)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let decided = obligation::decide_exemption(
        &tx,
        &staff,
        OrderId(id),
        asker.tenant,
        form.granted,
        &form.answer,
        app.clock.now(),
    )
    .await
    .map_err(|error| Problem::from(error).renamed("reason", "answer"))?;
    tx.commit().await?;
    Ok(Json(DecisionJson { tenant: slug, granted: form.granted, answer: decided.answer }))
}
