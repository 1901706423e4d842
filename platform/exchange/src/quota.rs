//! Quotas: how many items a superior expects of each portal in a week, a month or a quarter, and who met them.

mod acts;
pub mod jobs;
mod model;
mod reach;
pub(crate) mod rows;
mod views;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{NewQuota, set};
pub use model::{Counting, Event, Length, Period, Quota, QuotaError, Span};
pub use reach::{Line, Totals};
pub use views::{Own, find, history, list, own, progress, totals};

/// A quota, through all its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct QuotaId(pub Uuid);

impl std::fmt::Display for QuotaId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for QuotaId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("QuotaId"))
    }
}
