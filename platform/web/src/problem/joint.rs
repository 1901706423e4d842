//! Refusals of joint columns and subscriptions as answers.

use exchange::joint::JointError;
use http::StatusCode;

use super::Problem;

impl From<JointError> for Problem {
    fn from(error: JointError) -> Self {
        let text = error.to_string();
        let refused = |code: &str| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, text.clone());
        match error {
            JointError::Missing => Self::not_found(),
            JointError::Portal => refused("joint_portal").field("portal", "unknown", 0),
            JointError::Column(field) => Self::invalid(field, "unknown", 0),
            JointError::OpenAlready => Self::conflict("joint_open", text).rule(
                "one open letter per column and portal",
                "either end",
                "change the one that is open, or end it first",
            ),
            JointError::Loop => refused("joint_loop").field("column", "loop", 0).rule(
                "no column is fed by itself, directly or through others",
                "whoever runs a subscription of the ring",
                "end that subscription, or choose another column",
            ),
            JointError::NothingBelow => refused("joint_nothing_below").field("code", "empty", 0),
            JointError::NotPublished => refused("not_published").field("document_id", "not_published", 0).rule(
                "only a live edition is contributed",
                "the reviewer",
                "publish it first",
            ),
            JointError::AlreadyHere => Self::conflict("joint_here", text).rule(
                "a document stands once on a portal",
                "nobody",
                "move the mirror that stands there",
            ),
            JointError::UnderOrder => Self::conflict("joint_under_order", text).rule(
                "a mirror under an order is not the portal's to remove",
                "the issuer of the order",
                "ask the issuer for an exemption or a recall",
            ),
            JointError::TakenBack => Self::conflict("joint_taken_back", text),
            JointError::Filter(field) => Self::invalid(field, "unusable", 50),
            JointError::Text { field, limit } => Self::invalid(field, "missing", limit),
            JointError::WrongTurn(_) => Self::conflict("wrong_turn", text),
            JointError::Document(error) => error.into(),
            JointError::Store(error) => error.into(),
        }
    }
}
