//! The hub's patience: a listener that fails is told again, signed anew, and once; one that goes on failing is given up for
//! this time, shown, and told of the next change.

use base::duty::Role;
use base::store::Engine;

use super::site::Foreign;
use super::{BODY, NUMBER, TITLE, draft_and_publish};
use crate::kit::{House, Setup, encoded};

/// Somebody subscribes with a secret, and means it.
async fn subscribed(house: &House, foreign: &Foreign) {
    let host = format!("www.localhost:{}", house.port);
    let topic = format!("http://{host}/orders.atom");
    let callback = foreign.url("/callback?token=s3same");
    let wish =
        [("hub.mode", "subscribe"), ("hub.topic", &topic), ("hub.callback", &callback), ("hub.secret", "s3cret")];
    let body: Vec<String> = wish.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    house.send("POST", &host, "/websub", &kind, body.join("&")).await.expect(202);
    house.run_jobs().await;
}

/// What the listener was sent: bodies and signatures, also those that it did not take.
fn sent(foreign: &Foreign) -> Vec<(String, String)> {
    let told = foreign.told.lock().expect("told");
    told.iter().map(|(body, signature, _)| (body.clone(), signature.clone())).collect()
}

async fn minutes(house: &House, minutes: i64) {
    house.clock.advance(minutes * base::Timestamp::MINUTE);
    house.run_jobs().await;
}

async fn registry(house: &House, cookie: &str) -> String {
    house.room(cookie, "/console/outside").await.expect(200).body
}

with_foreign!(
    /// Two failures, then 200: told with growing pauses, signed each time, and not a fourth time.
    a_failing_listener_is_told_again, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        let cookie = house.person("hub-a", "www", Role::CentralDuty, true).await;
        subscribed(house, foreign).await;
        assert!(registry(house, &cookie).await.contains("正常"));
        foreign.answer_callbacks(&[500, 503]);
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        assert_eq!(sent(foreign).len(), 1);
        let page = registry(house, &cookie).await;
        assert!(page.contains("将重试") && page.contains("对方故障（500）"), "{page}");
        assert!(page.contains(&foreign.url("/callback")) && !page.contains("s3same"), "what stands behind the path is not shown");
        minutes(house, 1).await;
        assert_eq!(sent(foreign).len(), 1, "the first pause is two minutes");
        minutes(house, 1).await;
        assert_eq!(sent(foreign).len(), 2);
        minutes(house, 2).await;
        assert_eq!(sent(foreign).len(), 2, "the pauses grow");
        minutes(house, 2).await;
        let told = sent(foreign);
        assert_eq!(told.len(), 3, "the third one is taken");
        let feed = house.page("www", "/orders.atom").await.expect(200).body;
        for (body, signature) in &told {
            assert_eq!(body, &feed);
            assert_eq!(signature, &border::outside::hub::signature("s3cret", body.as_bytes()));
        }
        for _ in 0..20 {
            minutes(house, 60).await;
        }
        assert_eq!(sent(foreign).len(), 3, "delivered once");
        let cookie = house.person("hub-b", "www", Role::CentralDuty, true).await;
        let page = registry(house, &cookie).await;
        assert!(page.contains("正常") && !page.contains("对方故障"), "{page}");
    }
);

with_foreign!(
    /// Eight attempts and no more; the registry says so; the next change is a new beginning, and 410 is the end.
    a_dead_listener_is_given_up, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        subscribed(house, foreign).await;
        foreign.answer_callbacks(&[500; 8]);
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        for _ in 0..48 {
            minutes(house, 60).await;
        }
        assert_eq!(sent(foreign).len(), 8, "given up after eight attempts");
        let cookie = house.person("hub-c", "www", Role::CentralDuty, true).await;
        let page = registry(house, &cookie).await;
        assert!(page.contains("已停止重试") && page.contains("对方故障（500）") && page.contains("连续失败次数 8"), "{page}");
        let stranger = house.person("hub-d", "hubei", Role::Operator, true).await;
        assert!(!registry(house, &stranger).await.contains("/callback"), "whose feed it is sees who listens");
        // The listener works again, and the feed changes: it is told of that change, once.
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), serde_json::json!({ "reason": "内容有误" })).await.expect(200);
        house.run_jobs().await;
        let told = sent(foreign);
        assert_eq!(told.len(), 9);
        assert!(told[8].0.contains("deleted-entry"));
        assert_eq!(told[8].1, border::outside::hub::signature("s3cret", told[8].0.as_bytes()));
        let cookie = house.person("hub-e", "www", Role::CentralDuty, true).await;
        assert!(registry(house, &cookie).await.contains("正常"));
        // Who answers 410 wants no more.
        foreign.answer_callbacks(&[410]);
        let other = draft_and_publish(house, &duty, "国务院办公厅关于做好春耕备耕工作的通知", BODY, "国办发〔2026〕13号").await;
        house.order(&duty, &other.edition).await;
        house.run_jobs().await;
        assert_eq!(sent(foreign).len(), 10);
        assert!(registry(house, &cookie).await.contains("还没有网站通过 WebSub 订阅"));
    }
);
