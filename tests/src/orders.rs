//! The mandatory repost from issue to proof, and everything that may happen in between. Twenty-four hours pass in no time.

use base::duty::Role;
use base::store::Engine;
use serde_json::json;

use crate::kit::{ACCEPTING, House, on_both};

on_both!(
    /// Issue → live where portals accept by themselves → proven by a probe through the public page.
    an_order_is_live_and_proven, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于做好防汛工作的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let shown = house.page("jiangan-wuhan-hubei", "/gwyzc/").await.expect(200);
        assert!(shown.body.contains("关于做好防汛工作的通知"));
        let counts = house.counts(&duty, &order).await;
        assert_eq!((counts["live_unverified"].as_i64(), counts["waiting"].as_i64()), (Some(ACCEPTING), Some(1)));
        house.run_jobs().await;
        let counts = house.counts(&duty, &order).await;
        assert_eq!((counts["verified_on_time"].as_i64(), counts["waiting"].as_i64()), (Some(ACCEPTING), Some(1)));
        let proven = house.standing("jiangan-wuhan-hubei", &order).await;
        assert_eq!((proven["standing"].as_str(), proven["placed_by"].as_str()), (Some("proven"), Some("auto_accept")));
    }
);

on_both!(
    /// The portal that decides by hand places it with one confirmation, in its own column, with its own lead-in.
    the_duty_inbox_places, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于稳就业的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let editor = house.token("wuhan-hubei", Role::Editor).await;
        let inbox = house.get(&editor, "/api/v1/obligations?open=true").await.expect(200).json();
        assert_eq!(inbox["items"][0]["order_id"].as_str(), Some(order.as_str()));
        let seat = json!({ "column": "gwyzc", "pinned": true, "lead_in": "本市各部门请遵照执行。" });
        house.post(&editor, &format!("/api/v1/obligations/{order}/place"), seat.clone()).await.expect(200);
        house.post(&editor, &format!("/api/v1/obligations/{order}/place"), seat).await.expect(409);
        let page = house.page("wuhan-hubei", &notice.address).await.expect(200);
        assert!(page.body.contains("本市各部门请遵照执行。") && page.body.contains("关于稳就业的通知"));
        house.run_jobs().await;
        assert_eq!(house.standing("wuhan-hubei", &order).await["standing"].as_str(), Some("proven"));
    }
);

on_both!(
    /// Nobody placed it: people are told at each stage, and shortly before the limit the platform places it.
    silence_ends_in_a_fallback, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于营商环境的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        house.later(13);
        house.run_jobs().await;
        let cookie = house.person("wuhan", "wuhan-hubei", Role::TenantAdmin, false).await;
        let desk = house.room(&cookie, "/console/").await.expect(200);
        assert!(desk.body.contains("转载时限已过半"), "a reminder at half time");
        assert_eq!(house.standing("wuhan-hubei", &order).await["standing"].as_str(), Some("issued"));
        house.later(10);
        house.run_jobs().await;
        let debt = house.standing("wuhan-hubei", &order).await;
        assert_eq!((debt["placed_by"].as_str(), debt["late"].as_bool()), (Some("fallback"), Some(false)));
        assert_eq!(debt["standing"].as_str(), Some("proven"));
        assert!(house.page("wuhan-hubei", "/gwyzc/").await.body.contains("关于营商环境的通知"));
    }
);

on_both!(
    /// At 24 h it is not overdue; one second later it is, and placing it then is late for ever.
    lateness_is_exact, house => {
        house.apply(vec![{
            let mut wuhan = crate::kit::entry("yichang-hubei", "宜昌市", "city", "hubei");
            wuhan.repost = Some(exchange::policy::PolicySpec { auto_accept: false, fallback: exchange::policy::FallbackScope::None, limit_hours: None });
            wuhan
        }]).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于安全生产的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.later(24);
        assert_eq!(house.standing("yichang-hubei", &order).await["overdue"].as_bool(), Some(false));
        house.clock.advance(base::Timestamp::SECOND);
        assert_eq!(house.standing("yichang-hubei", &order).await["overdue"].as_bool(), Some(true));
        assert_eq!(house.counts(&duty, &order).await["overdue"].as_i64(), Some(2));
        let editor = house.token("yichang-hubei", Role::Editor).await;
        house.post(&editor, &format!("/api/v1/obligations/{order}/place"), json!({ "column": "gwyzc" })).await.expect(200);
        house.run_jobs().await;
        let debt = house.standing("yichang-hubei", &order).await;
        assert_eq!((debt["standing"].as_str(), debt["late"].as_bool(), debt["overdue"].as_bool()), (Some("proven"), Some(true), Some(false)));
    }
);

on_both!(
    /// Each level may only tighten; the strictest on the way down applies, and a looser order is refused.
    deadlines_only_tighten, house => {
        let mut hubei = crate::kit::entry("hubei", "湖北省", "province", "www");
        hubei.repost = Some(exchange::policy::PolicySpec { limit_hours: Some(8), ..Default::default() });
        house.apply(vec![hubei]).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于数据开放的通知").await;
        let form = |hours: i64| json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": "www" }, "deadline_hours": hours });
        let refused = house.post(&duty, "/api/v1/orders", form(48)).await.expect(422).json();
        assert_eq!(refused["type"].as_str(), Some("urn:dibao:problem:looser"));
        assert!(!refused["who_can_lift"].as_str().unwrap_or_default().is_empty());
        let order = house.post(&duty, "/api/v1/orders", form(12)).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(house.standing("jiangan-wuhan-hubei", &order).await["limit_hours"].as_i64(), Some(8));
        assert_eq!(house.standing("guangzhou-guangdong", &order).await["limit_hours"].as_i64(), Some(12));
    }
);

on_both!(
    /// One open order per document: the same again reaches whoever joined, another one is refused.
    a_second_order_extends_or_is_refused, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于医保的通知").await;
        let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": "www" } });
        let order = house.post(&duty, "/api/v1/orders", form.clone()).await.expect(201).json();
        let other = json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": "hubei" } });
        assert_eq!(house.post(&duty, "/api/v1/orders", other).await.expect(409).json()["type"].as_str(), Some("urn:dibao:problem:open_already"));
        house.apply(vec![crate::kit::entry("shenzhen-guangdong", "深圳市", "city", "guangdong")]).await;
        house.later(1);
        let again = house.post(&duty, "/api/v1/orders", form.clone()).await.expect(200).json();
        assert_eq!(again["id"], order["id"]);
        assert_eq!(again["audience_count"].as_i64(), order["audience_count"].as_i64().map(|count| count + 1));
        let third = house.post(&duty, "/api/v1/orders", form).await.expect(200).json();
        assert_eq!(third["audience_count"], again["audience_count"]);
        assert!(house.page("shenzhen-guangdong", "/gwyzc/").await.body.contains("关于医保的通知"));
    }
);

on_both!(
    /// A correction is on every mirror at once and is proven anew; nobody keeps the old text.
    a_correction_reaches_every_mirror, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于养老托育的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        house.post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
        let form = json!({ "column": "gwyzc", "title": "关于养老托育的通知", "body_html": "<p>更正后的正文。</p>", "source": "国务院办公厅", "change_note": "更正日期", "version": 1 });
        house.write("PUT", &duty, &format!("/api/v1/documents/{}/draft", notice.document), form).await.expect(200);
        house.later(1);
        house.publish_draft(&duty, &notice.document).await;
        let page = house.page("guangzhou-guangdong", &notice.address).await.expect(200);
        assert!(page.body.contains("更正后的正文。") && !page.body.contains("第二段。"));
        assert_eq!(house.counts(&duty, &order).await["live_unverified"].as_i64(), Some(ACCEPTING));
        house.run_jobs().await;
        assert_eq!(house.counts(&duty, &order).await["verified_on_time"].as_i64(), Some(ACCEPTING));
    }
);

on_both!(
    /// The owner withdraws: 410 with the notice, everywhere, in one transaction.
    a_withdrawal_takes_every_mirror, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于节假日安排的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let form = json!({ "kind": "notice", "reason": "日期有误", "legal_basis": "" });
        let done = house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), form).await.expect(200).json();
        assert_eq!(done["mirrors"].as_i64(), Some(ACCEPTING));
        for slug in ["www", "hubei", "jiangan-wuhan-hubei"] {
            let gone = house.page(slug, &notice.address).await.expect(410);
            assert!(gone.body.contains("日期有误") && gone.body.contains("关于节假日安排的通知"), "{slug}");
            assert!(!house.page(slug, "/gwyzc/").await.body.contains("关于节假日安排的通知"), "{slug}");
            assert!(!house.page(slug, "/feed.atom").await.body.contains("关于节假日安排的通知"), "{slug}");
        }
        house.run_jobs().await;
        let counts = house.counts(&duty, &order).await;
        assert_eq!(counts["ended"].as_i64(), Some(ACCEPTING + 1));
    }
);

on_both!(
    /// A recall takes two people; then no copy is visible, and probes say so.
    a_recall_takes_two_people, house => {
        let first = house.token("www", Role::CentralDuty).await;
        let second = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&first, "gwyzc", "关于错误内容的通知").await;
        let order = house.order(&first, &notice.edition).await;
        house.run_jobs().await;
        let form = json!({ "edition_id": notice.edition, "kind": "recall" });
        house.post(&first, "/api/v1/orders", form).await.expect(422);
        let form = json!({ "edition_id": notice.edition, "kind": "recall", "reason": "内容有误" });
        let recall = house.post(&first, "/api/v1/orders", form).await.expect(201).json();
        assert_eq!(recall["state"].as_str(), Some("proposed"));
        let confirm = format!("/api/v1/orders/{}/confirm", recall["id"].as_str().expect("an id"));
        assert_eq!(house.post(&first, &confirm, json!({})).await.expect(403).json()["type"].as_str(), Some("urn:dibao:problem:same_person"));
        house.page("hubei", &notice.address).await.expect(200);
        house.post(&second, &confirm, json!({})).await.expect(200);
        for slug in ["www", "hubei", "guangzhou-guangdong"] {
            house.page(slug, &notice.address).await.expect(410);
        }
        house.run_jobs().await;
        let counts = house.counts(&first, recall["id"].as_str().expect("an id")).await;
        assert_eq!(counts["verified_on_time"].as_i64(), Some(ACCEPTING));
        assert_eq!(house.get(&first, &format!("/api/v1/orders/{order}")).await.json()["state"].as_str(), Some("superseded"));
        house.post(&second, &confirm, json!({})).await.expect(409);
    }
);

on_both!(
    /// Silence does not exempt; the issuer's word does, and it is asked for and given on the record.
    an_exemption_is_asked_and_given, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于沿海防台风的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let admin = house.token("wuhan-hubei", Role::TenantAdmin).await;
        let ask = format!("/api/v1/obligations/{order}/exemption");
        house.post(&admin, &ask, json!({ "reason": " " })).await.expect(422);
        house.post(&admin, &ask, json!({ "reason": "内陆城市不涉及" })).await.expect(200);
        assert_eq!(house.counts(&duty, &order).await["exempt"].as_i64(), Some(0));
        let decide = format!("/api/v1/orders/{order}/exemptions/wuhan-hubei");
        house.post(&admin, &decide, json!({ "granted": true, "answer": "自己批准自己" })).await.expect(403);
        house.post(&duty, &decide, json!({ "granted": true, "answer": "同意" })).await.expect(200);
        assert_eq!(house.counts(&duty, &order).await["exempt"].as_i64(), Some(1));
        house.post(&duty, &decide, json!({ "granted": false, "answer": "反悔" })).await.expect(409);
    }
);

on_both!(
    /// A province orders below itself only; a tenant that joins an open order's audience owes it too.
    provinces_order_and_late_joiners_owe, house => {
        let hubei = house.token("hubei", Role::Operator).await;
        let author = house.token("hubei", Role::TenantAdmin).await;
        let notice = house.publish(&author, "zcwj", "湖北省关于长江保护的通知").await;
        let form = |subtree: &str| json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": subtree } });
        house.post(&hubei, "/api/v1/orders", form("guangdong")).await.expect(422);
        let order = house.post(&hubei, "/api/v1/orders", form("hubei")).await.expect(201).json();
        assert_eq!(order["audience_count"].as_i64(), Some(4));
        let id = order["id"].as_str().expect("an id");
        assert!(!house.page("guangzhou-guangdong", "/gwyzc/").await.body.contains("长江保护"));
        house.run_jobs().await;
        house.apply(vec![crate::kit::entry("xiling-yichang-hubei", "西陵区", "county", "yichang-hubei")]).await;
        house.later(1);
        house.run_jobs().await;
        house.run_jobs().await;
        assert_eq!(house.standing("xiling-yichang-hubei", id).await["standing"].as_str(), Some("proven"));
        let own = house.token("jiangan-wuhan-hubei", Role::TenantAdmin).await;
        house.post(&own, "/api/v1/orders", form("jiangan-wuhan-hubei")).await.expect(403);
    }
);

on_both!(
    /// A page that does not show the repost is looked at again, and after the last look it counts as failed.
    a_page_that_does_not_show_it_fails, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于公共卫生的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let mut yichang = crate::kit::entry("yichang-hubei", "宜昌市", "city", "hubei");
        yichang.state = Some(base::tenancy::TenantState::Suspended);
        yichang.state_reason = Some("机房迁移".to_owned());
        house.apply(vec![yichang.clone()]).await;
        house.page("yichang-hubei", &notice.address).await.expect(503);
        for _ in 0..8 {
            house.run_jobs().await;
            house.later(1);
        }
        let debt = house.standing("yichang-hubei", &order).await;
        assert_eq!(debt["standing"].as_str(), Some("failed"));
        assert_eq!(house.counts(&duty, &order).await["failed"].as_i64(), Some(1));
    }
);

on_both!(
    /// What cannot be ordered is refused by name, and nothing is half done.
    bad_orders_leave_nothing_behind, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let draft = house.post(&duty, "/api/v1/documents", json!({ "column": "gwyzc", "title": "草稿", "body_html": "<p>x</p>" })).await.expect(201).json();
        let edition = draft["edition_id"].as_str().expect("an id").to_owned();
        let order = |body: serde_json::Value| { let house = &house; let duty = &duty; async move { house.post(duty, "/api/v1/orders", body).await } };
        order(json!({ "edition_id": edition, "kind": "mandatory" })).await.expect(422);
        house.publish_draft(&duty, draft["id"].as_str().expect("an id")).await;
        for audience in [
            json!({ "subtree": "nowhere" }),
            json!({ "levels": ["galaxy"] }),
            json!({ "include": ["nobody"] }),
            json!({ "subtree": "www", "levels": ["department"] }),
        ] {
            order(json!({ "edition_id": edition, "kind": "mandatory", "audience": audience })).await.expect(422);
        }
        order(json!({ "edition_id": edition, "kind": "mandatory", "deadline_hours": 0 })).await.expect(422);
        order(json!({ "edition_id": edition, "kind": "polite" })).await.expect(422);
        assert_eq!(house.get(&duty, "/api/v1/orders").await.json()["items"].as_array().map(Vec::len), Some(0));
    }
);
