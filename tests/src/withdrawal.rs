//! Ways of taking back, tested as publishing is. Two faults of others are the cases: with Distributor (#112) a change of status
//! at the origin never reaches the copies, with ChestnutCMS the cascade slips: only the final deletion goes on to them, and
//! taking the source offline does not. Here every change reaches every copy in its own transaction, before any job has run; what
//! somebody else made of it is told in that transaction, and decided in theirs.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{House, Published, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";
const OTHER: &str = "wuchang-wuhan-hubei";
const CITY: &str = "wuhan-hubei";
const PROVINCE: &str = "hubei";
/// Who has a copy of a county's item, and how: an automatic subscription, the same sent on, a joint column.
const COPIES: [&str; 3] = [CITY, OTHER, PROVINCE];

fn id(one: &Value) -> String {
    one["id"].as_str().expect("an id").to_owned()
}

async fn admin(house: &House, slug: &str) -> String {
    house.token(slug, Role::TenantAdmin).await
}

/// The standing arrangements by which a county's news is copied: the city subscribes, Wuchang takes it from the city, the
/// province has it in its joint column. Answers the membership.
async fn arranged(house: &House) -> String {
    let (city, owner, county) = (admin(house, CITY).await, admin(house, PROVINCE).await, admin(house, COUNTY).await);
    let flow = |source: &str, forward: bool| json!({ "source": source, "column": "yaowen", "target": "yaowen", "mode": "automatic", "forward_mirrors": forward });
    house.post(&city, "/api/v1/joint/subscriptions", flow(COUNTY, false)).await.expect(201);
    house.write("PUT", &city, "/api/v1/joint/columns/yaowen/open", json!({ "open": true })).await.expect(204);
    house.post(&admin(house, OTHER).await, "/api/v1/joint/subscriptions", flow(CITY, true)).await.expect(201);
    let form = json!({ "members": [COUNTY], "column": "yaowen", "mode": "automatic" });
    let made = house.post(&owner, "/api/v1/joint/members", form).await.expect(201).json();
    let via = id(&made["items"][0]);
    let path = format!("/api/v1/joint/members/{via}/answer");
    house.post(&county, &path, json!({ "answer": "accept" })).await.expect(200);
    via
}

/// Published by the county and copied everywhere.
async fn copied(house: &House, via: &str, title: &str) -> Published {
    let county = admin(house, COUNTY).await;
    let news = house.publish(&county, "yaowen", title).await;
    let form = json!({ "member_id": via, "document_id": news.document });
    house.post(&county, "/api/v1/joint/contributions", form).await.expect(201);
    house.run_jobs().await;
    news
}

async fn placement(house: &House, slug: &str, document: &str) -> Option<Value> {
    let all = house.get(&admin(house, slug).await, "/api/v1/placements?limit=200").await.expect(200).json();
    all["items"].as_array().expect("items").iter().find(|one| one["document_id"] == document).cloned()
}

/// Where a portal shows a title: its column, its home page, its feed.
async fn shown(house: &House, slug: &str, title: &str) -> bool {
    let mut seen = Vec::new();
    for path in ["/yaowen/", "/", "/yaowen/feed.atom"] {
        seen.push(house.page(slug, path).await.body.contains(title));
    }
    assert_eq!(seen[0], seen[2], "{slug}: the feed says what the list says of {title}");
    seen.contains(&true)
}

async fn write_next(house: &House, token: &str, document: &str, title: &str) {
    let draft =
        house.post(token, &format!("/api/v1/documents/{document}/editions"), json!({})).await.expect(201).json();
    let form = json!({ "version": draft["version"], "column": "yaowen", "title": title, "body_html": "<p>改过的正文。</p>", "source": "江岸区" });
    house.write("PUT", token, &format!("/api/v1/documents/{document}/draft"), form).await.expect(200);
}

async fn withdraw(house: &House, token: &str, document: &str, more: Value) -> Value {
    let mut form = json!({ "reason": "数据有误" });
    for (key, value) in more.as_object().expect("fields") {
        form[key] = value.clone();
    }
    house.post(token, &format!("/api/v1/documents/{document}/withdraw"), form).await.expect(200).json()
}

on_both!(
    /// Each change of status at the origin, and what every copy is at once: drafted anew, corrected, taken back, published again.
    distributor_112_a_change_of_status_follows_the_origin, house => {
        let via = arranged(house).await;
        let county = admin(house, COUNTY).await;
        let news = copied(house, &via, "江岸区第一版").await;
        for slug in COPIES {
            assert!(shown(house, slug, "江岸区第一版").await, "{slug}: published");
        }
        write_next(house, &county, &news.document, "江岸区第二版").await;
        for slug in COPIES {
            assert!(shown(house, slug, "江岸区第一版").await && !shown(house, slug, "江岸区第二版").await, "{slug}: a draft is nobody's");
        }
        house.publish_draft(&county, &news.document).await;
        for slug in COPIES {
            assert!(shown(house, slug, "江岸区第二版").await && !shown(house, slug, "江岸区第一版").await, "{slug}: corrected");
        }
        // Taken back while the next edition is being written.
        write_next(house, &county, &news.document, "江岸区第三版").await;
        let mut addresses = Vec::new();
        for slug in COPIES {
            let there = placement(house, slug, &news.document).await.expect("a copy");
            addresses.push((slug, there["address"].as_str().expect("an address").to_owned()));
        }
        let done = withdraw(house, &county, &news.document, json!({ "kind": "notice" })).await;
        assert_eq!(done["mirrors"].as_u64(), Some(3), "every copy in the same transaction");
        for (slug, address) in &addresses {
            assert!(!shown(house, slug, "江岸区第").await, "{slug}: taken back");
            let gone = house.page(slug, address).await.expect(410).body;
            assert!(gone.contains("数据有误") && !gone.contains("改过的正文"), "{slug}");
            assert!(placement(house, slug, &news.document).await.is_none(), "{slug}");
        }
        house.run_jobs().await;
        // Published again: what was taken back comes back to nobody's page by itself.
        house.publish_draft(&county, &news.document).await;
        house.run_jobs().await;
        assert!(shown(house, COUNTY, "江岸区第三版").await);
        for slug in COPIES {
            assert!(!shown(house, slug, "江岸区第三版").await, "{slug}: a person looks first");
        }
    }
);

on_both!(
    /// Every kind of withdrawal takes every kind of copy: moved to another column, pinned, with words of its own, copied from a
    /// copy; and no cascade stops half way when one of them is gone already.
    chestnut_the_cascade_of_a_withdrawal_misses_no_copy, house => {
        let via = arranged(house).await;
        let (county, city, owner) = (admin(house, COUNTY).await, admin(house, CITY).await, admin(house, PROVINCE).await);
        let stays = house.publish(&county, "yaowen", "江岸区新办法").await;
        for (kind, status) in [("notice", 410), ("gone", 410), ("vanish", 404), ("redirect", 301), ("replaced", 410)] {
            let title = format!("江岸区旧办法{kind}");
            let news = copied(house, &via, &title).await;
            let mut addresses = Vec::new();
            for slug in COPIES {
                let there = placement(house, slug, &news.document).await.expect("a copy");
                addresses.push((slug, there["address"].as_str().expect("an address").to_owned()));
                let seat = json!({ "column": if slug == CITY { "gzdt" } else { "yaowen" }, "pinned": slug == OTHER, "lead_in": "本地导语" });
                let path = format!("/api/v1/placements/{}/arrange", news.document);
                house.post(&admin(house, slug).await, &path, seat).await.expect(200);
            }
            let target = if matches!(kind, "redirect" | "replaced") { stays.address.as_str() } else { "" };
            let done = withdraw(house, &county, &news.document, json!({ "kind": kind, "target": target })).await;
            assert_eq!(done["mirrors"].as_u64(), Some(3), "{kind}");
            for (slug, address) in &addresses {
                house.page(slug, address).await.expect(status);
                assert!(!shown(house, slug, &title).await && !house.page(slug, "/gzdt/").await.body.contains(&title), "{slug}: {kind}");
                assert!(placement(house, slug, &news.document).await.is_none(), "{slug}: {kind}");
            }
        }
        // One copy went before: the others still go, and taking back twice is refused without a trace.
        let news = copied(house, &via, "江岸区少了一份").await;
        let path = format!("/api/v1/joint/items/{via}/{}/take-down", news.document);
        house.post(&owner, &path, json!({ "reason": "栏目调整" })).await.expect(200);
        let done = withdraw(house, &county, &news.document, json!({})).await;
        assert_eq!(done["mirrors"].as_u64(), Some(2));
        let again = house.post(&county, &format!("/api/v1/documents/{}/withdraw", news.document), json!({ "reason": "x" })).await;
        assert!(matches!(again.status, 404 | 409 | 422), "{}", again.status);
        for slug in COPIES {
            assert!(!shown(house, slug, "江岸区少了一份").await, "{slug}");
        }
        // The middle of a chain takes back what is its own, and not what it only passed on.
        let own = house.publish(&city, "yaowen", "武汉市自己的消息").await;
        let passed = copied(house, &via, "江岸区转来的消息").await;
        assert!(shown(house, OTHER, "武汉市自己的消息").await && shown(house, OTHER, "江岸区转来的消息").await);
        withdraw(house, &city, &own.document, json!({})).await;
        house.post(&city, &format!("/api/v1/documents/{}/withdraw", passed.document), json!({ "reason": "x" })).await.expect(404);
        assert!(!shown(house, OTHER, "武汉市自己的消息").await && shown(house, OTHER, "江岸区转来的消息").await);
    }
);

on_both!(
    /// What a superior made of an item is its own; the withdrawal reaches it as a task, and a leak hides it together with
    /// the copies of it.
    chestnut_what_was_made_of_it_is_told_or_hidden, house => {
        let (county, city) = (admin(house, COUNTY).await, admin(house, CITY).await);
        let province = admin(house, PROVINCE).await;
        let flow = json!({ "source": CITY, "column": "yaowen", "target": "yaowen", "mode": "automatic" });
        house.post(&province, "/api/v1/joint/subscriptions", flow).await.expect(201);
        for (cause, hidden) in [("routine", false), ("leak", true)] {
            let title = format!("江岸区被采用的消息{cause}");
            let news = house.publish(&county, "yaowen", &title).await;
            let sent = house.post(&county, "/api/v1/submissions", json!({ "document_id": news.document })).await.expect(201).json();
            let path = format!("/api/v1/submissions/{}/adopt", id(&sent));
            let adopted = house.post(&city, &path, json!({ "column": "yaowen" })).await.expect(201).json();
            house.publish_draft(&city, adopted["document_id"].as_str().expect("a document")).await;
            house.run_jobs().await;
            assert!(shown(house, PROVINCE, &title).await, "the province mirrors what the city made");
            withdraw(house, &county, &news.document, json!({ "cause": cause })).await;
            let told = house.get(&city, &format!("/api/v1/submissions/{}", id(&sent))).await.expect(200).json();
            assert_eq!(told["news"]["kind"].as_str(), Some("withdrawn"), "{cause}: {told}");
            // What happens at another's page is that portal's own transaction: the job that the withdrawal left.
            house.run_jobs().await;
            for slug in [CITY, PROVINCE] {
                assert_eq!(shown(house, slug, &title).await, !hidden, "{slug}: {cause}");
            }
        }
    }
);
