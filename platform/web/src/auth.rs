//! Who is asking: a session cookie for people, a bearer token for programs.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use base::{Principal, Sites};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};

use crate::App;
use crate::problem::Problem;

/// Name of the session cookie.
const COOKIE: &str = "dibao_session";

/// Sessions kept nearer than the database, for a short time. The truth stays in the database.
#[async_trait::async_trait]
pub trait Sessions: Send + Sync {
    /// The person of a session, if it is known here.
    async fn find(&self, session: &str, sites: &Sites) -> Option<Principal>;
    /// Keeps it for a short time.
    async fn keep(&self, session: &str, who: &Principal, sites: &Sites);
    /// Forgets it.
    async fn forget(&self, session: &str);
}

async fn person(app: &App, session: &str) -> Result<Option<Principal>, base::StoreError> {
    if let Some(near) = &app.sessions
        && let Some(known) = near.find(session, app.store.sites()).await
    {
        return Ok(Some(known));
    }
    let found = app.store.session(session, &app.signin, app.clock.now()).await?;
    if let (Some(near), Some(found)) = (&app.sessions, &found) {
        near.keep(session, found, app.store.sites()).await;
    }
    Ok(found)
}

/// The person of a session as the database knows it now; asking does not prolong it. None when it ended: signed out, idle for
/// too long, disabled.
pub async fn still(app: &App, session: &str) -> Option<Principal> {
    app.store.session_at_rest(session, &app.signin, app.clock.now()).await.ok().flatten()
}

/// Ends a session everywhere.
///
/// # Errors
/// [`base::StoreError::Database`].
pub async fn sign_out(app: &App, session: &str) -> Result<(), base::StoreError> {
    app.store.sign_out(session).await?;
    if let Some(near) = &app.sessions {
        near.forget(session).await;
    }
    Ok(())
}

/// A signed-in person. Without one the browser is led to the sign-in page, and back afterwards.
pub struct Person {
    /// Who.
    pub principal: Principal,
    /// The cookie's value, to sign out with.
    pub session: String,
}

impl FromRequestParts<Arc<App>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let sign_in = || {
            let back = parts.uri.path_and_query().map_or("/console/", |path| path.as_str());
            let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", back).finish();
            Redirect::to(&format!("/console/sign-in?{query}")).into_response()
        };
        let Some(session) = cookie(&parts.headers) else { return Err(sign_in()) };
        match person(app, &session).await {
            Ok(Some(principal)) => Ok(Self { principal, session }),
            Ok(None) => Err(sign_in()),
            Err(error) => Err(Problem::from(error).into_response()),
        }
    }
}

/// The holder of a bearer token.
pub struct Bearer(pub Principal);

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else { return Err(Problem::unauthorized()) };
        app.store.token(token.trim()).await?.map(Self).ok_or_else(Problem::unauthorized)
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

/// The header that keeps a session in the browser.
pub fn keep(app: &App, session: &str) -> HeaderValue {
    let hours = app.signin.absolute_hours * 3600;
    set(app, session, hours)
}

/// The header that makes the browser forget it.
pub fn forget(app: &App) -> HeaderValue {
    set(app, "", 0)
}

fn set(app: &App, value: &str, seconds: i64) -> HeaderValue {
    let secure = if app.secure_cookies { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
