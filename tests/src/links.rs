//! Link entries: owned, looked after, and left through a page that says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use base::duty::Role;
use base::store::Engine;
use http::StatusCode;
use serde_json::{Value, json};

use crate::kit::{House, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";

/// What `/moody` answers 200 and says that it is for sale.
pub(crate) const FOR_SALE: u16 = 299;

/// A site elsewhere: what `/moody` answers can be turned.
pub(crate) async fn elsewhere() -> (String, Arc<AtomicU16>) {
    let mood = Arc::new(AtomicU16::new(200));
    async fn moody(State(mood): State<Arc<AtomicU16>>) -> impl IntoResponse {
        match mood.load(Ordering::SeqCst) {
            FOR_SALE => (StatusCode::OK, "This domain is for sale"),
            mood => (StatusCode::from_u16(mood).expect("a status"), "<title>服务</title><p>办事指南</p>"),
        }
    }
    let site = Router::new()
        .route("/moody", axum::routing::get(moody))
        .route("/parked", axum::routing::get(|| async { "This domain is for sale" }))
        .route("/foul", axum::routing::get(|| async { "<p>线上博彩</p>" }))
        .route("/inward", axum::routing::get(|| async { axum::response::Redirect::temporary("http://10.0.0.1/") }))
        .with_state(Arc::clone(&mood));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, site).await });
    (address, mood)
}

pub(crate) fn form(title: &str, url: &str) -> Value {
    json!({ "column": "yaowen", "title": title, "url": url, "owner": "li", "unit": "政务服务局" })
}

/// Looks until everything that is due was looked at: one host is visited once a second.
pub(crate) async fn look(house: &House) {
    for _ in 0..8 {
        house.clock.advance(base::Timestamp::MINUTE);
        house.run_jobs().await;
    }
}

async fn faults(house: &House, token: &str) -> Vec<(String, String, String)> {
    let found = house.get(token, "/api/v1/link-findings").await.expect(200).json();
    let text = |one: &Value, name: &str| one[name].as_str().expect("text").to_owned();
    let items = found["items"].as_array().expect("items").iter();
    let mut faults: Vec<_> = items.map(|one| (text(one, "title"), text(one, "fault"), text(one, "standing"))).collect();
    faults.sort();
    faults
}

on_both!(
    /// A link stands in its column and leads away through a notice; a government's or a portal's own is left at once.
    left_through_a_notice, house => {
        let editor = house.token(COUNTY, Role::Editor).await;
        let put = |title: &'static str, url: &'static str| house.post(&editor, "/api/v1/links", form(title, url));
        put("某企业", "https://www.example.com/a").await.expect(201);
        put("中国政府网", "https://www.gov.cn/").await.expect(201);
        let own = format!("http://wuhan-hubei.localhost:{}/", house.port);
        put("市网站", "https://wuhan-hubei.localhost/x").await.expect(201);
        let list = house.page(COUNTY, "/yaowen/").await.expect(200);
        let address = |title: &str| {
            let at = list.body.find(&format!(">{title}<")).or_else(|| list.body.find(title)).expect("listed");
            let href = list.body[..at].rfind("href=\"").expect("an address") + 6;
            list.body[href..].split('"').next().expect("an address").to_owned()
        };
        let notice = house.page(COUNTY, &address("某企业")).await.expect(200);
        assert!(notice.body.contains("您即将离开本网站") && notice.body.contains("https://www.example.com/a") && notice.body.contains("nofollow"));
        for title in ["中国政府网", "市网站"] {
            house.page(COUNTY, &address(title)).await.expect(302);
        }
        assert!(!house.page(COUNTY, "/sitemap.xml").await.body.contains(&address("某企业")), "{own}");
        for (title, url, field) in [("", "https://a.example.com/", "title"), ("x", "javascript:alert(1)", "url"), ("x", "ftp://a.example.com/", "url")] {
            let refused = house.post(&editor, "/api/v1/links", form(title, url)).await.expect(422).json();
            assert_eq!(refused["errors"][0]["field"].as_str(), Some(field), "{refused}");
        }
        let stranger = house.token("guangzhou-guangdong", Role::Editor).await;
        let mine = house.get(&editor, "/api/v1/links").await.expect(200).json()["items"][0].clone();
        let path = format!("/api/v1/links/{}/hide", mine["id"].as_str().expect("an id"));
        house.post(&stranger, &path, json!({})).await.expect(404);
        house.post(&editor, &path, json!({})).await.expect(200);
        assert!(!house.page(COUNTY, "/yaowen/").await.body.contains(mine["title"].as_str().expect("a title")));
        house.post(&editor, &path, json!({})).await.expect(409);
        house.post(&editor, &path.replace("hide", "show"), json!({})).await.expect(200);
    }
);

on_both!(
    /// Nobody answers for it any more: it leaves the pages by itself, and comes back with a new end only.
    a_link_ends, house => {
        let editor = house.token(COUNTY, Role::Editor).await;
        let mut until = form("短期活动", "https://www.example.com/");
        until["expires_on"] = json!("2026-03-04");
        let id = house.post(&editor, "/api/v1/links", until.clone()).await.expect(201).json();
        let path = format!("/api/v1/links/{}", id["id"].as_str().expect("an id"));
        house.run_jobs().await;
        assert!(house.page(COUNTY, "/yaowen/").await.body.contains("短期活动"));
        house.later(48);
        house.run_jobs().await;
        assert!(!house.page(COUNTY, "/yaowen/").await.body.contains("短期活动"));
        house.post(&editor, &format!("{path}/show"), json!({})).await.expect(422);
        until["expires_on"] = json!("2026-12-31");
        until["version"] = json!(1);
        house.write("PUT", &editor, &path, until.clone()).await.expect(409);
        until["version"] = json!(2);
        house.write("PUT", &editor, &path, until).await.expect(200);
        house.post(&editor, &format!("{path}/show"), json!({})).await.expect(200);
        assert!(house.page(COUNTY, "/yaowen/").await.body.contains("短期活动"));
    }
);

on_both!(
    /// The checker looks twice before it says that an address is dead, says at once what is foul, sees what nobody can see,
    /// and takes a finding back when the address answers again.
    what_the_checker_finds, house allows ["127.0.0.1"] => {
        let admin = house.token(COUNTY, Role::TenantAdmin).await;
        let (there, mood) = elsewhere().await;
        house.post(&admin, "/api/v1/links", form("办事", &format!("{there}/moody"))).await.expect(201);
        house.post(&admin, "/api/v1/links", form("出售", &format!("{there}/parked"))).await.expect(201);
        house.post(&admin, "/api/v1/links", form("内网", &format!("{there}/inward"))).await.expect(201);
        let body = format!("<p>通知<a href=\"{there}/foul\">来源</a><a href=\"{there}/moody\"> </a></p>");
        let text = json!({ "column": "yaowen", "title": "带链接的新闻", "body_html": body, "source": "江岸区" });
        let draft = house.post(&admin, "/api/v1/documents", text).await.expect(201).json();
        house.publish_draft(&admin, draft["id"].as_str().expect("an id")).await;
        look(house).await;
        let found = |title: &str, fault: &str, standing: &str| (title.to_owned(), fault.to_owned(), standing.to_owned());
        let at_once = [found("内网", "wrong", "bad"), found("带链接的新闻", "hidden", "bad"), found("带链接的新闻", "wrong", "bad")];
        assert_eq!(faults(house, &admin).await, at_once);
        mood.store(404, Ordering::SeqCst);
        house.later(25);
        look(house).await;
        assert!(faults(house, &admin).await.iter().all(|one| one.0 != "办事"), "one look is no finding");
        house.later(2);
        look(house).await;
        let now = faults(house, &admin).await;
        assert!(now.contains(&found("办事", "dead", "bad")) && now.contains(&found("出售", "expired_domain", "bad")), "{now:?}");
        let cookie = house.person("admin-j", COUNTY, Role::TenantAdmin, false).await;
        let room = house.room(&cookie, "/console/links").await.expect(200);
        for words in ["断链", "暗链", "域名失效"] {
            assert!(room.body.contains(words), "{words}: {}", room.body);
        }
        let all = house.get(&admin, "/api/v1/link-findings").await.json();
        let one = all["items"].as_array().expect("items").iter().find(|one| one["title"] == "出售").expect("it").clone();
        let path = |one: &Value| format!("/console/links/{}/dismiss/{}", one["subject_id"].as_str().expect("an id"), one["key"].as_str().expect("a key"));
        house.form(&cookie, &path(&one), &[("note", "")]).await.expect(422);
        house.form(&cookie, &path(&one), &[("note", "仅为样例")]).await.expect(303);
        mood.store(200, Ordering::SeqCst);
        house.later(25);
        look(house).await;
        let now = faults(house, &admin).await;
        assert!(now.iter().all(|one| one.0 != "办事") && now.contains(&found("出售", "expired_domain", "dismissed")), "{now:?}");
    }
);
