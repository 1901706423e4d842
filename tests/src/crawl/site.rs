//! A small site on loopback that remembers who asked for what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tokio::sync::Notify;

/// An article of which tests change a word.
pub const ARTICLE: &str = "<html><head><title>防汛演练_示例部</title></head><body><h1>示例部组织防汛演练</h1><div><p>示例部三月一日组织\
    开展防汛应急演练，二百余人参加，检验了各单位的抢险能力。</p><p>演练模拟连续强降雨引发险情，各单位按预案处置，达到预期目的。</p></div></body></html>";

#[derive(Default)]
struct Memory {
    pages: HashMap<String, (StatusCode, &'static str, Vec<u8>)>,
    heard: Vec<(String, String)>,
    held: Option<(String, Held)>,
}

/// One request that is answered only when the test says so.
#[derive(Clone, Default)]
pub struct Held {
    came: Arc<Notify>,
    go: Arc<Notify>,
}

impl Held {
    /// The request is there, and its asker waits.
    pub async fn came(&self) {
        self.came.notified().await;
    }

    /// Answers it.
    pub fn answer(&self) {
        self.go.notify_one();
    }
}

/// The site.
pub struct Site {
    base: String,
    memory: Arc<Mutex<Memory>>,
}

impl Site {
    /// Opens it with everything that the tests read.
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let site = Self { base, memory: Arc::default() };
        site.fill();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&site.memory));
        tokio::spawn(async move { axum::serve(listener, app).await });
        site
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The headers of every request for a path.
    pub fn heard(&self, path: &str) -> Vec<String> {
        let memory = self.memory.lock().expect("a memory");
        memory.heard.iter().filter(|(asked, _)| asked == path).map(|(_, headers)| headers.clone()).collect()
    }

    /// Requests so far for anything but the rules for robots, which are read at no pace.
    pub fn visits(&self) -> usize {
        self.memory.lock().expect("a memory").heard.iter().filter(|(asked, _)| asked != "/robots.txt").count()
    }

    pub fn put(&self, path: &str, page: impl Into<String>) {
        let kind = if path.ends_with(".xml") { "application/xml" } else { "text/html; charset=utf-8" };
        self.bytes(path, kind, page.into().into_bytes());
    }

    pub fn gone(&self, path: &str) {
        let mut memory = self.memory.lock().expect("a memory");
        memory.pages.insert(path.to_owned(), (StatusCode::GONE, "text/plain", Vec::new()));
    }

    /// Keeps the next request for a path waiting; those after it are answered at once.
    pub fn hold(&self, path: &str) -> Held {
        let held = Held::default();
        self.memory.lock().expect("a memory").held = Some((path.to_owned(), held.clone()));
        held
    }

    pub fn bytes(&self, path: &str, kind: &'static str, bytes: Vec<u8>) {
        let mut memory = self.memory.lock().expect("a memory");
        memory.pages.insert(path.to_owned(), (StatusCode::OK, kind, bytes));
    }

    fn leads(&self, path: &str, to: &str) {
        let mut memory = self.memory.lock().expect("a memory");
        memory.pages.insert(path.to_owned(), (StatusCode::FOUND, "", to.as_bytes().to_vec()));
    }

    /// Two items with their whole texts.
    pub fn feed(&self) -> String {
        entries(&[
            (&self.at("/art/1.html"), "urn:example:1", "要闻一", FIRST),
            (&self.at("/art/2.html"), "urn:example:2", "要闻二", &second()),
        ])
    }

    fn fill(&self) {
        self.put("/robots.txt", "User-agent: *\nDisallow: /private/\n");
        self.put("/", "<html><head><title>示例部网站</title></head><body><p>首页</p></body></html>");
        self.put("/feed.xml", self.feed());
        let near = second().replace("第三十项", "第三十一项");
        self.put(
            "/copy.xml",
            entries(&[
                (
                    &format!("{}?utm_source=x#top", self.at("/art/1.html")),
                    "",
                    "另一标题",
                    "另一正文，与原文不同，但地址相同，因而是同一条目。",
                ),
                (
                    &self.at("/copy/2.html"),
                    "urn:example:2",
                    "又一标题",
                    "又一正文，与原文不同，但标识相同，因而是同一条目。",
                ),
                (&self.at("/copy/3.html"), "", "要闻一", FIRST),
                (&self.at("/copy/4.html"), "", "要闻二（转载）", &near),
            ]),
        );
        self.old();
        self.mixed();
        let index = format!("<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>", self.at("/map/1.xml"));
        self.put("/map/index.xml", index);
        let map = "<urlset><url><loc>/map/1.html</loc><lastmod>2026-03-01</lastmod></url></urlset>";
        self.put("/map/1.xml", map);
        self.put("/map/1.html", ARTICLE);
    }

    fn old(&self) {
        let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
        let list = "<meta charset=gbk><ul class=news><li><a href='1.html' title='关于做好防汛工作的通知'>关于做好防汛…</a></li>\
                    <li><a href='/big5/1.html'>公告</a></li></ul><a href='/about.html'>关于我们</a>";
        self.bytes("/gbk/list.html", "text/html", gbk(list));
        let article = "<meta http-equiv='Content-Type' content='text/html; charset=gb2312'><title>通知</title>\
            <h1>关于做好防汛工作的通知</h1><p class=src>来源：示例部办公厅</p><p class=time>发布时间：2026年3月1日 9:30</p>\
            <p class=no>示发〔2026〕3号</p><div id=zoom><p>各单位：</p><p>现就做好防汛工作通知如下。<img src='../img/a.png' alt='站点图'></p>\
            <p><img src='../img/none.png' alt='流域图'></p><p class=share>分享到</p><script>x()</script></div>\
            <div class=fj><a href='/f/P0203.txt'>附件1 任务分工</a></div>";
        self.bytes("/gbk/1.html", "text/html", gbk(article));
        let big5 = "<title>公告</title><h1>臺北市政府公告</h1><div id=zoom><p>主旨：公告修正本市道路交通管制時間，請市民配合。</p></div>";
        self.bytes("/big5/1.html", "text/html; charset=Big5", encoding_rs::BIG5.encode(big5).0.into_owned());
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0; 32]);
        self.bytes("/img/a.png", "image/png", png);
        self.bytes("/f/P0203.txt", "text/plain", "任务分工表".as_bytes().to_vec());
    }

    fn mixed(&self) {
        let link = |path: &str, title: &str| format!("<li><a href='{path}'>{title}</a></li>");
        let list = [
            link("home.html", "跳转首页"),
            link("soft.html", "以首页代替"),
            link("/private/1.html", "不许访问"),
            link("empty.html", "没有正文"),
            link("inside.html", "跳到内网"),
            link("gone.html", "已撤下"),
            link("jobs.html", "招聘公告"),
            link("good.html", "正常文章"),
        ];
        self.put("/mixed/", list.concat());
        self.leads("/mixed/home.html", "/");
        self.put("/mixed/soft.html", "<title>示例部网站</title><div id=zoom><p>首页内容</p></div>");
        self.put("/private/1.html", ARTICLE);
        self.put("/mixed/empty.html", "<title>空</title><div id=zoom></div>");
        self.leads("/mixed/inside.html", "http://169.254.169.254/latest/meta-data");
        self.gone("/mixed/gone.html");
        self.put("/mixed/jobs.html", ARTICLE);
        self.put("/mixed/good.html", "<title>好_示例部</title><h1>正常文章</h1><div id=zoom><p>这是正文。</p></div>");
    }
}

const FIRST: &str = "示例部召开会议，部署全年重点工作，要求各单位抓好落实，确保完成任务。";

fn second() -> String {
    let number = ["一", "二", "三", "四", "五"];
    let tens = ["", "十", "二十", "三十", "四十"];
    let items = (1..45).map(|n| {
        format!(
            "第{}{}项工作由有关司局会同地方{}处办理；",
            tens[n / 10],
            if n % 10 == 0 { "" } else { number[n % 5] },
            n
        )
    });
    items.collect()
}

fn entries(all: &[(&str, &str, &str, &str)]) -> String {
    let entry = |(url, id, title, body): &(&str, &str, &str, &str)| {
        let id = if id.is_empty() { url } else { id };
        format!(
            "<entry><id>{id}</id><title>{title}</title><link href=\"{url}\"/><updated>2026-03-01T00:00:00Z</updated>\
             <author><name>记者</name></author><content type=\"html\">&lt;p&gt;{body}&lt;/p&gt;</content></entry>"
        )
    };
    let entries: String = all.iter().map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>示例部</title>\
         <id>urn:example</id><updated>2026-03-01T00:00:00Z</updated>{entries}</feed>"
    )
}

async fn answer(State(memory): State<Arc<Mutex<Memory>>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
        .collect();
    let held = {
        let mut memory = memory.lock().expect("a memory");
        memory.heard.push((path.clone(), headers.join("\n")));
        memory.held.take_if(|(held, _)| *held == path)
    };
    if let Some((_, held)) = held {
        held.came.notify_one();
        held.go.notified().await;
    }
    let memory = memory.lock().expect("a memory");
    let seen = request.headers().get(header::IF_NONE_MATCH).is_some_and(|tag| tag == "\"v1\"");
    let Some((status, kind, bytes)) = memory.pages.get(&path).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match status {
        StatusCode::FOUND => {
            (status, [(header::LOCATION, String::from_utf8(bytes).expect("an address"))]).into_response()
        }
        _ if path == "/feed.xml" && seen => StatusCode::NOT_MODIFIED.into_response(),
        _ if path == "/feed.xml" => {
            (status, [(header::CONTENT_TYPE, kind), (header::ETAG, "\"v1\"")], bytes).into_response()
        }
        _ => (status, [(header::CONTENT_TYPE, kind)], bytes).into_response(),
    }
}
