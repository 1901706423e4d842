//! Links and detached mirrors.

use border::link::FindingError;
use content::link::LinkError;
use exchange::detachment::DetachmentError;

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
