//! Points: what each of the five tables gives along a chain, what a change of the table means, disputes, circulars, and that
//! nobody sees what others earned.

mod asked;
mod papers;

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{House, Published, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";
const OTHER: &str = "wuchang-wuhan-hubei";
const CITY: &str = "wuhan-hubei";

/// Tokens of the chain, from the county to the centre.
async fn chain(house: &House) -> [String; 4] {
    [
        house.token(COUNTY, Role::TenantAdmin).await,
        house.token(CITY, Role::TenantAdmin).await,
        house.token("hubei", Role::TenantAdmin).await,
        house.token("www", Role::CentralDuty).await,
    ]
}

async fn choose(house: &House, token: &str, key: &str) -> Value {
    let form = json!({ "key": key, "effective_from": "2026-01-01", "reason": "年度计分" });
    house.post(token, "/api/v1/points/rules", form).await.expect(201).json()
}

async fn submit(house: &House, token: &str, document: &str) -> String {
    let form = json!({ "document_id": document, "for_site": true });
    let sent = house.post(token, "/api/v1/submissions", form).await.expect(201).json();
    sent["id"].as_str().expect("an id").to_owned()
}

async fn adopt(house: &House, token: &str, id: &str) -> Published {
    let path = format!("/api/v1/submissions/{id}/adopt");
    let adopted = house.post(token, &path, json!({ "column": "yaowen" })).await.expect(201).json();
    house.publish_draft(token, adopted["document_id"].as_str().expect("a document")).await
}

async fn journal(house: &House, token: &str, id: &str, channel: &str) {
    let form = json!({ "submission_id": id, "channel": channel });
    house.post(token, "/api/v1/points/journals", form).await.expect(204);
}

/// Points of the year of the token's portal, once every job ran.
async fn earned(house: &House, token: &str) -> f64 {
    house.run_jobs().await;
    let sums = house.get(token, "/api/v1/points/totals?year=2026").await.expect(200).json();
    sums["items"][0]["points"].as_f64().unwrap_or(0.0)
}

async fn events(house: &House, token: &str, which: &str) -> Vec<Value> {
    house.run_jobs().await;
    let path = format!("/api/v1/points/events?limit=200&box={which}");
    house.get(token, &path).await.expect(200).json()["items"].as_array().expect("items").clone()
}

async fn note(house: &House, token: &str, rank: &str, about: &Value) {
    let form = json!({ "beneficiary": COUNTY, "occasion": "instruction", "channel": rank, "about": about["id"], "note": "请阅研" });
    house.post(token, "/api/v1/points/events", form).await.expect(201);
}

/// An item climbs to the centre; answers the points of county (at the city), city (at the province) and province (at the
/// centre) after each step.
async fn climb(house: &House, tokens: &[String; 4], here: &str, up: &str) -> Vec<[f64; 3]> {
    let written = house.publish(&tokens[0], "yaowen", "江岸区防汛工作经验").await;
    let mut document = written.document;
    let mut seen = Vec::new();
    for at in 1..4 {
        let id = submit(house, &tokens[at - 1], &document).await;
        document = adopt(house, &tokens[at], &id).await.document;
        let channel = if at == 1 { here } else { up };
        if !channel.is_empty() && at < 3 {
            journal(house, &tokens[at], &id, channel).await;
        }
        let mut now = [0.0; 3];
        for (who, sum) in now.iter_mut().enumerate() {
            *sum = earned(house, &tokens[who]).await;
        }
        seen.push(now);
    }
    seen
}

on_both!(
    /// 河南工信: 6 in the department's brief, 10 in one of the province, 20 at the centre; the highest counts.
    the_table_of_henan, house => {
        let tokens = chain(house).await;
        for token in &tokens[1..] {
            choose(house, token, "henan-miit").await;
        }
        let seen = climb(house, &tokens, "", "").await;
        assert_eq!(seen, [[6.0, 0.0, 0.0], [10.0, 6.0, 0.0], [20.0, 20.0, 6.0]]);
        // Shared in the province's network: half a point.
        let written = house.publish(&tokens[0], "yaowen", "江岸区另一条").await;
        let first = submit(house, &tokens[0], &written.document).await;
        let own = adopt(house, &tokens[1], &first).await;
        let second = submit(house, &tokens[1], &own.document).await;
        adopt(house, &tokens[2], &second).await;
        journal(house, &tokens[2], &second, "省信息专网").await;
        let all = events(house, &tokens[0], "own").await;
        let shared = all.iter().find(|event| event["channel"] == "省信息专网").expect("an event");
        assert_eq!((shared["row_points"].as_f64(), shared["points"].as_f64()), (Some(0.5), Some(0.0)));
        assert_eq!(shared["rule"]["points"].as_f64(), Some(0.5));
    }
);

on_both!(
    /// 六安: 5 for a flash or 10 for a digest, 5 and 30 for reporting up, 40 and 80 for adoption there, 30 for the mayor's note.
    the_table_of_luan, house => {
        let tokens = chain(house).await;
        for token in &tokens[1..] {
            choose(house, token, "luan").await;
        }
        let seen = climb(house, &tokens, "要情", "").await;
        // Adopted 10; reported up +5, adopted above to 40; reported to the centre to 30, adopted there to 80.
        assert_eq!([seen[0][0], seen[1][0], seen[2][0]], [10.0, 45.0, 110.0]);
        // The city at the province: 5 for a flash; reported up to the centre 30, adopted there 80.
        assert_eq!([seen[0][1], seen[1][1], seen[2][1]], [0.0, 5.0, 110.0]);
        assert_eq!(seen[2][2], 5.0);
        let about = events(house, &tokens[1], "scored").await[0].clone();
        note(house, &tokens[1], "市主要领导", &about).await;
        note(house, &tokens[1], "处长", &about).await;
        assert_eq!(earned(house, &tokens[0]).await, 140.0);
    }
);

on_both!(
    /// 湖州: 3, 10 or 20 by journal; 10 above, and 30 more as a special report; notes of one level are not added twice.
    the_table_of_huzhou, house => {
        let tokens = chain(house).await;
        for token in &tokens[1..] {
            choose(house, token, "huzhou").await;
        }
        let seen = climb(house, &tokens, "特刊", "专报").await;
        // 20 here; +3 reported up and to 40 above; the centre has no row of its own and counts as above.
        assert_eq!([seen[0][0], seen[1][0], seen[2][0]], [20.0, 43.0, 43.0]);
        let about = events(house, &tokens[1], "scored").await[0].clone();
        for (rank, sum) in [("市分管领导", 53.0), ("市主要领导", 63.0), ("市分管领导", 63.0), ("省领导", 113.0), ("省领导", 113.0)] {
            note(house, &tokens[1], rank, &about).await;
            assert_eq!(earned(house, &tokens[0]).await, sum, "{rank}");
        }
    }
);

on_both!(
    /// 常山: 5, 10 or 30 here and 20, 50 or 80 above by journal; the monthly minimum 10, at most 120 a year.
    the_table_of_changshan, house => {
        let tokens = chain(house).await;
        for token in &tokens[1..] {
            choose(house, token, "changshan").await;
        }
        let seen = climb(house, &tokens, "二类刊物", "三类刊物").await;
        let sums = house.get(&tokens[0], "/api/v1/points/totals?year=2026").await.expect(200).json();
        assert_eq!(sums["items"][0]["adopted"].as_i64(), Some(3), "three levels adopted it; a journal is no adoption");
        assert_eq!([seen[0][0], seen[1][0], seen[2][0]], [10.0, 80.0, 80.0]);
        for month in 1..=14 {
            let form = json!({ "beneficiary": OTHER, "occasion": "quota_met", "title": format!("第{month}次完成") });
            house.post(&tokens[1], "/api/v1/points/events", form).await.expect(201);
        }
        let other = house.token(OTHER, Role::TenantAdmin).await;
        assert_eq!(earned(house, &other).await, 120.0, "the cap of the year");
    }
);

on_both!(
    /// The model rule: 1 for the week's quota and 1 for each beyond two; 5 or 8 here, 15 or 20 above, 12 for a note.
    the_model_rule, house => {
        let tokens = chain(house).await;
        choose(house, &tokens[1], "model").await;
        let mut sent = Vec::new();
        for number in 1..=4 {
            let written = house.publish(&tokens[0], "yaowen", &format!("江岸区第{number}条")).await;
            sent.push(submit(house, &tokens[0], &written.document).await);
        }
        assert_eq!(earned(house, &tokens[0]).await, 2.0, "the third and the fourth");
        let form = json!({ "beneficiary": COUNTY, "occasion": "quota_met", "title": "第十周" });
        house.post(&tokens[1], "/api/v1/points/events", form).await.expect(201);
        assert_eq!(earned(house, &tokens[0]).await, 3.0);
        let own = adopt(house, &tokens[1], &sent[0]).await;
        assert_eq!(earned(house, &tokens[0]).await, 8.0);
        journal(house, &tokens[1], &sent[0], "增刊").await;
        assert_eq!(earned(house, &tokens[0]).await, 11.0);
        let up = submit(house, &tokens[1], &own.document).await;
        adopt(house, &tokens[2], &up).await;
        assert_eq!(earned(house, &tokens[0]).await, 18.0);
        journal(house, &tokens[2], &up, "增刊").await;
        assert_eq!(earned(house, &tokens[0]).await, 23.0);
        let about = events(house, &tokens[1], "scored").await[0].clone();
        note(house, &tokens[1], "市领导", &about).await;
        assert_eq!(earned(house, &tokens[0]).await, 35.0);
    }
);

on_both!(
    /// A merged document credits every sender; what is withdrawn is taken away, and points stay the sum over the chain.
    merged_credits_all_and_withdrawal_takes_away, house => {
        let tokens = chain(house).await;
        let other = house.token(OTHER, Role::TenantAdmin).await;
        choose(house, &tokens[1], "luan").await;
        choose(house, &tokens[2], "luan").await;
        let mut sent = Vec::new();
        let mut written = Vec::new();
        for (token, title) in [(&tokens[0], "江岸区秋收"), (&other, "武昌区秋收")] {
            let document = house.publish(token, "yaowen", title).await.document;
            sent.push(submit(house, token, &document).await);
            written.push(document);
        }
        let together = json!({ "with": [sent[1]], "document": { "column": "yaowen", "title": "各区秋收", "body_html": "<p>综合。</p>", "source": "武汉市" } });
        let path = format!("/api/v1/submissions/{}/adopt", sent[0]);
        let adopted = house.post(&tokens[1], &path, together).await.expect(201).json();
        let merged = adopted["document_id"].as_str().expect("a document").to_owned();
        house.publish_draft(&tokens[1], &merged).await;
        let up = submit(house, &tokens[1], &merged).await;
        adopt(house, &tokens[2], &up).await;
        for token in [&tokens[0], &other] {
            assert_eq!(earned(house, token).await, 45.0);
            let sum: f64 = events(house, token, "own").await.iter().filter_map(|event| event["points"].as_f64()).sum();
            assert_eq!(sum, 45.0, "the sum over the chain");
        }
        // The county takes its own back: only its own points go, in the month of the withdrawal.
        let path = format!("/api/v1/documents/{}/withdraw", written[0]);
        house.post(&tokens[0], &path, json!({ "kind": "notice", "reason": "数据有误" })).await.expect(200);
        assert_eq!((earned(house, &tokens[0]).await, earned(house, &other).await), (0.0, 45.0));
        // The province takes back what it made: what it brought goes, what the city made stays.
        assert_eq!(earned(house, &tokens[1]).await, 5.0);
        let province = house.get(&tokens[2], "/api/v1/documents").await.json()["items"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/documents/{province}/withdraw");
        house.post(&tokens[2], &path, json!({ "kind": "notice", "reason": "误发" })).await.expect(200);
        assert_eq!((earned(house, &tokens[1]).await, earned(house, &other).await), (0.0, 10.0));
        // A submission that is recalled before anybody adopted it leaves nothing either.
        let document = house.publish(&other, "yaowen", "武昌区又一条").await.document;
        let id = submit(house, &other, &document).await;
        house.post(&other, &format!("/api/v1/submissions/{id}/recall"), json!({})).await.expect(200);
        assert_eq!(earned(house, &other).await, 10.0);
    }
);

on_both!(
    /// A new table shows what it changes before it is chosen, and keeps that with the version; a full recomputation agrees.
    a_change_of_the_table_shows_its_difference, house => {
        let tokens = chain(house).await;
        let written = house.publish(&tokens[0], "yaowen", "江岸区消息").await;
        let id = submit(house, &tokens[0], &written.document).await;
        adopt(house, &tokens[1], &id).await;
        assert_eq!(earned(house, &tokens[0]).await, 0.0, "nothing before a table is chosen");
        let first = choose(house, &tokens[1], "luan").await;
        assert_eq!((first["version"].as_i64(), first["difference"]["changed_events"].as_i64()), (Some(1), Some(1)));
        assert_eq!(earned(house, &tokens[0]).await, 5.0, "scored with hindsight");
        let row = |points: f64| json!({ "occasion": "adopted", "place": "here", "points": points, "mode": "replace" });
        let table = |points: f64, reason: &str| json!({ "name": "本市办法", "effective_from": "2026-01-01", "rows": [row(points)], "reason": reason });
        let shown = house.post(&tokens[1], "/api/v1/points/rules/preview", table(7.5, "")).await.expect(200).json();
        assert_eq!((shown["before"].as_f64(), shown["after"].as_f64()), (Some(5.0), Some(7.5)));
        assert_eq!(shown["portals"][0], json!({ "tenant": COUNTY, "before": 5.0, "after": 7.5 }));
        assert_eq!(earned(house, &tokens[0]).await, 5.0, "looking changes nothing");
        house.post(&tokens[1], "/api/v1/points/rules", table(7.5, "")).await.expect(422);
        house.post(&tokens[1], "/api/v1/points/rules", table(7.5, "提高基层采用分值")).await.expect(201);
        assert_eq!(earned(house, &tokens[0]).await, 7.5);
        let kept = house.get(&tokens[1], "/api/v1/points/rules?box=scored").await.expect(200).json();
        assert_eq!((kept["items"][0]["version"].as_i64(), kept["items"][0]["difference"]["after"].as_f64()), (Some(2), Some(7.5)));
        // The county reads the table it is scored by, and not what it meant for others.
        let seen = house.get(&tokens[0], "/api/v1/points/rules").await.expect(200).json();
        assert_eq!((seen["items"][0]["table"]["name"].as_str(), seen["items"][0]["difference"].is_null()), (Some("本市办法"), true));
        let wrong = json!({ "name": "x", "effective_from": "2026-01-01", "rows": [row(1.0), row(2.0)], "reason": "x" });
        house.post(&tokens[1], "/api/v1/points/rules", wrong).await.expect(422);
        house.post(&tokens[0], "/api/v1/points/rules?tenant=wuhan-hubei", table(1.0, "x")).await.expect(404);
        let editor = house.token(CITY, Role::Editor).await;
        house.post(&editor, "/api/v1/points/rules", table(1.0, "x")).await.expect(403);
        let tx = house.app.store.tenant(house.site(CITY).tenant).await.expect("a transaction");
        let again = exchange::merit::recompute(&tx, 2026, None).await.expect("made again");
        tx.commit().await.expect("committed");
        assert_eq!((again.portals, again.points), (1, exchange::merit::Points(750)));
        assert_eq!(earned(house, &tokens[0]).await, 7.5);
    }
);
