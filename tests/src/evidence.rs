//! Evidence that was touched is found, and the first broken link is named.

use base::duty::Role;
use base::journal::BrokenLink;
use base::store::Engine;
use oversight::evidence::{verify, verify_export};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::kit::{House, root};

/// A house with an order, and a connection of somebody who has the file in hand and knows about the triggers.
async fn tampered(sql: &[&str]) -> (House, Option<BrokenLink>) {
    let house = House::open(Engine::Sqlite).await.expect("a house");
    let duty = house.token("www", Role::CentralDuty).await;
    let notice = house.publish(&duty, "gwyzc", "关于证据的通知").await;
    house.order(&duty, &notice.edition).await;
    let db: DatabaseConnection = sea_orm::Database::connect(&house.url).await.expect("connected");
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'evidence'";
    let rows =
        db.query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), triggers)).await.expect("asked");
    assert!(!rows.is_empty(), "evidence is append-only");
    for row in rows {
        let name: String = row.try_get("", "name").expect("a name");
        db.execute_unprepared(&format!("DROP TRIGGER {name}")).await.expect("dropped");
    }
    for sql in sql {
        db.execute_unprepared(sql).await.expect("tampered");
    }
    db.close().await.expect("closed");
    let verdict = verify(&house.app.store, house.site("www").tenant).await.expect("walked");
    (house, verdict.broken)
}

const CENTRE: &str = "tenant_id = (SELECT id FROM tenant WHERE slug = 'www')";

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_chain_holds_with_its_bindings() {
    let (house, broken) = tampered(&[]).await;
    assert_eq!(broken, None);
    let verdict = verify(&house.app.store, house.site("www").tenant).await.expect("walked");
    assert_eq!(
        (verdict.entries, verdict.bindings),
        (3, 2),
        "tenants applied; edition published and order issued, which bind something"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_entry_is_named() {
    let change =
        format!("UPDATE evidence SET body = replace(body, 'mandatory', 'recommended') WHERE {CENTRE} AND seq = 3");
    assert_eq!(tampered(&[&change]).await.1, Some(BrokenLink::Changed { seq: 3 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_entry_is_named() {
    let remove = format!("DELETE FROM evidence WHERE {CENTRE} AND seq = 2");
    assert_eq!(tampered(&[&remove]).await.1, Some(BrokenLink::Gap { expected: 2, found: 3 }));
    let cut = format!("DELETE FROM evidence WHERE {CENTRE} AND seq = 3");
    assert_eq!(tampered(&[&cut]).await.1, Some(BrokenLink::Truncated { last: 2, head: 3 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inserted_entry_is_named() {
    let insert = format!(
        "INSERT INTO evidence SELECT tenant_id, 4, at, kind, subject, 'somebody', body, prev_hash, hash FROM evidence WHERE {CENTRE} AND seq = 3"
    );
    assert_eq!(tampered(&[&insert]).await.1, Some(BrokenLink::Unlinked { seq: 4 }));
}

/// A rewritten chain holds in itself; what it binds, and the export that somebody kept, do not.
#[tokio::test(flavor = "multi_thread")]
async fn an_obligation_that_was_moved_breaks_its_binding() {
    let later = "UPDATE obligation SET due_at = due_at + 3600000000 WHERE tenant_id = (SELECT id FROM tenant WHERE slug = 'hubei')";
    let broken = tampered(&[later]).await.1;
    assert!(matches!(broken, Some(BrokenLink::Unbound { seq: 3, .. })), "{broken:?}");
    let gone = "DELETE FROM obligation WHERE tenant_id = (SELECT id FROM tenant WHERE slug = 'hubei')";
    assert!(matches!(tampered(&[gone]).await.1, Some(BrokenLink::Unbound { seq: 3, .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_text_that_was_changed_breaks_its_binding() {
    let text = format!("UPDATE edition SET body_html = replace(body_html, '正文', '假文') WHERE {CENTRE}");
    assert!(matches!(tampered(&[&text]).await.1, Some(BrokenLink::Unbound { seq: 2, .. })));
    let both = format!("UPDATE edition SET body_html = 'x', content_hash = 'x' WHERE {CENTRE}");
    assert!(matches!(tampered(&[&both]).await.1, Some(BrokenLink::Unbound { seq: 2, .. })));
    let gone = format!("DELETE FROM edition WHERE {CENTRE}");
    assert!(matches!(tampered(&[&gone]).await.1, Some(BrokenLink::Unbound { seq: 2, .. })));
}

/// A proof names what a probe saw; a sighting that says something else, or is gone, is no proof.
#[tokio::test(flavor = "multi_thread")]
async fn a_sighting_that_was_changed_breaks_its_binding() {
    for sql in [
        "UPDATE sighting SET saw = replace(saw, '\"text_hash\":\"', '\"text_hash\":\"0')",
        "UPDATE sighting SET verdict = 'not_seen'",
        "DELETE FROM sighting",
    ] {
        let (house, broken) = tampered(&[]).await;
        assert_eq!(broken, None);
        house.run_jobs().await;
        let hubei = house.site("hubei").tenant;
        let verdict = verify(&house.app.store, hubei).await.expect("walked");
        assert_eq!((verdict.broken, verdict.bindings), (None, 1));
        let db = sea_orm::Database::connect(&house.url).await.expect("connected");
        db.execute_unprepared(sql).await.expect("tampered");
        db.close().await.expect("closed");
        let broken = verify(&house.app.store, hubei).await.expect("walked").broken;
        assert!(matches!(broken, Some(BrokenLink::Unbound { seq: 2, .. })), "{sql}: {broken:?}");
    }
}

/// Whoever holds an export checks it with the recipe of the documentation, without this program.
#[tokio::test(flavor = "multi_thread")]
async fn the_documented_recipe_checks_an_export() {
    let (house, _) = tampered(&[]).await;
    let tx = house.app.store.reading(house.site("www").tenant).await.expect("a transaction");
    let entries = tx.entries(0, 100).await.expect("read");
    drop(tx);
    let export: String = entries.iter().map(|entry| serde_json::to_string(entry).expect("json") + "\n").collect();
    assert_eq!(verify_export(&export), Ok(3));
    let text = std::fs::read_to_string(root().join("docs/orders-and-evidence.md")).expect("the document");
    let recipe =
        text.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a recipe in Python");
    assert!(recipe.lines().count() <= 50, "{} lines", recipe.lines().count());
    let directory = std::env::temp_dir().join(format!("dibao-recipe-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    std::fs::write(directory.join("recipe.py"), recipe).expect("written");
    let check = |name: &str, text: &str| {
        let file = directory.join(name);
        std::fs::write(&file, text).expect("written");
        std::process::Command::new("python3")
            .arg(directory.join("recipe.py"))
            .arg(&file)
            .output()
            .expect("python3 runs")
    };
    let good = check("good.jsonl", &export);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let forged = export.replace("test", "tset");
    assert_ne!(forged, export);
    assert!(!check("forged.jsonl", &forged).status.success());
    let shortened: String = export.lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert!(!check("shortened.jsonl", &shortened).status.success());
    std::fs::remove_dir_all(directory).expect("removed");
    house.close().await;
}
