//! The standing of a link entry, what it says, and why it is refused. Pure.

use base::Timestamp;
use base::store::StoreError;
use serde::Serialize;
use url::Url;

use crate::DocumentId;
use crate::document::DocumentError;
use crate::text;

/// Where a link entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In its column.
    Live,
    /// Taken off the pages by a person.
    Hidden,
    /// Its time is over; nobody answers for it until somebody renews it.
    Expired,
}

/// What may happen to a link entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Off the pages.
    Hide,
    /// Back into its column.
    Show,
    /// Its time is over.
    Expire,
}

/// The move does not exist from this standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its standing.
    pub from: Standing,
    /// What was asked.
    pub attempted: Move,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Live, Self::Hidden, Self::Expired];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Hidden => "hidden",
            Self::Expired => "expired",
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
            (S::Live | S::Expired, Move::Hide) => Ok(S::Hidden),
            (S::Hidden | S::Expired, Move::Show) => Ok(S::Live),
            (S::Live, Move::Expire) => Ok(S::Expired),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// What somebody wants a link entry to be.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Column key.
    pub column: String,
    /// What the list says.
    pub title: String,
    /// Where it leads.
    pub url: String,
    /// The unit that it belongs to.
    pub unit: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it is there; for colleagues.
    pub note: String,
    /// When somebody must look at it again.
    pub expires_at: Option<Timestamp>,
}

impl NewEntry {
    /// Cleans and checks.
    ///
    /// # Errors
    /// [`LinkError::Field`] naming the first field to mend.
    pub fn cleaned(mut self) -> Result<Self, LinkError> {
        for (field, text, limit) in [
            ("title", &mut self.title, 100),
            ("url", &mut self.url, 1000),
            ("unit", &mut self.unit, 100),
            ("owner", &mut self.owner, 64),
            ("note", &mut self.note, 500),
        ] {
            *text = text::strip_controls(text).trim().replace(['\n', '\r', '\t'], " ");
            if text.chars().count() > limit {
                return Err(LinkError::Field { field, code: "too_long", limit });
            }
        }
        for (field, text) in [("title", &self.title), ("owner", &self.owner)] {
            if text.is_empty() {
                return Err(LinkError::Field { field, code: "missing", limit: 0 });
            }
        }
        self.url =
            address(&self.url).ok_or(LinkError::Field { field: "url", code: "not_an_address", limit: 0 })?.into();
        Ok(self)
    }
}

/// An address that a link may lead to: http or https, with a host, without a password.
pub fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let sound = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| host.contains('.'));
    (sound && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// One link entry.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Entry {
    pub id: DocumentId,
    pub column: String,
    pub title: String,
    pub url: String,
    pub unit: String,
    pub owner: String,
    pub note: String,
    pub expires_at: Option<Timestamp>,
    pub standing: Standing,
    pub changed_at: Timestamp,
    pub changed_by: String,
    pub version: i32,
}

/// What happened to a link entry.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Added { link: DocumentId, url: String, owner: String },
    Changed { link: DocumentId, was: String, url: String, owner: String },
    Turned { link: DocumentId, standing: Standing },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "link.added",
            Self::Changed { .. } => "link.changed",
            Self::Turned { .. } => "link.turned",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Added { link, .. } | Self::Changed { link, .. } | Self::Turned { link, .. } => link.to_string(),
        }
    }
}

/// Why a link entry was refused.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No such entry here.
    #[error("there is no such link")]
    Missing,
    /// A field must be mended.
    #[error("{field}: {code}")]
    Field {
        /// Which one.
        field: &'static str,
        /// What is wrong with it.
        code: &'static str,
        /// The limit that was passed; 0 when there is none.
        limit: usize,
    },
    /// Somebody changed it meanwhile.
    #[error("version {yours} is not the newest, {newest}")]
    Stale {
        /// What was read.
        yours: i32,
        /// What is there.
        newest: i32,
    },
    /// Its standing does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// The column refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{Move as M, Standing as S, address};

    #[test]
    fn every_pair_of_standing_and_move() {
        let allowed = [
            (S::Live, M::Hide, S::Hidden),
            (S::Expired, M::Hide, S::Hidden),
            (S::Hidden, M::Show, S::Live),
            (S::Expired, M::Show, S::Live),
            (S::Live, M::Expire, S::Expired),
        ];
        for standing in S::ALL {
            for attempted in [M::Hide, M::Show, M::Expire] {
                let wanted = allowed.iter().find(|row| row.0 == standing && row.1 == attempted).map(|row| row.2);
                assert_eq!(standing.step(attempted).ok(), wanted, "{standing:?} {attempted:?}");
            }
        }
    }

    #[test]
    fn only_addresses_of_the_web() {
        assert!(address("https://www.example.cn/a?b=1").is_some());
        for wrong in [
            "javascript:alert(1)",
            "//example.cn",
            "ftp://example.cn/",
            "https://u:p@example.cn/",
            "https://localhost/",
            "x",
        ] {
            assert!(address(wrong).is_none(), "{wrong}");
        }
    }
}
