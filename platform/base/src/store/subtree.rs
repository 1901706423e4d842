//! [`SubtreeTx`]: a superior's reach is a closed set of verbs, not a wider SELECT.

use std::ops::Deref;

use sea_orm::{ConnectionTrait, FromQueryResult, Value};

use super::{OpenTx, StoreError, TenantTx};
use crate::Timestamp;
use crate::duty::{Duty, Staff};
use crate::follow::Scope;
use crate::tenancy::TenantId;

/// Permission to reach below: only a duty that says so, or a job that such a duty left behind, makes one.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    issuer: TenantId,
}

impl Reach {
    /// The reach of a person's duty.
    pub fn of<D: Duty + Reaching>(staff: &Staff<D>) -> Self {
        Self { issuer: staff.tenant() }
    }

    /// The reach of a job whose row carries the issuer: it was enqueued in the transaction that a person signed.
    pub(crate) fn of_job(issuer: TenantId) -> Self {
        Self { issuer }
    }

    /// From whom it reaches down.
    pub fn issuer(&self) -> TenantId {
        self.issuer
    }
}

/// A duty whose acts reach the tenants below.
pub trait Reaching {}

/// A transaction of a superior. It is a [`TenantTx`] of the issuer's own rows; beyond them it runs only the statements that
/// `exchange/order/reach.rs` names (held by a house test), each narrowed by the issuer and its subtree.
pub struct SubtreeTx {
    tx: TenantTx,
}

impl SubtreeTx {
    pub(crate) async fn open(open: OpenTx, reach: Reach) -> Result<Self, StoreError> {
        Ok(Self { tx: TenantTx::open(open, reach.issuer, "on").await? })
    }

    /// Runs one named set-based verb; answers how many rows it wrote. Parameters are `$1`, `$2`, … in both engines.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses a row: then none is written.
    pub async fn reach(&self, verb: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let open = self.tx.raw();
        Ok(open.tx.execute_raw(open.statement(verb, values)).await?.rows_affected())
    }

    /// Reads through one named verb: counts and boards.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tally<M: FromQueryResult>(&self, verb: &str, values: Vec<Value>) -> Result<Vec<M>, StoreError> {
        let open = self.tx.raw();
        let rows = open.tx.query_all_raw(open.statement(verb, values)).await?;
        Ok(rows.iter().map(|row| M::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// Says that pages of the issuer and of tenants below it change with this commit.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn touch_subtree(&self, now: Timestamp) -> Result<(), StoreError> {
        self.tx.touch(Scope::Subtree, now).await
    }

    /// Says that pages of the tenants that a SELECT names (tenant_id, scope, at) change with this commit, wherever they stand.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn touch_each(&self, select: &str, values: Vec<Value>) -> Result<(), StoreError> {
        let open = self.tx.raw();
        let sql = format!("INSERT INTO change (tenant_id, scope, at) {select} RETURNING seq, tenant_id");
        for row in open.tx.query_all_raw(open.statement(&sql, values)).await? {
            self.tx.touched_pages(row.try_get("", "seq")?, row.try_get("", "tenant_id")?);
        }
        Ok(())
    }

    /// See [`TenantTx::commit`].
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database refuses: then nothing happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await
    }
}

impl Deref for SubtreeTx {
    type Target = TenantTx;

    fn deref(&self) -> &TenantTx {
        &self.tx
    }
}
