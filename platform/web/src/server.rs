//! The accept loop: ready pages straight from memory, everything else through the router.

mod guard;
mod linger;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

use crate::problem::Problem;
use crate::{App, api, console, federation, public};
pub(crate) use guard::span;
use linger::Lingering;

/// Seconds within which a client must have sent its headers.
const HEADER_SECONDS: u64 = 15;
/// Seconds that open requests get when the process is asked to stop.
const DRAIN_SECONDS: u64 = 20;

/// What a process answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Portals, console, API, health.
    All,
    /// Health and metrics only: a worker, or the listener of `metrics_listen`.
    Health,
}

/// Everything that is not a ready page: API, console, health, and the making of public pages.
pub fn router(app: Arc<App>) -> Router {
    let limit = usize::try_from(app.upload_max_mb + 2).unwrap_or(22) * 1024 * 1024;
    Router::new()
        .merge(api::router(&app))
        .merge(console::router())
        .merge(federation::router())
        .merge(public::router(&app))
        .layer(DefaultBodyLimit::max(limit))
        .layer(CatchPanicLayer::custom(|panic: Box<dyn std::any::Any + Send>| {
            let said = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned());
            Problem::internal(&said.unwrap_or_else(|| "a panic".to_owned())).into_response()
        }))
        .layer(CsrfLayer::new().with_rejection_response(|_| forged().into_response()))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}

fn forged() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "cross_site", "A browser sent this for a page of another site.").rule(
        "what changes something is sent from a page of this platform",
        "nobody",
        "open the page here and send it again",
    )
}

/// Ready pages that were sent, counted without looking a counter up.
struct Hits([metrics::Counter; 4]);

impl Hits {
    fn new() -> Self {
        Self(guard::CLASSES.map(|class| metrics::counter!("dibao_requests_total", "kind" => "hit", "class" => class)))
    }

    fn count(&self, status: StatusCode) {
        self.0[guard::class(status)].increment(1);
    }
}

/// What a connection needs to answer.
struct Service {
    app: Arc<App>,
    surface: Surface,
    router: Router,
    hits: Hits,
}

impl Service {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response, Infallible> {
        if self.surface == Surface::All
            && matches!(*request.method(), Method::GET | Method::HEAD)
            && let Some((ready, span)) = public::ready(&self.app, &request).await
        {
            let answer = ready.answer(request.method(), request.headers());
            self.hits.count(answer.status());
            span.record("http.status", answer.status().as_u16());
            return Ok(answer);
        }
        self.router.clone().oneshot(request.map(Body::new)).await
    }
}

/// Serves until `stop` ends, then lets open requests finish.
pub async fn serve(listener: TcpListener, app: Arc<App>, surface: Surface, stop: impl Future<Output = ()>) {
    let router = match surface {
        Surface::All => router(Arc::clone(&app)),
        Surface::Health => public::health().with_state(Arc::clone(&app)),
    };
    let service = Arc::new(Service { app: Arc::clone(&app), surface, router, hits: Hits::new() });
    let graceful = GracefulShutdown::new();
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEADER_SECONDS));
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
        let service = Arc::clone(&service);
        let answer = hyper::service::service_fn(move |request| {
            let service = Arc::clone(&service);
            async move { service.answer(request).await }
        });
        let stream = TokioIo::new(Lingering::new(stream));
        let connection = server.serve_connection_with_upgrades(stream, answer).into_owned();
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
