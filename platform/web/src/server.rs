//! The accept loop: ready pages straight from memory, everything else through the router.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

use crate::problem::Problem;
use crate::{App, api, console, host, public};

/// Seconds within which a client must have sent its headers.
const HEADER_SECONDS: u64 = 15;
/// Seconds that open requests get when the process is asked to stop.
const DRAIN_SECONDS: u64 = 20;

/// What a process answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Portals, console, API, health.
    All,
    /// Health only: a worker.
    Health,
}

/// Everything that is not a ready page: API, console, health, and the making of public pages.
pub fn router(app: Arc<App>) -> Router {
    let limit = usize::try_from(app.upload_max_mb + 2).unwrap_or(22) * 1024 * 1024;
    Router::new()
        .merge(api::router(&app))
        .merge(console::router(&app))
        .merge(public::router())
        .layer(DefaultBodyLimit::max(limit))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), guard))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::custom(|panic: Box<dyn std::any::Any + Send>| {
            let said = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned());
            Problem::internal(&said.unwrap_or_else(|| "a panic".to_owned())).into_response()
        }))
        .with_state(app)
}

/// Refuses crooked paths and hosts before anything is looked up; bounds bodies by their announced length; one span per
/// request with tenant and route, and no personal data.
async fn guard(
    axum::extract::State(app): axum::extract::State<Arc<App>>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    use tracing::Instrument;
    let path = request.uri().path();
    if !host::is_plain(path) {
        return Problem::bad_request("The address is not a plain path.").into_response();
    }
    let length =
        request.headers().get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > (app.upload_max_mb + 2) * 1024 * 1024) {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("At most {} MB are taken.", app.upload_max_mb),
        )
        .into_response();
    }
    let Some(name) = host::host_of(request.uri(), request.headers()) else {
        return Problem::bad_request("The Host header is missing or not a host name.").into_response();
    };
    let tenant = app.store.sites().with_host(&name, |site| site.slug.to_string()).unwrap_or_default();
    let route = route_of(path);
    let span = tracing::info_span!("request", otel.kind = "server", http.method = %request.method(), http.route = route, tenant = %tenant, http.status = tracing::field::Empty);
    let begun = std::time::Instant::now();
    let sensitive = path.starts_with("/console") || path.starts_with("/api");
    let mut answer = next.run(request).instrument(span.clone()).await;
    span.record("http.status", answer.status().as_u16());
    let elapsed = begun.elapsed().as_secs_f64() * 1000.0;
    if let Ok(value) = HeaderValue::from_str(&format!("total;dur={elapsed:.3}")) {
        answer.headers_mut().insert("server-timing", value);
    }
    let class = match answer.status().as_u16() {
        0..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("dibao_requests_total", "kind" => route, "class" => class).increment(1);
    if sensitive {
        let out = answer.headers_mut();
        for (name, value) in &crate::render::SECURITY {
            out.entry(name.clone()).or_insert_with(|| value.clone());
        }
        out.entry(http::header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    answer
}

fn route_of(path: &str) -> &'static str {
    match path.split('/').nth(1) {
        Some("api") => "api",
        Some("console") => "console",
        Some("assets") => "assets",
        Some("healthz" | "readyz" | "metrics") => "health",
        _ => "page",
    }
}

async fn answer(
    app: Arc<App>,
    surface: Surface,
    router: Router,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    if surface == Surface::All
        && matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(ready) = public::ready(&app, request.uri(), request.headers()).await
    {
        return Ok(ready.answer(request.method(), request.headers()));
    }
    router.oneshot(request.map(Body::new)).await
}

/// Serves until `stop` ends, then lets open requests finish.
pub async fn serve(listener: TcpListener, app: Arc<App>, surface: Surface, stop: impl Future<Output = ()>) {
    let router = match surface {
        Surface::All => router(Arc::clone(&app)),
        Surface::Health => public::health().with_state(Arc::clone(&app)),
    };
    let graceful = GracefulShutdown::new();
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEADER_SECONDS))
        .pipeline_flush(true);
    server.http2().timer(TokioTimer::new());
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted.inspect_err(|error| tracing::warn!(%error, "cannot accept")) else {
            // Out of file descriptors, most likely: give others time to close theirs.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (app, router) = (Arc::clone(&app), router.clone());
        let service =
            hyper::service::service_fn(move |request| answer(Arc::clone(&app), surface, router.clone(), request));
        let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away is not news.
            let _ = watched.await;
        });
    }
    app.health.stop();
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(Duration::from_secs(DRAIN_SECONDS)) => tracing::warn!("some requests did not finish in time"),
    }
}
