//! The guard before every room: crooked paths, strange hosts and bodies without end are refused before anything is looked
//! up; a write is finished whatever its client does; one span and one count per request; one place where a problem becomes
//! a page.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::tenancy::TenantState;
use http::{HeaderValue, Method, StatusCode, header};
use tracing::Instrument;

use crate::problem::Problem;
use crate::{App, console, host, public};

/// Which part of the house an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Api,
    Console,
    Asset,
    Health,
    Page,
}

impl Area {
    fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("api" | "federation") => Self::Api,
            Some("console") => Self::Console,
            Some("assets") => Self::Asset,
            Some("healthz" | "readyz" | "metrics") => Self::Health,
            _ => Self::Page,
        }
    }

    const fn route(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Console => "console",
            Self::Asset => "assets",
            Self::Health => "health",
            Self::Page => "page",
        }
    }

    /// How the request is counted: a page that comes here was not ready.
    const fn kind(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Console => "console",
            Self::Asset | Self::Health => "other",
            Self::Page => "miss",
        }
    }
}

/// The span of a request: a tenant and a route, nothing of what was said.
pub(crate) fn span(method: &Method, route: &'static str, tenant: &str) -> tracing::Span {
    tracing::info_span!("request", otel.kind = "server", http.method = %method, http.route = route, tenant = %tenant, http.status = tracing::field::Empty)
}

/// The class of a status, as counters name it.
pub(super) const fn class(status: StatusCode) -> usize {
    match status.as_u16() {
        0..=299 => 0,
        300..=399 => 1,
        400..=499 => 2,
        _ => 3,
    }
}

/// Names of the classes.
pub(super) const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// See the head of this file.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let area = Area::of(request.uri().path());
    let lang = console::language(request.headers());
    let mut answer = match entrance(&app, &request) {
        Ok(tenant) => {
            let span = span(request.method(), area.route(), &tenant);
            let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
            let answer = finished(writes, next.run(request).instrument(span.clone())).await;
            span.record("http.status", answer.status().as_u16());
            answer
        }
        Err(refusal) => *refusal,
    };
    if area == Area::Console
        && let Some(problem) = answer.extensions().get::<Problem>()
    {
        answer = with_allow(console::fault(&app, lang, problem), answer.headers().get(header::ALLOW));
    }
    let class = CLASSES[class(answer.status())];
    metrics::counter!("dibao_requests_total", "kind" => area.kind(), "class" => class).increment(1);
    let elapsed = begun.elapsed().as_secs_f64() * 1000.0;
    let out = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&format!("total;dur={elapsed:.3}")) {
        out.insert("server-timing", value);
    }
    if matches!(area, Area::Api | Area::Console) {
        for (name, value) in &crate::render::SECURITY {
            out.entry(name.clone()).or_insert_with(|| value.clone());
        }
        out.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    answer
}

fn with_allow(mut answer: Response, allow: Option<&HeaderValue>) -> Response {
    if let Some(allow) = allow {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

/// The portal that the request is for, empty at the house's own addresses; or why it does not come in.
fn entrance(app: &App, request: &Request) -> Result<String, Box<Response>> {
    let refuse = |problem: Problem| Box::new(problem.into_response());
    if !host::is_plain(request.uri().path()) {
        return Err(refuse(Problem::bad_request("The address is not a plain path.")));
    }
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > (app.upload_max_mb + 2) * 1024 * 1024) {
        return Err(refuse(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("At most {} MB are taken.", app.upload_max_mb),
        )));
    }
    let Some(name) = host::host_of(request.uri(), request.headers()) else {
        return Err(refuse(Problem::bad_request("One Host header that is a host name is needed.")));
    };
    let portal = |site: &base::Site| (site.state != TenantState::Draft).then(|| site.slug.to_string());
    match app.store.sites().with_host(&name, portal).flatten() {
        Some(slug) => Ok(slug),
        None if host::is_inside(&name) => Ok(String::new()),
        // Unknown here, or not opened yet: neither console nor API nor a file of a theme says that this is a house.
        None => Err(Box::new(public::misdirected())),
    }
}

/// The answer to a request. A write runs in a task of its own: when its client hangs up, what was begun is still committed,
/// told to the other nodes and remembered under its key.
async fn finished(writes: bool, work: impl Future<Output = Response> + Send + 'static) -> Response {
    if !writes {
        return work.await;
    }
    tokio::spawn(work).await.unwrap_or_else(|error| Problem::internal(&error).into_response())
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn a_write_is_finished_though_nobody_waits_for_it() {
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let (done, ended) = tokio::sync::oneshot::channel();
        let work = async move {
            let _ = released.await;
            let _ = done.send("committed");
            StatusCode::CREATED.into_response()
        };
        let mut asked = Box::pin(finished(true, work));
        assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(asked);
        release.send(()).expect("the write still waits");
        assert_eq!(ended.await, Ok("committed"));
    }

    #[tokio::test]
    async fn a_panic_of_a_write_is_a_problem() {
        let broken = async { if true { panic!("broken") } else { StatusCode::OK.into_response() } };
        assert_eq!(finished(true, broken).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
