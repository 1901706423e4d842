//! The standing of a submission: one enum, one transition function. Only the receiver moves it; the sender may recall it
//! before it is adopted.

use base::store::StoreError;
use base::{TenantId, Timestamp};
use content::document::{Cause, DocumentError, Fields};
use content::media::StoredFile;
use content::{DocumentId, EditionId};
use serde::{Deserialize, Serialize};

use super::SubmissionId;
use crate::commission::CommissionId;

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Sent; nobody at the receiver has opened it.
    Submitted,
    /// 签收: somebody at the receiver has taken note.
    Received,
    /// Somebody at the receiver holds it.
    InReview,
    /// 采用: the receiver made an own document of it.
    Adopted,
    /// 综合采用: the receiver made one document of several.
    Merged,
    /// 退回 with a reason; a corrected one follows in the same thread.
    Returned,
    /// 不采用 with a reason.
    Declined,
    /// Nobody decided in time.
    Expired,
    /// Taken back by the sender.
    Recalled,
    /// The receiver's document is before the public.
    Published,
    /// A later one of the same thread took its place.
    Superseded,
}

/// What may happen to a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// The receiver takes note.
    Receive,
    /// Somebody at the receiver takes it in hand.
    Review,
    /// Made into a document of the receiver's own.
    Adopt,
    /// Made into a document together with others.
    Merge,
    /// Sent back with a reason.
    Return,
    /// Refused with a reason.
    Decline,
    /// Time is over.
    Expire,
    /// The sender takes it back.
    Recall,
    /// The receiver's document goes live.
    Publish,
    /// A later one of its thread goes live.
    Supersede,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a submission that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 11] = [
        Self::Submitted,
        Self::Received,
        Self::InReview,
        Self::Adopted,
        Self::Merged,
        Self::Returned,
        Self::Declined,
        Self::Expired,
        Self::Recalled,
        Self::Published,
        Self::Superseded,
    ];

    /// Those that wait for the receiver: as long as one of them holds, the same edition is not sent again.
    pub const OPEN: [Self; 3] = [Self::Submitted, Self::Received, Self::InReview];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Received => "received",
            Self::InReview => "in_review",
            Self::Adopted => "adopted",
            Self::Merged => "merged",
            Self::Returned => "returned",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Recalled => "recalled",
            Self::Published => "published",
            Self::Superseded => "superseded",
        }
    }

    /// Reads the word of [`Standing::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == word)
    }

    /// Whether it waits for the receiver.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: Move) -> Result<Self, WrongTurn> {
        use Standing as S;
        match (self, attempted) {
            (S::Submitted, Move::Receive) => Ok(S::Received),
            (S::Received, Move::Review) => Ok(S::InReview),
            (S::InReview, Move::Adopt) => Ok(S::Adopted),
            (S::InReview, Move::Merge) => Ok(S::Merged),
            (S::InReview, Move::Return) => Ok(S::Returned),
            (S::InReview, Move::Decline) => Ok(S::Declined),
            (S::Submitted | S::Received | S::InReview, Move::Expire) => Ok(S::Expired),
            (S::Submitted | S::Received | S::InReview, Move::Recall) => Ok(S::Recalled),
            (S::Adopted | S::Merged, Move::Publish) => Ok(S::Published),
            (S::Adopted | S::Merged | S::Published, Move::Supersede) => Ok(S::Superseded),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// One submission serves two uses, so that nobody is asked for the same thing twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    /// 网站信息: for the receiver's portal.
    pub site: bool,
    /// 政务信息: for the receiver's internal brief.
    pub brief: bool,
}

/// One hop on the way up: who offered what, as it is kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The tenant's identifier.
    pub tenant: String,
    /// Its name when it sent.
    pub name: String,
    /// The unit that the edition names as its source.
    pub unit: String,
    /// The author that the edition names.
    pub author: String,
    /// The person who sent it.
    pub sent_by: String,
    /// Its document.
    pub document: DocumentId,
    /// The edition that was frozen.
    pub edition: EditionId,
    /// When it was sent.
    pub at: Timestamp,
}

/// What happened to the original after it was sent: the receiver compares, or acts before a clock runs out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OriginNews {
    /// The sender published a newer edition; its text is here for a comparison.
    Newer {
        /// The edition.
        edition: EditionId,
        /// Its number.
        number: i32,
        /// What it says.
        fields: Box<Fields>,
        /// When.
        at: Timestamp,
    },
    /// The sender took it back: a task with a clock for whoever adopted it.
    Withdrawn {
        /// How serious it is.
        #[serde(default)]
        cause: Cause,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
        /// By when the receiver's copy must be dealt with.
        due_at: Timestamp,
    },
}

/// One submission in full.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Submission {
    pub id: SubmissionId,
    /// All submissions of one document to one superior.
    pub thread: SubmissionId,
    #[serde(skip)]
    pub receiver: TenantId,
    #[serde(skip)]
    pub sender: TenantId,
    pub document: DocumentId,
    pub edition: EditionId,
    pub standing: Standing,
    pub uses: Uses,
    /// The frozen text.
    pub fields: Fields,
    /// The frozen files.
    pub files: Vec<StoredFile>,
    pub content_hash: String,
    /// First author first.
    pub provenance: Vec<Hop>,
    pub note: String,
    pub submitted_at: Timestamp,
    pub submitted_by: String,
    /// End of the working days for 签收.
    pub receive_due_at: Timestamp,
    /// End of the working days for a decision.
    pub decide_due_at: Timestamp,
    /// Counted in a year whose holidays are not known yet.
    pub provisional: bool,
    /// Who at the receiver holds it.
    pub holder: String,
    pub decided_at: Option<Timestamp>,
    pub decided_by: String,
    pub reason: String,
    /// The receiver's own document, when it was adopted.
    pub adopted_document: Option<DocumentId>,
    /// Where the public finds it on the receiver's portal.
    pub address: String,
    pub news: Option<OriginNews>,
    /// Until when the receiver deals with its copy of what the origin withdrew; none when nothing is to be done.
    pub alarm_due_at: Option<Timestamp>,
    /// How it dealt with it: `withdrawn`, `corrected`, or its written reason to keep the copy.
    pub alarm_answer: String,
    /// The commission that it answers.
    pub commission: Option<CommissionId>,
    /// Natural hours that the receiver has when the origin withdraws; frozen with the letter.
    #[serde(skip)]
    pub(crate) withdrawn_hours: i32,
    pub(crate) version: i32,
}

/// Why a submission was refused.
#[derive(Debug, thiserror::Error)]
pub enum SubmissionError {
    /// No such submission here.
    #[error("there is no such submission")]
    Missing,
    /// Only a live edition is offered upward.
    #[error("the document has no published edition")]
    NotPublished,
    /// The root has nobody to report to.
    #[error("this portal has no superior")]
    NoSuperior,
    /// Only the direct superior, unless a standing permission or an invitation says otherwise.
    #[error("submissions go to the direct superior; {0} has not permitted this portal to skip a level")]
    NotSuperior(String),
    /// There is no copy of something withdrawn that waits for a decision.
    #[error("nothing of this submission waits because of its origin")]
    NoAlarm,
    /// The same edition waits there already.
    #[error("this edition waits already in thread {0}")]
    OpenAlready(SubmissionId),
    /// Neither use was ticked.
    #[error("at least one use must be chosen")]
    NoUse,
    /// A reason or note is missing or too long.
    #[error("{field} is missing or too long")]
    Text {
        /// Which field.
        field: &'static str,
        /// At most so many characters.
        limit: usize,
    },
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// No rule says how long things may take.
    #[error("no submission rule is in force")]
    NoRule,
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
        let moves = [
            M::Receive,
            M::Review,
            M::Adopt,
            M::Merge,
            M::Return,
            M::Decline,
            M::Expire,
            M::Recall,
            M::Publish,
            M::Supersede,
        ];
        let mut allowed = vec![
            (S::Submitted, M::Receive, S::Received),
            (S::Received, M::Review, S::InReview),
            (S::InReview, M::Adopt, S::Adopted),
            (S::InReview, M::Merge, S::Merged),
            (S::InReview, M::Return, S::Returned),
            (S::InReview, M::Decline, S::Declined),
            (S::Adopted, M::Publish, S::Published),
            (S::Merged, M::Publish, S::Published),
            (S::Adopted, M::Supersede, S::Superseded),
            (S::Merged, M::Supersede, S::Superseded),
            (S::Published, M::Supersede, S::Superseded),
        ];
        for open in S::OPEN {
            allowed.push((open, M::Expire, S::Expired));
            allowed.push((open, M::Recall, S::Recalled));
        }
        for standing in S::ALL {
            assert_eq!(S::parse(standing.as_str()), Some(standing));
            for attempted in moves {
                let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
                assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
            }
        }
    }
}
