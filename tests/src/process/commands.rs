//! Commands that do what the console does: joint columns and commissions, beside a running node.

use serde_json::{Value, json};

use super::client::text;
use super::eventually;
use super::ground::Ground;
use super::node::Node;

/// A demo beside which commands are run.
async fn demo() -> (Ground, Node) {
    let ground = Ground::sqlite();
    let node = ground.demo(&["--tenants", "5"]).await;
    (ground, node)
}

async fn told(ground: &Ground, words: &[&str]) -> Value {
    ground.run(&[&["--json"], words].concat()).await.expect(0).json()
}

fn first(list: &Value) -> Value {
    list.as_array().and_then(|list| list.first()).cloned().unwrap_or_else(|| panic!("nothing in {list}"))
}

/// A column is opened and subscribed to, what stands in it waits in the queue, and is decided on; members are invited and
/// answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joint_columns_from_a_shell() {
    let (ground, mut node) = demo().await;
    let as_li = ["--as", "li"];
    let open = ["joint", "open", "--tenant", "www", "--column", "gwyzc"];
    ground.run(&open).await.expect(2);
    assert_eq!(told(&ground, &[&open[..], &as_li].concat()).await, json!({ "column": "gwyzc", "open": true }));
    let subscribe = [
        "joint",
        "subscribe",
        "--tenant",
        "hubei",
        "--source",
        "www",
        "--column",
        "gwyzc",
        "--target",
        "yaowen",
        "--since",
        "2020-01-01",
        "--as",
        "li",
    ];
    ground.run(&[&subscribe[..], &["--types", "nonsense"]].concat()).await.expect(2);
    let flow = told(&ground, &[&subscribe[..], &["--types", "official,information"]].concat()).await;
    assert_eq!((text(&flow, "standing"), text(&flow, "mode")), ("active".to_owned(), "review".to_owned()));
    assert_eq!(flow["filter"]["types"], json!(["official", "information"]));
    let again = ground.run(&[&["--json"], &subscribe[..]].concat()).await.expect(1);
    assert!(again.err.contains("open already"), "{}", again.err);

    let queue = ["joint", "queue", "--tenant", "hubei"];
    let waits = eventually("something waits for review", 60, async || {
        let list = told(&ground, &queue).await;
        (list.as_array().is_some_and(|list| list.len() >= 3)).then_some(list)
    })
    .await;
    let items: Vec<String> = waits.as_array().expect("items").iter().map(|one| text(one, "item")).collect();
    let by = ["--tenant", "hubei", "--as", "li"];
    let taken = told(&ground, &[&["joint", "take", items[0].as_str()], &by[..]].concat()).await;
    assert_eq!(taken["placed"].as_array().map(Vec::len), Some(1), "{taken}");
    ground.run(&[&["joint", "take", "nonsense"], &by[..]].concat()).await.expect(2);
    ground.run(&[&["joint", "refuse", items[1].as_str()], &by[..]].concat()).await.expect(2);
    for (verb, item, standing) in
        [("refuse", &items[1], "declined"), ("return", &items[2], "returned"), ("take-down", &items[0], "taken_down")]
    {
        let one = told(&ground, &[&["joint", verb, item.as_str(), "--reason", "版面调整"], &by[..]].concat()).await;
        assert_eq!((text(&one, "standing"), text(&one, "reason")), (standing.to_owned(), "版面调整".to_owned()));
    }
    let one = told(&ground, &[&["joint", "reopen", items[1].as_str()], &by[..]].concat()).await;
    assert_eq!(text(&one, "standing"), "in_review");
    assert!(ground.run(&queue).await.expect(0).out.contains(&items[1]));

    let invite = ["joint", "invite", "--tenant", "hubei", "--column", "yaowen", "--members", "www", "--as", "li"];
    let id = text(&first(&told(&ground, &invite).await), "id");
    let answer = ["joint", "answer", id.as_str(), "--tenant", "www", "--say", "accept", "--as", "wang"];
    assert_eq!(text(&first(&told(&ground, &answer).await), "standing"), "accepted");
    let via = text(&flow, "id");
    let end = ["joint", "step", via.as_str(), "--tenant", "hubei", "--move", "end", "--as", "li"];
    assert_eq!(text(&told(&ground, &end).await, "standing"), "ended");
    let listed = told(&ground, &["joint", "list", "--tenant", "hubei"]).await;
    assert_eq!(
        (text(&first(&listed["members"]), "id"), text(&first(&listed["subscriptions"]), "standing")),
        (id, "ended".to_owned())
    );
    let words = ground.run(&["joint", "list", "--tenant", "www"]).await.expect(0).out;
    assert!(words.contains("open to anybody: gwyzc") && words.contains("www → hubei yaowen"), "{words}");
    let chain = ground.chain("hubei").await;
    assert!(chain.iter().any(|entry| entry["kind"] == "joint.accepted" && text(entry, "actor") == "cli:li"));
    assert_eq!(node.terminate().await, Some(0));
}

/// A draft is sent to everybody below, and ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commissions_from_a_shell() {
    let (ground, mut node) = demo().await;
    let client = node.client(&ground.token("www", "central").await);
    let form = json!({ "topic": "优化营商环境", "requirements": "<p>写做法与成效。</p>" });
    let (status, draft) = client.post("/api/v1/commissions", form).await.expect("an answer");
    assert_eq!((status, text(&draft, "state")), (201, "draft".to_owned()));
    let id = text(&draft, "id");
    let act = async |verb: &str| ground.run(&["--json", "commissions", verb, id.as_str(), "--as", "li"]).await;
    ground.run(&["commissions", "open", id.as_str()]).await.expect(2);
    act("close").await.expect(1);
    let opened = act("open").await.expect(0).json();
    let called = opened["audience_count"].as_i64().expect("a count");
    assert_eq!(
        (text(&opened, "state"), called > 0, &opened["counts"]["called"]),
        ("open".to_owned(), true, &json!(called))
    );
    let again = act("open").await.expect(1);
    assert!(serde_json::from_str::<Value>(&again.err).is_ok_and(|told| told["error"].is_string()), "{}", again.err);
    let closed = act("close").await.expect(0).json();
    assert_eq!((text(&closed, "state"), &closed["counts"]["missed"]), ("closed".to_owned(), &json!(called)));
    let shown = ground.run(&["commissions", "show", id.as_str()]).await.expect(0).out;
    assert!(shown.contains("(closed)") && shown.contains("missed"), "{shown}");
    assert_eq!(node.terminate().await, Some(0));
}
