//! What every kind of job does: the whole registry, on one screen. A worker claims and ends; this decides nothing but which.

use std::sync::Arc;

use base::Timestamp;
use base::outbound::Outbound;
use base::outbound::mail::Mailer;
use base::queue::{Claimed, Outcome};
use border::outside::{hub, jobs as abroad};
use border::polite::Guest;
use border::{crawl, delivery, federation, link};
use exchange::merit;
use exchange::order::jobs;
use exchange::{detachment, handover, joint, likeness, notice, submission};
use exchange::{commission, quota, submission};
use oversight::probe;
use web::App;

use crate::letters;

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

/// With what the channel to other installations works.
fn means(tools: &Tools) -> federation::jobs::Means<'_> {
    let app = &tools.app;
    federation::jobs::Means {
        store: &app.store,
        outbound: &tools.outbound,
        signer: app.signer.as_deref(),
        files: &app.files,
        rules: &app.federation,
        repost: &app.rules,
        addresses: &app.addresses,
    }
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
        link::jobs::GATHER => link::jobs::gather(&app.store, job, now).await.unwrap_or_else(|error| failed(&error)),
        link::jobs::CHECK => link::jobs::check(&app.store, &tools.outbound, &tools.guest, &app.links, job, &*app.clock)
            .await
            .unwrap_or_else(|error| failed(&error)),
        federation::jobs::PULL => {
            federation::jobs::pull(&means(tools), job, now).await.unwrap_or_else(|error| failed(&error))
        }
        federation::jobs::WATCH => {
            federation::jobs::watch(&means(tools), job, now).await.unwrap_or_else(|error| failed(&error))
        }
        detachment::jobs::RECALL => {
            detachment::jobs::recall(&app.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        submission::jobs::EXPIRE => {
            submission::jobs::expire(&app.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        likeness::jobs::SETTLE => {
            likeness::jobs::settle(&app.store, &app.likeness, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        handover::jobs::REMIND => {
            handover::jobs::remind(&app.store, &app.rosters, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        notice::DELIVER if tools.mailer.is_none() => Outcome::Done,
        notice::DELIVER => {
            delivery::spread(&app.store, &app.delivery, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        delivery::MAIL => {
            letters::work(app, tools.mailer.as_ref(), job, now).await.unwrap_or_else(|error| failed(&error))
        }
        delivery::webhook::WORK => {
            let absolute = |host: &str, path: &str| app.addresses.absolute(host, path);
            delivery::webhook::work(&app.store, &app.outbound, &absolute, &app.delivery, job, now)
                .await
                .unwrap_or_else(|error| failed(&error))
        }
        submission::jobs::FATE => {
            submission::jobs::tell(&app.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        submission::jobs::ORIGIN => {
            submission::jobs::hide(&app.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        submission::jobs::SETTLE => submission::jobs::settle(&app.store, &app.submissions, job, now)
            .await
            .unwrap_or_else(|error| failed(&error)),
        joint::jobs::FILL => joint::jobs::fill(&app.store, job, now).await.unwrap_or_else(|error| failed(&error)),
        joint::jobs::CATCH_UP => {
            joint::jobs::catch_up(&app.store, job, now).await.unwrap_or_else(|error| failed(&error))
        }
        crawl::jobs::RUN => crawl::jobs::run(&app.reader(), job).await.unwrap_or_else(|error| failed(&error)),
        kind if kind.starts_with("outside.") => {
            outside(tools, job, now).await.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")))
        commission::jobs::KEEP_TIME => {
            commission::jobs::keep_time(&app.store, &app.commissions, &app.submissions.calendar, job, now)
                .await
                .unwrap_or_else(|error| failed(&error))
        }
        quota::jobs::KEEP_TIME => {
            quota::jobs::keep_time(&app.store, &app.commissions, &app.submissions.calendar, job, now)
                .await
                .unwrap_or_else(|error| failed(&error))
        merit::jobs::SCORE | merit::jobs::RECOMPUTE => {
            merit::jobs::run(&app.store, job).await.unwrap_or_else(|error| failed(&error))
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
