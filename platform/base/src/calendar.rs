//! Working days: the State Council's yearly notice as data. Clocks of reports and letters count them; the repost clock does
//! not (holidays do not stop it).
//!
//! The day of receipt is not counted, and a period ends at 24:00 of its last working day, in China Standard Time. A year
//! whose notice is not loaded gives a *provisional* deadline by Monday to Friday, to be settled when it is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

use crate::Timestamp;

/// The days that differ from Monday to Friday, year by year.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    // true: a day that is worked although it is a weekend; false: a day off.
    days: BTreeMap<NaiveDate, bool>,
    years: BTreeSet<i32>,
}

/// When a period of working days ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// 24:00 of its last day.
    pub at: Timestamp,
    /// A year without a notice was counted as Monday to Friday.
    pub provisional: bool,
}

/// Why a table of days was refused.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct CalendarError {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

#[derive(Deserialize)]
struct Row {
    date: NaiveDate,
    is_workday: u8,
}

impl Calendar {
    /// Reads a table `date,name,is_workday`: 0 for a day off, 1 for a weekend that is worked.
    ///
    /// # Errors
    /// [`CalendarError`] naming the first line that is wrong.
    pub fn read(text: &str) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for (index, row) in reader.deserialize::<Row>().enumerate() {
            let line = index + 2;
            let row = row.map_err(|error| CalendarError { line, what: error.to_string() })?;
            if row.is_workday > 1 {
                return Err(CalendarError { line, what: format!("is_workday is {}", row.is_workday) });
            }
            calendar.years.insert(row.date.year());
            calendar.days.insert(row.date, row.is_workday == 1);
        }
        Ok(calendar)
    }

    /// Whether the day is worked.
    pub fn is_worked(&self, day: NaiveDate) -> bool {
        let weekday = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        self.days.get(&day).copied().unwrap_or(weekday)
    }

    /// The end of `count` working days after the day of `from`.
    pub fn after(&self, from: Timestamp, count: u32) -> Due {
        let mut day = from.day_cst();
        let (mut left, mut provisional) = (count, false);
        while left > 0 {
            let Some(next) = day.succ_opt() else { break };
            day = next;
            provisional |= !self.years.contains(&day.year());
            left -= u32::from(self.is_worked(day));
        }
        Due { at: Timestamp::end_of_day_cst(day), provisional }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real() -> Calendar {
        Calendar::read(include_str!("../../../tenants/calendar/holidays.csv")).expect("the shipped table")
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// Counted by hand from the notice for 2026 (国办发明电〔2025〕7号).
    #[test]
    fn golden_cases_of_2026() {
        let calendar = real();
        for (from, count, last) in [
            ("2026-02-13", 1, "2026-02-14"),
            ("2026-02-13", 3, "2026-02-25"),
            ("2026-02-14", 1, "2026-02-24"),
            ("2026-04-30", 5, "2026-05-11"),
            ("2026-09-30", 3, "2026-10-10"),
            ("2026-09-30", 7, "2026-10-15"),
            ("2026-09-18", 20, "2026-10-22"),
            ("2026-01-30", 20, "2026-03-05"),
        ] {
            let due = calendar.after(Timestamp::parse(&format!("{from} 17:30")).expect("an instant"), count);
            assert_eq!(due, Due { at: Timestamp::end_of_day_cst(day(last)), provisional: false }, "{from} + {count}");
        }
        let worked = (0..365).filter(|n| calendar.is_worked(day("2026-01-01") + chrono::Days::new(*n))).count();
        assert_eq!(worked, 248);
    }

    #[test]
    fn a_year_without_a_notice_is_provisional_and_settled_by_it() {
        let text = include_str!("../../../tenants/calendar/holidays.csv");
        let calendar = Calendar::read(text).expect("a table");
        let from = Timestamp::parse("2026-12-31 09:00").expect("an instant");
        let guess = calendar.after(from, 1);
        assert_eq!(guess, Due { at: Timestamp::end_of_day_cst(day("2027-01-01")), provisional: true });
        let loaded = Calendar::read(&format!("{text}2027-01-01,元旦,0\n")).expect("a table");
        assert_eq!(loaded.after(from, 1), Due { at: Timestamp::end_of_day_cst(day("2027-01-04")), provisional: false });
    }

    #[test]
    fn a_wrong_line_is_named() {
        let wrong = Calendar::read("date,name,is_workday\n2026-01-01,元旦,0\n2026-13-01,x,0\n").expect_err("an error");
        assert_eq!(wrong.line, 3);
    }
}
