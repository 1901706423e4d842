//! What every kind of job does: the whole registry, on one screen. A worker claims and ends; this decides nothing but which.

use std::sync::Arc;

use base::Timestamp;
use base::outbound::Outbound;
use base::outbound::mail::Mailer;
use base::queue::{Claimed, Outcome};
use border::outside::{hub, jobs as abroad};
use border::polite::Guest;
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
        kind if kind.starts_with("outside.") => {
            outside(tools, job, now).await.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")))
        }
        other => Outcome::Failed(format!("there is no job of the kind {other}")),
    }
}

/// What follows orders outside the platform.
async fn outside(tools: &Tools, job: &Claimed, now: Timestamp) -> anyhow::Result<Outcome> {
    let (app, rules) = (&tools.app, &tools.app.outside);
    let (store, outbound, guest) = (&app.store, &tools.outbound, &tools.guest);
    Ok(match job.kind.as_str() {
        abroad::FOLLOW => abroad::follow(store, rules, job, now).await?,
        abroad::DUE => abroad::due(store, job, now).await?,
        abroad::LOOK => abroad::look(store, outbound, guest, rules, job, now).await?,
        abroad::TRY => abroad::try_patterns(store, outbound, guest, rules, job, now).await?,
        abroad::MAIL => {
            let absolute = |host: &str, path: &str| app.addresses.absolute(host, path);
            abroad::send(store, tools.mailer.as_ref(), &absolute, rules, job, now).await?
        }
        hub::VERIFY => hub::verify(store, outbound, job, now).await?,
        hub::DELIVER => match web::public::orders_content(app, job.tenant()).await? {
            Some(content) => hub::deliver(store, outbound, content, job, now).await?,
            None => Outcome::Done,
        },
        other => Outcome::Failed(format!("there is no job of the kind {other}")),
    })
}
