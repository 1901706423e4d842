//! What a person says of a source: where it is, how often and how politely it is read, and how its pages are understood.

use base::Timestamp;
use content::text;
use scraper::Selector;
use serde::{Deserialize, Serialize};
use url::Url;

use super::model::{CrawlError, Kind};
use super::rules::CrawlRule;

/// How lists and articles of a site are read: CSS selectors, each of which may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageRules {
    /// Links of the list page.
    pub links: String,
    /// What the address of an article looks like (regular expression).
    pub links_match: String,
    /// Address of further list pages with `{page}`.
    pub paging: String,
    /// List pages in all.
    pub pages: u32,
    /// Title of an article.
    pub title: String,
    /// Its body; without one the largest text of the page.
    pub body: String,
    /// Its date.
    pub date: String,
    /// Its author.
    pub author: String,
    /// Its source.
    pub source: String,
    /// Its 发文字号.
    pub doc_number: String,
    /// Links of its attachments.
    pub attachments: String,
    /// What is taken out of the body.
    pub remove: String,
}

impl PageRules {
    /// Every selector with its name.
    pub fn selectors(&self) -> [(&'static str, &str); 9] {
        [
            ("links", &self.links),
            ("title", &self.title),
            ("body", &self.body),
            ("date", &self.date),
            ("author", &self.author),
            ("source", &self.source),
            ("doc_number", &self.doc_number),
            ("attachments", &self.attachments),
            ("remove", &self.remove),
        ]
    }

    /// Cleans and checks what was typed.
    ///
    /// # Errors
    /// [`CrawlError::Field`] naming the rule that cannot be read.
    pub fn cleaned(mut self) -> Result<Self, CrawlError> {
        let Self {
            links, links_match, paging, title, body, date, author, source, doc_number, attachments, remove, ..
        } = &mut self;
        for text in [links, links_match, paging, title, body, date, author, source, doc_number, attachments, remove] {
            *text = one_line("rules", text, 500)?;
        }
        for (name, selector) in self.selectors() {
            if !selector.is_empty() && Selector::parse(selector).is_err() {
                return Err(field(rule_field(name), "unusable", 0));
            }
        }
        if regex::Regex::new(&self.links_match).is_err() {
            return Err(field("rule_links_match", "unusable", 0));
        }
        if !self.paging.is_empty() && !self.paging.contains("{page}") {
            return Err(field("rule_paging", "unusable", 0));
        }
        self.pages = self.pages.clamp(1, 20);
        Ok(self)
    }
}

/// How forms call a rule.
pub fn rule_field(name: &str) -> &'static str {
    match name {
        "links" => "rule_links",
        "title" => "rule_title",
        "body" => "rule_body",
        "date" => "rule_date",
        "author" => "rule_author",
        "source" => "rule_source",
        "doc_number" => "rule_doc_number",
        "attachments" => "rule_attachments",
        _ => "rule_remove",
    }
}

/// What a person says of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// How people call it.
    pub name: String,
    /// What stands at the address.
    pub kind: Kind,
    /// Where it is.
    pub address: String,
    /// The column in which drafts land.
    pub column: String,
    /// 来源 of everything that it brings, when an article does not name its own.
    pub source_line: String,
    /// Minutes between two runs.
    pub every_minutes: i32,
    /// Hours of the day in China between which it is not read, from and to; equal = never quiet.
    pub quiet: (i32, i32),
    /// Milliseconds between two visits to its host.
    pub pace_ms: i64,
    /// Only what names one of these; empty = everything.
    pub include: Vec<String>,
    /// Nothing that names one of these.
    pub exclude: Vec<String>,
    /// Most items that one look takes up.
    pub max_items: i32,
    /// How its pages are read.
    pub rules: PageRules,
}

impl SourceText {
    /// Cleans and bounds what was typed.
    ///
    /// # Errors
    /// [`CrawlError::Field`] naming the field to mend.
    pub fn cleaned(mut self, rule: &CrawlRule) -> Result<Self, CrawlError> {
        self.name = one_line("crawl_name", &self.name, 100)?;
        self.address = one_line("crawl_address", &self.address, 1000)?;
        self.source_line = one_line("source_line", &self.source_line, 200)?;
        for (name, text) in [("crawl_name", &self.name), ("source_line", &self.source_line), ("column", &self.column)] {
            if text.is_empty() {
                return Err(field(name, "missing", 0));
            }
        }
        let url = Url::parse(&self.address).ok();
        if !url
            .is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty())
        {
            return Err(field("crawl_address", "not_an_address", 0));
        }
        let ranges = [
            (
                "every_minutes",
                i64::from(self.every_minutes),
                i64::from(rule.every_min_minutes),
                i64::from(rule.every_max_minutes),
            ),
            ("pace_ms", self.pace_ms, rule.pace_min_ms, 600_000),
            ("max_items", i64::from(self.max_items), 1, i64::from(rule.items_max)),
            ("quiet", i64::from(self.quiet.0), 0, 23),
            ("quiet", i64::from(self.quiet.1), 0, 23),
        ];
        for (name, value, least, most) in ranges {
            if value < least {
                return Err(field(name, "too_small", least.max(0) as usize));
            }
            if value > most {
                return Err(field(name, "out_of_range", most as usize));
            }
        }
        for (name, words) in [("include", &mut self.include), ("exclude", &mut self.exclude)] {
            if words.len() > 50 || words.iter().any(|word| word.chars().count() > 50) {
                return Err(field(name, "too_long", 50));
            }
        }
        self.rules = self.rules.cleaned()?;
        Ok(self)
    }

    /// Whether it is known what its list names: a list page is understood by rules only.
    pub fn is_understood(&self) -> bool {
        self.kind != Kind::Pages || !(self.rules.links.is_empty() && self.rules.links_match.is_empty())
    }

    /// Whether the keywords want something with this title and text.
    pub fn wants(&self, title: &str, text: &str) -> bool {
        let names = |word: &String| title.contains(word.as_str()) || text.contains(word.as_str());
        (self.include.is_empty() || self.include.iter().any(names)) && !self.exclude.iter().any(names)
    }

    /// The instant at which quiet hours that hold at `now` are over; none when it is not quiet.
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        let (from, to) = self.quiet;
        let hour: i32 = now.format_cst("%H").parse().unwrap_or(0);
        let quiet = if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to };
        let minute: i64 = now.format_cst("%M").parse().unwrap_or(0);
        let hours = i64::from((to - hour).rem_euclid(24));
        quiet.then(|| now.plus_minutes(hours * 60 - minute))
    }
}

fn field(field: &'static str, code: &'static str, limit: usize) -> CrawlError {
    CrawlError::Field { field, code, limit }
}

fn one_line(name: &'static str, said: &str, most: usize) -> Result<String, CrawlError> {
    let clean = text::strip_controls(said).split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.chars().count() > most { Err(field(name, "too_long", most)) } else { Ok(clean) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> SourceText {
        SourceText {
            name: "部委要闻".to_owned(),
            kind: Kind::Feed,
            address: "https://www.example.gov.cn/feed.xml".to_owned(),
            column: "yaowen".to_owned(),
            source_line: "示例部".to_owned(),
            every_minutes: 60,
            quiet: (23, 6),
            pace_ms: 2000,
            include: vec!["通知".to_owned()],
            exclude: vec!["招聘".to_owned()],
            max_items: 50,
            rules: PageRules::default(),
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let rule = CrawlRule {
            every_min_minutes: 10,
            every_max_minutes: 10_080,
            pace_min_ms: 500,
            items_max: 200,
            ..CrawlRule::default()
        };
        assert!(said().cleaned(&rule).is_ok());
        type Spoil = fn(&mut SourceText);
        let wrong: [(&str, Spoil); 8] = [
            ("crawl_name", |said| said.name = " ".to_owned()),
            ("crawl_address", |said| said.address = "file:///etc/passwd".to_owned()),
            ("crawl_address", |said| said.address = "https://me@example.gov.cn/".to_owned()),
            ("every_minutes", |said| said.every_minutes = 1),
            ("pace_ms", |said| said.pace_ms = 0),
            ("quiet", |said| said.quiet = (24, 6)),
            ("rule_title", |said| said.rules.title = "h1[".to_owned()),
            ("rule_links_match", |said| said.rules.links_match = "(".to_owned()),
        ];
        for (named, spoil) in wrong {
            let mut text = said();
            spoil(&mut text);
            let refused = text.cleaned(&rule);
            assert!(matches!(refused, Err(CrawlError::Field { field, .. }) if field == named), "{named}: {refused:?}");
        }
    }

    #[test]
    fn quiet_hours_pass_midnight_and_end_on_the_hour() {
        let at = |text: &str| Timestamp::parse(text).expect("a time");
        let until = |text: &str| said().quiet_until(at(text)).map(Timestamp::minute_cst);
        assert_eq!(until("2026-03-02 23:30").as_deref(), Some("2026-03-03 06:00"));
        assert_eq!(until("2026-03-03 05:59").as_deref(), Some("2026-03-03 06:00"));
        assert_eq!(until("2026-03-03 06:00"), None);
        let never = SourceText { quiet: (0, 0), ..said() };
        assert_eq!(never.quiet_until(at("2026-03-03 00:30")), None);
    }

    #[test]
    fn keywords_choose() {
        assert!(said().wants("关于放假的通知", ""));
        assert!(!said().wants("关于招聘的通知", ""));
        assert!(!said().wants("要闻", "正文") && said().wants("要闻", "现将通知印发"));
    }
}
