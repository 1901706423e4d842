//! What crawl sources look like in requests and answers.

use base::Timestamp;
use border::crawl::{CrawlRule, ItemRow, Kind, PageRules, Source, SourceText, Trial};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Which sources.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SourceQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    #[allow(dead_code, reason = "read by the extractor of the duty")]
    pub tenant: Option<String>,
    /// active, paused, failing or ended; all but those that ended when left out.
    #[param(required = false)]
    pub state: Option<String>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// Which found things.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    #[allow(dead_code, reason = "read by the extractor of the duty")]
    pub tenant: Option<String>,
    /// new, landed, duplicate, changed, gone, failed or filtered.
    #[param(required = false)]
    pub standing: Option<String>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// Rows that are left out.
    #[param(required = false)]
    pub skip: Option<u64>,
}

/// How lists and articles are read: CSS selectors, each of which may be empty.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RulesJson {
    /// Links of the list page.
    links: String,
    /// What the address of an article looks like (regular expression).
    links_match: String,
    /// Address of further list pages with `{page}`.
    paging: String,
    /// List pages in all, 1 to 20.
    pages: u32,
    title: String,
    body: String,
    date: String,
    author: String,
    source: String,
    doc_number: String,
    attachments: String,
    /// What is taken out of the body.
    remove: String,
}

impl From<RulesJson> for PageRules {
    fn from(json: RulesJson) -> Self {
        let RulesJson {
            links,
            links_match,
            paging,
            pages,
            title,
            body,
            date,
            author,
            source,
            doc_number,
            attachments,
            remove,
        } = json;
        Self { links, links_match, paging, pages, title, body, date, author, source, doc_number, attachments, remove }
    }
}

impl From<PageRules> for RulesJson {
    fn from(rules: PageRules) -> Self {
        let PageRules {
            links,
            links_match,
            paging,
            pages,
            title,
            body,
            date,
            author,
            source,
            doc_number,
            attachments,
            remove,
        } = rules;
        Self { links, links_match, paging, pages, title, body, date, author, source, doc_number, attachments, remove }
    }
}

/// What is said of a source. Numbers that are left out are the rule's.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SourceForm {
    name: String,
    /// feed, sitemap or pages.
    kind: String,
    address: String,
    /// Key of the column in which drafts land.
    column: String,
    /// 来源 of everything that names none of its own.
    source_line: String,
    every_minutes: Option<i32>,
    /// Hour of the day in China from which it is not read; equal to `quiet_to` = never quiet.
    quiet_from: i32,
    quiet_to: i32,
    /// Milliseconds between two visits to its host.
    pace_ms: Option<i64>,
    /// Only what names one of these.
    include: Vec<String>,
    /// Nothing that names one of these.
    exclude: Vec<String>,
    /// Most items that one look takes up.
    max_items: Option<i32>,
    rules: RulesJson,
    /// The version that was read; for changes only.
    pub(super) version: i32,
}

impl SourceForm {
    pub(super) fn text(self, rule: &CrawlRule) -> Result<SourceText, Problem> {
        Ok(SourceText {
            kind: Kind::parse(&self.kind).ok_or_else(|| Problem::invalid("kind", "unknown", 0))?,
            name: self.name,
            address: self.address,
            column: self.column,
            source_line: self.source_line,
            every_minutes: self.every_minutes.unwrap_or(rule.every_default_minutes),
            quiet: (self.quiet_from, self.quiet_to),
            pace_ms: self.pace_ms.unwrap_or(rule.pace_default_ms),
            include: self.include,
            exclude: self.exclude,
            max_items: self.max_items.unwrap_or(rule.items_default),
            rules: self.rules.into(),
        })
    }
}

/// A crawl source.
#[derive(Serialize, ToSchema)]
pub struct SourceJson {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// feed, sitemap or pages.
    kind: &'static str,
    address: String,
    column: String,
    source_line: String,
    every_minutes: i32,
    quiet_from: i32,
    quiet_to: i32,
    pace_ms: i64,
    include: Vec<String>,
    exclude: Vec<String>,
    max_items: i32,
    rules: RulesJson,
    /// active, paused, failing or ended.
    state: &'static str,
    /// Failures in a row.
    failures: i32,
    last_error: String,
    #[schema(format = "date-time")]
    last_run_at: Option<String>,
    #[schema(format = "date-time")]
    next_run_at: String,
    version: i32,
}

impl From<Source> for SourceJson {
    fn from(source: Source) -> Self {
        let text = source.text;
        Self {
            id: source.id.to_string(),
            name: text.name,
            kind: text.kind.as_str(),
            address: text.address,
            column: text.column,
            source_line: text.source_line,
            every_minutes: text.every_minutes,
            quiet_from: text.quiet.0,
            quiet_to: text.quiet.1,
            pace_ms: text.pace_ms,
            include: text.include,
            exclude: text.exclude,
            max_items: text.max_items,
            rules: text.rules.into(),
            state: source.state.as_str(),
            failures: source.failures,
            last_error: source.last_error,
            last_run_at: source.last_run_at.map(Timestamp::rfc3339),
            next_run_at: source.next_run_at.rfc3339(),
            version: source.version,
        }
    }
}

/// One found thing.
#[derive(Serialize, ToSchema)]
pub struct ItemJson {
    key: String,
    url: String,
    title: String,
    /// new, landed, duplicate, changed, gone, failed or filtered.
    standing: String,
    /// Why it stands there, when that needs saying.
    reason: String,
    /// The draft or document that was made of it.
    #[schema(format = "uuid")]
    document_id: Option<String>,
    /// The document that a duplicate is the same as.
    #[schema(format = "uuid")]
    same_as: Option<String>,
    tries: i32,
    #[schema(format = "date-time")]
    first_seen: String,
    #[schema(format = "date-time")]
    last_seen: String,
}

impl From<ItemRow> for ItemJson {
    fn from(row: ItemRow) -> Self {
        Self {
            key: row.url_key,
            url: row.url,
            title: row.title,
            standing: row.standing,
            reason: row.reason,
            document_id: row.document_id.map(|id| id.to_string()),
            same_as: row.twin_id.map(|id| id.to_string()),
            tries: row.tries,
            first_seen: Timestamp(row.first_seen).rfc3339(),
            last_seen: Timestamp(row.last_seen).rfc3339(),
        }
    }
}

/// What a source would bring.
#[derive(Serialize, ToSchema)]
pub struct TrialJson {
    /// How many things the list names.
    found: usize,
    /// The first of them.
    items: Vec<TriedJson>,
}

/// One thing that would be found.
#[derive(Serialize, ToSchema)]
pub struct TriedJson {
    url: String,
    title: String,
    /// The keywords want it.
    wanted: bool,
    /// Whether it was read; only the first ones are.
    read: bool,
    /// Why it could not be read.
    reason: String,
    source: String,
    author: String,
    date: String,
    doc_number: String,
    body_html: String,
    attachments: Vec<String>,
}

impl From<Trial> for TrialJson {
    fn from(trial: Trial) -> Self {
        let items = trial.tried.into_iter().map(|one| TriedJson {
            url: one.url,
            title: one.title,
            wanted: one.wanted,
            read: one.read,
            reason: one.why,
            source: one.source,
            author: one.author,
            date: one.date,
            doc_number: one.doc_number,
            body_html: one.body_html,
            attachments: one.files,
        });
        Self { found: trial.found, items: items.collect() }
    }
}
