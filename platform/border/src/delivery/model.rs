//! The standing of one delivery: one enum, one transition function, and what a failed attempt means. Pure.

use base::Timestamp;
use base::store::StoreError;
use serde::Serialize;
use uuid::Uuid;

/// By which way something leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A letter to a person or an office.
    Mail,
    /// A signed message to a program.
    Webhook,
}

impl Channel {
    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not tried yet, or asked for again.
    Waiting,
    /// Tried without success; tried again when its pause is over.
    Failed,
    /// Taken by the other side.
    Sent,
    /// Refused for good, or tried often enough: people decide.
    Dead,
    /// People gave it up.
    GivenUp,
}

/// What may happen to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The other side took it.
    Send,
    /// The other side was away or busy.
    Fail,
    /// The other side refused for good.
    Refuse,
    /// The last pause is used up.
    Exhaust,
    /// A person asks for it once more.
    Retry,
    /// A person gives it up.
    GiveUp,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a delivery that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Failed, Self::Sent, Self::Dead, Self::GivenUp];

    /// Those that will be tried.
    pub const OPEN: [Self; 2] = [Self::Waiting, Self::Failed];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::GivenUp => "given_up",
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
            (S::Waiting | S::Failed, Move::Send) => Ok(S::Sent),
            (S::Waiting | S::Failed, Move::Fail) => Ok(S::Failed),
            (S::Waiting | S::Failed, Move::Refuse | Move::Exhaust) => Ok(S::Dead),
            (S::Waiting | S::Failed | S::Dead, Move::GiveUp) => Ok(S::GivenUp),
            (S::Dead, Move::Retry) => Ok(S::Waiting),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Taken, with what was said.
    Sent(String),
    /// Away or busy: it may be tried again.
    Away(String),
    /// Refused for good: trying again does not help.
    Refused(String),
}

impl Verdict {
    /// What the other side, or the way there, said.
    pub fn said(&self) -> &str {
        match self {
            Self::Sent(said) | Self::Away(said) | Self::Refused(said) => said,
        }
    }

    /// What it means for a delivery that failed `failures` times before, and when it is tried again.
    pub fn means(&self, failures: usize, pauses: &[i64], now: Timestamp) -> (Move, Timestamp) {
        match (self, pauses.get(failures)) {
            (Self::Sent(_), _) => (Move::Send, now),
            (Self::Refused(_), _) => (Move::Refuse, now),
            (Self::Away(_), Some(pause)) => (Move::Fail, Timestamp(now.micros() + pause)),
            (Self::Away(_), None) => (Move::Exhaust, now),
        }
    }
}

/// What people did about delivery.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    EndpointAdded { webhook: Uuid, url: String, kinds: Vec<String> },
    EndpointChanged { webhook: Uuid, url: String, kinds: Vec<String> },
    EndpointPaused { webhook: Uuid },
    EndpointResumed { webhook: Uuid },
    SecretRotated { webhook: Uuid },
    EndpointRemoved { webhook: Uuid, url: String },
    Retried { delivery: Option<Uuid>, deliveries: u64 },
    GivenUp { delivery: Option<Uuid>, deliveries: u64 },
    ContactPut { contact: Uuid, address: String, audiences: Vec<String> },
    ContactRemoved { contact: Uuid, address: String },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::EndpointAdded { .. } => "webhook.added",
            Self::EndpointChanged { .. } => "webhook.changed",
            Self::EndpointPaused { .. } => "webhook.paused",
            Self::EndpointResumed { .. } => "webhook.resumed",
            Self::SecretRotated { .. } => "webhook.secret_rotated",
            Self::EndpointRemoved { .. } => "webhook.removed",
            Self::Retried { .. } => "delivery.retried",
            Self::GivenUp { .. } => "delivery.given_up",
            Self::ContactPut { .. } => "contact.put",
            Self::ContactRemoved { .. } => "contact.removed",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::EndpointAdded { webhook, .. }
            | Self::EndpointChanged { webhook, .. }
            | Self::EndpointPaused { webhook }
            | Self::EndpointResumed { webhook }
            | Self::SecretRotated { webhook }
            | Self::EndpointRemoved { webhook, .. } => webhook.to_string(),
            Self::Retried { delivery, .. } | Self::GivenUp { delivery, .. } => {
                delivery.map_or_else(|| "deliveries".to_owned(), |id| id.to_string())
            }
            Self::ContactPut { contact, .. } | Self::ContactRemoved { contact, .. } => contact.to_string(),
        }
    }
}

/// Why something about delivery was refused.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// No such endpoint, contact or dead letter here.
    #[error("there is no such thing here")]
    Missing,
    /// The address of an endpoint cannot be read, or leads where messages do not go.
    #[error(
        "messages go to https addresses of the public internet; plain http and private ones only where the operator lists them"
    )]
    Address,
    /// No kind of event was chosen, or one cannot exist.
    #[error("at least one kind of event is chosen, like order.issued or order.*")]
    Kinds,
    /// A mail address is none.
    #[error("not a mail address")]
    Mail,
    /// No audience was chosen, or one is unknown.
    #[error("at least one audience is chosen")]
    Audience,
    /// Enough endpoints.
    #[error("a portal has at most {0} endpoints")]
    TooMany(u64),
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// No rule is there.
    #[error("no rule on delivery is in force")]
    NoRule,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{Move as M, Standing as S, Verdict};
    use base::Timestamp;

    #[test]
    fn every_pair_of_standing_and_move() {
        let mut allowed = vec![(S::Dead, M::Retry, S::Waiting), (S::Dead, M::GiveUp, S::GivenUp)];
        for open in S::OPEN {
            allowed.extend([
                (open, M::Send, S::Sent),
                (open, M::Fail, S::Failed),
                (open, M::Refuse, S::Dead),
                (open, M::Exhaust, S::Dead),
                (open, M::GiveUp, S::GivenUp),
            ]);
        }
        for from in S::ALL {
            assert_eq!(S::parse(from.as_str()), Some(from));
            for attempted in [M::Send, M::Fail, M::Refuse, M::Exhaust, M::Retry, M::GiveUp] {
                let expected = allowed.iter().find(|(f, m, _)| (*f, *m) == (from, attempted)).map(|(_, _, to)| *to);
                assert_eq!(from.step(attempted).ok(), expected, "{from:?} {attempted:?}");
            }
        }
    }

    #[test]
    fn pauses_grow_until_they_are_used_up() {
        let (away, pauses, now) = (Verdict::Away("busy".into()), [5, 60], Timestamp(1000));
        assert_eq!(away.means(0, &pauses, now), (M::Fail, Timestamp(1005)));
        assert_eq!(away.means(1, &pauses, now), (M::Fail, Timestamp(1060)));
        assert_eq!(away.means(2, &pauses, now), (M::Exhaust, now));
        assert_eq!(Verdict::Refused(String::new()).means(0, &pauses, now), (M::Refuse, now));
        assert_eq!(Verdict::Sent(String::new()).means(9, &pauses, now), (M::Send, now));
    }
}
