//! The database, and the walls around each tenant's rows.
//!
//! Every table is mine ([`TenantOwned`]), between us ([`Between`]) or the house's (private to this crate). The type of the
//! transaction says which is in reach; PostgreSQL's row-level security is the second wall.

mod bulk;
mod connect;
mod letters;
mod migrate;
mod provision;
mod subtree;
mod tenant;
mod turns;
mod visits;

use std::sync::Arc;

use sea_orm::{AccessMode, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait, RuntimeErr, Statement,
    Value,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::follow::Follower;
use crate::id::Ids;
use crate::tenancy::{Sites, TenantId};

pub use bulk::Cell;
pub use connect::StoreOptions;
pub use migrate::{Applied, MigrateError, migrate, migrations};
pub use provision::{ProvisionTx, Provisioning, TenantRow};
pub use subtree::{Reach, Reaching, SubtreeTx};
#[doc(hidden)]
pub use tenant::doctest;
pub use tenant::{Held, Opens, TenantTx};
pub use visits::CountingTx;

/// A table whose every row belongs to one tenant.
pub trait TenantOwned: EntityTrait {
    /// The column that names the tenant.
    const TENANT: Self::Column;
}

/// A table whose every row is a letter: seen by its two ends and nobody else.
pub trait Between: EntityTrait {
    /// The sender.
    const FROM: Self::Column;
    /// The receiver, by whom the row is keyed.
    const TO: Self::Column;
}

/// What can go wrong between an act and the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row changed since it was read: somebody else was quicker.
    #[error("the row changed since it was read")]
    Stale,
    /// A uniqueness rule of the database refused the row.
    #[error("a row with this key exists already")]
    Taken,
    /// A row holds something that its type does not allow.
    #[error("{table} holds an unreadable row: {what}")]
    Suspicious {
        /// The table.
        table: &'static str,
        /// What is wrong, without content.
        what: String,
    },
    /// The database cannot hold a text: it has a NUL in it.
    #[error("a text holds a character that cannot be stored")]
    Text,
    /// The database is away or refused the statement.
    #[error(transparent)]
    Database(DbErr),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Self::Taken,
            _ if code_of(&error).is_some_and(|code| code == UNSTORABLE) => Self::Text,
            _ => Self::Database(error),
        }
    }
}

/// PostgreSQL's code for bytes that are no text (`character_not_in_repertoire`).
const UNSTORABLE: &str = "22021";

fn code_of(error: &DbErr) -> Option<std::borrow::Cow<'_, str>> {
    match error {
        DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error)) => {
            error.as_database_error()?.code()
        }
        _ => None,
    }
}

/// Which engine holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file, no services.
    Sqlite,
    /// A PostgreSQL-wire server.
    Postgres,
}

/// The way to every row. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: DatabaseConnection,
    pub(crate) engine: Engine,
    pub(crate) sites: Arc<Sites>,
    pub(crate) ids: Ids,
    pub(crate) follower: Follower,
    // SQLite has one writer; queueing for it here is fair and never meets SQLITE_BUSY.
    writer: Arc<Mutex<()>>,
    // Whoever reads the directory anew holds this until it is replaced.
    reload: Mutex<()>,
}

impl Store {
    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// The directory of portals.
    pub fn sites(&self) -> &Arc<Sites> {
        &self.inner.sites
    }

    /// The source of identifiers.
    pub fn ids(&self) -> Ids {
        self.inner.ids
    }

    pub(crate) fn db(&self) -> &DatabaseConnection {
        &self.inner.db
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// A writing transaction over the rows of one tenant. Dropped without a commit, it leaves nothing behind.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection is to be had.
    pub async fn tenant(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let open = self.begin(true).await?;
        TenantTx::open(open, tenant, "").await
    }

    /// A read-only transaction over the rows of one tenant: one consistent picture.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection is to be had.
    pub async fn reading(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let open = self.begin(false).await?;
        TenantTx::open(open, tenant, "").await
    }

    /// A writing transaction of a superior over its closed set of verbs below it.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection is to be had.
    pub async fn subtree(&self, reach: Reach) -> Result<SubtreeTx, StoreError> {
        let open = self.begin(true).await?;
        SubtreeTx::open(open, reach).await
    }

    /// A read-only look over the closed set of verbs below a superior: previews and boards.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection is to be had.
    pub async fn overlook(&self, reach: Reach) -> Result<SubtreeTx, StoreError> {
        let open = self.begin(false).await?;
        SubtreeTx::open(open, reach).await
    }

    /// A read-only look at what a tenant's evidence binds, for whoever holds the database itself: the command line.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection is to be had.
    pub async fn inspect(&self, tenant: TenantId) -> Result<SubtreeTx, StoreError> {
        self.overlook(Reach::of_job(tenant)).await
    }

    /// One consistent picture across several statements, also on PostgreSQL.
    pub(crate) async fn snapshot(&self) -> Result<OpenTx, StoreError> {
        self.begin_at(false, Some(IsolationLevel::RepeatableRead)).await
    }

    pub(crate) async fn begin(&self, write: bool) -> Result<OpenTx, StoreError> {
        self.begin_at(write, None).await
    }

    async fn begin_at(&self, write: bool, isolation: Option<IsolationLevel>) -> Result<OpenTx, StoreError> {
        let turn = match (write, self.inner.engine) {
            (true, Engine::Sqlite) => Some(Arc::clone(&self.inner.writer).lock_owned().await),
            _ => None,
        };
        let mode = if write { SqliteTransactionMode::Immediate } else { SqliteTransactionMode::Deferred };
        let access = (!write && self.inner.engine == Engine::Postgres).then_some(AccessMode::ReadOnly);
        // A deferred transaction of SQLite is one picture anyway.
        let isolation_level = isolation.filter(|_| self.inner.engine == Engine::Postgres);
        let options = TransactionOptions { isolation_level, access_mode: access, sqlite_transaction_mode: Some(mode) };
        let tx = self.inner.db.begin_with_options(options).await?;
        Ok(OpenTx { tx, store: Arc::clone(&self.inner), _turn: turn })
    }
}

/// An open transaction before anybody said whose rows it may see.
pub(crate) struct OpenTx {
    pub(crate) tx: DatabaseTransaction,
    pub(crate) store: Arc<Inner>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl OpenTx {
    /// Tells PostgreSQL whose transaction this is; ends with the transaction.
    pub(crate) async fn claim(&self, tenant: TenantId, reach: &'static str) -> Result<(), StoreError> {
        if self.store.engine == Engine::Postgres {
            let values: [Value; 2] = [tenant.uuid().to_string().into(), reach.into()];
            let sql = "SELECT set_config('app.tenant', $1, true), set_config('app.reach', $2, true)";
            self.tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        }
        Ok(())
    }

    pub(crate) fn statement(&self, sql: &str, values: Vec<Value>) -> Statement {
        let backend = match self.store.engine {
            Engine::Sqlite => DbBackend::Sqlite,
            Engine::Postgres => DbBackend::Postgres,
        };
        Statement::from_sql_and_values(backend, sql, values)
    }
}
