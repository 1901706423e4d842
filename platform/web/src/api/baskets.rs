//! Topic baskets of the desk, and what may be submitted past a level.

mod rules;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use content::document::AdoptDocument;
use exchange::SubmissionId;
use exchange::basket::{self, Basket, BasketId, NewBasket};
use exchange::submission::DecideSubmission;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::documents::DocumentForm;
use super::extract::{Asked, At, Body, Id, Where};
use super::submissions::{AdoptedJson, SubmissionJson};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(find))
        .routes(routes!(put))
        .routes(routes!(remove))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(adopt))
        .routes(routes!(rules::policy, rules::set_policy))
        .routes(routes!(rules::list, rules::grant))
        .routes(routes!(rules::revoke))
}

/// One basket.
#[derive(Serialize, ToSchema)]
pub struct BasketJson {
    #[schema(format = "uuid")]
    id: String,
    topic: String,
    note: String,
    /// How many submissions lie in it.
    members: u64,
    #[schema(format = "date-time")]
    created_at: String,
    /// Nothing is put into a closed one any more.
    #[schema(format = "date-time")]
    closed_at: Option<String>,
}

impl From<Basket> for BasketJson {
    fn from(basket: Basket) -> Self {
        Self {
            id: basket.id.to_string(),
            topic: basket.topic,
            note: basket.note,
            members: basket.members,
            created_at: basket.created_at.rfc3339(),
            closed_at: basket.closed_at.map(Timestamp::rfc3339),
        }
    }
}

/// A basket to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BasketForm {
    /// What it collects, 1 to 100 characters.
    topic: String,
    /// At most 500 characters.
    #[serde(default)]
    note: String,
}

/// Received submissions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersForm {
    /// Their ids; at most 200.
    submissions: Vec<String>,
}

impl MembersForm {
    fn ids(&self) -> Result<Vec<SubmissionId>, Problem> {
        let ids = self.submissions.iter().map(|id| Uuid::try_parse(id).map(SubmissionId));
        let ids = ids.collect::<Result<Vec<_>, _>>().map_err(|_| Problem::invalid("submissions", "unknown", 0))?;
        match ids.len() {
            0 => Err(Problem::invalid("submissions", "missing", 0)),
            n if n > basket::MEMBERS_MAX => Err(Problem::invalid("submissions", "too_long", basket::MEMBERS_MAX)),
            _ => Ok(ids),
        }
    }
}

/// What is made of a basket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BasketAdoption {
    /// The text of the one document.
    document: DocumentForm,
}

/// Lists the topic baskets of the desk, open ones first.
#[utoipa::path(get, path = "/api/v1/baskets", tag = "baskets", params(Where), responses((status = 200, body = Listing<BasketJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<DecideSubmission>,
) -> Result<Json<Listing<BasketJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let items = basket::list(&tx).await?.into_iter().map(BasketJson::from).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Begins a basket.
#[utoipa::path(post, path = "/api/v1/baskets", tag = "baskets", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = BasketForm, responses((status = 201, body = BasketJson)))]
pub async fn create(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Body(form): Body<BasketForm>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let new = NewBasket { topic: form.topic, note: form.note };
    let made = basket::create(&tx, &staff, new, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(BasketJson::from(made))).into_response())
}

/// One basket. What lies in it: `/api/v1/submissions?basket=ID`.
#[utoipa::path(get, path = "/api/v1/baskets/{id}", tag = "baskets", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = BasketJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<DecideSubmission>,
    Id(id): Id,
) -> Result<Json<BasketJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    Ok(Json(basket::find(&tx, BasketId(id)).await?.into()))
}

/// Puts received submissions into a basket.
#[utoipa::path(post, path = "/api/v1/baskets/{id}/put", tag = "baskets", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = MembersForm, responses((status = 200, body = BasketJson)))]
pub async fn put(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
    Body(form): Body<MembersForm>,
) -> Result<Json<BasketJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let found = basket::put(&tx, &staff, BasketId(id), &form.ids()?, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(found.into()))
}

/// Takes submissions out of a basket.
#[utoipa::path(post, path = "/api/v1/baskets/{id}/remove", tag = "baskets", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = MembersForm, responses((status = 200, body = BasketJson)))]
pub async fn remove(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
    Body(form): Body<MembersForm>,
) -> Result<Json<BasketJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let found = basket::remove(&tx, &staff, BasketId(id), &form.ids()?, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(found.into()))
}

/// Closes a basket: nothing is put into it any more.
#[utoipa::path(post, path = "/api/v1/baskets/{id}/close", tag = "baskets", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = BasketJson)))]
pub async fn close(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
) -> Result<Json<BasketJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let found = basket::close(&tx, &staff, BasketId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(found.into()))
}

/// Opens a closed basket again.
#[utoipa::path(post, path = "/api/v1/baskets/{id}/reopen", tag = "baskets", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = BasketJson)))]
pub async fn reopen(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
) -> Result<Json<BasketJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let found = basket::reopen(&tx, &staff, BasketId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(found.into()))
}

/// Makes one document of everything in the basket that waits for a decision; all senders are credited.
#[utoipa::path(post, path = "/api/v1/baskets/{id}/adopt", tag = "baskets", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = BasketAdoption, responses((status = 201, body = AdoptedJson)))]
pub async fn adopt(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
    Body(form): Body<BasketAdoption>,
) -> Result<Response, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let sites = app.store.sites();
    let staff = who.staff::<DecideSubmission>(sites, site.tenant)?;
    let writer = who.staff::<AdoptDocument>(sites, site.tenant)?;
    let fields = form.document.fields(&site)?;
    let tx = app.store.tenant(site.tenant).await?;
    let adopted = basket::adopt(&tx, &staff, &writer, BasketId(id), fields, app.clock.now()).await?;
    tx.commit().await?;
    let submissions = adopted.submissions.into_iter().map(|one| SubmissionJson::of(sites, one, site.tenant)).collect();
    let answer = AdoptedJson { document_id: adopted.document.to_string(), submissions };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}
