//! What every kind of job does: the whole registry, on one screen. A worker claims and ends; this decides nothing but which.

use base::Clock;
use base::Store;
use base::outbound::Outbound;
use base::queue::{Claimed, Outcome};
use exchange::order::jobs;
use exchange::{RepostRules, submission};

use crate::probe::{self, Addresses};

/// What jobs work with.
pub struct Tools {
    /// The way to every row.
    pub store: Store,
    /// The way out.
    pub outbound: Outbound,
    /// How public addresses are written.
    pub addresses: Addresses,
    /// The repost rules in all their versions.
    pub rules: std::sync::Arc<RepostRules>,
    /// Where the present comes from.
    pub clock: std::sync::Arc<dyn Clock>,
}

/// Runs one claimed job.
pub async fn run(tools: &Tools, job: &Claimed) -> Outcome {
    let now = tools.clock.now();
    let failed = |error: &dyn std::fmt::Display| Outcome::Failed(error.to_string());
    match job.kind.as_str() {
        "order.fan_out" => jobs::fan_out(&tools.store, job, now).await.unwrap_or_else(|error| failed(&error)),
        "order.keep_time" => {
            jobs::keep_time(&tools.store, &tools.rules, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        "probe" => probe::run(&tools.store, &tools.outbound, &tools.addresses, &tools.rules, job, &*tools.clock)
            .await
            .unwrap_or_else(|error| failed(&error)),
        submission::jobs::EXPIRE => {
            submission::jobs::expire(&tools.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        other => Outcome::Failed(format!("there is no job of the kind {other}")),
    }
}
