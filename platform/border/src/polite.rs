//! Reading outside pages as a guest: robots rules, one pace per host for the whole cluster, conditional requests, and text in
//! whatever character set it came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

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

/// Hosts whose rules are remembered, and bytes of all their files together.
const HOSTS_MAX: usize = 20_000;
const HOSTS_BYTES: usize = 32 * 1024 * 1024;

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

/// What is known of a host's rules. The text is kept and not the parsed rules, whose patterns weigh many times as much.
struct Rules {
    text: Vec<u8>,
    // Nobody may read anything: the host failed when it was asked for its rules.
    closed: bool,
    read_at: Timestamp,
}

impl Rules {
    fn stale(&self, now: Timestamp) -> bool {
        // A host that failed is asked again sooner.
        now >= self.read_at.plus_hours(if self.closed { 1 } else { ROBOTS_HOURS })
    }

    /// The delay in milliseconds that is asked for; none when the address may not be read.
    fn judge(&self, url: &Url) -> Option<i64> {
        if self.closed {
            return None;
        }
        let robot = (!self.text.is_empty()).then(|| Robot::new(AGENT, &self.text).ok()).flatten();
        if robot.as_ref().is_some_and(|robot| !robot.allowed(url.as_str())) {
            return None;
        }
        let delay = robot.and_then(|robot| robot.delay).unwrap_or(0.0);
        Some((delay.clamp(0.0, 600.0) * 1000.0) as i64)
    }
}

/// The rules of many hosts, bounded in number and in bytes: who was asked longest ago is forgotten first.
#[derive(Default)]
struct Known {
    hosts: HashMap<String, Rules>,
    bytes: usize,
}

impl Known {
    fn keep(&mut self, host: String, rules: Rules) {
        self.bytes += rules.text.len();
        if let Some(was) = self.hosts.insert(host, rules) {
            self.bytes -= was.text.len();
        }
        if self.hosts.len() <= HOSTS_MAX && self.bytes <= HOSTS_BYTES {
            return;
        }
        // A tenth at a time, so that a full house does not sort itself at every visit.
        let mut ages: Vec<(Timestamp, String)> =
            self.hosts.iter().map(|(host, rules)| (rules.read_at, host.clone())).collect();
        ages.sort();
        for (at, (_, host)) in ages.iter().enumerate() {
            if at * 10 >= ages.len() && self.bytes <= HOSTS_BYTES {
                break;
            }
            if let Some(gone) = self.hosts.remove(host) {
                self.bytes -= gone.text.len();
            }
        }
    }
}

/// What one visit asks for.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// Where.
    pub url: &'a Url,
    /// What is known of an earlier visit.
    pub seen: &'a Seen,
    /// The least time in milliseconds between two visits of the cluster to one host; a longer `Crawl-delay` wins.
    pub millis: i64,
    /// Bounds of what is read.
    pub limits: Limits,
}

/// A guest who keeps the rules. Cheap to clone; shared by the jobs and the rooms of a node.
#[derive(Clone, Default)]
pub struct Guest(Arc<Memory>);

#[derive(Default)]
struct Memory {
    known: Mutex<Known>,
    // One look at a host's rules at a time: whoever comes meanwhile waits for that one.
    looks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Guest {
    /// Reads a page when the host's rules and its turn allow it. `millis` is the least time between two visits of the
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
        self.fetch(store, outbound, Visit { url, seen, millis, limits: Limits::page() }, now).await
    }

    /// The same for anything that is read, within bounds of one's own.
    ///
    /// # Errors
    /// See [`VisitError`].
    pub async fn fetch(
        &self,
        store: &Store,
        outbound: &Outbound,
        visit: Visit<'_>,
        now: Timestamp,
    ) -> Result<Fetched, VisitError> {
        let delay = self.allowed(outbound, visit.url, now).await?;
        let millis = visit.millis.max(delay);
        if millis > 0
            && let Err(free_at) = store.take_turn(&format!("visit:{}", origin(visit.url)), millis, now).await?
        {
            return Err(VisitError::Later(free_at));
        }
        let mut ask = Ask::get(visit.url.clone());
        for (name, value) in [("if-none-match", &visit.seen.etag), ("if-modified-since", &visit.seen.modified)] {
            if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
                ask.headers.insert(name, value);
            }
        }
        Ok(outbound.send(&ask, Destination::Outside, visit.limits).await?)
    }

    /// The same for a person who waits in front of the page: waits for the host's turn, up to ten seconds.
    ///
    /// # Errors
    /// See [`VisitError`]; [`VisitError::Later`] when the turn is not soon.
    pub async fn fetch_soon(
        &self,
        store: &Store,
        outbound: &Outbound,
        visit: Visit<'_>,
        now: Timestamp,
    ) -> Result<Fetched, VisitError> {
        let mut at = now;
        for _ in 0..3 {
            match self.fetch(store, outbound, visit, at).await {
                Err(VisitError::Later(free_at)) if free_at.micros() - now.micros() < 10 * Timestamp::SECOND => {
                    let wait = u64::try_from(free_at.micros() - at.micros()).unwrap_or(0);
                    tokio::time::sleep(std::time::Duration::from_micros(wait)).await;
                    at = free_at;
                }
                other => return other,
            }
        }
        Err(VisitError::Later(at))
    }

    /// Whether the robots rules allow an address; answers the delay in milliseconds that they ask for.
    async fn allowed(&self, outbound: &Outbound, url: &Url, now: Timestamp) -> Result<i64, VisitError> {
        let host = origin(url);
        if let Some(answer) = self.known(&host, url, now) {
            return answer;
        }
        let look = match self.0.looks.lock() {
            Ok(mut looks) => Arc::clone(looks.entry(host.clone()).or_default()),
            Err(_) => Arc::default(),
        };
        let turn = look.lock().await;
        // Somebody may have looked while this one waited.
        let answer = match self.known(&host, url, now) {
            Some(answer) => answer,
            None => match self.look(outbound, &host, url, now).await {
                Err(error) => Err(error),
                Ok(()) => self.known(&host, url, now).unwrap_or_else(|| Err(VisitError::Robots(url.to_string()))),
            },
        };
        drop(turn);
        if let Ok(mut looks) = self.0.looks.lock()
            && Arc::strong_count(&look) <= 2
        {
            looks.remove(&host);
        }
        answer
    }

    async fn look(&self, outbound: &Outbound, host: &str, url: &Url, now: Timestamp) -> Result<(), VisitError> {
        let mut robots = url.clone();
        robots.set_path("/robots.txt");
        robots.set_query(None);
        robots.set_fragment(None);
        let limits = Limits { bytes: ROBOTS_BYTES, redirects: 5 };
        let (text, closed) = match outbound.get(&robots, Destination::Outside, limits).await {
            Ok(answer) if answer.status == 200 => (answer.body.to_vec(), false),
            // There is no such file: everything may be read (RFC 9309 §2.3.1.3).
            Ok(answer) if (400..500).contains(&answer.status) => (Vec::new(), false),
            // An address that may not be fetched is not fetched for its rules either.
            Err(error @ (OutboundError::Private(_) | OutboundError::Scheme)) => return Err(error.into()),
            // The host fails or is away: nothing may be read (RFC 9309 §2.3.1.4).
            _ => (Vec::new(), true),
        };
        if let Ok(mut known) = self.0.known.lock() {
            known.keep(host.to_owned(), Rules { text, closed, read_at: now });
        }
        Ok(())
    }

    fn known(&self, host: &str, url: &Url, now: Timestamp) -> Option<Result<i64, VisitError>> {
        let known = self.0.known.lock().ok()?;
        let rules = known.hosts.get(host).filter(|rules| !rules.stale(now))?;
        Some(rules.judge(url).ok_or_else(|| VisitError::Robots(url.to_string())))
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

/// The bytes that a part of an address stands for.
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => (out.push(byte), at += 3),
            None => (out.push(bytes[at]), at += 1),
        };
    }
    out
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
        let traditional = "臺北市政府公告：修正本市道路交通管制時間，請市民配合。";
        let big5 = |label: &str| encoding_rs::BIG5.encode(&format!("{label}{traditional}")).0.into_owned();
        assert_eq!(decoded("text/html; charset=Big5", &big5("")), traditional);
        assert!(decoded("text/html", &big5("<meta charset=big5>")).contains(traditional));
        // Four bytes in GB18030, and nothing in GBK; a page that calls itself gb2312 may hold it nevertheless.
        let rare = "𠮷林省㐂庆乡人民政府公告";
        for label in ["<meta charset=gb18030>", "<meta charset=gb2312>", "<meta charset=gbk>"] {
            let bytes = encoding_rs::GB18030.encode(&format!("{label}{rare}")).0.into_owned();
            assert!(decoded("text/html", &bytes).contains(rare), "{label}");
        }
    }

    #[test]
    fn what_is_remembered_of_hosts_is_bounded() {
        let rules = |size: usize, at: i64| Rules { text: vec![b'#'; size], closed: false, read_at: Timestamp(at) };
        let mut known = Known::default();
        for at in 0..HOSTS_MAX as i64 + 1 {
            known.keep(format!("h{at}"), rules(10, at));
        }
        assert!(known.hosts.len() <= HOSTS_MAX && known.hosts.len() > HOSTS_MAX * 8 / 10);
        assert!(!known.hosts.contains_key("h0"), "the oldest goes first");
        for at in 0..100 {
            known.keep(format!("large{at}"), rules(ROBOTS_BYTES, HOSTS_MAX as i64 + at));
        }
        assert!(known.bytes <= HOSTS_BYTES);
        assert_eq!(known.bytes, known.hosts.values().map(|rules| rules.text.len()).sum::<usize>());
    }

    #[test]
    fn a_robots_file_forbids_and_slows() {
        let text = "User-agent: *\nDisallow: /private/\nCrawl-delay: 3\n".as_bytes().to_vec();
        let rules = Rules { text, closed: false, read_at: Timestamp(0) };
        let url = |path: &str| Url::parse(&format!("http://a.example{path}")).expect("an address");
        assert_eq!(rules.judge(&url("/list/")), Some(3000));
        assert_eq!(rules.judge(&url("/private/x.html")), None);
        assert!(!rules.stale(Timestamp(0).plus_hours(23)) && rules.stale(Timestamp(0).plus_hours(24)));
    }
}
