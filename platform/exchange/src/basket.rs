//! Topic baskets 专题篮: where the receiver's desk collects submissions on one matter, to make one document of them.

mod acts;
mod model;
pub(crate) mod rows;
mod views;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{NewBasket, adopt, close, create, put, remove, reopen};
pub use model::{Basket, BasketError, Event, MEMBERS_MAX};
pub(crate) use views::members;
pub use views::{find, list, of_submission, open_ids};

/// A basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct BasketId(pub Uuid);

impl std::fmt::Display for BasketId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for BasketId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("BasketId"))
    }
}
