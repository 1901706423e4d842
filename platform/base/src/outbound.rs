//! The only way out: fetches that refuse private addresses after every DNS look-up and on every redirect.

mod guard;
pub mod mail;
mod resolve;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
pub use reqwest::Method;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use url::{Host, Url};

pub use guard::{AllowList, is_public};

/// Where a fetch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A portal of this platform: sent to the configured entry, no redirect followed.
    Platform,
    /// Anywhere else: public addresses only.
    Outside,
}

/// Bounds of one fetch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of body, after decoding.
    pub bytes: usize,
    /// Redirects followed.
    pub redirects: usize,
}

impl Limits {
    /// Bounds for one HTML page.
    pub const fn page() -> Self {
        Self { bytes: 4 * 1024 * 1024, redirects: 5 }
    }
}

/// One request to the outside.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// Headers beyond those that every request has.
    pub headers: HeaderMap,
    /// What is sent along; empty for a fetch.
    pub body: Bytes,
}

impl Ask {
    /// A fetch.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A message.
    pub fn post(url: Url, headers: HeaderMap, body: Bytes) -> Self {
        Self { method: Method::POST, url, headers, body }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Where it leads, when it is a redirect that was not followed.
    pub location: Option<Url>,
    /// Body, decoded.
    pub body: Bytes,
    /// Address that answered.
    pub url: Url,
    /// Microseconds from the request to the last byte.
    pub elapsed_micros: u64,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// Not http or https, or without a host.
    #[error("only http and https addresses are fetched")]
    Scheme,
    /// The address is private, loopback, link-local or otherwise not public.
    #[error("{0} is not a public address")]
    Private(String),
    /// More redirects than allowed.
    #[error("too many redirects")]
    Redirects,
    /// More bytes than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The other side.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

impl OutboundError {
    /// Whether the guard refused, directly or deep inside the client: no connection was made.
    pub fn is_guard(&self) -> bool {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = next {
            if matches!(error.downcast_ref::<Self>(), Some(Self::Private(_) | Self::Scheme)) {
                return true;
            }
            next = error.source();
        }
        false
    }

    /// What went wrong with everything behind it, without the address that was asked.
    pub fn words(&self) -> String {
        let (mut said, mut next) = (Vec::new(), Some(self as &(dyn std::error::Error + 'static)));
        while let Some(error) = next {
            let text = error.to_string();
            if said.last() != Some(&text) {
                said.push(text);
            }
            next = error.source();
        }
        said.join(": ")
    }
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    platform: reqwest::Client,
    entry: Option<Url>,
    outside: reqwest::Client,
    allow: Arc<AllowList>,
}

/// Installs the one cryptographic provider; called once by `main` and by tests.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Outbound {
    /// A client that sends platform probes to `entry` (the ingress, or this process itself in the demo) with the portal's
    /// name as Host; without one they go where DNS says.
    ///
    /// # Errors
    /// [`OutboundError::Http`] when the client cannot be built.
    pub fn new(entry: Option<Url>, timeout_seconds: u64, allow: AllowList) -> Result<Self, OutboundError> {
        let allow = Arc::new(allow);
        let client = || {
            reqwest::Client::builder()
                .user_agent(concat!("Dibao-Probe/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .no_proxy()
                .timeout(Duration::from_secs(timeout_seconds))
                .pool_max_idle_per_host(4)
                .pool_idle_timeout(Duration::from_secs(5))
        };
        let platform = client().build()?;
        let outside = client().dns_resolver(Arc::new(resolve::Guarded(Arc::clone(&allow)))).build()?;
        Ok(Self { platform, entry, outside, allow })
    }

    /// Fetches an address.
    ///
    /// # Errors
    /// See [`OutboundError`].
    pub async fn get(&self, url: &Url, to: Destination, limits: Limits) -> Result<Fetched, OutboundError> {
        self.send(&Ask::get(url.clone()), to, limits).await
    }

    /// Sends a request. Redirects of a fetch from outside are followed, each looked at like the first address; those of a
    /// message never are, and come back as they are.
    ///
    /// # Errors
    /// See [`OutboundError`].
    pub async fn send(&self, ask: &Ask, to: Destination, limits: Limits) -> Result<Fetched, OutboundError> {
        let mut url = ask.url.clone();
        let begun = Instant::now();
        for _ in 0..=limits.redirects {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(OutboundError::Scheme);
            }
            let request = match to {
                Destination::Platform => self.toward_entry(&ask.method, &url),
                Destination::Outside => {
                    self.refuse_literal(&url)?;
                    self.outside.request(ask.method.clone(), url.clone())
                }
            };
            let answer = request.headers(ask.headers.clone()).body(ask.body.clone()).send().await.map_err(refused)?;
            let status = answer.status();
            let next = answer
                .headers()
                .get(reqwest::header::LOCATION)
                .and_then(|to| to.to_str().ok())
                .and_then(|to| url.join(to).ok());
            let follows = to == Destination::Outside && ask.method == Method::GET && status.is_redirection();
            if let (true, Some(next)) = (follows, &next) {
                url = next.clone();
                continue;
            }
            let headers = answer.headers().clone();
            let mut body = BytesMut::new();
            let mut stream = answer.bytes_stream();
            while let Some(chunk) = stream.next().await {
                let chunk = chunk?;
                if body.len() + chunk.len() > limits.bytes {
                    return Err(OutboundError::TooLarge(limits.bytes));
                }
                body.extend_from_slice(&chunk);
            }
            let elapsed_micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            return Ok(Fetched {
                status: status.as_u16(),
                headers,
                location: next,
                body: body.freeze(),
                url,
                elapsed_micros,
            });
        }
        Err(OutboundError::Redirects)
    }

    fn toward_entry(&self, method: &Method, url: &Url) -> reqwest::RequestBuilder {
        let Some(entry) = &self.entry else { return self.platform.request(method.clone(), url.clone()) };
        let mut target = entry.clone();
        target.set_path(url.path());
        target.set_query(url.query());
        let name = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        self.platform.request(method.clone(), target).header(reqwest::header::HOST, name)
    }

    /// Whether a message may be sent there at all, as far as its address tells: https, or plain http to a literal address
    /// that the operator listed. Names are judged when they are resolved, each time.
    ///
    /// # Errors
    /// [`OutboundError::Scheme`] or [`OutboundError::Private`].
    pub fn may_post(&self, url: &Url) -> Result<(), OutboundError> {
        self.refuse_literal(url)?;
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.allow.lists(url) => Ok(()),
            _ => Err(OutboundError::Scheme),
        }
    }

    /// A literal address never passes the resolver, so it is judged here.
    fn refuse_literal(&self, url: &Url) -> Result<(), OutboundError> {
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(OutboundError::Scheme),
        };
        if self.allow.permits(literal) { Ok(()) } else { Err(OutboundError::Private(literal.to_string())) }
    }
}

/// What the resolver refused comes back wrapped by the client: it is told as what it is.
fn refused(error: reqwest::Error) -> OutboundError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(at) = cause {
        if let Some(OutboundError::Private(name)) = at.downcast_ref() {
            return OutboundError::Private(name.clone());
        }
        cause = at.source();
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn private_literals_are_refused_before_any_connection() {
        install_crypto();
        let out = Outbound::new(None, 1, AllowList::default()).expect("a client");
        for address in [
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://169.254.169.254/latest",
            "http://10.0.0.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://2130706433/",
        ] {
            let url = Url::parse(address).expect("an address");
            let refused = out.get(&url, Destination::Outside, Limits::page()).await;
            assert!(matches!(refused, Err(OutboundError::Private(_))), "{address}");
        }
        let file = Url::parse("file:///etc/passwd").expect("an address");
        assert!(matches!(out.get(&file, Destination::Outside, Limits::page()).await, Err(OutboundError::Scheme)));
    }

    /// A name that resolves to a private address is refused after DNS and before any connection, and said to be private.
    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_refused() {
        install_crypto();
        let out = Outbound::new(None, 1, AllowList::default()).expect("a client");
        let url = Url::parse("http://localhost:9/").expect("an address");
        let refused = out.get(&url, Destination::Outside, Limits::page()).await;
        assert!(matches!(refused, Err(OutboundError::Private(_))), "{refused:?}");
    }

    /// A server on loopback that leads everybody on, by what the path says.
    async fn leading(host: &str) -> u16 {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let server = tokio::net::TcpListener::bind((host, 0)).await.expect("a port");
        let port = server.local_addr().expect("an address").port();
        let here = host.to_owned();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = server.accept().await {
                let mut asked = [0u8; 1024];
                let read = stream.read(&mut asked).await.unwrap_or(0);
                let asked = String::from_utf8_lossy(&asked[..read]).into_owned();
                let to = match asked.split(' ').nth(1) {
                    Some("/literal") => "http://127.0.0.9:9/".to_owned(),
                    Some("/metadata") => "http://169.254.169.254/latest".to_owned(),
                    Some("/link-local") => "http://[fe80::1]/".to_owned(),
                    Some("/name") => format!("http://localhost:{port}/"),
                    Some("/file") => "file:///etc/passwd".to_owned(),
                    Some("/round") => "/round".to_owned(),
                    _ => format!("http://{here}:{port}/literal"),
                };
                let answer = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        port
    }

    /// Every step of the way is looked at like the first address: literals, and names once they are resolved.
    #[tokio::test]
    async fn a_redirect_to_a_private_address_is_refused() {
        install_crypto();
        // The operator allowed this one address; whatever it leads to is judged for itself.
        let port = leading("127.0.0.2").await;
        let allow = AllowList::parse(&["127.0.0.2".to_owned()]).expect("a list");
        let out = Outbound::new(None, 5, allow).expect("a client");
        for path in ["/literal", "/metadata", "/link-local", "/name", "/twice"] {
            let url = Url::parse(&format!("http://127.0.0.2:{port}{path}")).expect("an address");
            let refused = out.get(&url, Destination::Outside, Limits::page()).await;
            assert!(matches!(refused, Err(OutboundError::Private(_))), "{path}: {refused:?}");
        }
        let url = |path: &str| Url::parse(&format!("http://127.0.0.2:{port}{path}")).expect("an address");
        let refused = out.get(&url("/file"), Destination::Outside, Limits::page()).await;
        assert!(matches!(refused, Err(OutboundError::Scheme)), "{refused:?}");
        let refused = out.get(&url("/round"), Destination::Outside, Limits::page()).await;
        assert!(matches!(refused, Err(OutboundError::Redirects)), "{refused:?}");
        // A message is never led anywhere.
        let ask = Ask::post(url("/literal"), HeaderMap::new(), Bytes::from_static(b"{}"));
        let answered = out.send(&ask, Destination::Outside, Limits::page()).await.expect("an answer");
        assert_eq!(
            (answered.status, answered.location.map(|to| to.to_string()).as_deref()),
            (302, Some("http://127.0.0.9:9/"))
        );
    }
}
