//! How portals outside are looked at, as data (`tenants/rules/outside.toml`).

use base::Timestamp;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<OutsideRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Minutes after the order until the first look.
    pub first_minutes: i64,
    /// Minutes between two looks.
    pub every_minutes: i64,
    /// Pages of a list that are read at most in one look.
    pub pages_deep: u32,
    /// Articles that are read at most in one look.
    pub articles: usize,
    /// Milliseconds between two visits to one host at least.
    pub pace_ms: i64,
    /// Days after the limit for which a late repost is still looked for.
    pub follow_days: i64,
    /// Days for which the text of a page that was read is kept.
    pub keep_days: i64,
    /// Minutes until a letter that could not leave is tried again.
    pub mail_minutes: i64,
    /// Likeness of titles, 0 to 1, from which two titles are the same.
    pub title_sure: f64,
    /// Share of the text on the page from which it is the same text, under the same title.
    pub text_sure: f64,
    /// The same when the page names the document's number.
    pub text_numbered: f64,
    /// Share of the text from which a person is asked.
    pub text_doubtful: f64,
}

impl OutsideRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&OutsideRule> {
        let today = now.date_cst();
        let mut known: Vec<&OutsideRule> = self.rules.iter().collect();
        known.sort_by(|one, other| one.effective_from.cmp(&other.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }
}
