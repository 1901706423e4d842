//! Visits of articles, counted in memory: one addition a view, nothing about who looked. What was counted since the last
//! writing is lost with a killed process: at most [`EVERY`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::TenantId;
use content::DocumentId;
use exchange::submission::visits::{Counted, flush};
use http::{HeaderMap, Method, StatusCode, header};

use crate::App;

/// How often a node writes what it counted.
pub const EVERY: Duration = Duration::from_secs(10);

/// Words in a user agent by which programs name themselves, in lower case: crawlers say `bot`, `spider` or `crawl` and libraries
/// their name (the generic entries of the COUNTER robots list). Whoever names nothing is no browser.
const PROGRAMS: [&str; 16] = [
    "bot",
    "spider",
    "crawl",
    "slurp",
    "curl/",
    "wget/",
    "python",
    "java/",
    "go-http",
    "okhttp",
    "headless",
    "monitor",
    "libwww",
    "feedfetcher",
    "dibao",
    "httpclient",
];

/// The counter of one article on one portal.
#[derive(Debug)]
pub struct Counter {
    tenant: TenantId,
    document: DocumentId,
    views: AtomicI64,
}

impl Counter {
    /// Counts a view, if it is one: a page that somebody got to see with a browser.
    pub fn view(&self, method: &Method, status: StatusCode, headers: &HeaderMap) {
        let seen = method == Method::GET && matches!(status, StatusCode::OK | StatusCode::NOT_MODIFIED);
        if seen && is_person(headers) {
            self.views.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whether a browser asks, by its own word. A program that lies is counted.
fn is_person(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let names = |word: &&str| agent.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    !agent.is_empty() && !PROGRAMS.iter().any(names)
}

/// The counters of this node.
#[derive(Default)]
pub struct Visits {
    counters: Mutex<HashMap<(TenantId, DocumentId), Arc<Counter>>>,
}

impl Visits {
    /// The counter of an article; made when the page is, and carried by it.
    pub fn of(&self, tenant: TenantId, document: DocumentId) -> Arc<Counter> {
        let new = || Arc::new(Counter { tenant, document, views: AtomicI64::new(0) });
        match self.counters.lock() {
            Ok(mut counters) => Arc::clone(counters.entry((tenant, document)).or_insert_with(new)),
            Err(_) => new(),
        }
    }

    /// Takes what was counted; counters whose pages are gone from memory go.
    fn take(&self) -> Vec<Counted> {
        let Ok(mut counters) = self.counters.lock() else { return Vec::new() };
        let mut counted = Vec::new();
        counters.retain(|_, counter| {
            let alone = Arc::strong_count(counter) == 1;
            let views = counter.views.swap(0, Ordering::Relaxed);
            if views > 0 {
                counted.push(Counted { tenant: counter.tenant, document: counter.document, views });
            }
            !alone
        });
        // Nodes that write at once take the rows in the same order, and wait for each other instead of for nothing.
        counted.sort_by_key(|one| (one.tenant, one.document));
        counted
    }

    fn put_back(&self, counted: Vec<Counted>) {
        for one in counted {
            self.of(one.tenant, one.document).views.fetch_add(one.views, Ordering::Relaxed);
        }
    }
}

/// Writes what this node counted since the last time. What the database refuses is kept for the next time.
pub async fn write(app: &App) {
    let counted = app.visits.take();
    if let Err(error) = flush(&app.store, &counted, app.clock.now()).await {
        tracing::warn!(%error, "visits are written later");
        app.visits.put_back(counted);
    }
}

/// Writes again and again until `stop` ends, and then once more.
pub async fn keep_writing(app: Arc<App>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(EVERY) => write(&app).await,
        }
    }
    write(&app).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_people_and_robots_are_not() {
        let agent = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, http::HeaderValue::from_static(text));
            is_person(&headers)
        };
        assert!(agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"));
        for program in [
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "Mozilla/5.0 (compatible; Googlebot/2.1)",
            "Sogou web spider/4.0",
            "curl/8.5.0",
            "Mozilla/5.0 HeadlessChrome/141.0",
            "dibao-probe/0.1",
        ] {
            assert!(!agent(program), "{program}");
        }
        assert!(!is_person(&HeaderMap::new()));
    }
}
