//! Documents and their editions: written once, frozen when published.

mod acts;
mod adoption;
mod cause;
mod import;
pub(crate) mod model;
mod opened;
mod present;
mod publication;
pub(crate) mod rows;
mod views;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use acts::{Draft, EditDocument, Event, attach, create, detach, new_edition, save};
pub use adoption::{AdoptDocument, adopt, provenance};
pub use cause::Cause;
pub use import::{ImportRow, ImportedDocument, import, imported, relay};
pub use model::{Blocker, DocumentError, EditionMove, EditionState, Fields, Header, Withdrawal, WithdrawalKind};
pub use opened::{live_many, opened_many};
pub use present::{Standing, live_with_text, standing_since};
pub use publication::{
    Publication, PublishDocument, WithdrawDocument, Withdrawing, Withdrawn, publish, still_as_published, withdraw,
};
pub use views::{
    AttachmentView, DeskRow, DocumentView, EditionKey, EditionRow, EditionSummary, EditionView, NamesEdition, Titled,
    desk, edition, find, live_edition, newest_edition, opened_edition, opened_titles, titles,
};

/// Languages of editions. The first rooms have one.
pub const LOCALE: &str = "zh-Hans";

/// A document: written once, owned by one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct DocumentId(pub Uuid);

/// A numbered, immutable version of a document. Nothing but an edition is ever published, sent or adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct EditionId(pub Uuid);

// Keys are minted from the request's instant, never counted up by the engine.
impl sea_orm::TryFromU64 for DocumentId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("DocumentId"))
    }
}

impl sea_orm::TryFromU64 for EditionId {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("EditionId"))
    }
}

impl std::fmt::Display for DocumentId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl std::fmt::Display for EditionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}
