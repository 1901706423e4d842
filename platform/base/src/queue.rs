//! Jobs: ids, idempotent, enqueued in the transaction that makes them necessary.
//!
//! A claim is one guarded UPDATE that sets a lease of its own; an expired lease is simply claimable, so a killed worker
//! loses nothing. A job whose key exists already is not enqueued twice, but never forgotten either: the row is due at the
//! earlier instant and alive again, and a run that began before the asking does not take it away.

mod dead;

pub use dead::DeadJob;
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
    /// How often it was claimed since it was asked for, this time included.
    pub attempts: i32,
    /// This claim: whoever ends the job or renews its lease must still hold it.
    lease: String,
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

/// Attempts before a job is set aside as dead, and leases in a row that may run out.
const MAX_ATTEMPTS: i32 = 10;

/// What asking for a job means when there is one with its key: earlier, alive, and not over with the run that is under way.
const ASKED_AGAIN: &str = "ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, \
     run_at = CASE WHEN job.run_at < excluded.run_at THEN job.run_at ELSE excluded.run_at END, \
     dead = 0, attempts = 0, lost = 0, again = 1";

impl TenantTx {
    /// Leaves a job behind. One with this key that waits, runs or died is due at the earlier instant, as if for the first time.
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
        self.enqueue_for(self.tenant(), kind, key, payload, run_at, now).await
    }

    /// Leaves a job behind that the platform will do for the receiver of a letter of mine; otherwise as
    /// [`TenantTx::enqueue`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn enqueue_for(
        &self,
        tenant: TenantId,
        kind: &str,
        key: &str,
        payload: &str,
        run_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let open = self.raw();
        let sql = format!(
            "INSERT INTO job (key, kind, tenant_id, payload, run_at, created_at) VALUES ($1, $2, $3, $4, $5, $6) {ASKED_AGAIN}"
        );
        let values: Vec<Value> = vec![
            key.into(),
            kind.into(),
            tenant.uuid().into(),
            payload.into(),
            run_at.micros().into(),
            now.micros().into(),
        ];
        open.tx.execute_raw(open.statement(&sql, values)).await?;
        Ok(())
    }
}

impl TenantTx {
    /// Moves waiting jobs of this tenant, by their keys, to another instant; one that is not there any more is left out.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn move_jobs(&self, keys: &[String], run_at: Timestamp) -> Result<u64, StoreError> {
        let open = self.raw();
        let mut moved = 0;
        for chunk in keys.chunks(400) {
            let places: Vec<String> = (3..chunk.len() + 3).map(|place| format!("${place}")).collect();
            let sql = format!(
                "UPDATE job SET run_at = $1 WHERE tenant_id = $2 AND dead = 0 AND key IN ({})",
                places.join(", ")
            );
            let mut values: Vec<Value> = vec![run_at.micros().into(), self.tenant().uuid().into()];
            values.extend(chunk.iter().map(|key| Value::from(key.as_str())));
            moved += open.tx.execute_raw(open.statement(&sql, values)).await?.rows_affected();
        }
        Ok(moved)
    }
}

/// Jobs that one statement leaves behind: far below the engines' limits on parameters.
const AT_ONCE: usize = 400;

impl TenantTx {
    /// Leaves many jobs of one kind behind, each with its key and payload, in as few statements as the engine allows;
    /// otherwise as [`TenantTx::enqueue`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn enqueue_many(
        &self,
        kind: &str,
        jobs: &[(String, String)],
        run_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let open = self.raw();
        for some in jobs.chunks(AT_ONCE) {
            let shared: [Value; 4] =
                [kind.into(), self.tenant().uuid().into(), run_at.micros().into(), now.micros().into()];
            let mut values = shared.to_vec();
            let mut places = Vec::with_capacity(some.len());
            for (key, payload) in some {
                values.extend([Value::from(key.as_str()), Value::from(payload.as_str())]);
                places.push(format!("(${}, $1, $2, ${}, $3, $4)", values.len() - 1, values.len()));
            }
            let sql = format!(
                "INSERT INTO job (key, kind, tenant_id, payload, run_at, created_at) VALUES {} {ASKED_AGAIN}",
                places.join(", ")
            );
            open.tx.execute_raw(open.statement(&sql, values)).await?;
        }
        Ok(())
    }
}

impl SubtreeTx {
    /// Leaves one job per row of a SELECT behind (key, kind, tenant_id, payload, run_at, created_at): set-based, otherwise as
    /// [`TenantTx::enqueue`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn enqueue_each(&self, select: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        // SQLite needs a WHERE before ON CONFLICT to tell an upsert from a join. In the order of keys, two such statements
        // wait for each other's rows and never both.
        let sql = format!(
            "INSERT INTO job (key, kind, tenant_id, payload, run_at, created_at) \
             SELECT * FROM ({select}) asked WHERE true ORDER BY 1 {ASKED_AGAIN}"
        );
        self.reach(&sql, values).await
    }
}

impl Store {
    /// Claims up to `limit` due jobs for `worker` until `now + lease_seconds`. A job whose lease ran out too often in a row is
    /// set aside instead: it takes its workers down with it.
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
        // Whoever ends a job takes its lease off, so one that is still there ran out.
        let died = format!("leased_until > 0 AND lost + 1 >= {MAX_ATTEMPTS}");
        let sql = format!(
            "UPDATE job SET attempts = attempts + 1, again = 0, leased_by = $2, lease = $4, \
             lost = CASE WHEN leased_until > 0 THEN lost + 1 ELSE 0 END, \
             dead = CASE WHEN {died} THEN 1 ELSE 0 END, \
             last_error = CASE WHEN {died} THEN 'no worker lived to say how it ended' ELSE last_error END, \
             leased_until = CASE WHEN {died} THEN 0 ELSE $1 END WHERE key IN \
             (SELECT key FROM job WHERE dead = 0 AND run_at <= $3 AND leased_until < $3 ORDER BY run_at LIMIT {limit} {skip}) \
             RETURNING key, kind, tenant_id, payload, attempts, lease, dead"
        );
        let values: Vec<Value> = vec![
            now.plus_seconds(lease_seconds).micros().into(),
            worker.into(),
            now.micros().into(),
            self.ids().secret().into(),
        ];
        let open = self.begin(true).await?;
        let mut claimed = Vec::new();
        for row in open.tx.query_all_raw(open.statement(&sql, values)).await? {
            let job = Claimed::from_query_result(&row, "")?;
            match row.try_get::<i32>("", "dead")? {
                0 => claimed.push(job),
                _ => tracing::error!(key = %job.key, "a job was set aside: its leases ran out again and again"),
            }
        }
        open.tx.commit().await?;
        Ok(claimed)
    }

    /// Holds a claimed job for longer, until `now + lease_seconds`; false when its lease ran out and the job is somebody
    /// else's.
    ///
    /// # Errors
    /// [`StoreError::Database`]: nothing is lost as long as a later renewal comes in time.
    pub async fn renew_lease(&self, job: &Claimed, lease_seconds: i64, now: Timestamp) -> Result<bool, StoreError> {
        let values: Vec<Value> =
            vec![job.key.as_str().into(), job.lease.as_str().into(), now.plus_seconds(lease_seconds).micros().into()];
        let open = self.begin(true).await?;
        let sql = "UPDATE job SET leased_until = $3 WHERE key = $1 AND lease = $2";
        let held = open.tx.execute_raw(open.statement(sql, values)).await?.rows_affected() == 1;
        open.tx.commit().await?;
        Ok(held)
    }

    /// Records how a claimed job ended. A job whose lease was lost is left to whoever claimed it since; one that somebody
    /// asked for while it ran is due at once, whatever became of this run.
    ///
    /// # Errors
    /// [`StoreError::Database`]: then the lease runs out and the job is claimed again.
    pub async fn end_job(&self, job: &Claimed, outcome: Outcome, now: Timestamp) -> Result<(), StoreError> {
        let (at, attempts, dead, why) = match outcome {
            Outcome::Done => (now, 0, false, String::new()),
            Outcome::Again(at) => (at, 0, false, String::new()),
            Outcome::Later(at) => (at, job.attempts, false, String::new()),
            Outcome::Failed(ref why) => {
                let pause = now.plus_seconds(1i64 << job.attempts.clamp(0, 12));
                (pause, job.attempts, job.attempts >= MAX_ATTEMPTS, why.clone())
            }
        };
        let held = "WHERE key = $1 AND lease = $2";
        let holder: [Value; 2] = [job.key.as_str().into(), job.lease.as_str().into()];
        let open = self.begin(true).await?;
        if matches!(outcome, Outcome::Done) {
            let sql = format!("DELETE FROM job {held} AND again = 0");
            open.tx.execute_raw(open.statement(&sql, holder.to_vec())).await?;
        }
        let sql = format!(
            "UPDATE job SET leased_until = 0, lease = '', last_error = $6, \
             run_at = CASE WHEN again = 1 THEN run_at ELSE $3 END, attempts = CASE WHEN again = 1 THEN 0 ELSE $4 END, \
             dead = CASE WHEN again = 1 THEN 0 ELSE $5 END {held}"
        );
        let end: [Value; 4] = [at.micros().into(), attempts.into(), i32::from(dead).into(), why.into()];
        open.tx.execute_raw(open.statement(&sql, [&holder[..], &end[..]].concat())).await?;
        open.tx.commit().await?;
        Ok(())
    }

    /// Makes all waiting jobs of one kind due now: what they depend on may have changed while the process was down.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn wake_jobs(&self, kind: &str, now: Timestamp) -> Result<u64, StoreError> {
        let open = self.begin(true).await?;
        let sql = "UPDATE job SET run_at = $2 WHERE kind = $1 AND dead = 0 AND run_at > $2";
        let values = vec![kind.into(), now.micros().into()];
        let woken = open.tx.execute_raw(open.statement(sql, values)).await?.rows_affected();
        open.tx.commit().await?;
        Ok(woken)
    }

    /// The tenants for which a job of this kind waits.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tenants_with_job(&self, kind: &str) -> Result<Vec<TenantId>, StoreError> {
        let sql = "SELECT DISTINCT tenant_id FROM job WHERE kind = $1";
        let statement = Statement::from_sql_and_values(self.db().get_database_backend(), sql, [kind.into()]);
        let rows = self.db().query_all_raw(statement).await?;
        let tenant = |row: &sea_orm::QueryResult| row.try_get("", "tenant_id").map(TenantId::from_row);
        Ok(rows.iter().map(tenant).collect::<Result<_, _>>()?)
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
