//! Orders 转载令: a superior's instruction that an edition be reposted, and the recall that takes every copy back.

mod acts;
mod board;
pub mod jobs;
mod model;
pub(crate) mod reach;
mod recall;
pub(crate) mod rows;
mod views;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use acts::announce;
pub use acts::{IssueOrder, Issued, NewOrder, Preview, extend, issue, preview};
pub use board::{
    BoardLine, Counts, ExportLine, GapLine, ViewBoard, board, counts, counts_below, counts_each, export, gaps,
    lines_below,
};
pub use jobs::audience_of;
pub use model::{Audience, Event, Kind, Limit, Order, OrderError, OrderState};
pub use reach::{Told, Untold, digest_of_audience, tell, told, untell, untold};
pub use recall::{ConfirmRecall, ProposeRecall, confirm, propose, refuse, relay as relay_recall};
pub(crate) use views::standing_for;
pub use views::{announced, bound_audience, find, list};

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct OrderId(pub Uuid);

impl std::fmt::Display for OrderId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl sea_orm::TryFromU64 for OrderId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("OrderId"))
    }
}
