//! The receiver's desk: comparison, one-key decisions, baskets, skipping a level, the copy of what was withdrawn.

mod upward;

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{Answer, House, Published, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";
const OTHER: &str = "wuchang-wuhan-hubei";
const CITY: &str = "wuhan-hubei";

fn id(one: &Value) -> &str {
    one["id"].as_str().expect("an id")
}

async fn submit(house: &House, token: &str, document: &str) -> Value {
    house.post(token, "/api/v1/submissions", json!({ "document_id": document })).await.expect(201).json()
}

async fn act(house: &House, token: &str, one: &Value, verb: &str, body: Value) -> Answer {
    house.post(token, &format!("/api/v1/submissions/{}/{verb}", id(one)), body).await
}

async fn seen(house: &House, token: &str, one: &Value) -> Value {
    house.get(token, &format!("/api/v1/submissions/{}", id(one))).await.expect(200).json()
}

async fn adopt(house: &House, token: &str, one: &Value) -> Published {
    let adopted = act(house, token, one, "adopt", json!({ "column": "yaowen" })).await.expect(201).json();
    house.publish_draft(token, adopted["document_id"].as_str().expect("a document")).await
}

async fn correct(house: &House, token: &str, document: &str, title: &str, body: &str) -> Published {
    house.post(token, &format!("/api/v1/documents/{document}/editions"), json!({})).await.expect(201);
    let form = json!({ "column": "yaowen", "title": title, "body_html": body, "source": "江岸区", "version": 1 });
    house.write("PUT", token, &format!("/api/v1/documents/{document}/draft"), form).await.expect(200);
    house.publish_draft(token, document).await
}

/// Kinds of the events in a portal's chain.
async fn recorded(house: &House, slug: &str) -> Vec<String> {
    let tx = house.app.store.reading(house.site(slug).tenant).await.expect("a transaction");
    let entries = tx.entries(0, 1000).await.expect("a chain");
    entries.into_iter().map(|entry| entry.kind).collect()
}

fn pieces(list: &Value, kind: &str) -> String {
    let pieces = list.as_array().expect("pieces").iter().filter(|piece| piece["kind"] == kind);
    pieces.filter_map(|piece| piece["text"].as_str()).collect()
}

on_both!(
    /// The frozen text left, the receiver's own right: adopted with edits in one act; what was typed comes back when refused.
    adopts_with_edits_and_opens_the_next, house => {
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let mut sent = Vec::new();
        for title in ["江岸区防汛演练", "江岸区秋收进展"] {
            let written = house.publish(&county, "yaowen", title).await;
            house.later(1);
            sent.push(submit(house, &county, &written.document).await);
        }
        let city = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let path = format!("/console/submissions/{}", id(&sent[1]));
        let opened = house.room(&city, &path).await.expect(200).body;
        for part in ["data-key=\"a\"", "accesskey=\"j\"", "<kbd>r</kbd>", "name=\"body_html\"", "江岸区秋收进展的正文"] {
            assert!(opened.contains(part), "{part}");
        }
        let edits = [("title", "各区秋收进展（市局改）"), ("body_html", "<p>改过的正文</p>"), ("source", "武汉市"), ("summary", "导语")];
        let refused = house.form(&city, &format!("{path}/adopt"), &[&edits[..], &[("column", "nowhere")]].concat()).await.expect(422);
        assert!(refused.body.contains("各区秋收进展（市局改）") && refused.body.contains("改过的正文"));
        let done = house.form(&city, &format!("{path}/adopt"), &[&edits[..], &[("column", "yaowen"), ("then", "next")]].concat()).await.expect(303);
        assert!(done.header("location").starts_with(&format!("/console/submissions/{}", id(&sent[0]))), "{}", done.header("location"));
        let token = house.token(CITY, Role::TenantAdmin).await;
        let draft = seen(house, &token, &sent[1]).await["adopted_document_id"].as_str().expect("a draft").to_owned();
        let draft = house.get(&token, &format!("/api/v1/documents/{draft}")).await.expect(200).json()["draft"].clone();
        assert_eq!(draft["title"].as_str(), Some("各区秋收进展（市局改）"), "{draft}");
        assert_eq!(seen(house, &county, &sent[1]).await["title"].as_str(), Some("江岸区秋收进展"), "the sender's stays");
        let last = format!("/console/submissions/{}", id(&sent[0]));
        let done = house.form(&city, &format!("{last}/decline"), &[("reason", "重复"), ("then", "next")]).await.expect(303);
        assert!(done.header("location").starts_with("/console/submissions?"), "the queue is empty: {}", done.header("location"));
    }
);

on_both!(
    /// Who holds it is visible, and taking it over is a decision of its own, on record.
    taking_over_is_said_and_recorded, house => {
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let (one, two) = (house.person("wang", CITY, Role::Editor, false).await, house.person("li", CITY, Role::Editor, false).await);
        let written = house.publish(&county, "yaowen", "江岸区消息").await;
        let sent = submit(house, &county, &written.document).await;
        let path = format!("/console/submissions/{}", id(&sent));
        house.form(&one, &format!("{path}/hold"), &[]).await.expect(303);
        assert!(house.room(&two, "/console/submissions").await.expect(200).body.contains("wang"));
        let opened = house.room(&two, &path).await.expect(200).body;
        assert!(opened.contains("接手办理") && opened.contains("say-warn"));
        for (verb, fields) in [("hold", vec![]), ("return", vec![("reason", "补充时间")]), ("adopt", vec![("column", "yaowen")])] {
            let refused = house.form(&two, &format!("{path}/{verb}"), &fields).await.expect(409);
            assert!(refused.body.contains("他人正在办理"), "{verb}");
        }
        assert_eq!(seen(house, &county, &sent).await["holder"].as_str(), Some("wang"));
        house.form(&two, &format!("{path}/return"), &[("reason", "补充时间"), ("take_over", "yes")]).await.expect(303);
        assert_eq!(seen(house, &county, &sent).await["standing"].as_str(), Some("returned"));
        let tx = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
        let entries = tx.entries(0, 1000).await.expect("a chain");
        assert!(entries.iter().any(|entry| entry.kind == "submission.held" && entry.body.contains("\"taken_from\":\"wang\"")));
    }
);

on_both!(
    /// Returned, corrected, sent again: what changed, word by word, with the reason beside it; markup is text.
    a_correction_is_compared, house => {
        let (county, city) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(CITY, Role::Editor).await);
        let written = house.publish(&county, "yaowen", "江岸区防汛演练").await;
        let first = submit(house, &county, &written.document).await;
        act(house, &city, &first, "return", json!({ "reason": "请补充时间地点" })).await.expect(200);
        house.later(1);
        correct(house, &county, &written.document, "江岸区防汛演练", "<p>江岸区防汛演练的正文。</p><p>第二段&lt;b&gt;，三月二日举行。</p>").await;
        let second = submit(house, &county, &written.document).await;
        let compared = house.get(&city, &format!("/api/v1/submissions/{}/comparison", id(&second))).await.expect(200).json();
        assert_eq!(compared["earlier_id"], first["id"]);
        assert_eq!(compared["returned_reason"].as_str(), Some("请补充时间地点"));
        let changed = &compared["correction"];
        assert!(pieces(&changed["body"], "new").contains("三月") && pieces(&changed["title"], "same") == "江岸区防汛演练", "{changed}");
        assert_eq!(changed["fields"][0]["field"].as_str(), Some("source"));
        let desk = house.person("editor-w", CITY, Role::Editor, false).await;
        let page = house.room(&desk, &format!("/console/submissions/{}", id(&second))).await.expect(200).body;
        assert!(page.contains("<ins>") && page.contains("请补充时间地点") && page.contains("[新增] "));
        assert!(!page.contains("第二段<b>"), "what looks like markup is text");
        // The thread is the two ends' alone.
        for stranger in [OTHER, "guangzhou-guangdong"] {
            let token = house.token(stranger, Role::TenantAdmin).await;
            house.get(&token, &format!("/api/v1/submissions/{}/comparison", id(&second))).await.expect(404);
        }
        // The news of a newer edition is compared with what the city made of it.
        let own = adopt(house, &house.token(CITY, Role::TenantAdmin).await, &second).await;
        correct(house, &county, &written.document, "江岸区防汛演练（更正）", "<p>江岸区防汛演练的正文。</p>").await;
        let newer = house.get(&city, &format!("/api/v1/submissions/{}/comparison", id(&second))).await.expect(200).json()["newer"].clone();
        assert_eq!(pieces(&newer["title"], "new"), "（更正）");
        assert!(pieces(&newer["body"], "gone").contains("三月"), "{newer}");
        house.page(CITY, &own.address).await.expect(200);
    }
);

on_both!(
    /// Past a level only with a standing permission: granted, used, revoked, ended, and the refusal says who can lift it.
    a_level_is_skipped_with_permission, house => {
        let (county, other) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(OTHER, Role::TenantAdmin).await);
        let province = house.token("hubei", Role::TenantAdmin).await;
        let written = house.publish(&county, "yaowen", "江岸区消息").await;
        let up = |to: &str| json!({ "document_id": written.document, "to": to });
        let refused = house.post(&county, "/api/v1/submissions", up("hubei")).await.expect(409).json();
        assert!(refused["who_can_lift"].as_str().is_some_and(|who| who.contains("湖北")), "{refused}");
        for to in ["guangdong", COUNTY, OTHER] {
            house.post(&county, "/api/v1/submissions", up(to)).await.expect(409);
        }
        house.post(&county, "/api/v1/submissions", up("nowhere")).await.expect(422);
        let permit = |subject: &str, scope: &str, until: &str| json!({ "subject": subject, "scope": scope, "until": until, "note": "试点" });
        for (form, status) in [
            (permit(CITY, "tenant", "2026-12-31"), 422), (permit("guangzhou-guangdong", "tenant", "2026-12-31"), 422),
            (permit(COUNTY, "tenant", "2026-01-01"), 422), (permit(COUNTY, "tenant", "2099-01-01"), 422),
            (permit("nowhere", "tenant", "2026-12-31"), 422), (permit(COUNTY, "everybody", "2026-12-31"), 422),
        ] {
            house.post(&province, "/api/v1/skip-permissions", form).await.expect(status);
        }
        house.post(&house.token("hubei", Role::Editor).await, "/api/v1/skip-permissions", permit(COUNTY, "tenant", "2026-12-31")).await.expect(403);
        let granted = house.post(&province, "/api/v1/skip-permissions", permit(COUNTY, "tenant", "2026-03-31")).await.expect(201).json();
        let sent = house.post(&county, "/api/v1/submissions", up("hubei")).await.expect(201).json();
        assert_eq!(sent["to"].as_str(), Some("hubei"));
        house.post(&county, "/api/v1/submissions", up("hubei")).await.expect(409);
        let theirs = house.publish(&other, "yaowen", "武昌区消息").await;
        let skip = json!({ "document_id": theirs.document, "to": "hubei" });
        house.post(&other, "/api/v1/submissions", skip.clone()).await.expect(409);
        // The thread goes on past the end of the permission only with a new one; the letter itself goes on.
        let revoke = format!("/api/v1/skip-permissions/{}/revoke", id(&granted));
        house.post(&province, &revoke, json!({})).await.expect(200);
        house.post(&province, &revoke, json!({})).await.expect(409);
        act(house, &province, &sent, "return", json!({ "reason": "补充" })).await.expect(200);
        house.post(&county, "/api/v1/submissions", up("hubei")).await.expect(409);
        house.post(&province, "/api/v1/skip-permissions", permit(CITY, "counties", "2026-03-31")).await.expect(201);
        let again = house.post(&county, "/api/v1/submissions", up("hubei")).await.expect(201).json();
        assert_eq!(again["thread_id"], sent["thread_id"]);
        house.post(&other, "/api/v1/submissions", skip.clone()).await.expect(201);
        let editor = house.person("editor-j", COUNTY, Role::TenantAdmin, false).await;
        assert!(house.room(&editor, &format!("/console/documents/{}", written.document)).await.expect(200).body.contains("越级报送"));
        house.later(24 * 31);
        let late = house.publish(&other, "yaowen", "武昌区四月").await;
        house.post(&other, "/api/v1/submissions", json!({ "document_id": late.document, "to": "hubei" })).await.expect(409);
        let kinds = recorded(house, "hubei").await;
        assert!(["skip_permission.granted", "skip_permission.revoked"].iter().all(|kind| kinds.iter().any(|one| one == kind)));
    }
);

on_both!(
    /// A basket collects, narrows the queue, is closed and opened, and becomes one document that credits all.
    baskets_collect_and_merge, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let mut sent = Vec::new();
        for (slug, title) in [(COUNTY, "江岸区秋收"), (OTHER, "武昌区秋收"), (COUNTY, "江岸区图书馆")] {
            let county = house.token(slug, Role::TenantAdmin).await;
            let written = house.publish(&county, "yaowen", title).await;
            sent.push(submit(house, &county, &written.document).await);
        }
        house.post(&city, "/api/v1/baskets", json!({ "topic": " " })).await.expect(422);
        let basket = house.post(&city, "/api/v1/baskets", json!({ "topic": "秋收进展", "note": "周五汇总" })).await.expect(201).json();
        let at = |verb: &str| format!("/api/v1/baskets/{}/{verb}", id(&basket));
        let own = json!({ "document": { "column": "yaowen", "title": "各区秋收进展", "body_html": "<p>综合。</p>", "source": "武汉市" } });
        house.post(&city, &at("adopt"), own.clone()).await.expect(409);
        let members = json!({ "submissions": [id(&sent[0]), id(&sent[1]), id(&sent[2])] });
        house.post(&city, &at("put"), json!({ "submissions": [basket["id"]] })).await.expect(404);
        house.post(&city, &at("put"), json!({ "submissions": [] })).await.expect(422);
        let filled = house.post(&city, &at("put"), members.clone()).await.expect(200).json();
        assert_eq!(filled["members"].as_u64(), Some(3));
        house.post(&city, &at("put"), members).await.expect(200);
        house.post(&city, &at("remove"), json!({ "submissions": [id(&sent[2])] })).await.expect(200);
        house.post(&city, &at("close"), json!({})).await.expect(200);
        house.post(&city, &at("put"), json!({ "submissions": [id(&sent[2])] })).await.expect(409);
        house.post(&city, &at("reopen"), json!({})).await.expect(200);
        let listed = house.get(&city, &format!("/api/v1/submissions?basket={}", id(&basket))).await.expect(200).json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
        let desk = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let queue = house.room(&desk, &format!("/console/submissions?basket={}", id(&basket))).await.expect(200).body;
        assert!(queue.contains("江岸区秋收") && queue.contains("秋收进展") && !queue.contains("江岸区图书馆"));
        assert!(house.room(&desk, &format!("/console/baskets/{}", id(&basket))).await.expect(200).body.contains("武昌区秋收"));
        let adopted = house.post(&city, &at("adopt"), own.clone()).await.expect(201).json();
        assert_eq!(adopted["submissions"].as_array().map(Vec::len), Some(2));
        house.post(&city, &at("adopt"), own).await.expect(409);
        let published = house.publish_draft(&city, adopted["document_id"].as_str().expect("a document")).await;
        let page = house.page(CITY, &published.address).await.expect(200).body;
        assert!(page.contains("江岸区") && page.contains("武昌区"));
        // A basket is its desk's own.
        let stranger = house.token("yichang-hubei", Role::TenantAdmin).await;
        house.get(&stranger, &format!("/api/v1/baskets/{}", id(&basket))).await.expect(404);
        house.post(&stranger, &at("put"), json!({ "submissions": [id(&sent[2])] })).await.expect(404);
        let kinds = recorded(house, CITY).await;
        for kind in ["basket.created", "basket.filled", "basket.emptied", "basket.closed", "basket.reopened", "basket.adopted"] {
            assert!(kinds.iter().any(|one| one == kind), "{kind}");
        }
    }
);

on_both!(
    /// Baskets by forms: made, filled from the queue, adopted; refused forms come back whole.
    baskets_by_forms, house => {
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let desk = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let written = house.publish(&county, "yaowen", "江岸区秋收").await;
        let sent = submit(house, &county, &written.document).await;
        let long = "长".repeat(101);
        let refused = house.form(&desk, "/console/baskets", &[("topic", long.as_str()), ("basket_note", "留着")]).await.expect(422);
        assert!(refused.body.contains("留着") && refused.body.contains(&long));
        let made = house.form(&desk, "/console/baskets", &[("topic", "秋收")]).await.expect(303);
        let at = made.header("location").split('?').next().expect("a path").to_owned();
        let basket = at.rsplit('/').next().expect("an id").to_owned();
        house.form(&desk, "/console/baskets/put", &[("basket", basket.as_str())]).await.expect(422);
        house.form(&desk, "/console/baskets/put", &[("basket", basket.as_str()), ("submission", id(&sent))]).await.expect(303);
        assert!(house.room(&desk, &format!("/console/submissions/{}", id(&sent))).await.expect(200).body.contains("秋收"));
        let own = [("title", "秋收汇总"), ("body_html", "<p>汇总</p>"), ("source", "武汉市")];
        let refused = house.form(&desk, &format!("{at}/adopt"), &[&own[..], &[("column", "nowhere")]].concat()).await.expect(422);
        assert!(refused.body.contains("秋收汇总"));
        house.form(&desk, &format!("{at}/close"), &[]).await.expect(303);
        house.form(&desk, &format!("{at}/adopt"), &[&own[..], &[("column", "yaowen")]].concat()).await.expect(303);
        house.form(&desk, &format!("{at}/reopen"), &[]).await.expect(303);
        house.form(&desk, &format!("{at}/remove"), &[("submission", id(&sent))]).await.expect(303);
    }
);
