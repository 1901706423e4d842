//! The verb of quotas: set one, or a new version of one.

use base::{Staff, SubtreeTx, Timestamp};
use chrono::NaiveDate;
use content::text;
use sea_orm::ActiveValue::Set;

use super::model::{Counting, Event, Length, Period, Quota, QuotaError};
use super::rows::quota as rows;
use super::{QuotaId, jobs, views};
use crate::commission::{CommissionItems, addressed_by_level};
use crate::order::Audience;

/// Longest name in characters.
const NAME_MAX: usize = 80;
/// Longest source in characters.
const SOURCE_MAX: usize = 200;
/// Largest minimum.
const MINIMUM_MAX: i32 = 1_000;

/// What is expected, of whom, from when on.
#[derive(Clone, Debug)]
pub struct NewQuota {
    /// A new version of this one; a new quota when none is named.
    pub id: Option<QuotaId>,
    /// 1 to 80 characters.
    pub name: String,
    /// Of whom.
    pub audience: Audience,
    /// How long a period is; every version of a quota has the first one's.
    pub period: Period,
    /// Which items count.
    pub length: Length,
    /// When they count.
    pub counting: Counting,
    /// Items in one period, 0 to 1,000; 0 lifts it.
    pub minimum: i32,
    /// First day; the running period's for a new quota, the next one's for a new version when none is named.
    pub effective_from: Option<NaiveDate>,
    /// Where it comes from, 1 to 200 characters.
    pub source: String,
}

fn said(field: &'static str, said: &str, limit: usize) -> Result<String, QuotaError> {
    let clean = text::strip_controls(said).trim().to_owned();
    let length = clean.chars().count();
    if (1..=limit).contains(&length) { Ok(clean) } else { Err(QuotaError::Text { field, limit }) }
}

/// Sets a quota. A period that has begun keeps the version that it began under.
///
/// # Errors
/// [`QuotaError::TooEarly`]; [`QuotaError::Text`] naming the field; [`QuotaError::NobodyAddressed`].
pub async fn set(
    tx: &SubtreeTx,
    who: &Staff<CommissionItems>,
    new: NewQuota,
    now: Timestamp,
) -> Result<Quota, QuotaError> {
    let (name, source) = (said("name", &new.name, NAME_MAX)?, said("quota_source", &new.source, SOURCE_MAX)?);
    if !(0..=MINIMUM_MAX).contains(&new.minimum) {
        return Err(QuotaError::Text { field: "minimum", limit: MINIMUM_MAX.unsigned_abs() as usize });
    }
    let history = match new.id {
        Some(id) => views::history(tx, id).await?,
        None => Vec::new(),
    };
    if new.id.is_some() && history.is_empty() {
        return Err(QuotaError::Missing);
    }
    let period = history.first().map_or(new.period, |first| first.period);
    let running = period.span(now.day_cst());
    let earliest = if history.is_empty() { running.begins } else { running.ends };
    let effective_from = new.effective_from.unwrap_or(earliest);
    if effective_from < earliest {
        return Err(QuotaError::TooEarly(earliest));
    }
    if new.minimum > 0 && addressed_by_level(tx, &new.audience).await?.is_empty() {
        return Err(QuotaError::NobodyAddressed);
    }
    let id = new.id.unwrap_or_else(|| QuotaId(tx.ids().new_id(now)));
    let version = history.iter().map(|one| one.version).max().unwrap_or(0) + 1;
    let row = rows::ActiveModel {
        id: Set(id),
        version: Set(version),
        name: Set(name),
        audience: Set(new.audience.text()),
        period: Set(period.as_str().to_owned()),
        length: Set(new.length.as_str().to_owned()),
        counting: Set(new.counting.as_str().to_owned()),
        minimum: Set(new.minimum),
        effective_from: Set(effective_from.to_string()),
        source: Set(source.clone()),
        set_at: Set(now.micros()),
        set_by: Set(who.actor().to_owned()),
        ..Default::default()
    };
    tx.insert(row).await?;
    let event = Event::Set {
        quota: id,
        version,
        audience: new.audience.text(),
        period,
        length: new.length,
        counting: new.counting,
        minimum: new.minimum,
        effective_from: effective_from.to_string(),
        source,
    };
    tx.note(&event, who.actor(), now).await?;
    tx.enqueue(jobs::KEEP_TIME, &format!("quota:{id}"), &format!("{{\"quota\":\"{id}\"}}"), now, now).await?;
    views::history(tx, id).await?.pop().ok_or(QuotaError::Missing)
}
