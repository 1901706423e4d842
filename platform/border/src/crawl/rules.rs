//! How often, how politely and how much is crawled, as data (`tenants/rules/crawl.toml`).

use base::Timestamp;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct CrawlRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<CrawlRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrawlRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Shortest time between two runs of a source, in minutes.
    pub every_min_minutes: i32,
    /// Longest time between two runs of a source, in minutes.
    pub every_max_minutes: i32,
    /// What a new source begins with, in minutes.
    pub every_default_minutes: i32,
    /// Least time between two visits to one host, in milliseconds.
    pub pace_min_ms: i64,
    /// What a new source begins with, in milliseconds.
    pub pace_default_ms: i64,
    /// Most items that one look takes up.
    pub items_max: i32,
    /// What a new source begins with.
    pub items_default: i32,
    /// Seconds after which a run stops and goes on later.
    pub run_seconds: i64,
    /// Failures in a row after which a source is failing.
    pub failing_after: i32,
    /// How many times longer a failing source waits.
    pub failing_slows: i64,
    /// Visits after which an item that cannot be read is left alone.
    pub item_tries: i32,
    /// Hours after which an item that landed is looked at again.
    pub recheck_hours: i64,
    /// Days after its first sight for which an item is looked at again.
    pub recheck_days: i64,
    /// Days back to which near-duplicates are looked for.
    pub near_days: i64,
    /// Items among which near-duplicates are looked for.
    pub near_most: u64,
    /// Share of common runs of words from which two texts are the same.
    pub near_share: f64,
    /// Pictures and attachments of one article.
    pub files_max: usize,
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Bytes of all files of one article.
    pub files_bytes: usize,
}

impl CrawlRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&CrawlRule> {
        let today = now.date_cst();
        let mut known: Vec<&CrawlRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }
}
