//! Time is passed in. Domain code and SQL never ask what time it is; the surface reads the [`Clock`] once per request.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Seconds that China Standard Time (Asia/Shanghai, no daylight saving) is ahead of UTC.
const CST_SECONDS: i32 = 8 * 3600;

/// An instant in microseconds since 1970-01-01T00:00:00Z. Both databases keep it as a 64-bit integer, so that deadlines
/// are plain arithmetic in the same SQL on both and no engine rounds it differently (ADR 0003).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Microseconds in one hour, the unit of every repost limit.
    pub const HOUR: i64 = 3_600_000_000;
    /// Microseconds in one minute.
    pub const MINUTE: i64 = 60_000_000;
    /// Microseconds in one second.
    pub const SECOND: i64 = 1_000_000;

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant moved by whole hours (natural hours: holidays do not stop the repost clock).
    pub const fn plus_hours(self, hours: i64) -> Self {
        Self(self.0 + hours * Self::HOUR)
    }

    /// This instant moved by minutes.
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0 + minutes * Self::MINUTE)
    }

    /// This instant moved by seconds.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * Self::SECOND)
    }

    /// Reads `YYYY-MM-DD` or `YYYY-MM-DD HH:MM` as China Standard Time, or an RFC 3339 instant.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(at.timestamp_micros()));
        }
        let full = match text.len() {
            10 => format!("{text} 00:00"),
            _ => text.to_owned(),
        };
        let naive = NaiveDateTime::parse_from_str(&full, "%Y-%m-%d %H:%M").ok()?;
        cst().from_local_datetime(&naive).single().map(|at| Self(at.timestamp_micros()))
    }

    /// `YYYY-MM-DD HH:MM` in China Standard Time: the form that 国办发〔2017〕47号 asks of every page.
    pub fn minute_cst(self) -> String {
        self.in_cst().format("%Y-%m-%d %H:%M").to_string()
    }

    /// `YYYY-MM-DD` in China Standard Time.
    pub fn date_cst(self) -> String {
        self.in_cst().format("%Y-%m-%d").to_string()
    }

    /// The calendar day in China Standard Time.
    pub fn day_cst(self) -> NaiveDate {
        self.in_cst().date_naive()
    }

    /// 24:00 of a calendar day in China Standard Time.
    pub fn end_of_day_cst(day: NaiveDate) -> Self {
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
        Self(midnight - i64::from(CST_SECONDS) * Self::SECOND).plus_hours(24)
    }

    /// Formats in China Standard Time with a chrono pattern.
    pub fn format_cst(self, pattern: &str) -> String {
        self.in_cst().format(pattern).to_string()
    }

    /// RFC 3339 in UTC with microseconds, for the API and for evidence.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    }

    /// The same instant as a chrono value.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    fn in_cst(self) -> DateTime<FixedOffset> {
        self.utc().with_timezone(&cst())
    }
}

fn cst() -> FixedOffset {
    FixedOffset::east_opt(CST_SECONDS).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 instant"))
    }
}

/// Where the present comes from.
pub trait Clock: Send + Sync {
    /// The instant of this call, in whole microseconds.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp(Utc::now().timestamp_micros())
    }
}

/// A clock that stands still until it is moved: a 24-hour deadline is tested in milliseconds.
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock standing at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves the clock forward by `micros` microseconds.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_china_standard_time() {
        let at = Timestamp::parse("2026-10-01 08:30").expect("a valid time");
        assert_eq!(at.rfc3339(), "2026-10-01T00:30:00.000000Z");
        assert_eq!(at.minute_cst(), "2026-10-01 08:30");
        assert_eq!(Timestamp::parse("2026-10-01").map(Timestamp::minute_cst).as_deref(), Some("2026-10-01 00:00"));
        assert_eq!(Timestamp::parse("next week"), None);
    }

    #[test]
    fn twenty_four_hours_pass_in_no_time() {
        let clock = FixedClock::at(Timestamp::parse("2026-02-15 00:00").expect("a valid time"));
        let due_at = clock.now().plus_hours(24);
        clock.advance(24 * Timestamp::HOUR);
        assert!(clock.now() <= due_at);
        clock.advance(1);
        assert!(clock.now() > due_at);
    }
}
