//! One visit to the other side: what came back, or why it cannot be used.

use base::outbound::{Fetched, Limits, Outbound};
use base::{Clock, Store, StoreError, Timestamp};
use content::media::Files;
use url::Url;

use super::rules::CrawlRules;
use crate::polite::{Guest, Seen, Visit, VisitError};

/// What crawling works with.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The rows.
    pub store: &'a Store,
    /// The way out.
    pub outbound: &'a Outbound,
    /// Who keeps the rules of hosts.
    pub guest: &'a Guest,
    /// Where pictures and attachments go.
    pub files: &'a Files,
    /// How crawling is done.
    pub rules: &'a CrawlRules,
    /// Where the present comes from.
    pub clock: &'a dyn Clock,
}

/// Why something could not be read, in words that people are shown by their key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The address is none.
    #[error("not_an_address")]
    Address,
    /// The guard: not a public address.
    #[error("private: {0}")]
    Private(String),
    /// The robots file forbids it.
    #[error("robots")]
    Robots,
    /// The host's turn did not come soon enough.
    #[error("busy")]
    Busy,
    /// A status that is no answer.
    #[error("status: {0}")]
    Status(u16),
    /// It leads to the home page, or shows it: the article is not there.
    #[error("home")]
    Home,
    /// It is not what it should be: no feed, no sitemap.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// Nothing that could be a text.
    #[error("no_text")]
    NoText,
    /// No answer.
    #[error("away: {0}")]
    Away(String),
}

/// How a visit ended.
#[derive(Debug)]
pub(super) enum Came {
    /// With this.
    Here(Box<Fetched>),
    /// Nothing new since it was seen.
    Unchanged,
    /// It is not there any more.
    Gone,
}

/// Why a visit did not come about.
#[derive(Debug, thiserror::Error)]
pub(super) enum Missed {
    #[error("later")]
    Later(Timestamp),
    #[error(transparent)]
    Why(#[from] Why),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VisitError> for Missed {
    fn from(error: VisitError) -> Self {
        use base::outbound::OutboundError as O;
        match error {
            VisitError::Later(at) => Self::Later(at),
            VisitError::Robots(_) => Why::Robots.into(),
            VisitError::Outbound(O::Private(name)) => Why::Private(name).into(),
            VisitError::Outbound(O::Scheme) => Why::Address.into(),
            VisitError::Outbound(other) => Why::Away(told(&other)).into(),
            VisitError::Store(error) => Self::Store(error),
        }
    }
}

/// The innermost cause, which says most.
fn told(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(cause) = at.source() {
        at = cause;
    }
    at.to_string().chars().take(200).collect()
}

/// Whether a person waits for the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// A job: when it is not its turn, it comes again.
    Job,
    /// A person in front of a page.
    Person,
}

impl Reader<'_> {
    pub(super) async fn visit(
        &self,
        url: &Url,
        seen: &Seen,
        millis: i64,
        limits: Limits,
        patience: Patience,
    ) -> Result<Came, Missed> {
        let visit = Visit { url, seen, millis, limits };
        let now = self.clock.now();
        let fetched = match patience {
            Patience::Job => self.guest.fetch(self.store, self.outbound, visit, now).await,
            Patience::Person => match self.guest.fetch_soon(self.store, self.outbound, visit, now).await {
                Err(VisitError::Later(_)) => return Err(Why::Busy.into()),
                other => other,
            },
        }?;
        match fetched.status {
            200..=299 => Ok(Came::Here(Box::new(fetched))),
            304 => Ok(Came::Unchanged),
            404 | 410 => Ok(Came::Gone),
            status => Err(Why::Status(status).into()),
        }
    }
}

/// Whether an answer is the home page and not what was asked for: redirected to the root of a site, or shown under the
/// home page's own title.
pub(super) fn is_home(asked: &Url, came: &Url, title: &str, home_title: &str) -> bool {
    let is_root = |url: &Url| {
        let path = url.path().trim_end_matches('/').to_ascii_lowercase();
        let page = path.strip_prefix('/').unwrap_or(&path);
        url.query().is_none()
            && matches!(page, "" | "index.html" | "index.htm" | "index.shtml" | "index.jsp" | "index.php")
    };
    let led_home = is_root(came) && !is_root(asked);
    let title = title.trim();
    led_home || (!is_root(asked) && !title.is_empty() && title == home_title.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_page_is_no_article() {
        let url = |path: &str| Url::parse(&format!("http://www.example.gov.cn{path}")).expect("an address");
        assert!(is_home(&url("/art/1.html"), &url("/"), "x", ""));
        assert!(is_home(&url("/art/1.html"), &url("/index.html"), "x", ""));
        assert!(is_home(&url("/art/1.html"), &url("/art/1.html"), "示例部网站", "示例部网站"));
        assert!(!is_home(&url("/art/1.html"), &url("/art/1.html"), "通知_示例部网站", "示例部网站"));
        assert!(!is_home(&url("/art/1.html"), &url("/art/2.html"), "", ""));
        assert!(!is_home(&url("/"), &url("/index.html"), "示例部网站", "示例部网站"));
    }
}
