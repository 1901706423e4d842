//! 试抓: what a source would bring, without keeping anything.

use serde::Serialize;
use url::Url;

use super::article::{Article, article, in_full};
use super::lists::Listed;
use super::look::{self, Seeing};
use super::model::CrawlError;
use super::said::SourceText;
use super::visit::{Came, Missed, Patience, Reader, Why, is_home};
use crate::polite::{self, Seen};

/// Things of the list that are shown, and of them how many are read.
const SHOWN: usize = 20;
const READ: usize = 2;

/// One thing that would be found.
#[derive(Clone, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct Tried {
    pub url: String,
    pub title: String,
    /// The keywords want it.
    pub wanted: bool,
    /// Whether it was read.
    pub read: bool,
    /// Why it could not be read.
    pub why: String,
    pub source: String,
    pub author: String,
    pub date: String,
    pub doc_number: String,
    pub body_html: String,
    pub files: Vec<String>,
}

/// What a source would bring.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// How many things the list names.
    pub found: usize,
    /// The first of them.
    pub tried: Vec<Tried>,
}

/// Reads the list and the first articles of a source that need not exist.
///
/// # Errors
/// [`CrawlError::Unread`] when the list cannot be read.
pub async fn try_out(reader: &Reader<'_>, text: &SourceText) -> Result<Trial, CrawlError> {
    let listed = match look::look(reader, text, &Seen::default(), Patience::Person).await {
        Ok(Seeing::List { listed, .. }) => listed,
        Ok(Seeing::Unchanged) => Vec::new(),
        Err(missed) => return Err(refused(missed)),
    };
    let mut trial = Trial { found: listed.len(), tried: Vec::new() };
    for (at, one) in listed.into_iter().take(SHOWN).enumerate() {
        let mut tried = Tried { url: one.url.clone(), title: one.title.clone(), ..Tried::default() };
        if at < READ {
            tried.read = true;
            match read(reader, text, &one).await {
                Ok(read) => tried.fill(read),
                Err(Missed::Store(error)) => return Err(error.into()),
                Err(missed) => tried.why = missed.to_string(),
            }
        }
        tried.wanted = text.wants(&tried.title, &content::text::normalise(&tried.body_html)) || !tried.read;
        trial.tried.push(tried);
    }
    Ok(trial)
}

impl Tried {
    fn fill(&mut self, read: Article) {
        if !read.title.is_empty() {
            self.title = read.title;
        }
        (self.source, self.author, self.doc_number, self.body_html) =
            (read.source, read.author, read.doc_number, read.body_html);
        self.date = read.date.map(base::Timestamp::minute_cst).unwrap_or_default();
        self.files = read.files.into_iter().map(|file| file.name).collect();
    }
}

pub(super) fn refused(missed: Missed) -> CrawlError {
    match missed {
        Missed::Later(_) => Why::Busy.into(),
        Missed::Why(why) => why.into(),
        Missed::Store(error) => error.into(),
    }
}

async fn read(reader: &Reader<'_>, text: &SourceText, one: &Listed) -> Result<Article, Missed> {
    let url = Url::parse(&one.url).map_err(|_| Why::Address)?;
    if !one.body_html.is_empty() && text.rules.body.is_empty() {
        let body_html = in_full(&content::text::clean_html(&one.body_html), &url);
        return Ok(Article { body_html, ..Article::default() });
    }
    let limits = base::outbound::Limits::page();
    match reader.visit(&url, &Seen::default(), text.pace_ms, limits, Patience::Person).await? {
        Came::Here(fetched) => {
            let read = article(&polite::text(&fetched), &fetched.url, &text.rules);
            if is_home(&url, &fetched.url, "", "") {
                return Err(Why::Home.into());
            }
            Ok(read)
        }
        Came::Gone => Err(Why::Status(404).into()),
        Came::Unchanged => Err(Why::NoText.into()),
    }
}
