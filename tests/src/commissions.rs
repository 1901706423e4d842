//! Commissions: called for, answered, missed, declined, excused, cancelled; and portals that join while one is open.

mod forms;
mod quotas;

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{Answer, House, on_both};

pub const COUNTY: &str = "jiangan-wuhan-hubei";
pub const CITY: &str = "wuhan-hubei";

/// A commission of the token's tenant, open.
pub async fn commission(house: &House, token: &str, more: Value) -> Value {
    let mut form = json!({ "topic": "优化营商环境", "requirements": "<p>写<b>做法</b>与成效。</p><script>x</script>", "open": true });
    for (key, value) in more.as_object().expect("fields") {
        form[key] = value.clone();
    }
    house.post(token, "/api/v1/commissions", form).await.expect(201).json()
}

pub fn id(one: &Value) -> &str {
    one["id"].as_str().expect("an id")
}

async fn act(house: &House, token: &str, one: &Value, verb: &str, body: Value) -> Answer {
    house.post(token, &format!("/api/v1/calls/{}/{verb}", id(one)), body).await
}

async fn call(house: &House, token: &str, one: &Value) -> Value {
    house.get(token, &format!("/api/v1/calls/{}", id(one))).await.expect(200).json()
}

async fn answer(house: &House, token: &str, one: &Value, title: &str) -> Value {
    let written = house.publish(token, "yaowen", title).await;
    act(house, token, one, "answers", json!({ "document_id": written.document })).await.expect(201).json()
}

async fn counts(house: &House, token: &str, one: &Value) -> Value {
    house.get(token, &format!("/api/v1/commissions/{}", id(one))).await.expect(200).json()["counts"].clone()
}

/// How often each kind of event of the exchange upward stands in a portal's chain.
pub async fn told(house: &House, slug: &str, kind: &str) -> Vec<Value> {
    let tx = house.app.store.reading(house.site(slug).tenant).await.expect("a transaction");
    let entries = tx.entries(0, 10_000).await.expect("read");
    let of = entries.into_iter().filter(|entry| entry.kind == kind);
    of.map(|entry| serde_json::from_str(&entry.body).expect("json")).collect()
}

on_both!(
    /// Called, accepted, answered twice, delivered: past the city to the province, with evidence at both ends.
    a_county_answers_the_centre, house => {
        let centre = house.token("www", Role::CentralDuty).await;
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let one = commission(house, &centre, json!({ "wanted": 2, "audience": { "include": [COUNTY, "guangdong"] }, "for_brief": true })).await;
        assert_eq!((one["state"].as_str(), one["audience_count"].as_i64()), (Some("open"), Some(2)));
        assert_eq!(one["requirements_html"].as_str(), Some("<p>写<b>做法</b>与成效。</p>"), "sanitised");
        // Monday, plus five working days, to their end.
        assert_eq!(one["due_at"].as_str(), Some("2026-03-09T16:00:00.000000Z"));
        let seen = call(house, &county, &one).await;
        assert_eq!((seen["standing"].as_str(), seen["from"].as_str()), (Some("called"), Some("www")));
        let list = house.get(&county, "/api/v1/calls?open=true").await.expect(200).json();
        assert_eq!(list["items"][0]["topic"].as_str(), Some("优化营商环境"));
        assert_eq!(act(house, &county, &one, "accept", json!({})).await.expect(200).json()["standing"].as_str(), Some("accepted"));
        let first = answer(house, &county, &one, "江岸区审批提速").await;
        assert_eq!((first["to"].as_str(), first["commission_id"].as_str()), (Some("www"), Some(id(&one))), "past two levels");
        assert_eq!((first["for_site"].as_bool(), first["for_brief"].as_bool()), (Some(true), Some(true)), "as the commission says");
        let document = house.get(&county, "/api/v1/documents").await.json()["items"][0]["id"].clone();
        let again = act(house, &county, &one, "answers", json!({ "document_id": document })).await.expect(409).json();
        assert!(again["type"].as_str().is_some_and(|kind| kind.ends_with("answered_already")), "{again}");
        assert_eq!(call(house, &county, &one).await["answered"].as_i64(), Some(1));
        answer(house, &county, &one, "江岸区一网通办").await;
        assert_eq!(call(house, &county, &one).await["standing"].as_str(), Some("delivered"));
        let third = house.publish(&county, "yaowen", "江岸区第三篇").await;
        act(house, &county, &one, "answers", json!({ "document_id": third.document })).await.expect(409);
        house.run_jobs().await;
        let delivered = told(house, "www", "commission.delivered").await;
        assert_eq!(delivered.len(), 1);
        assert_eq!(delivered[0]["tenants"], json!([house.site(COUNTY).tenant.to_string()]));
        house.run_jobs().await;
        assert_eq!(told(house, "www", "commission.delivered").await.len(), 1, "told once");
        let counted = counts(house, &centre, &one).await;
        assert_eq!((counted["delivered"].as_i64(), counted["called"].as_i64()), (Some(1), Some(1)));
        assert_eq!(told(house, COUNTY, "commission.answered").await.len(), 2);
    }
);

on_both!(
    /// The deadline passes: reminded at each stage, missed without an answer, late with one, and over at the end.
    missed_and_late, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let (county, other) = (house.token(COUNTY, Role::TenantAdmin).await, house.token("wuchang-wuhan-hubei", Role::TenantAdmin).await);
        let due = house.now().plus_hours(100);
        let one = commission(house, &city, json!({ "due_at": due.rfc3339() })).await;
        house.run_jobs().await;
        let editor = house.person("editor-j", COUNTY, Role::TenantAdmin, false).await;
        for (hours, stage) in [(50, 1), (30, 2), (20, 3)] {
            house.later(hours);
            house.run_jobs().await;
            let reminded = told(house, CITY, "commission.reminded").await;
            assert_eq!(reminded.last().map(|event| (event["stage"].clone(), event["tenants"].clone())), Some((json!(stage), json!(2))));
        }
        let desk = house.room(&editor, "/console/").await;
        assert_eq!(desk.status, 303, "the session is over by now");
        assert_eq!(call(house, &county, &one).await["standing"].as_str(), Some("called"), "on the deadline itself it is in time");
        house.later(1);
        house.run_jobs().await;
        for token in [&county, &other] {
            assert_eq!(call(house, token, &one).await["standing"].as_str(), Some("missed"));
        }
        let missed = told(house, CITY, "commission.missed").await;
        assert_eq!((missed.len(), missed[0]["tenants"].as_array().map(Vec::len)), (1, Some(2)));
        act(house, &county, &one, "accept", json!({})).await.expect(409);
        answer(house, &county, &one, "江岸区迟到的稿件").await;
        assert_eq!(call(house, &county, &one).await["standing"].as_str(), Some("late"));
        house.run_jobs().await;
        assert_eq!(told(house, CITY, "commission.late").await.len(), 1);
        let path = format!("/api/v1/commissions/{}/board?standing=late", id(&one));
        let board = house.get(&city, &path).await.expect(200).json();
        assert_eq!((board["items"][0]["slug"].as_str(), board["items"][0]["missed"].as_bool()), (Some(COUNTY), Some(true)), "the miss stays on record");
        house.later(24 * 31);
        house.run_jobs().await;
        let over = house.get(&city, &format!("/api/v1/commissions/{}", id(&one))).await.expect(200).json();
        assert_eq!(over["state"].as_str(), Some("closed"));
        let written = house.publish(&other, "yaowen", "武昌区太迟的稿件").await;
        act(house, &other, &one, "answers", json!({ "document_id": written.document })).await.expect(409);
        assert_eq!(told(house, CITY, "commission.missed").await.len(), 1, "a miss is recorded once");
        // What people are told: each portal its own, the issuer once per look, and digests for mail.
        let tx = house.app.store.reading(house.site(COUNTY).tenant).await.expect("a transaction");
        let notices = exchange::notice::unread(&tx, 50).await.expect("read");
        let kinds: Vec<_> = notices.iter().map(|one| (one.percent, one.audience.as_str())).collect();
        assert_eq!(kinds, [(100, "tenant_admin"), (80, "tenant_admin"), (50, "editor")]);
        assert!(notices.iter().all(|notice| notice.commission.is_some()));
        assert!(!exchange::notice::digests(&tx, 50).await.expect("read").is_empty());
        let tx = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
        let notices = exchange::notice::unread(&tx, 50).await.expect("read");
        assert_eq!(notices.iter().map(|one| (one.percent, one.tenants)).collect::<Vec<_>>(), [(100, 2)]);
    }
);

on_both!(
    /// Declined with a reason, not when mandatory; a plea that the issuer grants or refuses; silence excuses nobody.
    declined_and_excused, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let (county, other) = (house.token(COUNTY, Role::Editor).await, house.token("wuchang-wuhan-hubei", Role::Editor).await);
        let free = commission(house, &city, json!({ "topic": "自愿的约稿" })).await;
        act(house, &county, &free, "decline", json!({ "reason": " " })).await.expect(422);
        let no = act(house, &county, &free, "decline", json!({ "reason": "近期无相关工作" })).await.expect(200).json();
        assert_eq!((no["standing"].as_str(), no["reason"].as_str()), (Some("declined"), Some("近期无相关工作")));
        house.run_jobs().await;
        assert_eq!(told(house, CITY, "commission.refused").await.len(), 1);
        act(house, &county, &free, "answers", json!({ "document_id": id(&free) })).await.expect(409);
        act(house, &county, &free, "accept", json!({})).await.expect(200);
        let must = commission(house, &city, json!({ "topic": "必须的约稿", "mandatory": true })).await;
        let refused = act(house, &county, &must, "decline", json!({ "reason": "忙" })).await.expect(409).json();
        assert!(refused["how"].as_str().is_some_and(|how| how.contains("reason")), "{refused}");
        act(house, &county, &must, "plea", json!({ "reason": "主办科室撤并" })).await.expect(200);
        act(house, &other, &must, "plea", json!({ "reason": "忙" })).await.expect(200);
        assert_eq!(counts(house, &city, &must).await["pleas"].as_i64(), Some(2));
        let path = |slug: &str| format!("/api/v1/commissions/{}/calls/{slug}/excuse", id(&must));
        house.post(&city, &path(COUNTY), json!({ "granted": true, "answer": "" })).await.expect(422);
        house.post(&city, &path(COUNTY), json!({ "granted": true, "answer": "同意" })).await.expect(204);
        house.post(&city, &path("wuchang-wuhan-hubei"), json!({ "granted": false, "answer": "请按期完成" })).await.expect(204);
        house.post(&city, &path("guangdong"), json!({ "granted": true, "answer": "x" })).await.expect(404);
        assert_eq!(call(house, &county, &must).await["standing"].as_str(), Some("excused"));
        let insisted = call(house, &other, &must).await;
        assert_eq!((insisted["standing"].as_str(), insisted["plea_answer"].as_str()), (Some("called"), Some("请按期完成")));
        house.post(&city, &path(COUNTY), json!({ "granted": true, "answer": "再次" })).await.expect(409);
        house.later(24 * 20);
        house.run_jobs().await;
        let counted = counts(house, &city, &must).await;
        assert_eq!((counted["excused"].as_i64(), counted["missed"].as_i64()), (Some(1), Some(1)));
    }
);

on_both!(
    /// A returned answer opens the call again, with time to mend it; a recalled one as well; a declined one was an answer.
    a_returned_answer_reopens, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let due = house.now().plus_hours(10);
        let one = commission(house, &city, json!({ "due_at": due.rfc3339(), "audience": { "include": [COUNTY] } })).await;
        let sent = answer(house, &county, &one, "江岸区做法").await;
        assert_eq!(call(house, &county, &one).await["standing"].as_str(), Some("delivered"));
        house.run_jobs().await;
        house.later(9);
        house.post(&city, &format!("/api/v1/submissions/{}/return", id(&sent)), json!({ "reason": "请补充数据" })).await.expect(200);
        let again = call(house, &county, &one).await;
        assert_eq!((again["standing"].as_str(), again["answered"].as_i64()), (Some("accepted"), Some(0)));
        assert_eq!(again["due_at"].as_str(), Some(house.now().plus_hours(48).rfc3339().as_str()), "time to mend it");
        house.run_jobs().await;
        assert_eq!(told(house, CITY, "commission.reopened").await.len(), 1);
        let document = house.get(&county, "/api/v1/documents").await.json()["items"][0]["id"].as_str().expect("an id").to_owned();
        house.later(40);
        house.run_jobs().await;
        let second = act(house, &county, &one, "answers", json!({ "document_id": document })).await.expect(201).json();
        assert_eq!(second["thread_id"], sent["thread_id"], "it goes on in its thread");
        assert_eq!(call(house, &county, &one).await["standing"].as_str(), Some("delivered"));
        house.post(&county, &format!("/api/v1/submissions/{}/recall", id(&second)), json!({})).await.expect(200);
        assert_eq!(call(house, &county, &one).await["standing"].as_str(), Some("accepted"));
        let third = act(house, &county, &one, "answers", json!({ "document_id": document })).await.expect(201).json();
        house.post(&city, &format!("/api/v1/submissions/{}/decline", id(&third)), json!({ "reason": "不用" })).await.expect(200);
        assert_eq!(call(house, &county, &one).await["standing"].as_str(), Some("delivered"), "not used, but delivered");
        house.post(&city, &format!("/api/v1/commissions/{}/close", id(&one)), json!({})).await.expect(200);
        house.run_jobs().await;
        assert_eq!(told(house, CITY, "commission.missed").await.len(), 0);
    }
);

on_both!(
    /// Taken back: nobody owes anything. A draft is seen by nobody, is changed by forms, and is thrown away.
    cancelled, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let one = commission(house, &city, json!({})).await;
        let path = format!("/api/v1/commissions/{}", id(&one));
        house.post(&city, &format!("{path}/cancel"), json!({ "reason": "" })).await.expect(422);
        house.post(&city, &format!("{path}/cancel"), json!({ "reason": "选题已变" })).await.expect(200);
        let seen = call(house, &county, &one).await;
        assert_eq!((seen["state"].as_str(), seen["standing"].as_str()), (Some("cancelled"), Some("ended")));
        for (verb, body) in [("accept", json!({})), ("decline", json!({ "reason": "x" })), ("plea", json!({ "reason": "x" }))] {
            act(house, &county, &one, verb, body).await.expect(409);
        }
        house.post(&city, &format!("{path}/close"), json!({})).await.expect(409);
        house.post(&city, &format!("{path}/open"), json!({})).await.expect(409);
        let draft = commission(house, &city, json!({ "open": false })).await;
        assert_eq!(draft["state"].as_str(), Some("draft"));
        house.get(&county, &format!("/api/v1/calls/{}", id(&draft))).await.expect(404);
        house.post(&city, &format!("/api/v1/commissions/{}/open", id(&draft)), json!({})).await.expect(200);
        assert_eq!(call(house, &county, &draft).await["standing"].as_str(), Some("called"));
        let thrown = commission(house, &city, json!({ "open": false })).await;
        house.post(&city, &format!("/api/v1/commissions/{}/cancel", id(&thrown)), json!({ "reason": "重复" })).await.expect(200);
        // What cannot be meant.
        for (field, value) in [
            ("topic", json!(" ")), ("requirements", json!("<script>x</script>")), ("wanted", json!(0)), ("due_days", json!(0)),
            ("due_at", json!("2026-03-02 07:59")), ("due_at", json!("soon")), ("for_site", json!(false)),
            ("audience", json!({ "include": ["guangdong"] })), ("audience", json!({ "levels": ["province"] })),
        ] {
            let mut form = json!({ "topic": "题", "requirements": "要求", "open": true });
            form[field] = value;
            house.post(&city, "/api/v1/commissions", form).await.expect(422);
        }
        let none = json!({ "topic": "题", "requirements": "要求", "open": true });
        house.post(&county, "/api/v1/commissions", none.clone()).await.expect(422);
        let seen = house.post(&city, "/api/v1/commissions/preview", none).await.expect(200).json();
        assert_eq!(seen["audience_count"].as_i64(), Some(2));
    }
);

on_both!(
    /// A portal that joins while it is open gets its call with time to answer; one that joins after the deadline owes nothing.
    late_joiners, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let due = house.now().plus_hours(20);
        let one = commission(house, &city, json!({ "due_at": due.rfc3339(), "audience": { "levels": ["county"] } })).await;
        house.run_jobs().await;
        house.later(19);
        house.apply(vec![crate::kit::entry("hanyang-wuhan-hubei", "汉阳区", "county", CITY)]).await;
        house.run_jobs().await;
        let joined = house.token("hanyang-wuhan-hubei", Role::TenantAdmin).await;
        let seen = call(house, &joined, &one).await;
        assert_eq!(seen["due_at"].as_str(), Some("2026-03-05T16:00:00.000000Z"), "two working days of its own");
        assert_eq!(told(house, CITY, "commission.joined").await.len(), 1);
        house.later(10);
        house.run_jobs().await;
        let counted = counts(house, &city, &one).await;
        assert_eq!((counted["missed"].as_i64(), counted["called"].as_i64()), (Some(2), Some(1)));
        house.apply(vec![crate::kit::entry("qiaokou-wuhan-hubei", "硚口区", "county", CITY)]).await;
        house.run_jobs().await;
        let late = house.token("qiaokou-wuhan-hubei", Role::TenantAdmin).await;
        house.get(&late, &format!("/api/v1/calls/{}", id(&one))).await.expect(404);
    }
);

on_both!(
    /// Neither end of a commission is anybody else's: not the city between, not a neighbour, not another province.
    strangers_see_nothing, house => {
        let centre = house.token("www", Role::CentralDuty).await;
        let one = commission(house, &centre, json!({ "audience": { "include": [COUNTY] } })).await;
        let strangers = [
            house.token(CITY, Role::TenantAdmin).await,
            house.token("wuchang-wuhan-hubei", Role::TenantAdmin).await,
            house.token("guangdong", Role::Operator).await,
            house.token("hubei", Role::Operator).await,
        ];
        for token in &strangers {
            for path in [format!("/api/v1/calls/{}", id(&one)), format!("/api/v1/commissions/{}", id(&one)), format!("/api/v1/commissions/{}/board", id(&one))] {
                house.get(token, &path).await.expect(404);
            }
            for (verb, body) in [("accept", json!({})), ("decline", json!({ "reason": "x" })), ("plea", json!({ "reason": "x" })), ("answers", json!({ "document_id": id(&one) }))] {
                let status = act(house, token, &one, verb, body).await.status;
                assert!(matches!(status, 403 | 404), "{verb}: {status}");
            }
            for (verb, body) in [("open", json!({})), ("close", json!({})), ("cancel", json!({ "reason": "x" })), ("calls/jiangan-wuhan-hubei/excuse", json!({ "granted": true, "answer": "x" }))] {
                let status = house.post(token, &format!("/api/v1/commissions/{}/{verb}", id(&one)), body).await.status;
                assert!(matches!(status, 403 | 404), "{verb}: {status}");
            }
        }
        // An editor writes answers and asks nobody for any.
        let editor = house.token(COUNTY, Role::Editor).await;
        house.post(&editor, "/api/v1/commissions", json!({ "topic": "题", "requirements": "要求" })).await.expect(403);
    }
);
