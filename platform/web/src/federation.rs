//! The door for other installations: one signed channel. Who speaks is known by the signature alone; what is said is about the
//! tenant that the speaker's key stands for, and nothing else can be named.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base::Timestamp;
use base::people::{Peer, Side};
use border::federation::sign::{self, Asked, SignError};
use border::federation::{self, FederationError, Signer};
use bytes::Bytes;
use exchange::OrderId;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::App;
use crate::problem::Problem;

/// The routes.
pub fn router() -> Router<Arc<App>> {
    Router::new().route("/federation/v1/{*rest}", any(speak))
}

/// What is answered, before it is signed.
struct Said {
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
}

impl Said {
    fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
        Ok(Self { status: StatusCode::OK, kind: "application/json", body: body.into() })
    }

    fn of(problem: &Problem) -> Self {
        let body = serde_json::to_vec(problem).unwrap_or_default();
        Self { status: problem.status(), kind: "application/problem+json", body: body.into() }
    }
}

/// Everything that a peer says. Without a signature that holds it is told nothing; what it is told is signed.
async fn speak(State(app): State<Arc<App>>, request: Request) -> Response {
    let Some(signer) = app.signer.clone() else { return Problem::not_found().into_response() };
    let now = app.clock.now();
    let (parts, body) = request.into_parts();
    let limit = usize::try_from(app.upload_max_mb + 1).unwrap_or(21) * 1024 * 1024;
    let Ok(body) = to_bytes(body, limit).await else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The message is too large.").into_response();
    };
    let (peer, nonce) = match believed(&app, &parts, &body, now).await {
        Ok(believed) => believed,
        Err(problem) => return problem.into_response(),
    };
    let query = parts.uri.query().unwrap_or_default();
    let said = match answer(&app, &peer, &parts.method, parts.uri.path(), query, body, now).await {
        Ok(said) => said,
        Err(problem) => Said::of(&problem),
    };
    signed(&signer, said, &nonce, now)
}

fn signed(signer: &Signer, said: Said, nonce: &str, now: Timestamp) -> Response {
    let mut answer = Response::new(Body::from(said.body.clone()));
    *answer.status_mut() = said.status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(said.kind));
    match signer.answer(said.status.as_u16(), answer.headers_mut(), &said.body, nonce, now) {
        Ok(()) => answer,
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// Who speaks: a known key, a signature that holds over all of it, made lately and used once.
async fn believed(
    app: &App,
    parts: &http::request::Parts,
    body: &[u8],
    now: Timestamp,
) -> Result<(Peer, String), Problem> {
    let refused = |error: SignError| {
        Problem::new(StatusCode::UNAUTHORIZED, "not_believed", error.to_string()).rule(
            "every message of an installation is signed with the key that was agreed on (RFC 9421)",
            "the operators of both installations",
            "compare the keys and the clocks",
        )
    };
    let claimed = sign::claimed(&parts.headers).map_err(refused)?;
    let peer = app.store.peer_by_key(&claimed.key_id).await?.filter(|peer| peer.side == Side::Below);
    let peer = peer.ok_or_else(|| refused(SignError::Wrong))?;
    let rule = app.federation.at(now).ok_or_else(|| Problem::internal(&"no federation rule is in force"))?;
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = Asked {
        method: parts.method.as_str(),
        authority: parts.uri.authority().map_or(host, http::uri::Authority::as_str),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
    };
    sign::check_request(&peer.public_key, &asked, &parts.headers, body, rule.skew_seconds, now).map_err(refused)?;
    let once = format!("nonce:{}:{}", claimed.key_id, claimed.nonce);
    // Twice the skew: a message from the near future may come again when that future is past.
    if app.store.take_turn(&once, rule.skew_seconds * 2000, now).await?.is_err() {
        return Err(refused(SignError::Replayed));
    }
    federation::jobs::heard(&app.store, &peer, now).await?;
    Ok((peer, claimed.nonce))
}

async fn answer(
    app: &App,
    peer: &Peer,
    method: &Method,
    path: &str,
    query: &str,
    body: Bytes,
    now: Timestamp,
) -> Result<Said, Problem> {
    let parts: Vec<&str> = path.trim_start_matches("/federation/v1/").split('/').collect();
    let order = |text: &str| Uuid::try_parse(text).map(OrderId).map_err(|_| Problem::not_found());
    match (method, parts.as_slice()) {
        (&Method::GET, ["orders"]) => {
            let tx = app.store.reading(peer.tenant()).await?;
            Said::json(&federation::orders(&tx, app.store.sites()).await?)
        }
        (&Method::GET, ["orders", id, "edition"]) => {
            let tx = app.store.reading(peer.tenant()).await?;
            Said::json(&federation::edition(&tx, order(id)?, now).await?)
        }
        (&Method::GET, ["orders", id, "files", hash]) => {
            let tx = app.store.reading(peer.tenant()).await?;
            let bytes = federation::file(&tx, &app.files, order(id)?, hash).await?;
            Ok(Said { status: StatusCode::OK, kind: "application/octet-stream", body: bytes.into() })
        }
        (&Method::POST, ["receipts"]) => {
            let tx = app.store.tenant(peer.tenant()).await?;
            let heard = federation::take_receipts(&tx, peer, read(&body)?, now).await?;
            tx.commit().await?;
            Said::json(&heard)
        }
        (&Method::POST, ["portals"]) => {
            let tx = app.store.tenant(peer.tenant()).await?;
            federation::take_portals(&tx, peer, read(&body)?, now).await?;
            tx.commit().await?;
            Said::json(&serde_json::json!({}))
        }
        (&Method::POST, ["files"]) => {
            let name = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "name");
            let name = name.map(|(_, name)| name.into_owned()).unwrap_or_default();
            Said::json(&app.files.put(&name, body).await?)
        }
        (&Method::POST, ["submissions"]) => {
            let tx = app.store.tenant(peer.tenant()).await?;
            let (sites, rules) = (app.store.sites(), &app.submissions);
            let taken = federation::take_letter(&tx, peer, sites, &app.files, read(&body)?, rules, now).await;
            if let Err(FederationError::Files(missing)) = &taken {
                let said = Said::json(missing)?;
                return Ok(Said { status: StatusCode::FAILED_DEPENDENCY, ..said });
            }
            let fate = taken?;
            tx.commit().await?;
            Said::json(&fate)
        }
        (&Method::GET, ["submissions"]) => {
            let tx = app.store.reading(peer.tenant()).await?;
            Said::json(&federation::fates(&tx).await?)
        }
        _ => Err(Problem::not_found()),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(error.to_string()))
}
