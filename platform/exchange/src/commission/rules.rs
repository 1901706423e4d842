//! How long an answer may take, when people are reminded, and where a long item begins, as data
//! (`tenants/rules/commission.toml`).

use base::Timestamp;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct CommissionRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<CommissionRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommissionRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Working days of a commission that names no deadline.
    pub default_days: u32,
    /// Natural days after the deadline during which late answers are taken; then the commission closes.
    pub late_days: i64,
    /// Working days that a portal which joins an open commission has at least.
    pub join_days: u32,
    /// Natural hours that a portal has at least after its answer was returned; frozen with the commission.
    pub return_hours: i32,
    /// Visible characters from which an item is long.
    pub long_from: i32,
    /// Working days after the end of a period before its quotas are judged.
    pub judge_days: u32,
    /// Minutes whose reminders make one digest.
    pub digest_minutes: i64,
    /// Minutes between two looks of the time keeper at most.
    pub look_minutes: i64,
    /// When who is reminded, earliest first.
    pub stages: Vec<StageRule>,
}

/// One stage of reminding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageRule {
    /// Percentage of a call's own time that has passed.
    pub percent: i32,
    /// Who is told: `editor` and `tenant_admin` at the addressed portal, `issuer` at the superior.
    pub tell: Vec<String>,
}

impl CommissionRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&CommissionRule> {
        let today = now.date_cst();
        let mut known: Vec<&CommissionRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }

    /// The version that a commission was opened under; the one in force when it is not known any more.
    pub fn of(&self, version: &str, now: Timestamp) -> Option<&CommissionRule> {
        self.rules.iter().find(|rule| rule.effective_from == version).or_else(|| self.at(now))
    }
}
