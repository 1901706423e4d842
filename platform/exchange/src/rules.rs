//! The rules of reposting and of the life of portals are data with an effective date and a source (`tenants/rules/`), never constants.

use base::Timestamp;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Deserialize)]
pub struct RepostRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<RepostRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
pub struct RepostRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// The hard line in natural hours; holidays do not stop it.
    pub default_hours: i32,
    /// The line that tenants should aim at, in natural hours.
    pub target_hours: i32,
    /// Hours within which no copy of a recalled document may be visible.
    #[serde(default = "one_hour")]
    pub recall_hours: i32,
    /// Percentages of the time at which people are reminded.
    pub stages: Vec<Stage>,
    /// Minutes before the limit at which the platform places what nobody placed.
    pub fallback_lead_minutes: i64,
    /// Standard code of the column that a mandatory repost goes to.
    pub target_column: String,
    /// How probes are paced.
    #[serde(default)]
    pub probe: ProbePace,
    /// Days for which an order stays open at least: until then tenants that join owe it too.
    #[serde(default = "thirty_days")]
    pub open_days: i64,
    /// How often the time keeper looks at an open order.
    #[serde(default)]
    pub look: LookPace,
    /// Minutes whose reminders make one digest.
    #[serde(default = "one_hour_of_minutes")]
    pub digest_minutes: i64,
}

/// One reminder stage.
#[derive(Clone, Debug, Deserialize)]
pub struct Stage {
    /// Percentage of the time that has passed.
    pub percent: i32,
    /// Who is told: `editor`, `tenant_admin` or `parent_duty`.
    pub tell: String,
}

/// How probes are paced.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct ProbePace {
    /// Seconds before a page that did not show the repost is looked at again; doubled each time.
    pub retry_seconds: i64,
    /// Looks in a row without success after which the obligation counts as failed.
    pub attempts: i32,
    /// Minutes after which a failed obligation is looked at again, for as long as its order is open.
    pub again_minutes: i64,
}

/// How often the time keeper looks at an open order: when something falls due, within these bounds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct LookPace {
    /// Seconds between two looks at least.
    pub least_seconds: i64,
    /// Minutes between two looks at most, also when everything is settled.
    pub most_minutes: i64,
}

fn one_hour() -> i32 {
    1
}

fn one_hour_of_minutes() -> i64 {
    60
}

fn thirty_days() -> i64 {
    30
}

impl Default for ProbePace {
    fn default() -> Self {
        Self { retry_seconds: 30, attempts: 6, again_minutes: 30 }
    }
}

impl Default for LookPace {
    fn default() -> Self {
        Self { least_seconds: 60, most_minutes: 60 }
    }
}

impl RepostRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&RepostRule> {
        in_force(&self.rules, |rule| &rule.effective_from, now)
    }

    /// The version under which something was issued: it goes on by the rule that it began with.
    pub fn of(&self, version: &str, issued_at: Timestamp) -> Option<&RepostRule> {
        self.rules.iter().find(|rule| rule.effective_from == version).or_else(|| self.at(issued_at))
    }
}

fn in_force<R>(versions: &[R], from: impl Fn(&R) -> &str, now: Timestamp) -> Option<&R> {
    let today = now.date_cst();
    let mut known: Vec<&R> = versions.iter().collect();
    known.sort_by(|a, b| from(a).cmp(from(b)));
    known.iter().rev().find(|rule| from(rule) <= today.as_str()).or(known.first()).copied()
}

/// All versions of the rule on going offline and closing (`tenants/rules/lifecycle.toml`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<LifecycleRule>,
}

/// One version of the rule on going offline and closing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LifecycleRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Days that a suspension lasts at most.
    pub suspension_max_days: i64,
    /// Days from the beginning of one suspension to the earliest beginning of the next.
    pub suspension_every_days: i64,
    /// Days that the notice of a closing portal stands at least.
    pub closing_min_days: i64,
}

impl Default for LifecycleRule {
    fn default() -> Self {
        Self {
            effective_from: "2017-06-08".to_owned(),
            source: "国办发〔2017〕47号".to_owned(),
            suspension_max_days: 30,
            suspension_every_days: 365,
            closing_min_days: 30,
        }
    }
}

impl LifecycleRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> LifecycleRule {
        in_force(&self.rules, |rule| &rule.effective_from, now).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(from: &str, hours: i32) -> RepostRule {
        RepostRule {
            effective_from: from.to_owned(),
            source: String::new(),
            default_hours: hours,
            target_hours: 12,
            recall_hours: 1,
            stages: vec![],
            fallback_lead_minutes: 60,
            target_column: "gwyzc".to_owned(),
            probe: ProbePace::default(),
            open_days: 30,
            look: LookPace::default(),
            digest_minutes: 60,
        }
    }

    #[test]
    fn the_version_in_force_is_found_by_date() {
        let rules = RepostRules { rules: vec![rule("2027-01-01", 12), rule("2016-01-01", 24)] };
        let hours = |day: &str| rules.at(Timestamp::parse(day).expect("a day")).map(|rule| rule.default_hours);
        assert_eq!(hours("2026-11-24"), Some(24));
        assert_eq!(hours("2027-01-01"), Some(12));
        assert_eq!(hours("2001-01-01"), Some(24));
        let later = Timestamp::parse("2028-01-01").expect("a day");
        assert_eq!(rules.of("2016-01-01", later).map(|rule| rule.default_hours), Some(24));
        assert_eq!(rules.of("a version that is gone", later).map(|rule| rule.default_hours), Some(12));
    }
}
