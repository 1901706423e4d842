//! Senders, receivers, corrections, withdrawals and crashes in any order, and what holds whatever happens: nothing is lost or
//! double, both ends say the same, no mirror is older than its origin, and nothing is left after a recall.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{House, Published, on_both};

const CITY: &str = "wuhan-hubei";
const COUNTIES: [&str; 2] = ["jiangan-wuhan-hubei", "wuchang-wuhan-hubei"];
const STEPS: usize = 80;

/// Numbers that look like chance and are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("below the limit")
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { Some(&all[self.below(all.len())]) }
    }
}

/// An item of a county's, and what its newest live title is; none when it was withdrawn.
struct Item {
    county: usize,
    document: String,
    title: Option<String>,
}

struct World<'a> {
    house: &'a House,
    chance: Chance,
    city: String,
    counties: Vec<String>,
    duty: String,
    items: Vec<Item>,
    /// What was answered 201: the identifier, and whose it is.
    sent: Vec<(String, usize)>,
    /// Drafts that the city made of submissions.
    drafts: Vec<String>,
    notice: Published,
    headline: String,
    words: usize,
}

impl World<'_> {
    /// A title that was never used.
    fn title(&mut self) -> String {
        self.words += 1;
        format!("第{}号稿件", 1000 + self.words)
    }

    /// A write that may be refused, never fail.
    async fn act(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.house.post(token, path, body).await;
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.body);
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }

    async fn write(&mut self) {
        let (county, title) = (self.chance.below(COUNTIES.len()), self.title());
        let written = self.house.publish(&self.counties[county], "yaowen", &title).await;
        self.items.push(Item { county, document: written.document, title: Some(title) });
    }

    /// The button is pressed twice at once: at most one submission comes of it.
    async fn submit(&mut self) {
        let Some(item) = self.chance.of(&self.items) else { return };
        let (token, form) = (&self.counties[item.county], json!({ "document_id": item.document }));
        let path = "/api/v1/submissions";
        let ((first, one), (second, other)) =
            tokio::join!(self.act(token, path, form.clone()), self.act(token, path, form));
        assert!(!(first == 201 && second == 201), "one edition went up twice: {one} {other}");
        for (status, said) in [(first, one), (second, other)] {
            if status == 201 {
                self.sent.push((said["id"].as_str().expect("an id").to_owned(), item.county));
            }
        }
    }

    async fn correct(&self, token: &str, document: &str, column: &str, title: &str) -> Option<Published> {
        let (status, draft) = self.act(token, &format!("/api/v1/documents/{document}/editions"), json!({})).await;
        if status != 201 {
            return None;
        }
        let form = json!({ "version": draft["version"], "column": column, "title": title, "body_html": "<p>更正。</p>", "source": "江岸区" });
        self.house.write("PUT", token, &format!("/api/v1/documents/{document}/draft"), form).await.expect(200);
        Some(self.house.publish_draft(token, document).await)
    }

    async fn correct_item(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let at = self.chance.below(self.items.len());
        let (title, token) = (self.title(), self.counties[self.items[at].county].clone());
        let document = self.items[at].document.clone();
        if self.correct(&token, &document, "yaowen", &title).await.is_some() {
            self.items[at].title = Some(title);
        }
    }

    async fn withdraw(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let at = self.chance.below(self.items.len());
        let path = format!("/api/v1/documents/{}/withdraw", self.items[at].document);
        let form = json!({ "kind": "notice", "reason": "数据有误" });
        if self.act(&self.counties[self.items[at].county], &path, form).await.0 == 200 {
            self.items[at].title = None;
        }
    }

    async fn decide(&mut self) {
        let verb = self.chance.below(5);
        let Some((id, _)) = self.chance.of(&self.sent) else { return };
        let (verb, body) = [
            ("receive", json!({})),
            ("hold", json!({})),
            ("adopt", json!({ "column": "yaowen" })),
            ("return", json!({ "reason": "请补充" })),
            ("decline", json!({ "reason": "不采用" })),
        ][verb]
            .clone();
        let (status, said) = self.act(&self.city, &format!("/api/v1/submissions/{id}/{verb}"), body).await;
        if (verb, status) == ("adopt", 201) {
            self.drafts.push(said["document_id"].as_str().expect("a document").to_owned());
        }
    }

    async fn recall(&mut self) {
        let Some((id, county)) = self.chance.of(&self.sent) else { return };
        self.act(&self.counties[*county], &format!("/api/v1/submissions/{id}/recall"), json!({})).await;
    }

    async fn publish(&mut self) {
        if let Some(draft) = self.drafts.pop() {
            self.act(&self.city, &format!("/api/v1/documents/{draft}/publish"), json!({})).await;
        }
    }

    async fn correct_notice(&mut self) {
        let (title, duty, document) = (self.title(), self.duty.clone(), self.notice.document.clone());
        if let Some(newest) = self.correct(&duty, &document, "gwyzc", &title).await {
            (self.notice, self.headline) = (newest, title);
        }
    }

    /// A worker takes what is due and dies; its lease runs out.
    async fn crash(&self) {
        let store = &self.house.app.store;
        store.claim_jobs("dead", 8, 60, self.house.now()).await.expect("claimed");
        self.house.clock.advance(2 * base::Timestamp::MINUTE);
    }

    async fn step(&mut self) {
        match self.chance.below(16) {
            0 | 1 => self.write().await,
            2..5 => self.submit().await,
            5 | 6 => self.correct_item().await,
            7 => self.withdraw().await,
            8..11 => self.decide().await,
            11 => self.recall().await,
            12 => self.publish().await,
            13 => self.correct_notice().await,
            14 => self.crash().await,
            _ => drop(self.house.run_jobs().await),
        }
    }

    async fn seen(&self, token: &str, id: &str) -> Value {
        self.house.get(token, &format!("/api/v1/submissions/{id}")).await.expect(200).json()
    }

    async fn holds(&self) {
        let listed = self.house.get(&self.city, "/api/v1/submissions?limit=200").await.expect(200).json();
        let mut there: Vec<_> =
            listed["items"].as_array().expect("items").iter().filter_map(|one| one["id"].as_str()).collect();
        let mut sent: Vec<_> = self.sent.iter().map(|(id, _)| id.as_str()).collect();
        there.sort_unstable();
        sent.sort_unstable();
        assert_eq!(there, sent, "nothing lost, nothing double");
        assert!(sent.len() > 5 && self.words > 10, "much happened: {} up, {} titles", sent.len(), self.words);
        for (id, county) in &self.sent {
            let (above, below) = (self.seen(&self.city, id).await, self.seen(&self.counties[*county], id).await);
            assert_eq!(above["standing"], below["standing"], "both ends say the same");
            if below["standing"] == "published" {
                assert!(below["address"].as_str().is_some_and(|address| !address.is_empty()), "{below}");
            }
        }
        for (at, slug) in COUNTIES.iter().enumerate() {
            let page = self.house.page(slug, "/yaowen/").await.body;
            let own = self.items.iter().filter(|item| item.county == at);
            let live: Vec<_> = own.filter_map(|item| item.title.as_deref()).collect();
            assert!(live.iter().all(|title| page.matches(title).count() >= 1), "{slug}: what is live is there");
            let shown = (1001..=1000 + self.words).map(|n| format!("第{n}号稿件")).filter(|one| page.contains(one));
            assert_eq!(shown.count(), live.len(), "{slug}: nothing old, nothing withdrawn");
        }
        for slug in COUNTIES.iter().chain([&CITY]) {
            let page = self.house.page(slug, "/gwyzc/").await.body;
            assert!(page.contains(&self.headline), "{slug} shows the newest edition");
        }
    }

    /// Two people of the centre take the notice back.
    async fn take_back(&self) {
        let form =
            json!({ "edition_id": self.notice.edition, "kind": "recall", "reason": "内容有误", "withdrawal": "gone" });
        let order = self.house.post(&self.duty, "/api/v1/orders", form).await.expect(201).json();
        let second = self.house.token("www", Role::CentralDuty).await;
        let path = format!("/api/v1/orders/{}/confirm", order["id"].as_str().expect("an id"));
        self.house.post(&second, &path, json!({})).await.expect(200);
        for slug in COUNTIES.iter().chain([&CITY, &"www"]) {
            assert!(!self.house.page(slug, "/gwyzc/").await.body.contains(&self.headline), "{slug}: zero copies");
        }
    }
}

async fn live_through(house: &House, seed: u64) {
    let duty = house.token("www", Role::CentralDuty).await;
    let headline = "关于随机次序的通知".to_owned();
    let notice = house.publish(&duty, "gwyzc", &headline).await;
    let order = house.order(&duty, &notice.edition).await;
    house.run_jobs().await;
    let mut counties = Vec::new();
    for slug in COUNTIES {
        counties.push(house.token(slug, Role::TenantAdmin).await);
    }
    let city = house.token(CITY, Role::TenantAdmin).await;
    // The city places by hand.
    let path = format!("/api/v1/obligations/{order}/place");
    house.post(&city, &path, json!({ "column": "gwyzc" })).await.expect(200);
    let mut world = World {
        house,
        chance: Chance(seed),
        city,
        counties,
        duty,
        items: Vec::new(),
        sent: Vec::new(),
        drafts: Vec::new(),
        notice,
        headline,
        words: 0,
    };
    for _ in 0..STEPS {
        world.step().await;
    }
    house.run_jobs().await;
    world.holds().await;
    world.take_back().await;
}

on_both!(any_order_one, house => { live_through(house, 1).await; });
on_both!(any_order_two, house => { live_through(house, 2).await; });
on_both!(any_order_three, house => { live_through(house, 3).await; });
