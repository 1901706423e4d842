//! Duty rosters and hand-over: one person at a post at a time, gaps that holidays do not fill, a note that two people sign.

use base::duty::Role;
use base::store::Engine;
use exchange::notice;
use serde_json::{Value, json};

use crate::kit::{House, on_both};

const CITY: &str = "wuhan-hubei";

async fn desk(house: &House) -> (String, String, String) {
    let admin = house.person("admin", CITY, Role::TenantAdmin, false).await;
    let editor = house.person("editor", CITY, Role::Editor, false).await;
    let reviewer = house.person("reviewer", CITY, Role::Reviewer, false).await;
    (admin, editor, reviewer)
}

fn shift(post: &str, login: &str, from: &str, until: &str) -> [(&'static str, String); 5] {
    [
        ("post", post.to_owned()),
        ("login", login.to_owned()),
        ("from", from.to_owned()),
        ("until", until.to_owned()),
        ("month", "2026-03".to_owned()),
    ]
}

async fn put(house: &House, cookie: &str, fields: &[(&'static str, String)], status: u16) -> String {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    house.form(cookie, "/console/rosters/shifts", &fields).await.expect(status).body
}

async fn entries(house: &House, kind: &str) -> Vec<Value> {
    let tx = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
    let all = tx.entries(0, 1000).await.expect("read");
    all.iter()
        .filter(|entry| entry.kind == kind)
        .map(|entry| serde_json::from_str(&entry.body).expect("json"))
        .collect()
}

on_both!(
    /// Shifts are put by form, by table and through the API; overlaps, nobody and nonsense are refused with everything typed.
    a_month_is_planned, house => {
        let (admin, editor, _) = desk(house).await;
        put(house, &admin, &shift("a", "editor", "2026-03-02T08:00", "2026-03-02T20:00"), 303).await;
        let page = house.room(&admin, "/console/rosters?month=2026-03").await.expect(200).body;
        assert!(page.contains("在岗") && page.contains("空岗") && page.contains("20:00–24:00"), "who is on duty, and the gap");
        assert!(house.room(&editor, "/console/").await.expect(200).body.contains("当前值班"), "the frame says who is on duty");
        let again = put(house, &admin, &shift("a", "reviewer", "2026-03-02T19:00", "2026-03-03T08:00"), 409).await;
        assert!(again.contains("该岗位此时已有人") && again.contains("2026-03-02T19:00"), "what was typed comes back");
        // The other post is another post; and a shift that begins when one ends meets nobody.
        put(house, &admin, &shift("b", "reviewer", "2026-03-02T19:00", "2026-03-03T08:00"), 303).await;
        put(house, &admin, &shift("a", "reviewer", "2026-03-02T20:00", "2026-03-03T08:00"), 303).await;
        for (post, login, from, until) in [
            ("c", "editor", "2026-03-05T08:00", "2026-03-05T20:00"),
            ("a", "nobody", "2026-03-05T08:00", "2026-03-05T20:00"),
            ("a", "editor", "soon", "2026-03-05T20:00"),
            ("a", "editor", "2026-03-05T20:00", "2026-03-05T08:00"),
            ("a", "editor", "2026-03-05T20:00", "2026-05-05T08:00"),
        ] {
            put(house, &admin, &shift(post, login, from, until), 422).await;
        }
        put(house, &editor, &shift("a", "editor", "2026-03-05T08:00", "2026-03-05T20:00"), 403).await;
        // A table over a holiday: all lines or none, and the days off are days like others.
        let table = "a,editor,2026-05-01 00:00,2026-05-02 00:00\nb,reviewer,2026-05-01 00:00,2026-05-02 00:00\n";
        let broken = format!("{table}a,somebody,2026-05-02 00:00,2026-05-03 00:00");
        house.form(&admin, "/console/rosters/import", &[("table", &broken), ("month", "2026-05")]).await.expect(422);
        assert!(house.room(&admin, "/console/rosters?month=2026-05").await.expect(200).body.contains("本月尚未排班"));
        house.form(&admin, "/console/rosters/import", &[("table", table), ("month", "2026-05")]).await.expect(303);
        let may = house.room(&admin, "/console/rosters?month=2026-05").await.expect(200).body;
        assert_eq!(may.matches("shift-gap").count(), 60, "thirty days of two posts are open");
        let token = house.token(CITY, Role::TenantAdmin).await;
        let form = json!({ "shifts": [{ "post": "a", "login": "admin", "from": "2026-06-01", "until": "2026-06-02" }] });
        let made = house.post(&token, "/api/v1/roster", form.clone()).await.expect(201).json();
        house.post(&token, "/api/v1/roster", form).await.expect(409);
        let seen = house.get(&token, "/api/v1/roster?from=2026-06-01&until=2026-06-03").await.expect(200).json();
        assert_eq!((seen["shifts"].as_array().map(Vec::len), seen["gaps"].as_array().map(Vec::len)), (Some(1), Some(2)));
        assert_eq!(seen["on_duty"][0]["login"], "editor");
        let id = made["items"][0]["id"].as_str().expect("an id");
        house.write("DELETE", &token, &format!("/api/v1/roster/{id}"), json!({})).await.expect(204);
        house.write("DELETE", &token, &format!("/api/v1/roster/{id}"), json!({})).await.expect(404);
        house.later(13);
        let past = seen["on_duty"][0]["id"].as_str().expect("an id");
        house.write("DELETE", &token, &format!("/api/v1/roster/{past}"), json!({})).await.expect(409);
        assert_eq!(entries(house, "roster.put").await.len(), 5);
        assert_eq!(entries(house, "roster.removed").await.len(), 1);
        house.get(&token, "/api/v1/roster?from=2026-06-03&until=2026-06-01").await.expect(422);
        house.get(&token, "/api/v1/roster?from=never").await.expect(422);
    }
);

on_both!(
    /// Written, signed out with frozen numbers, reminded of while nobody comes, taken over by somebody else: on record.
    a_shift_is_handed_over, house => {
        let (admin, editor, _) = desk(house).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于交接的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.form(&editor, "/console/handovers", &[("note", " ")]).await.expect(422);
        house.form(&editor, "/console/handovers", &[("note", "一件转载待办")]).await.expect(303);
        let page = house.room(&editor, "/console/handovers").await.expect(200).body;
        let id = page.split("/console/handovers/").nth(1).and_then(|rest| rest.split('/').next()).expect("an id").to_owned();
        let (sign, take) = (format!("/console/handovers/{id}/sign"), format!("/console/handovers/{id}/take-over"));
        house.form(&admin, &take, &[]).await.expect(409);
        let other = house.form(&admin, &sign, &[]).await.expect(409).body;
        assert!(other.contains("须由填写人签字"));
        house.form(&editor, &sign, &[]).await.expect(303);
        house.form(&editor, &sign, &[]).await.expect(409);
        house.form(&editor, "/console/handovers", &[("note", "又一条")]).await.expect(409);
        let same = house.form(&editor, &take, &[]).await.expect(409).body;
        assert!(same.contains("须由另一人接班"));
        // What is done afterwards does not change what was signed.
        let token = house.token(CITY, Role::TenantAdmin).await;
        house.post(&token, &format!("/api/v1/obligations/{order}/place"), json!({ "column": "gwyzc" })).await.expect(200);
        house.clock.advance(31 * base::Timestamp::MINUTE);
        house.run_jobs().await;
        house.run_jobs().await;
        let tx = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
        let told = notice::unread(&tx, 50).await.expect("read");
        assert_eq!(told.iter().filter(|one| one.kind == "handover.waiting").count(), 1, "{told:?}");
        drop(tx);
        // Half an hour without a request ended every session.
        let (admin, _, reviewer) = desk(house).await;
        assert!(house.room(&reviewer, "/console/").await.expect(200).body.contains("交班后无人接班"));
        assert!(house.room(&reviewer, "/console/handovers").await.expect(200).body.contains("无人接班"));
        house.form(&reviewer, &take, &[]).await.expect(303);
        house.form(&admin, &take, &[]).await.expect(409);
        house.later(3);
        house.run_jobs().await;
        assert_eq!(entries(house, "handover.reminded").await.len(), 1, "nobody is reminded of what is done");
        let listed = house.get(&token, "/api/v1/handovers").await.expect(200).json();
        let one = &listed["items"][0];
        assert_eq!((one["standing"].as_str(), one["counts"]["obligations"].as_i64()), (Some("taken_over"), Some(1)));
        let text = json!({
            "handover": id, "note": one["note"], "counts": one["counts"],
            "signed_out_by": one["signed_out_by"], "signed_out_at": one["signed_out_at"],
        });
        assert_eq!(one["text_hash"].as_str(), Some(base::sm3_hex(text.to_string().as_bytes()).as_str()));
        for kind in ["handover.signed_out", "handover.taken_over"] {
            assert_eq!(entries(house, kind).await[0]["text_hash"], one["text_hash"], "{kind}");
        }
        // The next shift has a note of its own.
        house.form(&reviewer, "/console/handovers", &[("note", "平安")]).await.expect(303);
    }
);
