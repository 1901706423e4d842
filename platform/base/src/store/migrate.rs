//! Migrations: plain SQL per engine, numbered, applied once, each in its own transaction with its record.

use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};

use super::connect::{engine_of, open};
use super::{Engine, StoreError, StoreOptions};
use crate::Timestamp;
use crate::id::sm3_hex;

macro_rules! numbered {
    ($($name:literal),+ $(,)?) => {
        const SQLITE: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../migrations/sqlite/", $name, ".sql")))),+];
        const POSTGRES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../migrations/postgres/", $name, ".sql")))),+];
    };
}

numbered!(
    "0001_tenancy",
    "0002_content",
    "0003_exchange",
    "0004_walls",
    "0005_submission",
    "0006_turns",
    "0007_desk",
    "0008_likeness",
    "0009_commission",
    "0010_merit",
    "0011_delivery",
    "0012_roster",
    "0013_outside",
    "0014_crawl",
    "0015_link",
    "0016_joint",
    "0017_federation",
    "0018_recommended",
    "0019_twins",
    "0020_joint_below",
    "0021_points",
    "0022_below_the_border",
    "0023_point_order",
    "0024_columns",
    "0026_webhook_news",
);

/// The migrations of an engine in order: name and SQL.
pub fn migrations(engine: Engine) -> &'static [(&'static str, &'static str)] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    }
}

/// What a run of migrations did.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Applied {
    /// Names that were applied now, in order.
    pub applied: Vec<String>,
    /// Names that were there already.
    pub present: Vec<String>,
}

/// Why migrations stopped.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// An applied migration's text differs from ours: somebody edited history.
    #[error("migration {0} was applied with another text than this program carries")]
    Edited(String),
    /// The database holds a migration that this program does not know: it is older than the data.
    #[error("the database has migration {0}, which this older program does not know")]
    Newer(String),
    /// One migration failed and was rolled back.
    #[error("migration {name} failed and left nothing behind: {source}")]
    Failed {
        /// Which one.
        name: String,
        /// Why.
        source: DbErr,
    },
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Brings the database up to date as its owner.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(url: &str, now: Timestamp) -> Result<Applied, MigrateError> {
    let options = StoreOptions { url: url.to_owned(), max_connections: 1, runtime_role: None };
    let db = open(&options).await?;
    let store = |error: DbErr| MigrateError::Store(error.into());
    if engine_of(url) == Engine::Postgres {
        // Two nodes that start at once take turns.
        db.execute_unprepared("SELECT pg_advisory_lock(7233942)").await.map_err(store)?;
    }
    db.execute_unprepared(
        "CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, sm3 TEXT NOT NULL, applied_at BIGINT NOT NULL)",
    )
    .await
    .map_err(store)?;
    let known = migrations(engine_of(url));
    let list =
        Statement::from_string(db.get_database_backend(), "SELECT name, sm3 FROM schema_migration ORDER BY name");
    let mut done = Applied::default();
    for row in db.query_all_raw(list).await.map_err(store)? {
        let (name, sm3): (String, String) = row.try_get_many("", &["name".into(), "sm3".into()]).map_err(store)?;
        match known.iter().find(|(known, _)| *known == name) {
            None => return Err(MigrateError::Newer(name)),
            Some((_, sql)) if sm3_hex(sql.as_bytes()) != sm3 => return Err(MigrateError::Edited(name)),
            Some(_) => done.present.push(name),
        }
    }
    for (name, sql) in known.iter().filter(|(name, _)| !done.present.iter().any(|present| present == name)) {
        let failed = |source| MigrateError::Failed { name: (*name).to_owned(), source };
        let tx = db.begin().await.map_err(store)?;
        tx.execute_unprepared(sql).await.map_err(failed)?;
        let values: [sea_orm::Value; 3] = [(*name).into(), sm3_hex(sql.as_bytes()).into(), now.micros().into()];
        let record = "INSERT INTO schema_migration (name, sm3, applied_at) VALUES ($1, $2, $3)";
        tx.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), record, values))
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        done.applied.push((*name).to_owned());
    }
    if engine_of(url) == Engine::Postgres {
        db.execute_unprepared("SELECT pg_advisory_unlock(7233942)").await.map_err(store)?;
    }
    db.close().await.map_err(store)?;
    Ok(done)
}
