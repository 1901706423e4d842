//! Submissions 报送: an edition offered upward, frozen with its files, and what the receiver makes of it.

mod acts;
mod adoption;
mod comparison;
pub mod deadlines;
mod events;
mod fate;
pub mod jobs;
mod model;
mod origin;
mod policy;
pub mod relay;
pub(crate) mod rows;
pub mod rules;
mod sending;
mod views;
pub mod visits;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{DecideSubmission, decline, hold, receive, return_to};
pub use adoption::{Adopted, Adoption, adopt};
pub use comparison::{Comparison, FieldChange, FileChange, before, compare, with_news};
pub use events::Event;
pub use fate::{Fate, fates, views_of};
pub use model::{Hop, Move, OriginNews, Standing, Submission, SubmissionError, Uses, WrongTurn};
pub use origin::keep;
pub(crate) use origin::{corrected, follow_publication, withdrawn};
pub use policy::{Hide, SetDesk, hide_rule, set_hide_rule};
pub use rules::{SubmissionRule, SubmissionRules};
pub use sending::{NewSubmission, SubmitUpward, To, recall, submit};
pub use views::{
    BoxRow, alarms, at_either_end, find_received, find_sent, first_open, in_basket, neighbours, received, sent, thread,
    waiting,
};
pub(crate) use views::{lines, received_each};

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
