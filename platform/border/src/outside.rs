//! Portals outside the platform: registered by a superior, told of its orders by feed, hub and mail, and looked at on their
//! own pages, as the inspectors of 2016 did by hand.

pub mod hub;
pub mod jobs;
mod judge;
mod mail;
mod model;
mod obligation;
mod portal;
mod read;
mod registry;
mod rows;
pub mod rules;
mod trial;
mod views;
mod watch;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use model::{Event, Move, OutsideError, Standing, WrongTurn};
pub use obligation::{JudgeSighting, confirm, excuse, include, reject};
pub use portal::{Portal, PortalFields, PortalState};
pub use registry::{ManageOutside, ask_trial, change, register, set_state};
pub use rules::{OutsideRule, OutsideRules};
pub use trial::{Trial, Tried};
pub use views::{
    Counts, Debt, SeenPage, counts, doubtful, doubtful_count, find, find_debt, list, of_order, of_portal, page_of,
};

/// A portal outside the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct PortalId(pub Uuid);

impl std::fmt::Display for PortalId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for PortalId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("PortalId"))
    }
}
