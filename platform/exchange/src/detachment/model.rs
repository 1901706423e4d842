//! The standing of a detachment: one enum, one transition function.

use base::store::StoreError;
use base::{TenantId, Timestamp};
use content::document::{DocumentError, EditionKey, NamesEdition};
use content::{DocumentId, EditionId};
use serde::Serialize;

use crate::order::OrderId;

/// Where a detachment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The own text is being written; the public still reads the mirror.
    Drafted,
    /// The own text is before the public; the mirror's address leads to it.
    Detached,
    /// The mirror is back.
    Attached,
    /// The origin was recalled, and the own text with it.
    Recalled,
}

/// What may happen to a detachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// A text of one's own is begun, once more perhaps.
    Begin,
    /// It is published.
    Publish,
    /// The origin is followed again.
    Attach,
    /// The origin is recalled.
    Recall,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a detachment that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 4] = [Self::Drafted, Self::Detached, Self::Attached, Self::Recalled];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Detached => "detached",
            Self::Attached => "attached",
            Self::Recalled => "recalled",
        }
    }

    /// Reads the word of [`Standing::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }

    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: Move) -> Result<Self, WrongTurn> {
        use Standing as S;
        match (self, attempted) {
            (S::Attached | S::Recalled, Move::Begin) => Ok(S::Drafted),
            (S::Drafted, Move::Publish) => Ok(S::Detached),
            (S::Drafted | S::Detached, Move::Attach) => Ok(S::Attached),
            (S::Drafted | S::Detached, Move::Recall) => Ok(S::Recalled),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// One detachment, as its portal and the origin see it.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Detachment {
    /// The origin's document.
    pub document: DocumentId,
    #[serde(skip)]
    pub tenant: TenantId,
    #[serde(skip)]
    pub origin: TenantId,
    /// The origin's edition that the own text was made from.
    pub made_from: EditionId,
    /// The origin's newest edition; it is read through this row while the origin is before the public.
    pub newest: EditionId,
    pub own_document: DocumentId,
    pub standing: Standing,
    pub reason: String,
    pub detached_by: String,
    pub detached_at: Timestamp,
    /// When the origin published something newer.
    pub newer_at: Option<Timestamp>,
    /// Why the origin took its document back.
    pub taken_back: String,
    pub(crate) version: i32,
    #[serde(skip)]
    pub(crate) key: Option<EditionKey>,
}

impl Detachment {
    /// The origin went on since the own text was made: somebody should compare.
    pub fn diverged(&self) -> bool {
        self.newest != self.made_from || !self.taken_back.is_empty()
    }
}

impl NamesEdition for Detachment {
    fn key(&self) -> Option<&EditionKey> {
        self.key.as_ref()
    }
}

/// What happened to a detachment, in its tenant's own chain.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Begun { document: DocumentId, own_document: DocumentId, made_from: EditionId, reason: String },
    Detached { document: DocumentId, own_document: DocumentId },
    Attached { document: DocumentId, own_document: DocumentId, edition: EditionId },
    Recalled { document: DocumentId, own_document: DocumentId },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "detachment.begun",
            Self::Detached { .. } => "detachment.detached",
            Self::Attached { .. } => "detachment.attached",
            Self::Recalled { .. } => "detachment.recalled",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Begun { document, .. }
            | Self::Detached { document, .. }
            | Self::Attached { document, .. }
            | Self::Recalled { document, .. } => document.to_string(),
        }
    }
}

/// Why a detachment was refused.
#[derive(Debug, thiserror::Error)]
pub enum DetachmentError {
    /// Nothing of that name is mirrored or detached here.
    #[error("there is no such mirror")]
    Missing,
    /// A mandatory order keeps it a mirror.
    #[error("the mandatory order {0} keeps it as it is")]
    Mandatory(OrderId),
    /// It is detached already.
    #[error("it is detached already")]
    Already,
    /// The origin took it back: there is nothing to follow.
    #[error("the origin took it back")]
    TakenBack,
    /// A reason is missing or longer than 500 characters.
    #[error("a reason of 1 to 500 characters is needed")]
    Reason,
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// The document refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{Move as M, Standing as S};

    #[test]
    fn every_pair_of_standing_and_move() {
        let allowed = [
            (S::Attached, M::Begin, S::Drafted),
            (S::Recalled, M::Begin, S::Drafted),
            (S::Drafted, M::Publish, S::Detached),
            (S::Drafted, M::Attach, S::Attached),
            (S::Detached, M::Attach, S::Attached),
            (S::Drafted, M::Recall, S::Recalled),
            (S::Detached, M::Recall, S::Recalled),
        ];
        for standing in S::ALL {
            assert_eq!(S::parse(standing.as_str()), Some(standing));
            for attempted in [M::Begin, M::Publish, M::Attach, M::Recall] {
                let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
                assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
            }
        }
    }
}
