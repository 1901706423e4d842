//! The life of a portal (国办发〔2017〕47号; domain rules §3a): one enum, one transition function.

use serde::{Deserialize, Serialize};

/// Where a portal is in its life. Only a live one answers the public with content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantState {
    /// Being set up; unknown to the public.
    Draft,
    /// Open.
    Live,
    /// Temporarily offline with a reason, at most 30 days.
    Suspended,
    /// Closing: the notice with the successor's name and link stands for at least 30 days.
    Closing,
    /// Closed; old addresses lead to the successor.
    Closed,
}

/// What may happen to a portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantMove {
    /// Registered and approved: goes live, or comes back from a suspension.
    Open,
    /// Temporarily offline.
    Suspend,
    /// Permanent closing begins.
    BeginClosing,
    /// The notice stood long enough.
    Close,
}

/// The move does not exist from this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {from:?} tenant cannot do {attempted:?}")]
pub struct WrongTenantMove {
    /// The state it is in.
    pub from: TenantState,
    /// What was asked.
    pub attempted: TenantMove,
}

impl TenantState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Live, Self::Suspended, Self::Closing, Self::Closed];

    /// The word used in tables, the API and manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Suspended => "suspended",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// Reads the word of [`TenantState::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The only way from one state to the next.
    ///
    /// # Errors
    /// [`WrongTenantMove`] when the move does not exist from here; a closed portal never opens again.
    pub const fn step(self, attempted: TenantMove) -> Result<Self, WrongTenantMove> {
        match (self, attempted) {
            (Self::Draft | Self::Suspended, TenantMove::Open) => Ok(Self::Live),
            (Self::Live, TenantMove::Suspend) => Ok(Self::Suspended),
            (Self::Live | Self::Suspended, TenantMove::BeginClosing) => Ok(Self::Closing),
            (Self::Closing, TenantMove::Close) => Ok(Self::Closed),
            (from, attempted) => Err(WrongTenantMove { from, attempted }),
        }
    }

    /// The move that leads from here to `target`, when one exists (manifests state a target, not a move).
    pub fn toward(self, target: Self) -> Option<TenantMove> {
        [TenantMove::Open, TenantMove::Suspend, TenantMove::BeginClosing, TenantMove::Close]
            .into_iter()
            .find(|attempted| self.step(*attempted) == Ok(target))
    }
}

#[cfg(test)]
mod tests {
    use super::{TenantMove as M, TenantState as S};

    #[test]
    fn every_pair_of_state_and_move() {
        let allowed = [
            (S::Draft, M::Open, S::Live),
            (S::Suspended, M::Open, S::Live),
            (S::Live, M::Suspend, S::Suspended),
            (S::Live, M::BeginClosing, S::Closing),
            (S::Suspended, M::BeginClosing, S::Closing),
            (S::Closing, M::Close, S::Closed),
        ];
        for state in S::ALL {
            for attempted in [M::Open, M::Suspend, M::BeginClosing, M::Close] {
                let wanted = allowed.iter().find(|(from, by, _)| *from == state && *by == attempted).map(|row| row.2);
                assert_eq!(state.step(attempted).ok(), wanted, "{state:?} {attempted:?}");
            }
        }
    }
}
