//! A database for one test on the server that was started for all.

/// A database of its own on the server that was started for the tests.
pub async fn database(name: &str) -> Option<String> {
    let server = std::env::var("DIBAO_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())?;
    let db = sea_orm::Database::connect(&server).await.expect("the server");
    sea_orm::ConnectionTrait::execute_unprepared(&db, &format!("CREATE DATABASE t_{name}")).await.expect("a database");
    db.close().await.expect("closed");
    let (base, query) = server.split_once('?').map_or((server.as_str(), None), |(base, query)| (base, Some(query)));
    let (front, _) = base.rsplit_once('/').expect("an address with a database");
    Some(match query {
        Some(query) => format!("{front}/t_{name}?{query}"),
        None => format!("{front}/t_{name}"),
    })
}
