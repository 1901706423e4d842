//! Webhooks, by a real receiver: signed, at least once, tried again, dead after the last pause, given up, never to private
//! addresses.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use base::Timestamp;
use base::duty::Role;
use base::store::Engine;
use border::delivery::webhook::signature::{Headers, Unverified, Verifier};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::kit::{House, Setup, on_both, root};

const CITY: &str = "wuhan-hubei";

#[derive(Clone, Debug)]
struct Message {
    id: String,
    timestamp: String,
    signature: String,
    body: Vec<u8>,
}

impl Message {
    fn headers(&self) -> Headers<'_> {
        Headers { id: &self.id, timestamp: &self.timestamp, signature: &self.signature }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("json")
    }
}

/// A receiver on this machine that keeps what it gets and answers as it is told.
#[derive(Clone)]
struct Receiver {
    got: Arc<Mutex<Vec<Message>>>,
    answer: Arc<Mutex<u16>>,
    url: String,
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let message = Message {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp"),
        signature: text("webhook-signature"),
        body: body.to_vec(),
    };
    receiver.got.lock().expect("a lock").push(message);
    let status = *receiver.answer.lock().expect("a lock");
    (StatusCode::from_u16(status).expect("a status"), "heard you")
}

impl Receiver {
    async fn listen() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let receiver = Self { got: Arc::default(), answer: Arc::new(Mutex::new(200)), url };
        let router = axum::Router::new().route("/hook", axum::routing::post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    fn answer(&self, status: u16) {
        *self.answer.lock().expect("a lock") = status;
    }

    fn got(&self) -> Vec<Message> {
        self.got.lock().expect("a lock").clone()
    }
}

/// An endpoint for publications at Wuhan; answers its id and secret.
async fn endpoint(house: &House, token: &str, url: &str) -> (String, String) {
    let form = json!({ "url": url, "kinds": ["edition.*", "order.issued"] });
    let made = house.post(token, "/api/v1/webhooks", form).await.expect(201).json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&made["endpoint"]["id"]), text(&made["secret"]))
}

async fn look(house: &House, seconds: i64) {
    house.clock.advance(seconds * Timestamp::SECOND);
    house.run_jobs().await;
}

async fn dead(house: &House, token: &str) -> Vec<Value> {
    let listed = house.get(token, "/api/v1/dead-letters").await.expect(200).json();
    listed["items"].as_array().expect("items").clone()
}

on_both!(
    /// What was chosen arrives once, signed; a replay is refused; what was written while it was paused follows.
    what_is_written_arrives, house with Setup::loopback() => {
        let (receiver, token) = (Receiver::listen().await, house.token(CITY, Role::TenantAdmin).await);
        house.publish(&token, "yaowen", "从前的新闻").await;
        let (id, secret) = endpoint(house, &token, &receiver.url).await;
        house.run_jobs().await;
        assert!(receiver.got().is_empty(), "what was before is not told");
        let news = house.publish(&token, "yaowen", "武汉的新闻").await;
        look(house, 11).await;
        look(house, 11).await;
        let got = receiver.got();
        assert_eq!(got.len(), 1, "{got:?}");
        let said = got[0].json();
        assert_eq!((said["type"].as_str(), said["tenant"].as_str()), (Some("edition.published"), Some(CITY)));
        let tx = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
        let entry = tx.entries(said["seq"].as_i64().expect("a number") - 1, 1).await.expect("read").remove(0);
        assert_eq!((said["subject"].as_str(), said["hash"].as_str()), (Some(entry.subject.as_str()), Some(entry.hash.as_str())));
        assert!(entry.body.contains(&news.edition) && said["at"].as_str() == Some(Timestamp(entry.at).rfc3339().as_str()));
        assert!(said["links"]["console"].as_str().is_some_and(|link| link.contains("/console/?tenant=wuhan-hubei")));
        drop(tx);
        let (mut verifier, now) = (Verifier::default(), house.now());
        assert_eq!(verifier.accept(&secret, got[0].headers(), &got[0].body, 300, now), Ok(()));
        assert_eq!(verifier.accept(&secret, got[0].headers(), &got[0].body, 300, now), Err(Unverified::Replayed));
        assert_eq!(Verifier::default().accept(&secret, got[0].headers(), &got[0].body, 300, now.plus_hours(1)), Err(Unverified::Time));
        assert_eq!(Verifier::default().accept(&secret, got[0].headers(), b"{}", 300, now), Err(Unverified::Forged));
        house.post(&token, &format!("/api/v1/webhooks/{id}/pause"), json!({})).await.expect(200);
        house.publish(&token, "yaowen", "停着时的新闻").await;
        look(house, 30).await;
        assert_eq!(receiver.got().len(), 1);
        house.post(&token, &format!("/api/v1/webhooks/{id}/resume"), json!({})).await.expect(200);
        house.run_jobs().await;
        assert_eq!(receiver.got().len(), 2, "nothing was lost");
        // A rotated secret signs at once, and the old one for a day beside it.
        let rotated = house.post(&token, &format!("/api/v1/webhooks/{id}/rotate"), json!({})).await.expect(200).json();
        let fresh = rotated["secret"].as_str().expect("a secret").to_owned();
        for (later, old_holds) in [(0, true), (25, false)] {
            house.later(later);
            house.publish(&token, "yaowen", "换钥匙的新闻").await;
            look(house, 11).await;
            let last = receiver.got().pop().expect("a message");
            let old = Verifier::default().accept(&secret, last.headers(), &last.body, 300, house.now());
            assert_eq!(Verifier::default().accept(&fresh, last.headers(), &last.body, 300, house.now()), Ok(()));
            assert_eq!(old.is_ok(), old_holds, "after {later} hours");
        }
        assert_eq!(receiver.got().len(), 4);
        house.write("DELETE", &token, &format!("/api/v1/webhooks/{id}"), json!({})).await.expect(204);
        house.get(&token, &format!("/api/v1/webhooks/{id}")).await.expect(404);
        house.publish(&token, "yaowen", "没人听的新闻").await;
        look(house, 60).await;
        assert_eq!(receiver.got().len(), 4);
    }
);

on_both!(
    /// What others ask of a portal and remind it of is in their chains: its endpoint hears of it all the same, signed and once,
    /// also when it was paused meanwhile.
    what_others_ask_arrives, house with Setup::loopback() => {
        let (receiver, token) = (Receiver::listen().await, house.token(CITY, Role::TenantAdmin).await);
        let duty = house.token("www", Role::CentralDuty).await;
        let before = house.publish(&duty, "gwyzc", "从前推荐的通知").await;
        let form = json!({ "edition_id": before.edition, "kind": "recommended", "audience": { "subtree": "www" } });
        house.post(&duty, "/api/v1/orders", form).await.expect(201);
        let form = json!({ "url": receiver.url, "kinds": ["notice", "order.received"] });
        let made = house.post(&token, "/api/v1/webhooks", form).await.expect(201).json();
        let (id, secret) = (made["endpoint"]["id"].as_str().expect("an id"), made["secret"].as_str().expect("a secret"));
        let deaf = Receiver::listen().await;
        endpoint(house, &token, &deaf.url).await;
        look(house, 11).await;
        let notice = house.publish(&duty, "gwyzc", "关于防汛的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        look(house, 60).await;
        assert!(receiver.got().is_empty(), "what was before is not told, and what is new may not be complete");
        look(house, 120).await;
        let got = receiver.got();
        assert_eq!(got.len(), 1, "{got:?}");
        let said = got[0].json();
        assert_eq!((said["type"].as_str(), said["tenant"].as_str(), said["subject"].as_str()), (Some("order.received"), Some(CITY), Some(order.as_str())));
        assert_eq!((said["obligation"]["kind"].as_str(), said["obligation"]["edition"].as_str()), (Some("mandatory"), Some(notice.edition.as_str())));
        assert!(said["obligation"]["due_at"] == house.standing(CITY, &order).await["due_at"] && said.get("seq").is_none(), "{said}");
        house.later(12);
        for _ in 0..4 {
            look(house, 130).await;
        }
        let got = receiver.got();
        assert_eq!(got.len(), 2, "half of the time is over, once: {got:?}");
        let said = got[1].json();
        assert_eq!((said["type"].as_str(), said["notice"]["kind"].as_str()), (Some("notice.told"), Some("order.reminder")));
        assert_eq!((said["notice"]["audience"].as_str(), said["notice"]["percent"].as_i64(), said["notice"]["order"].as_str()), (Some("editor"), Some(50), Some(order.as_str())));
        assert_eq!(Verifier::default().accept(secret, got[1].headers(), &got[1].body, 300, house.now()), Ok(()));
        assert!(!said.to_string().contains("防汛"), "no content leaves");
        house.post(&token, &format!("/api/v1/webhooks/{id}/pause"), json!({})).await.expect(200);
        house.later(8);
        look(house, 130).await;
        look(house, 130).await;
        assert_eq!(receiver.got().len(), 2);
        house.post(&token, &format!("/api/v1/webhooks/{id}/resume"), json!({})).await.expect(200);
        look(house, 1).await;
        look(house, 11).await;
        let got = receiver.got();
        assert_eq!((got.len(), got[2].json()["notice"]["percent"].as_i64()), (3, Some(80)), "{got:?}");
        assert!(deaf.got().is_empty(), "who did not choose it hears nothing");
    }
);

on_both!(
    /// Tried again after an error, always the same message; dead when the pauses are used up; retried; given up.
    an_ailing_receiver, house with Setup::loopback() => {
        let (receiver, token) = (Receiver::listen().await, house.token(CITY, Role::TenantAdmin).await);
        let (_, secret) = endpoint(house, &token, &receiver.url).await;
        receiver.answer(500);
        house.publish(&token, "yaowen", "第一条").await;
        look(house, 11).await;
        receiver.answer(200);
        look(house, 2).await;
        assert_eq!(receiver.got().len(), 1, "its pause is not over");
        look(house, 11).await;
        let got = receiver.got();
        assert_eq!(got.len(), 2);
        assert!(got[0].id == got[1].id && got[0].body == got[1].body && got[0].timestamp != got[1].timestamp);
        for message in &got {
            assert_eq!(Verifier::default().accept(&secret, message.headers(), &message.body, 300, house.now()), Ok(()));
        }
        receiver.answer(503);
        house.publish(&token, "yaowen", "第二条").await;
        for _ in 0..60 {
            look(house, 3600).await;
        }
        let letters = dead(house, &token).await;
        assert_eq!((letters.len(), letters[0]["attempts"].as_i64()), (1, Some(8)), "{letters:?}");
        assert!(letters[0]["said"].as_str().is_some_and(|said| said.starts_with("503 heard you")));
        assert_eq!(receiver.got().len(), 10);
        let admin = house.person("admin", CITY, Role::TenantAdmin, false).await;
        assert!(house.room(&admin, "/console/delivery").await.expect(200).body.contains("503 heard you"));
        let id = letters[0]["id"].as_str().expect("an id");
        receiver.answer(410);
        house.post(&token, &format!("/api/v1/dead-letters/{id}/retry"), json!({})).await.expect(204);
        house.post(&token, &format!("/api/v1/dead-letters/{id}/retry"), json!({})).await.expect(409);
        house.run_jobs().await;
        assert_eq!(dead(house, &token).await[0]["attempts"].as_i64(), Some(1), "gone is gone");
        house.form(&admin, "/console/delivery/letters/retry", &[]).await.expect(303);
        house.run_jobs().await;
        house.post(&token, "/api/v1/dead-letters", json!({})).await.expect(422);
        let all = house.post(&token, "/api/v1/dead-letters", json!({ "decision": "give_up" })).await.expect(200).json();
        assert_eq!(all["deliveries"].as_i64(), Some(1));
        assert!(dead(house, &token).await.is_empty());
        house.post(&token, &format!("/api/v1/dead-letters/{id}/give-up"), json!({})).await.expect(409);
    }
);

on_both!(
    /// An endpoint by forms: the secret once, a test message with its answer, refusals with everything that was typed.
    an_endpoint_by_forms, house with Setup::loopback() => {
        let receiver = Receiver::listen().await;
        let admin = house.person("admin", CITY, Role::TenantAdmin, false).await;
        let made = house.form(&admin, "/console/delivery/webhooks", &[("url", &receiver.url), ("kinds", "order.*"), ("more", "edition.published, roster.put")]).await.expect(200);
        assert!(made.body.contains("whsec_") && made.body.contains("仅显示这一次"));
        let at = made.body.split("action=\"").find(|part| part.contains("/ping?")).and_then(|part| part.split("/ping?").next()).expect("an address").to_owned();
        let shown = house.room(&admin, &at).await.expect(200).body;
        assert!(!shown.contains("whsec_") && shown.contains("edition.published, roster.put"));
        let pong = house.form(&admin, &format!("{at}/ping"), &[]).await.expect(200).body;
        assert!(pong.contains("对方已接收测试消息") && pong.contains("200 heard you"));
        assert_eq!(receiver.got()[0].json()["type"], "ping");
        receiver.answer(404);
        assert!(house.form(&admin, &format!("{at}/ping"), &[]).await.expect(200).body.contains("对方没有接收"));
        let again = house.form(&admin, &at, &[("url", "ftp://x.example/"), ("kinds", "order.*")]).await.expect(422).body;
        assert!(again.contains("ftp://x.example/") && again.contains("推送地址不可用"));
        house.form(&admin, &at, &[("url", &receiver.url)]).await.expect(422);
        house.form(&admin, &at, &[("url", &receiver.url), ("kinds", "recall.*")]).await.expect(303);
        for act in ["pause", "resume", "remove"] {
            house.form(&admin, &format!("{at}/{act}"), &[]).await.expect(303);
        }
        house.room(&admin, &at).await.expect(404);
        let editor = house.person("editor", CITY, Role::Editor, false).await;
        house.room(&editor, "/console/delivery").await.expect(403);
        house.room(&editor, "/console/my-notices").await.expect(200);
    }
);

on_both!(
    /// Messages go to the public internet only: literal private addresses are refused when they are written down, names when
    /// they are resolved.
    private_addresses_are_refused, house => {
        let token = house.token(CITY, Role::TenantAdmin).await;
        for url in ["http://127.0.0.1:1/", "https://10.0.0.1/x", "https://[::1]/", "http://hooks.example/", "https://user:word@hooks.example/", "nonsense", "https://169.254.169.254/"] {
            let refused = house.post(&token, "/api/v1/webhooks", json!({ "url": url, "kinds": ["order.*"] })).await.expect(422).json();
            assert!(refused["type"].as_str().is_some_and(|kind| kind.ends_with("webhook_address")), "{url}");
        }
        for kinds in [json!([]), json!(["everything"]), json!(["*"]), json!(["Order.issued"])] {
            house.post(&token, "/api/v1/webhooks", json!({ "url": "https://hooks.example/", "kinds": kinds })).await.expect(422);
        }
        let (id, _) = endpoint(house, &token, "https://localhost:9/hook").await;
        let pong = house.post(&token, &format!("/api/v1/webhooks/{id}/ping"), json!({})).await.expect(200).json();
        assert!(pong["taken"] == false && pong["said"].as_str().is_some_and(|said| said.contains("not a public address")), "{pong}");
        house.publish(&token, "yaowen", "去不了的新闻").await;
        look(house, 11).await;
        let letters = dead(house, &token).await;
        assert_eq!((letters.len(), letters[0]["attempts"].as_i64()), (1, Some(1)), "{letters:?}");
        assert!(letters[0]["said"].as_str().is_some_and(|said| said.contains("not a public address")));
        for _ in 0..19 {
            endpoint(house, &token, "https://hooks.example/").await;
        }
        house.post(&token, "/api/v1/webhooks", json!({ "url": "https://hooks.example/", "kinds": ["order.*"] })).await.expect(409);
    }
);

/// Whoever receives messages checks them with the recipe of the documentation, without this program.
#[test]
fn the_documented_recipe_checks_a_message() {
    let text = std::fs::read_to_string(root().join("docs/delivery.md")).expect("the document");
    let recipe =
        text.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a recipe in Python");
    let secret = border::delivery::webhook::signature::secret(&"5a".repeat(32));
    let (at, body) = (Timestamp(1_800_000_000_000_000), r#"{"type":"order.issued","tenant":"www"}"#);
    let signature = border::delivery::webhook::signature::sign(&[&secret], "msg_1", at, body.as_bytes());
    let check = format!(
        "{recipe}\nimport sys\nseen = {{}}\nheaders = {{'webhook-id': 'msg_1', 'webhook-timestamp': '1800000000', \
         'webhook-signature': 'v1,bm90IHRoaXMgb25l {signature}'}}\nbody = b'{body}'\n\
         def why(**other):\n    try:\n        verify('{secret}', **{{**dict(headers=headers, body=body, seen=seen, now=1800000010), **other}})\n        return 'ok'\n    except ValueError as error:\n        return str(error)\n\
         print([why(body=b'{{}}'), why(now=1800000400), why(headers={{}}), why(), why()])\n"
    );
    let ran = std::process::Command::new("python3").arg("-c").arg(&check).output().expect("python3 runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(
        String::from_utf8_lossy(&ran.stdout).trim(),
        "['forged', 'too old or too new', 'headers', 'ok', 'replayed']"
    );
}
