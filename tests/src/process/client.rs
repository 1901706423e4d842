//! Somebody who asks a node over HTTP: through the API with a token, and through public pages.

use std::time::Duration;

use serde_json::{Value, json};

/// Asks one node.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    port: u16,
    token: String,
}

/// A live document of a portal.
#[derive(Clone, Debug)]
pub struct Live {
    pub edition: String,
    pub title: String,
}

impl Client {
    pub fn new(port: u16, token: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(4)
            .timeout(Duration::from_secs(60))
            .build()
            .expect("a client");
        Self { http, port, token: token.to_owned() }
    }

    /// A request to a host of this node.
    pub fn request(&self, method: reqwest::Method, host: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("http://127.0.0.1:{}{path}", self.port)).header("host", host)
    }

    /// A public page: status and text.
    pub async fn page(&self, host: &str, path: &str) -> (u16, String) {
        let answer = self.request(reqwest::Method::GET, host, path).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// What the API answers, which must be 200.
    pub async fn get(&self, path: &str) -> Value {
        let request = self.request(reqwest::Method::GET, "www.localhost", path).bearer_auth(&self.token);
        let answer = request.send().await.expect("an answer");
        let (status, text) = (answer.status().as_u16(), answer.text().await.expect("a body"));
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// What the API answers to a write; an error when the connection broke.
    pub async fn post(&self, path: &str, body: Value) -> reqwest::Result<(u16, Value)> {
        let request = self.request(reqwest::Method::POST, "www.localhost", path).bearer_auth(&self.token);
        let answer = request.json(&body).send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Every item of a list, page by page; pages must not be larger than asked.
    pub async fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut items: Vec<Value> = Vec::new();
        let mut cursor = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{mark}limit={limit}{cursor}")).await;
            let found = page["items"].as_array().expect("items");
            assert!(found.len() <= limit, "a page of {} with limit {limit}", found.len());
            items.extend(found.iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { return items };
            assert!(!found.is_empty(), "an empty page that is not the last");
            cursor = format!("&cursor={next}");
        }
    }

    /// Slugs of every portal.
    pub async fn portals(&self) -> Vec<String> {
        self.all("/api/v1/tenants", 50).await.iter().map(|item| text(item, "slug")).collect()
    }

    /// Live documents of the centre.
    pub async fn live(&self) -> Vec<Live> {
        let items = self.all("/api/v1/documents?tenant=www", 100).await;
        let live = items.iter().filter(|item| item["live_edition_id"].is_string());
        live.map(|item| Live { edition: text(item, "live_edition_id"), title: text(item, "title") }).collect()
    }

    /// Every order of the centre.
    pub async fn orders(&self) -> Vec<Value> {
        self.all("/api/v1/orders", 100).await
    }

    /// Issues an order of the centre to everybody below, into a column; an error when the connection broke.
    pub async fn issue(&self, edition: &str, column: &str) -> reqwest::Result<(u16, Value)> {
        self.post("/api/v1/orders", order_form(edition, column)).await
    }

    /// Issues an order that nothing comes between; answers its id.
    pub async fn issued(&self, edition: &str, column: &str) -> String {
        let (status, order) = self.issue(edition, column).await.expect("an answer");
        assert_eq!(status, 201, "{order}");
        text(&order, "id")
    }

    /// Writes a notice at the centre and publishes it: its id and its address.
    pub async fn publish(&self, title: &str) -> (String, String) {
        let form = json!({ "column": "gwyzc", "title": title, "body_html": "<p>正文。</p>", "source": "国务院办公厅" });
        let (status, draft) = self.post("/api/v1/documents", form).await.expect("an answer");
        assert_eq!(status, 201, "{draft}");
        let id = text(&draft, "id");
        let path = format!("/api/v1/documents/{id}/publish");
        let (status, published) = self.post(&path, json!({})).await.expect("an answer");
        assert_eq!(status, 200, "{published}");
        (id, text(&published, "address"))
    }

    /// Signs in to the console: status and cookie.
    pub async fn sign_in(&self, login: &str, password: &str) -> (u16, String) {
        let request = self.request(reqwest::Method::POST, "www.localhost", "/console/sign-in");
        let request = request.header("sec-fetch-site", "same-origin").form(&[("login", login), ("password", password)]);
        let answer = request.send().await.expect("an answer");
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        (answer.status().as_u16(), cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// A room of the console: status.
    pub async fn room(&self, cookie: &str, path: &str) -> u16 {
        let request = self.request(reqwest::Method::GET, "www.localhost", path).header("cookie", cookie);
        request.send().await.expect("an answer").status().as_u16()
    }
}

/// The body of a request for an order to everybody.
pub fn order_form(edition: &str, column: &str) -> Value {
    json!({ "edition_id": edition, "kind": "mandatory", "audience": { "subtree": "www" }, "target_code": column })
}

/// A text of an object.
pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// The parts of an order's counts together: everybody who was ever addressed.
pub fn counted(order: &Value) -> i64 {
    order["counts"].as_object().expect("counts").values().map(|count| count.as_i64().expect("a number")).sum()
}
