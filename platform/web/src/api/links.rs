//! Link entries and what the checker found.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use border::link::{self as checker, Finding};
use content::DocumentId;
use content::link::{self, Entry, KeepLinks, Move, NewEntry};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Listing;
use super::extract::{At, Body, Id, Where};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(change))
        .routes(routes!(hide))
        .routes(routes!(show))
        .routes(routes!(findings))
        .routes(routes!(dismiss))
}

/// Most rows of one answer.
const LISTED: u64 = 2_000;

/// A link entry.
#[derive(Serialize, ToSchema)]
pub struct LinkJson {
    #[schema(format = "uuid")]
    id: String,
    column: String,
    title: String,
    url: String,
    unit: String,
    owner: String,
    note: String,
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// live, hidden or expired.
    standing: &'static str,
    version: i32,
}

impl From<Entry> for LinkJson {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            column: entry.column,
            title: entry.title,
            url: entry.url,
            unit: entry.unit,
            owner: entry.owner,
            note: entry.note,
            expires_at: entry.expires_at.map(Timestamp::rfc3339),
            standing: entry.standing.as_str(),
            version: entry.version,
        }
    }
}

/// What a link entry shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkForm {
    /// Key of the column.
    column: String,
    /// 1 to 100 characters.
    title: String,
    /// http or https.
    url: String,
    #[serde(default)]
    unit: String,
    /// Who answers for it.
    owner: String,
    #[serde(default)]
    note: String,
    /// Last day, `YYYY-MM-DD`; none when left out.
    expires_on: Option<String>,
    /// The version that was read; for changes only.
    version: Option<i32>,
}

impl LinkForm {
    fn read(self) -> Result<NewEntry, Problem> {
        let day = self.expires_on.filter(|day| !day.is_empty());
        let expires_at = day
            .map(|day| Timestamp::parse(&day).ok_or_else(|| Problem::invalid("expires_on", "not_a_day", 0)))
            .transpose()?;
        Ok(NewEntry {
            column: self.column,
            title: self.title,
            url: self.url,
            unit: self.unit,
            owner: self.owner,
            note: self.note,
            expires_at,
        })
    }
}

/// Lists the links of a portal.
#[utoipa::path(get, path = "/api/v1/links", tag = "links", params(Where), responses((status = 200, body = Listing<LinkJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
) -> Result<Json<Listing<LinkJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let items = link::list(&tx, LISTED).await?.into_iter().map(LinkJson::from).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Puts a link into a column.
#[utoipa::path(post, path = "/api/v1/links", tag = "links", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = LinkForm, responses((status = 201, body = LinkJson)))]
pub async fn add(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepLinks>,
    Body(form): Body<LinkForm>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let entry = link::add(&tx, &staff, form.read()?, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(LinkJson::from(entry))).into_response())
}

/// Changes a link.
#[utoipa::path(put, path = "/api/v1/links/{id}", tag = "links", params(("id" = String, Path, format = "uuid"), Where), request_body = LinkForm, responses((status = 200, body = LinkJson)))]
pub async fn change(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepLinks>,
    Id(id): Id,
    Body(form): Body<LinkForm>,
) -> Result<Json<LinkJson>, Problem> {
    let version = form.version.ok_or_else(|| Problem::invalid("version", "missing", 0))?;
    let tx = app.store.tenant(site.tenant).await?;
    let entry = link::change(&tx, &staff, DocumentId(id), version, form.read()?, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(entry.into()))
}

/// Takes a link off the pages.
#[utoipa::path(post, path = "/api/v1/links/{id}/hide", tag = "links", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = LinkJson)))]
pub async fn hide(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepLinks>,
    Id(id): Id,
) -> Result<Json<LinkJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let entry = link::turn(&tx, &staff, DocumentId(id), Move::Hide, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(entry.into()))
}

/// Puts a link back into its column.
#[utoipa::path(post, path = "/api/v1/links/{id}/show", tag = "links", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = LinkJson)))]
pub async fn show(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepLinks>,
    Id(id): Id,
) -> Result<Json<LinkJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let entry = link::turn(&tx, &staff, DocumentId(id), Move::Show, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(entry.into()))
}

/// An outside address with something wrong about it.
#[derive(Serialize, ToSchema)]
pub struct FindingJson {
    /// The link entry or the document that leads there.
    #[schema(format = "uuid")]
    subject_id: String,
    key: String,
    title: String,
    url: String,
    /// dead, wrong, hidden or expired_domain.
    fault: &'static str,
    detail: String,
    /// bad, or dismissed by its owner.
    standing: &'static str,
    #[schema(format = "date-time")]
    found_at: Option<String>,
    note: String,
}

impl From<Finding> for FindingJson {
    fn from(one: Finding) -> Self {
        Self {
            subject_id: one.subject.to_string(),
            key: one.key,
            title: one.title,
            url: one.url,
            fault: one.fault.map_or("", checker::Fault::as_str),
            detail: one.detail,
            standing: one.standing.as_str(),
            found_at: one.found_at.map(Timestamp::rfc3339),
            note: one.note,
        }
    }
}

/// What the checker found, newest first.
#[utoipa::path(get, path = "/api/v1/link-findings", tag = "links", params(Where), responses((status = 200, body = Listing<FindingJson>)))]
pub async fn findings(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
) -> Result<Json<Listing<FindingJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let items = checker::findings(&tx, true, LISTED).await?.into_iter().map(FindingJson::from).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Why a finding is none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissForm {
    /// 1 to 500 characters.
    note: String,
}

/// Says that an address is right as it is.
#[utoipa::path(post, path = "/api/v1/link-findings/{id}/{key}/dismiss", tag = "links", params(("id" = String, Path, format = "uuid"), ("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DismissForm, responses((status = 204)))]
pub async fn dismiss(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepLinks>,
    Path((id, key)): Path<(uuid::Uuid, String)>,
    Body(form): Body<DismissForm>,
) -> Result<StatusCode, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    checker::dismiss(&tx, &staff, DocumentId(id), &key, &form.note, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
