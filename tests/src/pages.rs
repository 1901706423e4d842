//! What citizens get: pages with every label, feeds that readers read, bytes that are never stale.

use base::duty::Role;
use base::store::Engine;
use base::tenancy::TenantState;
use scraper::{Html, Selector};
use serde_json::json;

use crate::kit::{House, entry, on_both};

fn metas(body: &str) -> Vec<(String, String)> {
    let page = Html::parse_document(body);
    let selector = Selector::parse("meta[name]").expect("a selector");
    let of = |element: scraper::ElementRef<'_>| {
        let attribute = |name| element.value().attr(name).unwrap_or_default().to_owned();
        (attribute("name"), attribute("content"))
    };
    page.select(&selector).map(of).filter(|(name, _)| name.starts_with(char::is_uppercase)).collect()
}

fn label(body: &str, name: &str) -> String {
    metas(body).into_iter().find(|(known, _)| known == name).map(|(_, content)| content).unwrap_or_default()
}

on_both!(
    /// 国办发〔2017〕47号: site labels on every page, column labels on column pages, article labels on article pages.
    every_page_carries_its_labels, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于网页标签的通知").await;
        for path in ["/", "/gwyzc/", notice.address.as_str(), "/sitemap.html", "/nothing-here/"] {
            let page = house.page("www", path).await;
            assert_eq!(label(&page.body, "SiteName"), &*house.site("www").name, "{path}");
            assert_eq!(label(&page.body, "SiteDomain"), "www.localhost", "{path}");
            assert!(metas(&page.body).iter().any(|(name, _)| name == "SiteIDCode"), "{path}");
        }
        let column = house.page("www", "/gwyzc/").await.body;
        for name in ["ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"] {
            assert!(!label(&column, name).is_empty(), "{name}");
        }
        let article = house.page("www", &notice.address).await.body;
        assert_eq!(label(&article, "ArticleTitle"), "关于网页标签的通知");
        assert_eq!(label(&article, "PubDate"), "2026-03-02 08:00");
        assert_eq!(label(&article, "ContentSource"), "国务院办公厅");
        for element in ["主办单位", "网站标识码", "我为政府网站找错", "站点地图", "党政机关网站标识"] {
            assert!(article.contains(element), "{element}");
        }
    }
);

on_both!(
    /// A page that was asked for before a commit is new after it; what did not change answers 304.
    never_stale_and_never_sent_twice, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let before = house.page("www", "/yaowen/").await.expect(200);
        let tag = before.header("etag").to_owned();
        let host = "www.localhost";
        let again = house.send("GET", host, "/yaowen/", &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        house.publish(&duty, "yaowen", "刚刚发布的新闻").await;
        let after = house.send("GET", host, "/yaowen/", &[("if-none-match", &tag)], "").await.expect(200);
        assert!(after.body.contains("刚刚发布的新闻") && after.header("etag") != tag);
        assert!(house.page("www", "/").await.body.contains("刚刚发布的新闻"));
        for encoding in ["gzip", "br"] {
            let packed = house.send("HEAD", host, "/", &[("accept-encoding", encoding)], "").await.expect(200);
            assert_eq!(packed.header("content-encoding"), encoding);
            assert_eq!(packed.header("vary"), "accept-encoding");
        }
    }
);

on_both!(
    /// Feeds are read by a real reader library; the sitemap and robots.txt name absolute addresses.
    feeds_are_feeds, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于 <订阅> & 推送的通知").await;
        for path in ["/feed.atom", "/feed.rss", "/gwyzc/feed.atom", "/gwyzc/feed.rss"] {
            let feed = house.page("www", path).await.expect(200);
            let read = feed_rs::parser::parse(feed.body.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(read.entries.len(), 1, "{path}");
            assert_eq!(read.entries[0].title.as_ref().map(|title| title.content.as_str()), Some("关于 <订阅> & 推送的通知"), "{path}");
            assert!(read.entries[0].links[0].href.ends_with(&notice.address), "{path}");
        }
        let updated = async || feed_rs::parser::parse(house.page("www", "/feed.atom").await.body.as_bytes()).expect("a feed").updated.expect("a time");
        let before = updated().await;
        house.clock.advance(base::Timestamp::HOUR);
        house.post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
        house.publish_draft(&duty, &notice.document).await;
        assert_eq!((updated().await - before).num_minutes(), 60, "a correction is news");
        let map = house.page("www", "/sitemap.xml").await.expect(200).body;
        assert!(map.contains(&format!("http://www.localhost:{}{}", house.port, notice.address)));
        assert!(house.page("www", "/robots.txt").await.expect(200).body.contains("Sitemap: http://www.localhost"));
    }
);

on_both!(
    /// Only live portals answer with content; the others give the notice that the rule asks for.
    states_of_a_portal, house => {
        let shift = |state, reason: &str, successor: &str| {
            let mut yichang = entry("yichang-hubei", "宜昌市", "city", "hubei");
            yichang.state = Some(state);
            yichang.state_reason = Some(reason.to_owned());
            yichang.successor = Some(successor.to_owned());
            vec![yichang]
        };
        house.page("yichang-hubei", "/").await.expect(200);
        let mut away = shift(TenantState::Suspended, "机房迁移", "");
        away[0].state_until = Some("2026-03-10".to_owned());
        house.apply(away).await;
        let notice = house.page("yichang-hubei", "/").await.expect(503);
        assert!(notice.body.contains("机房迁移"));
        assert_eq!(notice.header("retry-after"), "Tue, 10 Mar 2026 16:00:00 GMT", "when its last day ends in China");
        house.apply(shift(TenantState::Closing, "并入上级网站", "hubei")).await;
        let closing = house.page("yichang-hubei", "/gwyzc/").await.expect(200).body;
        assert!(closing.contains("并入上级网站") && closing.contains("http://hubei.localhost"));
        // Programs go on reading in their own formats.
        for path in ["/feed.atom", "/gwyzc/feed.rss"] {
            let feed = house.page("yichang-hubei", path).await.expect(200);
            assert!(feed_rs::parser::parse(feed.body.as_bytes()).is_ok(), "{path}");
        }
        assert!(house.page("yichang-hubei", "/robots.txt").await.expect(200).body.starts_with("User-agent: *"));
        assert!(house.page("yichang-hubei", "/sitemap.xml").await.expect(200).body.contains("<urlset"));
        house.later(31 * 24);
        house.apply(shift(TenantState::Closed, "并入上级网站", "hubei")).await;
        let closed = house.page("yichang-hubei", "/gwyzc/").await.expect(301);
        assert_eq!(closed.header("location"), format!("http://hubei.localhost:{}/gwyzc/", house.port));
        let mut draft = entry("xiaogan-hubei", "孝感市", "city", "hubei");
        draft.state = Some(TenantState::Draft);
        house.apply(vec![draft]).await;
        house.page("xiaogan-hubei", "/").await.expect(421);
    }
);

on_both!(
    /// Hosts in every spelling reach the portal; strangers, crooked paths and forged headers reach nothing.
    hosts_and_paths, house => {
        for host in ["WWW.LocalHost", "www.localhost.", "www.localhost:8080"] {
            house.send("GET", host, "/", &[], "").await.expect(200);
        }
        let unknown = house.send("GET", "bank.example", "/", &[("x-forwarded-host", "www.localhost")], "").await.expect(421);
        assert!(!unknown.body.contains("localhost") && unknown.body.len() < 100);
        for path in ["/../etc/passwd", "/%2e%2e/etc/passwd", "/a%00b", "/%ff", "/a%0d%0aset-cookie:x", "/a\\b"] {
            assert_eq!(house.raw(path.as_bytes()).await, 400, "{path}");
        }
        // Bytes that are no text are not even a request: the connection ends.
        assert!(matches!(house.raw(b"/\xff\xfe").await, 0 | 400));
        house.send("POST", "www.localhost", "/", &[], "x").await.expect(405);
        assert!(house.send("GET", "www.localhost", "/metrics", &[], "").await.status == 404);
        assert!(house.send("GET", "127.0.0.1", "/metrics", &[], "").await.expect(200).body.contains("dibao_requests_total"));
        let ready = house.send("GET", "127.0.0.1", "/readyz", &[], "").await.expect(200).json();
        assert_eq!((ready["ready"].as_bool(), ready["redis"].as_str()), (Some(true), Some("off")));
    }
);

on_both!(
    /// Attachments hang on their article: served inert, gone with it.
    attachments_are_inert_and_go_with_the_article, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let form = json!({ "column": "tzgg", "title": "带附件的公告", "body_html": "<p>见附件。</p><script>alert(1)</script><p onclick=\"x()\">二</p>", "header": { "doc_number": "国办样发〔2026〕1号", "index_number": "000014349/2026-00001" } });
        let draft = house.post(&duty, "/api/v1/documents", form).await.expect(201).json();
        let id = draft["id"].as_str().expect("an id");
        let bearer = format!("Bearer {duty}");
        let attach = |name: &str| format!("/api/v1/documents/{id}/attachments?name={}", crate::kit::encoded(name));
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/octet-stream")];
        house.send("POST", "www.localhost", &attach("表 1.csv"), &headers, "项目,数量\n桥,3\n").await.expect(201);
        house.send("POST", "www.localhost", &attach("x.html"), &headers, "<script>1</script>").await.expect(422);
        house.send("POST", "www.localhost", &attach("x.png"), &headers, "<svg onload=alert(1)>").await.expect(422);
        house.send("POST", "www.localhost", &attach("x.txt"), &headers, "").await.expect(422);
        house.send("POST", "www.localhost", &attach("x.txt"), &headers, vec![b'a'; 3 * 1024 * 1024]).await.expect(413);
        let published = house.publish_draft(&duty, id).await;
        let page = house.page("www", &published.address).await.expect(200).body;
        assert!(!page.contains("alert(1)") && !page.contains("onclick"));
        assert!(page.contains("国办样发〔2026〕1号") && page.contains("000014349/2026-00001"));
        let file = format!("{}/1-%E8%A1%A8%201.csv", published.address.trim_end_matches(".html"));
        assert!(page.contains(&file), "{file}");
        let served = house.page("www", &file).await.expect(200);
        assert_eq!(served.body, "项目,数量\n桥,3\n");
        assert!(served.header("content-disposition").starts_with("attachment"));
        assert!(served.header("content-security-policy").contains("sandbox"));
        house.post(&duty, &format!("/api/v1/documents/{id}/withdraw"), json!({ "kind": "vanish", "reason": "测试" })).await.expect(200);
        house.page("www", &file).await.expect(404);
        house.page("www", &published.address).await.expect(404);
    }
);

/// Pages as they are, byte for byte but for ports and hashes of files.
#[tokio::test(flavor = "multi_thread")]
async fn pages_as_they_are() {
    let house = House::open(Engine::Sqlite).await.expect("a house");
    let duty = house.token("www", Role::CentralDuty).await;
    let notice = house.publish(&duty, "gwyzc", "关于快照的通知").await;
    house.order(&duty, &notice.edition).await;
    let tail = notice.address.rsplit_once('_').expect("an address").1.trim_end_matches(".html").to_owned();
    let settle = |body: String| {
        // The whole id first: its last part is the tail of the address.
        let body = body.replace(&notice.document, "DOCUMENT").replace(&tail, "TAIL");
        let body = body.replace(&format!(":{}", house.port), ":PORT");
        body.replace(house.app.templates.assets_prefix("base"), "/assets/base/HASH")
    };
    for (name, path) in [
        ("home", "/"),
        ("column", "/gwyzc/"),
        ("article", notice.address.as_str()),
        ("atom", "/gwyzc/feed.atom"),
        ("not_found", "/none/"),
    ] {
        let page = house.page("jiangan-wuhan-hubei", path).await;
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, settle(page.body));
        });
    }
    house.close().await;
}
