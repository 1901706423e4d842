//! What the time keeper does for an open order until it closes: joiners, reminders and digests, fallback, further looks, the end.

use base::duty::Role;
use base::store::Engine;
use base::tenancy::TenantState;
use exchange::notice::{self, Digest};
use exchange::onboarding::Entry;
use exchange::policy::{FallbackScope, PolicySpec};
use serde_json::json;

use crate::kit::{House, Published, entry, on_both};

fn policy(slug: &str, name: &str, level: &str, parent: &str, repost: PolicySpec) -> Entry {
    Entry { repost: Some(repost), ..entry(slug, name, level, parent) }
}

fn by_hand(fallback: FallbackScope, limit_hours: Option<i32>) -> PolicySpec {
    PolicySpec { auto_accept: false, fallback, limit_hours }
}

async fn digests(house: &House, slug: &str) -> Vec<Digest> {
    let tx = house.app.store.reading(house.site(slug).tenant).await.expect("a transaction");
    notice::digests(&tx, 100).await.expect("read")
}

async fn revise(house: &House, token: &str, notice: &Published, source: &str) -> Published {
    house.post(token, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
    let form = json!({ "column": "gwyzc", "title": "更正的通知", "body_html": "<p>更正后的正文。</p>", "source": source, "version": 1 });
    house.write("PUT", token, &format!("/api/v1/documents/{}/draft", notice.document), form).await.expect(200);
    house.publish_draft(token, &notice.document).await
}

async fn state(house: &House, token: &str, order: &str) -> String {
    let order = house.get(token, &format!("/api/v1/orders/{order}")).await.expect(200).json();
    order["state"].as_str().expect("a state").to_owned()
}

on_both!(
    /// A portal that was away long enough to fail is looked at when it is back, and its obligation turns green.
    an_outage_that_ends_turns_green, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于公共卫生的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        let mut yichang = entry("yichang-hubei", "宜昌市", "city", "hubei");
        yichang.state = Some(TenantState::Suspended);
        yichang.state_reason = Some("机房迁移".to_owned());
        house.apply(vec![yichang.clone()]).await;
        for _ in 0..10 {
            house.run_jobs().await;
            house.later(1);
        }
        assert_eq!(house.standing("yichang-hubei", &order).await["standing"].as_str(), Some("failed"));
        yichang.state = Some(TenantState::Live);
        house.apply(vec![yichang]).await;
        house.run_jobs().await;
        assert_eq!(house.standing("yichang-hubei", &order).await["standing"].as_str(), Some("proven"));
    }
);

on_both!(
    /// Nothing is owed and the days are over: the order closes and its time is no longer kept. A correction asks for new proof,
    /// so it opens again.
    an_order_closes_and_a_correction_opens_it, house => {
        house.apply(vec![policy("wuhan-hubei", "武汉市", "city", "hubei", PolicySpec::default())]).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于春耕的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        house.later(29 * 24);
        house.run_jobs().await;
        assert_eq!(state(house, &duty, &order).await, "open");
        house.later(24);
        house.run_jobs().await;
        assert_eq!(state(house, &duty, &order).await, "closed");
        assert_eq!(house.app.store.job_counts(house.now()).await.expect("counted").waiting, 0);
        revise(house, &duty, &notice, "国务院办公厅").await;
        assert_eq!(state(house, &duty, &order).await, "open");
        assert_eq!(house.counts(&duty, &order).await["live_unverified"].as_i64(), Some(7));
        house.run_jobs().await;
        assert_eq!(house.counts(&duty, &order).await["verified_on_time"].as_i64(), Some(7));
        house.later(1);
        house.run_jobs().await;
        assert_eq!(state(house, &duty, &order).await, "closed");
    }
);

on_both!(
    /// What still is owed keeps its order open, however long that takes.
    a_debt_keeps_its_order_open, house => {
        let repost = by_hand(FallbackScope::None, None);
        house.apply(vec![policy("wuhan-hubei", "武汉市", "city", "hubei", repost)]).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于夏收的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        house.later(90 * 24);
        house.run_jobs().await;
        assert_eq!(state(house, &duty, &order).await, "open");
        assert_eq!(house.counts(&duty, &order).await["overdue"].as_i64(), Some(1));
    }
);

on_both!(
    /// Who joins wakes the open orders above it, recommended ones too: nobody waits for the next look.
    who_joins_is_seen_at_once, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let first = house.publish(&duty, "gwyzc", "关于秋粮的通知").await;
        let second = house.publish(&duty, "gwyzc", "关于冬训的通知").await;
        let mandatory = house.order(&duty, &first.edition).await;
        let form = json!({ "edition_id": second.edition, "kind": "recommended", "audience": { "subtree": "www" } });
        let recommended = house.post(&duty, "/api/v1/orders", form).await.expect(201).json();
        house.run_jobs().await;
        house.clock.advance(base::Timestamp::SECOND);
        assert_eq!(house.run_jobs().await, 0, "nothing is due");
        house.apply(vec![entry("shenzhen-guangdong", "深圳市", "city", "guangdong")]).await;
        house.run_jobs().await;
        assert_eq!(house.standing("shenzhen-guangdong", &mandatory).await["standing"].as_str(), Some("proven"));
        let id = recommended["id"].as_str().expect("an id");
        assert_eq!(house.standing("shenzhen-guangdong", id).await["standing"].as_str(), Some("issued"));
    }
);

on_both!(
    /// The platform places what nobody placed for the centre's orders; for a province's own only where the policy says so.
    a_province_falls_back_only_where_it_may, house => {
        house.apply(vec![
            policy("wuhan-hubei", "武汉市", "city", "hubei", by_hand(FallbackScope::Central, None)),
            policy("yichang-hubei", "宜昌市", "city", "hubei", by_hand(FallbackScope::All, None)),
        ]).await;
        let author = house.token("hubei", Role::TenantAdmin).await;
        let operator = house.token("hubei", Role::Operator).await;
        let notice = house.publish(&author, "zcwj", "湖北省关于长江保护的通知").await;
        let form = json!({ "edition_id": notice.edition, "kind": "mandatory" });
        let preview = house.post(&operator, "/api/v1/orders/preview", form.clone()).await.expect(200).json();
        assert_eq!(preview["without_fallback"].as_i64(), Some(3), "all below Hubei but Yichang");
        let order = house.post(&operator, "/api/v1/orders", form).await.expect(201).json();
        let order = order["id"].as_str().expect("an id");
        house.run_jobs().await;
        house.later(23);
        house.run_jobs().await;
        assert_eq!(house.standing("yichang-hubei", order).await["placed_by"].as_str(), Some("fallback"));
        assert_eq!(house.standing("wuhan-hubei", order).await["standing"].as_str(), Some("issued"));
        house.later(2);
        house.run_jobs().await;
        assert_eq!(house.standing("wuhan-hubei", order).await["overdue"].as_bool(), Some(true));
    }
);

on_both!(
    /// Two orders, one digest for those who owe them; and a superior is told of those who run late later as well.
    reminders_come_as_digests, house => {
        house.apply(vec![
            policy("jiangan-wuhan-hubei", "江岸区", "county", "wuhan-hubei", by_hand(FallbackScope::None, Some(8))),
            policy("wuchang-wuhan-hubei", "武昌区", "county", "wuhan-hubei", by_hand(FallbackScope::None, None)),
        ]).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let mut orders = Vec::new();
        for title in ["关于防汛的通知", "关于防火的通知"] {
            let notice = house.publish(&duty, "gwyzc", title).await;
            orders.push(house.order(&duty, &notice.edition).await);
        }
        for _ in 0..5 {
            house.run_jobs().await;
            house.later(1);
        }
        house.run_jobs().await;
        let told = digests(house, "jiangan-wuhan-hubei").await;
        assert_eq!(told.len(), 1, "{told:?}");
        let mut listed: Vec<String> = told[0].notices.iter().filter_map(|notice| notice.order).map(|id| id.to_string()).collect();
        listed.sort();
        orders.sort();
        assert_eq!((told[0].audience.as_str(), listed), ("editor", orders));
        for _ in 0..21 {
            house.later(1);
            house.run_jobs().await;
        }
        let superior = digests(house, "wuhan-hubei").await;
        let late: Vec<&Digest> = superior.iter().filter(|digest| digest.audience == "parent_duty").collect();
        assert_eq!(late.iter().map(|digest| digest.notices.len()).collect::<Vec<_>>(), [2, 2], "{late:?}");
        assert!(late.iter().all(|digest| digest.notices.iter().all(|notice| notice.tenants == 1)), "{late:?}");
    }
);

on_both!(
    /// An old notice stands on a later page of a busy column: the probe looks there.
    an_old_notice_is_found_on_its_page, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let old = house.publish(&duty, "gwyzc", "关于旧事的通知").await;
        let county = house.token("jiangan-wuhan-hubei", Role::TenantAdmin).await;
        for number in 0..21 {
            house.clock.advance(base::Timestamp::MINUTE);
            house.publish(&county, "gwyzc", &format!("江岸区第{number}条消息")).await;
        }
        let order = house.order(&duty, &old.edition).await;
        assert!(!house.page("jiangan-wuhan-hubei", "/gwyzc/").await.body.contains("关于旧事的通知"));
        house.run_jobs().await;
        assert_eq!(house.standing("jiangan-wuhan-hubei", &order).await["standing"].as_str(), Some("proven"));
        let tx = house.app.store.reading(house.site("jiangan-wuhan-hubei").tenant).await.expect("a transaction");
        let order = exchange::OrderId(uuid::Uuid::try_parse(&order).expect("an id"));
        let seen = exchange::obligation::sightings(&tx, order, 1).await.expect("read");
        assert_eq!(seen[0].saw["position"].as_str(), Some("gwyzc#22"));
    }
);

on_both!(
    /// The clock runs from the first publication: a correction does not give the hours anew.
    the_clock_runs_from_the_first_publication, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于时限的通知").await;
        let published = house.now();
        house.later(10);
        let corrected = revise(house, &duty, &notice, "新华社").await;
        let form = json!({ "edition_id": corrected.edition, "kind": "mandatory" });
        let order = house.post(&duty, "/api/v1/orders", form).await.expect(201).json();
        assert_eq!(order["due_at"].as_str(), Some(published.plus_hours(24).rfc3339().as_str()));
        house.run_jobs().await;
        house.later(3);
        house.run_jobs().await;
        assert_eq!(digests(house, "wuhan-hubei").await.len(), 1, "half of the time is over after 12 hours, not after 17");
    }
);

on_both!(
    /// A mirror that stood already takes everything from the edition under which it is live again.
    a_standing_mirror_takes_everything_over, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let editor = house.token("wuhan-hubei", Role::Editor).await;
        let notice = house.publish(&duty, "gwyzc", "关于来源的通知").await;
        let place = |order: String| {
            let (house, editor) = (&house, &editor);
            async move {
                let path = format!("/api/v1/obligations/{order}/place");
                house.post(editor, &path, json!({ "column": "gwyzc" })).await.expect(200);
            }
        };
        place(house.order(&duty, &notice.edition).await).await;
        let form = json!({ "kind": "notice", "reason": "来源有误" });
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), form).await.expect(200);
        let again = revise(house, &duty, &notice, "新华社").await;
        place(house.order(&duty, &again.edition).await).await;
        for slug in ["hubei", "wuhan-hubei"] {
            let feed = house.page(slug, "/gwyzc/feed.atom").await.expect(200).body;
            assert!(feed.contains("新华社") && feed.contains("更正后的正文"), "{slug}: {feed}");
            assert!(!feed.contains("第二段"), "{slug}: {feed}");
        }
    }
);

on_both!(
    /// Of two orders at once one is written, and the other refusal names that one.
    two_orders_at_once, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于竞争的通知").await;
        let form = |subtree: &str| json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": subtree } });
        let (one, other) = tokio::join!(
            house.post(&duty, "/api/v1/orders", form("www")),
            house.post(&duty, "/api/v1/orders", form("hubei")),
        );
        let (written, refused) = if one.status == 201 { (one, other) } else { (other, one) };
        let id = written.expect(201).json()["id"].as_str().expect("an id").to_owned();
        let refused = refused.expect(409).json();
        assert!(refused["how"].as_str().expect("a way out").contains(&id), "{refused}");
    }
);

on_both!(
    /// Where a tighter limit would be over when the order is issued, the clock starts with the order.
    nobody_is_late_at_birth, house => {
        house.apply(vec![policy("hubei", "湖北省", "province", "www", by_hand(FallbackScope::None, Some(8)))]).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于迟发转载令的通知").await;
        house.later(9);
        let order = house.order(&duty, &notice.edition).await;
        assert_eq!(house.counts(&duty, &order).await["overdue"].as_i64(), Some(0));
        let due = house.now().plus_hours(8).rfc3339();
        assert_eq!(house.standing("hubei", &order).await["due_at"].as_str(), Some(due.as_str()));
        let later = house.now().plus_hours(15).rfc3339();
        assert_eq!(house.standing("guangdong", &order).await["due_at"].as_str(), Some(later.as_str()));
    }
);

on_both!(
    /// A recommendation that nobody takes up reminds nobody and does not keep its order open for ever.
    a_recommendation_ends_unheeded, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于推荐转载的通知").await;
        let form = json!({ "edition_id": notice.edition, "kind": "recommended", "audience": { "subtree": "www" } });
        let order = house.post(&duty, "/api/v1/orders", form).await.expect(201).json();
        let id = order["id"].as_str().expect("an id");
        house.run_jobs().await;
        house.later(24 * 31);
        house.run_jobs().await;
        assert_eq!(state(house, &duty, id).await, "closed");
        assert!(digests(house, "hubei").await.is_empty());
    }
);
