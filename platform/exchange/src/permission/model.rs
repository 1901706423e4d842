//! What a permission says, whom it covers, what is recorded of it, and why it is refused.

use base::store::{Held, StoreError};
use base::{Level, Site, Sites, TenantId, Timestamp};
use serde::Serialize;

use super::PermissionId;
use crate::commission::CommissionId;

/// Whom a permission covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The named portal alone.
    Tenant,
    /// Every county at or below the named portal, those that join later too.
    Counties,
}

impl Scope {
    /// The word used in tables, forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Counties => "counties",
        }
    }

    /// Reads the word of [`Scope::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Tenant, Self::Counties].into_iter().find(|scope| scope.as_str() == word)
    }
}

/// One permission.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Permission {
    pub id: PermissionId,
    /// Who permits, and receives.
    pub receiver: TenantId,
    /// The portal, or the top of the subtree whose counties are meant.
    pub subject: TenantId,
    pub scope: Scope,
    /// It ends at this instant.
    pub until: Timestamp,
    pub note: String,
    pub granted_at: Timestamp,
    pub granted_by: String,
    pub revoked_at: Option<Timestamp>,
    pub revoked_by: String,
}

impl Permission {
    /// Whether it holds at an instant.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.until
    }

    /// Whether it covers a portal.
    pub fn covers(&self, sites: &Sites, sender: &Site) -> bool {
        match self.scope {
            Scope::Tenant => self.subject == sender.tenant,
            Scope::Counties => sender.level == Level::County && sites.is_within(sender.tenant, self.subject),
        }
    }
}

/// A row by which a superior asks the tenant that holds it for something: what is read as one's own names who may be answered.
pub trait Invites {
    /// Who asks, and would receive.
    fn asks(&self) -> TenantId;
}

/// Proof that a superior asked this tenant for something: it may answer directly. It is cut from a row that a transaction read
/// as its own tenant's, and from nothing else. Whether the asking is still open is for whoever keeps those rows to know.
#[derive(Clone, Copy, Debug)]
pub struct Invitation {
    pub(crate) sender: TenantId,
    pub(crate) receiver: TenantId,
    /// The commission that asked, when it was one.
    pub(crate) commission: Option<CommissionId>,
}

impl Invitation {
    /// The invitation that a row of mine is.
    pub fn of<M: Invites>(row: &Held<M>) -> Self {
        Self { sender: row.holder(), receiver: row.row().asks(), commission: None }
    }
}

/// What happened to a permission.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Granted { permission: PermissionId, subject: String, scope: Scope, until: Timestamp, note: String },
    Revoked { permission: PermissionId },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Granted { .. } => "skip_permission.granted",
            Self::Revoked { .. } => "skip_permission.revoked",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Granted { permission, .. } | Self::Revoked { permission } => permission.to_string(),
        }
    }
}

/// Why a permission was refused.
#[derive(Debug, thiserror::Error)]
pub enum PermissionError {
    /// No such permission here.
    #[error("there is no such permission")]
    Missing,
    /// Only for portals below, and not for those that report directly anyway.
    #[error("the portal does not stand two levels or more below this one")]
    NotBelow,
    /// The day is past, or too far ahead.
    #[error("the last day is past, or more than five years ahead")]
    Until,
    /// The note is too long.
    #[error("the note is too long")]
    Note,
    /// It was revoked before.
    #[error("the permission was revoked before")]
    Revoked,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
