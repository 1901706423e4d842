//! What quotas show: to who set them, every portal's progress; to a portal, its own.

use base::store::StoreError;
use base::{SubtreeTx, TenantId, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::QuotaId;
use super::model::{Counting, Length, Period, Quota, QuotaError};
use super::reach::{self, Line, Totals};
use super::rows::{period, quota as rows};
use crate::submission::{SubmissionId, rows::submission};

/// All versions of all quotas of this tenant, newest quota first and its versions in order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(tx: &TenantTx) -> Result<Vec<Quota>, StoreError> {
    let select = rows::Entity::find().order_by_desc(rows::Column::Id).order_by_asc(rows::Column::Version);
    tx.all(select).await?.into_iter().map(Quota::try_from).collect()
}

/// All versions of one quota in order; none when there is no such quota here.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn history(tx: &TenantTx, id: QuotaId) -> Result<Vec<Quota>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::Id.eq(id)).order_by_asc(rows::Column::Version);
    tx.all(select).await?.into_iter().map(Quota::try_from).collect()
}

/// The newest version of one quota.
///
/// # Errors
/// [`QuotaError::Missing`].
pub async fn find(tx: &TenantTx, id: QuotaId) -> Result<Quota, QuotaError> {
    history(tx, id).await?.pop().ok_or(QuotaError::Missing)
}

/// The newest periods of a quota in numbers.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn totals(tx: &SubtreeTx, id: QuotaId, limit: u64) -> Result<Vec<Totals>, StoreError> {
    reach::totals(tx, id, limit).await
}

/// How every portal stands in the period that begins on a day.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn progress(tx: &SubtreeTx, id: QuotaId, begins: &str) -> Result<Vec<Line>, StoreError> {
    reach::lines(tx, id, begins).await
}

/// What this tenant owes, or owed, in one period.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Own {
    pub quota: QuotaId,
    pub issuer: TenantId,
    pub name: String,
    pub begins: String,
    pub period: Period,
    pub length: Length,
    pub counting: Counting,
    pub long_from: i32,
    pub minimum: i32,
    pub counted: i64,
    pub until_at: Timestamp,
    pub judge_at: Timestamp,
    pub verdict: String,
}

#[derive(FromQueryResult)]
struct Sent {
    tenant_id: TenantId,
    thread_id: SubmissionId,
    submitted_at: i64,
    standing: String,
    characters: i32,
}

/// What this tenant owes and owed, newest first, with what counts by now.
///
/// # Errors
/// [`StoreError`].
pub async fn own(tx: &TenantTx, limit: u64) -> Result<Vec<Own>, StoreError> {
    let select =
        period::Entity::find().order_by_desc(period::Column::FromAt).order_by_asc(period::Column::QuotaId).limit(limit);
    let rows = tx.all(select).await?;
    let running = || rows.iter().filter(|row| row.verdict.is_empty());
    let (from, until) = (running().map(|row| row.from_at).min(), running().map(|row| row.until_at).max());
    let mut sent: Vec<Sent> = Vec::new();
    if let (Some(from), Some(until)) = (from, until) {
        let select = submission::Entity::find()
            .select_only()
            .columns([
                submission::Column::TenantId,
                submission::Column::ThreadId,
                submission::Column::SubmittedAt,
                submission::Column::Standing,
                submission::Column::Characters,
            ])
            .filter(submission::Column::SubmittedAt.gte(from))
            .filter(submission::Column::SubmittedAt.lt(until));
        sent = tx.pick_sent(select).await?;
    }
    rows.into_iter().map(|row| own_of(row, &sent)).collect()
}

fn own_of(row: period::Model, sent: &[Sent]) -> Result<Own, StoreError> {
    let unreadable =
        |what: &str| StoreError::Suspicious { table: "quota_period", what: format!("{what} of {}", row.quota_id) };
    let length = Length::parse(&row.length).ok_or_else(|| unreadable("length"))?;
    let counting = Counting::parse(&row.counting).ok_or_else(|| unreadable("counting"))?;
    let counted = if row.verdict.is_empty() {
        let counts = |one: &&Sent| {
            one.tenant_id == row.issuer_id
                && (row.from_at..row.until_at).contains(&one.submitted_at)
                && counting.takes(&one.standing)
                && length.takes(one.characters, row.long_from)
        };
        let mut threads: Vec<SubmissionId> = sent.iter().filter(counts).map(|one| one.thread_id).collect();
        threads.sort();
        threads.dedup();
        i64::try_from(threads.len()).unwrap_or(i64::MAX)
    } else {
        i64::from(row.counted)
    };
    Ok(Own {
        period: Period::parse(&row.period).ok_or_else(|| unreadable("period"))?,
        length,
        counting,
        counted,
        quota: row.quota_id,
        issuer: row.issuer_id,
        name: row.name,
        begins: row.begins,
        long_from: row.long_from,
        minimum: row.minimum,
        until_at: Timestamp(row.until_at),
        judge_at: Timestamp(row.judge_at),
        verdict: row.verdict,
    })
}

impl TryFrom<rows::Model> for Quota {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let unreadable = |what: &str| StoreError::Suspicious { table: "quota", what: format!("{what} of {}", row.id) };
        Ok(Self {
            period: Period::parse(&row.period).ok_or_else(|| unreadable("period"))?,
            length: Length::parse(&row.length).ok_or_else(|| unreadable("length"))?,
            counting: Counting::parse(&row.counting).ok_or_else(|| unreadable("counting"))?,
            effective_from: row.effective_from.parse().map_err(|_| unreadable("effective_from"))?,
            id: row.id,
            version: row.version,
            name: row.name,
            audience: row.audience,
            minimum: row.minimum,
            source: row.source,
            set_at: Timestamp(row.set_at),
            set_by: row.set_by,
        })
    }
}
