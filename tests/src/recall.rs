//! Taking back: who may, how addresses answer, what nobody reads any more, and mirrors whose portal moved in the tree.

use base::duty::Role;
use base::store::Engine;
use base::tenancy::TenantState;
use serde_json::{Value, json};

use crate::kit::{ACCEPTING, House, Published, entry, on_both};

async fn propose(house: &House, token: &str, edition: &str, more: Value) -> String {
    let mut form = json!({ "edition_id": edition, "kind": "recall", "reason": "内容有误" });
    for (name, value) in more.as_object().expect("fields") {
        form[name] = value.clone();
    }
    let recall = house.post(token, "/api/v1/orders", form).await.expect(201).json();
    recall["id"].as_str().expect("an id").to_owned()
}

async fn recall(house: &House, edition: &str, more: Value) -> String {
    let (first, second) = (house.token("www", Role::CentralDuty).await, house.token("www", Role::CentralDuty).await);
    let id = propose(house, &first, edition, more).await;
    house.post(&second, &format!("/api/v1/orders/{id}/confirm"), json!({})).await.expect(200);
    id
}

async fn correct(house: &House, token: &str, notice: &Published, title: &str) {
    house.post(token, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
    let form = json!({ "column": "zcwj", "title": title, "body_html": "<p>更正后的正文。</p>", "source": "湖北省政府", "version": 1 });
    house.write("PUT", token, &format!("/api/v1/documents/{}/draft", notice.document), form).await.expect(200);
    house.publish_draft(token, &notice.document).await;
}

on_both!(
    /// A province recalls its own with its own two people; what the second one answers is kept.
    a_province_recalls_its_own, house => {
        let author = house.token("hubei", Role::TenantAdmin).await;
        let (first, second) = (house.token("hubei", Role::Operator).await, house.token("hubei", Role::Operator).await);
        let notice = house.publish(&author, "zcwj", "湖北省关于错误内容的通知").await;
        house.post(&first, "/api/v1/orders", json!({ "edition_id": notice.edition, "kind": "mandatory" })).await.expect(201);
        let slow = json!({ "edition_id": notice.edition, "kind": "recall", "reason": "内容有误", "deadline_hours": 2 });
        let refused = house.post(&first, "/api/v1/orders", slow).await.expect(422).json();
        assert_eq!(refused["type"].as_str(), Some("urn:dibao:problem:looser"));
        let id = propose(house, &first, &notice.edition, json!({})).await;
        let answer = json!({ "answer": "请先核实" });
        let said = house.post(&second, &format!("/api/v1/orders/{id}/refuse"), answer).await.expect(200).json();
        assert_eq!((said["state"].as_str(), said["answer"].as_str()), (Some("refused"), Some("请先核实")));
        let tx = house.app.store.reading(house.site("hubei").tenant).await.expect("a transaction");
        let entries = tx.entries_about(&id).await.expect("read");
        drop(tx);
        assert!(entries.iter().any(|entry| entry.kind == "recall.refused" && entry.body.contains("请先核实")));
        let id = propose(house, &first, &notice.edition, json!({})).await;
        house.post(&second, &format!("/api/v1/orders/{id}/confirm"), json!({})).await.expect(200);
        house.page("hubei", &notice.address).await.expect(410);
        house.run_jobs().await;
        assert_eq!(house.counts(&first, &id).await["failed"].as_i64(), Some(0));
        assert_eq!(house.counts(&first, &id).await["live_unverified"].as_i64(), Some(0));
    }
);

on_both!(
    /// Every kind of withdrawal, seen on the origin and on a mirror, and proven by the probes. A path leads to the origin's host.
    every_kind_of_withdrawal, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let stays = house.publish(&duty, "gwyzc", "关于新办法的通知").await;
        let there = format!("http://www.localhost:{}{}", house.port, stays.address);
        for (kind, status) in [("notice", 410), ("gone", 410), ("vanish", 404), ("redirect", 301), ("replaced", 410)] {
            let notice = house.publish(&duty, "gwyzc", &format!("关于{kind}的旧办法")).await;
            house.order(&duty, &notice.edition).await;
            house.run_jobs().await;
            let target = if matches!(kind, "redirect" | "replaced") { stays.address.as_str() } else { "" };
            let more = json!({ "withdrawal": kind, "target": target, "legal_basis": "政府信息公开条例第六条" });
            let id = recall(house, &notice.edition, more).await;
            for slug in ["www", "jiangan-wuhan-hubei"] {
                let gone = house.page(slug, &notice.address).await.expect(status);
                match kind {
                    "redirect" => assert_eq!(gone.header("location"), there, "{slug}"),
                    "replaced" => assert!(gone.body.contains(&format!("href=\"{there}\"")), "{slug}: {}", gone.body),
                    "notice" => assert!(gone.body.contains("政府信息公开条例第六条"), "{slug}"),
                    _ => assert!(!gone.body.contains("旧办法"), "{slug}: {kind}"),
                }
            }
            house.run_jobs().await;
            assert_eq!(house.counts(&duty, &id).await["verified_on_time"].as_i64(), Some(ACCEPTING), "{kind}");
            house.later(1);
            house.run_jobs().await;
            let recall = house.get(&duty, &format!("/api/v1/orders/{id}")).await.expect(200).json();
            assert_eq!(recall["state"].as_str(), Some("closed"), "{kind}: the last copy is gone");
        }
    }
);

on_both!(
    /// A portal that cannot be reached proves nothing; it is followed until it is back and the copy is seen to be gone.
    an_unreachable_portal_is_not_proof, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于泄密内容的通知").await;
        house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        let mut yichang = entry("yichang-hubei", "宜昌市", "city", "hubei");
        yichang.state = Some(TenantState::Suspended);
        yichang.state_reason = Some("机房迁移".to_owned());
        house.apply(vec![yichang.clone()]).await;
        let id = recall(house, &notice.edition, json!({})).await;
        for _ in 0..10 {
            house.run_jobs().await;
            house.later(1);
        }
        let counts = house.counts(&duty, &id).await;
        assert_eq!((counts["failed"].as_i64(), counts["verified_on_time"].as_i64()), (Some(1), Some(ACCEPTING - 1)));
        yichang.state = Some(TenantState::Live);
        house.apply(vec![yichang]).await;
        house.run_jobs().await;
        assert_eq!(house.counts(&duty, &id).await["verified_on_time"].as_i64(), Some(ACCEPTING));
    }
);

on_both!(
    /// What was taken back is read by nobody: the debt that named it opens no body any more.
    a_taken_back_body_is_read_by_nobody, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于机密事项的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let editor = house.person("wuhan", "wuhan-hubei", Role::Editor, false).await;
        let carrier = house.person("jiangan", "jiangan-wuhan-hubei", Role::Editor, false).await;
        let item = format!("/console/inbox/{order}");
        assert!(house.room(&editor, &item).await.expect(200).body.contains("关于机密事项的通知的正文"));
        let recall = recall(house, &notice.edition, json!({ "withdrawal": "vanish" })).await;
        for (cookie, item) in [(&editor, item.clone()), (&carrier, item), (&carrier, format!("/console/inbox/{recall}"))] {
            let shown = house.room(cookie, &item).await.expect(200).body;
            assert!(!shown.contains("的正文。") && !shown.contains("第二段。"), "{item}: {shown}");
        }
        house.room(&editor, "/console/inbox?show=all").await.expect(200);
        house.room(&carrier, "/console/inbox?show=all").await.expect(200);
    }
);

on_both!(
    /// A superior who looks into an inbox has not opened it for the tenant.
    a_superior_only_looks, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于巡视的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let superior = house.person("centre", "www", Role::CentralDuty, true).await;
        house.room(&superior, &format!("/console/inbox/{order}?tenant=wuhan-hubei")).await.expect(200);
        assert_eq!(house.standing("wuhan-hubei", &order).await["standing"].as_str(), Some("issued"));
        let own = house.person("wuhan", "wuhan-hubei", Role::Editor, false).await;
        let item = format!("/console/inbox/{order}");
        let (one, other) = tokio::join!(house.room(&own, &item), house.room(&own, &item));
        assert_eq!((one.status, other.status), (200, 200));
        assert_eq!(house.standing("wuhan-hubei", &order).await["standing"].as_str(), Some("delivered"));
    }
);

on_both!(
    /// A mirror follows its origin wherever its portal stands by now: corrected, and taken back, with proof. Reminders and
    /// fallbacks end with the authority.
    a_mirror_that_moved_away_still_follows, house => {
        let author = house.token("hubei", Role::TenantAdmin).await;
        let (first, second) = (house.token("hubei", Role::Operator).await, house.token("hubei", Role::Operator).await);
        let notice = house.publish(&author, "zcwj", "湖北省关于湖泊的通知").await;
        let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "target_code": "gwyzc" });
        let order = house.post(&first, "/api/v1/orders", form).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
        house.run_jobs().await;
        let moved = |slug, name, level| entry(slug, name, level, "guangdong");
        house.apply(vec![moved("jiangan-wuhan-hubei", "江岸区", "county"), moved("wuhan-hubei", "武汉市", "city")]).await;
        let tx = house.app.store.reading(house.site("jiangan-wuhan-hubei").tenant).await.expect("a transaction");
        let document = content::DocumentId(uuid::Uuid::try_parse(&notice.document).expect("an id"));
        let seat = content::placement::by_document(&tx, document).await.expect("read").expect("a mirror");
        drop(tx);
        house.page("jiangan-wuhan-hubei", &seat.address).await.expect(200);
        correct(house, &author, &notice, "湖北省关于湖泊的通知").await;
        assert!(house.page("jiangan-wuhan-hubei", &seat.address).await.expect(200).body.contains("更正后的正文。"));
        house.later(25);
        house.run_jobs().await;
        assert_eq!(house.standing("jiangan-wuhan-hubei", &order).await["standing"].as_str(), Some("proven"));
        assert_eq!(house.standing("wuhan-hubei", &order).await["standing"].as_str(), Some("issued"), "no authority, no fallback");
        let id = propose(house, &first, &notice.edition, json!({})).await;
        house.post(&second, &format!("/api/v1/orders/{id}/confirm"), json!({})).await.expect(200);
        house.page("jiangan-wuhan-hubei", &seat.address).await.expect(410);
        house.run_jobs().await;
        assert_eq!(house.standing("jiangan-wuhan-hubei", &id).await["standing"].as_str(), Some("proven"));
    }
);

on_both!(
    /// Only the listed, everybody of a level and the listed, the listed and nobody else below: what was said is what is meant.
    an_audience_may_be_a_list, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于试点的通知").await;
        let count = |audience: Value| {
            let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": audience });
            let (house, duty) = (&house, &duty);
            async move { house.post(duty, "/api/v1/orders/preview", form).await.expect(200).json()["audience_count"].as_i64() }
        };
        assert_eq!(count(json!({ "include": ["wuhan-hubei", "hubei"] })).await, Some(2));
        assert_eq!(count(json!({ "include": ["wuhan-hubei", "hubei"], "exclude": ["hubei"] })).await, Some(1));
        assert_eq!(count(json!({ "include": ["wuhan-hubei"], "levels": ["province"] })).await, Some(3));
        assert_eq!(count(json!({ "include": ["guangzhou-guangdong"], "subtree": "hubei" })).await, Some(6));
        assert_eq!(count(json!({})).await, Some(7));
        let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "include": ["wuhan-hubei"] } });
        let order = house.post(&duty, "/api/v1/orders", form.clone()).await.expect(201).json();
        house.run_jobs().await;
        house.apply(vec![entry("shenzhen-guangdong", "深圳市", "city", "guangdong")]).await;
        house.run_jobs().await;
        let again = house.post(&duty, "/api/v1/orders", form).await.expect(200).json();
        assert_eq!((again["id"].as_str(), again["audience_count"].as_i64()), (order["id"].as_str(), Some(1)));
    }
);

on_both!(
    /// What was recalled stays away: publishing the document anew is the issuer's own affair until it is ordered again.
    copies_come_back_by_an_order_only, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于撤回后重发的通知").await;
        house.order(&duty, &notice.edition).await;
        house.page("hubei", &notice.address).await.expect(200);
        recall(house, &notice.edition, json!({})).await;
        let mut newest = String::new();
        for version in [2, 3] {
            house.post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
            newest = house.publish_draft(&duty, &notice.document).await.edition;
            house.page("www", &notice.address).await.expect(200);
            assert_eq!(house.page("hubei", &notice.address).await.status, 410, "edition {version}");
        }
        house.order(&duty, &newest).await;
        house.page("hubei", &notice.address).await.expect(200);
    }
);
