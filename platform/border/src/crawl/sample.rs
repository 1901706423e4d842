//! Sample pages on which a person builds field rules by clicking: fetched by the server, kept beside the source, and shown
//! without anything that could run or load.

use std::collections::{HashMap, HashSet};

use base::{Staff, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use url::Url;

use super::SourceId;
use super::acts::{ManageCrawl, moved, touched};
use super::model::{CrawlError, Event, Source, SourceMove, SourceState};
use super::rows::{sample as rows, source};
use super::said::{PageRules, SourceText};
use super::trial::refused;
use super::views;
use super::visit::{Came, Patience, Reader, Why};
use crate::polite::{self, Seen};

/// Longest page that is kept, in bytes.
const MOST: usize = 1024 * 1024;

/// Which page of a source is a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The list.
    List,
    /// One article.
    Article,
}

impl Part {
    /// The word used in tables and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Article => "article",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::List, Self::Article].into_iter().find(|part| part.as_str() == word)
    }
}

/// A page as it came, in UTF-8.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Sample {
    pub url: String,
    pub html: String,
    pub fetched_at: Timestamp,
}

/// Fetches a page for a person who waits.
///
/// # Errors
/// [`CrawlError::Unread`].
pub async fn fetch_sample(reader: &Reader<'_>, text: &SourceText, address: &str) -> Result<Sample, CrawlError> {
    let url = Url::parse(address.trim()).map_err(|_| Why::Address)?;
    let limits = base::outbound::Limits { bytes: MOST, redirects: 5 };
    let came = reader.visit(&url, &Seen::default(), text.pace_ms, limits, Patience::Person).await.map_err(refused)?;
    let Came::Here(fetched) = came else { return Err(Why::Status(404).into()) };
    let html: String = polite::text(&fetched).replace('\0', "");
    Ok(Sample { url: fetched.url.into(), html, fetched_at: reader.clock.now() })
}

/// Keeps the rules that a person built, and the pages on which they were. A source that waited for its first rules begins.
///
/// # Errors
/// [`CrawlError::Field`] naming the rule that cannot be read; [`base::StoreError::Stale`].
pub async fn keep_rules(
    tx: &TenantTx,
    who: &Staff<ManageCrawl>,
    id: SourceId,
    rules: PageRules,
    samples: Vec<(Part, Sample)>,
    now: Timestamp,
) -> Result<Source, CrawlError> {
    let was = views::find(tx, id).await?;
    let rules = rules.cleaned()?;
    let understood = was.text.is_understood();
    for (part, sample) in samples {
        let old = rows::Entity::delete_many()
            .filter(rows::Column::SourceId.eq(id))
            .filter(rows::Column::Part.eq(part.as_str()));
        tx.remove(old).await?;
        let row = rows::ActiveModel {
            source_id: Set(id),
            part: Set(part.as_str().to_owned()),
            url: Set(sample.url),
            html: Set(sample.html),
            fetched_at: Set(sample.fetched_at.micros()),
            ..Default::default()
        };
        tx.insert(row).await?;
    }
    if rules != was.text.rules {
        let update = touched(&was, was.version, who.actor(), now)
            .col_expr(source::Column::Rules, Expr::value(super::land::json(&rules)))
            .col_expr(source::Column::Etag, Expr::value(""))
            .col_expr(source::Column::Modified, Expr::value(""));
        tx.change_one(update).await?;
        let text = was.text;
        let event = Event::Edited { source: id, name: text.name, address: text.address, column: text.column };
        tx.note(&event, who.actor(), now).await?;
    }
    let is = views::find(tx, id).await?;
    // It waited for rules: now it begins.
    if is.state == SourceState::Paused && !understood && is.text.is_understood() {
        return moved(tx, who.actor(), id, SourceMove::Resume, now).await;
    }
    Ok(is)
}

/// The sample that is kept.
///
/// # Errors
/// [`CrawlError::Missing`].
pub async fn sample(tx: &TenantTx, id: SourceId, part: Part) -> Result<Sample, CrawlError> {
    let select =
        rows::Entity::find().filter(rows::Column::SourceId.eq(id)).filter(rows::Column::Part.eq(part.as_str()));
    let row = tx.one(select).await?.ok_or(CrawlError::Missing)?;
    Ok(Sample { url: row.url, html: row.html, fetched_at: Timestamp(row.fetched_at) })
}

/// A sample for the eye: structure, ids and classes stay, so that selectors mean the same; scripts, styles, forms, frames
/// and every address go, and pictures become their words.
pub fn shown(html: &str) -> String {
    let tags: HashSet<&str> = [
        "a",
        "abbr",
        "article",
        "aside",
        "b",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "s",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
    ]
    .into();
    let own: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("img", HashSet::from(["alt"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("th", HashSet::from(["colspan", "rowspan"])),
    ]);
    let mut cleaner = ammonia::Builder::empty();
    cleaner.tags(tags).tag_attributes(own).generic_attributes(HashSet::from(["id", "class"]));
    cleaner.clean_content_tags(HashSet::from(["script", "style", "noscript", "template", "iframe", "svg", "title"]));
    cleaner.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs_and_nothing_loads() {
        let page = "<html><head><title>x</title><style>p{}</style><script>alert(1)</script></head><body onload=x()>\
                    <form action='/x'><input name=a><div id=zoom class='a b' style='color:red'>正文</div></form>\
                    <a href='http://evil.example/' class=l>链</a><img src='http://evil.example/a.png' alt=图 onerror=x()>\
                    <iframe src=x>y</iframe><svg><script>1</script></svg></body></html>";
        let shown = shown(page);
        assert!(
            shown.contains("id=\"zoom\"") && shown.contains("class=\"a b\"") && shown.contains("alt=\"图\""),
            "{shown}"
        );
        for gone in ["script", "evil", "onload", "onerror", "form", "input", "style", "iframe", "href", "alert"] {
            assert!(!shown.contains(gone), "{gone}: {shown}");
        }
    }
}
