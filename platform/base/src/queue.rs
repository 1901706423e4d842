//! Jobs: ids, idempotent, enqueued in the transaction that makes them necessary.
//!
//! A claim is one guarded UPDATE that sets a lease; an expired lease is simply claimable, so a killed worker loses
//! nothing. A job whose key exists already is not enqueued twice.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

use crate::Timestamp;
use crate::duty::{Duty, Staff};
use crate::store::{Engine, Reach, Store, StoreError, SubtreeTx, TenantTx};
use crate::tenancy::TenantId;

/// A claimed job.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Claimed {
    /// Its key, unique while the job exists.
    pub key: String,
    /// What to run.
    pub kind: String,
    tenant_id: Uuid,
    /// Ids, as the job's own JSON.
    pub payload: String,
    /// How often it was claimed, this time included.
    pub attempts: i32,
}

impl Claimed {
    /// The tenant whose job it is: a column of the row, never of the payload.
    pub fn tenant(&self) -> TenantId {
        TenantId::from_row(self.tenant_id)
    }

    /// The reach of the issuer whose signed order left this job.
    pub fn reach(&self) -> Reach {
        Reach::of_job(self.tenant())
    }

    /// The platform at work for this job's tenant.
    pub fn platform<D: Duty>(&self) -> Staff<D> {
        Staff::platform(self.tenant())
    }
}

/// How a job run ended.
#[derive(Debug)]
pub enum Outcome {
    /// Finished; the row goes.
    Done,
    /// Looks again at this instant, as if for the first time: a reconciler.
    Again(Timestamp),
    /// Tries again at this instant, counting on: not yet what it should be.
    Later(Timestamp),
    /// Failed this time; tried again with a growing pause, and dead after ten attempts, where `doctor` shows it.
    Failed(String),
}

/// Attempts before a job is set aside as dead.
const MAX_ATTEMPTS: i32 = 10;

impl TenantTx {
    /// Leaves a job behind. With a key that is waiting already, nothing happens.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn enqueue(
        &self,
        kind: &str,
        key: &str,
        payload: &str,
        run_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let open = self.raw();
        let sql = "INSERT INTO job (key, kind, tenant_id, payload, run_at, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (key) DO NOTHING";
        let values: Vec<Value> = vec![
            key.into(),
            kind.into(),
            self.tenant().uuid().into(),
            payload.into(),
            run_at.micros().into(),
            now.micros().into(),
        ];
        open.tx.execute_raw(open.statement(sql, values)).await?;
        Ok(())
    }
}

impl SubtreeTx {
    /// Leaves one job per row of a SELECT behind (key, kind, tenant_id, payload, run_at, created_at): set-based.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn enqueue_each(&self, select: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        // SQLite needs a WHERE before ON CONFLICT to tell an upsert from a join; every caller's SELECT has one.
        let sql = format!(
            "INSERT INTO job (key, kind, tenant_id, payload, run_at, created_at) {select} ON CONFLICT (key) DO NOTHING"
        );
        self.reach(&sql, values).await
    }
}

impl Store {
    /// Claims up to `limit` due jobs for `worker` until `now + lease_seconds`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn claim_jobs(
        &self,
        worker: &str,
        limit: u64,
        lease_seconds: i64,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, StoreError> {
        let skip = match self.engine() {
            Engine::Postgres => "FOR UPDATE SKIP LOCKED",
            Engine::Sqlite => "",
        };
        let sql = format!(
            "UPDATE job SET leased_until = $1, leased_by = $2, attempts = attempts + 1 WHERE key IN \
             (SELECT key FROM job WHERE dead = 0 AND run_at <= $3 AND leased_until < $3 ORDER BY run_at LIMIT {limit} {skip}) \
             RETURNING key, kind, tenant_id, payload, attempts"
        );
        let values = vec![now.plus_seconds(lease_seconds).micros().into(), worker.into(), now.micros().into()];
        let open = self.begin(true).await?;
        let rows = open.tx.query_all_raw(open.statement(&sql, values)).await?;
        let claimed = rows.iter().map(|row| Claimed::from_query_result(row, "")).collect::<Result<_, _>>()?;
        open.tx.commit().await?;
        Ok(claimed)
    }

    /// Records how a claimed job ended. A job whose lease was lost to another worker is left to that worker.
    ///
    /// # Errors
    /// [`StoreError::Database`]: then the lease runs out and the job is claimed again.
    pub async fn end_job(
        &self,
        job: &Claimed,
        worker: &str,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (sql, values): (&str, Vec<Value>) = match outcome {
            Outcome::Done => {
                ("DELETE FROM job WHERE key = $1 AND leased_by = $2", vec![job.key.as_str().into(), worker.into()])
            }
            Outcome::Again(at) => (
                "UPDATE job SET run_at = $3, leased_until = 0, attempts = 0 WHERE key = $1 AND leased_by = $2",
                vec![job.key.as_str().into(), worker.into(), at.micros().into()],
            ),
            Outcome::Later(at) => (
                "UPDATE job SET run_at = $3, leased_until = 0 WHERE key = $1 AND leased_by = $2",
                vec![job.key.as_str().into(), worker.into(), at.micros().into()],
            ),
            Outcome::Failed(why) => (
                "UPDATE job SET run_at = $3, leased_until = 0, dead = $4, last_error = $5 WHERE key = $1 AND leased_by = $2",
                vec![
                    job.key.as_str().into(),
                    worker.into(),
                    now.plus_seconds(1i64 << job.attempts.clamp(0, 12)).micros().into(),
                    i32::from(job.attempts >= MAX_ATTEMPTS).into(),
                    why.into(),
                ],
            ),
        };
        let open = self.begin(true).await?;
        open.tx.execute_raw(open.statement(sql, values)).await?;
        open.tx.commit().await?;
        Ok(())
    }

    /// Jobs waiting, due and dead: for `/readyz`, `doctor` and tests.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, StoreError> {
        let sql = "SELECT count(*) AS waiting, coalesce(sum(CASE WHEN run_at <= $1 AND dead = 0 THEN 1 ELSE 0 END), 0) AS due, \
                   coalesce(sum(dead), 0) AS dead FROM job";
        let statement = Statement::from_sql_and_values(self.db().get_database_backend(), sql, [now.micros().into()]);
        let row = self.db().query_one_raw(statement).await?;
        Ok(row.map(|row| JobCounts::from_query_result(&row, "")).transpose()?.unwrap_or_default())
    }
}

/// How the queue stands.
#[derive(Clone, Copy, Debug, Default, FromQueryResult, serde::Serialize)]
pub struct JobCounts {
    /// Rows in all.
    pub waiting: i64,
    /// Due now.
    pub due: i64,
    /// Set aside after ten attempts.
    pub dead: i64,
}
