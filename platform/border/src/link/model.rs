//! The standing of one outside address, and what may be wrong with it. Pure.

use base::Timestamp;
use base::store::StoreError;
use content::DocumentId;
use serde::Serialize;

/// Where an address stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody has looked.
    Unseen,
    /// It answers as it should.
    Good,
    /// The last look was in vain; one more before anybody is bothered.
    Suspect,
    /// A finding for its owner.
    Bad,
    /// The owner looked and says that it is right as it is.
    Dismissed,
}

/// What may happen to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// A look found it sound.
    Pass,
    /// A look was in vain; `last` when it is the one that makes a finding.
    Miss {
        /// Enough looks in a row were in vain.
        last: bool,
    },
    /// It is wrong whatever its server answers.
    Condemn,
    /// The owner says that it is right.
    Dismiss,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 5] = [Self::Unseen, Self::Good, Self::Suspect, Self::Bad, Self::Dismissed];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Good => "good",
            Self::Suspect => "suspect",
            Self::Bad => "bad",
            Self::Dismissed => "dismissed",
        }
    }

    /// Reads the word of [`Standing::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }

    /// The only way from one standing to the next. What the owner called right stays so until it passes once.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: Move) -> Result<Self, WrongTurn> {
        use Standing as S;
        match (self, attempted) {
            (_, Move::Pass) => Ok(S::Good),
            (S::Unseen | S::Good | S::Suspect, Move::Miss { last: false }) => Ok(S::Suspect),
            (S::Unseen | S::Good | S::Suspect, Move::Miss { last: true } | Move::Condemn) => Ok(S::Bad),
            (S::Bad, Move::Miss { .. } | Move::Condemn) => Ok(S::Bad),
            (S::Dismissed, Move::Miss { .. } | Move::Condemn) => Ok(S::Dismissed),
            (S::Bad, Move::Dismiss) => Ok(S::Dismissed),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 断链: it does not answer, or answers that there is nothing.
    Dead,
    /// 错链: it leads somewhere else, or to what no portal links to.
    Wrong,
    /// 暗链: nobody can see it on the page.
    Hidden,
    /// The domain has run out: its name is gone, or somebody sells it.
    ExpiredDomain,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 4] = [Self::Dead, Self::Wrong, Self::Hidden, Self::ExpiredDomain];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Wrong => "wrong",
            Self::Hidden => "hidden",
            Self::ExpiredDomain => "expired_domain",
        }
    }

    /// The kind of the notice that tells of it.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Dead => "link.dead",
            Self::Wrong => "link.wrong",
            Self::Hidden => "link.hidden",
            Self::ExpiredDomain => "link.expired_domain",
        }
    }

    /// Reads the word of [`Fault::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == word)
    }
}

/// One address with something wrong about it.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Finding {
    /// The link entry or the document that leads there.
    pub subject: DocumentId,
    pub of_entry: bool,
    pub title: String,
    pub key: String,
    pub url: String,
    pub standing: Standing,
    pub fault: Option<Fault>,
    pub detail: String,
    pub found_at: Option<Timestamp>,
    pub checked_at: Option<Timestamp>,
    /// What the owner said when calling it right.
    pub note: String,
    pub noted_by: String,
    pub(crate) version: i32,
}

/// What happened to an address, in its tenant's chain.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Found { subject: DocumentId, url: String, fault: Fault, detail: String },
    Mended { subject: DocumentId, url: String },
    Dismissed { subject: DocumentId, url: String, note: String },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Found { .. } => "link.found",
            Self::Mended { .. } => "link.mended",
            Self::Dismissed { .. } => "link.dismissed",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Found { subject, .. } | Self::Mended { subject, .. } | Self::Dismissed { subject, .. } => {
                subject.to_string()
            }
        }
    }
}

/// Why an act on a finding was refused.
#[derive(Debug, thiserror::Error)]
pub enum FindingError {
    /// No such finding here.
    #[error("there is no such finding")]
    Missing,
    /// A note of 1 to 500 characters is needed.
    #[error("a note of 1 to 500 characters is needed")]
    Note,
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{Move as M, Standing as S};

    #[test]
    fn every_pair_of_standing_and_move() {
        for standing in S::ALL {
            for attempted in [M::Pass, M::Miss { last: false }, M::Miss { last: true }, M::Condemn, M::Dismiss] {
                let wanted = match (standing, attempted) {
                    (_, M::Pass) => Some(S::Good),
                    (S::Bad, M::Dismiss) | (S::Dismissed, M::Miss { .. } | M::Condemn) => Some(S::Dismissed),
                    (S::Bad, M::Miss { .. } | M::Condemn) => Some(S::Bad),
                    (S::Unseen | S::Good | S::Suspect, M::Miss { last: false }) => Some(S::Suspect),
                    (S::Unseen | S::Good | S::Suspect, M::Miss { last: true } | M::Condemn) => Some(S::Bad),
                    (_, M::Dismiss) => None,
                };
                assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
            }
        }
    }
}
