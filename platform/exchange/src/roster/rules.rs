//! How long shifts last and how long a hand-over may wait, as data (`tenants/rules/roster.toml`).

use base::Timestamp;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RosterRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<RosterRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Most hours of one shift.
    pub shift_max_hours: i64,
    /// Minutes after which a signed note that nobody took over is reminded of, and again.
    pub handover_minutes: i64,
    /// Reminders of one note.
    pub handover_reminders: i64,
    /// Minutes whose duty notices make one digest.
    pub digest_minutes: i64,
}

impl RosterRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&RosterRule> {
        let today = now.date_cst();
        let mut known: Vec<&RosterRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }
}
