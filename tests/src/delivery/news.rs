//! What was done elsewhere to something that a portal shows or works on: on the desk at once, and once an hour in a letter.

use super::letters::{CITY, arrived, complete, mailbox, person};
use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{House, Setup, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";

fn id(one: &Value) -> &str {
    one["id"].as_str().expect("an id")
}

/// The only letter at an address: its subject, its text, and whether it is urgent.
fn letter(address: &str) -> (String, String, bool) {
    let letters = arrived(address);
    assert_eq!(letters.len(), 1, "{letters:?}");
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let headers = &letters[0]["headers"];
    (said(&headers["subject"]), said(&letters[0]["text"]), headers["importance"] == "high")
}

async fn desk(house: &House, cookie: &str) -> String {
    house.room(cookie, "/console/").await.expect(200).body
}

async fn correct(house: &House, token: &str, document: &str, title: &str) {
    house.post(token, &format!("/api/v1/documents/{document}/editions"), json!({})).await.expect(201);
    let form = json!({ "column": "yaowen", "title": title, "body_html": "<p>更正后的正文。</p>", "source": "江岸区", "version": 1 });
    house.write("PUT", token, &format!("/api/v1/documents/{document}/draft"), form).await.expect(200);
    house.publish_draft(token, document).await;
}

async fn member(house: &House, owner: &str, county: &str) -> String {
    let form = json!({ "members": [COUNTY], "column": "yaowen", "mode": "review" });
    let made = house.post(owner, "/api/v1/joint/members", form).await.expect(201).json();
    let via = id(&made["items"][0]).to_owned();
    let yes = json!({ "answer": "accept" });
    house.post(county, &format!("/api/v1/joint/members/{via}/answer"), yes).await.expect(200);
    via
}

on_both!(
    /// A recall of what a portal shows: on its desk, and urgent in one letter that leads to the obligation.
    a_recall_is_told_to_who_shows_it, house with Setup::with_mail() => {
        let Some(mail) = mailbox("recall") else { return };
        let editor = person(house, "editor", Role::Editor, &mail).await;
        let (first, second) = (house.token("www", Role::CentralDuty).await, house.token("www", Role::CentralDuty).await);
        let city = house.token(CITY, Role::TenantAdmin).await;
        house.write("PUT", &first, "/api/v1/joint/columns/yaowen/open", json!({ "open": true })).await.expect(204);
        let form = json!({ "source": "www", "column": "yaowen", "target": "yaowen", "mode": "automatic" });
        house.post(&city, "/api/v1/joint/subscriptions", form).await.expect(201);
        let mut recalls = Vec::new();
        for title in ["将被撤回的消息", "也被撤回的消息"] {
            let news = house.publish(&first, "yaowen", title).await;
            house.run_jobs().await;
            let form = json!({ "edition_id": news.edition, "kind": "recall", "reason": "内容有误" });
            recalls.push(house.post(&first, "/api/v1/orders", form).await.expect(201).json());
        }
        house.run_jobs().await;
        assert!(!desk(house, &editor).await.contains("被发布机关撤回"), "a proposal recalls nothing");
        for recall in &recalls {
            house.post(&second, &format!("/api/v1/orders/{}/confirm", id(recall)), json!({})).await.expect(200);
        }
        house.run_jobs().await;
        let seen = desk(house, &editor).await;
        for recall in &recalls {
            assert!(seen.contains("被发布机关撤回") && seen.contains(&format!("/console/inbox/{}", id(recall))));
        }
        let hubei = house.person("hubei", "hubei", Role::Editor, false).await;
        assert!(!desk(house, &hubei).await.contains("被发布机关撤回"), "who shows nothing of it hears nothing");
        complete(house).await;
        house.later(2);
        house.run_jobs().await;
        let (subject, text, urgent) = letter(&mail);
        assert!(urgent && subject.contains("【紧急】"), "{subject}");
        for recall in &recalls {
            assert!(text.contains(&format!("/console/inbox/{}", id(recall))) && text.contains("被发布机关撤回"), "{text}");
        }
    }
);

/// The city adopts what the county submits, and publishes it.
async fn adopted(house: &House, city: &str, county: &str, title: &str) -> (String, Value) {
    let written = house.publish(county, "yaowen", title).await;
    let form = json!({ "document_id": written.document, "for_site": true });
    let sent = house.post(county, "/api/v1/submissions", form).await.expect(201).json();
    let path = format!("/api/v1/submissions/{}/adopt", id(&sent));
    let taken = house.post(city, &path, json!({ "column": "yaowen" })).await.expect(201).json();
    house.publish_draft(city, taken["document_id"].as_str().expect("a document")).await;
    (written.document, sent)
}

on_both!(
    /// The origin corrects one thing that was adopted and takes another back: both in one letter; what leaked is not named.
    an_origin_is_followed_after_adoption, house with Setup::with_mail() => {
        let Some(mail) = mailbox("origin") else { return };
        let editor = person(house, "editor", Role::Editor, &mail).await;
        let (city, county) = (house.token(CITY, Role::TenantAdmin).await, house.token(COUNTY, Role::TenantAdmin).await);
        let (edited, first) = adopted(house, &city, &county, "江岸区改造完工").await;
        let (leaked, second) = adopted(house, &city, &county, "江岸区的内部数据").await;
        // What still waits for the city is on its desk anyway.
        let waits = house.publish(&county, "yaowen", "江岸区的新闻").await;
        house.post(&county, "/api/v1/submissions", json!({ "document_id": waits.document })).await.expect(201);
        correct(house, &county, &waits.document, "江岸区的新闻（更正）").await;
        house.run_jobs().await;
        let seen = desk(house, &editor).await;
        assert!(!seen.contains("来源有更正"));
        correct(house, &county, &edited, "江岸区改造完工 1200 户").await;
        let form = json!({ "kind": "gone", "reason": "泄露内部信息", "cause": "leak" });
        house.post(&county, &format!("/api/v1/documents/{leaked}/withdraw"), form).await.expect(200);
        house.run_jobs().await;
        let seen = desk(house, &editor).await;
        assert!(seen.contains("来源有更正") && seen.contains("来源已撤稿"));
        for one in [&first, &second] {
            assert!(seen.contains(&format!("/console/submissions/{}", id(one))));
        }
        complete(house).await;
        let (_, text, urgent) = letter(&mail);
        assert!(urgent && text.contains("江岸区改造完工") && text.contains("来源有更正") && text.contains("来源已撤稿"), "{text}");
        assert!(!text.contains("内部数据"), "the title of what leaked is part of the leak");
        assert!(text.contains(&format!("/console/submissions/{}", id(&second))), "{text}");
    }
);

on_both!(
    /// Contributions: one notice for all that wait, however many; the member hears what was decided, the owner what was taken
    /// back, each in one letter an hour.
    both_ends_of_a_joint_column_hear, house with Setup::with_mail() => {
        let (Some(owner_mail), Some(member_mail)) = (mailbox("owner"), mailbox("member")) else { return };
        let editor = person(house, "editor", Role::Editor, &owner_mail).await;
        let writer = house.person("writer", COUNTY, Role::Editor, false).await;
        house.form(&writer, "/console/my-notices", &[("address", &member_mail), ("want", "editor")]).await.expect(303);
        let (city, county) = (house.token(CITY, Role::TenantAdmin).await, house.token(COUNTY, Role::TenantAdmin).await);
        let via = member(house, &city, &county).await;
        let mut documents = Vec::new();
        for title in ["江岸区第一则", "江岸区第二则", "江岸区第三则"] {
            let news = house.publish(&county, "yaowen", title).await;
            let form = json!({ "member_id": via, "document_id": news.document });
            house.post(&county, "/api/v1/joint/contributions", form).await.expect(201);
            house.run_jobs().await;
            documents.push(news.document);
        }
        let seen = desk(house, &editor).await;
        assert_eq!(seen.matches("共建与订阅内容待审").count(), 1, "one notice");
        assert!(seen.contains("共建与订阅内容待审 3"), "that counts");
        let act = async |token: &str, document: &str, verb: &str, body: Value| {
            house.post(token, &format!("/api/v1/joint/items/{via}/{document}/{verb}"), body).await.expect(200);
        };
        act(&city, &documents[0], "return", json!({ "reason": "请补充数据" })).await;
        act(&city, &documents[1], "decline", json!({ "reason": "已有同题" })).await;
        act(&city, &documents[2], "accept", json!({})).await;
        act(&county, &documents[2], "withdraw", json!({ "reason": "内容有误" })).await;
        house.run_jobs().await;
        let seen = desk(house, &writer).await;
        assert!(seen.contains("投送被退回") && seen.contains("投送未被采用"));
        assert!(seen.contains(&format!("/console/joint/items/{via}/{}", documents[0])));
        correct(house, &county, &documents[0], "江岸区第一则（补充数据）").await;
        house.run_jobs().await;
        let seen = desk(house, &editor).await;
        assert!(seen.contains("投送方撤回了投送") && seen.contains("退回的投送已更正"));
        complete(house).await;
        house.later(2);
        house.run_jobs().await;
        let (_, text, urgent) = letter(&owner_mail);
        assert!(!urgent && text.contains("共建与订阅内容待审 3") && text.contains("江岸区第三则"), "{text}");
        let (_, text, _) = letter(&member_mail);
        assert!(text.contains("江岸区第一则") && text.contains("投送被退回") && text.contains("江岸区第二则"), "{text}");
    }
);

on_both!(
    /// Half of the time of a commission is over: whoever writes for a portal that was called hears of it in a letter.
    a_commission_that_runs_out_is_told_by_mail, house with Setup::with_mail() => {
        let Some(mail) = mailbox("call") else { return };
        person(house, "editor", Role::Editor, &mail).await;
        let centre = house.token("www", Role::CentralDuty).await;
        let form = json!({
            "topic": "秋粮收购情况", "requirements": "<p>写做法与成效。</p>", "due_at": house.now().plus_hours(100).rfc3339(),
            "audience": { "include": [CITY] }, "open": true,
        });
        let one = house.post(&centre, "/api/v1/commissions", form).await.expect(201).json();
        house.run_jobs().await;
        house.later(51);
        house.run_jobs().await;
        complete(house).await;
        let (_, text, _) = letter(&mail);
        assert!(text.contains("约稿"), "{text}");
        assert!(text.contains(&format!("/console/commissions/{}", id(&one))), "{text}");
    }
);
