//! The pace of the channel, as data (`tenants/rules/federation.toml`).

use base::Timestamp;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct FederationRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<FederationRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where it comes from.
    pub source: String,
    /// Seconds between two looks at the superior.
    pub interval_seconds: i64,
    /// Minutes without a sign of life after which the loss of the link is put on record.
    pub lost_minutes: i64,
    /// Seconds by which the clocks may differ.
    pub skew_seconds: i64,
    /// Portals below the border of which one message tells.
    #[serde(default = "page")]
    pub portals_per_message: u64,
}

const fn page() -> u64 {
    200
}

impl FederationRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&FederationRule> {
        let today = now.date_cst();
        let mut known: Vec<&FederationRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }
}
