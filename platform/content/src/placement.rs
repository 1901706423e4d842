//! Placements: a document in a column of a tenant. The only sharing record.

mod acts;
mod links;
mod many;
pub(crate) mod rows;
mod views;

use base::{TenantId, Timestamp};
use serde::Serialize;

pub use acts::{OwnSeat, PlaceMirror, Seat, address, put_mirror, put_own, rearrange, step_aside, withdraw_own};
pub(crate) use links::{change_link, put_link, turn_link};
pub use many::{Incoming, Present, present, put_mirrors, take_down};
pub use views::{
    Address, Listed, PER_PAGE, addresses, at_address, by_document, count_in, in_column, in_column_page, list_path,
    listed, mirrors_since, place_in_list, recent, titles,
};

use crate::document::{DocumentId, EditionId, EditionKey, NamesEdition, Withdrawal};

/// How a document came to stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Written here.
    Own,
    /// Follows its origin; title, body and files are the origin's.
    Mirror,
    /// An own document made from a frozen submission.
    Adopted,
    /// Only an address.
    Link,
}

impl Mode {
    /// Modes of documents that this tenant owns.
    pub const OWNED: [Self; 2] = [Self::Own, Self::Adopted];

    /// The word used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Mirror => "mirror",
            Self::Adopted => "adopted",
            Self::Link => "link",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Own, Self::Mirror, Self::Adopted, Self::Link].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// One placement.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Placement {
    pub document: DocumentId,
    pub edition: EditionId,
    #[serde(skip)]
    pub origin: TenantId,
    pub column: String,
    pub mode: Mode,
    /// Shown to the public.
    pub live: bool,
    /// Path on this portal.
    pub address: String,
    pub title: String,
    pub published_at: Timestamp,
    pub placed_at: Timestamp,
    /// Who placed it: a login, or `platform` for fallback and auto-accept.
    pub placed_by: String,
    pub pinned: bool,
    /// Local words before the body.
    pub lead_in: String,
    /// The order that put it here.
    pub order: Option<uuid::Uuid>,
    pub withdrawal: Option<Withdrawal>,
    #[serde(skip)]
    key: Option<EditionKey>,
}

/// Only what is live is read: nothing opens a body through the place where something was taken back.
impl NamesEdition for Placement {
    fn key(&self) -> Option<&EditionKey> {
        self.key.as_ref()
    }
}
