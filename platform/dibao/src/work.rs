//! What every kind of job does: the whole registry, on one screen. A worker claims and ends; this decides nothing but which.

use std::sync::Arc;

use base::Timestamp;
use base::outbound::Outbound;
use base::outbound::mail::Mailer;
use base::queue::{Claimed, Outcome};
use border::outside::{hub, jobs as abroad};
use border::polite::Guest;
use border::{crawl, delivery, federation, link};
use exchange::order::jobs;
use exchange::{commission, detachment, handover, joint, likeness, merit, notice, quota, submission};
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

/// Runs one claimed job. What goes wrong is said in words; the queue decides when it is tried again.
pub async fn run(tools: &Tools, job: &Claimed) -> Outcome {
    done(tools, job).await.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")))
}

async fn done(tools: &Tools, job: &Claimed) -> anyhow::Result<Outcome> {
    let (app, store, now) = (&tools.app, &tools.app.store, tools.app.clock.now());
    let (outbound, guest, clock) = (&tools.outbound, &tools.guest, &*tools.app.clock);
    let (calendar, called) = (&app.submissions.calendar, &app.commissions);
    // What was done elsewhere is told in the same letters as what orders ask for.
    let digest_minutes = app.rules.at(now).map_or(60, |rule| rule.digest_minutes);
    Ok(match job.kind.as_str() {
        "order.fan_out" => jobs::fan_out(store, job, now).await?,
        "order.keep_time" => jobs::keep_time(store, &app.rules, job, now).await?,
        "probe" => probe::run(store, outbound, &app.addresses, &app.rules, job, clock).await?,
        detachment::jobs::RECALL => detachment::jobs::recall(store, job, now).await?,
        submission::jobs::EXPIRE => submission::jobs::expire(store, job, now).await?,
        submission::jobs::FATE => submission::jobs::tell(store, job, now).await?,
        submission::jobs::ORIGIN => submission::jobs::hide(store, job, now).await?,
        submission::jobs::SETTLE => submission::jobs::settle(store, &app.submissions, job, now).await?,
        likeness::jobs::SETTLE => likeness::jobs::settle(store, &app.likeness, job, now).await?,
        commission::jobs::KEEP_TIME => commission::jobs::keep_time(store, called, calendar, job, now).await?,
        quota::jobs::KEEP_TIME => quota::jobs::keep_time(store, called, calendar, job, now).await?,
        merit::jobs::SCORE | merit::jobs::RECOMPUTE => merit::jobs::run(store, job).await?,
        joint::jobs::FILL => joint::jobs::fill(store, digest_minutes, job, now).await?,
        joint::jobs::SUMMON => joint::jobs::summon(store, job, now).await?,
        joint::jobs::JOIN => joint::jobs::join(store, job, now).await?,
        joint::jobs::CATCH_UP => joint::jobs::catch_up(store, job, now).await?,
        crawl::jobs::RUN => crawl::jobs::run(&app.reader(), job).await?,
        link::jobs::GATHER => link::jobs::gather(store, &app.links, job, now).await?,
        link::jobs::CHECK => link::jobs::check(store, outbound, guest, &app.links, job, clock).await?,
        federation::jobs::PULL => federation::jobs::pull(&means(tools), job, now).await?,
        federation::jobs::WATCH => federation::jobs::watch(&means(tools), job, now).await?,
        handover::jobs::REMIND => handover::jobs::remind(store, &app.rosters, job, now).await?,
        notice::TELL => notice::told_elsewhere(store, digest_minutes, job, now).await?,
        notice::DELIVER if tools.mailer.is_none() => Outcome::Done,
        notice::DELIVER => delivery::spread(store, &app.delivery, job, now).await?,
        delivery::MAIL => letters::work(app, tools.mailer.as_ref(), job, now).await?,
        delivery::webhook::WORK => {
            let absolute = |host: &str, path: &str| app.addresses.absolute(host, path);
            delivery::webhook::work(store, outbound, &absolute, &app.delivery, job, now).await?
        }
        kind if kind.starts_with("outside.") => outside(tools, job, now).await?,
        other => Outcome::Failed(format!("there is no job of the kind {other}")),
    })
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
