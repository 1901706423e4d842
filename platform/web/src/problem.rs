//! Errors as answers: problem+json (RFC 9457) for programs, a helpful page for people. The only place that knows status
//! codes. A refusal names the rule, who can lift it, and how. Not yours = 404. Internal = an id, never a message.

mod columns;
mod commissions;
mod delivery;
mod desk;
mod files;
mod joint;
mod merit;
mod outside;
mod sharing;

use axum::response::{IntoResponse, Response};
use base::StoreError;
use base::duty::{Refusal, Role};
use content::document::DocumentError;
use exchange::obligation::ObligationError;
use exchange::order::OrderError;
use exchange::submission::SubmissionError;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// One problem.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// What kind of problem: stable, in the form `urn:dibao:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This occurrence in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The rule that refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// Who can lift it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who_can_lift: String,
    /// How.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub how: String,
    /// Fields to mend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// What to quote when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_id: Option<String>,
}

/// One field to mend.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Which field.
    pub field: String,
    /// What is wrong with it: `missing`, `too_long`, `unknown`, …
    pub code: String,
    /// The limit that was passed, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:dibao:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            rule: String::new(),
            who_can_lift: String::new(),
            how: String::new(),
            errors: Vec::new(),
            error_id: None,
        }
    }

    /// The same problem with the rule that refused, who can lift it, and how.
    pub fn rule(mut self, rule: &str, who: &str, how: &str) -> Self {
        (self.rule, self.who_can_lift, self.how) = (rule.to_owned(), who.to_owned(), how.to_owned());
        self
    }

    /// The same problem with a field to mend.
    pub fn field(mut self, field: &str, code: &str, limit: usize) -> Self {
        let limit = Some(limit as u64).filter(|limit| *limit > 0);
        self.errors.push(FieldProblem { field: field.to_owned(), code: code.to_owned(), limit });
        self
    }

    /// The same problem in the words of a form that calls the field `from` of the act by another name.
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        for error in self.errors.iter_mut().filter(|error| error.field == from) {
            self.detail = format!("The field {to} is {}.", error.code);
            error.field = to.to_owned();
        }
        self
    }

    /// 400
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// 404: not there, or not yours.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here for you.")
    }

    /// 405; the router says in `Allow` what it knows.
    pub fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not know the method.")
    }

    /// 401
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A bearer token is needed.").rule(
            "every request of the API is made by somebody",
            "the operator",
            "dibao tokens create --tenant SLUG --duty DUTY",
        )
    }

    /// 422 with one field.
    pub fn invalid(field: &str, code: &str, limit: usize) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", format!("The field {field} is {code}."))
            .field(field, code, limit)
    }

    /// 409
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 500 with an id that stands in the log beside the real error.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = base::Ids.secret()[..12].to_owned();
        tracing::error!(error_id = %id, %error, "internal error");
        let mut problem =
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something failed here; nothing was half done.");
        problem.error_id = Some(id);
        problem
    }

    /// The last part of its kind.
    pub fn code(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut answer = (self.status(), body).into_response();
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // The console turns the same problem into a page.
        answer.extensions_mut().insert(self.clone());
        if self.status == 401 {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

fn roles(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", format!("The duty {} is not held here.", refusal.duty)).rule(
            &format!("{} is held by: {}", refusal.duty, roles(refusal.roles)),
            "the tenant's administrator, or its superior's operator",
            "have one of these roles granted at this tenant",
        )
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::conflict("stale", "It changed since it was read: read it again."),
            StoreError::Taken => Self::conflict("taken", "Something with this key exists already."),
            StoreError::Text => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", error.to_string()),
            other => Self::internal(&other),
        }
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let text = error.to_string();
        match error {
            DocumentError::Missing => Self::not_found(),
            DocumentError::NoColumn(_) => Self::invalid("column", "unknown", 0),
            DocumentError::NoDraft => Self::conflict("no_draft", text).rule(
                "only a draft can be saved or published",
                "the editor",
                "begin a new edition",
            ),
            DocumentError::DraftExists => Self::conflict("draft_exists", text).rule(
                "at most one draft per document and language",
                "the editor",
                "publish or change the draft that exists",
            ),
            DocumentError::NotLive => Self::conflict("not_live", text),
            DocumentError::Field { field, code, limit } => Self::invalid(field, code, limit),
            DocumentError::Blocked(blockers) => {
                let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "blocked", text).rule(
                    "国办发〔2017〕47号: title, source and column are mandatory on every published page",
                    "the editor",
                    "fill in what is named in errors",
                );
                blockers.iter().fold(problem, |problem, blocker| problem.field(blocker.field, blocker.code, 0))
            }
            DocumentError::Stale { .. } => Self::conflict("stale", text),
            DocumentError::Store(error) => error.into(),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let text = error.to_string();
        let refused = |code: &str| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, text.clone());
        match error {
            OrderError::Missing => Self::not_found(),
            OrderError::NotPublished => refused("not_published").field("edition_id", "not_published", 0).rule(
                "only a live edition can be ordered",
                "the reviewer",
                "publish it first",
            ),
            OrderError::NobodyAddressed => refused("nobody_addressed").field("audience", "empty", 0),
            OrderError::OutsideSubtree => refused("outside_subtree").field("audience", "outside_subtree", 0).rule(
                "an order reaches the issuer's own subtree only",
                "the common superior",
                "ask it to issue the order",
            ),
            OrderError::Looser { ref limit, .. } => {
                refused("looser").field("deadline_hours", "too_long", limit.hours.max(0) as usize).rule(
                    &format!("deadlines only tighten on the way down: {} hours ({})", limit.hours, limit.from),
                    "whoever set the limit",
                    "ask for a deadline within the limit",
                )
            }
            OrderError::NoTime => refused("no_time").field("deadline_hours", "too_small", 1),
            OrderError::OpenAlready(id) => Self::conflict("open_already", text).rule(
                "one open order per document",
                "the issuer",
                &format!("extend, correct or withdraw order {id}"),
            ),
            OrderError::SamePerson => Self::new(StatusCode::FORBIDDEN, "same_person", text).rule(
                "a recall is confirmed by a second person",
                "another duty officer",
                "have a colleague confirm it",
            ),
            OrderError::WrongState(_) => Self::conflict("wrong_state", text),
            OrderError::Reason => Self::invalid("reason", "missing", 500),
            OrderError::NoRule => Self::internal(&text),
            OrderError::Document(error) => error.into(),
            OrderError::Store(error) => error.into(),
        }
    }
}

impl From<ObligationError> for Problem {
    fn from(error: ObligationError) -> Self {
        let text = error.to_string();
        match error {
            ObligationError::Missing => Self::not_found(),
            ObligationError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            ObligationError::Reason => Self::invalid("reason", "missing", 500),
            ObligationError::NothingAsked => Self::conflict("nothing_asked", text),
            ObligationError::Document(error) => error.into(),
            ObligationError::Store(error) => error.into(),
        }
    }
}

impl From<SubmissionError> for Problem {
    fn from(error: SubmissionError) -> Self {
        let text = error.to_string();
        match error {
            SubmissionError::Missing => Self::not_found(),
            SubmissionError::NotPublished => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_published", text)
                .field("document_id", "not_published", 0)
                .rule("only a live edition is offered upward", "the reviewer", "publish it first"),
            SubmissionError::NoSuperior => Self::conflict("no_superior", text),
            SubmissionError::NotSuperior(receiver) => Self::not_superior(text, &receiver),
            SubmissionError::NoAlarm => Self::conflict("no_alarm", text),
            SubmissionError::OpenAlready(thread) => Self::conflict("open_already", text).rule(
                "the same edition waits once at the same superior",
                "the sender",
                &format!("see thread {thread}, recall it, or publish a new edition"),
            ),
            SubmissionError::NoUse => Self::invalid("for_site", "missing", 0),
            SubmissionError::Text { field, limit } => Self::invalid(field, "missing", limit),
            SubmissionError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            SubmissionError::NoRule => Self::internal(&text),
            SubmissionError::Document(error) => error.into(),
            SubmissionError::Store(error) => error.into(),
        }
    }
}

impl From<border::crawl::CrawlError> for Problem {
    fn from(error: border::crawl::CrawlError) -> Self {
        use border::crawl::{CrawlError as E, Why};
        let text = error.to_string();
        match error {
            E::Missing => Self::not_found(),
            E::Field { field, code, limit } => Self::invalid(field, code, limit),
            E::WrongTurn(_) => Self::conflict("wrong_turn", text),
            E::Unread(why) => {
                let unread = |code: &str| {
                    Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, text.clone()).field("crawl_address", "unread", 0)
                };
                match why {
                    Why::Private(_) | Why::Address => unread("crawl_private").rule(
                        "only public addresses are fetched, after DNS and on every redirect",
                        "the operator of the platform",
                        "list the address or its network in probe.allow",
                    ),
                    Why::Robots => unread("crawl_robots").rule(
                        "RFC 9309: what a robots file forbids is not read",
                        "whoever runs that site",
                        "ask it to allow Dibao-Probe, or for a feed",
                    ),
                    Why::Home => unread("crawl_home"),
                    _ => unread("crawl_unread"),
                }
            }
            E::NoRule => Self::internal(&text),
            E::Document(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}
