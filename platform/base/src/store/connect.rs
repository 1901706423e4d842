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
            connect
                .min_connections(1)
                .idle_timeout(None::<Duration>)
                .max_lifetime(None::<Duration>)
                .test_before_acquire(false);
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
            reload: Mutex::new(()),
            db,
        };
        let store = Self { inner: Arc::new(inner) };
        // In this order: what is committed in between is read twice rather than never.
        store.follower_start().await?;
        store.reload_sites().await?;
        Ok(store)
    }

    /// Reads the directory again after tenants changed. One at a time, and each in one transaction: an older picture never
    /// replaces a newer one, and a portal is never seen without its hosts.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database is away.
    pub async fn reload_sites(&self) -> Result<(), StoreError> {
        let _turn = self.inner.reload.lock().await;
        let picture = self.snapshot().await?;
        let tenants = rows::tenant::Entity::find().all(&picture.tx).await?;
        let hosts = rows::host::Entity::find().all(&picture.tx).await?;
        picture.tx.commit().await?;
        self.sites().replace(tenants, hosts);
        Ok(())
    }

    /// What makes the second wall worthless: the role that the program works as owns the tables, is a superuser, or may
    /// bypass row-level security. None on SQLite, which has no such wall, and when the wall stands.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn wall_fault(&self) -> Result<Option<String>, StoreError> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        let sql = "SELECT current_user::text AS role, r.rolsuper AS super, r.rolbypassrls AS bypass, \
                   EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'placement' AND c.relowner = r.oid) AS owner, \
                   EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'placement' AND c.relforcerowsecurity) AS forced \
                   FROM pg_roles r WHERE r.rolname = current_user";
        let Some(row) = self.read_one(sql, vec![]).await? else { return Ok(Some("the role is unknown".to_owned())) };
        let role: String = row.try_get("", "role")?;
        let is = |name: &str| row.try_get::<bool>("", name);
        let faults = [
            (is("super")?, "is a superuser"),
            (is("bypass")?, "may bypass row-level security"),
            (is("owner")?, "owns the tables"),
            (!is("forced")?, "meets tables whose row-level security is not forced"),
        ];
        Ok(faults.iter().find(|(wrong, _)| *wrong).map(|(_, what)| format!("the database role {role} {what}")))
    }

    /// Seconds by which the database's clock differs from `now`: deadlines are judged by the program's clock, but a wide
    /// difference between machines is worth knowing.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn drift(&self, now: crate::Timestamp) -> Result<i64, StoreError> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT CAST(strftime('%s', 'now') AS INTEGER) AS at",
            Engine::Postgres => "SELECT CAST(extract(epoch FROM clock_timestamp()) AS BIGINT) AS at",
        };
        let row = self.read_one(sql, vec![]).await?;
        let at: i64 = row.map(|row| row.try_get("", "at")).transpose()?.unwrap_or_default();
        Ok(at - now.micros() / crate::Timestamp::SECOND)
    }

    /// Throws away what nobody needs any more: ended sessions, answers to repeated writes after a day, the log of changes
    /// after a day except its newest end.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tidy(&self, now: crate::Timestamp) -> Result<(), StoreError> {
        let day_ago = now.plus_hours(-24).micros();
        self.write("DELETE FROM session WHERE ends_at < $1 OR seen_at < $2", vec![now.micros().into(), day_ago.into()])
            .await?;
        self.write("DELETE FROM idempotency WHERE created_at < $1", vec![day_ago.into()]).await?;
        let log = "DELETE FROM change WHERE at < $1 AND seq < (SELECT max(seq) FROM change) - 5000";
        self.write(log, vec![day_ago.into()]).await
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
