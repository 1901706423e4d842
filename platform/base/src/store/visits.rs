//! [`CountingTx`]: counted views of many portals in one statement. It knows nobody's rows but the counters'.

use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::{OpenTx, Store, StoreError};
use crate::tenancy::TenantId;

/// A transaction of the platform itself over the counters of all portals. It runs only the statements that
/// `exchange/submission/visits.rs` names; PostgreSQL opens those tables to it and no others.
pub struct CountingTx {
    open: OpenTx,
}

impl Store {
    /// A writing transaction over the counters of all portals.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection is to be had.
    pub async fn counting(&self) -> Result<CountingTx, StoreError> {
        let open = self.begin(true).await?;
        open.claim(TenantId::from_row(Uuid::nil()), "visits").await?;
        Ok(CountingTx { open })
    }
}

impl CountingTx {
    /// Runs one named set-based statement; answers how many rows it wrote.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn count_each(&self, verb: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        Ok(self.open.tx.execute_raw(self.open.statement(verb, values)).await?.rows_affected())
    }

    /// Makes it true.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database refuses: then nothing was counted.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.open.tx.commit().await?)
    }
}
