//! Who may come in, as the operator sees and changes it from the command line.

use serde_json::{Value, json};

use super::client::text;
use super::ground::Ground;

const PASSWORD: &str = "correct horse battery\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_put_listed_and_disabled() {
    let ground = Ground::sqlite();
    ground.run(&["tenants", "apply"]).await.expect(0);
    let put =
        ["accounts", "put", "--login", "li", "--name", "李", "--tenant", "hubei", "--duty", "operator", "--subtree"];
    let said = ground.run_reading(&put, PASSWORD).await.expect(0);
    assert_eq!(said.out, "li may sign in\n");
    ground.run_reading(&put, "short\n").await.expect(1);
    let put = ground.run_reading(&[&["--json"], &put[..]].concat(), PASSWORD).await.expect(0).json();
    let grants = json!([{ "duty": "operator", "tenant": "hubei", "subtree": true }]);
    assert_eq!(put, json!({ "login": "li", "name": "李", "disabled": false, "locked_until": null, "grants": grants }));
    assert_eq!(ground.run(&["--json", "accounts", "list"]).await.expect(0).json(), json!([put]));
    assert!(ground.run(&["accounts", "list"]).await.expect(0).out.contains("operator at hubei and below"));

    let disabled = ground.run(&["--json", "accounts", "disable", "--login", "li"]).await.expect(0).json();
    assert_eq!((text(&disabled, "login"), disabled["disabled"].as_bool()), ("li".to_owned(), Some(true)));
    assert!(ground.run(&["accounts", "list"]).await.expect(0).out.contains("disabled"));
    let nobody = ground.run(&["--json", "accounts", "disable", "--login", "wang"]).await.expect(1);
    let told: Value = serde_json::from_str(&nobody.err).expect("JSON on the error output");
    assert_eq!(told, json!({ "error": "there is no account wang" }));
    ground.run(&["accounts", "disable"]).await.expect(2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_created_listed_and_revoked() {
    let ground = Ground::sqlite();
    ground.run(&["tenants", "apply"]).await.expect(0);
    let alone = ground.token("hubei", "editor").await;
    let create = ["--json", "tokens", "create", "--tenant", "www", "--duty", "central", "--label", "watch"];
    let made = ground.run(&create).await.expect(0).json();
    assert_eq!(
        (text(&made, "label"), text(&made, "tenant"), text(&made, "duty")),
        ("watch".into(), "www".into(), "central_duty".into())
    );
    assert!(text(&made, "token").starts_with("dibao_"));

    let listed = ground.run(&["--json", "tokens", "list"]).await.expect(0);
    assert!(!listed.out.contains(&alone) && !listed.out.contains(&text(&made, "token")), "values are kept nowhere");
    let listed = listed.json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    let watch = listed.as_array().into_iter().flatten().find(|token| token["label"] == "watch").expect("the token");
    assert_eq!((text(watch, "tenant"), watch["revoked_at"].is_null()), ("www".into(), true));

    let id = text(watch, "id");
    assert_eq!(
        ground.run(&["--json", "tokens", "revoke", &id]).await.expect(0).json(),
        json!({ "id": id, "revoked": true })
    );
    assert!(ground.run(&["tokens", "list"]).await.expect(0).out.contains("revoked"));
    ground.run(&["tokens", "revoke", "00000000-0000-0000-0000-000000000000"]).await.expect(1);
    ground.run(&["tokens", "revoke", "nonsense"]).await.expect(2);
}
