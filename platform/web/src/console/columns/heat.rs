//! The rhythm of a column: what was published on each day of the last year, as a picture and in words.

use std::collections::BTreeMap;

use base::Timestamp;
use serde::Serialize;

/// Weeks of the picture.
const WEEKS: i64 = 53;
/// Width of a day with the gap beside it.
const PITCH: i64 = 12;
const DAY: i64 = 24 * Timestamp::HOUR;
/// China is this far east of Greenwich.
const EAST: i64 = 8 * Timestamp::HOUR;

/// A day of the picture.
#[derive(Serialize)]
struct Cell {
    x: i64,
    y: i64,
    /// 0 to 4.
    heat: u8,
}

/// A month in words.
#[derive(Serialize)]
struct Month {
    name: String,
    items: i64,
}

/// The picture and the same in words.
#[derive(Serialize)]
pub(super) struct Heat {
    width: i64,
    height: i64,
    cells: Vec<Cell>,
    months: Vec<Month>,
    items: i64,
    /// Days on which something was published.
    days: usize,
    /// Longest time without anything, in days; up to today.
    gap: i64,
    from: String,
}

/// Days since the epoch, in China.
const fn day_of(at: Timestamp) -> i64 {
    (at.micros() + EAST).div_euclid(DAY)
}

/// When a day began.
const fn start_of(day: i64) -> Timestamp {
    Timestamp(day * DAY - EAST)
}

/// Monday is 0; the epoch was a Thursday.
const fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The instants between which the picture looks.
pub(super) const fn span(now: Timestamp) -> (Timestamp, Timestamp) {
    let today = day_of(now);
    (start_of(today - weekday(today) - 7 * (WEEKS - 1)), start_of(today + 1))
}

impl Heat {
    /// Draws what was published by day.
    pub(super) fn of(days: &BTreeMap<i64, i64>, now: Timestamp) -> Self {
        let (from, _) = span(now);
        let (first, today) = (day_of(from), day_of(now));
        let mut months: BTreeMap<String, i64> = BTreeMap::new();
        let (mut cells, mut gap, mut last) = (Vec::new(), 0, first - 1);
        for day in first..=today {
            let items = days.get(&day).copied().unwrap_or_default();
            if items > 0 {
                gap = gap.max(day - last - 1);
                last = day;
            }
            *months.entry(start_of(day).format_cst("%Y-%m")).or_default() += items;
            let heat = match items {
                ..=0 => 0,
                1 => 1,
                2..=3 => 2,
                4..=7 => 3,
                _ => 4,
            };
            cells.push(Cell { x: (day - first) / 7 * PITCH, y: weekday(day) * PITCH, heat });
        }
        Self {
            width: WEEKS * PITCH,
            height: 7 * PITCH,
            cells,
            months: months.into_iter().rev().map(|(name, items)| Month { name, items }).collect(),
            items: days.values().sum(),
            days: days.values().filter(|items| **items > 0).count(),
            gap: gap.max(today - last),
            from: from.date_cst(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_days() {
        let now = Timestamp::parse("2026-03-04 08:00").expect("a Wednesday");
        let (from, until) = span(now);
        assert_eq!((from.date_cst().as_str(), until.date_cst().as_str()), ("2025-03-03", "2026-03-05"));
        assert_eq!(weekday(day_of(now)), 2);
        let today = day_of(now);
        let heat = Heat::of(&BTreeMap::from([(today, 1), (today - 10, 9)]), now);
        assert_eq!(heat.cells.len(), 52 * 7 + 3);
        assert_eq!((heat.items, heat.days), (10, 2));
        assert_eq!(heat.cells.last().map(|cell| (cell.x, cell.y, cell.heat)), Some((52 * PITCH, 2 * PITCH, 1)));
        assert_eq!(heat.gap, 52 * 7 + 3 - 11, "before the first of the two");
        assert_eq!(Heat::of(&BTreeMap::new(), now).gap, 52 * 7 + 3);
        assert_eq!(heat.months.len(), 13);
    }
}
