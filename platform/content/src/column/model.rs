//! Where a column stands, what people say of it, and why they are refused. Pure.

use base::StoreError;
use base::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Column, ColumnRule};
use crate::text;

/// Whether a column is before the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In navigation, on the home page, offered to whoever writes.
    Open,
    /// Its address answers, but nothing leads there and nothing new is offered to it.
    Hidden,
    /// Over: its address leads to its successor.
    Archived,
}

/// What may happen to a column's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Out of navigation.
    Hide,
    /// Back into navigation.
    Show,
    /// Over; its address leads elsewhere.
    Archive,
    /// Begun again.
    Reopen,
    /// Over; what stood in it stands in another.
    Merge,
}

impl Turn {
    /// Every turn.
    pub const ALL: [Self; 5] = [Self::Hide, Self::Show, Self::Archive, Self::Reopen, Self::Merge];
}

/// The turn does not exist from this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a column that is {from:?} cannot do {attempted:?}")]
pub struct WrongTurn {
    /// Its state.
    pub from: State,
    /// What was asked.
    pub attempted: Turn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Hidden, Self::Archived];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Hidden => "hidden",
            Self::Archived => "archived",
        }
    }

    /// Reads the word of [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The only way from one state to the next.
    ///
    /// # Errors
    /// [`WrongTurn`] when the turn does not exist from here.
    pub const fn step(self, attempted: Turn) -> Result<Self, WrongTurn> {
        use State as S;
        match (self, attempted) {
            (S::Open, Turn::Hide) => Ok(S::Hidden),
            (S::Hidden, Turn::Show) | (S::Archived, Turn::Reopen) => Ok(S::Open),
            (S::Open | S::Hidden, Turn::Archive | Turn::Merge) => Ok(S::Archived),
            (from, attempted) => Err(WrongTurn { from, attempted }),
        }
    }
}

/// Places of the home page, as [`Column::home`] names them.
pub const PLACES: [&str; 4] = ["policy", "top", "block", "none"];

/// The place of the State Council policy column.
pub(super) const POLICY: &str = PLACES[0];

/// First segments of addresses that the house answers itself.
const RESERVED: [&str; 10] =
    ["console", "api", "assets", "files", "healthz", "readyz", "metrics", "websub", "new", "acts"];

/// Whether a text can be the key of a column or a standard code: a short word of an address.
pub fn is_key(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(word)
}

/// A column that is to be.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct NewColumn {
    pub key: String,
    pub kind: String,
    /// Key of the column above.
    pub parent: Option<String>,
    pub text: ColumnEdit,
    /// None for the default of its type.
    pub rule: Option<RuleEdit>,
}

/// What an administrator may change of a column's labels and place.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ColumnEdit {
    pub name: String,
    pub description: String,
    pub keywords: String,
    /// Where the home page shows it: `top`, `block` or `none`; `policy` for the policy column and for no other.
    pub home: String,
}

/// What an administrator may change of a column's rule and owner.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct RuleEdit {
    /// 0 = no rule.
    pub update_window_days: i32,
    pub update_min: i32,
    pub remind_days: i32,
    pub owner: String,
    /// `YYYY-MM-DD` or empty.
    pub owner_until: String,
}

/// Why a column was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ColumnError {
    /// No such column here.
    #[error("there is no such column")]
    Missing,
    /// A mandatory label is empty or too long (国办发〔2017〕47号: name, description and keywords are mandatory).
    #[error("the column's {0} is empty or longer than 200 characters")]
    Label(&'static str),
    /// The home page has no such place.
    #[error("the home page has no such place")]
    Place,
    /// The place of the policy column is not the portal's to give or to take.
    #[error("the policy column keeps its place on the home page and at the top of the tree")]
    Policy,
    /// A field must be mended.
    #[error("the field {field} is {code}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        code: &'static str,
        /// The limit that was passed; 0 where there is none.
        limit: usize,
    },
    /// The state does not allow it.
    #[error(transparent)]
    WrongTurn(#[from] WrongTurn),
    /// A standard column stays before the public.
    #[error("{0} is a standard column: it may be renamed, described and moved, never taken away")]
    Standard(String),
    /// Columns stand below it.
    #[error("{0} columns below it are not archived")]
    Children(usize),
    /// Somebody else changed it since it was read.
    #[error("you read version {yours}; the newest is {newest}")]
    Stale {
        /// The version that was read.
        yours: i32,
        /// The newest.
        newest: i32,
    },
    /// There is no such act.
    #[error("there is no such act")]
    NoAct,
    /// Columns that the act touched were changed since.
    #[error("changed since: {}", .0.join(", "))]
    Changed(Vec<String>),
    /// The time for taking an act back is over, or it was taken back already.
    #[error("an act can be taken back once, within {0} minutes")]
    TooLate(i64),
    /// Something stands in the column that was made.
    #[error("something stands in the column already")]
    Filled,
    /// No rule is in force.
    #[error("no rule on columns is in force")]
    NoRule,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) const fn field(field: &'static str, code: &'static str, limit: usize) -> ColumnError {
    ColumnError::Field { field, code, limit }
}

fn label(name: &'static str, typed: &str) -> Result<String, ColumnError> {
    let clean = text::strip_controls(typed).trim().to_owned();
    if clean.is_empty() || clean.chars().count() > 200 { Err(ColumnError::Label(name)) } else { Ok(clean) }
}

impl ColumnEdit {
    /// Puts the labels on a column.
    pub(super) fn on(&self, column: &mut Column) -> Result<(), ColumnError> {
        column.name = label("name", &self.name)?;
        column.description = label("description", &self.description)?;
        column.keywords = label("keywords", &self.keywords)?;
        if !PLACES.contains(&self.home.as_str()) {
            return Err(ColumnError::Place);
        }
        if (column.home == POLICY) != (self.home == POLICY) {
            return Err(ColumnError::Policy);
        }
        column.home.clone_from(&self.home);
        Ok(())
    }
}

/// Longest window, in days.
const WINDOW_MAX: i32 = 3650;
/// Most items that a rule asks for.
const MIN_MAX: i32 = 1000;

impl RuleEdit {
    /// Puts the rule on a column.
    pub(super) fn on(&self, column: &mut Column) -> Result<(), ColumnError> {
        let between = |name, value: i32, least: i32, most: i32| {
            if (least..=most).contains(&value) {
                Ok(value)
            } else {
                Err(field(name, "out_of_range", usize::try_from(most).unwrap_or_default()))
            }
        };
        let window = between("update_window_days", self.update_window_days, 0, WINDOW_MAX)?;
        // A window asks for something, and without one nothing is counted.
        let least = i32::from(window > 0);
        let wanted = between("update_min", self.update_min, least, if window > 0 { MIN_MAX } else { 0 })?;
        let remind = between("remind_days", self.remind_days, 0, if window > 0 { window } else { WINDOW_MAX })?;
        let owner = text::strip_controls(&self.owner).trim().to_owned();
        if owner.chars().count() > 64 {
            return Err(field("owner", "too_long", 64));
        }
        let until = self.owner_until.trim();
        if !until.is_empty() && (until.len() != 10 || Timestamp::parse(until).is_none()) {
            return Err(field("owner_until", "not_a_day", 0));
        }
        column.update_window_days = window;
        column.update_min = wanted;
        column.remind_days = remind;
        column.owner_until = if owner.is_empty() { String::new() } else { until.to_owned() };
        column.owner = owner;
        Ok(())
    }
}

impl NewColumn {
    /// The column, still without a seat in the tree.
    pub(super) fn made(&self, all: &[Column], rule: &ColumnRule) -> Result<Column, ColumnError> {
        let key = self.key.trim();
        if !is_key(key) {
            return Err(field("key", if key.is_empty() { "missing" } else { "unusable" }, 64));
        }
        if RESERVED.contains(&key) {
            return Err(field("key", "reserved", 0));
        }
        if all.iter().any(|column| column.key == key) {
            return Err(field("key", "taken", 0));
        }
        let kind = rule.kind(&self.kind).ok_or(field("kind", "unknown", 0))?;
        let mut column = Column {
            key: key.to_owned(),
            standard_code: None,
            parent_key: None,
            name: String::new(),
            kind: kind.name.clone(),
            description: String::new(),
            keywords: String::new(),
            position: 0,
            home: PLACES[3].to_owned(),
            update_window_days: kind.update_window_days,
            update_min: kind.update_min,
            state: State::Open,
            successor_key: None,
            remind_days: rule.remind_days,
            owner: String::new(),
            owner_until: String::new(),
            version: 0,
        };
        self.text.on(&mut column)?;
        if let Some(rule) = &self.rule {
            rule.on(&mut column)?;
        }
        Ok(column)
    }
}

#[cfg(test)]
mod tests {
    use super::State as S;
    use super::Turn as T;
    use super::*;

    #[test]
    fn every_turn_from_every_state() {
        let lawful = |from, turn| match (from, turn) {
            (S::Open, T::Hide) => Some(S::Hidden),
            (S::Open, T::Archive | T::Merge) => Some(S::Archived),
            (S::Hidden, T::Show) => Some(S::Open),
            (S::Hidden, T::Archive | T::Merge) => Some(S::Archived),
            (S::Archived, T::Reopen) => Some(S::Open),
            _ => None,
        };
        let mut refused = 0;
        for from in S::ALL {
            assert_eq!(S::parse(from.as_str()), Some(from));
            for turn in T::ALL {
                assert_eq!(from.step(turn).ok(), lawful(from, turn), "{from:?} {turn:?}");
                refused += usize::from(from.step(turn).is_err());
            }
        }
        assert_eq!(refused, 8);
    }

    #[test]
    fn keys_are_words_of_addresses() {
        for (key, good) in [("a", true), ("gwyzc-2", true), ("", false), ("A", false), ("长", false), ("a b", false)] {
            assert_eq!(is_key(key), good, "{key}");
        }
        assert!(!is_key(&"a".repeat(65)));
    }
}
