//! The same by forms: set up, tried out, picked, run.

use base::duty::Role;
use base::store::Engine;

use super::CITY;
use super::site::Site;
use crate::kit::{House, on_both};

fn typed<'a>(address: &'a str, kind: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", "示例部要闻"),
        ("kind", kind),
        ("address", address),
        ("column", "yaowen"),
        ("source_line", "示例部"),
        ("every_minutes", "60"),
        ("quiet_from", "0"),
        ("quiet_to", "0"),
        ("pace_ms", "0"),
        ("max_items", "50"),
        ("rule_pages", "1"),
    ]
}

on_both!(
    /// A form that fails comes back whole; trying out keeps nothing; rules are built on samples in which nothing runs.
    a_source_is_set_up, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let cookie = house.person("editor-c", CITY, Role::Editor, false).await;
        let empty = house.room(&cookie, "/console/crawl").await.expect(200);
        assert!(empty.body.contains("还没有抓取来源") && empty.body.contains("信息抓取"));
        house.room(&cookie, "/console/crawl/new").await.expect(200);
        let address = site.at("/gbk/list.html");
        let mut wrong = typed(&address, "pages");
        wrong[5].1 = "1";
        let refused = house.form(&cookie, "/console/crawl/new", &wrong).await.expect(422);
        assert!(refused.body.contains("过小") && refused.body.contains("value=\"示例部要闻\""), "{}", refused.body);
        let mut tried = typed(&address, "pages");
        tried.extend([("act", "try"), ("rule_links", "ul.news a"), ("rule_body", "#zoom")]);
        let trial = house.form(&cookie, "/console/crawl/new", &tried).await.expect(200);
        assert!(trial.body.contains("试抓结果") && trial.body.contains("关于做好防汛工作的通知"), "{}", trial.body);
        assert!(house.room(&cookie, "/console/crawl").await.expect(200).body.contains("还没有抓取来源"));
        let made = house.form(&cookie, "/console/crawl/new", &typed(&address, "pages")).await.expect(303);
        let pick = made.header("location").split('?').next().expect("a path").to_owned();
        assert!(pick.ends_with("/pick"), "pages are understood by rules, so that comes next");
        let one = pick.trim_end_matches("/pick").to_owned();
        assert!(house.room(&cookie, &one).await.expect(200).body.contains("已暂停"), "nothing is read before it is understood");
        house.form(&cookie, &pick, &[("act", "fetch_list"), ("list_address", &address)]).await.expect(200);
        let article = site.at("/gbk/1.html");
        house.form(&cookie, &pick, &[("act", "fetch_article"), ("article_address", &article)]).await.expect(200);
        house.form(&cookie, &pick, &[("act", "fetch_article"), ("article_address", "http://10.1.2.3/")]).await.expect(422);
        let frame = house.room(&cookie, &format!("{one}/sample/article")).await.expect(200);
        let policy = frame.header("content-security-policy");
        assert!(policy.contains("sandbox allow-same-origin") && !policy.contains("script-src"), "{policy}");
        assert!(frame.body.contains("id=\"zoom\"") && !frame.body.contains("<script") && !frame.body.contains("a.png"));
        let rules = [("rule_links", "ul.news a"), ("rule_title", "h1"), ("rule_body", "#zoom"), ("rule_source", ".src"), ("rule_pages", "1")];
        let seen = house.form(&cookie, &format!("{one}/preview"), &rules).await.expect(200).json();
        let field = |name: &str| seen["fields"].as_array().expect("fields").iter().find(|field| field["name"] == name).expect("it").clone();
        assert_eq!(field("title")["value"].as_str(), Some("关于做好防汛工作的通知"));
        assert_eq!((field("source")["value"].as_str(), field("links")["met"].as_u64()), (Some("示例部办公厅"), Some(2)));
        let broken = house.form(&cookie, &pick, &[("act", "save"), ("rule_body", "p[")]).await.expect(422);
        assert!(broken.body.contains("value=\"p[\""), "what was typed stays");
        let typed_rules: Vec<(&str, &str)> = rules.into_iter().chain([("act", "save")]).collect();
        house.form(&cookie, &pick, &typed_rules).await.expect(303);
        house.run_jobs().await;
        let page = house.room(&cookie, &one).await.expect(200).body;
        assert!(page.contains("已入库") && page.contains("关于做好防汛工作的通知"), "{page}");
        for (to, told) in [("run", "已安排"), ("pause", "已暂停"), ("resume", "已恢复"), ("end", "已终止")] {
            let done = house.form(&cookie, &format!("{one}/move"), &[("to", to)]).await.expect(303);
            assert!(house.room(&cookie, done.header("location")).await.expect(200).body.contains(told), "{to}");
        }
        house.form(&cookie, &format!("{one}/move"), &[("to", "resume")]).await.expect(409);
        let list = house.room(&cookie, "/console/crawl?show=ended").await.expect(200).body;
        assert!(list.contains("示例部要闻") && list.contains("class=\"spark\""));
    }
);
