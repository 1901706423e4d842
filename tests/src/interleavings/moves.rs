//! What people do in a random run: write, submit, correct, take back, decide, merge, commission and answer; and what happens to
//! them: time passes, a worker dies.

use super::*;

impl World<'_> {
    /// One move, whatever it is.
    pub async fn step(&mut self) {
        let drawn = self.chance.below(44);
        let before = self.done.len();
        match drawn {
            0..3 => self.write().await,
            3..9 => self.submit().await,
            9 | 10 => self.correct_item().await,
            11 => self.withdraw().await,
            12..17 => self.decide().await,
            17 | 18 => self.merge().await,
            19 => self.recall().await,
            20 | 21 => self.publish().await,
            22 => self.withdraw_made().await,
            23 => self.send_on().await,
            24 => self.correct_notice().await,
            25 => self.call().await,
            26..29 => self.answer().await,
            29 => self.let_off().await,
            30..33 => self.contribute().await,
            33 | 34 => self.review().await,
            35 => self.take_contribution_back().await,
            36 => self.intrude().await,
            37 => self.hours().await,
            38 => self.crash().await,
            39 => self.crash_after_the_work().await,
            _ => drop(self.house.run_jobs().await),
        }
        if self.done.len() == before {
            self.done.push(format!("{drawn}: jobs, or nothing to do"));
        }
    }

    fn did(&mut self, what: &str, status: u16, about: &str) {
        self.done.push(format!("{what} {about}: {status}"));
    }

    async fn write(&mut self) {
        let (county, title) = (self.chance.below(COUNTIES.len()), self.title());
        let written = self.house.publish(&self.counties[county], "yaowen", &title).await;
        self.done.push(format!("{} writes {title} as {}", COUNTIES[county], written.document));
        self.items.push(Item { county, document: written.document, titles: vec![title], live: true });
    }

    /// The button is pressed twice at once: at most one thing comes of it.
    async fn twice(&self, token: &str, path: &str, form: Value) -> Option<Value> {
        let ((first, one), (second, other)) =
            tokio::join!(self.act(token, path, form.clone()), self.act(token, path, form));
        assert!(!(first == 201 && second == 201), "one press, two things: {one} {other}");
        if first == 201 { Some(one) } else { (second == 201).then_some(other) }
    }

    async fn submit(&mut self) {
        let Some(item) = self.chance.of(&self.items) else { return };
        let (county, document) = (item.county, item.document.clone());
        let made = self.twice(&self.counties[county], "/api/v1/submissions", json!({ "document_id": document })).await;
        self.note_sent(made, county, &format!("submits {document}"));
    }

    fn note_sent(&mut self, made: Option<Value>, county: usize, what: &str) {
        let id = made.map(|said| text(&said, "id").to_owned());
        self.done.push(format!("{} {what}: {id:?}", COUNTIES[county]));
        self.sent.extend(id.map(|id| (id, county)));
    }

    pub(super) async fn correct(&self, token: &str, document: &str, column: &str, title: &str) -> Option<Published> {
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
        let corrected = self.correct(&token, &document, "yaowen", &title).await.is_some();
        self.done.push(format!("corrects {document} to {title}: {corrected}"));
        if corrected {
            self.items[at].titles.push(title);
            self.items[at].live = true;
        }
    }

    async fn withdraw(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let at = self.chance.below(self.items.len());
        let cause = ["routine", "serious_error", "leak"][self.chance.below(3)];
        let document = self.items[at].document.clone();
        let form = json!({ "kind": "notice", "reason": "数据有误", "cause": cause });
        let path = format!("/api/v1/documents/{document}/withdraw");
        let (status, _) = self.act(&self.counties[self.items[at].county], &path, form).await;
        self.did(&format!("withdraws as {cause}"), status, &document);
        if status == 200 {
            self.items[at].live = false;
        }
    }

    async fn decide(&mut self) {
        let verb = self.chance.below(5);
        // Mostly what came lately: of the rest much is decided, and a few are enough to be refused.
        let recent = if self.chance.below(4) == 0 { 0 } else { self.sent.len().saturating_sub(8) };
        let Some((id, _)) = self.chance.of(&self.sent[recent..]).cloned() else { return };
        let (verb, body) = [
            ("receive", json!({})),
            ("hold", json!({})),
            ("adopt", json!({ "column": "yaowen" })),
            ("return", json!({ "reason": "请补充" })),
            ("decline", json!({ "reason": "不采用" })),
        ][verb]
            .clone();
        let (status, said) = self.act(&self.city, &format!("/api/v1/submissions/{id}/{verb}"), body).await;
        self.did(verb, status, &id);
        if (verb, status) == ("adopt", 201) {
            self.drafts.push(text(&said, "document_id").to_owned());
            self.adopted.push((id, false));
        }
    }

    /// One document of what each county sent: all of them or none.
    async fn merge(&mut self) {
        let mut some = Vec::new();
        for county in 0..COUNTIES.len() {
            let of: Vec<String> =
                self.sent.iter().rev().filter(|one| one.1 == county).map(|one| one.0.clone()).take(4).collect();
            some.extend(self.chance.of(&of).cloned());
        }
        let [one, with @ ..] = some.as_slice() else { return };
        if with.is_empty() {
            return;
        }
        let title = self.title();
        let document = json!({ "column": "yaowen", "title": title, "body_html": "<p>综合。</p>", "source": "武汉市" });
        let path = format!("/api/v1/submissions/{one}/adopt");
        let (status, said) = self.act(&self.city, &path, json!({ "with": with, "document": document })).await;
        self.did("merges", status, &some.join(" and "));
        if status == 201 {
            self.drafts.push(text(&said, "document_id").to_owned());
            self.adopted.extend(some.into_iter().map(|id| (id, true)));
        }
    }

    async fn recall(&mut self) {
        let Some((id, county)) = self.chance.of(&self.sent).cloned() else { return };
        let path = format!("/api/v1/submissions/{id}/recall");
        let (status, _) = self.act(&self.counties[county], &path, json!({})).await;
        self.did("recalls", status, &id);
        if status == 200 {
            self.recalled.push(id);
        }
    }

    async fn publish(&mut self) {
        let Some(draft) = self.drafts.pop() else { return };
        let (status, _) = self.act(&self.city, &format!("/api/v1/documents/{draft}/publish"), json!({})).await;
        self.did("the city publishes", status, &draft);
        if status == 200 {
            self.published.push(draft);
        }
    }

    /// The city takes back what it made of an item.
    async fn withdraw_made(&mut self) {
        let Some(made) = self.chance.of(&self.published).cloned() else { return };
        let form = json!({ "kind": "gone", "reason": "误发" });
        let (status, _) = self.act(&self.city, &format!("/api/v1/documents/{made}/withdraw"), form).await;
        self.did("the city withdraws", status, &made);
    }

    /// The city sends on what it made, and the province adopts it: everybody on the way is credited.
    async fn send_on(&mut self) {
        let Some(made) = self.chance.of(&self.published).cloned() else { return };
        let Some(sent) = self.twice(&self.city, "/api/v1/submissions", json!({ "document_id": made })).await else {
            return;
        };
        let path = format!("/api/v1/submissions/{}/adopt", text(&sent, "id"));
        let (status, _) = self.act(&self.province, &path, json!({ "column": "gzdt" })).await;
        self.did("the province adopts", status, &made);
    }

    async fn correct_notice(&mut self) {
        let (title, duty, document) = (self.title(), self.duty.clone(), self.notice.document.clone());
        if let Some(newest) = self.correct(&duty, &document, "gwyzc", &title).await {
            self.older.push(std::mem::replace(&mut self.headline, title));
            self.notice = newest;
        }
        self.done.push(format!("the centre corrects its notice to {}", self.headline));
    }

    /// The city commissions items of both counties, until some hour soon.
    async fn call(&mut self) {
        if self.calls.len() >= 10 {
            return;
        }
        let (topic, hours) = (format!("第{}次约稿", self.calls.len() + 1), 2 + self.chance.below(8));
        let due = self.house.now().plus_hours(i64::try_from(hours).expect("few")).rfc3339();
        let form = json!({ "topic": topic, "requirements": "做法与成效", "open": true, "due_at": due,
            "wanted": 1 + self.chance.below(2), "mandatory": self.chance.below(2) == 0 });
        let (status, said) = self.act(&self.city, "/api/v1/commissions", form).await;
        self.did("the city commissions", status, &topic);
        assert_eq!(status, 201, "{said}");
        self.calls.push(Call { id: text(&said, "id").to_owned(), topic, cancelled: false });
    }

    async fn answer(&mut self) {
        let Some(id) = self.chance.of(&self.calls).map(|call| call.id.clone()) else { return };
        let Some(item) = self.chance.of(&self.items) else { return };
        let (county, document) = (item.county, item.document.clone());
        let path = format!("/api/v1/calls/{id}/answers");
        let made = self.twice(&self.counties[county], &path, json!({ "document_id": document })).await;
        self.note_sent(made, county, &format!("answers {id} with {document}"));
    }

    /// The city lets a county off, or takes the whole commission back.
    async fn let_off(&mut self) {
        if self.calls.is_empty() {
            return;
        }
        let (at, county) = (self.chance.below(self.calls.len()), self.chance.below(COUNTIES.len()));
        let id = self.calls[at].id.clone();
        if self.chance.below(3) == 0 {
            let path = format!("/api/v1/commissions/{id}/cancel");
            let (status, _) = self.act(&self.city, &path, json!({ "reason": "选题已变" })).await;
            self.did("the city cancels", status, &id);
            self.calls[at].cancelled |= status == 200;
            return;
        }
        let path = format!("/api/v1/commissions/{id}/calls/{}/excuse", COUNTIES[county]);
        let (status, _) = self.act(&self.city, &path, json!({ "granted": true, "answer": "同意" })).await;
        self.did("the city excuses", status, &format!("{} from {id}", COUNTIES[county]));
    }

    async fn hours(&mut self) {
        let hours = i64::try_from(1 + self.chance.below(4)).expect("few");
        self.house.later(hours);
        self.done.push(format!("{hours} hours pass"));
    }

    /// A worker takes what is due and dies; its lease runs out.
    async fn crash(&mut self) {
        let store = &self.house.app.store;
        store.claim_jobs("dead", 8, 60, self.house.now()).await.expect("claimed");
        self.house.clock.advance(2 * base::Timestamp::MINUTE);
        self.done.push("a worker dies before its work".to_owned());
    }

    /// A worker does what is due and dies before it says so: all of it is done once more.
    async fn crash_after_the_work(&mut self) {
        let jobs = self.house.app.store.claim_jobs("dead", 8, 60, self.house.now()).await.expect("claimed");
        for job in &jobs {
            drop(dibao::work::run(&self.house.tools, job).await);
        }
        self.house.clock.advance(2 * base::Timestamp::MINUTE);
        self.done.push(format!("a worker dies after {} jobs", jobs.len()));
    }
}
