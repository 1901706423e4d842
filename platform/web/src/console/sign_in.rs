//! Signing in and out, and the language.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use base::people::SignInError;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::answers::Answers;
use super::room::{self, Gate, LANGUAGE, page};
use crate::App;
use crate::auth::{self, Person};
use crate::extract::Query;
use crate::problem::Problem;

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

/// Only addresses of the console are led back to.
fn safe(next: &str) -> &str {
    if next.starts_with("/console/") && !next.contains(['\\', '\n', '\r']) { next } else { "/console/" }
}

pub(super) async fn form(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Next>,
) -> Result<Response, Problem> {
    page(&app, StatusCode::OK, "sign-in.html", &Gate::new(&app, room::language(&headers), safe(&asked.next), None))
}

pub(super) async fn enter(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    typed: Answers,
) -> Result<Response, Problem> {
    let next = safe(typed.get("next"));
    let login = typed.get("login").trim();
    let refused = match app.store.sign_in(login, typed.get("password"), &app.signin, app.clock.now()).await {
        Ok(session) => {
            tracing::info!("somebody signed in");
            let mut answer = Redirect::to(next).into_response();
            answer.headers_mut().append(header::SET_COOKIE, auth::keep(&app, &session));
            return Ok(answer);
        }
        Err(SignInError::Wrong) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "sign_in_wrong", "The login or the password is wrong.")
        }
        Err(SignInError::Locked { until }) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "sign_in_locked",
            format!("Locked until {}.", until.minute_cst()),
        ),
        Err(SignInError::Disabled) => {
            Problem::new(StatusCode::FORBIDDEN, "sign_in_disabled", "The account is disabled.")
        }
        Err(SignInError::Store(error)) => return Err(error.into()),
    };
    page(
        &app,
        refused.status(),
        "sign-in.html",
        &Gate::new(&app, room::language(&headers), next, Some((login, &refused))),
    )
}

pub(super) async fn leave(State(app): State<Arc<App>>, person: Person) -> Result<Response, Problem> {
    auth::sign_out(&app, &person.session).await?;
    let mut answer = Redirect::to("/console/sign-in").into_response();
    answer.headers_mut().append(header::SET_COOKIE, auth::forget(&app));
    Ok(answer)
}

pub(super) async fn language(State(app): State<Arc<App>>, typed: Answers) -> Response {
    let lang = if typed.get("lang") == "en" { "en" } else { "zh-Hans" };
    let mut answer = Redirect::to(safe(typed.get("back"))).into_response();
    let secure = if app.secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{LANGUAGE}={lang}; Path=/console; SameSite=Lax; Max-Age=31536000{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
    answer
}
