//! Joint columns and standing subscriptions between columns.

mod below;
mod flow;
mod forms;
mod rights;

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{Answer, House, Published, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";
const OTHER: &str = "wuchang-wuhan-hubei";
const CITY: &str = "wuhan-hubei";
const PROVINCE: &str = "hubei";

async fn admin(house: &House, slug: &str) -> String {
    house.token(slug, Role::TenantAdmin).await
}

/// Invites one member into the province's column and accepts; answers the membership's id.
async fn member(house: &House, owner: &str, slug: &str, mode: &str) -> String {
    let form = json!({ "members": [slug], "column": "yaowen", "mode": mode, "note": "请共同办好本栏目" });
    let made = house.post(owner, "/api/v1/joint/members", form).await.expect(201).json();
    let id = made["items"][0]["id"].as_str().expect("an id").to_owned();
    let yes = json!({ "answer": "accept" });
    house.post(&admin(house, slug).await, &format!("/api/v1/joint/members/{id}/answer"), yes).await.expect(200);
    id
}

async fn contribute(house: &House, token: &str, member: &str, document: &str) -> Answer {
    let form = json!({ "member_id": member, "document_id": document, "note": "请选用" });
    house.post(token, "/api/v1/joint/contributions", form).await
}

/// Does something to an item.
async fn act(house: &House, token: &str, via: &str, document: &str, verb: &str, body: Value) -> Answer {
    house.post(token, &format!("/api/v1/joint/items/{via}/{document}/{verb}"), body).await
}

async fn item(house: &House, token: &str, via: &str, document: &str) -> Value {
    house.get(token, &format!("/api/v1/joint/items/{via}/{document}")).await.expect(200).json()
}

fn standing(one: &Value) -> &str {
    one["standing"].as_str().unwrap_or_default()
}

/// Every item that this portal received.
async fn received(house: &House, token: &str) -> Vec<Value> {
    let list = house.get(token, "/api/v1/joint/items?limit=200").await.expect(200).json();
    list["items"].as_array().expect("items").clone()
}

/// Subscribes the token's portal to a column of `source`; answers the subscription.
async fn subscribe(house: &House, token: &str, source: &str, mode: &str, filter: Value) -> Value {
    let form = json!({ "source": source, "column": "yaowen", "target": "yaowen", "mode": mode, "filter": filter });
    house.post(token, "/api/v1/joint/subscriptions", form).await.expect(201).json()
}

fn id(one: &Value) -> String {
    one["id"].as_str().expect("an id").to_owned()
}

async fn step(house: &House, token: &str, subscription: &Value, attempted: &str) -> Answer {
    let path = format!("/api/v1/joint/subscriptions/{}/step", id(subscription));
    house.post(token, &path, json!({ "move": attempted, "reason": "说明" })).await
}

async fn correct(house: &House, token: &str, document: &str, title: &str) -> Published {
    house.post(token, &format!("/api/v1/documents/{document}/editions"), json!({})).await.expect(201);
    let form = json!({ "column": "yaowen", "title": title, "body_html": "<p>更正后的正文。</p>", "source": "江岸区", "version": 1 });
    house.write("PUT", token, &format!("/api/v1/documents/{document}/draft"), form).await.expect(200);
    house.publish_draft(token, document).await
}

async fn take_back(house: &House, token: &str, document: &str) {
    let path = format!("/api/v1/documents/{document}/withdraw");
    house.post(token, &path, json!({ "kind": "notice", "reason": "数据有误" })).await.expect(200);
}

on_both!(
    /// A county fills the province's column: reviewed, shown as a mirror that names the county, corrected by itself, taken
    /// down with a reason, reopened, and withdrawn by whoever gave it.
    a_joint_column_under_review, house => {
        let (county, owner) = (admin(house, COUNTY).await, admin(house, PROVINCE).await);
        let via = member(house, &owner, COUNTY, "review").await;
        let news = house.publish(&county, "yaowen", "江岸区老旧小区改造完工").await;
        let sent = contribute(house, &county, &via, &news.document).await.expect(201).json();
        assert_eq!((standing(&sent), sent["to"].as_str()), ("arrived", Some(PROVINCE)));
        contribute(house, &county, &via, &news.document).await.expect(409);
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &owner, &via, &news.document).await), "in_review");
        assert!(!house.page(PROVINCE, "/yaowen/").await.body.contains("老旧小区"));

        act(house, &owner, &via, &news.document, "return", json!({ "reason": "" })).await.expect(422);
        act(house, &owner, &via, &news.document, "return", json!({ "reason": "请补充数据" })).await.expect(200);
        let seen = item(house, &county, &via, &news.document).await;
        assert_eq!((standing(&seen), seen["reason"].as_str()), ("returned", Some("请补充数据")));
        act(house, &owner, &via, &news.document, "accept", json!({})).await.expect(409);
        // The next edition comes again by itself.
        correct(house, &county, &news.document, "江岸区改造完工 1200 户").await;
        assert_eq!(standing(&item(house, &owner, &via, &news.document).await), "in_review");
        act(house, &owner, &via, &news.document, "accept", json!({ "column": "nowhere" })).await.expect(422);
        act(house, &owner, &via, &news.document, "accept", json!({})).await.expect(200);

        let seen = item(house, &county, &via, &news.document).await;
        let address = seen["address"].as_str().expect("an address").to_owned();
        let page = house.page(PROVINCE, &address).await.expect(200).body;
        assert!(page.contains("江岸区改造完工 1200 户") && page.contains("江岸区"), "the mirror names its origin");
        assert!(house.page(PROVINCE, "/yaowen/").await.body.contains("江岸区改造完工 1200 户"));
        correct(house, &county, &news.document, "江岸区改造完工 1300 户").await;
        assert!(house.page(PROVINCE, &address).await.expect(200).body.contains("1300 户"));

        act(house, &owner, &via, &news.document, "take-down", json!({ "reason": "版面调整" })).await.expect(200);
        house.page(PROVINCE, &address).await.expect(410);
        let seen = item(house, &county, &via, &news.document).await;
        assert_eq!((standing(&seen), seen["reason"].as_str()), ("taken_down", Some("版面调整")));
        act(house, &owner, &via, &news.document, "reopen", json!({})).await.expect(200);
        act(house, &owner, &via, &news.document, "accept", json!({})).await.expect(200);
        house.page(PROVINCE, &address).await.expect(200);

        act(house, &county, &via, &news.document, "withdraw", json!({ "reason": "内容有误" })).await.expect(200);
        house.page(PROVINCE, &address).await.expect(410);
        assert!(!house.page(PROVINCE, "/yaowen/").await.body.contains("1300 户"));
        house.page(COUNTY, &news.address).await.expect(200);
        // What was withdrawn may be put forward once more, and comes back at its address.
        contribute(house, &county, &via, &news.document).await.expect(201);
        house.run_jobs().await;
        act(house, &owner, &via, &news.document, "accept", json!({})).await.expect(200);
        house.page(PROVINCE, &address).await.expect(200);
    }
);

on_both!(
    /// The owner's rule per member: one goes live at once, of another people look first; and the rule may change.
    a_rule_for_each_member, house => {
        let owner = admin(house, PROVINCE).await;
        let trusted = member(house, &owner, COUNTY, "automatic").await;
        let new = member(house, &owner, OTHER, "review").await;
        let (first, second) = (admin(house, COUNTY).await, admin(house, OTHER).await);
        let a = house.publish(&first, "yaowen", "江岸区消息一则").await;
        let b = house.publish(&second, "yaowen", "武昌区消息一则").await;
        contribute(house, &first, &trusted, &a.document).await.expect(201);
        contribute(house, &second, &new, &b.document).await.expect(201);
        house.run_jobs().await;
        let list = house.page(PROVINCE, "/yaowen/").await.body;
        assert!(list.contains("江岸区消息一则") && !list.contains("武昌区消息一则"));
        house.post(&second, &format!("/api/v1/joint/members/{new}/mode"), json!({ "mode": "automatic" })).await.expect(404);
        house.post(&owner, &format!("/api/v1/joint/members/{new}/mode"), json!({ "mode": "automatic" })).await.expect(200);
        let c = house.publish(&second, "yaowen", "武昌区消息第二则").await;
        contribute(house, &second, &new, &c.document).await.expect(201);
        house.run_jobs().await;
        assert!(house.page(PROVINCE, "/yaowen/").await.body.contains("武昌区消息第二则"));
        // The member is sent away: what waits is void, what stands stays, nothing new comes.
        let remove = format!("/api/v1/joint/members/{new}/remove");
        house.post(&owner, &remove, json!({ "reason": "" })).await.expect(422);
        house.post(&owner, &remove, json!({ "reason": "长期未更新" })).await.expect(200);
        assert_eq!(standing(&item(house, &second, &new, &b.document).await), "void");
        assert!(house.page(PROVINCE, "/yaowen/").await.body.contains("武昌区消息第二则"));
        let d = house.publish(&second, "yaowen", "武昌区消息第三则").await;
        contribute(house, &second, &new, &d.document).await.expect(409);
        // And may be invited again; the one who stays is not invited twice.
        let form = |slug: &str| json!({ "members": [slug], "column": "yaowen" });
        house.post(&owner, "/api/v1/joint/members", form(COUNTY)).await.expect(409);
        house.post(&owner, "/api/v1/joint/members", form(OTHER)).await.expect(201);
        house.post(&owner, "/api/v1/joint/members", form(PROVINCE)).await.expect(422);
        house.post(&owner, "/api/v1/joint/members", json!({ "members": [OTHER], "column": "nowhere" })).await.expect(422);
        let leave = format!("/api/v1/joint/members/{trusted}/answer");
        house.post(&first, &leave, json!({ "answer": "leave" })).await.expect(200);
        house.post(&first, &leave, json!({ "answer": "accept" })).await.expect(409);
    }
);

on_both!(
    /// A mirror that an order put there is not taken down, and what is here already is not placed twice.
    once_on_a_portal_and_not_against_an_order, house => {
        let (centre, owner) = (house.token("www", Role::CentralDuty).await, admin(house, PROVINCE).await);
        let form = json!({ "members": [PROVINCE], "column": "yaowen" });
        house.post(&centre, "/api/v1/joint/members", form).await.expect(201);
        let notice = house.publish(&centre, "gwyzc", "国务院关于某事的通知").await;
        let form = json!({ "source": "www", "column": "gwyzc", "target": "yaowen", "mode": "review", "since": "2026-01-01" });
        house.write("PUT", &centre, "/api/v1/joint/columns/gwyzc/open", json!({ "open": true })).await.expect(204);
        let flow = house.post(&owner, "/api/v1/joint/subscriptions", form).await.expect(201).json();
        assert_eq!(standing(&flow), "active");
        house.run_jobs().await;
        let via = id(&flow);
        assert_eq!(standing(&item(house, &owner, &via, &notice.document).await), "in_review", "what it missed came");
        act(house, &owner, &via, &notice.document, "accept", json!({})).await.expect(200);
        house.order(&centre, &notice.edition).await;
        act(house, &owner, &via, &notice.document, "take-down", json!({ "reason": "不想要" })).await.expect(409);
        // A second notice is ordered first: the subscription finds it there.
        let second = house.publish(&centre, "gwyzc", "国务院关于另一事的通知").await;
        house.order(&centre, &second.edition).await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &owner, &via, &second.document).await), "skipped");
        let placed = house.get(&owner, "/api/v1/placements?limit=200").await.expect(200).json();
        let same = placed["items"].as_array().expect("items").iter().filter(|one| one["document_id"] == second.document.as_str());
        assert_eq!(same.count(), 1);
    }
);
