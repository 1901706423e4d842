//! Every kind of list that a source may be: RSS 2.0, JSON feed, sitemaps plain, compressed and indexed, and lists of many pages.

use std::io::Write;

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::site::Site;
use super::{CITY, document, form, items, run_now, source, stands};
use crate::kit::{House, on_both};

fn packed(text: &str) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(text.as_bytes()).expect("packed");
    out.finish().expect("packed")
}

/// An article of its own words, so that none is the twin of another.
fn article(nth: usize) -> String {
    let text: String = (0..6)
        .map(|line| format!("第{nth}篇第{line}段写的是第{}件事，由第{}处办理。", nth * 31 + line, nth * 17 + line * 5))
        .collect();
    format!("<title>文章{nth}</title><h1>第{nth}篇文章的标题</h1><div id=zoom><p>{text}</p></div>")
}

async fn landed_urls(house: &House, token: &str, id: &str) -> Vec<String> {
    let landed = items(house, token, id, "landed").await;
    let mut urls: Vec<String> = landed.iter().filter_map(|item| item["url"].as_str()).map(str::to_owned).collect();
    urls.sort();
    urls
}

on_both!(
    /// RSS 2.0: whole texts in content:encoded, a guid that is no address, a link that is relative, GBK, and an item that only
    /// points to its page.
    rss_is_read, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let rss = format!(
            "<?xml version=\"1.0\" encoding=\"gb2312\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>示例部</title><link>{}</link><description>要闻</description>\
             <item><title>全文在订阅里 &amp; 完整</title><link>/rss/1.html</link><guid isPermaLink=\"false\">a-17</guid>\
             <pubDate>Sun, 01 Mar 2026 09:30:00 +0800</pubDate><dc:creator>记者甲</dc:creator>\
             <content:encoded><![CDATA[<p>这是订阅中的全文，来自示例部。</p><script>x()</script>]]></content:encoded></item>\
             <item><title>只有链接</title><link>{}</link></item></channel></rss>",
            site.at("/"), site.at("/map/1.html"));
        site.bytes("/rss.xml", "application/rss+xml", encoding_rs::GBK.encode(&rss).0.into_owned());
        let id = source(house, &editor, form(&site, "feed", "/rss.xml")).await;
        house.run_jobs().await;
        let landed = items(house, &editor, &id, "landed").await;
        assert_eq!(landed.len(), 2, "{:?}", items(house, &editor, &id, "").await);
        let of = |url: &str| landed.iter().find(|item| item["url"] == site.at(url).as_str()).expect("landed").clone();
        let whole = document(house, &editor, &of("/rss/1.html")).await["draft"].clone();
        assert_eq!((whole["title"].as_str(), whole["author"].as_str()), (Some("全文在订阅里 & 完整"), Some("记者甲")));
        let body = whole["body_html"].as_str().expect("a body");
        assert!(body.contains("订阅中的全文") && !body.contains("script"), "{body}");
        assert!(site.heard("/rss/1.html").is_empty(), "a whole text needs no visit");
        let led = document(house, &editor, &of("/map/1.html")).await["draft"].clone();
        assert!(led["body_html"].as_str().is_some_and(|body| body.contains("二百余人")), "{led}");
        run_now(house, &editor, &id).await;
        assert_eq!(items(house, &editor, &id, "").await.len(), 2, "the second look finds nothing new");
    }
);

on_both!(
    /// JSON feed 1.1: HTML and plain texts, an address without a text, and what is broken fails with its reason.
    json_feeds_are_read, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let feed = json!({
            "version": "https://jsonfeed.org/version/1.1", "title": "示例部", "home_page_url": site.at("/"), "feed_url": site.at("/feed.json"),
            "items": [
                { "id": "urn:example:json:1", "url": site.at("/json/1.html"), "title": "JSON 订阅的第一条", "date_published": "2026-03-01T09:30:00+08:00",
                  "authors": [{ "name": "记者乙" }], "content_html": "<p>第一条的全文在这里，请各单位知悉。</p>" },
                { "id": "2", "url": site.at("/json/2.html"), "title": "只有纯文本的一条", "content_text": "纯文本的全文，也是正文。" },
                { "id": "3", "url": site.at("/map/1.html"), "title": "只有地址的一条" },
            ]
        });
        site.bytes("/feed.json", "application/feed+json", feed.to_string().into_bytes());
        let id = source(house, &editor, form(&site, "feed", "/feed.json")).await;
        house.run_jobs().await;
        let landed = items(house, &editor, &id, "landed").await;
        assert_eq!(landed.len(), 3, "{:?}", items(house, &editor, &id, "").await);
        let of = async |path: &str| {
            let item = landed.iter().find(|item| item["url"] == site.at(path).as_str()).expect("landed");
            document(house, &editor, item).await["draft"].clone()
        };
        let first = of("/json/1.html").await;
        assert_eq!((first["title"].as_str(), first["author"].as_str()), (Some("JSON 订阅的第一条"), Some("记者乙")));
        assert!(first["body_html"].as_str().is_some_and(|body| body.contains("请各单位知悉")), "{first}");
        let plain = of("/json/2.html").await;
        assert!(plain["body_html"].as_str().is_some_and(|body| body.contains("也是正文")), "{plain}");
        assert!(of("/map/1.html").await["body_html"].as_str().is_some_and(|body| body.contains("二百余人")));
        site.bytes("/broken.json", "application/feed+json", b"{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [".to_vec());
        let broken = source(house, &editor, form(&site, "feed", "/broken.json")).await;
        house.run_jobs().await;
        let error = stands(house, &editor, &broken).await["last_error"].as_str().expect("an error").to_owned();
        assert!(error.starts_with("unreadable"), "{error}");
    }
);

on_both!(
    /// An index of sitemaps, one of them compressed; the address pattern chooses; a newer lastmod has an article read again.
    sitemaps_plain_packed_and_indexed, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let url = |nth: usize, day: &str| format!("<url><loc>{}</loc><lastmod>{day}</lastmod></url>", site.at(&format!("/big/{nth}.html")));
        let map = |urls: &[String]| format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{}</urlset>", urls.concat());
        for nth in 1..=4 {
            site.put(&format!("/big/{nth}.html"), article(nth));
        }
        let index = format!(
            "<?xml version=\"1.0\"?><sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap><loc>{}</loc><lastmod>2026-02-01</lastmod></sitemap>\
             <sitemap><loc>{}</loc><lastmod>2026-03-01</lastmod></sitemap></sitemapindex>",
            site.at("/big/old.xml"), site.at("/big/new.xml.gz"));
        site.put("/big/index.xml", index);
        let about = format!("<url><loc>{}</loc></url>", site.at("/big/about.html"));
        site.put("/big/old.xml", map(&[url(1, "2026-01-03"), url(2, "2026-01-04"), about]));
        site.bytes("/big/new.xml.gz", "application/x-gzip", packed(&map(&[url(3, "2026-03-01"), url(4, "2026-03-01")])));
        let mut said = form(&site, "sitemap", "/big/index.xml");
        said["rules"] = json!({ "links_match": r"/big/\d+\.html$" });
        let id = source(house, &editor, said).await;
        house.run_jobs().await;
        let wanted: Vec<String> = (1..=4).map(|nth| site.at(&format!("/big/{nth}.html"))).collect();
        assert_eq!(landed_urls(house, &editor, &id).await, wanted, "{:?}", items(house, &editor, &id, "").await);
        assert!(site.heard("/big/about.html").is_empty(), "the pattern chooses before anything is read");
        // One of them alone, compressed, is a source too.
        let alone = source(house, &editor, form(&site, "sitemap", "/big/new.xml.gz")).await;
        house.run_jobs().await;
        assert_eq!(items(house, &editor, &alone, "duplicate").await.len(), 2, "{:?}", items(house, &editor, &alone, "").await);
        // A newer lastmod: read again, and the untouched draft follows.
        site.put("/big/3.html", article(3).replace("第3篇第0段", "第3篇首段"));
        site.bytes("/big/new.xml.gz", "application/x-gzip", packed(&map(&[url(3, "2026-03-02"), url(4, "2026-03-01")])));
        let read = site.heard("/big/4.html").len();
        house.clock.advance(base::Timestamp::MINUTE);
        run_now(house, &editor, &id).await;
        assert_eq!(site.heard("/big/4.html").len(), read, "what the map says nothing new of is left alone");
        let landed = items(house, &editor, &id, "landed").await;
        let third = landed.iter().find(|item| item["url"] == site.at("/big/3.html").as_str()).expect("landed");
        let draft = document(house, &editor, third).await["draft"].clone();
        assert!(draft["body_html"].as_str().is_some_and(|body| body.contains("第3篇首段")), "{draft}");
        // What is neither, and what is packed wrongly, says so.
        let broken = packed("<urlset>")[..12].to_vec();
        for (path, bytes) in [("/big/no.xml", b"<html></html>".to_vec()), ("/big/no.xml.gz", broken)] {
            site.bytes(path, "application/octet-stream", bytes);
            let refused = house.post(&editor, "/api/v1/crawl-sources/trial", form(&site, "sitemap", path)).await.expect(422).json();
            assert!(refused["type"].as_str().is_some_and(|kind| kind.ends_with(":crawl_unread")), "{path}: {refused}");
        }
    }
);

fn list_of(from: usize, to: usize) -> String {
    let lines: String =
        (from..=to).map(|nth| format!("<li><a href='/deep/{nth}.html'>第{nth}篇文章的标题</a></li>")).collect();
    format!("<meta charset=utf-8><ul class=news>{lines}</ul><a href='/deep/list_2.html'>下一页</a>")
}

on_both!(
    /// A list of many pages is read as deep as the rule says, in its order, and ends early where the site ends.
    lists_are_paged, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        for nth in 1..=8 {
            site.put(&format!("/deep/{nth}.html"), article(100 + nth));
        }
        site.put("/deep/", list_of(1, 2));
        site.put("/deep/list_2.html", list_of(3, 4));
        // The site moved one along while it was read: the same article stands on two pages.
        site.put("/deep/list_3.html", list_of(4, 6));
        site.put("/deep/list_4.html", list_of(7, 8));
        let rules = |pages: u32| -> Value { json!({ "links": "ul.news a", "paging": "list_{page}.html", "pages": pages, "title": "h1", "body": "#zoom" }) };
        let mut said = form(&site, "pages", "/deep/");
        said["rules"] = rules(3);
        let id = source(house, &editor, said).await;
        house.run_jobs().await;
        let wanted = |to: usize| (1..=to).map(|nth| site.at(&format!("/deep/{nth}.html"))).collect::<Vec<_>>();
        assert_eq!(landed_urls(house, &editor, &id).await, wanted(6), "{:?}", items(house, &editor, &id, "").await);
        assert!(site.heard("/deep/list_4.html").is_empty() && site.heard("/deep/list_1.html").is_empty(), "no deeper than the rule says");
        // Deeper by a changed rule; a page that is not there ends the list and is no failure.
        let mut deeper = form(&site, "pages", "/deep/");
        deeper["rules"] = rules(9);
        deeper["version"] = stands(house, &editor, &id).await["version"].clone();
        house.write("PUT", &editor, &format!("/api/v1/crawl-sources/{id}"), deeper).await.expect(200);
        run_now(house, &editor, &id).await;
        assert_eq!(landed_urls(house, &editor, &id).await, wanted(8), "{:?}", items(house, &editor, &id, "").await);
        assert_eq!(site.heard("/deep/list_5.html").len(), 1);
        assert!(site.heard("/deep/list_6.html").is_empty());
        let seen = stands(house, &editor, &id).await;
        assert_eq!((seen["state"].as_str(), seen["failures"].as_i64()), (Some("active"), Some(0)));
        // A list that is read as far as the number of new items allows goes on at the next look.
        let mut few = form(&site, "pages", "/deep/");
        (few["rules"], few["max_items"]) = (rules(4), json!(3));
        let other = house.token("yichang-hubei", Role::Editor).await;
        let few = source(house, &other, few).await;
        house.run_jobs().await;
        assert_eq!(landed_urls(house, &other, &few).await, wanted(3));
        run_now(house, &other, &few).await;
        assert_eq!(landed_urls(house, &other, &few).await, wanted(6));
    }
);
