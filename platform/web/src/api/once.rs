//! Idempotency keys: a write that is repeated with the same key gets the answer that the first one got. Before anything
//! else, nobody without a token learns more than that one is needed.
//!
//! The key is reserved before the work and settled after it, in transactions of their own. A client that hangs up changes
//! nothing: the guard finishes its write. A process that is killed in between leaves a reservation without an answer, which
//! is taken over by the same request a minute later; the work of the killed one was then either rolled back or is found by
//! the rule that refuses it twice (one open order, one draft, one portal of a name).

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::{StoreError, sm3_hex};
use http::{HeaderValue, Method, StatusCode, header};

use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// Longest key in characters.
const KEY_MAX: usize = 200;

/// Refuses requests without any token before their body is read.
pub async fn has_token(request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Problem::unauthorized().into_response();
    }
    next.run(request).await
}

/// Answers a repeated write with what the first one got.
pub async fn once(State(app): State<Arc<App>>, Bearer(who): Bearer, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").map(|value| value.to_str().unwrap_or_default().to_owned());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(key) = key.filter(|_| !reads) else { return next.run(request).await };
    if key.is_empty() || key.len() > KEY_MAX {
        return Problem::invalid("Idempotency-Key", "unusable", KEY_MAX).into_response();
    }
    let (parts, body) = request.into_parts();
    let limit = usize::try_from(app.upload_max_mb + 2).unwrap_or(22) * 1024 * 1024;
    let Ok(bytes) = to_bytes(body, limit).await else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large.").into_response();
    };
    let digest =
        sm3_hex(&[parts.method.as_str().as_bytes(), b" ", parts.uri.to_string().as_bytes(), b"\n", &bytes].concat());
    let known = match app.store.remembered(who.id, &key).await {
        Ok(known) => known,
        Err(error) => return Problem::from(error).into_response(),
    };
    match known {
        Some(known) if known.request != digest => {
            let text = "This Idempotency-Key belongs to another request.";
            return Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", text).into_response();
        }
        Some(known) if known.status != 0 => return replay(known.status, known.body),
        _ => {}
    }
    match app.store.reserve_key(who.id, &key, &digest, app.clock.now()).await {
        Ok(()) => {}
        Err(StoreError::Taken) => return in_progress(),
        Err(error) => return Problem::from(error).into_response(),
    }
    let answer = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, limit).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let settled = (parts.status.as_u16() < 500).then(|| (parts.status.as_u16(), text.as_ref()));
    if let Err(error) = app.store.settle_key(who.id, &key, settled).await {
        tracing::error!(%error, "an idempotency key could not be settled");
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

fn in_progress() -> Response {
    Problem::conflict(
        "in_progress",
        "The first request with this Idempotency-Key has not answered yet; look at its result before trying again.",
    )
    .into_response()
}

fn replay(status: i32, body: String) -> Response {
    let status =
        u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let mime = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut answer = (status, body).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    answer.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    answer
}
