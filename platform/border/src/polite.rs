//! Reading outside pages as a guest: robots rules, one pace per host for the whole cluster, conditional requests, and text in
//! whatever character set it came.

use std::collections::HashMap;
use std::sync::Mutex;

use base::outbound::{Ask, Destination, Fetched, HeaderValue, Limits, Outbound, OutboundError};
use base::{Store, StoreError, Timestamp};
use texting_robots::Robot;
use url::Url;

/// The name that robots files address.
pub const AGENT: &str = "Dibao-Probe";

/// Hours for which a robots file is believed (RFC 9309 §2.4).
const ROBOTS_HOURS: i64 = 24;

/// Bytes of a robots file that are read (RFC 9309 §2.5).
const ROBOTS_BYTES: usize = 500 * 1024;

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The host's turn is later.
    #[error("the host is visited again later")]
    Later(Timestamp),
    /// The robots file forbids it, or could not be read because the host fails.
    #[error("the robots file forbids {0}")]
    Robots(String),
    /// The other side, or the guard.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is known of an earlier visit, so that an unchanged page is not sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its entity tag.
    pub etag: String,
    /// Its Last-Modified, as it was sent.
    pub modified: String,
}

impl Seen {
    /// What an answer said about itself.
    pub fn of(fetched: &Fetched) -> Self {
        let text = |name: &str| {
            let value = fetched.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Self { etag: text("etag"), modified: text("last-modified") }
    }
}

struct Rules {
    robot: Option<Robot>,
    // Nobody may read anything: the host failed when it was asked for its rules.
    closed: bool,
    read_at: Timestamp,
}

/// A guest who keeps the rules. Shared by the jobs of a node.
#[derive(Default)]
pub struct Guest {
    hosts: Mutex<HashMap<String, Rules>>,
}

impl Guest {
    /// Reads an address when the host's rules and its turn allow it. `millis` is the least time between two visits of the
    /// cluster to one host; a longer `Crawl-delay` wins.
    ///
    /// # Errors
    /// See [`VisitError`].
    pub async fn visit(
        &self,
        store: &Store,
        outbound: &Outbound,
        url: &Url,
        seen: &Seen,
        millis: i64,
        now: Timestamp,
    ) -> Result<Fetched, VisitError> {
        let delay = self.allowed(outbound, url, now).await?;
        let host = origin(url);
        if let Err(free_at) = store.take_turn(&format!("visit:{host}"), millis.max(delay), now).await? {
            return Err(VisitError::Later(free_at));
        }
        let mut ask = Ask::get(url.clone());
        for (name, value) in [("if-none-match", &seen.etag), ("if-modified-since", &seen.modified)] {
            if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
                ask.headers.insert(name, value);
            }
        }
        Ok(outbound.send(&ask, Destination::Outside, Limits::page()).await?)
    }

    /// Whether the robots rules allow an address; answers the delay in milliseconds that they ask for.
    async fn allowed(&self, outbound: &Outbound, url: &Url, now: Timestamp) -> Result<i64, VisitError> {
        let host = origin(url);
        if let Some(answer) = self.known(&host, url, now) {
            return answer;
        }
        let mut robots = url.clone();
        robots.set_path("/robots.txt");
        robots.set_query(None);
        robots.set_fragment(None);
        let limits = Limits { bytes: ROBOTS_BYTES, redirects: 5 };
        let answer = outbound.get(&robots, Destination::Outside, limits).await;
        let (robot, closed) = match answer {
            Ok(answer) if answer.status == 200 => (Robot::new(AGENT, &answer.body).ok(), false),
            // There is no such file: everything may be read (RFC 9309 §2.3.1.3).
            Ok(answer) if (400..500).contains(&answer.status) => (None, false),
            // An address that may not be fetched is not fetched for its rules either.
            Err(error @ (OutboundError::Private(_) | OutboundError::Scheme)) => return Err(error.into()),
            // The host fails or is away: nothing may be read (RFC 9309 §2.3.1.4).
            _ => (None, true),
        };
        if let Ok(mut hosts) = self.hosts.lock() {
            hosts.insert(host.clone(), Rules { robot, closed, read_at: now });
        }
        self.known(&host, url, now).unwrap_or_else(|| Err(VisitError::Robots(url.to_string())))
    }

    fn known(&self, host: &str, url: &Url, now: Timestamp) -> Option<Result<i64, VisitError>> {
        let hosts = self.hosts.lock().ok()?;
        let rules = hosts.get(host)?;
        // A host that failed is asked again sooner.
        let hours = if rules.closed { 1 } else { ROBOTS_HOURS };
        if now >= rules.read_at.plus_hours(hours) {
            return None;
        }
        if rules.closed || rules.robot.as_ref().is_some_and(|robot| !robot.allowed(url.as_str())) {
            return Some(Err(VisitError::Robots(url.to_string())));
        }
        let delay = rules.robot.as_ref().and_then(|robot| robot.delay).unwrap_or(0.0);
        Some(Ok((delay.clamp(0.0, 600.0) * 1000.0) as i64))
    }
}

fn origin(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0))
}

/// A page as text, by the character set that it names in its header, in its first bytes, or that its bytes look like.
pub fn text(fetched: &Fetched) -> String {
    let header = fetched.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    decoded(header, &fetched.body)
}

/// See [`text`].
pub fn decoded(content_type: &str, bytes: &[u8]) -> String {
    let named = charset(content_type.as_bytes()).or_else(|| charset(&bytes[..bytes.len().min(2048)]));
    let encoding = named.unwrap_or_else(|| {
        let mut guess = chardetng::EncodingDetector::new();
        guess.feed(bytes, true);
        guess.guess(Some(b"cn"), true)
    });
    encoding.decode(bytes).0.into_owned()
}

/// The encoding that `charset=` or `encoding=` names in some bytes.
fn charset(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let lower = bytes.to_ascii_lowercase();
    [&b"charset="[..], b"encoding="].iter().find_map(|mark| {
        let at = lower.windows(mark.len()).position(|window| window == *mark)? + mark.len();
        let name: Vec<u8> = lower[at..]
            .iter()
            .copied()
            .skip_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            .collect();
        encoding_rs::Encoding::for_label(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_of_every_age_is_read() {
        let said = "关于印发《办法》的通知，请认真贯彻执行。";
        for (label, header, meta) in [
            ("gbk", "text/html; charset=GBK", ""),
            ("gb18030", "text/html", "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb18030\">"),
            ("gbk", "text/html", "<meta charset='gb2312'>"),
            ("utf-8", "", ""),
            ("gbk", "", ""),
            ("utf-8", "", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
        ] {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).expect("an encoding");
            let bytes = encoding.encode(&format!("{meta}<p>{said}</p>")).0.into_owned();
            assert!(decoded(header, &bytes).contains(said), "{label} {header} {meta}");
        }
        let big5 = encoding_rs::BIG5.encode("臺北市政府公告").0.into_owned();
        assert_eq!(decoded("text/html; charset=Big5", &big5), "臺北市政府公告");
    }
}
