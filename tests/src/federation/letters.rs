//! What becomes of a letter on its way over the border: returned and sent again, declined, taken back, its original corrected or
//! withdrawn; also while the link is cut.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::pair::Pair;
use crate::kit::{Answer, House, Published};

/// The two who write to each other.
struct Ends<'a> {
    pair: &'a Pair,
    head: String,
    duty: String,
}

fn id(one: &Value) -> &str {
    one["id"].as_str().expect("an id")
}

fn word<'a>(one: &'a Value, name: &str) -> &'a str {
    one[name].as_str().unwrap_or_else(|| panic!("no {name} in {one}"))
}

async fn seen(house: &House, token: &str, one: &Value) -> Value {
    house.get(token, &format!("/api/v1/submissions/{}", id(one))).await.expect(200).json()
}

impl<'a> Ends<'a> {
    async fn of(pair: &'a Pair) -> Self {
        let head = pair.province.token("hubei", Role::TenantAdmin).await;
        Self { pair, head, duty: pair.centre.token("www", Role::CentralDuty).await }
    }

    async fn written(&self, title: &str) -> Published {
        self.pair.province.publish(&self.head, "yaowen", title).await
    }

    async fn corrected(&self, document: &str, title: &str) {
        let province = &self.pair.province;
        let path = format!("/api/v1/documents/{document}");
        let draft = province.post(&self.head, &format!("{path}/editions"), json!({})).await.expect(201).json();
        let form = json!({ "version": draft["version"], "column": "yaowen", "title": title, "body_html": "<p>更正后的正文。</p>", "source": "湖北省" });
        province.write("PUT", &self.head, &format!("{path}/draft"), form).await.expect(200);
        province.publish_draft(&self.head, document).await;
    }

    async fn sent(&self, document: &str) -> Value {
        let form = json!({ "document_id": document });
        self.pair.province.post(&self.head, "/api/v1/submissions", form).await.expect(201).json()
    }

    async fn above(&self, one: &Value, verb: &str, body: Value) -> Answer {
        self.pair.centre.post(&self.duty, &format!("/api/v1/submissions/{}/{verb}", id(one)), body).await
    }

    async fn at_home(&self, one: &Value) -> Value {
        seen(&self.pair.province, &self.head, one).await
    }

    async fn at_the_centre(&self, one: &Value) -> Value {
        seen(&self.pair.centre, &self.duty, one).await
    }

    /// Ids at the centre, newest first.
    async fn desk(&self) -> Vec<String> {
        let list = self.pair.centre.get(&self.duty, "/api/v1/submissions?box=received").await.expect(200).json();
        list["items"].as_array().expect("items").iter().map(|one| id(one).to_owned()).collect()
    }
}

/// The return is written while the link is cut, and so is the corrected item: both arrive, in one thread. The second is declined.
async fn returned_and_sent_again(pair: &Pair) {
    let ends = Ends::of(pair).await;
    let item = ends.written("湖北省抗旱经验").await;
    let first = ends.sent(&item.document).await;
    pair.minutes(2).await;
    ends.above(&first, "hold", json!({})).await.expect(200);
    pair.minutes(2).await;
    let held = ends.at_home(&first).await;
    assert_eq!(word(&held, "standing"), "in_review");
    assert!(!word(&held, "holder").is_empty(), "the sender sees who holds it");

    pair.cable.cut(true);
    ends.above(&first, "return", json!({ "reason": "请补充数据" })).await.expect(200);
    pair.minutes(3).await;
    assert_eq!(word(&ends.at_home(&first).await, "standing"), "in_review", "nothing is known below");
    pair.cable.cut(false);
    pair.minutes(2).await;
    let back = ends.at_home(&first).await;
    assert_eq!((word(&back, "standing"), word(&back, "reason")), ("returned", "请补充数据"));

    pair.cable.cut(true);
    ends.corrected(&item.document, "湖北省抗旱经验（补充）").await;
    let second = ends.sent(&item.document).await;
    assert_eq!(second["thread_id"], first["thread_id"]);
    let again = pair.province.post(&ends.head, "/api/v1/submissions", json!({ "document_id": item.document })).await;
    assert!(again.expect(409).body.contains(word(&first, "thread_id")), "it waits already");
    pair.minutes(3).await;
    assert_eq!(ends.desk().await, [id(&first)]);
    pair.cable.cut(false);
    pair.minutes(3).await;
    assert_eq!(ends.desk().await, [id(&second), id(&first)], "each once");
    let came = ends.at_the_centre(&second).await;
    assert_eq!((word(&came, "standing"), &came["thread_id"]), ("submitted", &first["thread_id"]));
    assert_eq!(word(&came, "title"), "湖北省抗旱经验（补充）");
    assert_eq!(word(&ends.at_the_centre(&first).await, "standing"), "returned");

    ends.above(&second, "decline", json!({ "reason": "已有同类信息" })).await.expect(200);
    pair.minutes(2).await;
    let over = ends.at_home(&second).await;
    assert_eq!((word(&over, "standing"), word(&over, "reason")), ("declined", "已有同类信息"));
    assert_eq!(word(&ends.at_home(&first).await, "standing"), "returned", "what is over stays over");
}

/// Taken back while the link is cut: the superior sees it and can do nothing with it. What was adopted before that was known
/// stays adopted, and the sender learns it.
async fn taken_back(pair: &Pair) {
    let ends = Ends::of(pair).await;
    let recall = async |one: &Value| {
        pair.province.post(&ends.head, &format!("/api/v1/submissions/{}/recall", id(one)), json!({})).await.expect(200);
    };
    let (one, other) = (ends.written("湖北省汛情一").await, ends.written("湖北省汛情二").await);
    let (waits, adopted) = (ends.sent(&one.document).await, ends.sent(&other.document).await);
    pair.minutes(2).await;
    pair.cable.cut(true);
    recall(&waits).await;
    recall(&adopted).await;
    ends.above(&adopted, "adopt", json!({ "column": "yaowen" })).await.expect(201);
    let never = ends.sent(&one.document).await;
    recall(&never).await;
    let third = ends.sent(&one.document).await;
    pair.minutes(2).await;
    pair.cable.cut(false);
    pair.minutes(3).await;
    assert_eq!(word(&ends.at_the_centre(&waits).await, "standing"), "recalled");
    ends.above(&waits, "hold", json!({})).await.expect(409);
    assert_eq!(word(&ends.at_the_centre(&adopted).await, "standing"), "adopted");
    assert_eq!(
        word(&ends.at_home(&adopted).await, "standing"),
        "adopted",
        "the recall came too late, and its sender sees that"
    );
    assert!(!ends.desk().await.contains(&id(&never).to_owned()), "what never left is nowhere above");
    assert_eq!(word(&ends.at_the_centre(&third).await, "standing"), "submitted", "sent again after it was taken back");
}

/// The original is corrected: a comparison above. It is withdrawn while the link is cut: a red task above, whose time runs from
/// when it was known there; the copy is kept with a reason.
async fn original_moves(pair: &Pair) {
    let ends = Ends::of(pair).await;
    let item = ends.written("湖北省数据通报").await;
    let sent = ends.sent(&item.document).await;
    pair.minutes(2).await;
    let adopted = ends.above(&sent, "adopt", json!({ "column": "yaowen" })).await.expect(201).json();
    let own = pair.centre.publish_draft(&ends.duty, word(&adopted, "document_id")).await;
    pair.minutes(2).await;
    assert_eq!(word(&ends.at_home(&sent).await, "standing"), "published");
    ends.corrected(&item.document, "湖北省数据通报（更正）").await;
    pair.minutes(2).await;
    let news = ends.at_the_centre(&sent).await["news"].clone();
    assert_eq!((word(&news, "kind"), word(&news, "title")), ("newer", "湖北省数据通报（更正）"));
    let page = pair.centre.page("www", &own.address).await.expect(200).body;
    assert!(page.contains("湖北省数据通报") && !page.contains("（更正）"), "nothing of the superior's changes");
    let compared = format!("/api/v1/submissions/{}/comparison", id(&sent));
    assert!(pair.centre.get(&ends.duty, &compared).await.expect(200).body.contains("（更正）"));

    pair.cable.cut(true);
    let withdrawal = json!({ "kind": "notice", "reason": "数据有误" });
    let path = format!("/api/v1/documents/{}/withdraw", item.document);
    pair.province.post(&ends.head, &path, withdrawal).await.expect(200);
    for house in [&pair.province, &pair.centre] {
        house.later(5);
    }
    pair.minutes(1).await;
    assert!(ends.at_the_centre(&sent).await["alarm_due_at"].is_null(), "nothing is known above");
    pair.cable.cut(false);
    pair.minutes(2).await;
    let alarmed = ends.at_the_centre(&sent).await;
    assert_eq!((word(&alarmed["news"], "kind"), word(&alarmed["news"], "reason")), ("withdrawn", "数据有误"));
    assert!(
        word(&alarmed, "alarm_due_at") > pair.centre.now().rfc3339().as_str(),
        "a cut link makes nobody late: {alarmed}"
    );
    pair.centre.page("www", &own.address).await.expect(200);
    ends.above(&sent, "keep", json!({ "reason": "已核实，数据无误" })).await.expect(200);
    pair.minutes(3).await;
    let kept = ends.at_the_centre(&sent).await;
    assert!(kept["alarm_due_at"].is_null(), "the same news raise no second task: {kept}");
    assert_eq!(word(&ends.at_home(&sent).await, "standing"), "published");
}

async fn both(engine: Engine, story: impl AsyncFn(&Pair)) {
    let Some(pair) = Pair::open(engine).await else { return eprintln!("left out: no PostgreSQL") };
    story(&pair).await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_returned_and_sent_again_over_the_border_sqlite() {
    both(Engine::Sqlite, returned_and_sent_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_returned_and_sent_again_over_the_border_postgres() {
    both(Engine::Postgres, returned_and_sent_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_taken_back_over_the_border_sqlite() {
    both(Engine::Sqlite, taken_back).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_taken_back_over_the_border_postgres() {
    both(Engine::Postgres, taken_back).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_original_of_a_letter_moves_below_the_border_sqlite() {
    both(Engine::Sqlite, original_moves).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_original_of_a_letter_moves_below_the_border_postgres() {
    both(Engine::Postgres, original_moves).await;
}
