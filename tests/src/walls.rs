//! Two walls around a tenant's rows, and each holds when the other is removed.

use base::Store;
use base::duty::Role;
use base::store::{Engine, StoreOptions};
use content::{document, placement};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::kit::{House, on_both};

async fn house() -> Option<House> {
    let house = House::open(Engine::Postgres).await?;
    for slug in ["wuhan-hubei", "guangzhou-guangdong"] {
        let admin = house.token(slug, Role::TenantAdmin).await;
        house.publish(&admin, "yaowen", &format!("{slug} 的新闻")).await;
    }
    Some(house)
}

/// A bare connection as the role that the program works as.
async fn as_runtime(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_postgres_opts(|postgres| postgres.options([("role", "dibao_runtime")]));
    sea_orm::Database::connect(options).await.expect("connected")
}

async fn count(db: &DatabaseConnection, sql: &str) -> i64 {
    let row =
        db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("asked").expect("a row");
    row.try_get("", "n").expect("a number")
}

/// Tables of the house that name a tenant but are reached inside `base` only; every other table with a tenant is a tenant's.
const HOUSE: &str = "'tenant_host', 'role_grant', 'api_token', 'job', 'change', 'peer'";

/// The tables of tenants, read from the database itself: a new one cannot be forgotten.
async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let sql = format!(
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' \
         AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id' AND c.relname NOT IN ({HOUSE})"
    );
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("asked");
    let found: Vec<String> = rows.iter().map(|row| row.try_get("", "name").expect("a name")).collect();
    assert!(found.len() >= 13, "{found:?}");
    found
}

/// The first wall is gone (bare SQL without any condition): row-level security shows one tenant's rows, and none to nobody.
#[tokio::test]
async fn the_second_wall_holds_alone() {
    let Some(house) = house().await else { return eprintln!("left out: no PostgreSQL") };
    let db = as_runtime(&house.url).await;
    let tables = tables(&db).await;
    for table in &tables {
        assert_eq!(count(&db, &format!("SELECT count(*) AS n FROM {table}")).await, 0, "{table} to nobody");
    }
    let wuhan = house.site("wuhan-hubei").tenant;
    db.execute_unprepared(&format!("SELECT set_config('app.tenant', '{wuhan}', false)")).await.expect("set");
    assert_eq!(count(&db, "SELECT count(*) AS n FROM document").await, 1);
    for table in &tables {
        let foreign = format!("SELECT count(*) AS n FROM {table} WHERE tenant_id <> '{wuhan}'");
        assert_eq!(count(&db, &foreign).await, 0, "{table} of others");
    }
    let other = house.site("guangzhou-guangdong").tenant;
    let insert = format!(
        "INSERT INTO notice (tenant_id, key, kind, audience, body, created_at) VALUES ('{other}', 'x', 'x', 'x', '', 0)"
    );
    assert!(db.execute_unprepared(&insert).await.is_err(), "a row for somebody else");
    let update = db
        .execute_unprepared(&format!("UPDATE document SET created_by = 'x' WHERE tenant_id = '{other}'"))
        .await
        .expect("ran");
    assert_eq!(update.rows_affected(), 0);
    for sql in
        ["UPDATE evidence SET actor = 'x'", "DELETE FROM evidence", "ALTER TABLE placement DISABLE ROW LEVEL SECURITY"]
    {
        assert!(db.execute_unprepared(sql).await.is_err(), "{sql}");
    }
    db.close().await.expect("closed");
    house.close().await;
}

/// The second wall is gone (a superuser, whom row-level security does not stop): the type of the transaction still narrows
/// everything to one tenant.
#[tokio::test]
async fn the_first_wall_holds_alone() {
    let Some(house) = house().await else { return eprintln!("left out: no PostgreSQL") };
    let options = StoreOptions { url: house.url.clone(), max_connections: 2, runtime_role: None };
    let store = Store::open(&options).await.expect("a store");
    assert!(store.wall_fault().await.expect("asked").is_some(), "the program would refuse to start as this role");
    let tx = store.reading(house.site("wuhan-hubei").tenant).await.expect("a transaction");
    let seen = placement::recent(&tx, 100).await.expect("read");
    assert_eq!(seen.iter().map(|row| row.title.as_str()).collect::<Vec<_>>(), ["wuhan-hubei 的新闻"]);
    let entries = tx.entries(0, 100).await.expect("read");
    assert!(entries.iter().all(|entry| entry.tenant_id == house.site("wuhan-hubei").tenant.uuid()));
    house.close().await;
}

on_both!(
    /// A row opens what it names for the tenant whose row it is, and for nobody who got hold of it.
    a_key_opens_for_its_holder_only, house => {
        let admin = house.token("wuhan-hubei", Role::TenantAdmin).await;
        let news = house.publish(&admin, "yaowen", "武汉的新闻").await;
        let own = house.app.store.reading(house.site("wuhan-hubei").tenant).await.expect("a transaction");
        let seat = placement::at_address(&own, &news.address).await.expect("read").expect("a place");
        assert_eq!(document::opened_edition(&own, &seat).await.expect("opened").fields.title, "武汉的新闻");
        drop(own);
        for slug in ["guangzhou-guangdong", "www"] {
            let tx = house.app.store.reading(house.site(slug).tenant).await.expect("a transaction");
            let opened = document::opened_edition(&tx, &seat).await;
            assert!(matches!(opened, Err(document::DocumentError::Missing)), "{slug}: {opened:?}");
        }
    }
);

/// On the embedded engine the first wall is the only one, and evidence is append-only by triggers.
#[tokio::test]
async fn the_embedded_engine_has_the_first_wall_and_append_only_evidence() {
    let house = House::open(Engine::Sqlite).await.expect("a house");
    for slug in ["wuhan-hubei", "guangzhou-guangdong"] {
        let admin = house.token(slug, Role::TenantAdmin).await;
        house.publish(&admin, "yaowen", &format!("{slug} 的新闻")).await;
    }
    let tx = house.app.store.reading(house.site("wuhan-hubei").tenant).await.expect("a transaction");
    assert_eq!(placement::recent(&tx, 100).await.expect("read").len(), 1);
    drop(tx);
    let db = sea_orm::Database::connect(&house.url).await.expect("connected");
    for sql in ["UPDATE evidence SET actor = 'x'", "DELETE FROM evidence"] {
        assert!(db.execute_unprepared(sql).await.is_err(), "{sql}");
    }
    db.close().await.expect("closed");
    house.close().await;
}
