//! Shapes that several rooms show: how an order stands, how much time is left.

use base::Timestamp;
use exchange::order::Counts;
use serde::Serialize;

use super::room::Room;
use crate::App;

/// One part of a bar, over a width of 1000.
#[derive(Clone, Serialize)]
pub struct Part {
    key: &'static str,
    x: i64,
    width: i64,
    count: i64,
}

/// A bar of how an audience stands, and the same in words.
#[derive(Clone, Serialize)]
pub struct Bar {
    words: String,
    parts: Vec<Part>,
}

/// The standings of the board in the order in which bars draw them.
pub fn parts_of(counts: &Counts) -> [(&'static str, i64); 8] {
    [
        ("verified_on_time", counts.verified_on_time),
        ("verified_late", counts.verified_late),
        ("live_unverified", counts.live_unverified),
        ("waiting", counts.waiting),
        ("overdue", counts.overdue),
        ("failed", counts.failed),
        ("exempt", counts.exempt),
        ("ended", counts.ended),
    ]
}

impl Bar {
    /// A bar over `total`, of parts by their look, word and count.
    pub fn drawn(total: i64, parts: impl IntoIterator<Item = (&'static str, String, i64)>) -> Self {
        let (mut x, mut drawn, mut words) = (0, Vec::new(), Vec::new());
        for (key, word, count) in parts.into_iter().filter(|(_, _, count)| *count > 0) {
            let width = (count * 1000 / total.max(1)).min(1000 - x);
            drawn.push(Part { key, x, width: width.max(2), count });
            words.push(format!("{word} {count}"));
            x += width;
        }
        Self { words: words.join(", "), parts: drawn }
    }

    pub fn of(app: &App, room: &Room, counts: &Counts) -> Self {
        let total = counts.total().max(1);
        let (mut x, mut parts, mut words) = (0, Vec::new(), Vec::new());
        for (key, count) in parts_of(counts).into_iter().filter(|(_, count)| *count > 0) {
            let width = count * 1000 / total;
            parts.push(Part { key, x, width: width.max(2), count });
            words.push(format!("{} {count}", room.word(app, &format!("count_{key}"))));
            x += width;
        }
        Self { words: words.join(", "), parts }
    }
}

/// Time that is left, or by how much it is over, in the reader's words.
#[derive(Clone, Serialize)]
pub struct Left {
    overdue: bool,
    soon: bool,
    closed: bool,
    left: String,
}

impl Left {
    /// `closed` when nothing is owed any more.
    pub fn of(app: &App, room: &Room, issued_at: Timestamp, due_at: Timestamp, closed: bool, now: Timestamp) -> Self {
        let micros = (due_at.micros() - now.micros()).abs();
        let (hours, minutes) = (micros / Timestamp::HOUR, micros % Timestamp::HOUR / Timestamp::MINUTE);
        let span = (due_at.micros() - issued_at.micros()).max(1);
        let left = format!("{hours} {} {minutes} {}", room.word(app, "hours"), room.word(app, "minutes"));
        Self {
            overdue: !closed && now > due_at,
            soon: !closed && now <= due_at && (due_at.micros() - now.micros()) * 5 < span,
            left: if closed { String::new() } else { left },
            closed,
        }
    }
}
