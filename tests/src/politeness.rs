//! A guest's pace: two visits of one host are as far apart as the rule says, whoever visits. The clock stands still, so what was
//! not read in time was not asked for.

use base::Timestamp;
use base::duty::Role;
use base::store::Engine;
use serde_json::json;

use crate::crawl::site::{ARTICLE, Site};
use crate::kit::{House, Setup, on_both};

const CITY: &str = "wuhan-hubei";

/// Two minutes: longer than any other pause of these jobs.
const PACE: i64 = 120;

async fn pass(house: &House, seconds: i64) {
    house.clock.advance(seconds * Timestamp::SECOND);
    house.run_jobs().await;
}

/// Waits for the first visit; then one more is made each time the pace is over, and none before.
async fn keeps_the_pace(house: &House, site: &Site, visits: usize) {
    house.run_jobs().await;
    for _ in 0..60 {
        if site.visits() == 0 {
            pass(house, 60).await;
        }
    }
    for made in 1..visits {
        assert_eq!(site.visits(), made, "one visit at a time");
        pass(house, PACE - 1).await;
        assert_eq!(site.visits(), made, "the pace is not over");
        pass(house, 1).await;
        assert_eq!(site.visits(), made + 1, "the pace is over");
    }
}

on_both!(
    /// Links of one portal, and of another: they lead to one host.
    links_are_looked_at_politely, house with Setup::paced(PACE * 1000) => {
        let site = Site::open().await;
        for (slug, paths) in [(CITY, ["/", "/feed.xml"]), ("hubei", ["/copy.xml", "/gbk/list.html"])] {
            let editor = house.token(slug, Role::Editor).await;
            for path in paths {
                let form = json!({ "column": "yaowen", "title": path, "url": site.at(path), "owner": "li", "unit": "示例部" });
                house.post(&editor, "/api/v1/links", form).await.expect(201);
            }
        }
        keeps_the_pace(house, &site, 4).await;
    }
);

on_both!(
    /// A list, and the articles that it names.
    a_source_is_crawled_politely, house with Setup::paced(PACE * 1000) => {
        let site = Site::open().await;
        let titled = |title: &str| ARTICLE.replace("示例部组织防汛演练", title);
        site.put("/slow/list.html", "<ul class='news'><li><a href='1.html'>示例部组织防汛演练</a></li><li><a href='2.html'>示例部组织防火演练</a></li></ul>");
        site.put("/slow/1.html", ARTICLE);
        site.put("/slow/2.html", titled("示例部组织防火演练"));
        let editor = house.token(CITY, Role::Editor).await;
        let form = json!({ "name": "示例部", "kind": "pages", "address": site.at("/slow/list.html"), "column": "yaowen", "source_line": "示例部",
                           "pace_ms": PACE * 1000, "every_minutes": 60, "rules": { "links": "ul.news a", "title": "h1", "body": "div" } });
        let hasty = json!({ "pace_ms": PACE * 1000 - 1 });
        let refused = form.as_object().expect("a form").clone().into_iter().chain(hasty.as_object().expect("a form").clone());
        house.post(&editor, "/api/v1/crawl-sources", refused.collect::<serde_json::Map<_, _>>().into()).await.expect(422);
        house.post(&editor, "/api/v1/crawl-sources", form).await.expect(201);
        keeps_the_pace(house, &site, 3).await;
    }
);

on_both!(
    /// A portal outside: its list, and the articles on it.
    a_portal_outside_is_watched_politely, house with Setup::paced(PACE * 1000) => {
        let site = Site::open().await;
        site.put("/zc/1.html", "<ul><li><a href='t1.html'>示例部组织防汛演练</a></li><li><a href='t2.html'>转发一份重要文件</a></li></ul>");
        site.put("/zc/t1.html", ARTICLE);
        site.put("/zc/t2.html", ARTICLE.replace("示例部组织防汛演练", "转发一份重要文件"));
        let duty = house.token("www", Role::CentralDuty).await;
        let form = json!({ "name": "示例部", "level": "ministry", "home_url": site.at("/"), "list_pages": [site.at("/zc/1.html")],
                           "link_pattern": r"/t\d+\.html$", "mail": "web@ministry.example" });
        house.post(&duty, "/api/v1/outside/portals", form).await.expect(201);
        let notice = house.publish(&duty, "gwyzc", "国务院办公厅关于做好汛期安全生产工作的通知").await;
        house.order(&duty, &notice.edition).await;
        keeps_the_pace(house, &site, 3).await;
    }
);
