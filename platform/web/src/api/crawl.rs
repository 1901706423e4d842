//! Crawl sources and what they found.

mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use border::crawl::{self, ManageCrawl, SourceId, SourceState, Standing, ViewCrawl};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use shapes::*;

use super::Listing;
use super::extract::{Asked, At, Body, Id, Where, cursor, size};
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(find, change))
        .routes(routes!(items))
        .routes(routes!(try_out))
        .routes(routes!(run))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(end))
}

/// Lists crawl sources, the newest first.
#[utoipa::path(get, path = "/api/v1/crawl-sources", tag = "crawl", params(SourceQuery), responses((status = 200, body = Listing<SourceJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewCrawl>,
    Asked(query): Asked<SourceQuery>,
) -> Result<Json<Listing<SourceJson>>, Problem> {
    let state = query.state.as_deref().filter(|word| !word.is_empty());
    let state = state
        .map(|word| SourceState::parse(word).ok_or_else(|| Problem::invalid("state", "unknown", 0)))
        .transpose()?;
    let (after, limit) = (cursor(query.cursor.as_deref())?, size(query.limit)?);
    let tx = app.store.reading(site.tenant).await?;
    let page = crawl::list(&tx, state, after, limit).await?;
    let items = page.items.into_iter().map(SourceJson::from).collect();
    Ok(Json(Listing { items, next_cursor: page.next_cursor }))
}

/// Sets up a crawl source; its first run is due at once.
#[utoipa::path(post, path = "/api/v1/crawl-sources", tag = "crawl", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SourceForm, responses((status = 201, body = SourceJson)))]
pub async fn create(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageCrawl>,
    Body(form): Body<SourceForm>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let rule = rule_now(&app)?;
    let text = form.text(rule)?;
    let tx = app.store.tenant(site.tenant).await?;
    let source = crawl::create(&tx, &staff, text, rule, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(SourceJson::from(source))).into_response())
}

fn rule_now(app: &App) -> Result<&crawl::CrawlRule, Problem> {
    app.crawl.at(app.clock.now()).ok_or_else(|| Problem::internal(&"no crawl rule is in force"))
}

/// One crawl source.
#[utoipa::path(get, path = "/api/v1/crawl-sources/{id}", tag = "crawl", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = SourceJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewCrawl>,
    Id(id): Id,
) -> Result<Json<SourceJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    Ok(Json(crawl::find(&tx, SourceId(id)).await?.into()))
}

/// Changes a crawl source; `version` is the one that was read.
#[utoipa::path(put, path = "/api/v1/crawl-sources/{id}", tag = "crawl", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SourceForm, responses((status = 200, body = SourceJson)))]
pub async fn change(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageCrawl>,
    Id(id): Id,
    Body(form): Body<SourceForm>,
) -> Result<Json<SourceJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    crawl::find(&tx, SourceId(id)).await?;
    let rule = rule_now(&app)?;
    let (version, text) = (form.version, form.text(rule)?);
    let source = crawl::change(&tx, &staff, SourceId(id), version, text, rule, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(source.into()))
}

/// What a source found, the newest first; at most 200 from `skip` on.
#[utoipa::path(get, path = "/api/v1/crawl-sources/{id}/items", tag = "crawl", params(("id" = String, Path, format = "uuid"), ItemQuery), responses((status = 200, body = Listing<ItemJson>)))]
pub async fn items(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewCrawl>,
    Id(id): Id,
    Asked(query): Asked<ItemQuery>,
) -> Result<Json<Listing<ItemJson>>, Problem> {
    let standing = query.standing.as_deref().filter(|word| !word.is_empty());
    let standing = standing
        .map(|word| Standing::parse(word).ok_or_else(|| Problem::invalid("standing", "unknown", 0)))
        .transpose()?;
    let (skip, limit) = (query.skip.unwrap_or(0).min(1_000_000), size(query.limit)?);
    let tx = app.store.reading(site.tenant).await?;
    crawl::find(&tx, SourceId(id)).await?;
    let rows = crawl::items(&tx, SourceId(id), standing, skip, limit).await?;
    Ok(Json(Listing { items: rows.into_iter().map(ItemJson::from).collect(), next_cursor: None }))
}

/// Reads what a source would bring without keeping anything.
#[utoipa::path(post, path = "/api/v1/crawl-sources/trial", tag = "crawl", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SourceForm, responses((status = 200, body = TrialJson)))]
pub async fn try_out(
    State(app): State<Arc<App>>,
    _: At<ManageCrawl>,
    Body(form): Body<SourceForm>,
) -> Result<Json<TrialJson>, Problem> {
    let rule = rule_now(&app)?;
    let text = form.text(rule)?.cleaned(rule)?;
    Ok(Json(crawl::try_out(&app.reader(), &text).await?.into()))
}

/// Makes the next run of a source due now.
#[utoipa::path(post, path = "/api/v1/crawl-sources/{id}/run", tag = "crawl", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SourceJson)))]
pub async fn run(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageCrawl>,
    Id(id): Id,
) -> Result<Json<SourceJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let source = crawl::run_now(&tx, &staff, SourceId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(source.into()))
}

/// Stops a source for now.
#[utoipa::path(post, path = "/api/v1/crawl-sources/{id}/pause", tag = "crawl", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SourceJson)))]
pub async fn pause(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageCrawl>,
    Id(id): Id,
) -> Result<Json<SourceJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let source = crawl::pause(&tx, &staff, SourceId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(source.into()))
}

/// Lets a source go on, at once.
#[utoipa::path(post, path = "/api/v1/crawl-sources/{id}/resume", tag = "crawl", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SourceJson)))]
pub async fn resume(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageCrawl>,
    Id(id): Id,
) -> Result<Json<SourceJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let source = crawl::resume(&tx, &staff, SourceId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(source.into()))
}

/// Ends a source for good; what it found stays on record.
#[utoipa::path(post, path = "/api/v1/crawl-sources/{id}/end", tag = "crawl", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SourceJson)))]
pub async fn end(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageCrawl>,
    Id(id): Id,
) -> Result<Json<SourceJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let source = crawl::end(&tx, &staff, SourceId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(source.into()))
}
