//! The standing of an obligation: one enum, one transition function, facts in the row beside it.

use base::store::StoreError;
use base::{TenantId, Timestamp};
use content::document::{DocumentError, EditionKey};
use content::{DocumentId, EditionId};
use serde::{Deserialize, Serialize};

use crate::order::{Kind, OrderId};

/// Where an obligation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Written; nobody at the tenant has seen it.
    Issued,
    /// Somebody at the tenant has opened it.
    Delivered,
    /// The tenant's page should show it (for a recall: should no longer show it); not yet seen by a probe.
    Published,
    /// A probe saw it on the public page.
    Proven,
    /// The issuer exempted the tenant.
    Exempt,
    /// Probes looked often enough and did not see it.
    Failed,
    /// The order was withdrawn or recalled; the debt is gone.
    Ended,
}

/// Who placed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placer {
    /// A person at the tenant.
    Editor,
    /// The tenant's policy, in the issuing transaction.
    AutoAccept,
    /// The platform, before the limit, because nobody had.
    Fallback,
}

impl Placer {
    /// The word used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Editor => "editor",
            Self::AutoAccept => "auto_accept",
            Self::Fallback => "fallback",
        }
    }

    /// Reads the word of [`Placer::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Editor, Self::AutoAccept, Self::Fallback].into_iter().find(|placer| placer.as_str() == word)
    }
}

/// What may happen to an obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Opened at the tenant.
    Deliver,
    /// Placed.
    Publish(Placer),
    /// Seen by a probe.
    Prove,
    /// Probes gave up for now.
    Fail,
    /// Exempted by the issuer.
    Exempt,
    /// A new edition replaced the mirror: to be seen again.
    Supersede,
    /// The order ended.
    End,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an obligation that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 7] =
        [Self::Issued, Self::Delivered, Self::Published, Self::Proven, Self::Exempt, Self::Failed, Self::Ended];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Delivered => "delivered",
            Self::Published => "published",
            Self::Proven => "proven",
            Self::Exempt => "exempt",
            Self::Failed => "failed",
            Self::Ended => "ended",
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
            (S::Issued, Move::Deliver) => Ok(S::Delivered),
            (S::Issued | S::Delivered, Move::Publish(_)) => Ok(S::Published),
            (S::Published | S::Failed, Move::Prove) => Ok(S::Proven),
            (S::Published, Move::Fail) => Ok(S::Failed),
            (S::Issued | S::Delivered, Move::Exempt) => Ok(S::Exempt),
            (S::Published | S::Proven | S::Failed, Move::Supersede) => Ok(S::Published),
            (S::Issued | S::Delivered | S::Published | S::Proven | S::Failed | S::Exempt, Move::End) => Ok(S::Ended),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }

    /// Nothing more is owed by the tenant: lateness can no longer grow.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Published | Self::Proven | Self::Exempt | Self::Ended)
    }
}

/// An exemption that was asked for, and what became of it. Silence does not exempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Exemption {
    pub reason: String,
    pub asked_by: String,
    pub asked_at: Timestamp,
    pub granted: Option<bool>,
    #[serde(default)]
    pub decided_by: String,
    #[serde(default)]
    pub answer: String,
}

/// One obligation.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Obligation {
    pub order: OrderId,
    #[serde(skip)]
    pub tenant: TenantId,
    #[serde(skip)]
    pub issuer: TenantId,
    pub kind: Kind,
    pub document: DocumentId,
    pub edition: EditionId,
    pub issued_at: Timestamp,
    pub due_at: Timestamp,
    /// The limit that applies, in natural hours, and whose it is.
    pub limit_hours: i32,
    #[serde(skip)]
    pub limit_from: TenantId,
    pub standing: Standing,
    pub published_at: Option<Timestamp>,
    pub placer: Option<Placer>,
    pub proven_at: Option<Timestamp>,
    /// Fixed when proven, from the time of placing: a slow probe makes nobody late.
    pub late: bool,
    pub exemption: Option<Exemption>,
    pub(crate) version: i32,
    #[serde(skip)]
    pub(crate) key: Option<EditionKey>,
}

impl Obligation {
    /// Past its limit and still owed. Computed, never stored.
    pub fn overdue(&self, now: Timestamp) -> bool {
        now > self.due_at && !self.standing.is_settled()
    }
}

/// Why an act on an obligation was refused.
#[derive(Debug, thiserror::Error)]
pub enum ObligationError {
    /// No such obligation here.
    #[error("there is no such obligation")]
    Missing,
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// A reason is missing or longer than 500 characters.
    #[error("a reason of 1 to 500 characters is needed")]
    Reason,
    /// Nothing was asked, or it was answered already.
    #[error("no exemption is waiting for an answer")]
    NothingAsked,
    /// The seat or the edition is not usable.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{Move as M, Standing as S};
    use crate::Placer;

    #[test]
    fn every_pair_of_standing_and_move() {
        let place = M::Publish(Placer::Editor);
        let moves = [M::Deliver, place, M::Prove, M::Fail, M::Exempt, M::Supersede, M::End];
        let allowed = [
            (S::Issued, M::Deliver, S::Delivered),
            (S::Issued, place, S::Published),
            (S::Delivered, place, S::Published),
            (S::Published, M::Prove, S::Proven),
            (S::Failed, M::Prove, S::Proven),
            (S::Published, M::Fail, S::Failed),
            (S::Issued, M::Exempt, S::Exempt),
            (S::Delivered, M::Exempt, S::Exempt),
            (S::Published, M::Supersede, S::Published),
            (S::Proven, M::Supersede, S::Published),
            (S::Failed, M::Supersede, S::Published),
            (S::Issued, M::End, S::Ended),
            (S::Delivered, M::End, S::Ended),
            (S::Published, M::End, S::Ended),
            (S::Proven, M::End, S::Ended),
            (S::Failed, M::End, S::Ended),
            (S::Exempt, M::End, S::Ended),
        ];
        for standing in S::ALL {
            for attempted in moves {
                let wanted =
                    allowed.iter().find(|(from, by, _)| *from == standing && *by == attempted).map(|row| row.2);
                assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
            }
        }
    }
}
