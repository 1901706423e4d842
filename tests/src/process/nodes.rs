//! Two nodes over one PostgreSQL, with Redis and without: what one commits the other shows, work is done once, and a node
//! that goes away is missed by nobody.

use serde_json::{Value, json};

use super::client::{Client, text};
use super::eventually;
use super::ground::{Ground, server};
use super::node::{Node, free_port};
use super::wire::Wire;

/// Seconds that a publication may take to the other node before the test gives up on it.
const CROSSING: u64 = 20;

const DUTY: (&str, &str) = ("duty", "Dibao-demo-2026");

/// Two nodes and somebody from the centre at each.
struct Pair {
    a: Node,
    b: Node,
    at_a: Client,
    at_b: Client,
}

impl Pair {
    async fn open(ground: &Ground, tenants: &str, redis: [&str; 2]) -> Self {
        let a = ground.demo(&["--tenants", tenants, "--redis-url", redis[0]]).await;
        let b = ground.serve(&["--redis-url", redis[1]]).await;
        let token = ground.token("www", "central").await;
        let (at_a, at_b) = (a.client(&token), b.client(&token));
        Self { a, b, at_a, at_b }
    }

    /// Publications and withdrawals cross in both directions; pages that are ready in memory are no exception.
    async fn crosses(&self, title: &str) {
        for (here, there, title) in
            [(&self.at_a, &self.at_b, format!("{title}甲")), (&self.at_b, &self.at_a, format!("{title}乙"))]
        {
            let (status, list) = there.page("www.localhost", "/gwyzc/").await;
            assert_eq!(status, 200);
            assert!(!list.contains(&title));
            let (id, address) = here.publish(&title).await;
            eventually("the list of the other node shows it", CROSSING, async || {
                there.page("www.localhost", "/gwyzc/").await.1.contains(&title).then_some(())
            })
            .await;
            let (status, article) = there.page("www.localhost", &address).await;
            assert!(status == 200 && article.contains(&title), "{status}");
            let path = format!("/api/v1/documents/{id}/withdraw");
            let (status, said) = here.post(&path, json!({ "reason": "内容有误" })).await.expect("an answer");
            assert_eq!(status, 200, "{said}");
            eventually("the page of the other node is gone", CROSSING, async || {
                (there.page("www.localhost", &address).await.0 == 410).then_some(())
            })
            .await;
            assert!(!there.page("www.localhost", "/gwyzc/").await.1.contains(&title));
        }
    }
}

/// What a node says about itself.
async fn readiness(client: &Client) -> Value {
    let (status, body) = client.page("localhost", "/readyz").await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

fn redis() -> Option<String> {
    let url = server("DIBAO_TEST_REDIS_URL");
    if url.is_none() {
        println!("left out: no Redis was started for the tests");
    }
    url
}

async fn redis_says(client: &Client, word: &str) {
    eventually(&format!("redis is {word}"), CROSSING, async || {
        let said = readiness(client).await;
        assert_eq!(said["ready"], true, "a node without Redis serves on: {said}");
        text(&said, "redis").starts_with(word).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_crosses_through_postgres_alone() {
    let Some(ground) = Ground::postgres().await else { return };
    let pair = Pair::open(&ground, "5", ["", ""]).await;
    assert_eq!(readiness(&pair.at_b).await["redis"], "off");
    pair.crosses("无缓存服务器").await;
}

/// Redis is there, goes away under open connections, and comes back; the nodes work on and say how it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_comes_and_goes_and_the_nodes_work_on() {
    let Some(url) = redis() else { return };
    let Some(ground) = Ground::postgres().await else { return };
    let mut wire = Wire::to(&url).await;
    let pair = Pair::open(&ground, "5", [&wire.url, &wire.url]).await;
    redis_says(&pair.at_a, "up").await;
    redis_says(&pair.at_b, "up").await;
    pair.crosses("有缓存服务器").await;
    let (status, cookie) = pair.at_a.sign_in(DUTY.0, DUTY.1).await;
    assert_eq!(status, 303);
    assert_eq!(pair.at_b.room(&cookie, "/console/").await, 200, "a session holds on every node");

    wire.cut().await;
    redis_says(&pair.at_a, "down").await;
    redis_says(&pair.at_b, "down").await;
    pair.crosses("缓存服务器中断").await;
    assert_eq!(pair.at_b.room(&cookie, "/console/").await, 200, "a session outlives Redis");
    assert_eq!(pair.at_b.sign_in(DUTY.0, DUTY.1).await.0, 303);

    wire.mend().await;
    redis_says(&pair.at_a, "up").await;
    redis_says(&pair.at_b, "up").await;
    pair.crosses("缓存服务器恢复").await;
}

/// One node was given an address where no Redis ever was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_without_its_redis() {
    let Some(url) = redis() else { return };
    let Some(ground) = Ground::postgres().await else { return };
    let nobody = format!("redis://127.0.0.1:{}/0", free_port());
    let pair = Pair::open(&ground, "5", [&url, &nobody]).await;
    redis_says(&pair.at_a, "up").await;
    redis_says(&pair.at_b, "down").await;
    pair.crosses("一台没有缓存服务器").await;
    let (status, cookie) = pair.at_b.sign_in(DUTY.0, DUTY.1).await;
    assert_eq!(status, 303);
    assert_eq!(pair.at_a.room(&cookie, "/console/").await, 200, "a session holds on every node");
}

/// Probes that a node's worker ran.
async fn probed(client: &Client) -> f64 {
    let (status, metrics) = client.page("localhost", "/metrics").await;
    assert_eq!(status, 200);
    let lines = metrics.lines().filter(|line| line.starts_with("dibao_jobs_total{kind=\"probe\""));
    lines.map(|line| line.rsplit(' ').next().expect("a value").parse::<f64>().expect("a number")).sum()
}

/// Waits until every mirror of every order was seen; answers how many orders there are.
async fn settled(client: &Client) -> usize {
    eventually("every mirror is seen by a probe", 300, async || {
        let orders = client.orders().await;
        let done = orders.iter().all(|order| order["counts"]["live_unverified"] == 0);
        for order in &orders {
            assert_eq!(order["counts"]["failed"], 0, "{order}");
        }
        done.then_some(orders.len())
    })
    .await
}

/// Both workers take their part, one is killed, one is stopped in the middle of it: everything is proven, nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_share_the_work_and_take_over() {
    let Some(ground) = Ground::postgres().await else { return };
    let mut pair = Pair::open(&ground, "120", ["", ""]).await;
    let mut editions = pair.at_a.live().await.into_iter().skip(1);
    let orders = pair.at_a.orders().await;
    let mut next = |client: &Client| {
        let ordered = text(&orders[0], "edition_id");
        let document = editions.by_ref().find(|live| live.edition != ordered).expect("a document");
        let client = client.clone();
        async move { client.issued(&document.edition, "yaowen").await }
    };

    let (mut share_a, mut share_b) = (0.0, 0.0);
    for _ in 0..5 {
        next(&pair.at_a).await;
        settled(&pair.at_b).await;
        (share_a, share_b) = (probed(&pair.at_a).await, probed(&pair.at_b).await);
        if share_a > 0.0 && share_b > 0.0 {
            break;
        }
    }
    assert!(share_a > 0.0 && share_b > 0.0, "probes of one node {share_a}, of the other {share_b}");

    // Killed in the middle: the other node takes over when the leases run out.
    next(&pair.at_a).await;
    eventually("the first node is at work", 60, async || (probed(&pair.at_a).await > share_a).then_some(())).await;
    pair.a.kill().await;
    settled(&pair.at_b).await;

    // Stopped in the middle, while somebody watches the board: it finishes what it began and ends well.
    let c = ground.serve(&[]).await;
    let at_c = c.client(&ground.token("www", "central").await);
    let order = next(&pair.at_b).await;
    let (status, cookie) = pair.at_b.sign_in(DUTY.0, DUTY.1).await;
    assert_eq!(status, 303);
    let watching = pair.at_b.request(reqwest::Method::GET, "www.localhost", &format!("/console/orders/{order}/events"));
    let mut watching = watching.header("cookie", &cookie).send().await.expect("an answer");
    assert_eq!(watching.status(), 200);
    assert!(watching.chunk().await.expect("a piece").is_some(), "the board is live");
    assert_eq!(pair.b.terminate().await, Some(0));
    while watching.chunk().await.expect("a stream that ends, not one that breaks").is_some() {}

    let orders = settled(&at_c).await;
    for order in at_c.orders().await {
        let [on_time, waiting] = ["verified_on_time", "waiting"].map(|name| order["counts"][name].as_i64().unwrap());
        assert!(on_time > 100 && on_time + waiting == order["audience_count"].as_i64().unwrap(), "{order}");
    }
    let verdict = ground.run(&["--json", "evidence", "verify"]).await.expect(0).json();
    assert_eq!(verdict["broken"], json!([]));
    // Each order binds its audience; editions and proofs are bound besides.
    assert!(verdict["bindings"].as_u64().unwrap() > u64::try_from(orders).unwrap(), "{verdict}");
    for slug in at_c.portals().await.iter().skip(1).step_by(8) {
        let proven = ground.proofs(slug).await.len();
        assert!(proven == orders || proven == 0, "{slug} proved {proven} of {orders} orders");
    }
}
