//! Refusals about points.

use exchange::merit::MeritError;
use http::StatusCode;

use super::Problem;

impl From<MeritError> for Problem {
    fn from(error: MeritError) -> Self {
        let text = error.to_string();
        match error {
            MeritError::Missing => Self::not_found(),
            MeritError::NotBelow => Self::conflict("not_scored", text).field("beneficiary", "unknown", 0).rule(
                "points are given to portals directly below",
                "the portal's own superior",
                "name a portal directly below",
            ),
            MeritError::NoScorer => Self::conflict("no_scorer", text),
            MeritError::NoRule => Self::conflict("no_points_rule", text).rule(
                "points follow from a table that the scorer chose",
                "the scorer's administrator",
                "choose a table first",
            ),
            MeritError::Table { row: 0, field, code } => Self::invalid(field, code, 0),
            MeritError::Table { row, field, code } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "points_row", text).field(field, code, row)
            }
            MeritError::Text { field, limit } => Self::invalid(field, "missing", limit),
            MeritError::TooLate { days } => Self::conflict("appeal_too_late", text).rule(
                &format!("an event is disputed within {days} days"),
                "the scorer's administrator",
                "ask the scorer to record what is missing",
            ),
            MeritError::AppealedAlready => Self::conflict("appealed_already", text),
            MeritError::IssuedAlready => Self::conflict("circular_issued", text).rule(
                "one circular a month; it is frozen",
                "nobody",
                "what changed since stands in the next one",
            ),
            MeritError::NotOver => Self::conflict("month_not_over", text).field("month", "out_of_range", 0),
            MeritError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            MeritError::Store(error) => error.into(),
        }
    }
}
