//! A portal below the border asks to be let off; the superior's officer decides, and nobody is let off by a link that is cut.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::pair::Pair;
use crate::kit::House;

async fn kinds(house: &House, slug: &str) -> Vec<String> {
    let tx = house.app.store.reading(house.site(slug).tenant).await.expect("a transaction");
    tx.entries(0, 1_000).await.expect("entries").into_iter().map(|entry| entry.kind).collect()
}

/// What the province's portal owes, as its own house sees it; the order has another name there.
async fn at_home(pair: &Pair, head: &str) -> Value {
    let list = pair.province.get(head, "/api/v1/obligations").await.expect(200).json();
    list["items"][0].clone()
}

async fn run(pair: &Pair) {
    let (centre, province) = (&pair.centre, &pair.province);
    let duty = centre.token("www", Role::CentralDuty).await;
    let head = province.token("hubei", Role::TenantAdmin).await;
    let notice = centre.publish(&duty, "gwyzc", "关于做好防汛工作的通知").await;
    let order = centre.order(&duty, &notice.edition).await;
    pair.minutes(2).await;
    let local = at_home(pair, &head).await["order_id"].as_str().expect("an order").to_owned();
    let ask = async |reason: &str| {
        let path = format!("/api/v1/obligations/{local}/exemption");
        province.post(&head, &path, json!({ "reason": reason })).await.expect(200);
    };
    let decide = async |granted: bool, answer: &str| {
        let path = format!("/api/v1/orders/{order}/exemptions/hubei");
        centre.post(&duty, &path, json!({ "granted": granted, "answer": answer })).await
    };
    let home = async || province.get(&head, &format!("/api/v1/obligations/{local}")).await.expect(200).json();

    // Asked while the link is cut: nothing is known above, and there is nothing to decide.
    pair.cable.cut(true);
    ask("该栏目正在改版").await;
    pair.minutes(2).await;
    decide(true, "同意").await.expect(409);
    pair.cable.cut(false);
    pair.minutes(2).await;
    let cookie = centre.person("duty", "www", Role::CentralDuty, true).await;
    let board = centre.room(&cookie, &format!("/console/orders/{order}?group=waiting")).await.expect(200).body;
    assert!(board.contains("该栏目正在改版"), "the officer sees it on the board");

    // Refused: the answer comes down, nobody is exempt, and it may be asked again with a better reason.
    decide(false, "请改版后转载").await.expect(200);
    pair.minutes(2).await;
    let refused = home().await;
    assert_eq!(
        (refused["standing"].as_str(), refused["exemption"]["granted"].as_bool()),
        (Some("issued"), Some(false)),
        "{refused}"
    );
    assert_eq!(refused["exemption"]["answer"].as_str(), Some("请改版后转载"));
    pair.minutes(1).await;
    ask("网站整体迁移，三日内无法更新").await;
    pair.minutes(2).await;

    // Granted while the link is cut, and silent past the limit: below it is owed, and overdue, until the word is there.
    pair.cable.cut(true);
    let debt = centre.standing("hubei", &order).await;
    assert_eq!(debt["exemption"]["reason"].as_str(), Some("网站整体迁移，三日内无法更新"), "{debt}");
    for house in [province, centre] {
        house.later(30);
    }
    pair.minutes(1).await;
    for owed in [home().await, centre.standing("hubei", &order).await] {
        assert_eq!(
            (owed["standing"].as_str(), owed["overdue"].as_bool()),
            (Some("issued"), Some(true)),
            "silence exempts nobody: {owed}"
        );
    }
    decide(true, "同意").await.expect(200);
    pair.minutes(2).await;
    assert_eq!(home().await["standing"].as_str(), Some("issued"));
    pair.cable.cut(false);
    pair.minutes(3).await;
    let done = home().await;
    assert_eq!(
        (done["standing"].as_str(), done["exemption"]["answer"].as_str()),
        (Some("exempt"), Some("同意")),
        "{done}"
    );
    assert_eq!(centre.standing("hubei", &order).await["standing"].as_str(), Some("exempt"));
    assert_eq!(centre.counts(&duty, &order).await["exempt"].as_i64(), Some(1));
    let (above, below) = (kinds(centre, "hubei").await, kinds(province, "www").await);
    let times = |kinds: &[String], kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!(
        (times(&above, "exemption.asked"), times(&below, "exemption.decided")),
        (2, 2),
        "each once on the record"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exemption_crosses_the_border_sqlite() {
    let pair = Pair::open_by_hand(Engine::Sqlite).await.expect("two houses");
    run(&pair).await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exemption_crosses_the_border_postgres() {
    let Some(pair) = Pair::open_by_hand(Engine::Postgres).await else { return eprintln!("left out: no PostgreSQL") };
    run(&pair).await;
    pair.close().await;
}
