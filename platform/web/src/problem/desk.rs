//! Problems of the receiver's desk: baskets, permissions to skip a level, copies of what was withdrawn.

use exchange::basket::{BasketError, MEMBERS_MAX};
use exchange::permission::PermissionError;
use http::StatusCode;

use super::Problem;

impl Problem {
    /// Somebody else holds the submission; taking it over is allowed and recorded, but not by accident.
    pub fn held_by_another(holder: &str) -> Self {
        Self::conflict("held_by_another", format!("{holder} holds this submission.")).rule(
            "one person handles a submission at a time",
            holder,
            "agree with whoever holds it, and confirm that you take it over",
        )
    }

    /// The receiver is not the direct superior, and did not permit to skip a level.
    pub fn not_superior(detail: String, receiver: &str) -> Self {
        let receiver = if receiver.is_empty() { "a superior further up" } else { receiver };
        Self::conflict("not_superior", detail).field("to", "not_permitted", 0).rule(
            "submissions go to the direct superior, unless a superior further up permitted to skip a level or asked for it",
            receiver,
            "ask it for a standing permission or a commission, or submit to the direct superior",
        )
    }
}

impl From<BasketError> for Problem {
    fn from(error: BasketError) -> Self {
        let text = error.to_string();
        match error {
            BasketError::Missing => Self::not_found(),
            BasketError::Closed => Self::conflict("basket_closed", text).rule(
                "nothing is put into a closed basket",
                "whoever decides submissions here",
                "open the basket again, or choose another",
            ),
            BasketError::Empty => Self::conflict("basket_empty", text).rule(
                "only submissions that wait for a decision are adopted",
                "whoever decides submissions here",
                "put a waiting submission into the basket",
            ),
            BasketError::Full => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "basket_full", text).field(
                "submissions",
                "too_long",
                MEMBERS_MAX,
            ),
            BasketError::Text { field, limit } => Self::invalid(field, "missing", limit),
            BasketError::Submission(error) => error.into(),
            BasketError::Store(error) => error.into(),
        }
    }
}

impl From<PermissionError> for Problem {
    fn from(error: PermissionError) -> Self {
        let text = error.to_string();
        match error {
            PermissionError::Missing => Self::not_found(),
            PermissionError::NotBelow => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_below", text).field("subject", "not_below", 0).rule(
                    "a permission is for portals two levels or more below; who reports directly needs none",
                    "nobody",
                    "name a portal further down, or the counties of a subtree",
                )
            }
            PermissionError::Until => Self::invalid("until", "out_of_range", 0),
            PermissionError::Note => Self::invalid("note", "too_long", 500),
            PermissionError::Revoked => Self::conflict("revoked", text),
            PermissionError::Store(error) => error.into(),
        }
    }
}
