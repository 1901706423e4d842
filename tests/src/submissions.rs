//! The flow up: a county's item is received, adopted and sent on, and whoever wrote it first is credited to the top.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{House, Published, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";
const CITY: &str = "wuhan-hubei";

async fn submit(house: &House, token: &str, document: &str) -> Value {
    let form = json!({ "document_id": document, "for_site": true, "for_brief": true, "note": "请采用" });
    house.post(token, "/api/v1/submissions", form).await.expect(201).json()
}

fn id(one: &Value) -> &str {
    one["id"].as_str().expect("an id")
}

async fn act(house: &House, token: &str, one: &Value, verb: &str, body: Value) -> crate::kit::Answer {
    house.post(token, &format!("/api/v1/submissions/{}/{verb}", id(one)), body).await
}

async fn seen(house: &House, token: &str, one: &Value) -> Value {
    house.get(token, &format!("/api/v1/submissions/{}", id(one))).await.expect(200).json()
}

/// Adopts as it is, into the news, and publishes: the receiver's own document.
async fn adopt(house: &House, token: &str, one: &Value) -> Published {
    let adopted = act(house, token, one, "adopt", json!({ "column": "yaowen" })).await.expect(201).json();
    house.publish_draft(token, adopted["document_id"].as_str().expect("a document")).await
}

async fn correct(house: &House, token: &str, document: &str, title: &str) -> Published {
    house.post(token, &format!("/api/v1/documents/{document}/editions"), json!({})).await.expect(201);
    let form = json!({ "column": "yaowen", "title": title, "body_html": "<p>更正后的正文。</p>", "source": "江岸区", "version": 1 });
    house.write("PUT", token, &format!("/api/v1/documents/{document}/draft"), form).await.expect(200);
    house.publish_draft(token, document).await
}

on_both!(
    /// County → city → province → centre: every superior makes its own document, and the first author stays the first.
    an_item_travels_to_the_centre, house => {
        let tokens = [
            house.token(COUNTY, Role::TenantAdmin).await,
            house.token(CITY, Role::TenantAdmin).await,
            house.token("hubei", Role::TenantAdmin).await,
            house.token("www", Role::CentralDuty).await,
        ];
        let written = house.publish(&tokens[0], "yaowen", "江岸区老旧小区改造完工").await;
        let first = submit(house, &tokens[0], &written.document).await;
        assert_eq!((first["from"].as_str(), first["to"].as_str()), (Some(COUNTY), Some(CITY)));
        assert_eq!((first["standing"].as_str(), first["provisional"].as_bool()), (Some("submitted"), Some(false)));
        // Monday, plus one and three working days, each to its end.
        assert_eq!(first["receive_due_at"].as_str(), Some("2026-03-03T16:00:00.000000Z"));
        assert_eq!(first["decide_due_at"].as_str(), Some("2026-03-05T16:00:00.000000Z"));
        let mut sent = first.clone();
        for (at, slug) in [(1, CITY), (2, "hubei"), (3, "www")] {
            let desk = house.get(&tokens[at], "/api/v1/submissions?open=true").await.expect(200).json();
            assert_eq!(desk["items"][0]["id"], sent["id"]);
            let own = adopt(house, &tokens[at], &sent).await;
            let page = house.page(slug, &own.address).await.expect(200).body;
            assert!(page.contains("江岸区老旧小区改造完工"));
            let fate = seen(house, &tokens[at - 1], &sent).await;
            assert_eq!((fate["standing"].as_str(), fate["address"].as_str()), (Some("published"), Some(own.address.as_str())));
            assert!(fate["adopted_document_id"].is_null(), "the superior's document is its own affair");
            if at < 3 {
                sent = submit(house, &tokens[at], &own.document).await;
                let way: Vec<_> = sent["provenance"].as_array().expect("a way").iter().map(|hop| hop["tenant"].as_str()).collect();
                assert_eq!(way.len(), at + 1);
                assert_eq!(way[0], Some(COUNTY), "the first author is credited to the top");
            }
        }
        // What the superior edits never touches the sender's.
        assert!(house.page(COUNTY, &written.address).await.expect(200).body.contains("江岸区老旧小区改造完工"));
        // The centre has nobody above it.
        house.post(&tokens[3], "/api/v1/submissions", json!({ "document_id": written.document })).await.expect(409);
    }
);

on_both!(
    /// Returned with a reason, corrected, sent again: one thread. The same edition does not wait twice.
    a_thread_goes_on, house => {
        let (county, city) = (house.token(COUNTY, Role::Editor).await, house.token(CITY, Role::Editor).await);
        let publisher = house.token(COUNTY, Role::TenantAdmin).await;
        let written = house.publish(&publisher, "yaowen", "江岸区防汛演练").await;
        let first = submit(house, &county, &written.document).await;
        let again = house.post(&county, "/api/v1/submissions", json!({ "document_id": written.document })).await.expect(409).json();
        assert!(again["detail"].as_str().is_some_and(|text| text.contains(first["thread_id"].as_str().expect("a thread"))), "{again}");
        act(house, &city, &first, "return", json!({ "reason": " " })).await.expect(422);
        let back = act(house, &city, &first, "return", json!({ "reason": "请补充时间地点" })).await.expect(200).json();
        assert_eq!(back["standing"].as_str(), Some("returned"));
        assert_eq!(seen(house, &county, &first).await["reason"].as_str(), Some("请补充时间地点"));
        act(house, &city, &first, "adopt", json!({ "column": "yaowen" })).await.expect(409);
        correct(house, &publisher, &written.document, "江岸区防汛演练（补充）").await;
        let second = submit(house, &county, &written.document).await;
        assert_eq!(second["thread_id"], first["thread_id"]);
        assert_ne!(second["id"], first["id"]);
        // The sender takes it back before it is adopted, and only then.
        let third = act(house, &county, &second, "recall", json!({})).await.expect(200).json();
        assert_eq!(third["standing"].as_str(), Some("recalled"));
        act(house, &city, &second, "hold", json!({})).await.expect(409);
        let third = submit(house, &county, &written.document).await;
        adopt(house, &house.token(CITY, Role::TenantAdmin).await, &third).await;
        act(house, &county, &third, "recall", json!({})).await.expect(409);
    }
);

on_both!(
    /// Several counties' items go into one document; all of them are credited, and none is adopted when one cannot be.
    merged_adoption_credits_all, house => {
        let mut sent = Vec::new();
        for (slug, title) in [(COUNTY, "江岸区秋收"), ("wuchang-wuhan-hubei", "武昌区秋收")] {
            let county = house.token(slug, Role::TenantAdmin).await;
            let written = house.publish(&county, "yaowen", title).await;
            sent.push((submit(house, &county, &written.document).await, county));
        }
        let city = house.token(CITY, Role::TenantAdmin).await;
        let together = json!({ "with": [id(&sent[1].0)], "document": {
            "column": "yaowen", "title": "各区秋收进展", "body_html": "<p>综合。</p>", "source": "武汉市政府" } });
        act(house, &sent[1].1, &sent[1].0, "recall", json!({})).await.expect(200);
        act(house, &city, &sent[0].0, "adopt", together.clone()).await.expect(409);
        assert_eq!(seen(house, &sent[0].1, &sent[0].0).await["standing"].as_str(), Some("submitted"), "nothing is half adopted");
        let document = house.get(&sent[1].1, "/api/v1/documents").await.json()["items"][0]["id"].as_str().expect("an id").to_owned();
        sent[1].0 = submit(house, &sent[1].1, &document).await;
        let together = json!({ "with": [id(&sent[1].0)], "document": together["document"] });
        let adopted = act(house, &city, &sent[0].0, "adopt", together).await.expect(201).json();
        house.publish_draft(&city, adopted["document_id"].as_str().expect("a document")).await;
        for (one, county) in &sent {
            let fate = seen(house, county, one).await;
            assert_eq!(fate["standing"].as_str(), Some("published"));
            assert!(fate["address"].as_str().is_some_and(|address| !address.is_empty()));
        }
        let province = submit(house, &city, adopted["document_id"].as_str().expect("a document")).await;
        let way: Vec<_> = province["provenance"].as_array().expect("a way").iter().filter_map(|hop| hop["tenant"].as_str()).collect();
        assert_eq!(way, [COUNTY, "wuchang-wuhan-hubei", CITY]);
    }
);

on_both!(
    /// The original changes after adoption: the superior compares, or has a task with a clock; its page is its own.
    what_happens_to_the_original_is_told, house => {
        let (county, city) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(CITY, Role::TenantAdmin).await);
        let written = house.publish(&county, "yaowen", "江岸区数据通报").await;
        let sent = submit(house, &county, &written.document).await;
        let own = adopt(house, &city, &sent).await;
        correct(house, &county, &written.document, "江岸区数据通报（更正）").await;
        let news = seen(house, &city, &sent).await["news"].clone();
        assert_eq!((news["kind"].as_str(), news["title"].as_str()), (Some("newer"), Some("江岸区数据通报（更正）")));
        assert!(house.page(CITY, &own.address).await.body.contains("江岸区数据通报"));
        assert!(!house.page(CITY, &own.address).await.body.contains("（更正）"));
        let path = format!("/api/v1/documents/{}/withdraw", written.document);
        house.post(&county, &path, json!({ "kind": "notice", "reason": "数据有误" })).await.expect(200);
        let news = seen(house, &city, &sent).await["news"].clone();
        assert_eq!((news["kind"].as_str(), news["reason"].as_str()), (Some("withdrawn"), Some("数据有误")));
        assert_eq!(news["due_at"].as_str(), Some(house.now().plus_hours(1).rfc3339().as_str()));
        house.page(CITY, &own.address).await.expect(200);
    }
);

on_both!(
    /// Nobody decides: it expires. Nothing moves without a right at the receiver, whatever rights the sender's people hold.
    only_the_receiver_moves_it, house => {
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let written = house.publish(&county, "yaowen", "江岸区消息").await;
        let sent = submit(house, &county, &written.document).await;
        let strangers = [
            county.clone(),
            house.token("wuchang-wuhan-hubei", Role::TenantAdmin).await,
            house.token("guangzhou-guangdong", Role::TenantAdmin).await,
            house.token("guangdong", Role::Operator).await,
        ];
        for token in &strangers {
            for (verb, body) in [
                ("receive", json!({})), ("hold", json!({})), ("adopt", json!({ "column": "yaowen" })),
                ("return", json!({ "reason": "x" })), ("decline", json!({ "reason": "x" })),
            ] {
                for at in ["", "?tenant=wuhan-hubei"] {
                    let path = format!("/api/v1/submissions/{}/{verb}{at}", id(&sent));
                    let status = house.post(token, &path, body.clone()).await.status;
                    assert!(matches!(status, 403 | 404), "{verb}{at}: {status}");
                }
            }
        }
        for token in &strangers[1..] {
            house.get(token, &format!("/api/v1/submissions/{}", id(&sent))).await.expect(404);
        }
        assert_eq!(seen(house, &county, &sent).await["standing"].as_str(), Some("submitted"));
        house.later(24 * 40);
        house.run_jobs().await;
        assert_eq!(seen(house, &county, &sent).await["standing"].as_str(), Some("expired"));
        let draft = json!({ "column": "yaowen", "title": "草稿", "body_html": "<p>x</p>", "source": "x" });
        let draft = house.post(&county, "/api/v1/documents", draft).await.expect(201).json();
        house.post(&county, "/api/v1/submissions", json!({ "document_id": draft["id"] })).await.expect(422);
        let none = json!({ "document_id": written.document, "for_site": false });
        house.post(&county, "/api/v1/submissions", none).await.expect(422);
    }
);

on_both!(
    /// The same by forms: a county's editor submits, the city's takes note by opening it, adopts and publishes.
    by_forms, house => {
        let county = house.person("editor-j", COUNTY, Role::TenantAdmin, false).await;
        let city = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let written = house.publish(&house.token(COUNTY, Role::TenantAdmin).await, "yaowen", "江岸区图书馆开放").await;
        let page = house.room(&county, &format!("/console/documents/{}", written.document)).await.expect(200);
        assert!(page.body.contains("报送上级"));
        let done = house.form(&county, &format!("/console/documents/{}/submit", written.document), &[("for_site", "yes"), ("note", "请采用")]).await.expect(303);
        let path = done.header("location").to_owned();
        assert!(house.room(&county, &path).await.expect(200).body.contains("已报送上级"));
        let desk = house.room(&city, "/console/submissions").await.expect(200);
        assert!(desk.body.contains("江岸区图书馆开放") && desk.body.contains("待签收"));
        let one = path.split('?').next().expect("a path").to_owned();
        let opened = house.room(&city, &one).await.expect(200);
        assert!(opened.body.contains("已签收") && opened.body.contains("请采用"));
        house.form(&city, &format!("{one}/return"), &[("reason", "")]).await.expect(422);
        house.form(&city, &format!("{one}/adopt"), &[("column", "nowhere")]).await.expect(422);
        let adopted = house.form(&city, &format!("{one}/adopt"), &[("column", "yaowen")]).await.expect(303);
        let document = adopted.header("location").split('?').next().expect("a path").to_owned();
        house.form(&city, &format!("{document}/publish"), &[]).await.expect(303);
        let sent = house.room(&county, "/console/submissions/sent").await.expect(200);
        assert!(sent.body.contains("已发布") && sent.body.contains("http://wuhan-hubei.localhost"));
        assert!(house.page(CITY, "/yaowen/").await.body.contains("江岸区图书馆开放"));
    }
);
