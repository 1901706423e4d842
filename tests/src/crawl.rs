//! Crawling against a real site on loopback: what lands, what is the same, what changed, what is refused.

mod command;
mod forms;
mod inputs;
mod killed;
mod own;
pub mod site;

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use self::site::{ARTICLE, Site};
use crate::kit::{House, on_both};

const CITY: &str = "wuhan-hubei";

/// What is said of a source that lands in the news.
fn form(site: &Site, kind: &str, path: &str) -> Value {
    json!({ "name": format!("示例部 {path}"), "kind": kind, "address": site.at(path), "column": "yaowen",
            "source_line": "示例部", "pace_ms": 0, "every_minutes": 60 })
}

async fn source(house: &House, token: &str, form: Value) -> String {
    let made = house.post(token, "/api/v1/crawl-sources", form).await.expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

async fn items(house: &House, token: &str, id: &str, standing: &str) -> Vec<Value> {
    let path = format!("/api/v1/crawl-sources/{id}/items?standing={standing}");
    let found = house.get(token, &path).await.expect(200).json();
    found["items"].as_array().expect("items").clone()
}

async fn stands(house: &House, token: &str, id: &str) -> Value {
    house.get(token, &format!("/api/v1/crawl-sources/{id}")).await.expect(200).json()
}

async fn document(house: &House, token: &str, item: &Value) -> Value {
    let id = item["document_id"].as_str().expect("a document");
    house.get(token, &format!("/api/v1/documents/{id}")).await.expect(200).json()
}

async fn run_now(house: &House, token: &str, id: &str) {
    house.post(token, &format!("/api/v1/crawl-sources/{id}/run"), json!({})).await.expect(200);
    house.run_jobs().await;
}

on_both!(
    /// A feed lands once as drafts with their source; the second look says what it saw and gets nothing.
    a_feed_lands_once, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let id = source(house, &editor, form(&site, "feed", "/feed.xml")).await;
        house.run_jobs().await;
        let landed = items(house, &editor, &id, "landed").await;
        assert_eq!(landed.len(), 2, "{:?}", items(house, &editor, &id, "").await);
        let draft = document(house, &editor, &landed[0]).await["draft"].clone();
        assert_eq!((draft["source"].as_str(), draft["column"].as_str()), (Some("示例部"), Some("yaowen")));
        assert!(!house.page(CITY, "/yaowen/").await.body.contains("要闻一"), "nothing is published by itself");
        run_now(house, &editor, &id).await;
        assert!(site.heard("/feed.xml").last().is_some_and(|headers| headers.contains("if-none-match: \"v1\"")));
        assert_eq!(items(house, &editor, &id, "").await.len(), 2);
        // The job that a crash left behind runs again, and the items that it had before it: nothing lands twice.
        house.later(1);
        house.run_jobs().await;
        assert_eq!(items(house, &editor, &id, "landed").await.len(), 2);
        let next = stands(house, &editor, &id).await;
        assert_eq!(next["next_run_at"].as_str(), Some(house.now().plus_hours(1).rfc3339().as_str()));
    }
);

on_both!(
    /// GBK lists and articles, Big5 articles; pictures and attachments become ours, and one that is missing leaves its words.
    pages_of_every_age_land, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::TenantAdmin).await;
        let mut said = form(&site, "pages", "/gbk/list.html");
        said["rules"] = json!({ "links": "ul.news a", "title": "h1", "body": "#zoom", "date": ".time", "source": ".src",
                                "doc_number": ".no", "attachments": ".fj", "remove": ".share" });
        let id = source(house, &editor, said).await;
        house.run_jobs().await;
        let landed = items(house, &editor, &id, "landed").await;
        assert_eq!(landed.len(), 2, "{:?}", items(house, &editor, &id, "").await);
        let of = |path: &str| landed.iter().find(|item| item["url"] == site.at(path).as_str()).expect("landed").clone();
        let item = of("/gbk/1.html");
        let draft = document(house, &editor, &item).await["draft"].clone();
        assert_eq!(draft["title"].as_str(), Some("关于做好防汛工作的通知"));
        assert_eq!(draft["source"].as_str(), Some("示例部办公厅"));
        assert_eq!(draft["header"]["doc_number"].as_str(), Some("示发〔2026〕3号"));
        assert_eq!(draft["header"]["written_date"].as_str(), Some("2026-03-01"));
        let body = draft["body_html"].as_str().expect("a body");
        assert!(body.contains("src=\"files/1-a.png\"") && body.contains("〔图片未能抓取：流域图〕"), "{body}");
        assert!(!body.contains("分享") && !body.contains("script"), "{body}");
        let names: Vec<_> = draft["attachments"].as_array().expect("files").iter().filter_map(|file| file["name"].as_str()).collect();
        assert_eq!(names, ["a.png", "附件1 任务分工.txt"]);
        assert!(item["reason"].as_str().is_some_and(|reason| reason.starts_with("files_missed")), "{item}");
        let big5 = document(house, &editor, &of("/big5/1.html")).await["draft"].clone();
        assert_eq!(big5["title"].as_str(), Some("臺北市政府公告"));
        // Published, the page shows its picture at its own address and offers it no second time.
        let published = house.publish_draft(&editor, item["document_id"].as_str().expect("an id")).await;
        let page = house.page(CITY, &published.address).await.expect(200).body;
        let picture = format!("{}/1-a.png", published.address.trim_end_matches(".html"));
        assert!(page.contains(&format!("src=\"{picture}\"")), "{page}");
        assert_eq!(house.page(CITY, &picture).await.expect(200).header("content-type"), "image/png");
        assert_eq!(page.matches("1-a.png").count(), 1);
        assert!(page.contains(&site.at("/gbk/1.html")), "the source's address stands beside its name");
    }
);

on_both!(
    /// The same by two addresses, ids, texts, and nearly by text: recorded with what it is the same as, and not landed.
    duplicates_are_recognised, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let first = source(house, &editor, form(&site, "feed", "/feed.xml")).await;
        house.run_jobs().await;
        let own = items(house, &editor, &first, "landed").await;
        let second = source(house, &editor, form(&site, "feed", "/copy.xml")).await;
        house.run_jobs().await;
        assert!(items(house, &editor, &second, "landed").await.is_empty());
        let twins = items(house, &editor, &second, "duplicate").await;
        let reasons: Vec<&str> = twins.iter().filter_map(|twin| twin["reason"].as_str()).collect();
        for why in ["same_address", "same_id", "same_text", "near"] {
            assert!(reasons.iter().any(|reason| reason.starts_with(why)), "{why}: {reasons:?}");
        }
        let originals: Vec<&str> = own.iter().filter_map(|item| item["document_id"].as_str()).collect();
        assert!(reasons.iter().all(|reason| originals.iter().any(|id| reason.contains(id))), "{reasons:?}");
        // Another portal reads the same source for itself.
        let other = house.token("yichang-hubei", Role::Editor).await;
        let theirs = source(house, &other, form(&site, "feed", "/feed.xml")).await;
        house.run_jobs().await;
        assert_eq!(items(house, &other, &theirs, "landed").await.len(), 2);
    }
);

on_both!(
    /// An untouched draft follows its source; what a person worked on, or what is public, is compared and never overwritten.
    changes_are_recognised, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let admin = house.token(CITY, Role::TenantAdmin).await;
        let id = source(house, &admin, form(&site, "sitemap", "/map/index.xml")).await;
        house.run_jobs().await;
        let landed = items(house, &admin, &id, "landed").await;
        assert_eq!(landed.len(), 1, "{:?}", items(house, &admin, &id, "").await);
        site.put("/map/1.html", ARTICLE.replace("二百余人", "三百余人"));
        house.later(13);
        house.run_jobs().await;
        let draft = document(house, &admin, &landed[0]).await["draft"].clone();
        assert!(draft["body_html"].as_str().is_some_and(|body| body.contains("三百余人")), "{draft}");
        let document_id = landed[0]["document_id"].as_str().expect("an id");
        house.publish_draft(&admin, document_id).await;
        site.put("/map/1.html", ARTICLE.replace("二百余人", "四百余人"));
        house.later(13);
        house.run_jobs().await;
        let changed = items(house, &admin, &id, "changed").await;
        assert_eq!(changed.len(), 1);
        let live = document(house, &admin, &landed[0]).await;
        assert!(live["draft"].is_null() && live["live"]["body_html"].as_str().is_some_and(|body| body.contains("三百余人")));
        // The page compares word by word; the source's text becomes a draft, and the public sees nothing of it yet.
        let person = house.person("pick-w", CITY, Role::TenantAdmin, false).await;
        let at = format!("/console/crawl/{id}/items/{}", changed[0]["key"].as_str().expect("a key"));
        let page = house.room(&person, &at).await.expect(200).body;
        assert!(page.contains("<del>") && page.contains("<ins>") && page.contains("四百"), "{page}");
        house.form(&person, &at, &[("settle", "take")]).await.expect(303);
        house.form(&person, &at, &[("settle", "take")]).await.expect(409);
        let taken = document(house, &admin, &landed[0]).await;
        assert!(taken["draft"]["body_html"].as_str().is_some_and(|body| body.contains("四百余人")), "{taken}");
        assert!(taken["live"]["body_html"].as_str().is_some_and(|body| body.contains("三百余人")));
        site.gone("/map/1.html");
        house.later(13);
        house.run_jobs().await;
        assert_eq!(items(house, &admin, &id, "gone").await.len(), 1);
    }
);

on_both!(
    /// Leading home is failing, robots rules are kept, keywords choose, and what cannot be read is said.
    what_is_not_read_says_why, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let mut said = form(&site, "pages", "/mixed/");
        said["rules"] = json!({ "links": "a", "body": "#zoom" });
        said["exclude"] = json!(["招聘"]);
        let id = source(house, &editor, said).await;
        house.run_jobs().await;
        let failed = items(house, &editor, &id, "failed").await;
        let why = |path: &str| {
            let item = failed.iter().find(|item| item["url"] == site.at(path).as_str());
            item.and_then(|item| item["reason"].as_str()).unwrap_or_default().to_owned()
        };
        assert_eq!((why("/mixed/home.html"), why("/mixed/soft.html")), ("home".to_owned(), "home".to_owned()));
        assert_eq!((why("/private/1.html"), why("/mixed/empty.html")), ("robots".to_owned(), "no_text".to_owned()));
        assert!(site.heard("/private/1.html").is_empty(), "what robots forbid is not even asked for");
        assert!(why("/mixed/inside.html").starts_with("private: 169.254.169.254"), "{}", why("/mixed/inside.html"));
        assert_eq!(items(house, &editor, &id, "gone").await.len(), 1);
        assert_eq!(items(house, &editor, &id, "filtered").await.len(), 1);
        assert_eq!(items(house, &editor, &id, "landed").await.len(), 1);
        // An address inside is refused before anything is asked of it, and the trial says by which rule.
        for address in ["http://10.0.0.7/feed.xml", "http://169.254.169.254/", "http://[::1]/"] {
            let mut said = form(&site, "feed", "/feed.xml");
            said["address"] = json!(address);
            let refused = house.post(&editor, "/api/v1/crawl-sources/trial", said).await.expect(422).json();
            assert!(refused["type"].as_str().is_some_and(|kind| kind.ends_with(":crawl_private")), "{address}: {refused}");
            assert!(refused["how"].as_str().is_some_and(|how| how.contains("probe.allow")));
        }
        let trial = house.post(&editor, "/api/v1/crawl-sources/trial", form(&site, "feed", "/feed.xml")).await.expect(200);
        assert_eq!(trial.json()["found"].as_u64(), Some(2));
        house.post(&editor, "/api/v1/crawl-sources/trial", form(&site, "feed", "/mixed/")).await.expect(422);
    }
);

on_both!(
    /// After three failures in a row a source is failing and waits longer; when it answers again it is as before.
    a_source_fails_and_recovers, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let id = source(house, &editor, form(&site, "feed", "/late.xml")).await;
        for failures in 1..=3 {
            house.run_jobs().await;
            let seen = stands(house, &editor, &id).await;
            assert_eq!(seen["failures"].as_i64(), Some(failures));
            assert_eq!(seen["state"].as_str(), Some(if failures < 3 { "active" } else { "failing" }));
            house.later(1);
        }
        assert_eq!(stands(house, &editor, &id).await["last_error"].as_str(), Some("status: 404"));
        let asked = site.heard("/late.xml").len();
        house.run_jobs().await;
        assert_eq!(site.heard("/late.xml").len(), asked, "a failing source waits longer");
        site.put("/late.xml", site.feed());
        house.later(4);
        house.run_jobs().await;
        let seen = stands(house, &editor, &id).await;
        assert_eq!((seen["state"].as_str(), seen["failures"].as_i64()), (Some("active"), Some(0)));
        // Paused it is not read; ended it does not come back.
        house.post(&editor, &format!("/api/v1/crawl-sources/{id}/pause"), json!({})).await.expect(200);
        house.post(&editor, &format!("/api/v1/crawl-sources/{id}/run"), json!({})).await.expect(409);
        let asked = site.heard("/late.xml").len();
        house.later(24);
        house.run_jobs().await;
        assert_eq!(site.heard("/late.xml").len(), asked);
        house.post(&editor, &format!("/api/v1/crawl-sources/{id}/end"), json!({})).await.expect(200);
        house.post(&editor, &format!("/api/v1/crawl-sources/{id}/resume"), json!({})).await.expect(409);
    }
);

on_both!(
    /// Strangers find nothing; a reviewer sees and does not manage.
    strangers_find_nothing, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let id = source(house, &editor, form(&site, "feed", "/feed.xml")).await;
        house.run_jobs().await;
        let key = items(house, &editor, &id, "landed").await[0]["key"].as_str().expect("a key").to_owned();
        let stranger = house.token("guangzhou-guangdong", Role::TenantAdmin).await;
        for path in ["", "/items"] {
            house.get(&stranger, &format!("/api/v1/crawl-sources/{id}{path}")).await.expect(404);
        }
        for verb in ["run", "pause", "resume", "end"] {
            house.post(&stranger, &format!("/api/v1/crawl-sources/{id}/{verb}"), json!({})).await.expect(404);
        }
        house.write("PUT", &stranger, &format!("/api/v1/crawl-sources/{id}"), form(&site, "feed", "/x")).await.expect(404);
        let cookie = house.person("stranger-c", "guangzhou-guangdong", Role::TenantAdmin, false).await;
        for path in ["", "/edit", "/pick", "/sample/list", &format!("/items/{key}")] {
            house.room(&cookie, &format!("/console/crawl/{id}{path}")).await.expect(404);
        }
        for path in ["/move", "/pick", "/preview", "/edit", &format!("/items/{key}"), &format!("/items/{key}/retry")] {
            house.form(&cookie, &format!("/console/crawl/{id}{path}"), &[("to", "end"), ("settle", "take")]).await.expect(404);
        }
        let reviewer = house.token(CITY, Role::Reviewer).await;
        house.get(&reviewer, &format!("/api/v1/crawl-sources/{id}")).await.expect(200);
        house.post(&reviewer, &format!("/api/v1/crawl-sources/{id}/pause"), json!({})).await.expect(403);
        assert_eq!(stands(house, &editor, &id).await["state"].as_str(), Some("active"));
    }
);
