//! Commands of whoever keeps the house: points, jobs that were set aside, portals outside, other installations.

use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use super::client::text;
use super::ground::Ground;
use crate::kit::root;

async fn told(ground: &Ground, words: &[&str]) -> Value {
    ground.run(&[&["--json"], words].concat()).await.expect(0).json()
}

/// A house with portals and samples that nobody serves.
async fn house() -> Ground {
    let ground = Ground::sqlite();
    let mut node = ground.demo(&["--tenants", "5"]).await;
    assert_eq!(node.terminate().await, Some(0));
    ground
}

/// Points are made again and shown; what failed is listed with exit code 3 and tried again; portals outside are imported once;
/// a key is made and the installations that are joined are listed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upkeep_from_a_shell() {
    let ground = house().await;
    points(&ground).await;
    jobs(&ground).await;
    outside(&ground).await;
    federation(&ground).await;
}

async fn points(ground: &Ground) {
    let made = told(ground, &["points", "recompute", "--tenant", "www", "--year", "2026"]).await;
    assert!(
        ["events", "portals", "points"].iter().all(|name| made[name].is_number() || made[name].is_string()),
        "{made}"
    );
    assert!(told(ground, &["points", "show", "--tenant", "www", "--of", "2026-03"]).await.is_array());
    let wrong = ground.run(&["points", "show", "--tenant", "www", "--of", "1999"]).await.expect(1);
    assert!(wrong.err.contains("no month and no year"), "{}", wrong.err);
}

async fn jobs(ground: &Ground) {
    assert_eq!(told(ground, &["jobs", "list"]).await, json!({ "items": [] }));
    let none = ground.run(&["jobs", "retry", "nonsense"]).await.expect(1);
    assert!(none.err.contains("no job nonsense was set aside"), "{}", none.err);
    let db = Database::connect(ground.embedded()).await.expect("the database");
    let dead =
        "UPDATE job SET dead = 1, attempts = 10, last_error = 'out of paper' WHERE key = (SELECT min(key) FROM job)";
    assert_eq!(db.execute_unprepared(dead).await.expect("a job").rows_affected(), 1);
    db.close().await.expect("closed");
    let listed = ground.run(&["--json", "jobs", "list"]).await.expect(3).json();
    assert_eq!(
        (listed["items"].as_array().map(Vec::len), text(&listed["items"][0], "last_error")),
        (Some(1), "out of paper".to_owned())
    );
    let key = text(&listed["items"][0], "key");
    assert_eq!(told(ground, &["jobs", "retry", &key]).await, json!({ "tried_again": 1 }));
    ground.run(&["jobs", "list"]).await.expect(0);
    ground.run(&["jobs", "retry"]).await.expect(2);
}

async fn outside(ground: &Ground) {
    let table = root().join("tenants/samples/outside.csv");
    let table = table.to_str().expect("a path");
    let results = |said: &Value| -> Vec<String> {
        said.as_array().expect("a report").iter().map(|line| text(line, "result")).collect()
    };
    let import = ["outside", "import", table, "--as", "li"];
    assert_eq!(results(&told(ground, &import).await), ["registered"; 4]);
    assert_eq!(results(&told(ground, &import).await), ["known"; 4]);
    let listed = told(ground, &["outside", "list"]).await;
    assert_eq!(listed.as_array().map(Vec::len), Some(4), "{listed}");
    assert!(listed.to_string().contains("https://www.ministry.example/"));
    let foul = ground.file("foul.csv", "name,home_url\n无名,nonsense\n");
    let refused = ground.run(&["--json", "outside", "import", foul.to_str().expect("a path")]).await.expect(3).json();
    assert_eq!(results(&refused), ["refused"]);
}

async fn federation(ground: &Ground) {
    // A key is made before there is a house, and its public half is always the same.
    let nowhere = Ground::sqlite();
    let key = told(&nowhere, &["federation", "key"]).await;
    let again = told(&nowhere, &["federation", "key", "--secret", &text(&key, "secret")]).await;
    assert_eq!((&again["public"], &again["key_id"]), (&key["public"], &key["key_id"]));
    assert_eq!(told(ground, &["federation", "list"]).await, json!([]));
    let public = text(&key, "public");
    let join = ["federation", "join", "--tenant", "hubei", "--side", "below", "--name", "湖北", "--key", &public];
    let joined = told(ground, &join).await;
    assert_eq!(joined["key_id"], key["key_id"]);
    ground.run(&join).await.expect(1);
    let listed = told(ground, &["federation", "list"]).await;
    assert_eq!(
        (listed.as_array().map(Vec::len), &listed[0]["id"], &listed[0]["name"]),
        (Some(1), &joined["id"], &json!("湖北"))
    );
    ground.run(&["federation", "end", &text(&joined, "id")]).await.expect(0);
    assert_eq!(told(ground, &["federation", "list"]).await, json!([]));
}
