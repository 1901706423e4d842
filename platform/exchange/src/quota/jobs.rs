//! Time over one quota: periods begin, and are judged once.

use base::calendar::Calendar;
use base::queue::{Claimed, Outcome};
use base::{Store, SubtreeTx, Timestamp};
use serde::Deserialize;

use super::model::{Event, Quota, QuotaError, Span};
use super::reach::{self, Judged};
use super::{QuotaId, views};
use crate::commission::{CommissionRule, CommissionRules};
use crate::merit::{CameOut, Occasion, came_out};
use crate::order::jobs::audience_of;

/// Name of the job that keeps the time of a quota.
pub const KEEP_TIME: &str = "quota.keep_time";

/// Portals named by one entry of a chain at most.
const NAMED: usize = 500;
/// Periods that are begun in one look at most: what was slept through is caught up.
const CAUGHT_UP: usize = 120;

#[derive(Deserialize)]
struct About {
    quota: QuotaId,
}

/// Begins the periods that have begun since the last look, and judges those whose time has come. Running it twice or late
/// changes nothing but latency; after a long sleep it catches up.
///
/// # Errors
/// [`QuotaError`]; the job is tried again.
pub async fn keep_time(
    store: &Store,
    rules: &CommissionRules,
    calendar: &Calendar,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, QuotaError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.subtree(job.reach()).await?;
    let history = views::history(&tx, about.quota).await?;
    let Some(first) = history.first() else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(QuotaError::NoRule)?;
    let period = first.period;
    let running = period.span(now.day_cst());
    let last = reach::waiting(&tx, about.quota).await?.last.and_then(|day| day.parse().ok());
    let mut span = period.span(last.unwrap_or(first.effective_from));
    for _ in 0..CAUGHT_UP {
        if span.begins > running.begins {
            break;
        }
        if let Some(quota) = Quota::in_force(&history, span.begins) {
            begin(store, &tx, quota, span, (rule, calendar), now).await?;
        }
        span = period.span(span.ends);
    }
    let judged = reach::judge(&tx, about.quota, now).await?;
    record(&tx, about.quota, &judged, now).await?;
    credit(&tx, about.quota, &judged, now).await?;
    if judged.iter().any(|one| one.verdict == "missed") {
        reach::tell(&tx, about.quota, rule.digest_minutes, now).await?;
    }
    let next = reach::waiting(&tx, about.quota).await?.judge_at.map(Timestamp);
    tx.commit().await?;
    Ok(Outcome::Again(next.unwrap_or(running.until_at()).min(running.until_at())))
}

async fn begin(
    store: &Store,
    tx: &SubtreeTx,
    quota: &Quota,
    span: Span,
    (rule, calendar): (&CommissionRule, &Calendar),
    now: Timestamp,
) -> Result<(), QuotaError> {
    let Some(audience) = audience_of(store.sites(), &quota.audience) else { return Ok(()) };
    let judge_at = calendar.after(Timestamp(span.until_at().micros() - 1), rule.judge_days).at;
    let begun = reach::begin(tx, quota, &audience, span, (rule.long_from, judge_at)).await?;
    if begun > 0 {
        let portals = i64::try_from(begun).unwrap_or(i64::MAX);
        let event = Event::Begun { quota: quota.id, version: quota.version, begins: span.begins.to_string(), portals };
        tx.note(&event, base::duty::PLATFORM, now).await?;
    }
    Ok(())
}

/// What was judged means for points: once per portal and period, at the portal's scorer.
async fn credit(tx: &SubtreeTx, id: QuotaId, judged: &[Judged], now: Timestamp) -> Result<(), QuotaError> {
    let out = |one: &Judged| CameOut {
        beneficiary: one.tenant_id,
        occasion: if one.verdict == "met" { Occasion::QuotaMet } else { Occasion::QuotaMissed },
        asked: format!("quota:{id}:{}", one.begins),
        title: format!("{} {}", one.name, one.begins),
    };
    came_out(tx, judged.iter().map(out).collect(), base::duty::PLATFORM, now).await?;
    Ok(())
}

async fn record(tx: &SubtreeTx, id: QuotaId, judged: &[Judged], now: Timestamp) -> Result<(), QuotaError> {
    for of in judged.chunk_by(|a, b| a.begins == b.begins) {
        for met in [true, false] {
            let which = of.iter().filter(|one| (one.verdict == "met") == met);
            let tenants: Vec<String> = which.map(|one| one.tenant_id.to_string()).collect();
            for some in tenants.chunks(NAMED) {
                let Some(one) = of.first() else { continue };
                let event = Event::Judged {
                    quota: id,
                    version: one.version,
                    begins: one.begins.clone(),
                    minimum: one.minimum,
                    met,
                    tenants: some.to_vec(),
                };
                tx.note(&event, base::duty::PLATFORM, now).await?;
            }
        }
    }
    Ok(())
}
