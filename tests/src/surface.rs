//! The edges of the house: what strange hosts, methods, words and numbers get, and that a refusal always says why.

use base::duty::Role;
use base::store::{Engine, StoreError};
use serde_json::json;

use crate::kit::{Answer, House, on_both};

/// The fields that a problem names.
fn named(answer: &Answer) -> Vec<String> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect()
}

/// A page, not a problem for programs and not a line of text.
fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").starts_with("text/html") && answer.body.contains("<!DOCTYPE html>")
}

on_both!(
    /// At a name that is no portal's nothing shows that a house stands here; health and numbers have no name at all.
    strange_hosts_learn_nothing, house => {
        let admin = house.token("www", Role::CentralDuty).await;
        let bearer = format!("Bearer {admin}");
        let asset = format!("{}/portal.css", house.app.templates.assets_prefix("base"));
        let rooms = ["/console/", "/console/sign-in", "/api/v1/openapi.json", "/api/v1/tenants", "/healthz", "/readyz", "/metrics", "/", asset.as_str()];
        for path in rooms {
            for host in ["bank.localhost", "bank.example", "dibao"] {
                let answer = house.send("GET", host, path, &[("authorization", bearer.as_str())], "").await.expect(421);
                assert_eq!(answer.body, "421 Misdirected Request\n", "{host} {path}");
            }
        }
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            house.send("GET", host, "/healthz", &[], "").await.expect(200);
            house.send("GET", host, "/metrics", &[], "").await.expect(200);
            house.send("GET", host, "/console/sign-in", &[], "").await.expect(200);
            house.send("GET", host, "/api/v1/tenants", &[("authorization", bearer.as_str())], "").await.expect(200);
        }
        for path in ["/healthz", "/readyz", "/metrics"] {
            let answer = house.page("wuhan-hubei", path).await.expect(404);
            assert!(is_page(&answer) && answer.body.contains("武汉市"), "{path}");
        }
        house.send("GET", "wuhan-hubei.localhost", "/console/sign-in", &[], "").await.expect(200);
        house.send("GET", "wuhan-hubei.localhost", &asset, &[], "").await.expect(200);
    }
);

on_both!(
    /// Programs get a problem, people get a page: also for methods, foreign senders and addresses that nobody made.
    refusals_say_why, house => {
        let admin = house.token("www", Role::CentralDuty).await;
        let bearer = format!("Bearer {admin}");
        let auth = ("authorization", bearer.as_str());
        for (method, path, allow) in [("DELETE", "/api/v1/documents", "GET,HEAD,POST"), ("PATCH", "/api/v1/tenants/www", "GET,HEAD"), ("POST", "/api/v1/openapi.json", "GET,HEAD")] {
            let answer = house.send(method, "www.localhost", path, &[auth], "").await.expect(405);
            assert_eq!((answer.header("content-type"), answer.header("allow")), ("application/problem+json", allow), "{path}");
            assert_eq!(answer.json()["type"], "urn:dibao:problem:method_not_allowed");
        }
        house.send("HEAD", "www.localhost", "/api/v1/tenants", &[auth], "").await.expect(200);
        for path in ["/api", "/api/", "/api/v2/tenants"] {
            let answer = house.send("GET", "www.localhost", path, &[auth], "").await.expect(404);
            assert_eq!(answer.json()["type"], "urn:dibao:problem:not_found", "{path}");
        }
        let foreign = [auth, ("sec-fetch-site", "cross-site"), ("content-type", "application/json")];
        let answer = house.send("POST", "www.localhost", "/api/v1/documents", &foreign, "{}").await.expect(403);
        assert_eq!(answer.json()["type"], "urn:dibao:problem:cross_site");
        let cookie = house.person("duty", "www", Role::CentralDuty, true).await;
        let mine = ("cookie", cookie.as_str());
        let posted = house.send("POST", "www.localhost", "/console/orders", &[mine, ("sec-fetch-site", "cross-site")], "").await.expect(403);
        assert!(is_page(&posted));
        let method = house.send("DELETE", "www.localhost", "/console/orders", &[mine], "").await.expect(405);
        assert!(is_page(&method) && method.header("allow") == "GET,HEAD,POST");
        for path in ["/console/orders/x", "/console/documents/1", "/console/inbox/x", "/console/nowhere"] {
            assert!(is_page(&house.room(&cookie, path).await.expect(404)), "{path}");
        }
        assert!(is_page(&house.room(&cookie, "/console/tenants?from=x").await.expect(400)));
    }
);

on_both!(
    /// What cannot be stored or counted is refused by name, on either engine.
    unusable_words_and_numbers, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        for path in ["/api/v1/documents?column=%00", "/api/v1/placements?column=%00", "/api/v1/placements?column=A"] {
            assert_eq!(named(&house.get(&duty, path).await.expect(422)), ["column"], "{path}");
        }
        let notice = house.publish(&duty, "gwyzc", "关于边界的通知").await;
        let long = "a".repeat(65);
        for code in ["a\0b", "长", "a b", long.as_str()] {
            let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "target_code": code });
            assert_eq!(named(&house.post(&duty, "/api/v1/orders", form).await.expect(422)), ["target_code"], "{code:?}");
        }
        let admin = house.token("www", Role::TenantAdmin).await;
        for column in ["a\0b", "nowhere", ""] {
            let answer = house.post(&admin, &format!("/api/v1/placements/{}/arrange", notice.document), json!({ "column": column })).await.expect(422);
            assert_eq!(named(&answer), ["column"], "{column:?}");
        }
        let form = |version: i32| json!({ "column": "gwyzc", "title": "题", "body_html": "<p>文</p>", "version": version });
        let draft = house.post(&duty, "/api/v1/documents", form(0)).await.expect(201).json();
        let path = format!("/api/v1/documents/{}/draft", draft["id"].as_str().expect("an id"));
        for version in [i32::MAX, i32::MIN, 0, -1] {
            house.write("PUT", &duty, &path, form(version)).await.expect(409);
        }
        house.write("PUT", &duty, &path, form(1)).await.expect(200);
    }
);

on_both!(
    /// A problem names the field of the form that was sent, not the one of the act behind it.
    problems_name_the_right_field, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let second = house.token("www", Role::CentralDuty).await;
        let wuhan = house.token("wuhan-hubei", Role::TenantAdmin).await;
        let long = "长".repeat(501);
        let notice = house.publish(&duty, "gwyzc", "关于字段的通知").await;
        let recall = |withdrawal: &str| json!({ "edition_id": notice.edition, "kind": "recall", "reason": "有误", "withdrawal": withdrawal });
        assert_eq!(named(&house.post(&duty, "/api/v1/orders", recall("burn")).await.expect(422)), ["withdrawal"]);
        let order = house.order(&duty, &notice.edition).await;
        house.post(&wuhan, &format!("/api/v1/obligations/{order}/exemption"), json!({ "reason": "不适用" })).await.expect(200);
        let decide = format!("/api/v1/orders/{order}/exemptions/wuhan-hubei");
        assert_eq!(named(&house.post(&duty, &decide, json!({ "granted": true, "answer": long })).await.expect(422)), ["answer"]);
        let proposed = house.post(&duty, "/api/v1/orders", recall("gone")).await.expect(201).json();
        let refuse = format!("/api/v1/orders/{}/refuse", proposed["id"].as_str().expect("an id"));
        assert_eq!(named(&house.post(&second, &refuse, json!({ "answer": long })).await.expect(422)), ["answer"]);
    }
);

on_both!(
    /// A board comes in pages; lists of orders and duties say what each is about.
    boards_and_lists_in_pages, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let mut orders = Vec::new();
        for title in ["关于分页一的通知", "关于分页二的通知"] {
            house.clock.advance(base::Timestamp::MINUTE);
            let notice = house.publish(&duty, "gwyzc", title).await;
            orders.push(house.order(&duty, &notice.edition).await);
        }
        let board = format!("/api/v1/orders/{}/board", orders[0]);
        let whole = house.get(&duty, &board).await.expect(200).json();
        assert_eq!(whole["items"].as_array().map(Vec::len), Some(2), "two provinces");
        let first = house.get(&duty, &format!("{board}?limit=1")).await.expect(200).json();
        let cursor = first["next_cursor"].as_str().expect("more");
        let second = house.get(&duty, &format!("{board}?limit=1&cursor={cursor}")).await.expect(200).json();
        assert_eq!((&first["items"][0], &second["items"][0]), (&whole["items"][0], &whole["items"][1]));
        assert!(second["next_cursor"].is_null());
        house.get(&duty, &format!("{board}?cursor=nowhere")).await.expect(422);
        let listed = house.get(&duty, "/api/v1/orders").await.expect(200).json();
        for (line, order) in listed["items"].as_array().expect("orders").iter().zip(orders.iter().rev()) {
            assert_eq!((line["id"].as_str(), &line["counts"]), (Some(order.as_str()), &house.counts(&duty, order).await));
            assert_eq!(line["counts"]["waiting"], 1, "Wuhan");
        }
        let wuhan = house.person("wuhan", "wuhan-hubei", Role::TenantAdmin, false).await;
        let inbox = house.room(&wuhan, "/console/inbox").await.expect(200).body;
        assert!(inbox.contains("关于分页一的通知") && inbox.contains("关于分页二的通知") && inbox.contains("国务院办公厅"));
    }
);

on_both!(
    /// A process that was killed in mid-work leaves a key without an answer: the same request takes it over after a minute.
    keys_of_the_killed_are_free_again, house => {
        let (store, holder) = (&house.app.store, uuid::Uuid::from_u128(7));
        let reserve = async |request: &str| store.reserve_key(holder, "key", request, house.now()).await;
        reserve("one").await.expect("free");
        house.clock.advance(base::Timestamp::MINUTE);
        assert!(matches!(reserve("one").await, Err(StoreError::Taken)), "still at work");
        house.clock.advance(base::Timestamp::SECOND);
        assert!(matches!(reserve("another").await, Err(StoreError::Taken)), "not the same request");
        reserve("one").await.expect("taken over");
        assert!(matches!(reserve("one").await, Err(StoreError::Taken)), "by one of those who asked");
        store.settle_key(holder, "key", Some((201, "{}"))).await.expect("settled");
        house.later(1);
        assert!(matches!(reserve("one").await, Err(StoreError::Taken)), "an answer is kept");
    }
);
