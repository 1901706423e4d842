//! Refusals of commissions and quotas as answers.

use exchange::commission::CommissionError;
use exchange::quota::QuotaError;
use http::StatusCode;

use super::Problem;

/// What is wrong with a field that has a limit.
fn fault(field: &str, limit: usize) -> &'static str {
    match field {
        "wanted" | "due_days" | "minimum" => "out_of_range",
        "topic" | "requirements" | "file" if limit > 0 => "too_long",
        _ => "missing",
    }
}

impl From<CommissionError> for Problem {
    fn from(error: CommissionError) -> Self {
        let text = error.to_string();
        let refused = |code: &str| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, text.clone());
        match error {
            CommissionError::Missing => Self::not_found(),
            CommissionError::WrongState(_) => Self::conflict("wrong_state", text),
            CommissionError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            CommissionError::Mandatory => Self::conflict("mandatory_commission", text).rule(
                "a mandatory commission is answered; only its issuer lets a portal off",
                "the issuer",
                "ask to be let off, with a reason",
            ),
            CommissionError::NobodyAddressed => refused("nobody_commissioned").field("audience", "empty", 0),
            CommissionError::NoTime => refused("no_time_left").field("due_at", "past", 0).rule(
                "a deadline lies in the future",
                "the issuer",
                "choose a later one",
            ),
            CommissionError::AnsweredAlready(thread) => Self::conflict("answered_already", text).rule(
                "a document answers a commission once",
                "the sender",
                &format!("see thread {thread}, recall it, or answer with another document"),
            ),
            CommissionError::Complete => Self::conflict("commission_complete", text).rule(
                "no more answers than wanted",
                "the issuer",
                "submit it without the commission",
            ),
            CommissionError::Text { field, limit } => Self::invalid(field, fault(field, limit), limit),
            CommissionError::NoRule => Self::internal(&text),
            CommissionError::Submission(error) => error.into(),
            CommissionError::Store(error) => error.into(),
        }
    }
}

impl From<QuotaError> for Problem {
    fn from(error: QuotaError) -> Self {
        let text = error.to_string();
        match error {
            QuotaError::Missing => Self::not_found(),
            QuotaError::Text { field, limit } => Self::invalid(field, fault(field, limit), limit),
            QuotaError::TooEarly(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "quota_too_early", text)
                .field("effective_from", "past", 0)
                .rule(
                    "a period that has begun keeps the quota that it began under",
                    "nobody",
                    "let it take effect with a later period",
                ),
            QuotaError::NobodyAddressed => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "nobody_commissioned", text).field("audience", "empty", 0)
            }
            QuotaError::NoRule => Self::internal(&text),
            QuotaError::Store(error) => error.into(),
        }
    }
}
