//! Posts, shifts and the gaps between them. Pure.

use base::Timestamp;
use base::store::StoreError;
use serde::Serialize;
use uuid::Uuid;

/// A post that is manned around the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Post {
    /// 主岗: hears first.
    A,
    /// 备岗: hears at the next stage, and when nobody is at the A post.
    B,
}

impl Post {
    /// Both posts, the first one first.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// The word used in tables, rules and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    /// Reads the word of [`Post::as_str`], in either case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|post| post.as_str().eq_ignore_ascii_case(word.trim()))
    }
}

/// One person at one post for a while: from `from` on, until just before `until`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Shift {
    pub id: Uuid,
    pub post: Post,
    #[serde(skip)]
    pub account: Uuid,
    pub login: String,
    pub name: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Shift {
    /// Whether the person is on duty at an instant.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Whether any time is shared with the span.
    pub fn meets(&self, from: Timestamp, until: Timestamp) -> bool {
        self.from < until && from < self.until
    }
}

/// A time in which nobody is at a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Gap {
    pub post: Post,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// The gaps of one post in a span.
pub fn gaps(shifts: &[Shift], post: Post, from: Timestamp, until: Timestamp) -> Vec<Gap> {
    let mut manned: Vec<&Shift> =
        shifts.iter().filter(|shift| shift.post == post && shift.meets(from, until)).collect();
    manned.sort_by_key(|shift| shift.from);
    let (mut found, mut at) = (Vec::new(), from);
    for shift in manned {
        if shift.from > at {
            found.push(Gap { post, from: at, until: shift.from });
        }
        at = at.max(shift.until);
    }
    if at < until {
        found.push(Gap { post, from: at, until });
    }
    found
}

/// What happened to a roster.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Put { shifts: Vec<Shift> },
    Removed { shift: Uuid, post: Post, login: String, from: Timestamp, until: Timestamp },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Put { .. } => "roster.put",
            Self::Removed { .. } => "roster.removed",
        }
    }

    fn subject(&self) -> String {
        "roster".to_owned()
    }
}

/// Why a roster was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// No such shift here.
    #[error("there is no such shift")]
    Missing,
    /// A line names nobody who works here.
    #[error("line {line}: {what} is unknown or cannot be read")]
    Line {
        /// Which line, from 1 on.
        line: usize,
        /// Which part of it: `post`, `login`, `from` or `until`.
        what: &'static str,
    },
    /// It ends before it begins, or lasts longer than a shift may.
    #[error("line {line}: a shift lasts longer than nothing and at most {hours} hours")]
    Span {
        /// Which line, from 1 on.
        line: usize,
        /// The most hours.
        hours: i64,
    },
    /// Somebody is at that post already.
    #[error("{name} is at post {} then", post.as_str())]
    Overlap {
        /// The post.
        post: Post,
        /// Who stands there.
        name: String,
    },
    /// What is over is on record.
    #[error("the shift is over: who was on duty is on record")]
    Past,
    /// Too many at once.
    #[error("at most {0} shifts are put at once")]
    TooMany(usize),
    /// No rule is there.
    #[error("no roster rule is in force")]
    NoRule,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(post: Post, from: i64, until: i64) -> Shift {
        let (from, until) = (Timestamp(0).plus_hours(from), Timestamp(0).plus_hours(until));
        Shift { id: Uuid::nil(), post, account: Uuid::nil(), login: "x".into(), name: "x".into(), from, until }
    }

    fn hours(found: Vec<Gap>) -> Vec<(i64, i64)> {
        let hour = |at: Timestamp| at.micros() / Timestamp::HOUR;
        found.into_iter().map(|gap| (hour(gap.from), hour(gap.until))).collect()
    }

    #[test]
    fn gaps_are_what_nobody_covers() {
        let (from, until) = (Timestamp(0), Timestamp(0).plus_hours(24));
        let shifts = [shift(Post::A, 8, 16), shift(Post::A, -4, 2), shift(Post::A, 16, 20), shift(Post::B, 0, 24)];
        assert_eq!(hours(gaps(&shifts, Post::A, from, until)), [(2, 8), (20, 24)]);
        assert_eq!(hours(gaps(&shifts, Post::B, from, until)), []);
        assert_eq!(hours(gaps(&[], Post::B, from, until)), [(0, 24)]);
        assert_eq!(hours(gaps(&[shift(Post::A, -9, 99)], Post::A, from, until)), []);
    }

    #[test]
    fn a_shift_ends_just_before_its_end() {
        let one = shift(Post::A, 8, 16);
        let at = |hour| Timestamp(0).plus_hours(hour);
        assert!(one.covers(at(8)) && !one.covers(at(16)));
        assert!(!one.meets(at(16), at(20)) && one.meets(at(15), at(20)) && !one.meets(at(0), at(8)));
        assert_eq!((Post::parse("B"), Post::parse("c")), (Some(Post::B), None));
    }
}
