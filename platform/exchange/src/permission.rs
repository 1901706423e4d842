//! Standing permission to skip a level: a superior further up lets a portal, or all counties of a subtree, submit to it
//! directly. And the invitation, by which a superior that asks for something lets whoever it asks answer directly.

mod acts;
mod model;
pub(crate) mod rows;
mod views;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{NewPermission, grant, revoke};
pub use model::{Event, Invitation, Invites, Permission, PermissionError, Scope};
pub(crate) use views::lets_skip;
pub use views::{granted, open_to};

/// A standing permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct PermissionId(pub Uuid);

impl std::fmt::Display for PermissionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for PermissionId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("PermissionId"))
    }
}
