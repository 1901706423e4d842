//! A portal that is not ours: a small web server on loopback with lists, articles, robots rules and a callback.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri};

/// Status, media type, body.
type Page = (u16, String, Vec<u8>);

/// What it answers, by path; and what it was asked.
#[derive(Clone, Default)]
pub struct Foreign {
    pub port: u16,
    pages: Arc<Mutex<BTreeMap<String, Page>>>,
    pub asked: Arc<Mutex<Vec<String>>>,
    /// Bodies and signatures that came to `/callback`.
    pub told: Arc<Mutex<Vec<(String, String, String)>>>,
    /// What `/callback` answers next, before it takes everything.
    callbacks: Arc<Mutex<VecDeque<u16>>>,
}

impl Foreign {
    /// Opens it.
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let site = Self { port, ..Self::default() };
        site.put("/robots.txt", 200, "text/plain", b"User-agent: *\nDisallow: /secret/\n");
        let router = Router::new().fallback(answer).with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        site
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn put(&self, path: &str, status: u16, mime: &str, body: &[u8]) {
        let page = (status, mime.to_owned(), body.to_vec());
        self.pages.lock().expect("pages").insert(path.to_owned(), page);
    }

    /// What the next messages to `/callback` are answered with.
    pub fn answer_callbacks(&self, statuses: &[u16]) {
        self.callbacks.lock().expect("callbacks").extend(statuses);
    }

    /// A list of articles.
    pub fn list(&self, path: &str, articles: &[(&str, &str)]) {
        let lines: String = articles.iter().map(|(at, title)| format!("<li><a href='{at}'>{title}</a></li>")).collect();
        let html = format!("<meta charset='utf-8'><nav><a href='/'>首页</a></nav><ul class='list'>{lines}</ul>");
        self.put(path, 200, "text/html; charset=utf-8", html.as_bytes());
    }

    /// An article, in GBK as many are.
    pub fn article(&self, path: &str, title: &str, body: &str) {
        let html = format!(
            "<html><head><meta http-equiv='Content-Type' content='text/html; charset=gbk'><title>{title}_示例部</title>\
             <meta name='PubDate' content='2026-03-02 09:30'></head><body><div class='nav'><a>首页</a></div><h1>{title}</h1>\
             <div id='text'>{body}</div></body></html>"
        );
        self.put(path, 200, "text/html", &encoding_rs::GBK.encode(&html).0);
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.asked.lock().expect("asked").iter().filter(|asked| *asked == path).count()
    }
}

async fn answer(State(site): State<Foreign>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    site.asked.lock().expect("asked").push(path.clone());
    if path == "/callback" {
        if method == Method::GET {
            let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
            let challenge = query.into_owned().find(|(name, _)| name == "hub.challenge").map(|(_, value)| value);
            return challenge.unwrap_or_default().into_response();
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let told = (String::from_utf8_lossy(&body).into_owned(), text("x-hub-signature"), text("link"));
        site.told.lock().expect("told").push(told);
        let status = site.callbacks.lock().expect("callbacks").pop_front().unwrap_or(202);
        return StatusCode::from_u16(status).expect("a status").into_response();
    }
    let found = site.pages.lock().expect("pages").get(&path).cloned();
    match found {
        Some((302, mime, body)) => {
            let to = String::from_utf8_lossy(&body).into_owned();
            (StatusCode::FOUND, [("location", to), ("content-type", mime)]).into_response()
        }
        Some((status, mime, body)) => {
            (StatusCode::from_u16(status).expect("a status"), [("content-type", mime)], body).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
