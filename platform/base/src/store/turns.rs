//! Turns: how the nodes of a cluster share one pace towards somebody else, such as a foreign web server.

use sea_orm::{ConnectionTrait, Value};

use super::{Store, StoreError};
use crate::Timestamp;

impl Store {
    /// Takes the turn of `name` when it is free, and keeps it for so many milliseconds; otherwise answers when it is free.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn take_turn(
        &self,
        name: &str,
        millis: i64,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        let open = self.begin(true).await?;
        let take = "INSERT INTO turn (name, free_at) VALUES ($1, $2) \
                    ON CONFLICT (name) DO UPDATE SET free_at = excluded.free_at WHERE turn.free_at <= $3";
        let until = now.micros() + millis * 1000;
        let values: Vec<Value> = vec![name.into(), until.into(), now.micros().into()];
        let taken = open.tx.execute_raw(open.statement(take, values)).await?.rows_affected() > 0;
        let free_at = if taken {
            until
        } else {
            let ask = open.statement("SELECT free_at FROM turn WHERE name = $1", vec![name.into()]);
            let row = open.tx.query_one_raw(ask).await?;
            row.map(|row| row.try_get("", "free_at")).transpose()?.unwrap_or(until)
        };
        open.tx.commit().await?;
        Ok(if taken { Ok(()) } else { Err(Timestamp(free_at)) })
    }
}
