//! States and words of crawl sources and of what they found. Pure: no database, no clock, no network.

use base::store::StoreError;
use base::{TenantId, Timestamp};
use content::DocumentId;
use content::document::DocumentError;
use serde::Serialize;

use super::SourceId;
use super::said::SourceText;
use super::visit::Why;

/// Defines a closed set of words, as tables and the API write them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$said:meta])* $one:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$said])* $one),+ }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$one),+];

            /// The word used in tables and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$one => $word),+ }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

words! {
    /// What stands at the address of a source.
    Kind {
        /// Atom, RSS or JSON feed.
        Feed = "feed",
        /// A sitemap, or an index of sitemaps.
        Sitemap = "sitemap",
        /// List pages whose links lead to articles.
        Pages = "pages",
    }
}

words! {
    /// Whether a source is read.
    SourceState {
        /// On its schedule.
        Active = "active",
        /// Not until somebody resumes it.
        Paused = "paused",
        /// It failed too often in a row; it is still tried, more slowly.
        Failing = "failing",
        /// For good; what it found stays on record.
        Ended = "ended",
    }
}

words! {
    /// What may happen to a source.
    SourceMove {
        /// A person stops it for now.
        Pause = "pause",
        /// A person lets it go on.
        Resume = "resume",
        /// It failed once too often.
        Fail = "fail",
        /// It could be read again.
        Recover = "recover",
        /// A person ends it.
        End = "end",
    }
}

words! {
    /// Where one found thing stands.
    Standing {
        /// Found, not read yet.
        New = "new",
        /// A draft was made of it.
        Landed = "landed",
        /// The same is here already.
        Duplicate = "duplicate",
        /// 源已更新: the source says something else than what is here, and a person worked on that.
        Changed = "changed",
        /// The source took it away.
        Gone = "gone",
        /// It could not be read.
        Failed = "failed",
        /// The source's keywords do not want it.
        Filtered = "filtered",
    }
}

words! {
    /// What may happen to a found thing.
    Move {
        /// A draft is made of it, or an untouched draft follows the source.
        Land = "land",
        /// It is the same as another.
        Match = "match",
        /// The source changed what a person has worked on.
        Change = "change",
        /// The source took it away.
        Vanish = "vanish",
        /// It could not be read.
        Fail = "fail",
        /// The keywords do not want it.
        Filter = "filter",
        /// A person compared and decided, or it came back as it was.
        Settle = "settle",
        /// It is read once more.
        Retry = "retry",
    }
}

/// The move does not exist from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is {from} cannot do {attempted}")]
pub struct WrongTurn {
    /// Where it stands.
    pub from: &'static str,
    /// What was asked.
    pub attempted: &'static str,
}

impl SourceState {
    /// The only way from one state to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: SourceMove) -> Result<Self, WrongTurn> {
        use SourceMove as M;
        match (self, attempted) {
            (Self::Active | Self::Failing, M::Pause) => Ok(Self::Paused),
            (Self::Paused | Self::Failing, M::Resume) => Ok(Self::Active),
            (Self::Active, M::Fail) => Ok(Self::Failing),
            (Self::Failing, M::Recover) => Ok(Self::Active),
            (Self::Active | Self::Paused | Self::Failing, M::End) => Ok(Self::Ended),
            (from, attempted) => Err(WrongTurn { from: from.as_str(), attempted: attempted.as_str() }),
        }
    }

    /// Whether it is read at all.
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Active | Self::Failing)
    }
}

impl Standing {
    /// The only way from one standing to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the move does not exist from here.
    pub const fn step(self, attempted: Move) -> Result<Self, WrongTurn> {
        use Move as M;
        match (self, attempted) {
            (Self::New | Self::Landed, M::Land) => Ok(Self::Landed),
            (Self::New, M::Match) => Ok(Self::Duplicate),
            (Self::New, M::Filter) => Ok(Self::Filtered),
            (Self::New, M::Fail) => Ok(Self::Failed),
            (Self::New | Self::Landed | Self::Changed, M::Vanish) => Ok(Self::Gone),
            (Self::Landed | Self::Changed | Self::Gone, M::Change) => Ok(Self::Changed),
            (Self::Changed | Self::Gone, M::Settle) => Ok(Self::Landed),
            (Self::Failed | Self::Filtered, M::Retry) => Ok(Self::New),
            (from, attempted) => Err(WrongTurn { from: from.as_str(), attempted: attempted.as_str() }),
        }
    }
}

/// A source in full.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Source {
    pub id: SourceId,
    pub tenant: TenantId,
    pub text: SourceText,
    pub state: SourceState,
    pub etag: String,
    pub modified: String,
    /// Title of the home page of its site; empty until it was read, `–` when it has none.
    pub home_title: String,
    pub failures: i32,
    pub last_error: String,
    pub last_run_at: Option<Timestamp>,
    pub next_run_at: Timestamp,
    pub changed_at: Timestamp,
    pub changed_by: String,
    pub version: i32,
}

/// How a person settles 源已更新.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// What is here stays.
    Keep,
    /// The source's text becomes the draft.
    Take,
}

/// What happened to a source and to what it found.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Created { source: SourceId, name: String, address: String, column: String },
    Edited { source: SourceId, name: String, address: String, column: String },
    Moved { source: SourceId, state: SourceState, why: String },
    Landed { source: SourceId, url: String, document: DocumentId, text_hash: String },
    Followed { source: SourceId, url: String, document: DocumentId, text_hash: String },
    SourceChanged { source: SourceId, url: String, document: DocumentId },
    Settled { source: SourceId, url: String, document: DocumentId, settled: Settled },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "crawl.created",
            Self::Edited { .. } => "crawl.edited",
            Self::Moved { .. } => "crawl.moved",
            Self::Landed { .. } => "crawl.landed",
            Self::Followed { .. } => "crawl.followed",
            Self::SourceChanged { .. } => "crawl.source_changed",
            Self::Settled { .. } => "crawl.settled",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Created { source, .. } | Self::Edited { source, .. } | Self::Moved { source, .. } => {
                source.to_string()
            }
            Self::Landed { document, .. }
            | Self::Followed { document, .. }
            | Self::SourceChanged { document, .. }
            | Self::Settled { document, .. } => document.to_string(),
        }
    }
}

/// Why something about a source was refused.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// No such source or item here.
    #[error("there is no such source")]
    Missing,
    /// A field is unusable.
    #[error("the field {field} is {code}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Message key.
        code: &'static str,
        /// The limit that was passed, where there is one.
        limit: usize,
    },
    /// It does not stand where this is possible.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// The other side could not be read.
    #[error("the page could not be read: {0}")]
    Unread(#[from] Why),
    /// No rule says how crawling is done.
    #[error("no crawl rule is in force")]
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
    use super::{Move as M, SourceMove as T, SourceState as A, Standing as S};

    #[test]
    fn every_pair_of_state_and_move() {
        let allowed = [
            (A::Active, T::Pause, A::Paused),
            (A::Failing, T::Pause, A::Paused),
            (A::Paused, T::Resume, A::Active),
            (A::Failing, T::Resume, A::Active),
            (A::Active, T::Fail, A::Failing),
            (A::Failing, T::Recover, A::Active),
            (A::Active, T::End, A::Ended),
            (A::Paused, T::End, A::Ended),
            (A::Failing, T::End, A::Ended),
        ];
        for state in A::ALL {
            assert_eq!(A::parse(state.as_str()), Some(*state));
            for attempted in T::ALL {
                let wanted = allowed.iter().find(|row| row.0 == *state && row.1 == *attempted).map(|row| row.2);
                assert_eq!(state.step(*attempted).ok(), wanted, "{state:?} {attempted:?}");
            }
        }
    }

    #[test]
    fn every_pair_of_standing_and_move() {
        let allowed = [
            (S::New, M::Land, S::Landed),
            (S::Landed, M::Land, S::Landed),
            (S::New, M::Match, S::Duplicate),
            (S::New, M::Filter, S::Filtered),
            (S::New, M::Fail, S::Failed),
            (S::New, M::Vanish, S::Gone),
            (S::Landed, M::Vanish, S::Gone),
            (S::Changed, M::Vanish, S::Gone),
            (S::Landed, M::Change, S::Changed),
            (S::Changed, M::Change, S::Changed),
            (S::Gone, M::Change, S::Changed),
            (S::Changed, M::Settle, S::Landed),
            (S::Gone, M::Settle, S::Landed),
            (S::Failed, M::Retry, S::New),
            (S::Filtered, M::Retry, S::New),
        ];
        for standing in S::ALL {
            assert_eq!(S::parse(standing.as_str()), Some(*standing));
            for attempted in M::ALL {
                let wanted = allowed.iter().find(|row| row.0 == *standing && row.1 == *attempted).map(|row| row.2);
                assert_eq!(standing.step(*attempted).ok(), wanted, "{standing:?} {attempted:?}");
            }
        }
    }
}
