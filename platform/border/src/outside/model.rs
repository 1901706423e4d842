//! What is asked of a portal outside, and where that stands: one enum, one transition function. Pure.

use base::Timestamp;
use base::store::StoreError;
use content::EditionId;
use content::document::DocumentError;
use exchange::OrderId;
use exchange::order::OrderError;
use serde::Serialize;

use super::PortalId;

/// Where the request to repost stands at one portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Told by feed and mail; not seen yet.
    Told,
    /// Something like it was seen: a person says whether it is.
    Doubtful,
    /// Seen on its own page.
    Seen,
    /// A person said that what was seen is it.
    Confirmed,
    /// The limit passed and nothing was seen.
    Missing,
    /// Taken back by its owner; the page is still followed.
    Recalling,
    /// Taken back, and the page no longer shows it.
    Gone,
    /// Nothing is asked any more.
    Ended,
}

/// What may happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// A look found it without doubt.
    See,
    /// A look found something like it.
    Doubt,
    /// A person says that this is it.
    Confirm,
    /// A person says that this is something else.
    Reject,
    /// The limit passes.
    Miss,
    /// A newer edition is asked for.
    Correct,
    /// The owner takes the document back.
    Withdraw,
    /// A look no longer finds it where it was.
    Vanish,
    /// The issuer no longer asks.
    Excuse,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 8] = [
        Self::Told,
        Self::Doubtful,
        Self::Seen,
        Self::Confirmed,
        Self::Missing,
        Self::Recalling,
        Self::Gone,
        Self::Ended,
    ];

    /// Those for which pages are looked at.
    pub const WATCHED: [Self; 4] = [Self::Told, Self::Doubtful, Self::Missing, Self::Recalling];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Doubtful => "doubtful",
            Self::Seen => "seen",
            Self::Confirmed => "confirmed",
            Self::Missing => "missing",
            Self::Recalling => "recalling",
            Self::Gone => "gone",
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
            (S::Told | S::Doubtful | S::Missing, Move::See) => Ok(S::Seen),
            (S::Told | S::Missing, Move::Doubt) => Ok(S::Doubtful),
            (S::Doubtful, Move::Confirm) => Ok(S::Confirmed),
            (S::Doubtful, Move::Reject) => Ok(S::Told),
            (S::Told, Move::Miss) => Ok(S::Missing),
            (S::Told | S::Doubtful | S::Seen | S::Confirmed | S::Missing, Move::Correct) => Ok(S::Told),
            // What was never seen has no page to follow: the portal is told, and that is the end.
            (S::Told | S::Missing, Move::Withdraw) => Ok(S::Ended),
            (S::Doubtful | S::Seen | S::Confirmed, Move::Withdraw) => Ok(S::Recalling),
            (S::Recalling, Move::Vanish) => Ok(S::Gone),
            (S::Told | S::Doubtful | S::Missing, Move::Excuse) => Ok(S::Ended),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// What happened outside, in the chain of the superior that asked.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Registered { portal: PortalId, name: String, home_url: String },
    Changed { portal: PortalId, name: String, state: &'static str },
    Told { order: OrderId, edition: EditionId, portals: Vec<PortalId>, due_at: Timestamp },
    Corrected { order: OrderId, edition: EditionId, replaces: EditionId, portals: Vec<PortalId> },
    Withdrawn { order: OrderId, portals: Vec<PortalId> },
    Missing { order: OrderId, portals: Vec<PortalId> },
    Excused { order: OrderId, portal: PortalId, reason: String },
    Seen { order: OrderId, portal: PortalId, doubtful: bool, seen: Evidence },
    Confirmed { order: OrderId, portal: PortalId, url: String, text_hash: String, reason: String },
    Rejected { order: OrderId, portal: PortalId, url: String, text_hash: String, reason: String },
    Gone { order: OrderId, portal: PortalId, url: String, how: String },
}

/// What a look saw of a page: enough to argue about later, without a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Evidence {
    pub url: String,
    /// Instant at which the link was first in a list.
    pub first_seen_at: Timestamp,
    pub list_url: String,
    /// Counted from 1 over the pages of the list.
    pub position: i32,
    /// `number`, `title` or `text`.
    pub found_by: &'static str,
    /// Thousandths.
    pub title_like: i32,
    /// Thousandths.
    pub text_like: i32,
    /// The date that the page itself shows; nothing is judged by it.
    pub shown_date: String,
    /// SM3 of the text as it was read.
    pub text_hash: String,
    /// Its beginning.
    pub excerpt: String,
    pub late: bool,
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "outside.registered",
            Self::Changed { .. } => "outside.changed",
            Self::Told { .. } => "outside.told",
            Self::Corrected { .. } => "outside.corrected",
            Self::Withdrawn { .. } => "outside.withdrawn",
            Self::Missing { .. } => "outside.missing",
            Self::Excused { .. } => "outside.excused",
            Self::Seen { doubtful: false, .. } => "outside.seen",
            Self::Seen { doubtful: true, .. } => "outside.doubtful",
            Self::Confirmed { .. } => "outside.confirmed",
            Self::Rejected { .. } => "outside.rejected",
            Self::Gone { .. } => "outside.gone",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Registered { portal, .. } | Self::Changed { portal, .. } => portal.to_string(),
            Self::Told { order, .. }
            | Self::Corrected { order, .. }
            | Self::Withdrawn { order, .. }
            | Self::Missing { order, .. }
            | Self::Excused { order, .. }
            | Self::Seen { order, .. }
            | Self::Confirmed { order, .. }
            | Self::Rejected { order, .. }
            | Self::Gone { order, .. } => order.to_string(),
        }
    }
}

/// Why something about portals outside was refused.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// No such portal or request here.
    #[error("there is no such portal here")]
    Missing,
    /// A field of a portal must be mended.
    #[error("the field {field} is {code}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        code: &'static str,
        /// The limit that was passed, where there is one.
        limit: usize,
    },
    /// A portal with this address is registered already.
    #[error("a portal with this address is registered already")]
    Known,
    /// The portal was given up.
    #[error("the portal is not active")]
    Inactive,
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// The order is not open, or is a recall.
    #[error("the order is not open")]
    NotOpen,
    /// No rule says how portals outside are looked at.
    #[error("no rule on portals outside is in force")]
    NoRule,
    /// The order refused.
    #[error(transparent)]
    Order(#[from] OrderError),
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
        let moves = [M::See, M::Doubt, M::Confirm, M::Reject, M::Miss, M::Correct, M::Withdraw, M::Vanish, M::Excuse];
        let allowed = [
            (S::Told, M::See, S::Seen),
            (S::Doubtful, M::See, S::Seen),
            (S::Missing, M::See, S::Seen),
            (S::Told, M::Doubt, S::Doubtful),
            (S::Missing, M::Doubt, S::Doubtful),
            (S::Doubtful, M::Confirm, S::Confirmed),
            (S::Doubtful, M::Reject, S::Told),
            (S::Told, M::Miss, S::Missing),
            (S::Told, M::Correct, S::Told),
            (S::Doubtful, M::Correct, S::Told),
            (S::Seen, M::Correct, S::Told),
            (S::Confirmed, M::Correct, S::Told),
            (S::Missing, M::Correct, S::Told),
            (S::Told, M::Withdraw, S::Ended),
            (S::Missing, M::Withdraw, S::Ended),
            (S::Doubtful, M::Withdraw, S::Recalling),
            (S::Seen, M::Withdraw, S::Recalling),
            (S::Confirmed, M::Withdraw, S::Recalling),
            (S::Recalling, M::Vanish, S::Gone),
            (S::Told, M::Excuse, S::Ended),
            (S::Doubtful, M::Excuse, S::Ended),
            (S::Missing, M::Excuse, S::Ended),
        ];
        for standing in S::ALL {
            assert_eq!(S::parse(standing.as_str()), Some(standing));
            for attempted in moves {
                let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
                assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
            }
        }
    }
}
