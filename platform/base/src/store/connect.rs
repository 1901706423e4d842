//! Opening the database with the settings that each engine needs.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait};
use tokio::sync::Mutex;

use super::{Engine, Inner, Store, StoreError};
use crate::follow::Follower;
use crate::id::Ids;
use crate::tenancy::{Sites, rows};

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// `sqlite://FILE` or `postgres://…`.
    pub url: String,
    /// Upper bound of open connections.
    pub max_connections: u32,
    /// PostgreSQL role that the program works as: it owns nothing and cannot bypass row-level security.
    pub runtime_role: Option<String>,
}

impl StoreOptions {
    /// The given address with the runtime role of `migrations/postgres/0004_walls.sql`.
    pub fn new(url: &str, max_connections: u32) -> Self {
        Self { url: url.to_owned(), max_connections, runtime_role: Some("dibao_runtime".to_owned()) }
    }
}

/// Which engine an address names.
pub(crate) fn engine_of(url: &str) -> Engine {
    if url.starts_with("postgres") { Engine::Postgres } else { Engine::Sqlite }
}

pub(crate) async fn open(options: &StoreOptions) -> Result<DatabaseConnection, StoreError> {
    let mut connect = ConnectOptions::new(options.url.clone());
    connect.max_connections(options.max_connections).sqlx_logging(false);
    connect.acquire_timeout(Duration::from_secs(15));
    match engine_of(&options.url) {
        Engine::Sqlite => {
            connect.min_connections(1).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>).test_before_acquire(false);
            connect.map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .busy_timeout(Duration::from_secs(20))
                    .pragma("journal_mode", "WAL")
                    // WAL with NORMAL loses no commit when the process is killed; it may lose the last ones when the
                    // machine loses power, which the operations guide says and `FULL` would cost 10 ms a commit to avoid.
                    .pragma("synchronous", "NORMAL")
                    .pragma("foreign_keys", "ON")
                    .pragma("cache_size", "-32768")
                    .pragma("mmap_size", "268435456")
                    .pragma("temp_store", "MEMORY")
                    .statement_cache_capacity(256)
            });
        }
        Engine::Postgres => {
            connect.test_before_acquire(false);
            let role = options.runtime_role.clone();
            connect.map_sqlx_postgres_opts(move |postgres| match &role {
                Some(role) => postgres.options([("role", role.as_str())]),
                None => postgres,
            });
        }
    }
    Ok(Database::connect(connect).await?)
}

impl Store {
    /// Opens a migrated database and reads the directory of portals into memory.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be reached or was not migrated.
    pub async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let db = open(options).await?;
        let inner = Inner {
            engine: engine_of(&options.url),
            sites: Arc::new(Sites::default()),
            ids: Ids,
            follower: Follower::default(),
            writer: Arc::new(Mutex::new(())),
            db,
        };
        let store = Self { inner: Arc::new(inner) };
        store.reload_sites().await?;
        store.follower_start().await?;
        Ok(store)
    }

    /// Reads the directory again after tenants changed.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database is away.
    pub async fn reload_sites(&self) -> Result<(), StoreError> {
        let tenants = rows::tenant::Entity::find().all(self.db()).await?;
        let hosts = rows::host::Entity::find().all(self.db()).await?;
        self.sites().replace(tenants, hosts);
        Ok(())
    }

    /// Asks the database for one row: is it there?
    ///
    /// # Errors
    /// [`StoreError::Database`] when it is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db().execute_unprepared("SELECT 1").await?;
        Ok(())
    }
}
