//! The standing of a hand-over: drafted → signed out → taken over, by two different people. Pure.

use base::Timestamp;
use base::store::StoreError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The outgoing person writes it.
    Drafted,
    /// Signed by the outgoing person; its text and numbers are frozen.
    SignedOut,
    /// Signed by the incoming person as well.
    TakenOver,
}

/// What may happen to a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Its text is written anew.
    Write,
    /// The outgoing person signs.
    SignOut,
    /// The incoming person signs.
    TakeOver,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hand-over that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Drafted, Self::SignedOut, Self::TakenOver];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::SignedOut => "signed_out",
            Self::TakenOver => "taken_over",
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
        match (self, attempted) {
            (Self::Drafted, Move::Write) => Ok(Self::Drafted),
            (Self::Drafted, Move::SignOut) => Ok(Self::SignedOut),
            (Self::SignedOut, Move::TakeOver) => Ok(Self::TakenOver),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// What was open at the portal when a note was signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Obligations that ask for an act.
    pub obligations: u64,
    /// Of these, past their limit.
    pub overdue: u64,
    /// Recalls that no probe has confirmed yet.
    pub recalls: u64,
    /// Adopted items whose origin was withdrawn.
    pub withdrawn: u64,
    /// Letters and messages that could not be delivered.
    pub dead_letters: u64,
}

/// One note.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Handover {
    pub id: Uuid,
    pub standing: Standing,
    pub note: String,
    /// Frozen when it is signed.
    pub counts: Option<Counts>,
    /// SM3 of what both signed; empty before.
    pub text_hash: String,
    pub drafted_at: Timestamp,
    pub drafted_by: String,
    pub signed_out_at: Option<Timestamp>,
    pub signed_out_by: String,
    #[serde(skip)]
    pub(crate) signed_out_id: Option<Uuid>,
    pub taken_over_at: Option<Timestamp>,
    pub taken_over_by: String,
    /// When it is reminded of, as long as nobody takes over.
    pub remind_at: Option<Timestamp>,
    pub(crate) version: i32,
}

impl Handover {
    /// The text that both sign: note, numbers, who wrote it and when it was signed, as JSON with sorted names.
    pub fn signed_text(&self, by: &str, at: Timestamp) -> String {
        serde_json::json!({
            "handover": self.id.to_string(),
            "note": self.note,
            "counts": self.counts,
            "signed_out_by": by,
            "signed_out_at": at.rfc3339(),
        })
        .to_string()
    }
}

/// What happened to a note.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    SignedOut { handover: Uuid, counts: Counts, text_hash: String },
    TakenOver { handover: Uuid, signed_out_by: String, text_hash: String },
    Reminded { handover: Uuid, reminder: i64 },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::SignedOut { .. } => "handover.signed_out",
            Self::TakenOver { .. } => "handover.taken_over",
            Self::Reminded { .. } => "handover.reminded",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::SignedOut { handover, .. } | Self::TakenOver { handover, .. } | Self::Reminded { handover, .. } => {
                handover.to_string()
            }
        }
    }
}

/// Why a note was not moved.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// No such note here.
    #[error("there is no such hand-over")]
    Missing,
    /// The text is missing or too long.
    #[error("the note is missing or too long")]
    Text {
        /// At most so many characters.
        limit: usize,
    },
    /// Whoever signed out does not take over.
    #[error("two different people sign")]
    SamePerson,
    /// The note is signed by whoever wrote it.
    #[error("the note was written by {0}")]
    NotWriter(String),
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// No rule is there.
    #[error("no roster rule is in force")]
    NoRule,
    /// What is counted could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{Move as M, Standing as S};

    #[test]
    fn every_pair_of_standing_and_move() {
        let allowed = [
            (S::Drafted, M::Write, S::Drafted),
            (S::Drafted, M::SignOut, S::SignedOut),
            (S::SignedOut, M::TakeOver, S::TakenOver),
        ];
        for from in S::ALL {
            assert_eq!(S::parse(from.as_str()), Some(from));
            for attempted in [M::Write, M::SignOut, M::TakeOver] {
                let expected = allowed.iter().find(|(f, m, _)| (*f, *m) == (from, attempted)).map(|(_, _, to)| *to);
                assert_eq!(from.step(attempted).ok(), expected, "{from:?} {attempted:?}");
            }
        }
    }
}
