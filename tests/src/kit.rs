//! A house for tests: a real server on a real port over a real database, a clock that stands still, and the verbs that
//! people use. Closing it asserts that every chain holds and that no job died.

mod bucket;
mod cable;
mod ground;
mod rooms;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::blob::Blobs;
use base::duty::{Grant, Role};
use base::outbound::Outbound;
use base::people::NewAccount;
use base::store::{Engine, StoreOptions, migrate};
use base::{Clock, FixedClock, Store, Timestamp};
use dibao::work::Tools;
use exchange::onboarding::{self, Entry, Standards};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use web::App;
use web::server::{Surface, serve};

pub use bucket::Bucket;
pub use cable::{Cable, Line};
use ground::database;
pub use ground::{Font, Setup, encoded, files};
pub use tree::{ACCEPTING, entry};
use tree::{TREE, entry_of};

/// Runs a test on both engines; PostgreSQL only when a server was started for the tests.
macro_rules! on_both {
    ($(#[$doc:meta])* $name:ident, $house:ident => $body:block) => {
        $crate::kit::on_both!($(#[$doc])* $name, $house with $crate::kit::Setup::default() => $body);
    };
    // With networks that this house may fetch from although they are not public.
    ($(#[$doc:meta])* $name:ident, $house:ident allows [$($network:literal),*] => $body:block) => {
        $crate::kit::on_both!($(#[$doc])* $name, $house with $crate::kit::Setup::allowing(&[$($network),*]) => $body);
    };
    ($(#[$doc:meta])* $name:ident, $house:ident with $setup:expr => $body:block) => {
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn run($house: &House) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let house = House::open_with(Engine::Sqlite, $setup).await.expect("an embedded house");
                run(&house).await;
                house.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(house) = House::open_with(Engine::Postgres, $setup).await else {
                    eprintln!("left out: no PostgreSQL was started for the tests");
                    return;
                };
                run(&house).await;
                house.close().await;
            }
        }
    };
}
pub(crate) use on_both;

/// When every test begins: a Monday morning in China.
pub const BEGIN: &str = "2026-03-02 08:00";

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery";

/// An open house.
pub struct House {
    pub app: Arc<App>,
    pub clock: Arc<FixedClock>,
    pub port: u16,
    pub url: String,
    pub tools: Tools,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    directory: PathBuf,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The answer, which must have this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl House {
    /// A house with the standard tree. None when the engine has no server.
    pub async fn open(engine: Engine) -> Option<Self> {
        Self::open_with(engine, Setup::default()).await
    }

    /// The same with what other houses do not have.
    pub async fn open_with(engine: Engine, setup: Setup) -> Option<Self> {
        base::outbound::install_crypto();
        base::telemetry::init_metrics();
        let secret = base::Ids.secret();
        let directory = std::env::temp_dir().join(format!("dibao-test-{}", &secret[..12]));
        std::fs::create_dir_all(&directory).expect("a directory");
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}?mode=rwc", directory.join("house.sqlite").display()),
            Engine::Postgres => database(&secret[..12]).await?,
        };
        let clock = Arc::new(FixedClock::at(Timestamp::parse(BEGIN).expect("a time")));
        migrate(&url, clock.now()).await.expect("migrated");
        let store = Store::open(&StoreOptions::new(&url, 8)).await.expect("a store");
        assert_eq!(store.wall_fault().await.expect("asked"), None);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let entry = format!("http://127.0.0.1:{port}").parse().expect("an address");
        let outbound = Outbound::new(Some(entry), 15, setup.allow_list()).expect("a client");
        let (mailer, font) = (setup.mailer(), setup.report_font());
        let tree = setup.tree.unwrap_or_else(|| TREE.iter().map(entry_of).collect());
        let blobs = setup.blobs.unwrap_or_else(|| Blobs::folder(&directory.join("files")));
        let app = rooms::app(store, Arc::clone(&clock), blobs, port, &outbound, (setup.signer, font), setup.pace_ms);
        let tools = Tools { app: Arc::clone(&app), outbound, guest: app.guest.clone(), mailer };
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&app);
        tokio::spawn(async move { serve(listener, serving, Surface::All, async { drop(stopped.await) }).await });
        let client = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let house = Self { app, clock, port, url, tools, client, stop: Some(stop), directory };
        house.apply(tree).await;
        Some(house)
    }

    /// Applies tenants to the tree.
    pub async fn apply(&self, entries: Vec<Entry>) {
        let store = &self.app.store;
        let declared: Vec<_> = entries
            .iter()
            .map(|entry| {
                let name = entry.blueprint.clone().expect("a blueprint");
                onboarding::resolve(entry, &name, &self.app.blueprints[&name], "localhost").expect("resolved")
            })
            .collect();
        let tx = store.provision_operator().await.expect("a transaction");
        onboarding::apply(store, tx, self.standards(), &declared, "test", self.now()).await.expect("applied");
    }

    /// What tenants are held to here.
    pub fn standards(&self) -> Standards<'_> {
        Standards { blueprints: &self.app.blueprints, lifecycle: &self.app.lifecycle }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets hours pass.
    pub fn later(&self, hours: i64) {
        self.clock.advance(hours * Timestamp::HOUR);
    }

    pub fn site(&self, slug: &str) -> Arc<base::Site> {
        self.app.store.sites().by_slug(slug).unwrap_or_else(|| panic!("no tenant {slug}"))
    }

    /// Runs every due job until none is due.
    pub async fn run_jobs(&self) -> usize {
        let mut ran = 0;
        loop {
            let now = self.now();
            let jobs = self.app.store.claim_jobs("test", 64, 60, now).await.expect("claimed");
            if jobs.is_empty() {
                return ran;
            }
            for job in jobs {
                let outcome = dibao::work::run(&self.tools, &job).await;
                self.app.store.end_job(&job, outcome, self.now()).await.expect("ended");
                ran += 1;
                assert!(ran < 5_000, "jobs make jobs without end");
            }
        }
    }

    pub async fn token(&self, slug: &str, role: Role) -> String {
        let label = format!("{slug}-{}", base::Ids.secret()[..6].to_owned());
        self.app.store.create_token(self.site(slug).tenant, role, &label, self.now()).await.expect("a token")
    }

    /// Sends a request to a host of this house.
    pub async fn send(
        &self,
        method: &str,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self
            .client
            .request(method, format!("http://127.0.0.1:{}{path}", self.port))
            .header("host", host)
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.text().await.expect("a body") }
    }

    /// Opens a stream of the console.
    pub async fn stream(&self, cookie: &str, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("http://127.0.0.1:{}{path}", self.port));
        request.header("host", "www.localhost").header("cookie", cookie).send().await.expect("an answer")
    }

    /// What the API answers, as bytes.
    pub async fn fetch(&self, token: &str, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("http://127.0.0.1:{}{path}", self.port));
        request
            .header("host", "localhost")
            .header("authorization", format!("Bearer {token}"))
            .send()
            .await
            .expect("an answer")
    }

    /// Sends a request line as it is, which no client library would; answers the status.
    pub async fn raw(&self, target: &[u8]) -> u16 {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.expect("connected");
        let request = [b"GET ", target, b" HTTP/1.1\r\nHost: www.localhost\r\nConnection: close\r\n\r\n"].concat();
        stream.write_all(&request).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("read");
        String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// A public page of a portal, by its slug.
    pub async fn page(&self, slug: &str, path: &str) -> Answer {
        self.send("GET", &format!("{slug}.localhost:{}", self.port), path, &[], "").await
    }

    /// Where a column of a portal leads for a title.
    pub async fn linked(&self, slug: &str, column: &str, title: &str) -> String {
        let list = self.page(slug, &format!("/{column}/")).await.expect(200).body;
        let (front, _) = list.split_once(title).unwrap_or_else(|| panic!("{slug} does not show {title}"));
        let href = front.rsplit_once("href=\"").expect("a link").1.split('"').next().expect("an address");
        href.split_once(&format!(":{}", self.port)).map_or(href, |(_, path)| path).to_owned()
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send("GET", "localhost", path, &[("authorization", &format!("Bearer {token}"))], "").await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.write("POST", token, path, body).await
    }

    pub async fn write(&self, method: &str, token: &str, path: &str, body: Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.send(method, "localhost", path, &headers, body.to_string()).await
    }

    /// Publishes a document and answers its id, its edition and its address.
    pub async fn publish(&self, token: &str, column: &str, title: &str) -> Published {
        let form = json!({ "column": column, "title": title, "body_html": format!("<p>{title}的正文。</p><p>第二段。</p>"), "source": "国务院办公厅" });
        let draft = self.post(token, "/api/v1/documents", form).await.expect(201).json();
        let id = draft["id"].as_str().expect("an id").to_owned();
        self.publish_draft(token, &id).await
    }

    pub async fn publish_draft(&self, token: &str, id: &str) -> Published {
        let done = self.post(token, &format!("/api/v1/documents/{id}/publish"), json!({})).await.expect(200).json();
        let text = |name: &str| done[name].as_str().expect("text").to_owned();
        Published { document: text("id"), edition: text("edition_id"), address: text("address") }
    }

    /// Issues a mandatory order of the centre to everybody; answers its id.
    pub async fn order(&self, token: &str, edition: &str) -> String {
        let form = json!({ "edition_id": edition, "kind": "mandatory", "audience": { "subtree": "www" } });
        self.post(token, "/api/v1/orders", form).await.expect(201).json()["id"].as_str().expect("an id").to_owned()
    }

    /// How an order of the token's tenant stands.
    pub async fn counts(&self, token: &str, order: &str) -> Value {
        self.get(token, &format!("/api/v1/orders/{order}")).await.expect(200).json()["counts"].clone()
    }

    /// The standing of one tenant under an order.
    pub async fn standing(&self, slug: &str, order: &str) -> Value {
        let token = self.token(slug, Role::TenantAdmin).await;
        self.get(&token, &format!("/api/v1/obligations/{order}")).await.expect(200).json()
    }

    /// Creates a person and signs in; answers the cookie.
    pub async fn person(&self, login: &str, slug: &str, role: Role, subtree: bool) -> String {
        let grants = vec![Grant { role, tenant: self.site(slug).tenant, subtree }];
        let new = NewAccount { login: login.to_owned(), name: login.to_owned(), password: PASSWORD.to_owned(), grants };
        self.app.store.put_account(new, self.now()).await.expect("an account");
        let entered = self.form("", "/console/sign-in", &[("login", login), ("password", PASSWORD)]).await.expect(303);
        entered.header("set-cookie").split(';').next().expect("a cookie").to_owned()
    }

    /// Posts a form of the console.
    pub async fn form(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: String =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
        let headers = [
            ("cookie", cookie),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send("POST", "www.localhost", path, &headers, body).await
    }

    /// A page of the console.
    pub async fn room(&self, cookie: &str, path: &str) -> Answer {
        self.send("GET", "www.localhost", path, &[("cookie", cookie)], "").await
    }

    /// Closes the house: every chain must hold, no job may have died.
    pub async fn close(mut self) {
        let store = self.app.store.clone();
        for tenant in store.chains().await.expect("chains") {
            let verdict = oversight::evidence::verify(&store, tenant).await.expect("walked");
            assert_eq!(verdict.broken, None, "{}", verdict.tenant);
        }
        assert_eq!(store.job_counts(self.now()).await.expect("counted").dead, 0);
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A published document.
#[derive(Clone, Debug)]
pub struct Published {
    pub document: String,
    pub edition: String,
    pub address: String,
}
