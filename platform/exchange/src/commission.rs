//! Commissions 约稿: a superior calls for items on a topic by a deadline; each addressed portal accepts, answers by submissions,
//! or misses it.

mod acts;
mod answer;
mod board;
mod calls;
mod credit;
mod event;
pub mod jobs;
mod model;
mod reach;
pub(crate) mod rows;
pub mod rules;
mod views;
mod writing;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{CommissionItems, Preview, cancel, close, open, preview, reach_of};
pub use answer::answer;
pub(crate) use answer::recount;
pub use board::{BoardLine, Counts, board, counts, counts_each};
pub use calls::{accept, decline, excuse, plead};
pub use event::Event;
pub use model::{Call, Commission, CommissionError, Move, Plea, Standing, State, WrongTurn};
pub use reach::LevelCount;
pub(crate) use reach::addressed_by_level;
pub use rules::{CommissionRule, CommissionRules, StageRule};
pub use views::{AnswerRow, CallRow, answers, find, find_call, issued, received, waiting};
pub use writing::{Deadline, NewCommission, attach, change, detach, draft};

/// A commission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct CommissionId(pub Uuid);

impl std::fmt::Display for CommissionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for CommissionId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("CommissionId"))
    }
}
