//! Two installations joined by a signed channel, one of them cut off for a while.

mod below;
mod carried;
mod exemptions;
mod letters;
mod pair;

use base::duty::Role;
use base::outbound::{Ask, HeaderMap};
use base::store::Engine;
use border::federation::Signer;
use serde_json::{Value, json};

use crate::kit::House;
use pair::{Pair, key};

async fn peers(house: &House, slug: &str) -> Value {
    let token = house.token(slug, Role::CentralDuty).await;
    house.get(&token, "/api/v1/peers").await.expect(200).json()["items"][0].clone()
}

async fn run(pair: &Pair) {
    let (centre, province) = (&pair.centre, &pair.province);
    let duty = centre.token("www", Role::CentralDuty).await;
    let notice = centre.publish(&duty, "gwyzc", "关于做好防汛工作的通知").await;
    let order = centre.order(&duty, &notice.edition).await;
    pair.minutes(3).await;

    // Down: every portal of the province shows it, by the province's own means, and the centre knows it with the instants.
    for slug in ["hubei", "wuhan-hubei", "yichang-hubei", "jiangan-wuhan-hubei"] {
        assert!(province.page(slug, "/gwyzc/").await.body.contains("防汛工作"), "{slug}");
    }
    assert_eq!(province.page("www", "/gwyzc/").await.status, 421, "the stand-in answers nobody");
    let debt = centre.standing("hubei", &order).await;
    assert_eq!((debt["standing"].as_str(), debt["late"].as_bool()), (Some("proven"), Some(false)), "{debt}");
    let cookie = centre.person("duty", "www", Role::CentralDuty, true).await;
    let room = centre.room(&cookie, "/console/federation").await.expect(200);
    assert!(room.body.contains("链路正常") && room.body.contains("下级平台回报"));

    // Up: a county's item goes to the city, the province, and across the border to the centre.
    let head = province.token("hubei", Role::TenantAdmin).await;
    let item = province.publish(&head, "yaowen", "湖北省抗旱经验").await;
    let sent =
        province.post(&head, "/api/v1/submissions", json!({ "document_id": item.document })).await.expect(201).json();
    pair.minutes(2).await;
    let waiting = centre.get(&duty, "/api/v1/submissions?box=received").await.json()["items"][0].clone();
    assert_eq!(waiting["title"].as_str(), Some("湖北省抗旱经验"), "{waiting}");
    let path = format!("/api/v1/submissions/{}", sent["id"].as_str().expect("an id"));

    // The cable is cut: the centre corrects its notice and adopts the item meanwhile; the province's portals go on.
    pair.cable.cut(true);
    let adopted = centre.post(&duty, &format!("{path}/adopt"), json!({ "column": "yaowen" })).await.expect(201).json();
    let own = centre.publish_draft(&duty, adopted["document_id"].as_str().expect("an id")).await;
    let draft = centre
        .post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({}))
        .await
        .expect(201)
        .json();
    let text = json!({ "version": draft["version"], "column": "gwyzc", "title": "关于做好防汛工作的通知（修订）", "body_html": "<p>修订。</p>", "source": "国务院办公厅" });
    centre.write("PUT", &duty, &format!("/api/v1/documents/{}/draft", notice.document), text).await.expect(200);
    let corrected = centre.publish_draft(&duty, &notice.document).await;
    pair.minutes(15).await;
    let cut_off = province.page("hubei", "/gwyzc/").await.body;
    assert!(cut_off.contains("防汛工作") && !cut_off.contains("（修订）"), "it shows what it had");
    for (house, slug) in [(centre, "www"), (province, "www")] {
        assert!(peers(house, slug).await["lost_since"].is_string(), "the loss is on record at {slug}");
    }
    let another = province.publish(&head, "yaowen", "断网期间的报送").await;
    province.post(&head, "/api/v1/submissions", json!({ "document_id": another.document })).await.expect(201);

    // It is back: everything is caught up, nothing is double, and the outage stays on record.
    pair.cable.cut(false);
    pair.minutes(4).await;
    for slug in ["hubei", "wuhan-hubei", "jiangan-wuhan-hubei"] {
        assert!(province.page(slug, "/gwyzc/").await.body.contains("（修订）"), "{slug}");
    }
    assert_eq!(centre.standing("hubei", &order).await["standing"].as_str(), Some("proven"));
    let fate = province.get(&head, &path).await.expect(200).json();
    assert_eq!(fate["standing"].as_str(), Some("published"), "{fate}");
    assert!(fate["address"].as_str().is_some_and(|address| address.ends_with(&own.address)), "{fate}");
    let came = centre.get(&duty, "/api/v1/submissions?box=received").await.json();
    let titles: Vec<_> =
        came["items"].as_array().expect("items").iter().filter_map(|one| one["title"].as_str()).collect();
    assert_eq!(titles, ["断网期间的报送", "湖北省抗旱经验"]);
    assert!(peers(centre, "www").await["lost_since"].is_null());
    for house in [centre, province] {
        let tenant = if std::ptr::eq(house, centre) { "hubei" } else { "www" };
        let tx = house.app.store.reading(house.site(tenant).tenant).await.expect("a transaction");
        let kinds: Vec<String> =
            tx.entries(0, 500).await.expect("entries").into_iter().map(|entry| entry.kind).collect();
        assert!(
            kinds.iter().any(|kind| kind == "federation.lost")
                && kinds.iter().any(|kind| kind == "federation.restored"),
            "{kinds:?}"
        );
    }

    // A recall that two people of the centre decided takes every copy of the province's away.
    let recall =
        json!({ "edition_id": corrected.edition, "kind": "recall", "reason": "内容有误", "withdrawal": "gone" });
    let id =
        centre.post(&duty, "/api/v1/orders", recall).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
    let second = centre.token("www", Role::CentralDuty).await;
    centre.post(&second, &format!("/api/v1/orders/{id}/confirm"), json!({})).await.expect(200);
    pair.minutes(4).await;
    for slug in ["hubei", "wuhan-hubei", "jiangan-wuhan-hubei"] {
        assert!(!province.page(slug, "/gwyzc/").await.body.contains("防汛工作"), "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joined_cut_and_caught_up_sqlite() {
    let pair = Pair::open(Engine::Sqlite).await.expect("two houses");
    run(&pair).await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joined_cut_and_caught_up_postgres() {
    let Some(pair) = Pair::open(Engine::Postgres).await else { return eprintln!("left out: no PostgreSQL") };
    run(&pair).await;
    pair.close().await;
}

/// A stranger's key, an old signature, a message said twice, another body: none is believed, and none learns anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_is_believed() {
    let pair = Pair::open(Engine::Sqlite).await.expect("two houses");
    let (centre, ours) = (&pair.centre, pair.province.app.signer.clone().expect("a key"));
    let host = format!("127.0.0.1:{}", centre.port);
    let say = async |signer: &Signer, nonce: &str, at: base::Timestamp, body: &'static str, told: &'static str| {
        let url = format!("http://{host}/federation/v1/receipts").parse().expect("an address");
        let mut ask = Ask::post(url, HeaderMap::new(), body.into());
        signer.request(&mut ask, nonce, at).expect("signed");
        let headers: Vec<(String, String)> = ask
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
            .collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        centre.send("POST", &host, "/federation/v1/receipts", &headers, told).await
    };
    let now = centre.now();
    let nonce = "00112233445566778899aabbccddeeff";
    say(&ours, nonce, now, "[]", "[]").await.expect(200);
    say(&ours, nonce, now, "[]", "[]").await.expect(401);
    say(&key(), "10112233445566778899aabbccddeeff", now, "[]", "[]").await.expect(401);
    say(&ours, "20112233445566778899aabbccddeeff", now.plus_minutes(-10), "[]", "[]").await.expect(401);
    say(&ours, "30112233445566778899aabbccddeeff", now, "[]", "[{}]").await.expect(401);
    centre.send("GET", &host, "/federation/v1/orders", &[], "").await.expect(401);
    // What belongs to another tenant is not there.
    let duty = centre.token("www", Role::CentralDuty).await;
    let notice = centre.publish(&duty, "gwyzc", "只给广东的通知").await;
    let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": "guangdong" } });
    centre.post(&duty, "/api/v1/orders", form).await.expect(201);
    pair.minutes(2).await;
    assert!(!pair.province.page("hubei", "/gwyzc/").await.body.contains("只给广东"));
    pair.close().await;
}
