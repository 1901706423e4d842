//! Jobs that were set aside: what an operator sees of them, and how they are tried again.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use crate::Timestamp;
use crate::store::{Store, StoreError};

/// A job that was set aside.
#[derive(Clone, Debug, FromQueryResult, serde::Serialize)]
pub struct DeadJob {
    /// Its key.
    pub key: String,
    /// What it was to run.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i32,
    /// How it failed last.
    pub last_error: String,
}

impl Store {
    /// Jobs that were set aside, the latest asked for first: what they are and why they died.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn dead_jobs(&self, limit: u64) -> Result<Vec<DeadJob>, StoreError> {
        let sql = format!(
            "SELECT key, kind, attempts, last_error FROM job WHERE dead = 1 ORDER BY created_at DESC, key LIMIT {limit}"
        );
        let statement = Statement::from_string(self.db().get_database_backend(), sql);
        let rows = self.db().query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| DeadJob::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// Puts jobs that were set aside back among those that are due, with all their attempts before them: the one of this key,
    /// or all of them. Returns how many; a job that is alive is left as it is.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn retry_jobs(&self, key: Option<&str>, now: Timestamp) -> Result<u64, StoreError> {
        let sql = "UPDATE job SET dead = 0, attempts = 0, lost = 0, leased_until = 0, run_at = $1 WHERE dead = 1 AND ($2 = '' OR key = $2)";
        let values: Vec<Value> = vec![now.micros().into(), key.unwrap_or_default().into()];
        let open = self.begin(true).await?;
        let revived = open.tx.execute_raw(open.statement(sql, values)).await?.rows_affected();
        open.tx.commit().await?;
        Ok(revived)
    }
}
