//! Refusals of delivery, rosters and hand-overs as answers.

use border::delivery::DeliveryError;
use exchange::handover::HandoverError;
use exchange::roster::RosterError;
use http::StatusCode;

use super::Problem;

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

impl From<DeliveryError> for Problem {
    fn from(error: DeliveryError) -> Self {
        let text = error.to_string();
        match error {
            DeliveryError::Missing => Self::not_found(),
            DeliveryError::Address => {
                Self::new(UNPROCESSABLE, "webhook_address", text).field("url", "unusable", 0).rule(
                    "messages go to https addresses of the public internet",
                    "the operator of the platform",
                    "use https, or have the address put on the list of allowed ones",
                )
            }
            DeliveryError::Kinds => Self::new(UNPROCESSABLE, "webhook_kinds", text).field("kinds", "missing", 0),
            DeliveryError::Mail => Self::new(UNPROCESSABLE, "mail_address", text).field("address", "unusable", 0),
            DeliveryError::Audience => Self::invalid("audiences", "missing", 0),
            DeliveryError::TooMany(most) => Self::conflict("too_many_endpoints", text).rule(
                &format!("at most {most} endpoints for one portal (tenants/rules/delivery.toml)"),
                "the operator of the platform",
                "remove one that is no longer used",
            ),
            DeliveryError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            DeliveryError::NoRule => Self::internal(&text),
            DeliveryError::Store(error) => error.into(),
        }
    }
}

impl From<RosterError> for Problem {
    fn from(error: RosterError) -> Self {
        let text = error.to_string();
        match error {
            RosterError::Missing => Self::not_found(),
            RosterError::Line { line, what } => {
                Self::new(UNPROCESSABLE, "roster_line", text).field(what, "unusable", line)
            }
            RosterError::Span { hours, .. } => Self::new(UNPROCESSABLE, "roster_span", text).field(
                "until",
                "out_of_range",
                hours.unsigned_abs() as usize,
            ),
            RosterError::Overlap { .. } => Self::conflict("roster_overlap", text).rule(
                "one post has one person at a time",
                "whoever manages the roster",
                "remove the other shift first, or change the times",
            ),
            RosterError::Past => Self::conflict("roster_past", text).rule(
                "who was on duty is on record",
                "nobody",
                "remove shifts before they are over",
            ),
            RosterError::TooMany(most) => Self::invalid("shifts", "too_long", most),
            RosterError::NoRule => Self::internal(&text),
            RosterError::Store(error) => error.into(),
        }
    }
}

impl From<HandoverError> for Problem {
    fn from(error: HandoverError) -> Self {
        let text = error.to_string();
        match error {
            HandoverError::Missing => Self::not_found(),
            HandoverError::Text { limit } => Self::invalid("note", "missing", limit),
            HandoverError::SamePerson => Self::conflict("handover_same_person", text).rule(
                "a shift is handed over by one person and taken over by another",
                "a second person",
                "let whoever comes next sign in and take over",
            ),
            HandoverError::NotWriter(_) => Self::conflict("handover_not_writer", text).rule(
                "whoever wrote the note signs it",
                "the writer",
                "let the writer sign, or write the note yourself and sign that",
            ),
            HandoverError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            HandoverError::NoRule => Self::internal(&text),
            HandoverError::Store(error) => error.into(),
        }
    }
}
