//! What applies to links that leave a portal, as data (`tenants/rules/link.toml`).

use base::Timestamp;
use serde::Deserialize;
use url::Url;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LinkRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<LinkRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where it comes from.
    pub source: String,
    /// Ends of host names that are left without a notice page.
    pub trusted_suffixes: Vec<String>,
    /// Natural hours between two looks at one address.
    pub check_hours: i64,
    /// Minutes until an address that did not answer is looked at again.
    pub again_minutes: i64,
    /// Looks in vain, in a row, that make a finding (count).
    pub misses: i32,
    /// Addresses that one run looks at (count).
    pub batch: u64,
    /// Least milliseconds between two looks of the whole cluster at one host.
    pub pace_millis: i64,
    /// Days before the end of an entry on which its owner is told.
    pub remind_days: i64,
    /// Minutes whose findings make one digest.
    pub digest_minutes: i64,
    /// What pages say that stand where a domain has run out; lower case.
    pub parked: Vec<String>,
    /// What no page says that a government portal links to.
    pub foul: Vec<String>,
}

impl LinkRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&LinkRule> {
        let today = now.date_cst();
        let mut known: Vec<&LinkRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }
}

impl LinkRule {
    /// Whether an address is left without a notice page.
    pub fn trusts(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        self.trusted_suffixes.iter().any(|end| host.ends_with(end.as_str()) || host == end.trim_start_matches('.'))
    }
}
