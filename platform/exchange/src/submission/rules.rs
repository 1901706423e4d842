//! How long a superior may take, as data (`tenants/rules/submission.toml`).

use base::Timestamp;
use base::calendar::{Calendar, Due};
use serde::Deserialize;

/// All versions of the rule, and the days that are worked.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SubmissionRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<SubmissionRule>,
    /// The State Council's calendar.
    #[serde(skip)]
    pub calendar: Calendar,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmissionRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Working days within which a superior takes note (签收).
    pub receive_days: u32,
    /// Working days within which a superior decides.
    pub decide_days: u32,
    /// Working days after which an undecided submission expires.
    pub expire_days: u32,
    /// Natural hours within which a superior deals with its copy of what was withdrawn at the origin.
    pub withdrawn_hours: i32,
}

impl SubmissionRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&SubmissionRule> {
        let today = now.date_cst();
        let mut known: Vec<&SubmissionRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }

    /// The end of so many working days after an instant.
    pub fn due(&self, from: Timestamp, days: u32) -> Due {
        self.calendar.after(from, days)
    }
}
