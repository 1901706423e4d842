//! What appeals and circulars look like in requests and answers.

use base::Sites;
use exchange::merit::{Appeal, Circular, CircularRow, Points};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::slug;
use super::shapes::number;
use crate::problem::Problem;

/// One appeal.
#[derive(Serialize, ToSchema)]
pub struct AppealJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of whoever asks.
    from: String,
    #[schema(format = "uuid")]
    event_id: Option<String>,
    about: String,
    reason: String,
    /// open, accepted, rejected or withdrawn.
    standing: &'static str,
    answer: String,
    adjust: f64,
    #[schema(format = "date-time")]
    asked_at: String,
    #[schema(format = "date-time")]
    decided_at: Option<String>,
}

impl AppealJson {
    pub(super) fn of(sites: &Sites, one: Appeal) -> Self {
        Self {
            id: one.id.to_string(),
            from: slug(sites, one.beneficiary),
            event_id: one.event.map(|id| id.to_string()),
            about: one.about,
            reason: one.reason,
            standing: one.standing.as_str(),
            answer: one.answer,
            adjust: number(one.adjust),
            asked_at: one.asked_at.rfc3339(),
            decided_at: one.decided_at.map(base::Timestamp::rfc3339),
        }
    }
}

/// What is disputed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealForm {
    /// One of the portal's own events; left out when one is missing.
    #[serde(default)]
    #[schema(format = "uuid")]
    pub(super) event_id: Option<String>,
    /// Of a missing one: what should have been credited.
    #[serde(default)]
    pub(super) about: String,
    /// Why, at most 500 characters.
    pub(super) reason: String,
}

/// An agreement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptForm {
    /// Points to give, or to take when negative; two decimals at most.
    points: f64,
    /// The answer.
    pub(super) answer: String,
}

impl AcceptForm {
    pub(super) fn points(&self) -> Result<Points, Problem> {
        Points::parse(&self.points.to_string()).ok_or_else(|| Problem::invalid("points", "unusable", 0))
    }
}

/// A refusal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// Why.
    pub(super) answer: String,
}

/// What is issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CircularForm {
    /// A month that is over, `YYYY-MM`.
    pub(super) month: String,
    /// 机关代字 of the document number.
    pub(super) word: String,
    /// The issuing unit in the red head.
    pub(super) issuer: String,
    /// What is said besides the sums.
    #[serde(default)]
    pub(super) preface: String,
}

/// A circular.
#[derive(Serialize, ToSchema)]
pub struct CircularJson {
    #[schema(format = "uuid")]
    id: String,
    month: String,
    doc_number: String,
    title: String,
    issuer: String,
    preface: String,
    ranking: &'static str,
    rule: String,
    /// SM3 over head and rows.
    hash: String,
    #[schema(format = "date-time")]
    issued_at: String,
    rows: Vec<CircularRowJson>,
}

/// One line of a circular.
#[derive(Serialize, ToSchema)]
pub struct CircularRowJson {
    tenant: String,
    name: String,
    submitted: i64,
    adopted: i64,
    points: f64,
    year_points: f64,
    /// Null where ranks are hidden.
    rank: Option<i32>,
}

impl CircularJson {
    pub(super) fn of(sites: &Sites, head: Circular, lines: Vec<CircularRow>) -> Self {
        let row = |line: CircularRow| CircularRowJson {
            tenant: slug(sites, line.beneficiary),
            name: line.name,
            submitted: line.submitted,
            adopted: line.adopted,
            points: number(line.points),
            year_points: number(line.year_points),
            rank: line.rank,
        };
        Self {
            id: head.id.to_string(),
            month: head.month,
            doc_number: head.doc_number,
            title: head.title,
            issuer: head.issuer,
            preface: head.preface,
            ranking: head.ranking.as_str(),
            rule: head.rule,
            hash: head.hash,
            issued_at: head.issued_at.rfc3339(),
            rows: lines.into_iter().map(row).collect(),
        }
    }
}
