//! Killed without a warning, in the middle of issuing and of probing, at random points: nothing is half done, nothing is
//! lost, and the work goes on where it was.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, Live, counted, order_form, text};
use super::ground::Ground;
use super::node::Node;
use super::{Chance, eventually};

/// Kills while an order is issued, and while its mirrors are probed.
const ISSUING: usize = 11;
const PROBING: usize = 10;

/// Standard codes of the columns that orders go into; two, because a column of a portal gets long.
const POLICY: &str = "gwyzc";
const NEWS: &str = "yaowen";

const DEMO: &[&str] = &["--tenants", "120"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_points_on_sqlite() {
    killed_at_random_points(Ground::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_points_on_postgres() {
    let Some(ground) = Ground::postgres().await else { return };
    killed_at_random_points(ground).await;
}

/// What every order of this house must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Expected {
    audience: i64,
    /// Live at once, and to be seen by a probe.
    accepting: i64,
}

async fn killed_at_random_points(ground: Ground) {
    let mut chance = Chance::new();
    let mut house = House::open(&ground).await;
    let mut editions = house.editions.clone().into_iter();

    // How long issuing takes here when nobody interferes, so that the kills below fall inside it.
    let first = editions.next().expect("a document");
    let begun = Instant::now();
    let id = house.client.issued(&first.edition, POLICY).await;
    let length = begun.elapsed() + begun.elapsed() / 4;
    house.promised.insert(id, first);

    let mut cut = 0;
    for document in editions.by_ref().take(ISSUING) {
        cut += usize::from(house.killed_while_issuing(document, chance.before(length)).await);
    }
    let (there, absent) = (house.promised.len(), house.absent.len());
    println!("issuing: {ISSUING} kills, {cut} requests cut, {there} orders there, {absent} wholly absent");
    assert!(cut > 0, "no kill fell inside a request: the points are not where they should be");

    for document in editions.by_ref().take(PROBING) {
        house.killed_while_probing(document, chance.before(Duration::from_millis(400))).await;
    }

    // What was cut off before it was done stands in nobody's way now.
    for document in std::mem::take(&mut house.absent) {
        let id = house.client.issued(&document.edition, POLICY).await;
        house.promised.insert(id, document);
    }
    house.settles().await;
    house.evidence_holds().await;
    assert_eq!(house.node.terminate().await, Some(0));
}

/// A demo that is killed and started again, and what it owes.
struct House<'a> {
    ground: &'a Ground,
    node: Node,
    client: Client,
    token: String,
    expected: Expected,
    /// Documents of the centre without an order.
    editions: Vec<Live>,
    /// Orders that must be there, with the title of what they ask to repost.
    promised: BTreeMap<String, Live>,
    /// Documents whose order was cut off and left nothing.
    absent: Vec<Live>,
}

impl<'a> House<'a> {
    async fn open(ground: &'a Ground) -> Self {
        let node = ground.demo(DEMO).await;
        let token = ground.token("www", "central").await;
        let client = node.client(&token);
        let orders = client.orders().await;
        assert_eq!(orders.len(), 1, "the demo issues one order");
        let mut editions = client.live().await;
        let ordered = text(&orders[0], "edition_id");
        let at = editions.iter().position(|live| live.edition == ordered).expect("the ordered document");
        let promised = BTreeMap::from([(text(&orders[0], "id"), editions.remove(at))]);
        let (status, seen) =
            client.post("/api/v1/orders/preview", order_form(&editions[0].edition, POLICY)).await.expect("an answer");
        assert_eq!(status, 200, "{seen}");
        let number = |name: &str| seen[name].as_i64().expect("a number");
        let expected = Expected { audience: number("audience_count"), accepting: number("auto_accept") };
        assert_eq!(expected.audience, 119, "all but the centre");
        Self { ground, node, client, token, expected, editions, promised, absent: Vec::new() }
    }

    async fn restart(&mut self) {
        self.node.gone().await;
        self.node = self.ground.demo(DEMO).await;
        self.client = self.node.client(&self.token);
        self.orders_are_whole().await;
    }

    /// Kills a moment after the request went out. Answers whether the request was cut.
    async fn killed_while_issuing(&mut self, document: Live, moment: Duration) -> bool {
        let (client, edition) = (self.client.clone(), document.edition.clone());
        let asked = tokio::spawn(async move { client.issue(&edition, POLICY).await });
        self.node.kill_after(moment);
        let answer = asked.await.expect("asked").ok();
        let cut = answer.is_none();
        let promise = answer.map(|(status, order)| {
            assert_eq!(status, 201, "{order}");
            text(&order, "id")
        });
        self.restart().await;
        let found = self.orders_of(&document).await;
        match (&promise, found.as_slice()) {
            (Some(id), [order]) => assert_eq!(&text(order, "id"), id, "the order that was answered"),
            (None, [_] | []) => {}
            _ => panic!("answered {promise:?}, found {found:?}"),
        }
        match found.first() {
            Some(order) => {
                assert!(self.shows(&document).await, "an order that is there, and no mirror of {}", document.title);
                self.promised.insert(text(order, "id"), document);
            }
            None => {
                assert!(!self.shows(&document).await, "a mirror of {} without its order", document.title);
                self.absent.push(document);
            }
        }
        cut
    }

    /// Kills a moment after the first portals were seen, while others are not.
    async fn killed_while_probing(&mut self, document: Live, moment: Duration) {
        let id = self.client.issued(&document.edition, NEWS).await;
        self.promised.insert(id.clone(), document);
        let path = format!("/api/v1/orders/{id}");
        let (client, accepting) = (self.client.clone(), self.expected.accepting);
        let left = eventually("the first mirror is seen by a probe", 120, async || {
            let left = client.get(&path).await["counts"]["live_unverified"].as_i64().expect("a number");
            (left < accepting).then_some(left)
        })
        .await;
        assert!(left > 0, "all were seen between two looks: the kill would not fall inside the probing");
        self.node.kill_after(moment);
        self.restart().await;
    }

    /// Orders about one document.
    async fn orders_of(&self, document: &Live) -> Vec<Value> {
        let mut orders = self.client.orders().await;
        orders.retain(|order| order["edition_id"] == document.edition.as_str());
        orders
    }

    /// Whether a province lists the document as reposted.
    async fn shows(&self, document: &Live) -> bool {
        let listed = self.client.all("/api/v1/documents?tenant=hubei", 100).await;
        listed.iter().any(|item| item["title"] == document.title.as_str())
    }

    /// Everything that was promised is there, once, with one obligation per portal of its audience.
    async fn orders_are_whole(&self) {
        let orders = self.client.orders().await;
        for id in self.promised.keys() {
            let there = orders.iter().filter(|order| order["id"] == id.as_str()).count();
            assert_eq!(there, 1, "order {id} was promised");
        }
        for order in orders {
            assert_eq!(order["audience_count"], self.expected.audience, "{order}");
            assert_eq!(counted(&order), self.expected.audience, "one obligation per portal addressed: {order}");
        }
    }

    /// The rest of the work gets done by itself, and comes out as if nothing had happened.
    async fn settles(&self) {
        let Expected { audience, accepting } = self.expected;
        let wanted = json!({
            "waiting": audience - accepting, "live_unverified": 0, "verified_on_time": accepting, "verified_late": 0,
            "overdue": 0, "exempt": 0, "failed": 0, "ended": 0,
        });
        eventually("every mirror is seen by a probe", 300, async || {
            let orders = self.client.orders().await;
            orders.iter().all(|order| order["counts"]["live_unverified"] == 0).then_some(())
        })
        .await;
        self.orders_are_whole().await;
        let orders = self.client.orders().await;
        assert_eq!(orders.len(), self.promised.len(), "no order that nobody was promised");
        for order in orders {
            assert_eq!(order["counts"], wanted, "{order}");
        }
        let doctor = self.ground.run(&["--json", "doctor"]).await.expect(0).json();
        assert_eq!(doctor["well"], true, "{doctor}");
    }

    /// Every chain holds; every order was issued once, and every repost proven once.
    async fn evidence_holds(&self) {
        let verdict = self.ground.run(&["--json", "evidence", "verify"]).await.expect(0).json();
        assert_eq!(verdict["broken"], json!([]));
        // Each order binds its audience; editions and proofs are bound besides.
        let bindings = verdict["bindings"].as_u64().expect("a number");
        assert!(bindings > self.promised.len() as u64, "{verdict}");
        let mut issued: BTreeMap<String, usize> = BTreeMap::new();
        for entry in self.ground.chain("www").await.iter().filter(|entry| entry["kind"] == "order.issued") {
            *issued.entry(text(entry, "subject")).or_default() += 1;
        }
        let once: BTreeMap<String, usize> = self.promised.keys().map(|id| (id.clone(), 1)).collect();
        assert_eq!(issued, once, "orders as the issuer's evidence counts them");
        let mut accepting = 0;
        let portals = self.client.portals().await;
        for slug in portals.iter().skip(1) {
            let proven = self.ground.proofs(slug).await;
            assert!(
                proven.is_empty() || proven.len() == self.promised.len(),
                "{slug} proved {} of {} orders",
                proven.len(),
                self.promised.len()
            );
            accepting += i64::from(!proven.is_empty());
        }
        assert_eq!(accepting, self.expected.accepting, "portals with proofs");
    }
}
