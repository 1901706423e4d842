//! What is refused about portals outside the platform.

use border::outside::OutsideError;

use super::Problem;

impl From<OutsideError> for Problem {
    fn from(error: OutsideError) -> Self {
        let text = error.to_string();
        match error {
            OutsideError::Missing => Self::not_found(),
            OutsideError::Field { field, code, limit } => Self::invalid(field, code, limit),
            OutsideError::Known => Self::conflict("outside_known", text).field("home_url", "taken", 0).rule(
                "one portal per home page",
                "whoever registered it",
                "change the portal that is registered",
            ),
            OutsideError::Inactive => Self::conflict("outside_inactive", text),
            OutsideError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            OutsideError::NotOpen => Self::conflict("outside_not_open", text),
            OutsideError::NoRule => Self::internal(&text),
            OutsideError::Order(error) => error.into(),
            OutsideError::Document(error) => error.into(),
            OutsideError::Store(error) => error.into(),
        }
    }
}
