//! How delivery is paced and whom digests reach, as data (`tenants/rules/delivery.toml`).

use base::Timestamp;
use base::duty::Role;
use exchange::roster::Post;
use serde::Deserialize;

/// All versions of the rule.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct DeliveryRules {
    /// The versions, in any order.
    #[serde(rename = "rule")]
    pub rules: Vec<DeliveryRule>,
}

/// One version of the rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRule {
    /// First day on which it applies, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Where the numbers come from.
    pub source: String,
    /// Pauses in minutes after each failure of a letter; when they are used up it is dead.
    pub mail_pauses_minutes: Vec<i64>,
    /// Pauses in seconds after each failure of a message; when they are used up it is dead.
    pub webhook_pauses_seconds: Vec<i64>,
    /// Seconds between two looks for new entries.
    pub look_seconds: i64,
    /// Hours for which the old secret signs as well after a rotation.
    pub overlap_hours: i64,
    /// Seconds by which a signature's time may differ from the receiver's.
    pub tolerance_seconds: i64,
    /// Percentage of the time from which on a notice is urgent.
    pub urgent_percent: i64,
    /// Endpoints of one tenant.
    pub endpoints_most: u64,
    /// Whom the digests of an audience reach.
    #[serde(rename = "audience")]
    pub audiences: Vec<AudienceRule>,
}

/// Whom the digests of one audience reach.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudienceRule {
    /// The audience's name in notices.
    pub name: String,
    /// Who hears when no roster says who is on duty.
    pub roles: Vec<Role>,
    /// Posts in the order in which they are asked: the first one that is manned hears.
    pub posts: Vec<String>,
}

impl AudienceRule {
    /// The posts.
    pub fn posts(&self) -> impl Iterator<Item = Post> {
        self.posts.iter().filter_map(|word| Post::parse(word))
    }
}

impl DeliveryRule {
    /// The rule of an audience.
    pub fn audience(&self, name: &str) -> Option<&AudienceRule> {
        self.audiences.iter().find(|one| one.name == name)
    }

    /// Pauses of letters in microseconds.
    pub(super) fn mail_pauses(&self) -> Vec<i64> {
        self.mail_pauses_minutes.iter().map(|minutes| minutes * Timestamp::MINUTE).collect()
    }

    /// Pauses of messages in microseconds.
    pub(super) fn webhook_pauses(&self) -> Vec<i64> {
        self.webhook_pauses_seconds.iter().map(|seconds| seconds * Timestamp::SECOND).collect()
    }
}

impl DeliveryRules {
    /// The version in force at an instant; the oldest one before any was.
    pub fn at(&self, now: Timestamp) -> Option<&DeliveryRule> {
        let today = now.date_cst();
        let mut known: Vec<&DeliveryRule> = self.rules.iter().collect();
        known.sort_by(|a, b| a.effective_from.cmp(&b.effective_from));
        known.iter().rev().find(|rule| rule.effective_from <= today).or(known.first()).copied()
    }
}
