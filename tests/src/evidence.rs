//! Evidence that was touched is found, and the first broken link is named.

use base::duty::Role;
use base::journal::BrokenLink;
use base::store::Engine;
use oversight::evidence::{verify, verify_export};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::kit::{House, on_both, root};

/// A house with an order, and a connection of somebody who has the file in hand and knows about the triggers.
async fn tampered(sql: &[&str]) -> (House, Option<BrokenLink>) {
    let house = House::open(Engine::Sqlite).await.expect("a house");
    let duty = house.token("www", Role::CentralDuty).await;
    let notice = house.publish(&duty, "gwyzc", "关于证据的通知").await;
    house.order(&duty, &notice.edition).await;
    let db: DatabaseConnection = sea_orm::Database::connect(&house.url).await.expect("connected");
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'evidence%'";
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
async fn a_chain_without_its_head_is_named() {
    let (cut, head) = (
        format!("DELETE FROM evidence WHERE {CENTRE} AND seq = 3"),
        format!("DELETE FROM evidence_head WHERE {CENTRE}"),
    );
    let (house, broken) = tampered(&[&cut, &head]).await;
    assert_eq!(broken, Some(BrokenLink::Truncated { last: 2, head: 0 }));
    let told = verify_export(&exported(&house).await).expect_err("it does not say how long the chain was");
    assert!(told.contains("cut off"), "{told}");
}

on_both!(
    /// The house itself cannot take a head away, nor turn it back.
    heads_only_move_on, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        house.publish(&duty, "gwyzc", "关于证据的通知").await;
        let db: DatabaseConnection = sea_orm::Database::connect(&house.url).await.expect("connected");
        let begin = if house.app.store.engine() == Engine::Postgres { "SET ROLE dibao_runtime;" } else { "" };
        let as_centre = "SELECT set_config('app.tenant', (SELECT id::text FROM tenant WHERE slug = 'www'), false);";
        let begin = if begin.is_empty() { String::new() } else { format!("{begin} {as_centre}") };
        for sql in [
            format!("DELETE FROM evidence_head WHERE {CENTRE}"),
            format!("UPDATE evidence_head SET seq = seq - 1 WHERE {CENTRE}"),
            format!("UPDATE evidence_head SET seq = seq + 2 WHERE {CENTRE}"),
        ] {
            assert!(db.execute_unprepared(&format!("{begin} {sql}")).await.is_err(), "{sql}");
        }
        db.close().await.expect("closed");
    }
);

/// The chain of the centre as somebody else gets it.
async fn exported(house: &House) -> String {
    let tx = house.app.store.reading(house.site("www").tenant).await.expect("a transaction");
    let mut export = Vec::new();
    oversight::evidence::export(&tx, &mut export).await.expect("exported");
    String::from_utf8(export).expect("text")
}

on_both!(
    /// A chain longer than what is read at a time is walked and exported whole.
    long_chains_are_read_in_pages, house => {
        #[derive(serde::Serialize)]
        struct Happened;
        impl base::journal::Event for Happened {
            fn kind(&self) -> &'static str { "test.happened" }
            fn subject(&self) -> String { "test".to_owned() }
        }
        let tx = house.app.store.tenant(house.site("www").tenant).await.expect("a transaction");
        for _ in 0..2100 {
            tx.note(&Happened, "test", house.now()).await.expect("noted");
        }
        tx.commit().await.expect("committed");
        let verdict = verify(&house.app.store, house.site("www").tenant).await.expect("walked");
        assert_eq!((verdict.entries, verdict.broken), (2101, None));
        assert_eq!(verify_export(&exported(house).await), Ok(2101));
        let nobody = house.app.store.reading(house.site("hubei").tenant).await.expect("a transaction");
        let mut export = Vec::new();
        oversight::evidence::export(&nobody, &mut export).await.expect("exported");
        assert_eq!(verify_export(&String::from_utf8(export).expect("text")), Ok(0), "an empty chain says that it is empty");
    }
);

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
    let export = exported(&house).await;
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
    let lines: Vec<&str> = export.lines().collect();
    let without = |gone: &[usize]| -> String {
        let kept = lines.iter().enumerate().filter(|(at, _)| !gone.contains(at));
        kept.map(|(_, line)| format!("{line}\n")).collect()
    };
    // The head is the fourth line: a cut tail is missed with it, and the head alone without what it counts.
    for cut in [without(&[3]), without(&[2, 3]), without(&[2]), format!("{export}{}\n", lines[2])] {
        assert!(verify_export(&cut).is_err(), "{cut}");
        assert!(!check("cut.jsonl", &cut).status.success(), "{cut}");
    }
    std::fs::remove_dir_all(directory).expect("removed");
    house.close().await;
}
