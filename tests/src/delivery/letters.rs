//! Letters, by a real SMTP server: one per digest and person, the same one when it is sent again, dead when it is refused.

use base::duty::Role;
use base::people::MailSettings;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{House, Setup, on_both};

pub(super) const CITY: &str = "wuhan-hubei";

/// An address that no other test writes to; None, with a word, when no mail server was started.
pub fn mailbox(kind: &str) -> Option<String> {
    if std::env::var("DIBAO_TEST_SMTP_URL").is_ok_and(|url| !url.is_empty()) {
        return Some(format!("{kind}-{}@city.example", &base::Ids.secret()[..10]));
    }
    eprintln!("left out: no mail server was started for the tests");
    None
}

/// What arrived at an address.
pub fn arrived(address: &str) -> Vec<Value> {
    let directory = std::env::var("DIBAO_TEST_MAIL_DIR").expect("a directory");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|is| is == "json") {
            let letter: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a letter")).expect("json");
            if letter["to"][0] == address {
                found.push(letter);
            }
        }
    }
    found
}

/// From now on the server takes letters for an address that it turned away.
pub fn open(address: &str) {
    let directory = std::env::var("DIBAO_TEST_MAIL_DIR").expect("a directory");
    std::fs::write(format!("{directory}/open-{address}"), "").expect("written");
}

pub(super) async fn person(house: &House, login: &str, role: Role, mail: &str) -> String {
    let cookie = house.person(login, CITY, role, false).await;
    let form = [("address", mail), ("lang", "zh-Hans"), ("want", "editor"), ("want", "tenant_admin"), ("want", "duty")];
    house.form(&cookie, "/console/my-notices", &form).await.expect(303);
    cookie
}

/// Orders of the centre that Wuhan, which accepts nothing by itself, has half of its time left for.
async fn orders(house: &House, titles: &[&str]) {
    let duty = house.token("www", Role::CentralDuty).await;
    for title in titles {
        let notice = house.publish(&duty, "gwyzc", title).await;
        house.order(&duty, &notice.edition).await;
    }
    house.run_jobs().await;
    house.later(12);
    house.run_jobs().await;
}

pub(super) async fn complete(house: &House) {
    house.later(1);
    house.clock.advance(3 * base::Timestamp::MINUTE);
    house.run_jobs().await;
}

async fn dead(house: &House) -> Vec<Value> {
    let token = house.token(CITY, Role::TenantAdmin).await;
    let listed = house.get(&token, "/api/v1/dead-letters").await.expect(200).json();
    listed["items"].as_array().expect("items").clone()
}

on_both!(
    /// Three orders, one editor: exactly one letter with three titles, in both forms, with addresses that open.
    one_letter_for_three_orders, house with Setup::with_mail() => {
        let Some(mail) = mailbox("editor") else { return };
        person(house, "editor", Role::Editor, &mail).await;
        let titles = ["关于防汛的通知", "关于防火的<通知>", "关于春耕的通知"];
        orders(house, &titles).await;
        assert!(arrived(&mail).is_empty(), "the hour is not over");
        complete(house).await;
        house.later(2);
        house.run_jobs().await;
        let letters = arrived(&mail);
        assert_eq!(letters.len(), 1, "{letters:?}");
        let (text, html) = (letters[0]["text"].as_str().expect("text"), letters[0]["html"].as_str().expect("html"));
        for title in titles {
            assert!(text.contains(title), "{title}: {text}");
            assert!(html.contains(&title.replace('<', "&lt;").replace('>', "&gt;")), "{title}: {html}");
        }
        let headers = &letters[0]["headers"];
        assert!(headers["subject"].as_str().is_some_and(|subject| subject.contains("武汉市") && subject.contains("3")), "{headers}");
        assert_eq!(headers["auto-submitted"], "auto-generated");
        assert!(headers["importance"].is_null(), "half of the time is not urgent");
        let link = text.lines().find_map(|line| line.trim().strip_prefix(&format!("http://wuhan-hubei.localhost:{}", house.port))).expect("a link");
        assert!(link.starts_with("/console/inbox/") && link.ends_with("?tenant=wuhan-hubei"), "{link}");
        let cookie = house.person("editor", CITY, Role::Editor, false).await;
        let seen = house.send("GET", &format!("wuhan-hubei.localhost:{}", house.port), link, &[("cookie", &cookie)], "").await.expect(200);
        assert!(titles.iter().any(|title| seen.body.contains(&title.replace('<', "&lt;").replace('>', "&gt;"))));
    }
);

on_both!(
    /// Busy for now: tried again with growing pauses until it is taken, and never twice. The letter keeps its Message-ID.
    a_busy_mailbox_gets_it_later, house with Setup::with_mail() => {
        let Some(mail) = mailbox("busy") else { return };
        person(house, "editor", Role::Editor, &mail).await;
        orders(house, &["关于再试的通知"]).await;
        complete(house).await;
        let admin = house.person("admin", CITY, Role::TenantAdmin, false).await;
        let page = house.room(&admin, "/console/delivery?show=all").await.expect(200).body;
        assert!(page.contains("将重试") && page.contains("come back later"), "what the server said");
        house.clock.advance(2 * base::Timestamp::MINUTE);
        house.run_jobs().await;
        assert!(arrived(&mail).is_empty() && dead(house).await.is_empty());
        open(&mail);
        for _ in 0..3 {
            house.later(1);
            house.run_jobs().await;
        }
        let letters = arrived(&mail);
        assert_eq!(letters.len(), 1);
        // A crash between sending and recording sends it once more: with the same Message-ID it is the same letter.
        let db = sea_orm::Database::connect(&house.url).await.expect("connected");
        let again = "UPDATE delivery SET standing = 'waiting', attempts = 0";
        sea_orm::ConnectionTrait::execute_unprepared(&db, again).await.expect("changed");
        db.close().await.expect("closed");
        let tx = house.app.store.tenant(house.site(CITY).tenant).await.expect("a transaction");
        let key = format!("delivery.mail:{}", house.site(CITY).tenant.uuid().simple());
        tx.enqueue("delivery.mail", &key, "{}", house.now(), house.now()).await.expect("enqueued");
        tx.commit().await.expect("committed");
        house.run_jobs().await;
        let ids: Vec<_> = arrived(&mail).iter().map(|letter| letter["headers"]["message-id"].clone()).collect();
        assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
        assert!(ids[0].as_str().is_some_and(|id| id.ends_with("@dibao.example>")));
    }
);

on_both!(
    /// Refused for good: dead at once, with the server's words; retried after the address was corrected; the other is given up.
    a_refusal_is_a_dead_letter, house with Setup::with_mail() => {
        let (Some(wrong), Some(right), Some(lost)) = (mailbox("refuse"), mailbox("right"), mailbox("refuse")) else { return };
        person(house, "editor", Role::Editor, &wrong).await;
        person(house, "other", Role::Reviewer, &lost).await;
        orders(house, &["关于退信的通知"]).await;
        complete(house).await;
        let letters = dead(house).await;
        assert_eq!(letters.len(), 2, "{letters:?}");
        assert!(letters[0]["said"].as_str().is_some_and(|said| said.contains("no such mailbox here")), "{letters:?}");
        assert_eq!(letters[0]["attempts"].as_i64(), Some(1));
        let admin = house.person("admin", CITY, Role::TenantAdmin, false).await;
        let editor = house.person("editor", CITY, Role::Editor, false).await;
        assert!(house.room(&admin, "/console/delivery").await.expect(200).body.contains("no such mailbox here"));
        let of = |address: &str| letters.iter().find(|one| one["address"] == address).and_then(|one| one["id"].as_str()).expect("an id").to_owned();
        house.form(&editor, &format!("/console/delivery/letters/{}/retry", of(&wrong)), &[]).await.expect(403);
        house.form(&admin, &format!("/console/delivery/letters/{}/give-up", of(&lost)), &[]).await.expect(303);
        house.form(&admin, &format!("/console/delivery/letters/{}/retry", of(&lost)), &[]).await.expect(409);
        house.form(&editor, "/console/my-notices", &[("address", "no address"), ("want", "editor")]).await.expect(422);
        house.form(&editor, "/console/my-notices", &[("address", &right), ("want", "editor"), ("lang", "en")]).await.expect(303);
        house.form(&admin, &format!("/console/delivery/letters/{}/retry", of(&wrong)), &[]).await.expect(303);
        house.run_jobs().await;
        let letters = arrived(&right);
        assert_eq!(letters.len(), 1);
        assert!(letters[0]["text"].as_str().is_some_and(|text| text.contains("this is what waits for you")), "in the language of the person");
        assert!(dead(house).await.is_empty());
        let token = house.token(CITY, Role::TenantAdmin).await;
        let all = house.post(&token, "/api/v1/dead-letters", json!({ "decision": "retry" })).await.expect(200).json();
        assert_eq!(all["deliveries"].as_i64(), Some(0));
    }
);

on_both!(
    /// When the roster says who is on duty, only they hear: post A first, post B at the next stage, everybody when nobody is there.
    escalation_goes_to_who_is_on_duty, house with Setup::with_mail() => {
        let (Some(first), Some(second), Some(third), Some(office)) = (mailbox("a"), mailbox("b"), mailbox("c"), mailbox("office")) else { return };
        person(house, "anna", Role::Reviewer, &first).await;
        person(house, "bert", Role::TenantAdmin, &second).await;
        person(house, "carl", Role::Editor, &third).await;
        let admin = house.person("admin", CITY, Role::TenantAdmin, false).await;
        house.form(&admin, "/console/delivery/contacts", &[("address", &office), ("audiences", "tenant_admin"), ("lang", "zh-Hans")]).await.expect(303);
        house.form(&admin, "/console/delivery/contacts", &[("address", &office), ("audiences", "tenant_admin")]).await.expect(409);
        house.form(&admin, "/console/delivery/contacts", &[("address", "x"), ("audiences", "tenant_admin")]).await.expect(422);
        house.form(&admin, "/console/delivery/contacts", &[("address", "x@y.example"), ("audiences", "everybody")]).await.expect(422);
        let table = "a,anna,2026-03-02 08:00,2026-03-03 08:00\nb,bert,2026-03-02 08:00,2026-03-03 08:00";
        house.form(&admin, "/console/rosters/import", &[("table", table)]).await.expect(303);
        orders(house, &["关于升级的通知"]).await;
        complete(house).await;
        assert_eq!((arrived(&first).len(), arrived(&second).len(), arrived(&third).len()), (1, 0, 0), "post A first");
        house.later(7);
        house.run_jobs().await;
        complete(house).await;
        assert_eq!((arrived(&first).len(), arrived(&second).len(), arrived(&third).len()), (1, 1, 0), "then post B");
        assert_eq!(arrived(&office).len(), 1, "and the office that asked for it");
        // The roster is over: the next order reaches everybody with the role.
        house.later(24);
        orders(house, &["关于无人值班的通知"]).await;
        complete(house).await;
        assert_eq!((arrived(&first).len(), arrived(&second).len(), arrived(&third).len()), (2, 1, 1));
    }
);

on_both!(
    /// What a person does not want stays away; a superior's letter about late portals is urgent.
    people_choose_and_urgent_is_marked, house with Setup::with_mail() => {
        let (Some(quiet), Some(above)) = (mailbox("quiet"), mailbox("above")) else { return };
        let cookie = house.person("editor", CITY, Role::Editor, false).await;
        house.form(&cookie, "/console/my-notices", &[("address", &quiet), ("want", "duty")]).await.expect(303);
        house.person("operator", "hubei", Role::Operator, true).await;
        let operator = house.app.store.people_at(house.site("hubei").tenant, &[Role::Operator]).await.expect("people").remove(0);
        let mail = MailSettings { address: above.clone(), lang: "zh-Hans".to_owned(), off: Vec::new() };
        house.app.store.put_mail(operator.id, &mail).await.expect("set");
        let mut wuhan = crate::kit::entry(CITY, "武汉市", "city", "hubei");
        wuhan.repost = Some(exchange::policy::PolicySpec { auto_accept: false, fallback: exchange::policy::FallbackScope::None, limit_hours: None });
        house.apply(vec![wuhan]).await;
        orders(house, &["关于逾期的通知"]).await;
        complete(house).await;
        assert!(arrived(&quiet).is_empty());
        house.later(12);
        house.run_jobs().await;
        complete(house).await;
        let letters = arrived(&above);
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0]["headers"]["importance"], "high");
        assert!(letters[0]["headers"]["subject"].as_str().is_some_and(|subject| subject.contains("【紧急】") && subject.contains("关于逾期的通知")));
        assert!(letters[0]["text"].as_str().is_some_and(|text| text.contains("/console/orders/")));
    }
);
