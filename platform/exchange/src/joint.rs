//! Joint columns and standing subscriptions 共建: a column that several portals fill and one owns, and a column that is fed
//! by others. What comes in is a mirror of its origin, and comes in by the receiver's own word only.

mod below;
mod contributions;
mod desk;
pub mod filter;
mod flow;
pub mod jobs;
mod members;
mod model;
pub mod news;
mod reach;
pub(crate) mod rows;
mod settle;
mod source;
mod standing;
mod subscriptions;
mod views;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use below::{
    Below, Declaration, change_declared_filter, declarations, end_declaration, find_declaration, subscribe_below,
};
pub use contributions::{Contribute, contribute, withdraw};
pub use desk::{Accepted, DecideJoint, accept, decline, reopen, return_to, take_down};
pub use filter::{Filter, Type};
pub(crate) use flow::{published, withdrawn};
pub use members::{ManageJoint, answer, invite, open_to_all, remove, set_mode};
pub use model::{Channel, Event, Item, ItemKey, JointError, Member, Mode, Subscription};
pub use source::{Forecast, SourceColumn, forecast, offered, source_column};
pub use standing::{Flow, FlowMove, MemberMove, Membership, Move, Standing, WrongTurn};
pub use subscriptions::{Terms, change_filter, change_mode, step, subscribe};
pub use views::{
    ItemRow, as_source, as_subscriber, find_item, find_member, find_subscription, items_received, items_sent,
    members_of_mine, memberships, open_columns, waiting,
};

/// A letter that lets items in: a membership or a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct ViaId(pub Uuid);

impl std::fmt::Display for ViaId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for ViaId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("ViaId"))
    }
}
