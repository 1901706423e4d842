//! How fresh a column is by its own rule. Pure.

use base::Timestamp;
use serde::Serialize;

use super::Column;

/// What stands in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Items before the public.
    pub items: i64,
    /// When the newest was published.
    pub newest: Option<Timestamp>,
    /// When the one was published that fills the rule's minimum, counted from the newest.
    pub nth: Option<Timestamp>,
}

/// How a column stands under its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fresh {
    /// Well within its limit.
    Fresh,
    /// Its limit is near.
    Due,
    /// Its limit has passed.
    Stale,
    /// Nothing stands in it.
    Empty,
    /// Nothing is asked of it.
    NoRule,
}

/// How a column stands, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// How it stands.
    pub is: Fresh,
    /// When it becomes stale, or became so.
    pub limit: Option<Timestamp>,
    /// Whole hours until then; negative since then.
    pub hours_left: Option<i64>,
}

impl Fresh {
    /// The word used by surfaces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Due => "due",
            Self::Stale => "stale",
            Self::Empty => "empty",
            Self::NoRule => "no_rule",
        }
    }
}

const DAY_HOURS: i64 = 24;

/// How a column stands now. An item counts for the whole of its window: the column is stale when the item that fills the
/// minimum is older than the window, or when there are not as many.
pub fn fresh(column: &Column, filled: &Filled, now: Timestamp) -> Freshness {
    let without = |is| Freshness { is, limit: None, hours_left: None };
    if filled.items == 0 {
        // An empty column is a finding of its own, whatever its rule says.
        return without(Fresh::Empty);
    }
    if column.update_window_days <= 0 {
        return without(Fresh::NoRule);
    }
    let Some(nth) = filled.nth else { return without(Fresh::Stale) };
    let limit = nth.plus_hours(i64::from(column.update_window_days) * DAY_HOURS);
    let left = limit.micros() - now.micros();
    let is = if left < 0 {
        Fresh::Stale
    } else if left <= i64::from(column.remind_days) * DAY_HOURS * Timestamp::HOUR {
        Fresh::Due
    } else {
        Fresh::Fresh
    };
    Freshness { is, limit: Some(limit), hours_left: Some(left.div_euclid(Timestamp::HOUR)) }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::column;
    use super::*;

    #[test]
    fn the_limit_is_counted_from_the_item_that_fills_the_minimum() {
        let now = Timestamp::parse("2026-03-20 08:00").expect("a time");
        let ago = |days: i64| Some(now.plus_hours(-24 * days));
        let of = |window, items, nth: Option<Timestamp>| {
            let column = Column { update_window_days: window, update_min: 1, remind_days: 3, ..column("a", None, 10) };
            fresh(&column, &Filled { items, newest: nth, nth }, now)
        };
        assert_eq!(of(14, 0, None).is, Fresh::Empty);
        assert_eq!(of(0, 0, None).is, Fresh::Empty, "an empty column is a finding even without a rule");
        assert_eq!(of(0, 9, None).is, Fresh::NoRule);
        assert_eq!((of(14, 1, ago(1)).is, of(14, 1, ago(1)).hours_left), (Fresh::Fresh, Some(13 * 24)));
        assert_eq!((of(14, 1, ago(11)).is, of(14, 1, ago(11)).hours_left), (Fresh::Due, Some(72)));
        assert_eq!(of(14, 1, ago(10)).is, Fresh::Fresh);
        assert_eq!(of(14, 1, ago(14)).is, Fresh::Due, "the last instant is still in time");
        let late = fresh(
            &Column { update_window_days: 14, ..column("a", None, 10) },
            &Filled { items: 1, newest: ago(14), nth: ago(14) },
            Timestamp(now.micros() + 1),
        );
        assert_eq!((late.is, late.hours_left), (Fresh::Stale, Some(-1)));
        assert_eq!(of(14, 2, None), Freshness { is: Fresh::Stale, limit: None, hours_left: None }, "too few");
    }
}
