//! Idempotency keys: a repeated write gets the answer that the first one got.

use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

use crate::Timestamp;
use crate::store::{Store, StoreError};

/// How long a reserved key waits for its answer (microseconds).
pub const LEASE: i64 = Timestamp::MINUTE;

/// An answer that was given before.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Remembered {
    /// Digest of the request that got it.
    pub request: String,
    /// HTTP status; 0 while the first request is still at work.
    pub status: i32,
    /// Body.
    pub body: String,
}

impl Store {
    /// The answer remembered for this holder's key, if any.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn remembered(&self, holder: Uuid, key: &str) -> Result<Option<Remembered>, StoreError> {
        let sql = "SELECT request, status, body FROM idempotency WHERE holder = $1 AND key = $2";
        let found = self.read_one(sql, vec![holder.to_string().into(), key.into()]).await?;
        Ok(found.map(|row| Remembered::from_query_result(&row, "")).transpose()?)
    }

    /// Reserves a key before the work is done. A reservation that is older than [`LEASE`] belonged to a process that was
    /// killed in mid-work (a write is finished whatever its client does): the same request takes it over.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when another request holds the key.
    pub async fn reserve_key(&self, holder: Uuid, key: &str, request: &str, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO idempotency (holder, key, request, status, body, created_at) VALUES ($1, $2, $3, 0, '', $4) \
             ON CONFLICT (holder, key) DO UPDATE SET created_at = excluded.created_at WHERE idempotency.status = 0 \
             AND idempotency.request = excluded.request AND idempotency.created_at < $5 RETURNING status";
        let ended = now.micros() - LEASE;
        let values: Vec<Value> =
            vec![holder.to_string().into(), key.into(), request.into(), now.micros().into(), ended.into()];
        let open = self.begin(true).await?;
        let reserved = open.tx.query_one_raw(open.statement(sql, values)).await?;
        open.tx.commit().await?;
        reserved.map(drop).ok_or(StoreError::Taken)
    }

    /// Remembers the answer of a reserved key, or frees the key when the work failed and may be tried again.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn settle_key(&self, holder: Uuid, key: &str, answer: Option<(u16, &str)>) -> Result<(), StoreError> {
        let holder = holder.to_string();
        match answer {
            Some((status, body)) => {
                let sql = "UPDATE idempotency SET status = $3, body = $4 WHERE holder = $1 AND key = $2";
                self.write(sql, vec![holder.into(), key.into(), i32::from(status).into(), body.into()]).await
            }
            None => {
                self.write("DELETE FROM idempotency WHERE holder = $1 AND key = $2", vec![holder.into(), key.into()])
                    .await
            }
        }
    }
}
