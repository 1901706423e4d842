//! Links, detached mirrors, and what other installations say.

use border::federation::FederationError;
use border::link::FindingError;
use content::link::LinkError;
use exchange::detachment::DetachmentError;

use http::StatusCode;

use super::Problem;

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        let text = error.to_string();
        match error {
            LinkError::Missing => Self::not_found(),
            LinkError::Field { field, code, limit } => Self::invalid(field, code, limit),
            LinkError::Stale { .. } => Self::conflict("stale", text),
            LinkError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            LinkError::Document(error) => error.into(),
            LinkError::Store(error) => error.into(),
        }
    }
}

impl From<FindingError> for Problem {
    fn from(error: FindingError) -> Self {
        let text = error.to_string();
        match error {
            FindingError::Missing => Self::not_found(),
            FindingError::Note => Self::invalid("note", "missing", 500),
            FindingError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            FindingError::Store(error) => error.into(),
        }
    }
}

impl From<DetachmentError> for Problem {
    fn from(error: DetachmentError) -> Self {
        use DetachmentError as E;
        let text = error.to_string();
        match error {
            E::Missing => Self::not_found(),
            E::Mandatory(order) => Self::conflict("mandatory_mirror", text).rule(
                "what a mandatory order placed is neither edited, detached nor removed",
                "the issuer of the order",
                &format!("ask for an exemption from order {order}"),
            ),
            E::Already => Self::conflict("already_detached", text),
            E::TakenBack => Self::conflict("taken_back", text).rule(
                "only what is before the public is followed",
                "the origin",
                "go on with your own text, or withdraw it",
            ),
            E::Reason => Self::invalid("reason", "missing", 500),
            E::WrongTurn(_) => Self::conflict("wrong_turn", text),
            E::Document(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

impl From<FederationError> for Problem {
    fn from(error: FederationError) -> Self {
        use FederationError as E;
        let text = error.to_string();
        match error {
            E::Missing => Self::not_found(),
            E::Files(_) => Self::new(StatusCode::FAILED_DEPENDENCY, "files_first", text),
            E::Answer { .. } | E::Away(_) | E::Unreadable(_) => Self::internal(&text),
            E::Untrue(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable", text),
            E::Sign(_) => Self::new(StatusCode::UNAUTHORIZED, "not_believed", text),
            E::Document(error) => error.into(),
            E::File(error) => error.into(),
            E::Order(error) => error.into(),
            E::Obligation(error) => error.into(),
            E::Submission(error) => error.into(),
            E::Detachment(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}
