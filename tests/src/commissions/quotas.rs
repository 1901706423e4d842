//! Quotas: a month with misses by the clock, short and long items, versions, and what a portal sees of its own.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::{CITY, COUNTY, id, told};
use crate::kit::{House, on_both};

const OTHER: &str = "wuchang-wuhan-hubei";

fn form(more: Value) -> Value {
    let mut form = json!({ "name": "每月短信息", "period": "month", "length": "short", "minimum": 2, "source": "常政办发〔2014〕97号" });
    for (key, value) in more.as_object().expect("fields") {
        form[key] = value.clone();
    }
    form
}

async fn submit(house: &House, token: &str, title: &str, body: &str) -> Value {
    let draft =
        json!({ "column": "yaowen", "title": title, "body_html": format!("<p>{body}</p>"), "source": "区政府" });
    let draft = house.post(token, "/api/v1/documents", draft).await.expect(201).json();
    house.publish_draft(token, id(&draft)).await;
    let mut sent =
        house.post(token, "/api/v1/submissions", json!({ "document_id": id(&draft) })).await.expect(201).json();
    sent["document"] = draft["id"].clone();
    sent
}

async fn progress(house: &House, token: &str, quota: &Value, begins: &str) -> Vec<(String, i64, String)> {
    let path = format!("/api/v1/quotas/{}/progress?begins={begins}", id(quota));
    let lines = house.get(token, &path).await.expect(200).json();
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let items = lines["items"].as_array().expect("lines").clone();
    items
        .iter()
        .map(|line| (text(line, "slug"), line["counted"].as_i64().unwrap_or(-1), text(line, "verdict")))
        .collect()
}

on_both!(
    /// A month passes: one portal meets it, one misses it, each recorded once, three working days after the month.
    a_month_with_a_miss, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let (county, other) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(OTHER, Role::TenantAdmin).await);
        let quota = house.post(&city, "/api/v1/quotas", form(json!({}))).await.expect(201).json();
        let long = form(json!({ "name": "季度长信息", "period": "quarter", "length": "long", "minimum": 1 }));
        let long = house.post(&city, "/api/v1/quotas", long).await.expect(201).json();
        assert_eq!((quota["version"].as_i64(), quota["effective_from"].as_str()), (Some(1), Some("2026-03-01")));
        house.run_jobs().await;
        let first = submit(house, &county, "江岸短讯一", "短").await;
        submit(house, &county, "江岸短讯二", "短").await;
        submit(house, &county, "江岸调研", &"长".repeat(900)).await;
        submit(house, &other, "武昌短讯", "短").await;
        // Returned and sent again is one item; taken back is none.
        house.post(&city, &format!("/api/v1/submissions/{}/return", id(&first)), json!({ "reason": "补充" })).await.expect(200);
        house.post(&county, "/api/v1/submissions", json!({ "document_id": first["document"] })).await.expect(201);
        let gone = submit(house, &other, "武昌撤回", "短").await;
        house.post(&other, &format!("/api/v1/submissions/{}/recall", id(&gone)), json!({})).await.expect(200);
        let lines = progress(house, &city, &quota, "2026-03-01").await;
        assert_eq!(lines, [(COUNTY.to_owned(), 2, String::new()), (OTHER.to_owned(), 1, String::new())]);
        let quarter = progress(house, &city, &long, "2026-01-01").await;
        assert_eq!(quarter.iter().map(|line| line.1).collect::<Vec<_>>(), [1, 0], "one long item, in the quarter that runs");
        let own = house.get(&county, "/api/v1/quotas/own").await.expect(200).json();
        let mine = own["items"].as_array().expect("rows").iter().find(|row| row["name"] == "每月短信息").expect("mine").clone();
        assert_eq!((mine["counted"].as_i64(), mine["minimum"].as_i64(), mine["from"].as_str()), (Some(2), Some(2), Some(CITY)));
        // The month is over at 24:00 of 31 March and judged three working days later: 清明 (4 to 6 April) is off.
        house.clock.advance(base::Timestamp::parse("2026-04-03 12:00").expect("a time").micros() - house.now().micros());
        house.run_jobs().await;
        assert_eq!(told(house, CITY, "quota.missed").await.len(), 0, "not yet");
        house.clock.advance(base::Timestamp::parse("2026-04-08 00:00").expect("a time").micros() - house.now().micros());
        house.run_jobs().await;
        house.run_jobs().await;
        let missed = told(house, CITY, "quota.missed").await;
        let of = |slug: &str| json!([house.site(slug).tenant.to_string()]);
        let month: Vec<_> = missed.iter().filter(|event| event["quota"] == quota["id"]).collect();
        assert_eq!((month.len(), &month[0]["tenants"]), (1, &of(OTHER)));
        let met = told(house, CITY, "quota.met").await;
        let month: Vec<_> = met.iter().filter(|event| event["quota"] == quota["id"]).collect();
        assert_eq!((month.len(), &month[0]["tenants"], &month[0]["begins"]), (1, &of(COUNTY), &json!("2026-03-01")));
        let lines = progress(house, &city, &quota, "2026-03-01").await;
        assert_eq!(lines.iter().map(|line| line.2.as_str()).collect::<Vec<_>>(), ["met", "missed"]);
        assert_eq!(progress(house, &city, &quota, "2026-04-01").await.len(), 2, "April has begun");
        let tx = house.app.store.reading(house.site(OTHER).tenant).await.expect("a transaction");
        assert!(exchange::notice::unread(&tx, 50).await.expect("read").iter().any(|notice| notice.kind == "quota.missed"));
    }
);

on_both!(
    /// A new version takes effect with a later period; a period keeps the version that it began under; 0 lifts it.
    versions, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let quota = house.post(&city, "/api/v1/quotas", form(json!({ "period": "week" }))).await.expect(201).json();
        house.run_jobs().await;
        let early = form(json!({ "id": id(&quota), "minimum": 5, "effective_from": "2026-03-02" }));
        let early = house.post(&city, "/api/v1/quotas", early).await.expect(422).json();
        assert!(early["type"].as_str().is_some_and(|kind| kind.ends_with("quota_too_early")), "{early}");
        let next = form(json!({ "id": id(&quota), "minimum": 5 }));
        let next = house.post(&city, "/api/v1/quotas", next).await.expect(201).json();
        assert_eq!((next["version"].as_i64(), next["effective_from"].as_str(), next["period"].as_str()), (Some(2), Some("2026-03-09"), Some("week")));
        let lifted = form(json!({ "id": id(&quota), "minimum": 0, "effective_from": "2026-03-16" }));
        house.post(&city, "/api/v1/quotas", lifted).await.expect(201);
        // Slept through: three weeks pass before anybody looks, and each is judged by what it was under.
        house.later(24 * 24);
        house.run_jobs().await;
        let path = |begins: &str| format!("/api/v1/quotas/{}/progress?begins={begins}", id(&quota));
        for (begins, minimum) in [("2026-03-02", Some(2)), ("2026-03-09", Some(5)), ("2026-03-16", None)] {
            let lines = house.get(&city, &path(begins)).await.expect(200).json();
            assert_eq!(lines["items"][0]["minimum"].as_i64(), minimum, "{begins}");
        }
        assert_eq!(told(house, CITY, "quota.missed").await.len(), 2);
        let list = house.get(&city, "/api/v1/quotas").await.expect(200).json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(3));
        for wrong in [json!({ "name": "" }), json!({ "source": " " }), json!({ "minimum": -1 }), json!({ "period": "year" }), json!({ "length": "x" }),
            json!({ "counting": "x" }), json!({ "effective_from": "2026-02-30" }), json!({ "effective_from": "2026-01-01" }), json!({ "audience": { "levels": ["province"] } })] {
            house.post(&city, "/api/v1/quotas", form(wrong.clone())).await.expect(422);
        }
        let unknown = form(json!({ "id": "00000000-0000-7000-8000-000000000000" }));
        house.post(&city, "/api/v1/quotas", unknown).await.expect(404);
        let stranger = house.token("guangdong", Role::Operator).await;
        house.get(&stranger, &path("2026-03-02")).await.expect(404);
        let editor = house.token(COUNTY, Role::Editor).await;
        house.post(&editor, "/api/v1/quotas", form(json!({}))).await.expect(403);
    }
);

on_both!(
    /// Only what the superior adopted counts, when the quota says so.
    adopted_items, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let quota = form(json!({ "name": "采用", "length": "any", "counting": "adopted", "minimum": 1, "audience": { "include": [COUNTY] } }));
        let quota = house.post(&city, "/api/v1/quotas", quota).await.expect(201).json();
        house.run_jobs().await;
        let sent = submit(house, &county, "江岸要闻", "正文").await;
        assert_eq!(progress(house, &city, &quota, "2026-03-01").await, [(COUNTY.to_owned(), 0, String::new())]);
        house.post(&city, &format!("/api/v1/submissions/{}/adopt", id(&sent)), json!({ "column": "yaowen" })).await.expect(201);
        assert_eq!(progress(house, &city, &quota, "2026-03-01").await[0].1, 1);
    }
);
