//! Where a membership, a subscription and an item stand: three enums, each with its one transition function. Who may make
//! which move is said beside the move.

use serde::Serialize;

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is {from} cannot do {attempted}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: &'static str,
    /// What was asked.
    pub attempted: &'static str,
}

/// A member of a joint column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// The owner asked; the member has not answered.
    Invited,
    /// May contribute.
    Accepted,
    /// Said no.
    Refused,
    /// Went by itself.
    Left,
    /// Was sent away, with a reason.
    Removed,
}

/// What may happen to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberMove {
    /// The member says yes.
    Accept,
    /// The member says no.
    Refuse,
    /// The member goes.
    Leave,
    /// The owner sends it away.
    Remove,
}

impl Membership {
    /// Every standing.
    pub const ALL: [Self; 5] = [Self::Invited, Self::Accepted, Self::Refused, Self::Left, Self::Removed];
    /// Those that are not over.
    pub const OPEN: [Self; 2] = [Self::Invited, Self::Accepted];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }

    /// Reads the word of [`Membership::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: MemberMove) -> Result<Self, WrongTurn> {
        match (self, attempted) {
            (Self::Invited, MemberMove::Accept) => Ok(Self::Accepted),
            (Self::Invited, MemberMove::Refuse) => Ok(Self::Refused),
            (Self::Accepted, MemberMove::Leave) => Ok(Self::Left),
            (Self::Invited | Self::Accepted, MemberMove::Remove) => Ok(Self::Removed),
            (from, attempted) => Err(WrongTurn { from: from.as_str(), attempted: attempted.as_str() }),
        }
    }
}

impl MemberMove {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Refuse => "refuse",
            Self::Leave => "leave",
            Self::Remove => "remove",
        }
    }
}

/// A standing subscription between two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Waits for the source's consent.
    Asked,
    /// Everything new passes.
    Active,
    /// The subscriber stopped it for a while.
    Paused,
    /// Over, by either end.
    Ended,
    /// The source said no.
    Refused,
}

/// What may happen to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowMove {
    /// The source says yes.
    Consent,
    /// The source says no.
    Refuse,
    /// The subscriber stops it.
    Pause,
    /// The subscriber goes on.
    Resume,
    /// Either end ends it.
    End,
}

impl Flow {
    /// Every standing.
    pub const ALL: [Self; 5] = [Self::Asked, Self::Active, Self::Paused, Self::Ended, Self::Refused];
    /// Those that are not over.
    pub const OPEN: [Self; 3] = [Self::Asked, Self::Active, Self::Paused];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Refused => "refused",
        }
    }

    /// Reads the word of [`Flow::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: FlowMove) -> Result<Self, WrongTurn> {
        match (self, attempted) {
            (Self::Asked, FlowMove::Consent) | (Self::Paused, FlowMove::Resume) => Ok(Self::Active),
            (Self::Asked, FlowMove::Refuse) => Ok(Self::Refused),
            (Self::Active, FlowMove::Pause) => Ok(Self::Paused),
            (Self::Asked | Self::Active | Self::Paused, FlowMove::End) => Ok(Self::Ended),
            (from, attempted) => Err(WrongTurn { from: from.as_str(), attempted: attempted.as_str() }),
        }
    }
}

impl FlowMove {
    /// Every move.
    pub const ALL: [Self; 5] = [Self::Consent, Self::Refuse, Self::Pause, Self::Resume, Self::End];

    /// The word used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Refuse => "refuse",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::End => "end",
        }
    }

    /// Reads the word of [`FlowMove::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// Whether it is the source's to make.
    pub const fn is_sources(self) -> bool {
        matches!(self, Self::Consent | Self::Refuse)
    }
}

/// One document on its way into a column of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Sent; the receiver's job has not looked at it.
    Arrived,
    /// Waits for a person at the receiver.
    InReview,
    /// A mirror of it stands on the receiver's pages.
    Placed,
    /// The subscription's filter let it not through.
    Filtered,
    /// The receiver's portal has it already.
    Skipped,
    /// The receiver said no, with a reason.
    Declined,
    /// Sent back with a reason; the next edition comes again.
    Returned,
    /// The receiver took the mirror off its pages, with a reason.
    TakenDown,
    /// The sender took its contribution back.
    Withdrawn,
    /// The document was taken back at its origin, or what let it in is over.
    Void,
}

/// What may happen to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// The receiver's rule wants a person to look.
    Queue,
    /// The mirror goes live, by rule or by a person.
    Place,
    /// The filter stops it.
    Filter,
    /// It is here already.
    Skip,
    /// A person at the receiver says no.
    Decline,
    /// A person at the receiver sends it back.
    Return,
    /// A person at the receiver takes the mirror down.
    TakeDown,
    /// A person at the receiver thinks again: also the undoing of an acceptance.
    Reopen,
    /// The sender takes its contribution back.
    Withdraw,
    /// The sender contributes it once more.
    Offer,
    /// The origin publishes a newer edition.
    Correct,
    /// The origin withdraws, or the letter that let it in ends.
    Void,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 10] = [
        Self::Arrived,
        Self::InReview,
        Self::Placed,
        Self::Filtered,
        Self::Skipped,
        Self::Declined,
        Self::Returned,
        Self::TakenDown,
        Self::Withdrawn,
        Self::Void,
    ];
    /// Those that end with the document at its origin.
    pub const BOUND: [Self; 5] = [Self::Arrived, Self::InReview, Self::Placed, Self::Filtered, Self::Returned];
    /// Those of which nothing stands anywhere and nobody is asked any more.
    pub const CLOSED: [Self; 2] = [Self::Withdrawn, Self::Void];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::InReview => "in_review",
            Self::Placed => "placed",
            Self::Filtered => "filtered",
            Self::Skipped => "skipped",
            Self::Declined => "declined",
            Self::Returned => "returned",
            Self::TakenDown => "taken_down",
            Self::Withdrawn => "withdrawn",
            Self::Void => "void",
        }
    }

    /// Reads the word of [`Standing::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: Move) -> Result<Self, WrongTurn> {
        use Standing as S;
        match (self, attempted) {
            (S::Arrived, Move::Queue) => Ok(S::InReview),
            (S::Arrived | S::InReview, Move::Place) => Ok(S::Placed),
            (S::Arrived, Move::Filter) => Ok(S::Filtered),
            (S::Arrived | S::InReview, Move::Skip) => Ok(S::Skipped),
            (S::InReview, Move::Decline) => Ok(S::Declined),
            (S::InReview, Move::Return) => Ok(S::Returned),
            (S::Placed, Move::TakeDown) => Ok(S::TakenDown),
            (S::Placed | S::Declined | S::TakenDown | S::Filtered, Move::Reopen) => Ok(S::InReview),
            (S::Arrived | S::InReview | S::Placed | S::Returned, Move::Withdraw) => Ok(S::Withdrawn),
            (S::Withdrawn | S::Returned | S::Void, Move::Offer) | (S::Filtered, Move::Correct) => Ok(S::Arrived),
            (S::Returned | S::Void, Move::Correct) => Ok(S::InReview),
            (S::Arrived | S::InReview | S::Placed | S::Filtered | S::Returned, Move::Void) => Ok(S::Void),
            (from, attempted) => Err(WrongTurn { from: from.as_str(), attempted: attempted.as_str() }),
        }
    }
}

impl Move {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Place => "place",
            Self::Filter => "filter",
            Self::Skip => "skip",
            Self::Decline => "decline",
            Self::Return => "return",
            Self::TakeDown => "take_down",
            Self::Reopen => "reopen",
            Self::Withdraw => "withdraw",
            Self::Offer => "offer",
            Self::Correct => "correct",
            Self::Void => "void",
        }
    }
}

#[cfg(test)]
mod tests;
