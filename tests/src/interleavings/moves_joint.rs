//! What people do about joint columns in a random run, and what a stranger tries.

use super::*;

impl World<'_> {
    /// A county puts an item forward for the province's column.
    pub(super) async fn contribute(&mut self) {
        let Some(item) = self.chance.of(&self.items) else { return };
        let (via, document) = (self.members[item.county].clone(), item.document.clone());
        let form = json!({ "member_id": via, "document_id": document });
        let (status, _) = self.act(&self.counties[item.county], "/api/v1/joint/contributions", form).await;
        self.done.push(format!("contributes {document}: {status}"));
        let one = (via, document);
        if status == 201 && !self.contributed.contains(&one) {
            self.contributed.push(one);
        }
    }

    /// The province decides on something of its joint column, the subscriber on something that came to it.
    pub(super) async fn review(&mut self) {
        let (verb, ours) = (self.chance.below(5), self.chance.below(3) > 0);
        let token = if ours { self.province.clone() } else { self.subscriber.clone() };
        let there = self.list(&token, "/api/v1/joint/items?limit=200").await;
        let Some(one) = self.chance.of(&there) else { return };
        let (via, document) = (text(one, "via_id").to_owned(), text(one, "document_id").to_owned());
        let verb = ["accept", "accept", "return", "take-down", "reopen"][verb];
        let body = if verb == "accept" { json!({}) } else { json!({ "reason": "说明" }) };
        let (status, _) = self.act(&token, &format!("/api/v1/joint/items/{via}/{document}/{verb}"), body).await;
        self.done.push(format!("{verb} of joint {document}: {status}"));
    }

    pub(super) async fn take_contribution_back(&mut self) {
        let Some((via, document)) = self.chance.of(&self.contributed).cloned() else { return };
        let county = self.members.iter().position(|member| *member == via).expect("a member");
        let path = format!("/api/v1/joint/items/{via}/{document}/withdraw");
        let (status, _) = self.act(&self.counties[county], &path, json!({ "reason": "另有安排" })).await;
        self.done.push(format!("takes contribution {document} back: {status}"));
    }

    /// Nothing moves without a right at the receiver: a stranger, and a county that decides about its own, are refused, whatever
    /// state the thing is in by now.
    pub(super) async fn intrude(&mut self) {
        let at = if self.chance.below(2) == 0 { "" } else { "?tenant=wuhan-hubei" };
        let mut tries = Vec::new();
        if let Some((id, _)) = self.chance.of(&self.sent) {
            for (verb, body) in
                [("adopt", json!({ "column": "yaowen" })), ("return", json!({ "reason": "x" })), ("hold", json!({}))]
            {
                tries.push((format!("/api/v1/submissions/{id}/{verb}{at}"), body));
            }
        }
        if let Some((via, document)) = self.chance.of(&self.contributed) {
            for verb in ["accept", "take-down", "reopen"] {
                let body = if verb == "take-down" { json!({ "reason": "x" }) } else { json!({}) };
                tries.push((format!("/api/v1/joint/items/{via}/{document}/{verb}"), body));
            }
        }
        if let Some(call) = self.chance.of(&self.calls) {
            let excuse = json!({ "granted": true, "answer": "x" });
            tries.push((format!("/api/v1/commissions/{}/calls/{}/excuse{at}", call.id, COUNTIES[0]), excuse));
            tries.push((format!("/api/v1/commissions/{}/cancel{at}", call.id), json!({ "reason": "x" })));
        }
        let notice = json!({ "edition_id": self.notice.edition, "kind": "recall", "reason": "x" });
        tries.push(("/api/v1/orders".to_owned(), notice));
        let mut attackers = self.strangers.clone();
        attackers.push(self.counties[self.chance.below(COUNTIES.len())].clone());
        for token in &attackers {
            for (path, body) in &tries {
                let (status, said) = self.act(token, path, body.clone()).await;
                assert!(matches!(status, 403 | 404 | 409 | 422), "{path}: {status} {said}");
            }
        }
        self.done.push(format!("strangers try {} things", tries.len()));
    }
}
