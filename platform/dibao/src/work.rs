//! What every kind of job does: the whole registry, on one screen. A worker claims and ends; this decides nothing but which.

use std::sync::Arc;

use base::outbound::Outbound;
use base::outbound::mail::Mailer;
use base::queue::{Claimed, Outcome};
use border::polite::Guest;
use exchange::joint;
use exchange::order::jobs;
use exchange::submission;
use oversight::probe;
use web::App;

/// What jobs work with.
pub struct Tools {
    /// What handlers share: the store, the rules, the clock, the files, the templates.
    pub app: Arc<App>,
    /// The way out.
    pub outbound: Outbound,
    /// Reads outside pages and keeps their rules.
    pub guest: Guest,
    /// The way to the mail server, when there is one.
    pub mailer: Option<Mailer>,
}

/// Runs one claimed job.
pub async fn run(tools: &Tools, job: &Claimed) -> Outcome {
    let app = &tools.app;
    let now = app.clock.now();
    let failed = |error: &dyn std::fmt::Display| Outcome::Failed(error.to_string());
    match job.kind.as_str() {
        "order.fan_out" => jobs::fan_out(&app.store, job, now).await.unwrap_or_else(|error| failed(&error)),
        "order.keep_time" => {
            jobs::keep_time(&app.store, &app.rules, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        "probe" => probe::run(&app.store, &tools.outbound, &app.addresses, &app.rules, job, &*app.clock)
            .await
            .unwrap_or_else(|error| failed(&error)),
        submission::jobs::EXPIRE => {
            submission::jobs::expire(&app.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        joint::jobs::FILL => joint::jobs::fill(&app.store, job, now).await.unwrap_or_else(|error| failed(&error)),
        joint::jobs::SUMMON => joint::jobs::summon(&app.store, job, now).await.unwrap_or_else(|error| failed(&error)),
        joint::jobs::CATCH_UP => {
            joint::jobs::catch_up(&app.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        other => Outcome::Failed(format!("there is no job of the kind {other}")),
    }
}
