//! Periods, what is counted, and the versions of a quota. Pure.

use base::Timestamp;
use base::store::StoreError;
use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Serialize;

use super::QuotaId;

/// How long one period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months, from January on.
    Quarter,
}

/// The days of one period, in China Standard Time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first day.
    pub begins: NaiveDate,
    /// The first day after it.
    pub ends: NaiveDate,
}

impl Span {
    /// 0:00 of its first day.
    pub fn from_at(&self) -> Timestamp {
        midnight(self.begins)
    }

    /// 24:00 of its last day.
    pub fn until_at(&self) -> Timestamp {
        midnight(self.ends)
    }
}

fn midnight(day: NaiveDate) -> Timestamp {
    Timestamp::end_of_day_cst(day - Days::new(1))
}

impl Period {
    /// Every period.
    pub const ALL: [Self; 3] = [Self::Week, Self::Month, Self::Quarter];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// Reads the word of [`Period::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The period that a day is in.
    pub fn span(self, day: NaiveDate) -> Span {
        let first = day.with_day(1).unwrap_or(day);
        let begins = match self {
            Self::Week => day - Days::new(u64::from(day.weekday().num_days_from_monday())),
            Self::Month => first,
            Self::Quarter => first - Months::new((first.month() - 1) % 3),
        };
        let ends = match self {
            Self::Week => begins + Days::new(7),
            Self::Month => begins + Months::new(1),
            Self::Quarter => begins + Months::new(3),
        };
        Span { begins, ends }
    }
}

/// Which items count by their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// Every item.
    Any,
    /// 短信息
    Short,
    /// 长信息
    Long,
}

impl Length {
    /// Every length.
    pub const ALL: [Self; 3] = [Self::Any, Self::Short, Self::Long];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Short => "short",
            Self::Long => "long",
        }
    }

    /// Reads the word of [`Length::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// Whether an item of so many visible characters counts, when a long one begins at `long_from`.
    pub const fn takes(self, characters: i32, long_from: i32) -> bool {
        match self {
            Self::Any => true,
            Self::Short => characters < long_from,
            Self::Long => characters >= long_from,
        }
    }
}

/// When an item counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// When it was sent, and not taken back.
    Sent,
    /// When the superior adopted it.
    Adopted,
}

impl Counting {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sent, Self::Adopted];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Adopted => "adopted",
        }
    }

    /// Reads the word of [`Counting::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// Whether a submission of this standing counts.
    pub fn takes(self, standing: &str) -> bool {
        match self {
            Self::Sent => standing != "recalled",
            Self::Adopted => matches!(standing, "adopted" | "merged" | "published" | "superseded"),
        }
    }
}

/// One version of a quota.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Quota {
    pub id: QuotaId,
    pub version: i32,
    pub name: String,
    /// As [`crate::Audience::text`] wrote it.
    pub audience: String,
    /// The same in every version.
    pub period: Period,
    pub length: Length,
    pub counting: Counting,
    /// Items in one period; 0 lifts the quota.
    pub minimum: i32,
    /// Applies to periods that begin on this day or later.
    pub effective_from: NaiveDate,
    /// Where it comes from: a document, a decision.
    pub source: String,
    pub set_at: Timestamp,
    pub set_by: String,
}

impl Quota {
    /// The version that a period is under: the newest effective one at its first day.
    pub fn in_force(history: &[Self], begins: NaiveDate) -> Option<&Self> {
        let known = history.iter().filter(|one| one.effective_from <= begins);
        known.max_by_key(|one| (one.effective_from, one.version)).filter(|one| one.minimum > 0)
    }
}

/// What happened to a quota, in the chain of who set it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Set {
        quota: QuotaId,
        version: i32,
        audience: String,
        period: Period,
        length: Length,
        counting: Counting,
        minimum: i32,
        effective_from: String,
        source: String,
    },
    Begun {
        quota: QuotaId,
        version: i32,
        begins: String,
        portals: i64,
    },
    /// Portals that met it, or missed it, in one period: at most 500 per entry.
    Judged {
        quota: QuotaId,
        version: i32,
        begins: String,
        minimum: i32,
        met: bool,
        tenants: Vec<String>,
    },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Set { .. } => "quota.set",
            Self::Begun { .. } => "quota.begun",
            Self::Judged { met: true, .. } => "quota.met",
            Self::Judged { met: false, .. } => "quota.missed",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Set { quota, .. } | Self::Begun { quota, .. } | Self::Judged { quota, .. } => quota.to_string(),
        }
    }
}

/// Why a quota was refused.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// No such quota here.
    #[error("there is no such quota")]
    Missing,
    /// A field is missing, unknown or out of its bounds.
    #[error("{field} is missing or out of bounds")]
    Text {
        /// Which field.
        field: &'static str,
        /// At most so many.
        limit: usize,
    },
    /// A period that has begun keeps its quota.
    #[error("a version takes effect from {0} on at the earliest")]
    TooEarly(NaiveDate),
    /// Nobody is in the audience.
    #[error("nobody is in the audience")]
    NobodyAddressed,
    /// No rule is loaded.
    #[error("no commission rule is in force")]
    NoRule,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn periods_begin_and_end() {
        for (period, at, begins, ends) in [
            (Period::Week, "2026-03-02", "2026-03-02", "2026-03-09"),
            (Period::Week, "2026-03-08", "2026-03-02", "2026-03-09"),
            (Period::Month, "2026-02-28", "2026-02-01", "2026-03-01"),
            (Period::Month, "2026-12-31", "2026-12-01", "2027-01-01"),
            (Period::Quarter, "2026-01-31", "2026-01-01", "2026-04-01"),
            (Period::Quarter, "2026-12-15", "2026-10-01", "2027-01-01"),
        ] {
            assert_eq!(period.span(day(at)), Span { begins: day(begins), ends: day(ends) }, "{period:?} {at}");
            assert_eq!(Period::parse(period.as_str()), Some(period));
        }
        let march = Period::Month.span(day("2026-03-02"));
        assert_eq!(
            (march.from_at().minute_cst(), march.until_at().minute_cst()),
            ("2026-03-01 00:00".to_owned(), "2026-04-01 00:00".to_owned())
        );
    }

    #[test]
    fn short_and_long_items_are_told_apart() {
        assert!(Length::Short.takes(799, 800) && !Length::Short.takes(800, 800));
        assert!(Length::Long.takes(800, 800) && !Length::Long.takes(0, 800) && Length::Any.takes(0, 800));
        assert!(Counting::Sent.takes("declined") && !Counting::Sent.takes("recalled"));
        assert!(Counting::Adopted.takes("merged") && !Counting::Adopted.takes("in_review"));
    }

    #[test]
    fn a_period_is_under_the_newest_version_effective_at_its_first_day() {
        let one = |version, from: &str, minimum| Quota {
            id: QuotaId(uuid::Uuid::nil()),
            version,
            name: String::new(),
            audience: String::new(),
            period: Period::Month,
            length: Length::Any,
            counting: Counting::Sent,
            minimum,
            effective_from: day(from),
            source: String::new(),
            set_at: Timestamp(0),
            set_by: String::new(),
        };
        let history =
            [one(1, "2026-03-01", 8), one(2, "2026-05-01", 6), one(3, "2026-05-01", 5), one(4, "2026-07-01", 0)];
        let at = |text| Quota::in_force(&history, day(text)).map(|quota| quota.version);
        assert_eq!(
            (at("2026-02-01"), at("2026-04-01"), at("2026-05-01"), at("2026-08-01")),
            (None, Some(1), Some(3), None)
        );
    }
}
