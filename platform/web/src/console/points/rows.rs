//! One event as a line, with the reason of what it is worth.

use exchange::merit::{EventView, Occasion, Points, RuleRow, VersionView};
use serde::Serialize;

use super::super::room::Room;
use super::{occasion_word, place_word, short_name};
use crate::App;

/// A line of a list of events.
#[derive(Serialize)]
pub struct Line {
    pub id: String,
    unit: String,
    occasion: String,
    badge: &'static str,
    place: String,
    channel: String,
    title: String,
    note: String,
    at: String,
    /// Empty until it is scored.
    points: String,
    why: String,
    pub may_appeal: bool,
}

fn badge(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Adopted | Occasion::Merged | Occasion::Published => "live",
        Occasion::Instruction | Occasion::CommissionDelivered | Occasion::QuotaMet => "proven",
        Occasion::CommissionMissed | Occasion::QuotaMissed | Occasion::Revoked => "missed",
        Occasion::CommissionLate => "verified_late",
        Occasion::Adjusted => "exempt",
        _ => "open",
    }
}

impl Line {
    pub fn of(app: &App, room: &Room, one: EventView, versions: &[VersionView]) -> Self {
        Self {
            why: why(app, room, &one, versions),
            unit: short_name(app, one.beneficiary),
            occasion: occasion_word(app, room, one.occasion),
            badge: badge(one.occasion),
            place: place_word(app, room, one.occasion, one.place),
            points: one.worth.as_ref().map(|worth| signed(worth.points)).unwrap_or_default(),
            id: one.id.to_string(),
            channel: one.channel,
            title: one.title,
            note: one.note,
            at: one.at.minute_cst(),
            may_appeal: false,
        }
    }
}

fn signed(points: Points) -> String {
    if points.0 > 0 { format!("+{points}") } else { points.to_string() }
}

/// A row of a table in the reader's words.
pub fn rule_words(app: &App, room: &Room, row: &RuleRow) -> String {
    let mut words = vec![occasion_word(app, room, row.occasion)];
    words.extend(row.place.map(|place| room.word(app, &format!("points_place_{}", place.as_str()))));
    if !row.channel.is_empty() {
        words.push(row.channel.clone());
    }
    format!("{} {}", words.join(" · "), row.points)
}

fn why(app: &App, room: &Room, one: &EventView, versions: &[VersionView]) -> String {
    let Some(worth) = &one.worth else { return room.word(app, "points_why_waits") };
    let word = |key: &str| room.word(app, key);
    match (one.occasion, worth.rule(versions)) {
        (Occasion::Adjusted, _) => word("points_why_adjusted"),
        (Occasion::Revoked, _) => word("points_why_revoked"),
        (_, None) if worth.version == 0 => word("points_why_no_table"),
        (_, None) => word("points_why_no_row"),
        (_, Some(row)) => {
            let said = format!("{}{}", word("points_why_row"), rule_words(app, room, row));
            let note = if row.note.is_empty() { String::new() } else { format!("（{}）", row.note) };
            let less = if worth.points == worth.row_points { "" } else { &word("points_why_less") };
            format!("{said}{note}{less}")
        }
    }
}
