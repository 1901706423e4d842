//! Lists: one page at a time, newest first, by a cursor that survives insertions.

use serde::Serialize;
use uuid::Uuid;

/// One page of a list: `{items, next_cursor}`.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last one.
    pub next_cursor: Option<String>,
}

/// A place in a list that is ordered by an instant and then by an id, both descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The instant of the last row seen, in microseconds.
    pub at: i64,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// Reads what [`Cursor::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { at: i64::from_str_radix(at, 16).ok()?, id: Uuid::try_parse(id).ok()? })
    }

    /// The opaque form for callers.
    pub fn text(&self) -> String {
        format!("{:x}.{}", self.at, self.id.simple())
    }
}

impl<T> Page<T> {
    /// Makes a page of up to `limit` rows from `limit + 1` rows read.
    pub fn cut(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(cursor);
        Self { items: rows, next_cursor }
    }

    /// The same page with other rows.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(turn).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip_and_nonsense_is_refused() {
        let cursor = Cursor { at: 1_790_000_000_000_000, id: Uuid::from_u128(7) };
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        assert_eq!(Cursor::parse("1' OR 1=1"), None);
    }
}
