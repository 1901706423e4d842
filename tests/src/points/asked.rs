//! Points of what was asked for: commissions that were delivered, late, missed, excused, opened again or taken back, and quotas.
//! Told once, however often somebody looks, and the sum over the chain before and after a recomputation.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::{CITY, COUNTY, OTHER, earned, events};
use crate::commissions::{commission, id};
use crate::kit::{House, on_both};

const PROVINCE: &str = "hubei";

/// The scorer's own table: no shipped one has numbers for commissions on record.
async fn choose(house: &House, token: &str, void: u32) {
    let row = |occasion: &str, points: i64| json!({ "occasion": occasion, "points": points, "mode": "cumulative" });
    let rows = json!([
        row("commission_delivered", 10),
        row("commission_late", 4),
        row("commission_missed", -6),
        row("quota_met", 3),
        row("quota_missed", -2),
    ]);
    let form = json!({ "name": "约稿计分", "effective_from": "2026-01-01", "rows": rows, "void_after_missed": void, "reason": "年度计分" });
    house.post(token, "/api/v1/points/rules", form).await.expect(201);
}

async fn answer(house: &House, token: &str, one: &Value, title: &str) -> (String, String) {
    let document = house.publish(token, "yaowen", title).await.document;
    (again(house, token, one, &document).await, document)
}

async fn again(house: &House, token: &str, one: &Value, document: &str) -> String {
    let path = format!("/api/v1/calls/{}/answers", id(one));
    let sent = house.post(token, &path, json!({ "document_id": document })).await.expect(201).json();
    id(&sent).to_owned()
}

async fn excuse(house: &House, token: &str, one: &Value, slug: &str) {
    let path = format!("/api/v1/commissions/{}/calls/{slug}/excuse", id(one));
    house.post(token, &path, json!({ "granted": true, "answer": "机构撤并，同意" })).await.expect(204);
}

/// A portal's points, which are the sum over its events and the same when they are made again. Whoever looks twice tells
/// nothing twice.
async fn held(house: &House, token: &str, scorer: &str) -> f64 {
    let points = earned(house, token).await;
    let told = events(house, token, "own").await;
    let sum: f64 = told.iter().filter_map(|event| event["points"].as_f64()).sum();
    assert_eq!(sum, points, "the sum over the chain");
    let tx = house.app.store.tenant(house.site(scorer).tenant).await.expect("a transaction");
    exchange::merit::recompute(&tx, 2026, None).await.expect("made again");
    tx.commit().await.expect("committed");
    house.clock.advance(base::Timestamp::MINUTE);
    assert_eq!(earned(house, token).await, points, "made again it is the same");
    assert_eq!(events(house, token, "own").await.len(), told.len(), "looked at again, nothing is told twice");
    points
}

on_both!(
    /// Delivered in time, missed, late after the miss, excused after the miss: one coming out counts at a time.
    commissions_bring_and_cost_points, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let (county, other) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(OTHER, Role::TenantAdmin).await);
        choose(house, &city, 0).await;
        let due = house.now().plus_hours(10).rfc3339();
        let one = commission(house, &city, json!({ "due_at": due })).await;
        answer(house, &county, &one, "江岸区做法").await;
        assert_eq!(held(house, &county, CITY).await, 10.0, "delivered");
        assert_eq!(held(house, &other, CITY).await, 0.0, "not yet missed");
        house.later(11);
        assert_eq!(held(house, &other, CITY).await, -6.0, "missed");
        answer(house, &other, &one, "武昌区迟到的做法").await;
        assert_eq!(held(house, &other, CITY).await, 4.0, "a late answer takes the place of the miss");
        let due = house.now().plus_hours(10).rfc3339();
        let second = commission(house, &city, json!({ "topic": "第二次约稿", "due_at": due, "mandatory": true })).await;
        house.later(11);
        assert_eq!((held(house, &county, CITY).await, held(house, &other, CITY).await), (4.0, -2.0));
        excuse(house, &city, &second, OTHER).await;
        assert_eq!((held(house, &county, CITY).await, held(house, &other, CITY).await), (4.0, 4.0), "the minus is gone");
        let told = events(house, &county, "own").await;
        let missed = told.iter().find(|event| event["occasion"] == "commission_missed").expect("told");
        assert_eq!(missed["title"].as_str(), Some("第二次约稿"));
        // Taken back as a whole: nobody owed anything.
        let path = format!("/api/v1/commissions/{}/cancel", id(&second));
        house.post(&city, &path, json!({ "reason": "选题已变" })).await.expect(200);
        assert_eq!((held(house, &county, CITY).await, held(house, &other, CITY).await), (10.0, 4.0));
        // The end of the first changes nothing of what came out.
        house.post(&city, &format!("/api/v1/commissions/{}/close", id(&one)), json!({})).await.expect(200);
        assert_eq!((held(house, &county, CITY).await, held(house, &other, CITY).await), (10.0, 4.0));
    }
);

on_both!(
    /// An answer that is returned or recalled opens the call again and takes the points with it; a new one brings them back,
    /// also when all of it happens at one instant.
    a_reopened_call_gives_its_points_back, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        choose(house, &city, 0).await;
        let one = commission(house, &city, json!({ "audience": { "include": [COUNTY] } })).await;
        let (sent, document) = answer(house, &county, &one, "江岸区做法").await;
        assert_eq!(earned(house, &county).await, 10.0);
        house.post(&city, &format!("/api/v1/submissions/{sent}/return"), json!({ "reason": "请补充数据" })).await.expect(200);
        assert_eq!(earned(house, &county).await, 0.0, "returned");
        let sent = again(house, &county, &one, &document).await;
        assert_eq!(earned(house, &county).await, 10.0, "answered again in the same instant");
        assert_eq!(held(house, &county, CITY).await, 10.0);
        house.post(&county, &format!("/api/v1/submissions/{sent}/recall"), json!({})).await.expect(200);
        assert_eq!(held(house, &county, CITY).await, 0.0, "recalled");
        let sent = again(house, &county, &one, &document).await;
        // Returned and answered before anybody looked: nothing was ever taken.
        house.run_jobs().await;
        let before = events(house, &county, "own").await.len();
        house.post(&city, &format!("/api/v1/submissions/{sent}/return"), json!({ "reason": "再补充" })).await.expect(200);
        again(house, &county, &one, &document).await;
        assert_eq!(held(house, &county, CITY).await, 10.0);
        let told = events(house, &county, "own").await;
        let of = |occasion: &str| told.iter().filter(|event| event["occasion"] == occasion).count();
        assert_eq!(of("commission_delivered"), 3, "three rounds were told of five");
        assert!(told.len() > before, "the submission itself was told");
    }
);

on_both!(
    /// 约稿 missed twice voids the year; an excuse gives it back. Called from the centre, a county is still scored by its city.
    two_misses_void_a_year_until_one_is_excused, house => {
        let (city, province) = (house.token(CITY, Role::TenantAdmin).await, house.token(PROVINCE, Role::TenantAdmin).await);
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        choose(house, &city, 2).await;
        let first = commission(house, &city, json!({ "audience": { "include": [COUNTY] } })).await;
        answer(house, &county, &first, "江岸区做法").await;
        let mut missed = Vec::new();
        for asks in [&city, &province] {
            let due = house.now().plus_hours(10).rfc3339();
            missed.push(commission(house, asks, json!({ "due_at": due, "audience": { "include": [COUNTY] } })).await);
        }
        assert_eq!(held(house, &county, CITY).await, 10.0);
        house.later(11);
        assert_eq!(held(house, &county, CITY).await, 0.0, "the whole year");
        let told = events(house, &county, "own").await;
        let from: Vec<_> = told.iter().filter(|event| event["occasion"] == "commission_missed").collect();
        assert_eq!(from.len(), 2, "one from the city, one from the province, both at the city");
        excuse(house, &province, &missed[1], COUNTY).await;
        assert_eq!(held(house, &county, CITY).await, 4.0, "ten, and one miss");
        let totals = house.get(&province, "/api/v1/points/totals?box=scored&year=2026").await.expect(200).json();
        assert_eq!(totals["items"].as_array().map(Vec::len), Some(0), "the province scores its cities only");
    }
);

on_both!(
    /// A quota that was met brings, one that was missed costs, once per period.
    quotas_bring_and_cost_points, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let (county, other) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(OTHER, Role::TenantAdmin).await);
        choose(house, &city, 0).await;
        let form = json!({ "name": "每周信息", "period": "week", "length": "any", "minimum": 1, "source": "本市办法" });
        house.post(&city, "/api/v1/quotas", form).await.expect(201);
        house.run_jobs().await;
        let written = house.publish(&county, "yaowen", "江岸区一条").await;
        house.post(&county, "/api/v1/submissions", json!({ "document_id": written.document })).await.expect(201);
        assert_eq!((held(house, &county, CITY).await, held(house, &other, CITY).await), (0.0, 0.0), "the week runs");
        // The week ends, and is judged three working days later.
        house.later(24 * 11);
        assert_eq!((held(house, &county, CITY).await, held(house, &other, CITY).await), (3.0, -2.0));
        let told = events(house, &county, "own").await;
        assert!(told.iter().any(|event| event["title"] == "每周信息 2026-03-02"), "{told:?}");
        house.later(24 * 7);
        assert_eq!((held(house, &county, CITY).await, held(house, &other, CITY).await), (1.0, -4.0), "the next week as well");
    }
);
