//! Where a round of looking stands: pure, and kept as JSON between runs.

use std::collections::BTreeMap;

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::outside::portal::PortalFields;
use crate::outside::rules::OutsideRule;
use crate::polite::Seen;

/// How often an article that does not answer is asked for in one round.
pub(super) const TRIES: u8 = 3;
/// Validators of list pages that are kept at most.
const MARKS_MAX: usize = 50;
/// Troubles that are named at most.
const TROUBLES_MAX: usize = 5;

/// An article to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Todo {
    pub url: String,
    pub list_url: String,
    pub position: i32,
    /// What the link to it says.
    #[serde(default)]
    pub words: String,
    /// When it was first in a list.
    pub seen_at: i64,
    /// It was read before: what it shows now is asked.
    pub again: bool,
    pub tries: u8,
}

/// A round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    /// 0 between two rounds.
    began_at: i64,
    list: usize,
    page: u32,
    /// Links on earlier pages of this list.
    pub before: i32,
    queue: Vec<Todo>,
    read: usize,
    troubles: Vec<String>,
    marks: BTreeMap<String, (String, String)>,
}

/// What is done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A page of a list is read.
    List { url: String },
    /// An article is read.
    Article(Todo),
}

impl Round {
    /// The round that was interrupted, if there is one.
    pub fn resumed(kept: &str) -> Option<Self> {
        serde_json::from_str::<Self>(kept).ok().filter(|round| round.began_at > 0)
    }

    /// A new round; what was read before and is asked again comes first.
    pub fn begun(kept: &str, again: Vec<Todo>, now: Timestamp) -> Self {
        let marks = serde_json::from_str::<Self>(kept).map(|round| round.marks).unwrap_or_default();
        Self { began_at: now.micros(), page: 1, queue: again, marks, ..Self::default() }
    }

    /// What is left of a round that is over: the validators.
    pub fn over(self) -> Self {
        Self { marks: self.marks, ..Self::default() }
    }

    /// The next step: what waits in the queue, then the next page of a list; none when the round is over.
    pub fn next(&self, fields: &PortalFields, rule: &OutsideRule) -> Option<Step> {
        if let Some(todo) = self.queue.first().filter(|_| self.read < rule.articles) {
            return Some(Step::Article(todo.clone()));
        }
        if self.read >= rule.articles {
            return None;
        }
        let pattern = fields.list_pages.get(self.list)?;
        Some(Step::List { url: pattern.replace("{page}", &self.page.to_string()) })
    }

    /// What the last visit to a list page left to say.
    pub fn seen(&self, url: &str) -> Seen {
        let (etag, modified) = self.marks.get(url).cloned().unwrap_or_default();
        Seen { etag, modified }
    }

    /// Remembers what a list page said of itself, once everything that it lists was taken up.
    pub fn mark(&mut self, url: &str, seen: Seen) {
        if self.marks.len() < MARKS_MAX || self.marks.contains_key(url) {
            self.marks.insert(url.to_owned(), (seen.etag, seen.modified));
        }
    }

    /// Whether a list has only begun: that it has no further page is no trouble.
    pub fn begins_list(&self) -> bool {
        self.page <= 1
    }

    /// Takes up what a list page named.
    pub fn line_up(&mut self, todo: Vec<Todo>) {
        self.queue.extend(todo);
    }

    /// On to the next page of this list, or to the next list.
    pub fn turn(&mut self, deeper: bool, fields: &PortalFields, rule: &OutsideRule, links: i32) {
        let paged = fields.list_pages.get(self.list).is_some_and(|pattern| pattern.contains("{page}"));
        if deeper && paged && self.page < rule.pages_deep {
            self.page += 1;
            self.before += links;
        } else {
            self.list += 1;
            self.page = 1;
            self.before = 0;
        }
    }

    /// The article that was tried is done with, or tried again at the end of the queue.
    pub fn done(&mut self, todo: &Todo, retry: bool) {
        self.queue.retain(|one| one.url != todo.url);
        if retry && todo.tries + 1 < TRIES {
            self.queue.push(Todo { tries: todo.tries + 1, ..todo.clone() });
        } else {
            self.read += 1;
        }
    }

    /// Remembers why something was not read.
    pub fn trouble(&mut self, word: &str, url: &str) {
        if self.troubles.len() < TROUBLES_MAX {
            self.troubles.push(format!("{word} {url}"));
        }
    }

    /// Every trouble of the round, one a line.
    pub fn troubles(&self) -> String {
        self.troubles.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> OutsideRule {
        let rules: crate::outside::OutsideRules = serde_json::from_value(serde_json::json!({ "rule": [{
            "effective_from": "2016-01-01", "source": "", "first_minutes": 10, "every_minutes": 30, "pages_deep": 2, "articles": 2,
            "pace_ms": 1000, "follow_days": 30, "keep_days": 60, "mail_minutes": 30, "title_sure": 0.9, "text_sure": 0.8,
            "text_numbered": 0.5, "text_doubtful": 0.5 }] }))
        .expect("rules");
        rules.rules[0].clone()
    }

    fn fields() -> PortalFields {
        PortalFields {
            list_pages: vec!["http://a.example/l_{page}.html".into(), "http://a.example/one.html".into()],
            ..PortalFields::default()
        }
    }

    fn list(url: &str) -> Option<Step> {
        Some(Step::List { url: url.to_owned() })
    }

    fn todo(url: &str) -> Todo {
        Todo {
            url: url.into(),
            list_url: String::new(),
            position: 1,
            words: String::new(),
            seen_at: 0,
            again: false,
            tries: 0,
        }
    }

    #[test]
    fn a_round_goes_through_its_lists_and_no_deeper_than_the_rule() {
        let (fields, rule) = (fields(), rule());
        let mut round = Round::begun("", vec![], Timestamp(5));
        assert_eq!(round.next(&fields, &rule), list("http://a.example/l_1.html"));
        round.turn(true, &fields, &rule, 20);
        assert_eq!((round.next(&fields, &rule), round.before), (list("http://a.example/l_2.html"), 20));
        round.turn(true, &fields, &rule, 20);
        assert_eq!((round.next(&fields, &rule), round.before), (list("http://a.example/one.html"), 0));
        round.turn(true, &fields, &rule, 20);
        assert_eq!(round.next(&fields, &rule), None);
    }

    #[test]
    fn a_round_survives_being_put_away_and_ends_when_enough_was_read() {
        let (fields, rule) = (fields(), rule());
        let mut round = Round::begun("", vec![todo("a"), todo("b"), todo("c")], Timestamp(5));
        round.mark("l", Seen { etag: "x".into(), modified: String::new() });
        let mut round = Round::resumed(&serde_json::to_string(&round).expect("JSON")).expect("resumed");
        // One that does not answer is tried three times, at the end of the queue.
        round.done(&todo("a"), true);
        assert_eq!(round.next(&fields, &rule), Some(Step::Article(todo("b"))));
        round.done(&todo("b"), false);
        round.done(&todo("c"), false);
        assert_eq!(round.next(&fields, &rule), None, "two articles are enough for one round");
        let kept = serde_json::to_string(&round.over()).expect("JSON");
        assert_eq!(Round::resumed(&kept), None);
        assert_eq!(Round::begun(&kept, vec![], Timestamp(9)).seen("l").etag, "x");
    }
}
