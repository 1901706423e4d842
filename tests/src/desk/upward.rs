//! What happens after adoption, and further up: copies of what was withdrawn, guessed deadlines, visits and fates.

use std::sync::Arc;

use base::calendar::Calendar;
use base::duty::Role;
use base::store::Engine;
use exchange::submission::{deadlines, jobs};
use serde_json::{Value, json};

use super::{CITY, COUNTY, act, adopt, correct, id, recorded, seen, submit};
use crate::kit::{Answer, House, on_both};

async fn withdraw(house: &House, token: &str, document: &str, cause: &str) -> Answer {
    let path = format!("/api/v1/documents/{document}/withdraw");
    house.post(token, &path, json!({ "kind": "notice", "reason": "内容有误", "cause": cause })).await
}

on_both!(
    /// A leak: the superior's copy is hidden at once with its mirrors, and what its own superior made of it; all on record.
    a_leak_hides_every_copy, house => {
        let (county, city, province) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(CITY, Role::TenantAdmin).await, house.token("hubei", Role::TenantAdmin).await);
        let written = house.publish(&county, "yaowen", "江岸区内部名单").await;
        let sent = submit(house, &county, &written.document).await;
        let own = adopt(house, &city, &sent).await;
        let up = submit(house, &city, &own.document).await;
        let upper = adopt(house, &province, &up).await;
        house.run_jobs().await;
        withdraw(house, &county, &written.document, "unheard").await.expect(422);
        withdraw(house, &county, &written.document, "leak").await.expect(200);
        // Not in the county's transaction: until the job ran, it is a red task of the city.
        house.page(CITY, &own.address).await.expect(200);
        let task = seen(house, &city, &sent).await;
        assert_eq!((task["news"]["cause"].as_str(), task["alarm_due_at"].as_str()), (Some("leak"), Some(house.now().plus_hours(1).rfc3339().as_str())));
        house.run_jobs().await;
        let gone = house.page(CITY, &own.address).await.expect(410);
        assert!(!gone.body.contains("江岸区内部名单"), "the title is part of the leak");
        house.page("hubei", &upper.address).await.expect(410);
        for (token, one) in [(&city, &sent), (&province, &up)] {
            let task = seen(house, token, one).await;
            assert!(task["alarm_due_at"].is_null());
            assert_eq!(task["alarm_answer"].as_str(), Some("withdrawn"));
        }
        for slug in [CITY, "hubei"] {
            let kinds = recorded(house, slug).await;
            for kind in ["submission.hidden", "submission.dealt", "edition.withdrawn"] {
                assert!(kinds.iter().any(|one| one == kind), "{slug} {kind}");
            }
        }
        assert!(seen(house, &county, &sent).await["alarm_due_at"].is_null(), "the task is the receiver's alone");
    }
);

on_both!(
    /// Routine: a red task with a clock, ended by withdrawing, by correcting, or by a written decision to keep it.
    a_routine_withdrawal_is_a_red_task, house => {
        let (county, city) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(CITY, Role::TenantAdmin).await);
        let desk = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let mut made = Vec::new();
        for title in ["江岸区甲", "江岸区乙", "江岸区丙"] {
            let written = house.publish(&county, "yaowen", title).await;
            let sent = submit(house, &county, &written.document).await;
            let own = adopt(house, &city, &sent).await;
            act(house, &city, &sent, "keep", json!({ "reason": "没有撤" })).await.expect(409);
            withdraw(house, &county, &written.document, "routine").await.expect(200);
            made.push((sent, own));
        }
        house.run_jobs().await;
        let shown = house.room(&desk, "/console/").await.expect(200).body;
        assert!(shown.contains("源稿已撤") && shown.contains("江岸区甲") && shown.contains("card alarm"), "the red tasks");
        house.later(2);
        let desk = house.person("editor-v", CITY, Role::TenantAdmin, false).await;
        assert!(house.room(&desk, "/console/").await.expect(200).body.contains("clock-late"));
        for (_, own) in &made {
            house.page(CITY, &own.address).await.expect(200);
        }
        let keep = format!("/console/submissions/{}/keep", id(&made[0].0));
        house.form(&desk, &keep, &[("keep_reason", " ")]).await.expect(422);
        house.form(&desk, &keep, &[("keep_reason", "事实无误，仅源站改版")]).await.expect(303);
        house.form(&desk, &keep, &[("keep_reason", "再来")]).await.expect(409);
        assert_eq!(seen(house, &city, &made[0].0).await["alarm_answer"].as_str(), Some("事实无误，仅源站改版"));
        correct(house, &city, &made[1].1.document, "江岸区乙（更正）", "<p>更正。</p>").await;
        assert_eq!(seen(house, &city, &made[1].0).await["alarm_answer"].as_str(), Some("corrected"));
        withdraw(house, &city, &made[2].1.document, "routine").await.expect(200);
        assert_eq!(seen(house, &city, &made[2].0).await["alarm_answer"].as_str(), Some("withdrawn"));
        assert!(!house.room(&desk, "/console/").await.expect(200).body.contains("源稿已撤"));
        let kinds = recorded(house, CITY).await;
        assert!(kinds.iter().any(|kind| kind == "submission.kept"));
    }
);

on_both!(
    /// What is hidden is the receiver's rule: never, serious, always; nobody else sets it.
    the_receiver_says_what_is_hidden, house => {
        let (county, city) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(CITY, Role::TenantAdmin).await);
        let policy = "/api/v1/desk-policy";
        assert_eq!(house.get(&city, policy).await.expect(200).json()["hide_on_withdrawal"].as_str(), Some("serious"));
        house.write("PUT", &city, policy, json!({ "hide_on_withdrawal": "sometimes" })).await.expect(422);
        house.write("PUT", &house.token(CITY, Role::Editor).await, policy, json!({ "hide_on_withdrawal": "never" })).await.expect(403);
        house.write("PUT", &county, &format!("{policy}?tenant={CITY}"), json!({ "hide_on_withdrawal": "never" })).await.expect(404);
        for (rule, cause, hidden) in [("never", "leak", false), ("serious", "routine", false), ("serious", "serious_error", true), ("always", "routine", true)] {
            house.write("PUT", &city, policy, json!({ "hide_on_withdrawal": rule })).await.expect(200);
            let written = house.publish(&county, "yaowen", &format!("江岸区 {rule} {cause}")).await;
            let sent = submit(house, &county, &written.document).await;
            let own = adopt(house, &city, &sent).await;
            withdraw(house, &county, &written.document, cause).await.expect(200);
            house.run_jobs().await;
            house.page(CITY, &own.address).await.expect(if hidden { 410 } else { 200 });
            assert_eq!(seen(house, &city, &sent).await["alarm_due_at"].is_null(), hidden, "{rule} {cause}");
        }
        let desk = house.person("admin-w", CITY, Role::TenantAdmin, false).await;
        house.form(&desk, "/console/desk-rules/policy", &[("hide_on_withdrawal", "never")]).await.expect(303);
        house.form(&desk, "/console/desk-rules/policy", &[("hide_on_withdrawal", "")]).await.expect(422);
        assert!(house.room(&desk, "/console/desk-rules").await.expect(200).body.contains("从不，由人处理"));
    }
);

on_both!(
    /// A province permits by a form, and takes it back; a refused form comes back whole.
    permissions_by_forms, house => {
        let desk = house.person("admin-h", "hubei", Role::TenantAdmin, false).await;
        let at = "/console/desk-rules/permissions";
        let form = |subject| [("subject", subject), ("scope", "counties"), ("until", "2026-12-31"), ("permission_note", "防汛期间")];
        let refused = house.form(&desk, at, &form("guangzhou-guangdong")).await.expect(422);
        assert!(refused.body.contains("防汛期间") && refused.body.contains("guangzhou-guangdong"));
        house.form(&desk, at, &form(CITY)).await.expect(303);
        let page = house.room(&desk, "/console/desk-rules").await.expect(200).body;
        let (_, rest) = page.split_once("/console/desk-rules/permissions/").expect("a permission");
        let revoke = format!("{at}/{}/revoke", &rest[..36]);
        house.form(&desk, &revoke, &[]).await.expect(303);
        house.form(&desk, &revoke, &[]).await.expect(409);
    }
);

on_both!(
    /// A year whose holidays are not known gives guesses; the loaded calendar settles them, once, with their expiry.
    guessed_deadlines_are_settled, house => {
        let (county, city) = (house.token(COUNTY, Role::TenantAdmin).await, house.token(CITY, Role::TenantAdmin).await);
        let written = house.publish(&county, "yaowen", "江岸区岁末消息").await;
        // To the morning of 31 December: 304 days after 2 March.
        house.later(304 * 24);
        let sent = submit(house, &county, &written.document).await;
        assert_eq!((sent["provisional"].as_bool(), sent["receive_due_at"].as_str()), (Some(true), Some("2027-01-01T16:00:00.000000Z")));
        house.later(24);
        house.run_jobs().await;
        assert_eq!(seen(house, &city, &sent).await["provisional"].as_bool(), Some(true), "nothing is known yet");
        let tenant = house.site(CITY).tenant;
        assert_eq!(house.app.store.tenants_with_job(jobs::SETTLE).await.expect("asked"), [tenant]);
        let days = std::fs::read_to_string(crate::kit::root().join("tenants/calendar/holidays.csv")).expect("the calendar");
        let mut rules = (*house.app.submissions).clone();
        rules.calendar = Calendar::read(&format!("{days}2027-01-01,元旦,0\n")).expect("a calendar");
        let rules = Arc::new(rules);
        for settled in [1, 0] {
            let tx = house.app.store.tenant(tenant).await.expect("a transaction");
            let made = deadlines::settle(&tx, &rules, "platform", house.now()).await.expect("settled");
            assert_eq!((made.settled, made.provisional), (settled, 0));
            tx.commit().await.expect("committed");
        }
        let one = seen(house, &city, &sent).await;
        assert_eq!((one["provisional"].as_bool(), one["receive_due_at"].as_str()), (Some(false), Some("2027-01-04T16:00:00.000000Z")));
        assert_eq!(recorded(house, CITY).await.iter().filter(|kind| *kind == "submission.settled").count(), 1);
        // Twenty working days after 31 December end on 29 January: guessed, on 28 January.
        house.later(27 * 24 + 16);
        house.run_jobs().await;
        assert_ne!(seen(house, &city, &sent).await["standing"].as_str(), Some("expired"), "{}", house.now().rfc3339());
        house.later(24);
        house.run_jobs().await;
        assert_eq!(seen(house, &city, &sent).await["standing"].as_str(), Some("expired"));
    }
);

const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36";

async fn visit(house: &House, slug: &str, address: &str, agent: &str) {
    let host = format!("{slug}.localhost:{}", house.port);
    house.send("GET", &host, address, &[("user-agent", agent)], "").await.expect(200);
}

/// What became of it at one portal, as the sender sees it.
fn fate<'a>(one: &'a Value, at: &str) -> &'a Value {
    one["fates"].as_array().expect("fates").iter().find(|fate| fate["at"] == at).unwrap_or(&Value::Null)
}

on_both!(
    /// The county sees every level: who holds it, where it stands, its last address and how often it was read; robots do not count.
    the_first_author_sees_it_to_the_top, house => {
        let tokens = [
            house.token(COUNTY, Role::TenantAdmin).await,
            house.token(CITY, Role::TenantAdmin).await,
            house.token("hubei", Role::TenantAdmin).await,
            house.token("www", Role::CentralDuty).await,
        ];
        let written = house.publish(&tokens[0], "yaowen", "江岸区老旧小区改造完工").await;
        let first = submit(house, &tokens[0], &written.document).await;
        let mut sent = first.clone();
        let mut last = written.clone();
        for (at, slug) in [(1, CITY), (2, "hubei"), (3, "www")] {
            act(house, &tokens[at], &sent, "hold", json!({})).await.expect(200);
            house.run_jobs().await;
            if at > 1 {
                let seen = seen(house, &tokens[0], &first).await;
                let up = fate(&seen, slug);
                assert_eq!(up["standing"].as_str(), Some("in_review"), "{seen}");
                assert!(up["holder"].as_str().is_some_and(|holder| holder.starts_with("token:")), "{up}");
            }
            last = adopt(house, &tokens[at], &sent).await;
            house.run_jobs().await;
            if at < 3 {
                sent = submit(house, &tokens[at], &last.document).await;
                house.run_jobs().await;
                let upper = ["", CITY, "hubei", "www"][at + 1];
                assert_eq!(fate(&seen(house, &tokens[0], &first).await, upper)["standing"].as_str(), Some("submitted"));
            }
        }
        for _ in 0..3 {
            visit(house, "www", &last.address, BROWSER).await;
        }
        visit(house, "www", &last.address, "Mozilla/5.0 (compatible; Baiduspider/2.0)").await;
        house.page("www", &last.address).await.expect(200);
        web::visits::write(&house.app).await;
        visit(house, "www", &last.address, BROWSER).await;
        web::visits::write(&house.app).await;
        web::visits::write(&house.app).await;
        let seen_here = seen(house, &tokens[0], &first).await;
        assert_eq!(seen_here["fates"].as_array().map(Vec::len), Some(3));
        let top = fate(&seen_here, "www");
        assert_eq!((top["standing"].as_str(), top["views"].as_i64()), (Some("published"), Some(4)), "{seen_here}");
        assert!(top["url"].as_str().is_some_and(|url| url.ends_with(&last.address)));
        assert_eq!(seen_here["views"].as_i64(), Some(0), "nobody read the city's");
        // Every hand sees what is above it and nothing beside it.
        let provinces = seen(house, &tokens[2], &sent).await;
        assert_eq!(provinces["fates"].as_array().map(Vec::len), Some(1));
        assert_eq!(provinces["views"].as_i64(), Some(4));
        let desk = house.person("editor-j", COUNTY, Role::Editor, false).await;
        let page = house.room(&desk, &format!("/console/submissions/{}", id(&first))).await.expect(200).body;
        assert!(page.contains("逐级采用情况") && page.contains("查看次数 <b>4</b>") && page.contains("中国政府网"));
        // The receiver learns nothing of what is above it through the letter from below.
        assert_eq!(seen(house, &tokens[1], &first).await["fates"].as_array().map(Vec::len), Some(0));
        let boxed = house.room(&desk, "/console/submissions/sent").await.expect(200).body;
        assert!(boxed.contains("查看次数 0"));
    }
);
