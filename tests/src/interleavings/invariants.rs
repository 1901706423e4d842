//! What holds whatever happened, each by its name.

use std::collections::BTreeMap;

use super::*;

impl World<'_> {
    /// What was answered 201 is at the receiver, once, and nothing else is.
    pub(super) async fn no_submission_is_lost_or_double(&self) {
        let listed = self.list(&self.city, "/api/v1/submissions?limit=200").await;
        let mut there: Vec<_> = listed.iter().map(|one| text(one, "id")).collect();
        let mut sent: Vec<_> = self.sent.iter().map(|(id, _)| id.as_str()).collect();
        there.sort_unstable();
        sent.sort_unstable();
        assert_eq!(there, sent, "nothing lost, nothing double");
    }

    async fn seen(&self, token: &str, id: &str) -> Value {
        self.read(token, &format!("/api/v1/submissions/{id}")).await
    }

    pub(super) async fn both_ends_say_the_same(&self) {
        for (id, county) in &self.sent {
            let (above, below) = (self.seen(&self.city, id).await, self.seen(&self.counties[*county], id).await);
            assert_eq!(above["standing"], below["standing"], "both ends say the same of {id}");
            if below["standing"] == "published" {
                assert!(!text(&below, "address").is_empty(), "{below}");
            }
        }
        for id in &self.recalled {
            assert_eq!(text(&self.seen(&self.city, id).await, "standing"), "recalled");
        }
    }

    async fn events(&self, token: &str, which: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.read(token, &format!("/api/v1/points/events?limit=200&box={which}{cursor}")).await;
            all.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Points of each portal: by its own total, by its scorer's, and by the sum over its events.
    async fn sums(&self, token: &str, scorer: &str, slug: &str) -> [f64; 3] {
        let of = |sums: Vec<Value>| {
            let own = sums.iter().find(|sum| text(sum, "tenant") == slug);
            own.and_then(|sum| sum["points"].as_f64()).unwrap_or(0.0)
        };
        let own = of(self.list(token, "/api/v1/points/totals?year=2026").await);
        let scored = of(self.list(scorer, "/api/v1/points/totals?year=2026&box=scored").await);
        let events = self.events(token, "own").await;
        let sum = events.iter().map(|event| event["points"].as_f64().expect("every event is scored")).sum();
        [own, scored, sum]
    }

    async fn all_sums(&self) -> Vec<[f64; 3]> {
        let mut all = Vec::new();
        for (slug, token) in COUNTIES.iter().zip(&self.counties) {
            all.push(self.sums(token, &self.city, slug).await);
        }
        all.push(self.sums(&self.city, &self.province, CITY).await);
        all
    }

    /// Points equal the sum over the chain of events, before and after everything is computed anew.
    pub(super) async fn points_are_the_sum_over_the_chain(&self) {
        let before = self.all_sums().await;
        for [own, scored, sum] in &before {
            assert!(own == scored && own == sum, "{own} {scored} {sum}");
        }
        for scorer in [CITY, PROVINCE] {
            let tx = self.house.app.store.tenant(self.house.site(scorer).tenant).await.expect("a transaction");
            exchange::merit::recompute(&tx, 2026, None).await.expect("made again");
            tx.commit().await.expect("committed");
        }
        assert_eq!(self.all_sums().await, before, "made again it is the same");
    }

    /// Whoever's item was adopted or merged is credited for it once, whoever recalled one lost it once.
    pub(super) async fn everybody_is_credited_once(&self) {
        let events = self.events(&self.city, "scored").await;
        let count = |id: &str, occasion: &str| {
            let of = |event: &&Value| text(event, "submission_id") == id && text(event, "occasion") == occasion;
            events.iter().filter(of).count()
        };
        for (id, county) in &self.sent {
            assert_eq!(count(id, "submitted"), 1, "{id} was sent once");
            let made = self.adopted.iter().find(|one| one.0 == *id).map(|one| one.1);
            assert_eq!(count(id, "adopted"), usize::from(made == Some(false)), "{id} adopted");
            assert_eq!(count(id, "merged"), usize::from(made == Some(true)), "{id} merged");
            assert!(count(id, "published") <= 1, "{id} published");
            if self.recalled.contains(id) {
                assert_eq!(count(id, "revoked"), 1, "{id} recalled");
            }
            let of = events.iter().filter(|event| text(event, "submission_id") == id);
            assert!(
                of.map(|event| text(event, "tenant")).all(|tenant| tenant == COUNTIES[*county]),
                "{id}: its own sender's"
            );
        }
    }

    /// What a call brought or cost is what it stands at: one coming out counts, whatever was told on the way there.
    pub(super) async fn a_commission_counts_as_it_stands(&self) {
        let events = self.events(&self.city, "scored").await;
        for call in &self.calls {
            let board = self.list(&self.city, &format!("/api/v1/commissions/{}/board", call.id)).await;
            let standings: BTreeMap<&str, &str> =
                board.iter().map(|line| (text(line, "slug"), text(line, "standing"))).collect();
            for slug in COUNTIES {
                let worth = match standings[slug] {
                    "delivered" => 10.0,
                    "late" => 4.0,
                    "missed" if !call.cancelled => -6.0,
                    _ => 0.0,
                };
                let of =
                    events.iter().filter(|event| text(event, "title") == call.topic && text(event, "tenant") == slug);
                let sum: f64 = of.filter_map(|event| event["points"].as_f64()).sum();
                assert!(sum == worth, "{} of {slug}, {}: {sum}", call.topic, standings[slug]);
            }
        }
    }

    /// What was contributed is at the owner, once, placed at most once; and what its county took back stands nowhere.
    pub(super) async fn no_contribution_is_lost_or_double(&self) {
        let there = self.list(&self.province, "/api/v1/joint/items?limit=200").await;
        let mut found: Vec<_> =
            there.iter().map(|one| (text(one, "via_id").to_owned(), text(one, "document_id").to_owned())).collect();
        let mut sent = self.contributed.clone();
        found.sort_unstable();
        sent.sort_unstable();
        assert_eq!(found, sent, "nothing lost, nothing double");
        let flowed = self.list(&self.subscriber, "/api/v1/joint/items?limit=200").await;
        assert!(flowed.iter().all(|one| text(one, "via_id") == self.flow));
        for item in self.items.iter().filter(|item| item.county == 0) {
            let came = flowed.iter().filter(|one| text(one, "document_id") == item.document).count();
            assert_eq!(came, 1, "{} came by the subscription once", item.document);
        }
        for (token, items) in [(&self.province, there), (&self.subscriber, flowed)] {
            let placed = self.list(token, "/api/v1/placements?column=yaowen&limit=200").await;
            for one in &items {
                let document = text(one, "document_id");
                let copies = placed.iter().filter(|place| text(place, "document_id") == document).count();
                assert_eq!(copies, usize::from(text(one, "standing") == "placed"), "{one}");
                let live = self.items.iter().any(|item| item.document == document && item.live);
                assert!(live || copies == 0, "{document} was taken back");
            }
        }
    }

    async fn page(&self, slug: &str, path: &str) -> String {
        self.house.page(slug, path).await.body
    }

    /// What is before the public shows the newest edition of its origin and no earlier one: the county's own pages, joint mirrors,
    /// and the mirrors of the order, whose receipts say the same.
    pub(super) async fn no_copy_is_older_than_its_origin(&self) {
        for (at, slug) in COUNTIES.iter().enumerate() {
            let placed = self.list(&self.counties[at], "/api/v1/placements?column=yaowen&limit=200").await;
            let mut titles: Vec<_> = placed.iter().map(|place| text(place, "title")).collect();
            let mut live: Vec<_> = self.items.iter().filter(|item| item.county == at).filter_map(Item::title).collect();
            titles.sort_unstable();
            live.sort_unstable();
            assert_eq!(titles, live, "{slug}: what is live is there, nothing old, nothing withdrawn");
        }
        for (slug, token) in [(PROVINCE, &self.province), (SUBSCRIBER, &self.subscriber)] {
            for place in self.list(token, "/api/v1/placements?column=yaowen&limit=200").await {
                let Some(item) = self.items.iter().find(|item| item.document == text(&place, "document_id")) else {
                    continue;
                };
                let page = self.page(slug, text(&place, "address")).await;
                assert!(item.title().is_some_and(|title| page.contains(title)), "{slug}: {place}");
                let old = &item.titles[..item.titles.len() - 1];
                assert!(!old.iter().any(|title| page.contains(title.as_str())), "{slug} shows an old edition: {place}");
            }
        }
        for (slug, token) in COUNTIES.iter().zip(&self.counties).chain([
            (&CITY, &self.city),
            (&PROVINCE, &self.province),
            (&SUBSCRIBER, &self.subscriber),
        ]) {
            let list = self.page(slug, "/gwyzc/").await;
            assert!(list.contains(&self.headline), "{slug} shows the newest edition");
            assert!(!self.older.iter().any(|old| list.contains(old.as_str())), "{slug} shows an old edition");
            let owed = self.list(token, "/api/v1/obligations").await;
            let of = owed.iter().find(|one| text(one, "document_id") == self.notice.document).expect("a debt");
            assert!(matches!(text(of, "standing"), "published" | "proven"), "{slug}: {of}");
            assert_eq!(text(of, "edition_id"), self.notice.edition, "{slug}: the receipt is about the newest edition");
        }
    }

    /// How often the rarest thing came to pass: a seed under which nothing happens proves nothing.
    pub(super) fn least(&self) -> usize {
        let merged = self.adopted.iter().filter(|one| one.1).count();
        let counts = [
            self.sent.len(),
            merged,
            self.adopted.len() - merged,
            self.published.len(),
            self.recalled.len(),
            self.calls.len(),
            self.contributed.len(),
        ];
        eprintln!("sent, merged, adopted, published, recalled, commissions, contributions: {counts:?}");
        counts.into_iter().min().unwrap_or_default()
    }

    /// Where each portal shows the notice.
    async fn addresses(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for site in self.house.app.store.sites().all() {
            if self.page(&site.slug, "/gwyzc/").await.contains(&self.headline) {
                let path = self.house.linked(&site.slug, "gwyzc", &self.headline).await;
                assert!(self.page(&site.slug, &path).await.contains(&self.headline), "{}{path}", site.slug);
                found.push((site.slug.to_string(), path));
            }
        }
        found
    }

    /// Two people of the centre take the notice back: none of its former addresses shows it, and no list, home page, feed or
    /// sitemap of any portal shows or names it.
    pub(super) async fn zero_copies_after_a_recall(&self) {
        let former = self.addresses().await;
        assert!(former.len() > COUNTIES.len() + 3, "the notice was before the public: {former:?}");
        let form =
            json!({ "edition_id": self.notice.edition, "kind": "recall", "reason": "内容有误", "withdrawal": "gone" });
        let order = self.house.post(&self.duty, "/api/v1/orders", form).await.expect(201).json();
        let second = self.house.token("www", Role::CentralDuty).await;
        let path = format!("/api/v1/orders/{}/confirm", text(&order, "id"));
        self.house.post(&second, &path, json!({})).await.expect(200);
        for (slug, address) in &former {
            let gone = self.house.page(slug, address).await.expect(410).body;
            assert!(!self.says(&gone), "{slug}{address}: zero copies");
        }
        for site in self.house.app.store.sites().all() {
            let own = former.iter().find(|(slug, _)| **slug == *site.slug).map(|(_, address)| address.as_str());
            for path in
                ["/gwyzc/", "/", "/sitemap.xml", "/gwyzc/feed.atom", "/gwyzc/feed.rss", "/feed.atom", "/feed.rss"]
            {
                let page = self.page(&site.slug, path).await;
                assert!(!self.says(&page), "{}{path}: zero copies", site.slug);
                assert!(own.is_none_or(|address| !page.contains(address)), "{}{path} leads there", site.slug);
            }
        }
    }

    /// Whether a page shows the notice under any headline that it ever had.
    fn says(&self, page: &str) -> bool {
        self.older.iter().chain([&self.headline]).any(|title| page.contains(title.as_str()))
    }
}
