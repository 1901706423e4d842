//! What earns points, what an appeal can become, and how rankings are shown. Pure.

use base::store::StoreError;
use base::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::amount::Points;
use crate::SubmissionId;
use content::DocumentId;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used in tables, files and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word of `as_str`.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}
pub(super) use words;

words!(
    /// What happened.
    Occasion {
        /// Sent to the scorer.
        Submitted = "submitted",
        /// 采用
        Adopted = "adopted",
        /// 综合采用: every sender is credited.
        Merged = "merged",
        /// The adopter's document is before the public.
        Published = "published",
        /// 转报: sent on to somebody above the scorer.
        ReportedUp = "reported_up",
        /// 批示: a leader's note, entered by hand; its channel is the leader's rank.
        Instruction = "instruction",
        /// 约稿 delivered in time.
        CommissionDelivered = "commission_delivered",
        /// 约稿 delivered late.
        CommissionLate = "commission_late",
        /// 约稿 not delivered.
        CommissionMissed = "commission_missed",
        /// The quota of a period was met.
        QuotaMet = "quota_met",
        /// The quota of a period was missed.
        QuotaMissed = "quota_missed",
        /// 紧急信息
        Urgent = "urgent",
        /// What an appeal gave.
        Adjusted = "adjusted",
        /// Something that was told before does not hold any more.
        Revoked = "revoked",
    }
);

impl Occasion {
    /// What a scorer may enter by hand.
    pub const BY_HAND: [Self; 7] = [
        Self::Instruction,
        Self::Urgent,
        Self::CommissionDelivered,
        Self::CommissionLate,
        Self::CommissionMissed,
        Self::QuotaMet,
        Self::QuotaMissed,
    ];

    /// What a table may have a row for.
    pub fn is_scored(self) -> bool {
        !matches!(self, Self::Adjusted | Self::Revoked)
    }

    /// Whether it is about where an item got to: the same place is credited once, in whatever journal.
    pub fn is_adoption(self) -> bool {
        matches!(self, Self::Adopted | Self::Merged)
    }
}

words!(
    /// Where it happened, seen from the scorer.
    Place {
        /// At the scorer itself.
        Here = "here",
        /// One level above it, below the centre.
        Up = "up",
        /// Two levels above it or more, below the centre.
        Higher = "higher",
        /// At the centre (国办、中办).
        Centre = "centre",
    }
);

impl Place {
    /// The place of something `level_up` levels above the scorer.
    pub const fn of(level_up: i32, central: bool) -> Self {
        match (level_up, central) {
            (i32::MIN..=0, _) => Self::Here,
            (_, true) => Self::Centre,
            (1, false) => Self::Up,
            _ => Self::Higher,
        }
    }
}

words!(
    /// What a scorer shows of who stands where. Hidden unless it says otherwise.
    Ranking {
        /// Nobody below sees any rank.
        Hidden = "hidden",
        /// Each sees its own rank.
        OwnRank = "own_rank",
        /// Circulars with every rank go to all below.
        PublicToSubordinates = "public_to_subordinates",
    }
);

words!(
    /// Where an appeal stands.
    AppealStanding {
        /// Waits for the scorer.
        Open = "open",
        /// The scorer agreed; an adjusting event was written.
        Accepted = "accepted",
        /// The scorer refused, with a reason.
        Rejected = "rejected",
        /// Taken back by whoever asked.
        Withdrawn = "withdrawn",
    }
);

/// What may happen to an appeal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealMove {
    /// The scorer agrees.
    Accept,
    /// The scorer refuses.
    Reject,
    /// The beneficiary takes it back.
    Withdraw,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an appeal that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: AppealStanding,
    /// What was asked.
    pub attempted: AppealMove,
}

impl AppealStanding {
    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] once it is decided or taken back.
    pub const fn step(self, attempted: AppealMove) -> Result<Self, WrongTurn> {
        match (self, attempted) {
            (Self::Open, AppealMove::Accept) => Ok(Self::Accepted),
            (Self::Open, AppealMove::Reject) => Ok(Self::Rejected),
            (Self::Open, AppealMove::Withdraw) => Ok(Self::Withdrawn),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// A month of the calendar as `YYYYMM`, in China Standard Time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(pub i32);

impl Month {
    /// The month of an instant.
    pub fn of(at: Timestamp) -> Self {
        use chrono::Datelike;
        let day = at.day_cst();
        Self(day.year() * 100 + i32::try_from(day.month()).unwrap_or(1))
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.trim().split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let (year, month) = (year.parse::<i32>().ok()?, month.parse::<i32>().ok()?);
        ((2000..2100).contains(&year) && (1..=12).contains(&month)).then_some(Self(year * 100 + month))
    }

    /// Its year.
    pub const fn year(self) -> i32 {
        self.0 / 100
    }

    /// Its number in the year.
    pub const fn number(self) -> i32 {
        self.0 % 100
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}-{:02}", self.year(), self.number())
    }
}

/// What happened, for the record.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Noted { event: Uuid, occasion: Occasion, beneficiary: String, channel: String, note: String },
    RuleChosen { version: i32, name: String, document: String, effective_from: String, reason: String, changed: u64 },
    RankingShown { was: Ranking, is: Ranking },
    Appealed { appeal: Uuid, event: Option<Uuid>, reason: String },
    AppealDecided { appeal: Uuid, standing: AppealStanding, answer: String, adjust: Points },
    CircularIssued { circular: Uuid, doc_number: String, month: String, hash: String },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Noted { .. } => "points.noted",
            Self::RuleChosen { .. } => "points.rule_chosen",
            Self::RankingShown { .. } => "points.ranking_shown",
            Self::Appealed { .. } => "points.appealed",
            Self::AppealDecided { .. } => "points.appeal_decided",
            Self::CircularIssued { .. } => "points.circular_issued",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Noted { event, .. } => event.to_string(),
            Self::RuleChosen { version, .. } => format!("rule {version}"),
            Self::RankingShown { .. } => "ranking".to_owned(),
            Self::Appealed { appeal, .. } | Self::AppealDecided { appeal, .. } => appeal.to_string(),
            Self::CircularIssued { circular, .. } => circular.to_string(),
        }
    }
}

/// What a scorer itself records about one directly below it.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Whose points.
    pub beneficiary: TenantId,
    /// What.
    pub occasion: Occasion,
    /// The journal, or the leader's rank of an instruction; empty when it does not matter.
    pub channel: String,
    /// Tells two events of one kind apart, e.g. the id of a commission or `2026-03` of a quota: told twice, it counts once.
    pub key: String,
    /// The submission that it is about.
    pub submission: Option<SubmissionId>,
    /// Its thread.
    pub thread: Option<SubmissionId>,
    /// The beneficiary's document; what is about one document is one item.
    pub document: Option<DocumentId>,
    /// What people read.
    pub title: String,
    /// Who wrote what, e.g. the words of a note.
    pub note: String,
}

/// Why something about points was refused.
#[derive(Debug, thiserror::Error)]
pub enum MeritError {
    /// Not there, or not yours.
    #[error("there is no such thing here")]
    Missing,
    /// Only those directly below are scored.
    #[error("points are given to portals directly below")]
    NotBelow,
    /// The root has nobody who scores it.
    #[error("nobody scores this portal")]
    NoScorer,
    /// No table was chosen.
    #[error("no rule table was chosen")]
    NoRule,
    /// A row or a field of a table cannot be used.
    #[error("{field} of row {row} is {code}")]
    Table {
        /// Which row, from 1; 0 for the table itself.
        row: usize,
        /// Which field.
        field: &'static str,
        /// What is wrong.
        code: &'static str,
    },
    /// A field is missing or too long.
    #[error("{field} is missing or too long")]
    Text {
        /// Which field.
        field: &'static str,
        /// At most so many characters.
        limit: usize,
    },
    /// The time to appeal is over.
    #[error("appeals are heard for {days} days")]
    TooLate {
        /// Days of the rule.
        days: u32,
    },
    /// The same event waits for an answer.
    #[error("an appeal about this waits already")]
    AppealedAlready,
    /// The month has a circular.
    #[error("the circular of this month was issued")]
    IssuedAlready,
    /// The month is not over.
    #[error("the month is not over")]
    NotOver,
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_standing_and_move() {
        use {AppealMove as M, AppealStanding as S};
        let allowed = [(M::Accept, S::Accepted), (M::Reject, S::Rejected), (M::Withdraw, S::Withdrawn)];
        for from in S::ALL {
            assert_eq!(S::parse(from.as_str()), Some(*from));
            for (attempted, is) in allowed {
                assert_eq!(from.step(attempted).ok(), (*from == S::Open).then_some(is), "{from:?} {attempted:?}");
            }
        }
    }

    #[test]
    fn a_place_is_seen_from_the_scorer() {
        assert_eq!(Place::of(0, false), Place::Here);
        assert_eq!(Place::of(0, true), Place::Here);
        assert_eq!((Place::of(1, false), Place::of(2, false)), (Place::Up, Place::Higher));
        assert_eq!((Place::of(1, true), Place::of(3, true)), (Place::Centre, Place::Centre));
    }
}
