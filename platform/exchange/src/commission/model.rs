//! The state of a commission, the standing of each call, and the only ways between them. Pure.

use base::store::StoreError;
use base::{TenantId, Timestamp};
use content::media::StoredFile;
use serde::{Deserialize, Serialize};

use super::CommissionId;
use crate::submission::{SubmissionError, SubmissionId, Uses};

/// Where a commission is: `draft → open → closed | cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written; seen by its issuer only.
    Draft,
    /// Sent: answers are taken, also late ones.
    Open,
    /// Over; what was not answered is missed for good.
    Closed,
    /// Taken back with a reason; nobody owes anything.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Open, Self::Closed, Self::Cancelled];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word of [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the state may follow this one.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft, Self::Open | Self::Cancelled) | (Self::Open, Self::Closed | Self::Cancelled)
        )
    }
}

/// Where one portal stands under a commission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Called; nobody there said anything.
    Called,
    /// 承接: it will answer; or it answered in part.
    Accepted,
    /// As many answers as wanted, in time.
    Delivered,
    /// As many answers as wanted, after the deadline.
    Late,
    /// The deadline passed without an answer.
    Missed,
    /// It said no, with a reason.
    Declined,
    /// The issuer let it off.
    Excused,
    /// The commission was taken back before it was settled.
    Ended,
}

/// What may happen to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// The portal takes it on.
    Accept,
    /// The last wanted answer is there, in time.
    Deliver,
    /// The last wanted answer is there, after the deadline.
    DeliverLate,
    /// The deadline passed.
    Miss,
    /// The portal says no.
    Decline,
    /// The issuer lets it off.
    Excuse,
    /// An answer was returned or taken back: something is owed again.
    Reopen,
    /// The commission is taken back.
    End,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a call that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 8] = [
        Self::Called,
        Self::Accepted,
        Self::Delivered,
        Self::Late,
        Self::Missed,
        Self::Declined,
        Self::Excused,
        Self::Ended,
    ];

    /// Those that owe an answer within their time.
    pub const OWING: [Self; 2] = [Self::Called, Self::Accepted];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Called => "called",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Late => "late",
            Self::Missed => "missed",
            Self::Declined => "declined",
            Self::Excused => "excused",
            Self::Ended => "ended",
        }
    }

    /// Reads the word of [`Standing::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }

    /// Whether an answer is owed within its time.
    pub fn owes(self) -> bool {
        Self::OWING.contains(&self)
    }

    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: Move) -> Result<Self, WrongTurn> {
        use Standing as S;
        match (self, attempted) {
            (S::Called | S::Declined, Move::Accept) => Ok(S::Accepted),
            (S::Called | S::Accepted, Move::Deliver) => Ok(S::Delivered),
            (S::Called | S::Accepted | S::Missed, Move::DeliverLate) => Ok(S::Late),
            (S::Called | S::Accepted, Move::Miss) => Ok(S::Missed),
            (S::Called | S::Accepted, Move::Decline) => Ok(S::Declined),
            (S::Called | S::Accepted | S::Missed, Move::Excuse) => Ok(S::Excused),
            (S::Delivered | S::Late, Move::Reopen) => Ok(S::Accepted),
            (S::Called | S::Accepted, Move::End) => Ok(S::Ended),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }

    /// What so many answers mean now; none when they change nothing.
    pub fn counted(self, answered: i32, wanted: i32, on_time: bool) -> Option<Move> {
        match self {
            Self::Called | Self::Accepted | Self::Missed if answered >= wanted => {
                Some(if on_time && self != Self::Missed { Move::Deliver } else { Move::DeliverLate })
            }
            Self::Called if answered > 0 => Some(Move::Accept),
            Self::Delivered | Self::Late if answered < wanted => Some(Move::Reopen),
            _ => None,
        }
    }
}

/// A portal asks to be let off, and what the issuer said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Plea {
    pub reason: String,
    pub at: Timestamp,
    pub by: String,
    /// None while the issuer is silent: silence excuses nobody.
    pub granted: Option<bool>,
    pub answer: String,
}

/// One commission.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Commission {
    pub id: CommissionId,
    pub issuer: TenantId,
    pub state: State,
    pub topic: String,
    /// Sanitised when it was written.
    pub requirements_html: String,
    pub files: Vec<StoredFile>,
    /// It may not be declined; only the issuer lets a portal off.
    pub mandatory: bool,
    /// Answers wanted of each portal.
    pub wanted: i32,
    pub uses: Uses,
    /// As [`crate::Audience::text`] wrote it.
    pub audience: String,
    pub audience_count: i64,
    /// Of a draft: working days from its opening.
    pub due_days: Option<i32>,
    /// The general deadline; a call's own may be later.
    pub due_at: Option<Timestamp>,
    /// Counted in a year whose holidays are not known yet.
    pub provisional: bool,
    pub rule_version: String,
    pub(crate) return_hours: i32,
    pub created_at: Timestamp,
    pub created_by: String,
    pub opened_at: Option<Timestamp>,
    pub opened_by: String,
    pub ended_at: Option<Timestamp>,
    pub ended_by: String,
    /// Why it was cancelled.
    pub reason: String,
    pub(crate) version: i32,
}

/// One portal's call.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Call {
    pub commission: CommissionId,
    pub tenant: TenantId,
    pub issuer: TenantId,
    pub standing: Standing,
    pub called_at: Timestamp,
    pub due_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub accepted_by: String,
    /// Answers that count.
    pub answered: i32,
    pub settled_at: Option<Timestamp>,
    /// When the deadline passed without an answer, though one came later.
    pub missed_at: Option<Timestamp>,
    pub reason: String,
    pub plea: Option<Plea>,
    /// The standing that the issuer's chain knows, and how often it was told.
    pub(crate) recorded: String,
    pub(crate) told: i32,
    pub(crate) version: i32,
}

/// Why a commission was refused.
#[derive(Debug, thiserror::Error)]
pub enum CommissionError {
    /// No such commission here.
    #[error("there is no such commission")]
    Missing,
    /// It is not in a state that allows this.
    #[error("the commission is {}", .0.as_str())]
    WrongState(State),
    /// The call's standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// A mandatory commission is not declined.
    #[error("this commission may not be declined")]
    Mandatory,
    /// Nobody is in the audience.
    #[error("nobody is in the audience")]
    NobodyAddressed,
    /// The deadline is over already, or the draft names none that can be kept.
    #[error("the deadline is not in the future")]
    NoTime,
    /// This document answers it already.
    #[error("this document answers the commission already, in thread {0}")]
    AnsweredAlready(SubmissionId),
    /// Everything that was wanted is there.
    #[error("as many answers as wanted are there")]
    Complete,
    /// A field is missing or too long.
    #[error("{field} is missing or too long")]
    Text {
        /// Which field.
        field: &'static str,
        /// At most so many.
        limit: usize,
    },
    /// No rule is loaded.
    #[error("no commission rule is in force")]
    NoRule,
    /// The submission refused.
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
