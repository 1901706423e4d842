//! The portals below the border: the centre sees each of them, as the province told, and none of them becomes one of its own.

use base::duty::Role;
use base::outbound::{Ask, HeaderMap};
use base::store::Engine;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use super::pair::Pair;
use crate::kit::{Answer, House};

/// Every portal of the province under an order, as the centre's API lists them, two to a page.
async fn portals(centre: &House, duty: &str, order: &str, group: &str) -> Vec<Value> {
    let peers = centre.get(duty, &format!("/api/v1/orders/{order}/peers")).await.expect(200).json();
    let Some(peer) = peers["items"][0]["peer"].as_str() else { return Vec::new() };
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/orders/{order}/peers/{peer}/portals?limit=2&group={group}{cursor}");
        let page = centre.get(duty, &path).await.expect(200).json();
        let found = page["items"].as_array().expect("items");
        assert!(found.len() <= 2, "{page}");
        items.extend(found.iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

fn texts<'a>(items: &'a [Value], name: &str) -> Vec<&'a str> {
    items.iter().map(|one| one[name].as_str().unwrap_or_default()).collect()
}

async fn run(pair: &Pair) {
    let (centre, province) = (&pair.centre, &pair.province);
    let duty = centre.token("www", Role::CentralDuty).await;
    let notice = centre.publish(&duty, "gwyzc", "关于做好防汛工作的通知").await;
    let order = centre.order(&duty, &notice.edition).await;
    pair.minutes(4).await;

    // Each of them by name, with its page, although four do not fit into one message or one page.
    let seen = portals(centre, &duty, &order, "").await;
    assert_eq!(texts(&seen, "division_code"), ["420000", "420100", "420102", "420500"]);
    assert_eq!(texts(&seen, "name"), ["湖北省人民政府", "武汉市人民政府", "江岸区人民政府", "宜昌市人民政府"]);
    assert_eq!(texts(&seen, "standing"), ["proven"; 4]);
    assert_eq!(texts(&seen, "parent")[2], "武汉市人民政府");
    assert!(seen.iter().all(|one| one["late"] == false && one["overdue"] == false && one["placed_at"].is_string()));
    let district = &seen[2];
    let url = district["url"].as_str().expect("a page");
    let path = url.split_once(&format!(":{}", province.port)).expect("a page of the province's").1;
    assert!(province.page("jiangan-wuhan-hubei", path).await.expect(200).body.contains("防汛工作"));
    assert!(portals(centre, &duty, &order, "overdue").await.is_empty());
    assert_eq!(portals(centre, &duty, &order, "verified_on_time").await.len(), 4);
    let sum = centre.get(&duty, &format!("/api/v1/orders/{order}/peers")).await.expect(200).json()["items"][0].clone();
    assert_eq!((sum["tenant"].as_str(), sum["counts"]["verified_on_time"].as_i64()), (Some("hubei"), Some(4)), "{sum}");

    // They are no tenants here, and the centre's own counts are what they were.
    assert!(centre.app.store.sites().by_slug("wuhan-hubei").is_none());
    let own = centre.counts(&duty, &order).await;
    assert_eq!(own.as_object().expect("counts").values().filter_map(Value::as_i64).sum::<i64>(), 3, "{own}");
    on_the_board(centre, &order, sum["peer"].as_str().expect("a peer")).await;

    // What did not move is not told again.
    let told: Vec<String> = texts(&seen, "told_at").into_iter().map(str::to_owned).collect();
    pair.minutes(3).await;
    assert_eq!(texts(&portals(centre, &duty, &order, "").await, "told_at"), told);

    cut_and_caught_up(pair, &duty).await;

    // The centre comes back from a backup that had less: it is told again, to the same end.
    let db = Database::connect(&centre.url).await.expect("the database");
    db.execute_unprepared("DELETE FROM peer_obligation WHERE division_code > '420100'").await.expect("lost");
    db.execute_unprepared("UPDATE peer_obligation SET standing = 'issued', version = 0").await.expect("old");
    db.close().await.expect("closed");
    pair.minutes(2).await;
    let again = portals(centre, &duty, &order, "").await;
    let facts = ["id", "name", "standing", "placed_at", "proven_at", "url"];
    for (before, after) in seen.iter().zip(&again) {
        assert!(facts.iter().all(|fact| before[fact] == after[fact]), "{before} {after}");
    }
    assert_eq!(again.len(), 4);
}

/// Counts always; names when the section is unfolded; and all of it in the file.
async fn on_the_board(centre: &House, order: &str, peer: &str) {
    let cookie = centre.person("duty", "www", Role::CentralDuty, true).await;
    let at = format!("/console/orders/{order}");
    let folded = centre.room(&cookie, &at).await.expect(200).body;
    assert!(folded.contains(&format!("beyond-{peer}")) && !folded.contains("江岸区"), "names come on demand");
    let open = centre.room(&cookie, &format!("{at}?peer={peer}")).await.expect(200).body;
    assert!(open.contains("江岸区") && open.contains("420102"));
    let none = centre.room(&cookie, &format!("{at}?peer={peer}&standing=overdue")).await.expect(200).body;
    assert!(!none.contains("江岸区"));
    let elsewhere = centre.room(&cookie, &format!("{at}?below=guangdong")).await.expect(200).body;
    assert!(!elsewhere.contains(&format!("beyond-{peer}")), "the province is not below Guangdong");
    let csv = centre.room(&cookie, &format!("{at}/export.csv")).await.expect(200).body;
    let line = csv.lines().find(|line| line.contains("江岸区")).expect("a line");
    assert!(line.contains("420102") && line.contains("peer of hubei") && line.contains("http"), "{line}");
    assert_eq!(csv.lines().count(), 1 + 3 + 4, "{csv}");
    let stranger = centre.person("stranger", "guangdong", Role::Operator, true).await;
    let other = centre.room(&stranger, &format!("{at}?peer={peer}")).await;
    assert!(!other.body.contains("江岸区") && !other.body.contains(&format!("beyond-{peer}")));
    let token = centre.token("guangdong", Role::Operator).await;
    let peers = centre.get(&token, &format!("/api/v1/orders/{order}/peers")).await.expect(200).json();
    assert_eq!(peers["items"], json!([]), "Guangdong is told nothing of Hubei");
    centre.get(&token, &format!("/api/v1/orders/{order}/peers/{peer}/portals")).await.expect(404);
}

/// The portals prove while the link is cut: the centre sees how they were, then how they are, by the instants of the province.
async fn cut_and_caught_up(pair: &Pair, duty: &str) {
    let (centre, province) = (&pair.centre, &pair.province);
    let second = centre.publish(duty, "gwyzc", "关于做好抗旱工作的通知").await;
    let order = centre.order(duty, &second.edition).await;
    province.clock.advance(base::Timestamp::MINUTE);
    // One look and nothing after it: the copies are up, and no probe has looked.
    let now = province.now();
    let jobs = province.app.store.claim_jobs("test", 64, 60, now).await.expect("claimed");
    for job in jobs {
        let outcome = dibao::work::run(&province.tools, &job).await;
        province.app.store.end_job(&job, outcome, now).await.expect("ended");
    }
    centre.clock.advance(base::Timestamp::MINUTE);
    centre.run_jobs().await;
    pair.cable.cut(true);
    pair.minutes(12).await;
    let before = portals(centre, duty, &order, "").await;
    assert_eq!(texts(&before, "standing"), ["published"; 4], "as it was when the link was cut");
    let peers = centre.get(duty, &format!("/api/v1/orders/{order}/peers")).await.expect(200).json();
    assert!(peers["items"][0]["lost_since"].is_string(), "{peers}");
    let back = centre.now();
    pair.cable.cut(false);
    pair.minutes(2).await;
    let after = portals(centre, duty, &order, "").await;
    assert_eq!(texts(&after, "standing"), ["proven"; 4]);
    assert!(texts(&after, "proven_at").iter().all(|at| *at < back.rfc3339().as_str()), "{after:?}");
    assert!(after.iter().all(|one| one["late"] == false), "a cut link makes nobody late");
    assert_eq!(texts(&before, "id"), texts(&after, "id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_portal_is_seen_sqlite() {
    let pair = Pair::open(Engine::Sqlite).await.expect("two houses");
    run(&pair).await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_portal_is_seen_postgres() {
    let Some(pair) = Pair::open(Engine::Postgres).await else { return eprintln!("left out: no PostgreSQL") };
    run(&pair).await;
    pair.close().await;
}

async fn say(pair: &Pair, said: &Value) -> Answer {
    let host = format!("127.0.0.1:{}", pair.centre.port);
    let url = format!("http://{host}/federation/v1/portals").parse().expect("an address");
    let mut ask = Ask::post(url, HeaderMap::new(), said.to_string().into());
    let signer = pair.province.app.signer.clone().expect("a key");
    signer.request(&mut ask, &base::Ids.secret(), pair.centre.now()).expect("signed");
    let headers = ask.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().expect("text")));
    let headers: Vec<(&str, &str)> = headers.collect();
    pair.centre.send("POST", &host, "/federation/v1/portals", &headers, said.to_string()).await
}

/// A province tells of its own portals under its own orders, in words that pages can show; nothing else is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_so_is_not_taken() {
    let pair = Pair::open(Engine::Sqlite).await.expect("two houses");
    let centre = &pair.centre;
    let duty = centre.token("www", Role::CentralDuty).await;
    let notice = centre.publish(&duty, "gwyzc", "只给广东的通知").await;
    let form = json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": "guangdong" } });
    let foreign = centre.post(&duty, "/api/v1/orders", form).await.expect(201).json()["id"].clone();
    let second = centre.publish(&duty, "gwyzc", "给全国的通知").await;
    let order = centre.order(&duty, &second.edition).await;
    pair.minutes(2).await;
    let line = |standing: &str, url: &str| {
        json!({ "portal": "01890a5d-ac96-774b-bcce-b302099a8057", "version": 7, "name": "外\u{7}县", "parent": "", "level": "moon",
                "division_code": "429999", "site": "x.example", "standing": standing, "late": false, "limit_hours": 24,
                "due_at": "2026-03-02T00:00:00Z", "placed_at": null, "proven_at": null, "url": url, "failure": "" })
    };
    say(&pair, &json!({ "order": foreign, "lines": [line("proven", "http://x.example/")] })).await.expect(404);
    say(&pair, &json!({ "order": order, "lines": [line("perfect", "http://x.example/")] })).await.expect(422);
    say(&pair, &json!({ "order": order, "lines": vec![line("proven", ""); 1001] })).await.expect(422);
    assert_eq!(portals(centre, &duty, &order, "").await.len(), 4);
    say(&pair, &json!({ "order": order, "lines": [line("proven", "javascript:alert(1)")] })).await.expect(200);
    let seen = portals(centre, &duty, &order, "").await;
    let odd = seen.iter().find(|one| one["division_code"] == "429999").expect("taken");
    assert_eq!((odd["name"].as_str(), odd["url"].as_str(), odd["level"].as_str()), (Some("外县"), Some(""), Some("")));
    pair.close().await;
}
