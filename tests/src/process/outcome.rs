//! How commands end: exit codes, what they say about a mistake, and what they find in a house that is not as it must be.

use base::journal::Entry;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement};
use serde_json::{Value, json};

use super::eventually;
use super::ground::{Ground, Said};
use super::node::free_port;

#[tokio::test]
async fn a_mistyped_key_is_named_with_the_nearest_one() {
    let ground = Ground::sqlite();
    let said = ground.run_with(&["tenants", "list"], &[("DIBAO_WORKER_LEASE_SECOND", "5")]).await.expect(1);
    assert!(said.err.contains("DIBAO_WORKER_LEASE_SECOND;"), "{}", said.err);
    assert!(said.err.contains("did you mean DIBAO_WORKER_LEASE_SECONDS?"), "{}", said.err);

    let file = ground.file("mistyped.toml", "[pages]\ngzip_level = 6\n\n[worker]\nlease_second = 5\n");
    let file = file.to_str().expect("a plain path");
    let said = ground.run(&["--config", file, "tenants", "list"]).await.expect(1);
    assert!(said.err.contains("mistyped.toml:5: there is no key worker.lease_second;"), "{}", said.err);
    assert!(said.err.contains("did you mean worker.lease_seconds?"), "{}", said.err);

    let said = ground.run(&["--json", "--config", file, "tenants", "list"]).await.expect(1);
    let told: Value = serde_json::from_str(&said.err).expect("JSON on the error output");
    assert!(told["error"].as_str().expect("a text").contains("did you mean worker.lease_seconds?"), "{told}");

    let file = ground.file("wrong.toml", "[worker]\nlease_seconds = 4\n");
    let said = ground.run(&["--config", file.to_str().expect("a plain path"), "tenants", "list"]).await.expect(1);
    assert!(said.err.contains("worker.lease_seconds") && said.err.contains("from 5 to 3600"), "{}", said.err);
}

/// 2 for what was typed wrong; help for every command.
#[tokio::test]
async fn commands_explain_themselves() {
    let ground = Ground::sqlite();
    ground.run(&["nonsense"]).await.expect(2);
    ground.run(&["orders", "issue"]).await.expect(2);
    let commands: [&[&str]; 20] = [
        &["serve"],
        &["work"],
        &["migrate"],
        &["demo"],
        &["tenants", "apply"],
        &["tenants", "list"],
        &["tenants", "export"],
        &["orders", "issue"],
        &["orders", "show"],
        &["orders", "recall"],
        &["joint", "subscribe"],
        &["commissions", "open"],
        &["evidence", "verify"],
        &["evidence", "export"],
        &["tokens", "create"],
        &["tokens", "list"],
        &["tokens", "revoke"],
        &["accounts", "put"],
        &["accounts", "disable"],
        &["accounts", "list"],
    ];
    for command in commands.into_iter().chain([&["doctor"] as &[&str]]) {
        let said = ground.run(&[command, &["--help"]].concat()).await.expect(0);
        let usage = format!("Usage: dibao {}", command.join(" "));
        assert!(said.out.contains(&usage) && said.out.contains("--json"), "{}", said.out);
    }
}

/// A small house whose one order is proven, closed.
async fn closed_house() -> Ground {
    let ground = Ground::sqlite();
    let mut node = ground.demo(&["--tenants", "5"]).await;
    let client = node.client(&ground.token("www", "central").await);
    eventually("hubei has proven its repost", 120, async || (!ground.proofs("hubei").await.is_empty()).then_some(()))
        .await;
    assert_eq!(client.orders().await.len(), 1);
    assert_eq!(node.terminate().await, Some(0));
    ground
}

fn finding<'a>(doctor: &'a Value, what: &str) -> &'a Value {
    let found = doctor["findings"].as_array().expect("findings").iter().find(|finding| finding["what"] == what);
    found.unwrap_or_else(|| panic!("nothing about {what} in {doctor}"))
}

fn unwell(doctor: &Value) -> Vec<&str> {
    let findings = doctor["findings"].as_array().expect("findings").iter();
    findings.filter(|finding| finding["well"] == false).filter_map(|finding| finding["what"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_wrong_and_goes_on() {
    let ground = closed_house().await;
    let well = ground.run(&["doctor", "--json"]).await.expect(0).json();
    assert_eq!(well["well"], true, "{well}");
    for what in ["configuration", "manifests", "disk", "time", "database", "database time", "queue", "people"] {
        assert_eq!(finding(&well, what)["well"], true);
    }
    assert!(finding(&well, "database")["detail"].as_str().expect("a text").contains("5 portals"), "{well}");

    let nobody = format!("redis://127.0.0.1:{}/0", free_port());
    let lonely = ground.run(&["doctor", "--json", "--redis-url", &nobody]).await.expect(3).json();
    assert_eq!((&lonely["well"], unwell(&lonely)), (&json!(false), vec!["redis"]));

    let empty = Ground::sqlite();
    let unknown = empty.run(&["doctor", "--json"]).await.expect(3).json();
    assert_eq!(unwell(&unknown), ["people"], "nobody can sign in to an empty house");

    let mistyped = empty.run_with(&["doctor", "--json"], &[("DIBAO_LISTN", "127.0.0.1:1")]).await.expect(3).json();
    assert_eq!(unwell(&mistyped), ["configuration"]);
    let detail = finding(&mistyped, "configuration")["detail"].as_str().expect("a text");
    assert!(detail.contains("did you mean DIBAO_LISTEN?"), "{detail}");

    // No text on the output but the JSON, and words for people without it.
    let words = ground.run(&["doctor"]).await.expect(0).out;
    assert!(words.lines().all(|line| line.starts_with("ok ")), "{words}");
    assert!(empty.run(&["doctor"]).await.expect(3).out.contains("BAD   people"));
}

/// The database of a closed house in the hands of somebody who knows about the triggers.
async fn opened(ground: &Ground) -> DatabaseConnection {
    let db = Database::connect(ground.embedded()).await.expect("connected");
    assert!(db.execute_unprepared("DELETE FROM evidence").await.is_err(), "evidence is append-only");
    assert!(db.execute_unprepared("UPDATE evidence SET body = ''").await.is_err(), "evidence is append-only");
    for trigger in ["evidence_no_update", "evidence_no_delete"] {
        db.execute_unprepared(&format!("DROP TRIGGER {trigger}")).await.expect("dropped");
    }
    db
}

const HUBEI: &str = "tenant_id = (SELECT id FROM tenant WHERE slug = 'hubei')";

/// Verifies a house that was tampered with: exit code 3, and one broken chain.
async fn broken(ground: &Ground, words: &str) -> Value {
    let said = ground.run(&["evidence", "verify", "--json"]).await.expect(3).json();
    let chains = said["broken"].as_array().expect("broken chains");
    assert!(chains.len() == 1 && chains[0]["tenant"] == "hubei", "{said}");
    let only = ground.run(&["evidence", "verify", "--tenant", "www"]).await;
    assert_eq!(only.code, 0, "the chain of another portal holds: {}", only.out);
    let for_people = ground.run(&["evidence", "verify"]).await.expect(3).out;
    assert!(for_people.contains(&format!("BROKEN  hubei: {words}")), "{for_people}");
    chains[0]["broken"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verifying_names_the_first_broken_link() {
    let house = closed_house().await;
    let said = house.run(&["evidence", "verify", "--json"]).await.expect(0).json();
    assert_eq!(said["broken"], json!([]), "{said}");
    assert!(said["bindings"].as_u64().is_some_and(|bindings| bindings > 1), "{said}");
    let chain = house.chain("hubei").await;
    let proven = chain.iter().position(|entry| entry["kind"] == "obligation.proven").expect("a proof") + 1;
    assert!(proven > 2 && proven == chain.len(), "entries before the proof, none after it");

    let changed = house.copied();
    let db = opened(&changed).await;
    let sql = format!(
        "UPDATE evidence SET body = replace(body, '\"late\":false', '\"late\":true') WHERE {HUBEI} AND seq = {proven}"
    );
    assert_eq!(db.execute_unprepared(&sql).await.expect("changed").rows_affected(), 1);
    db.close().await.expect("closed");
    let link = broken(&changed, &format!("entry {proven} was changed after it was written")).await;
    assert_eq!(link, json!({ "fault": "changed", "seq": proven }));

    let removed = house.copied();
    let db = opened(&removed).await;
    db.execute_unprepared(&format!("DELETE FROM evidence WHERE {HUBEI} AND seq = 2")).await.expect("removed");
    db.close().await.expect("closed");
    let link = broken(&removed, "entry 3 stands where entry 2 belongs").await;
    assert_eq!(link, json!({ "fault": "gap", "expected": 2, "found": 3 }));

    // Inserted between two others, with a hash of its own that is right.
    let inserted = house.copied();
    let db = opened(&inserted).await;
    let first =
        Statement::from_string(db.get_database_backend(), format!("SELECT * FROM evidence WHERE {HUBEI} AND seq = 1"));
    let row = db.query_one_raw(first).await.expect("asked").expect("an entry");
    let first = Entry::from_query_result(&row, "").expect("an entry");
    let mut forged = Entry { seq: 2, prev_hash: first.hash.clone(), actor: "somebody".to_owned(), ..first };
    forged.hash = forged.expected_hash();
    for sql in [
        format!("UPDATE evidence SET seq = -seq WHERE {HUBEI} AND seq > 1"),
        format!("UPDATE evidence SET seq = 1 - seq WHERE {HUBEI} AND seq < 0"),
        format!(
            "INSERT INTO evidence SELECT tenant_id, 2, at, kind, subject, '{}', body, '{}', '{}' FROM evidence WHERE {HUBEI} AND seq = 1",
            forged.actor, forged.prev_hash, forged.hash
        ),
    ] {
        assert!(db.execute_unprepared(&sql).await.expect("inserted").rows_affected() > 0);
    }
    db.close().await.expect("closed");
    let link = broken(&inserted, "entry 3 does not continue the entry before it").await;
    assert_eq!(link, json!({ "fault": "unlinked", "seq": 3 }));
}

/// What was exported can be checked elsewhere; what was touched on the way is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_verified_without_a_database() {
    let house = closed_house().await;
    let export = house.run(&["evidence", "export", "--tenant", "hubei"]).await.expect(0).out;
    let elsewhere = Ground::sqlite();
    let verified = async |name: &str, text: &str| -> Said {
        let file = elsewhere.file(name, text);
        elsewhere.run(&["evidence", "verify", "--json", "--file", file.to_str().expect("a plain path")]).await
    };
    let whole = verified("whole.jsonl", &export).await.expect(0).json();
    assert_eq!(whole, json!({ "entries": export.lines().count() - 1, "broken": null }), "the last line is the head");
    let lines: Vec<&str> = export.lines().collect();
    let without_second = [&lines[..1], &lines[2..]].concat().join("\n");
    let touched = [
        (
            "changed.jsonl",
            export.replace("\\\"late\\\":false", "\\\"late\\\":true"),
            "was changed after it was written",
        ),
        ("removed.jsonl", without_second, "entry 3 stands where entry 2 belongs"),
        ("garbled.jsonl", format!("{export}nonsense\n"), &*format!("line {}: ", lines.len())),
        ("cut.jsonl", lines[..lines.len() - 1].join("\n"), "this one was cut off"),
    ];
    for (name, text, why) in touched {
        assert_ne!(text, export, "{name}");
        let said = verified(name, &text).await.expect(3).json();
        assert!(said["broken"].as_str().expect("a reason").contains(why), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_portal_is_named_with_the_nearest_one() {
    let house = closed_house().await;
    for words in [
        &["tokens", "create", "--tenant", "hubie", "--duty", "central"] as &[&str],
        &["evidence", "verify", "--tenant", "hubie"],
        &["evidence", "export", "--tenant", "hubie"],
        &["tenants", "export", "hubie"],
    ] {
        let said = house.run(words).await.expect(1);
        assert_eq!(said.out, "", "nothing on the output");
        assert!(said.err.contains("there is no portal hubie; did you mean hubei?"), "{}", said.err);
    }
    let said = house.run(&["tokens", "create", "--tenant", "www", "--duty", "centre"]).await.expect(1);
    assert!(said.err.contains("duties are central, operator, admin, editor, reviewer"), "{}", said.err);
}
