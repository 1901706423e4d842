//! Public pages: what every citizen sees of every portal.

mod article;
mod frame;
mod home;
mod lists;
mod notice;
mod orders;
mod route;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base::tenancy::TenantState;
use base::{Site, StoreError, Timestamp};
use content::document::DocumentError;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use crate::problem::Problem;
use crate::render::{Bytes3, Ready, RenderError};
use crate::{App, host};
pub use orders::content as orders_content;
use route::Route;

/// Health, assets, files, and every public page.
pub fn router(app: &Arc<App>) -> Router<Arc<App>> {
    health()
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), inside_only))
        .route("/websub", post(orders::hub).fallback(page))
        .fallback(page)
}

/// Numbers and health of the house are not for the public: a portal's host answers as if there were no such address.
/// Numbers are nowhere but on their own listener when they have one.
async fn inside_only(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let inside = host::host_of(request.uri(), request.headers()).is_some_and(|name| host::is_inside(&name));
    if inside && !(app.metrics_apart && request.uri().path() == "/metrics") {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    page(State(app), parts.method, parts.uri, parts.headers).await
}

/// Health only.
pub fn health() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_page))
}

/// Why a page was not made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such page.
    #[error("nothing is here")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The template failed.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A file could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The ready page for a request, when it is in memory, and its span when somebody collects spans: no database, no router,
/// no middleware.
pub(crate) async fn ready<B>(app: &App, request: &http::Request<B>) -> Option<(Arc<Ready>, tracing::Span)> {
    let name = host::host_of(request.uri(), request.headers())?;
    let (slot, generation) = app.store.sites().with_host(&name, |site| (site.slot.0, site.generation()))?;
    let ready = app.pages.get(slot, generation, request.uri().path()).await?;
    let span = if app.traced {
        let slug = app.store.sites().with_host(&name, |site| site.slug.to_string()).unwrap_or_default();
        crate::server::span(request.method(), "page", &slug)
    } else {
        tracing::Span::none()
    };
    Some((ready, span))
}

/// The answer at a name that is no portal's: plain, and says nothing.
pub(crate) fn misdirected() -> Response {
    let text = "421 Misdirected Request\n";
    (StatusCode::MISDIRECTED_REQUEST, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn page(State(app): State<Arc<App>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let name = host::host_of(&uri, &headers).unwrap_or_default();
    if let Some(asset) = app.templates.asset(uri.path()) {
        let mime = HeaderValue::from_str(&asset.mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
        return asset.bytes.answer(StatusCode::OK, &mime, "public, max-age=31536000, immutable", &method, &headers);
    }
    // Unknown here, or not opened yet: the same plain answer, which leaks nothing.
    // The generation is older than what is read from here on: a page that was overtaken lands where nobody asks for it.
    let open = app.store.sites().to_render(&name).filter(|(site, _)| site.state != TenantState::Draft);
    let Some((site, generation)) = open else { return misdirected() };
    if !matches!(method, Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = uri.path();
    let route = Route::parse(path);
    if let Route::File { address, position, name } = &route
        && site.state == TenantState::Live
    {
        return article::file(&app, &site, (address, *position, name), &method, &headers).await;
    }
    let made = app.pages.get_or_make(site.slot.0, generation, path, make(&app, &site, &route, path)).await;
    let failed = match made {
        Ok(ready) => return ready.answer(&method, &headers),
        Err(failed) => failed,
    };
    let (key, kind) = match &*failed {
        PageError::NotFound => ("\u{1}not_found", notice::Kind::NotFound),
        error => {
            let problem = Problem::internal(error);
            let ready = notice::page(&app, &site, notice::Kind::Error { id: problem.error_id.unwrap_or_default() });
            return ready.map_or_else(
                |error| Problem::internal(&error).into_response(),
                |ready| ready.answer(&method, &headers),
            );
        }
    };
    // One notice per portal is kept, whatever addresses are tried.
    let notice = app.pages.get_or_make(site.slot.0, generation, key, async { notice::page(&app, &site, kind) }).await;
    notice.map_or_else(|error| Problem::internal(&error).into_response(), |ready| ready.answer(&method, &headers))
}

async fn make(app: &App, site: &Site, route: &Route<'_>, path: &str) -> Result<Ready, PageError> {
    let begun = std::time::Instant::now();
    let made = match site.state {
        // What programs read goes on in its own format while a portal closes; people read the notice.
        TenantState::Live | TenantState::Closing if site.state == TenantState::Live || !route.is_page() => {
            match route {
                Route::Home => home::page(app, site).await,
                Route::Column { key, page } => lists::column(app, site, key, *page).await,
                Route::Feed { column, atom } => lists::feed(app, site, *column, *atom).await,
                Route::Article => article::page(app, site, path).await,
                Route::Orders => orders::feed(app, site).await,
                Route::Sitemap => lists::sitemap_xml(app, site).await,
                Route::SitemapPage => lists::sitemap_page(app, site).await,
                Route::Robots => Ok(robots(app, site)),
                Route::Lead(to) => Ok(redirect(StatusCode::MOVED_PERMANENTLY, to)),
                Route::File { .. } | Route::Nothing => Err(PageError::NotFound),
            }
        }
        TenantState::Draft => Err(PageError::NotFound),
        TenantState::Suspended => notice::page(app, site, notice::Kind::Suspended)
            .map(|notice| Ready { retry_after: site.state_until.and_then(after), ..notice }),
        TenantState::Live | TenantState::Closing => notice::page(app, site, notice::Kind::Closing),
        TenantState::Closed => Ok(notice::closed(app, site, path)?),
    };
    metrics::counter!("dibao_pages_rendered_total").increment(1);
    metrics::histogram!("dibao_render_seconds").record(begun.elapsed().as_secs_f64());
    made
}

/// When the day that begins at `day` is over, as headers write it (RFC 9110).
fn after(day: Timestamp) -> Option<HeaderValue> {
    HeaderValue::from_str(&day.plus_hours(24).utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

fn robots(app: &App, site: &Site) -> Ready {
    let map = app.addresses.absolute(site.main_host(), "/sitemap.xml");
    text(
        app,
        "text/plain; charset=utf-8",
        format!("User-agent: *\nDisallow: /console/\nDisallow: /api/\nSitemap: {map}\n"),
    )
}

pub(crate) fn text(app: &App, mime: &'static str, body: String) -> Ready {
    let body = Bytes3::new(body.into_bytes(), app.pages.settings());
    Ready {
        status: StatusCode::OK,
        mime: HeaderValue::from_static(mime),
        body,
        location: None,
        retry_after: None,
        counter: None,
    }
}

pub(crate) fn html(app: &App, status: StatusCode, body: String) -> Ready {
    Ready { status, ..text(app, "text/html; charset=utf-8", body) }
}

pub(crate) fn redirect(status: StatusCode, to: &str) -> Ready {
    let body = Bytes3::new(Vec::new(), crate::render::PageSettings::default());
    Ready {
        status,
        mime: HeaderValue::from_static("text/plain; charset=utf-8"),
        body,
        location: HeaderValue::from_str(to).ok(),
        retry_after: None,
        counter: None,
    }
}

async fn readyz(State(app): State<Arc<App>>) -> Response {
    let database = app.store.ping().await.is_ok();
    let redis = match app.health.redis() {
        None => "off",
        Some(true) => "up",
        Some(false) => "down (the platform works without it)",
    };
    let well = database && !app.health.stopping();
    let body =
        serde_json::json!({ "ready": well, "database": database, "redis": redis, "tenants": app.store.sites().len() });
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(body)).into_response()
}

async fn metrics_page(State(app): State<Arc<App>>) -> Response {
    if let Ok(jobs) = app.store.job_counts(app.clock.now()).await {
        metrics::gauge!("dibao_jobs_waiting", "state" => "all").set(jobs.waiting as f64);
        metrics::gauge!("dibao_jobs_waiting", "state" => "due").set(jobs.due as f64);
        metrics::gauge!("dibao_jobs_waiting", "state" => "dead").set(jobs.dead as f64);
    }
    metrics::gauge!("dibao_tenants").set(app.store.sites().len() as f64);
    base::telemetry::render_metrics().into_response()
}
