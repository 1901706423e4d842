//! What we serve is read by a real reader library, whatever a title holds, and by our own crawler.

use base::duty::Role;
use base::store::Engine;
use feed_rs::model::{Feed, FeedType};
use serde_json::json;

use super::{BODY, NUMBER, TITLE, draft_and_publish};
use crate::crawl::site::Site;
use crate::kit::{House, on_both};

/// What XML, HTML and readers stumble over.
const HOSTILE: &str = "关于 <做好> \"工作\" & '说明' ]]> 的通知 𠮷";

async fn read(house: &House, slug: &str, path: &str) -> Feed {
    let served = house.page(slug, path).await.expect(200);
    let kind = if path.ends_with(".rss") { "application/rss+xml" } else { "application/atom+xml" };
    assert!(served.header("content-type").starts_with(kind), "{path}: {}", served.header("content-type"));
    feed_rs::parser::parse(served.body.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error}\n{}", served.body))
}

fn linked<'a>(feed: &'a Feed, rel: &str) -> Option<&'a str> {
    feed.links.iter().find(|link| link.rel.as_deref() == Some(rel)).map(|link| link.href.as_str())
}

/// What RFC 4287 asks of a feed and of each entry (§4.1.1, §4.1.2).
fn is_whole(feed: &Feed, path: &str) {
    assert_eq!(feed.feed_type, FeedType::Atom, "{path}");
    assert!(!feed.id.is_empty() && feed.title.is_some() && feed.updated.is_some(), "{path}");
    assert!(linked(feed, "self").is_some_and(|own| own.ends_with(path)), "{path}: {:?}", feed.links);
    for entry in &feed.entries {
        assert!(
            entry.id.starts_with("urn:uuid:") && entry.title.is_some() && entry.updated.is_some(),
            "{path}: {entry:?}"
        );
        assert!(entry.links.iter().any(|link| link.href.starts_with("http://")), "{path}: {entry:?}");
        assert!(!entry.authors.is_empty() || !feed.authors.is_empty(), "{path}: {entry:?}");
        assert!(entry.published <= entry.updated && entry.updated <= feed.updated, "{path}: {entry:?}");
    }
    let mut ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), feed.entries.len(), "{path}: an id stands for one thing");
}

on_both!(
    /// Feeds of a portal and of a column, Atom and RSS: hostile titles whole, ids that stay through a correction, dates in order.
    portal_feeds_hold_what_readers_need, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        for path in ["/feed.atom", "/gwyzc/feed.atom"] {
            let empty = read(house, "www", path).await;
            assert!(empty.entries.is_empty());
            is_whole(&empty, path);
        }
        let notice = draft_and_publish(house, &duty, HOSTILE, BODY, NUMBER).await;
        house.clock.advance(base::Timestamp::HOUR);
        draft_and_publish(house, &duty, TITLE, BODY, "国办发〔2026〕13号").await;
        let mut ids = Vec::new();
        for path in ["/feed.atom", "/gwyzc/feed.atom"] {
            let feed = read(house, "www", path).await;
            is_whole(&feed, path);
            let titles: Vec<_> = feed.entries.iter().filter_map(|entry| entry.title.as_ref()).map(|title| title.content.as_str()).collect();
            assert_eq!(titles, [TITLE, HOSTILE], "{path}: the newest first");
            assert!(feed.entries[0].summary.as_ref().is_some_and(|summary| summary.content.contains("汛期将至")), "{path}");
            ids.push(feed.entries[1].id.clone());
        }
        assert_eq!(ids[0], ids[1], "one document is one entry, wherever it stands");
        for path in ["/feed.rss", "/gwyzc/feed.rss"] {
            let feed = read(house, "www", path).await;
            assert_eq!(feed.feed_type, FeedType::RSS2, "{path}");
            assert_eq!(feed.language.as_deref(), Some("zh-cn"));
            let hostile = &feed.entries[1];
            assert_eq!(hostile.title.as_ref().map(|title| title.content.as_str()), Some(HOSTILE), "{path}");
            assert_eq!((hostile.id.as_str(), hostile.published.is_some()), (ids[0].as_str(), true), "{path}: {hostile:?}");
            assert!(hostile.links[0].href.ends_with(&notice.address), "{path}");
        }
        house.clock.advance(base::Timestamp::HOUR);
        house.post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
        house.publish_draft(&duty, &notice.document).await;
        let feed = read(house, "www", "/feed.atom").await;
        is_whole(&feed, "/feed.atom");
        let corrected = feed.entries.iter().find(|entry| entry.id == ids[0]).expect("the same id");
        assert!(corrected.updated > corrected.published, "a correction is an update and no new entry");
        // Withdrawn, it is in no feed.
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), json!({ "reason": "内容有误" })).await.expect(200);
        for path in ["/feed.atom", "/feed.rss", "/gwyzc/feed.atom", "/gwyzc/feed.rss"] {
            assert!(read(house, "www", path).await.entries.iter().all(|entry| entry.id != ids[0]), "{path}");
        }
    }
);

on_both!(
    /// The feed of orders, empty, open and taken back: Atom with hub and self (WebSub §4), the whole text, tombstones (RFC 6721).
    the_feed_of_orders_holds_what_readers_need, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let path = "/orders.atom";
        let empty = read(house, "www", path).await;
        assert!(empty.entries.is_empty());
        is_whole(&empty, path);
        let notice = draft_and_publish(house, &duty, HOSTILE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        let feed = read(house, "www", path).await;
        is_whole(&feed, path);
        let host = format!("http://www.localhost:{}", house.port);
        assert_eq!((linked(&feed, "self"), linked(&feed, "hub")), (Some(format!("{host}{path}").as_str()), Some(format!("{host}/websub").as_str())));
        let entry = &feed.entries[0];
        assert_eq!((entry.id.clone(), entry.title.as_ref().map(|title| title.content.as_str())), (format!("urn:uuid:{order}"), Some(HOSTILE)));
        let content = entry.content.as_ref().expect("the whole text");
        assert_eq!(content.content_type.as_str(), "text/html");
        assert!(content.body.as_deref().is_some_and(|body| body.contains("整改不到位的不得开工")), "{content:?}");
        house.clock.advance(base::Timestamp::HOUR);
        house.post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
        house.publish_draft(&duty, &notice.document).await;
        house.run_jobs().await;
        let corrected = read(house, "www", path).await;
        is_whole(&corrected, path);
        assert_eq!(corrected.entries.len(), 1);
        assert!(corrected.updated > feed.updated && corrected.entries[0].id == entry.id);
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), json!({ "reason": "内容有误" })).await.expect(200);
        house.run_jobs().await;
        let gone = read(house, "www", path).await;
        assert!(gone.entries.is_empty(), "readers that know no tombstones show nothing");
        is_whole(&gone, path);
    }
);

on_both!(
    /// Another house's crawler reads every feed that this one serves.
    our_feeds_are_read_by_our_crawler, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = draft_and_publish(house, &duty, HOSTILE, BODY, NUMBER).await;
        house.order(&duty, &notice.edition).await;
        let editor = house.token("hubei", Role::Editor).await;
        for path in ["/feed.atom", "/feed.rss", "/gwyzc/feed.atom", "/gwyzc/feed.rss", "/orders.atom"] {
            let served = house.page("www", path).await.expect(200);
            site.bytes(path, "application/xml", served.body.into_bytes());
            let source = json!({ "name": "中国政府网", "kind": "feed", "address": site.at(path), "column": "yaowen", "source_line": "中国政府网", "pace_ms": 0 });
            let trial = house.post(&editor, "/api/v1/crawl-sources/trial", source).await.expect(200).json();
            assert_eq!((trial["found"].as_u64(), trial["items"][0]["title"].as_str()), (Some(1), Some(HOSTILE)), "{path}: {trial}");
            assert!(trial["items"][0]["url"].as_str().is_some_and(|url| url.ends_with(&notice.address)), "{path}: {trial}");
        }
    }
);
