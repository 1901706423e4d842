//! Ready pages in memory. The key holds the portal's generation, read before the page is made: a page that was being made
//! while a commit happened lands under a key that nobody asks for again. Nothing is ever deleted on purpose.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use moka::future::Cache;

use crate::visits::Counter;

/// How pages are kept and compressed.
#[derive(Clone, Copy, Debug)]
pub struct PageSettings {
    /// Memory for ready pages, in megabytes.
    pub memory_mb: u64,
    /// Effort of gzip, 1 to 9.
    pub gzip_level: u32,
    /// Effort of brotli, 0 to 11.
    pub brotli_quality: u32,
}

impl Default for PageSettings {
    fn default() -> Self {
        Self { memory_mb: 256, gzip_level: 6, brotli_quality: 5 }
    }
}

/// Bytes in every encoding, each made when first asked for.
pub struct Bytes3 {
    identity: Bytes,
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
    tag: String,
    settings: PageSettings,
}

/// What a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// gzip
    Gzip,
    /// Brotli
    Brotli,
}

impl Encoding {
    /// The best encoding that `Accept-Encoding` allows.
    pub fn negotiate(headers: &HeaderMap) -> Self {
        let Some(accepted) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
            return Self::Identity;
        };
        let allows = |name: &str| {
            accepted.split(',').any(|part| {
                let mut pieces = part.split(';');
                let named = pieces.next().is_some_and(|token| token.trim().eq_ignore_ascii_case(name));
                let refused = pieces.any(|q| {
                    q.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0))
                });
                named && !refused
            })
        };
        if allows("br") {
            Self::Brotli
        } else if allows("gzip") {
            Self::Gzip
        } else {
            Self::Identity
        }
    }
}

impl Bytes3 {
    /// Takes bytes; compresses nothing yet.
    pub fn new(identity: Vec<u8>, settings: PageSettings) -> Self {
        let tag = base::sm3_hex(&identity)[..20].to_owned();
        Self { identity: identity.into(), gzip: OnceLock::new(), brotli: OnceLock::new(), tag, settings }
    }

    fn encoded(&self, encoding: Encoding) -> Bytes {
        match encoding {
            Encoding::Identity => self.identity.clone(),
            Encoding::Gzip => self.gzip.get_or_init(|| self.deflate()).clone(),
            Encoding::Brotli => self.brotli.get_or_init(|| self.squeeze()).clone(),
        }
    }

    fn deflate(&self) -> Bytes {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(self.settings.gzip_level));
        // Writing into memory does not fail; if it ever did, the page would go out as it is.
        out.write_all(&self.identity).and_then(|()| out.finish()).map_or_else(|_| self.identity.clone(), Bytes::from)
    }

    fn squeeze(&self) -> Bytes {
        let mut out = Vec::new();
        let quality = self.settings.brotli_quality;
        let wrote = brotli::CompressorWriter::new(&mut out, 4096, quality, 22).write_all(&self.identity);
        wrote.map_or_else(|_| self.identity.clone(), |()| out.into())
    }

    /// The answer to a request for these bytes: whole, or 304 when the client has them.
    pub fn answer(
        &self,
        status: StatusCode,
        mime: &HeaderValue,
        cache: &'static str,
        method: &Method,
        headers: &HeaderMap,
    ) -> Response {
        let encoding = if self.identity.len() < 256 { Encoding::Identity } else { Encoding::negotiate(headers) };
        let suffix = match encoding {
            Encoding::Identity => "",
            Encoding::Gzip => "-g",
            Encoding::Brotli => "-b",
        };
        let tag = format!("\"{}{suffix}\"", self.tag);
        let known = status == StatusCode::OK
            && headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|list| {
                list.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
            });
        let mut answer = Response::new(Body::empty());
        let out = answer.headers_mut();
        out.reserve(12);
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            out.insert(header::ETAG, tag);
        }
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        for (name, value) in &SECURITY {
            out.insert(name.clone(), value.clone());
        }
        if known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            return answer;
        }
        out.insert(header::CONTENT_TYPE, mime.clone());
        match encoding {
            Encoding::Identity => None,
            Encoding::Gzip => out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip")),
            Encoding::Brotli => out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br")),
        };
        let body = self.encoded(encoding);
        *answer.status_mut() = status;
        if *method == Method::HEAD {
            answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        } else {
            *answer.body_mut() = Body::from(body);
        }
        answer
    }
}

/// Headers of every public answer: nothing runs that is not ours, nobody frames us, no type is guessed.
pub static SECURITY: [(http::HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (http::HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        http::HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];

/// A page that is ready to be sent.
pub struct Ready {
    /// Status.
    pub status: StatusCode,
    /// Media type.
    pub mime: HeaderValue,
    /// Body.
    pub body: Bytes3,
    /// Where a redirect leads.
    pub location: Option<HeaderValue>,
    /// When it is worth asking again.
    pub retry_after: Option<HeaderValue>,
    /// Of an article: where its views are counted.
    pub counter: Option<Arc<Counter>>,
}

impl Ready {
    /// The answer to a request for this page. Browsers and proxies ask again each time and mostly hear 304: no page is ever
    /// stale after a commit.
    pub fn answer(&self, method: &Method, headers: &HeaderMap) -> Response {
        let mut answer =
            self.body.answer(self.status, &self.mime, "public, max-age=0, must-revalidate", method, headers);
        if let Some(location) = &self.location {
            answer.headers_mut().insert(header::LOCATION, location.clone());
        }
        if let Some(instant) = &self.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, instant.clone());
        }
        if let Some(counter) = &self.counter {
            counter.view(method, answer.status(), headers);
        }
        answer
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    slot: u32,
    generation: u64,
    path: Box<str>,
}

/// The memory of ready pages.
pub struct Pages {
    ready: Cache<Key, Arc<Ready>>,
    settings: PageSettings,
}

impl Pages {
    /// An empty memory.
    pub fn new(settings: PageSettings) -> Self {
        // A page weighs its bytes, its compressed forms (about half again), its key and the entry around it.
        let weight = |key: &Key, page: &Arc<Ready>| {
            u32::try_from(page.body.identity.len() * 3 / 2 + key.path.len() + 512).unwrap_or(u32::MAX)
        };
        let ready = Cache::builder().max_capacity(settings.memory_mb * 1024 * 1024).weigher(weight).build();
        Self { ready, settings }
    }

    /// How bytes are compressed.
    pub fn settings(&self) -> PageSettings {
        self.settings
    }

    /// The page if it is ready.
    pub async fn get(&self, slot: u32, generation: u64, path: &str) -> Option<Arc<Ready>> {
        self.ready.get(&Key { slot, generation, path: path.into() }).await
    }

    /// The page, made by `make` if it is not ready: however many ask at once, it is made once. What `make` refuses is kept by
    /// nobody.
    ///
    /// # Errors
    /// What `make` refused, shared by all who waited.
    pub async fn get_or_make<E: Send + Sync + 'static>(
        &self,
        slot: u32,
        generation: u64,
        path: &str,
        make: impl Future<Output = Result<Ready, E>>,
    ) -> Result<Arc<Ready>, Arc<E>> {
        let make = async { make.await.map(Arc::new) };
        self.ready.try_get_with(Key { slot, generation, path: path.into() }, make).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn ready(text: &str) -> Ready {
        let body = Bytes3::new(text.repeat(100).into_bytes(), PageSettings::default());
        Ready {
            status: StatusCode::OK,
            mime: HeaderValue::from_static("text/html"),
            body,
            location: None,
            retry_after: None,
            counter: None,
        }
    }

    #[tokio::test]
    async fn fifty_at_once_make_it_once() {
        let pages = Arc::new(Pages::new(PageSettings::default()));
        let made = Arc::new(AtomicU32::new(0));
        let asks = (0..50).map(|_| {
            let (pages, made) = (Arc::clone(&pages), Arc::clone(&made));
            tokio::spawn(async move {
                pages
                    .get_or_make(1, 7, "/", async {
                        made.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        Ok::<_, ()>(ready("x"))
                    })
                    .await
                    .is_ok()
            })
        });
        for ask in asks.collect::<Vec<_>>() {
            assert!(ask.await.expect("joined"));
        }
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_late_page_lands_where_nobody_asks() {
        let pages = Pages::new(PageSettings::default());
        pages.get_or_make(1, 7, "/", async { Ok::<_, ()>(ready("old")) }).await.expect("made");
        assert!(pages.get(1, 8, "/").await.is_none());
    }

    #[test]
    fn encodings_are_negotiated_and_tags_differ() {
        let page = ready("同样的内容");
        let ask = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(accept).expect("a header"));
            page.answer(&Method::GET, &headers)
        };
        let of = |answer: &Response| {
            let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
            (text(header::CONTENT_ENCODING), text(header::ETAG))
        };
        let (br, br_tag) = of(&ask("gzip, br"));
        let (gzip, gzip_tag) = of(&ask("gzip, br;q=0"));
        let (plain, plain_tag) = of(&ask("deflate"));
        assert_eq!((br.as_str(), gzip.as_str(), plain.as_str()), ("br", "gzip", ""));
        assert!(br_tag != gzip_tag && gzip_tag != plain_tag);
        let mut again = HeaderMap::new();
        again.insert(header::IF_NONE_MATCH, HeaderValue::from_str(&plain_tag).expect("a header"));
        assert_eq!(page.answer(&Method::GET, &again).status(), StatusCode::NOT_MODIFIED);
    }
}
