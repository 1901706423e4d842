//! The demo is set up once, grows when asked, and completes what a killed set-up left behind.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement};
use serde::Deserialize;
use serde_json::Value;

use super::Chance;
use super::client::{Client, text};
use super::ground::Ground;
use super::node::Node;
use crate::kit::root;

/// People of the demo, as its script names them.
#[derive(Deserialize)]
struct Script {
    password: String,
    account: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

impl Script {
    fn read() -> Self {
        let text = std::fs::read_to_string(root().join("tenants/samples/demo.toml")).expect("a script");
        toml::from_str(&text).expect("a valid script")
    }
}

/// What a set-up made, without what differs from one to the next.
struct Made {
    portals: Vec<Value>,
    /// Portal, column, mode and title of everything that it shows.
    shown: Vec<(String, String, String, String)>,
    /// Title and audience of each order.
    orders: Vec<(String, i64)>,
    /// Who can sign in.
    people: Vec<String>,
}

impl Made {
    async fn look(ground: &Ground, node: &Node) -> Self {
        let client = node.client(&ground.token("www", "central").await);
        let mut portals = client.all("/api/v1/tenants", 50).await;
        portals.sort_by_key(|portal| text(portal, "slug"));
        let mut shown = Vec::new();
        for slug in portals.iter().map(|portal| text(portal, "slug")) {
            for item in client.all(&format!("/api/v1/documents?tenant={slug}"), 100).await {
                shown.push((slug.clone(), text(&item, "column"), text(&item, "mode"), text(&item, "title")));
            }
        }
        shown.sort();
        let live = client.live().await;
        let titled = |order: &Value| {
            let edition = text(order, "edition_id");
            let ordered = live.iter().find(|live| live.edition == edition).expect("an ordered document");
            (ordered.title.clone(), order["audience_count"].as_i64().expect("a count"))
        };
        let orders = client.orders().await.iter().map(titled).collect();
        let script = Script::read();
        let mut people = Vec::new();
        for account in script.account {
            if client.sign_in(&account.login, &script.password).await.0 == 303 {
                people.push(account.login);
            }
        }
        Self { portals, shown, orders, people }
    }

    /// This must be what somebody else made; says only where it differs.
    fn expect(&self, wanted: &Self) {
        fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &[T], wanted: &[T]) {
            let missing: Vec<_> = wanted.iter().filter(|one| !found.contains(one)).collect();
            let more: Vec<_> = found.iter().filter(|one| !wanted.contains(one)).collect();
            assert!(missing.is_empty() && more.is_empty(), "{what}: missing {missing:?}, too many {more:?}");
            assert_eq!(found.len(), wanted.len(), "{what}: some are there twice");
        }
        same("portals", &self.portals, &wanted.portals);
        same("documents", &self.shown, &wanted.shown);
        same("orders", &self.orders, &wanted.orders);
        same("people who can sign in", &self.people, &wanted.people);
    }
}

async fn second_start_finds_everything(ground: Ground) {
    let demo = ["--tenants", "40"];
    let mut node = ground.demo(&demo).await;
    let token = ground.token("www", "central").await;
    let before = (node.client(&token).orders().await, Made::look(&ground, &node).await);
    assert_eq!(before.1.portals.len(), 40);
    assert_eq!(before.1.orders.len(), 1, "one order, so that the board has something to show");
    assert_eq!(before.1.people.len(), Script::read().account.len(), "everybody can sign in");
    assert_eq!(node.terminate().await, Some(0));

    let mut node = ground.demo(&demo).await;
    let printed = node.printed().join("\n");
    for part in
        ["40 portals are there", " 0 documents loaded", "the order was issued before", "ready http://localhost:"]
    {
        assert!(printed.contains(part), "no {part:?} in\n{printed}");
    }
    let client = node.client(&token);
    let orders = client.orders().await;
    let ids = |orders: &[Value]| orders.iter().map(|order| text(order, "id")).collect::<Vec<_>>();
    assert_eq!(ids(&orders), ids(&before.0), "the same order and no second one");
    Made::look(&ground, &node).await.expect(&before.1);
    let home = client.page("hubei.localhost", "/").await;
    assert!(home.0 == 200 && home.1.contains("湖北"), "{}", home.0);
    assert_eq!(node.terminate().await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_finds_everything_on_sqlite() {
    second_start_finds_everything(Ground::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_finds_everything_on_postgres() {
    let Some(ground) = Ground::postgres().await else { return };
    second_start_finds_everything(ground).await;
}

async fn portals(ground: &Ground, client: &Client) -> usize {
    let portals = client.portals().await;
    let listed = ground.run(&["--json", "tenants", "list"]).await.expect(0).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(portals.len()), "the API and the command agree");
    portals.len()
}

/// As many portals as were asked for, synthetic ones under real counties; more on a later start, never fewer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_has_as_many_portals_as_asked() {
    let ground = Ground::sqlite();
    let mut node = ground.demo(&["--tenants", "40"]).await;
    let token = ground.token("www", "central").await;
    assert_eq!(portals(&ground, &node.client(&token)).await, 40);
    assert_eq!(node.client(&token).page("s00001.localhost", "/").await.0, 421);
    assert_eq!(node.terminate().await, Some(0));

    let mut node = ground.demo(&["--tenants", "40", "--scale", "200"]).await;
    let client = node.client(&token);
    assert_eq!(portals(&ground, &client).await, 200);
    for slug in ["s00001", "s00160", "www", "jiangan-wuhan-hubei"] {
        assert_eq!(client.page(&format!("{slug}.localhost"), "/").await.0, 200, "{slug}");
    }
    assert_eq!(client.page("s00161.localhost", "/").await.0, 421);
    let synthetic = client.all("/api/v1/tenants?level=department", 100).await;
    assert_eq!(synthetic.len(), 160);
    assert!(synthetic.iter().all(|portal| portal["parent"].is_string()), "each has a superior");
    assert_eq!(node.terminate().await, Some(0));

    let node = ground.demo(&["--tenants", "40"]).await;
    assert_eq!(portals(&ground, &node.client(&token)).await, 200, "nobody's portal goes away");
}

/// Kills a set-up a random moment after it began or announced a step, four times over, and lets the next one finish.
async fn killed_setup_is_completed(grounds: Vec<Ground>, whole: Ground) {
    let demo = ["--tenants", "40"];
    let mut chance = Chance::new();
    let node = whole.demo(&demo).await;
    let wanted = Made::look(&whole, &node).await;
    drop(node);
    for ground in grounds {
        for (step, within) in [("", 300), ("1/4", 150), ("1/4", 1000), ("2/4", 30)] {
            let mut node = ground.begin(&demo);
            if !step.is_empty() {
                node.said(step).await;
            }
            node.kill_after(chance.before(Duration::from_millis(within)));
            node.gone().await;
        }
        let node = ground.demo(&demo).await;
        Made::look(&ground, &node).await.expect(&wanted);
        ground.run(&["evidence", "verify"]).await.expect(0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_setup_is_completed_on_sqlite() {
    killed_setup_is_completed((0..4).map(|_| Ground::sqlite()).collect(), Ground::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_setup_is_completed_on_postgres() {
    let mut grounds = Vec::new();
    for _ in 0..4 {
        let Some(ground) = Ground::postgres().await else { return };
        grounds.push(ground);
    }
    let whole = grounds.pop().expect("a database");
    killed_setup_is_completed(grounds, whole).await;
}

/// Asked to stop while it sets up, the demo ends by itself between two steps, and the next start completes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setup_that_is_asked_to_stop_ends_cleanly() {
    let demo = ["--tenants", "5"];
    let ground = Ground::sqlite();
    for step in ["1/4", "2/4"] {
        let mut node = ground.begin(&demo);
        node.said(step).await;
        assert_eq!(node.terminate().await, Some(0), "{step}");
        ground.run(&["evidence", "verify"]).await.expect(0);
    }
    let mut node = ground.demo(&demo).await;
    // The word is given when the process listens for the wish that it ends, not before.
    assert_eq!(node.terminate().await, Some(0));
    let node = ground.demo(&demo).await;
    assert_eq!(Made::look(&ground, &node).await.people.len(), Script::read().account.len());
}

/// Rows of the table of people, as soon as there is such a table.
async fn people(ground: &Ground) -> i64 {
    let Ok(db) = Database::connect(format!("{}?mode=ro", ground.embedded())).await else { return 0 };
    let count = Statement::from_string(db.get_database_backend(), "SELECT count(*) AS people FROM account");
    let row = db.query_one_raw(count).await.ok().flatten();
    let _ = db.close().await;
    row.and_then(|row| row.try_get("", "people").ok()).unwrap_or_default()
}

/// Killed after the first person was written and before the last: everybody can sign in after the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setup_killed_between_two_people_is_completed() {
    let demo = ["--tenants", "5"];
    let everybody = Script::read().account.len();
    for _ in 0..5 {
        let ground = Ground::sqlite();
        let mut node = ground.begin(&demo);
        super::eventually("the first person", 60, async || (people(&ground).await > 0).then_some(())).await;
        node.kill().await;
        if people(&ground).await >= i64::try_from(everybody).expect("a few people") {
            continue;
        }
        let node = ground.demo(&demo).await;
        assert_eq!(Made::look(&ground, &node).await.people.len(), everybody);
        return;
    }
    panic!("five times the last person was written before the kill");
}
