//! Submissions 报送: an edition offered upward, frozen with its files, and what the receiver makes of it.

mod acts;
mod adoption;
pub mod jobs;
mod model;
mod origin;
pub(crate) mod rows;
pub mod rules;
mod views;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{DecideSubmission, NewSubmission, SubmitUpward, decline, hold, recall, receive, return_to, submit};
pub(crate) use acts::{Invited, answer};
pub use adoption::{Adopted, Adoption, adopt};
pub use model::{Event, Hop, Move, OriginNews, Standing, Submission, SubmissionError, Uses, WrongTurn};
pub(crate) use origin::{corrected, follow_publication, withdrawn};
pub use rules::{SubmissionRule, SubmissionRules};
pub use views::{BoxRow, find_received, find_sent, received, sent, thread, waiting};

/// A submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct SubmissionId(pub Uuid);

impl std::fmt::Display for SubmissionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for SubmissionId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("SubmissionId"))
    }
}
