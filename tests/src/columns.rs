//! Columns that a portal manages itself: the tree, its states, what a merge moves, taking back, and how fresh they are.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use crate::kit::{House, on_both};

const CITY: &str = "wuhan-hubei";

fn form(key: &str, name: &str, parent: Option<&str>) -> Value {
    json!({ "key": key, "name": name, "description": format!("{name}的内容"), "keywords": name, "kind": "工作动态", "parent": parent })
}

async fn make(house: &House, admin: &str, key: &str, name: &str, parent: Option<&str>) -> Value {
    house.post(admin, "/api/v1/columns", form(key, name, parent)).await.expect(201).json()
}

/// The tree as level and key, in the order in which it is shown.
async fn tree(house: &House, token: &str) -> Vec<String> {
    let found = house.get(token, "/api/v1/columns").await.expect(200).json();
    let line = |one: &Value| {
        format!(
            "{}{}",
            "-".repeat(one["level"].as_u64().unwrap_or(1) as usize - 1),
            one["key"].as_str().unwrap_or_default()
        )
    };
    found["items"].as_array().expect("items").iter().map(line).collect()
}

async fn one(house: &House, token: &str, key: &str) -> Value {
    house.get(token, &format!("/api/v1/columns/{key}")).await.expect(200).json()
}

fn code(answer: &Value) -> String {
    answer["type"].as_str().unwrap_or_default().trim_start_matches("urn:dibao:problem:").to_owned()
}

fn error(answer: &Value) -> (String, String) {
    let text = |name: &str| answer["errors"][0][name].as_str().unwrap_or_default().to_owned();
    (text("field"), text("code"))
}

/// The newest act.
async fn last(house: &House, admin: &str) -> Value {
    house.get(admin, "/api/v1/column-acts").await.expect(200).json()["items"][0].clone()
}

fn undo_path(act: &Value) -> String {
    format!("/api/v1/column-acts/{}/undo", act["id"].as_str().expect("an id"))
}

on_both!(
    /// Columns are made, renamed and moved; what a tree does not allow is refused by name, and nobody overwrites anybody.
    a_tree_is_managed, house => {
        let admin = house.token(CITY, Role::TenantAdmin).await;
        make(house, &admin, "jiedao", "街道动态", Some("yaowen")).await;
        make(house, &admin, "shequ", "社区动态", Some("jiedao")).await;
        let made = one(house, &admin, "shequ").await;
        assert_eq!((&made["level"], &made["update_window_days"], &made["freshness"]), (&json!(3), &json!(14), &json!("empty")));
        for (body, wanted) in [
            (form("yaowen", "重名", None), ("key", "taken")),
            (form("console", "保留", None), ("key", "reserved")),
            (form("New", "大写", None), ("key", "unusable")),
            (form("lou", "楼栋", Some("shequ")), ("parent", "too_deep")),
            (form("lou", "楼栋", Some("nowhere")), ("parent", "unknown")),
            (form("lou", "", None), ("name", "missing")),
        ] {
            let answer = house.post(&admin, "/api/v1/columns", body).await.expect(422).json();
            assert_eq!(error(&answer), (wanted.0.to_owned(), wanted.1.to_owned()));
        }
        let first = json!({ "name": "镇街动态", "description": "d", "keywords": "k", "home": "block", "version": 0 });
        house.write("PUT", &admin, "/api/v1/columns/jiedao", first.clone()).await.expect(200);
        let stale = house.write("PUT", &admin, "/api/v1/columns/jiedao", first).await.expect(409).json();
        assert_eq!(code(&stale), "column_stale");
        let below = json!({ "parent": "shequ" });
        let answer = house.post(&admin, "/api/v1/columns/jiedao/move", below).await.expect(422).json();
        assert_eq!(error(&answer), ("parent".to_owned(), "below_itself".to_owned()));
        house.post(&admin, "/api/v1/columns/jiedao/move", json!({ "parent": "gzdt" })).await.expect(200);
        let shown = tree(house, &admin).await;
        let at = shown.iter().position(|one| one == "gzdt").expect("it");
        assert_eq!(shown[at..at + 3], ["gzdt", "-jiedao", "--shequ"], "with what is below it");
        assert_eq!(error(&house.post(&admin, "/api/v1/columns/gwyzc/move", json!({ "parent": "gzdt" })).await.expect(422).json()).0, "home");
        let editor = house.token(CITY, Role::Editor).await;
        house.post(&editor, "/api/v1/columns/jiedao/move", json!({})).await.expect(403);
        house.get(&editor, "/api/v1/columns").await.expect(200);
        assert!(house.page(CITY, "/gzdt/").await.body.contains("镇街动态"), "the page of its parent leads to it");
    }
);

on_both!(
    /// A standard column may be renamed and moved, never taken away; the refusal says whose rule that is.
    standard_columns_stay, house => {
        let admin = house.token(CITY, Role::TenantAdmin).await;
        for (verb, body) in [("hide", json!({})), ("archive", json!({})), ("merge", json!({ "into": "gzdt" }))] {
            let refused = house.post(&admin, &format!("/api/v1/columns/tzgg/{verb}"), body).await.expect(409).json();
            assert_eq!(code(&refused), "standard_column", "{verb}");
            assert!(refused["who_can_lift"].as_str().is_some_and(|who| who.contains("superior")));
        }
        house.post(&admin, "/api/v1/columns/tzgg/move", json!({ "before": "yaowen" })).await.expect(200);
        assert_eq!(one(house, &admin, "tzgg").await["state"], "open");
    }
);

on_both!(
    /// A merge moves everything, no article changes its address, the column's own address leads on, drafts land in the
    /// successor; and within ten minutes all of it is taken back.
    a_merge_and_back, house => {
        let admin = house.token(CITY, Role::TenantAdmin).await;
        make(house, &admin, "jiu", "旧栏目", None).await;
        make(house, &admin, "xin", "新栏目", None).await;
        let (first, second) = (house.publish(&admin, "jiu", "第一条").await, house.publish(&admin, "jiu", "第二条").await);
        let draft = house.post(&admin, "/api/v1/documents", json!({ "column": "jiu", "title": "未发的稿", "body_html": "<p>文</p>", "source": "武汉" })).await.expect(201).json();
        let preview = house.get(&admin, "/api/v1/columns/jiu/merge-preview?into=xin").await.expect(200).json();
        assert_eq!((&preview["moving"], &preview["staying"]), (&json!(2), &json!(0)));
        for into in ["jiu", "nowhere", ""] {
            house.post(&admin, "/api/v1/columns/jiu/merge", json!({ "into": into })).await.expect(422);
        }
        house.post(&admin, "/api/v1/columns/jiu/merge", json!({ "into": "xin" })).await.expect(200);
        let act = last(house, &admin).await;
        assert_eq!((&act["kind"], &act["moved"], &act["target"]), (&json!("merged"), &json!(2), &json!("xin")));
        let list = house.page(CITY, "/xin/").await.expect(200).body;
        assert!(list.contains("第一条") && list.contains("第二条"));
        for (from, to) in [("/jiu/", "/xin/"), ("/jiu/page-2.html", "/xin/"), ("/jiu/feed.atom", "/xin/feed.atom"), ("/jiu/feed.rss", "/xin/feed.rss")] {
            assert_eq!(house.page(CITY, from).await.expect(301).header("location"), to, "{from}");
        }
        assert!(first.address.starts_with("/jiu/"));
        assert!(house.page(CITY, &first.address).await.expect(200).body.contains("href=\"/xin/\""), "it stands in the other column");
        let landed = house.publish_draft(&admin, draft["id"].as_str().expect("an id")).await;
        assert!(landed.address.starts_with("/xin/"), "{}", landed.address);
        // What somebody moved elsewhere in the meantime stays where that person put it.
        house.post(&admin, &format!("/api/v1/placements/{}/arrange", second.document), json!({ "column": "gzdt" })).await.expect(200);
        house.post(&admin, &undo_path(&act), json!({})).await.expect(200);
        let list = house.page(CITY, "/jiu/").await.expect(200).body;
        assert!(list.contains("第一条") && !list.contains("第二条") && !list.contains("未发的稿"));
        assert!(house.page(CITY, "/xin/").await.expect(200).body.contains("未发的稿"));
        assert_eq!(code(&house.post(&admin, &undo_path(&act), json!({})).await.expect(409).json()), "undo_over");
        assert!(last(house, &admin).await["undone_by"].as_str().is_some_and(|who| who.starts_with("token:")));
    }
);

on_both!(
    /// Taking back ends after ten minutes, and when somebody else has changed what the act touched.
    what_cannot_be_taken_back, house => {
        let admin = house.token(CITY, Role::TenantAdmin).await;
        make(house, &admin, "jia", "甲", None).await;
        house.post(&admin, "/api/v1/columns/jia/hide", json!({})).await.expect(200);
        let hidden = last(house, &admin).await;
        let text = json!({ "name": "甲二", "description": "d", "keywords": "k", "home": "none", "version": 1 });
        house.write("PUT", &admin, "/api/v1/columns/jia", text).await.expect(200);
        let refused = house.post(&admin, &undo_path(&hidden), json!({})).await.expect(409).json();
        assert!(code(&refused) == "column_changed" && refused["detail"].as_str().is_some_and(|text| text.contains("甲二")), "{refused}");
        // One after the other, newest first, everything goes back to the beginning.
        let renamed = last(house, &admin).await;
        house.post(&admin, &undo_path(&renamed), json!({})).await.expect(200);
        house.post(&admin, &undo_path(&hidden), json!({})).await.expect(200);
        assert_eq!(one(house, &admin, "jia").await["state"], "open");
        let acts = house.get(&admin, "/api/v1/column-acts?column=jia").await.expect(200).json();
        let made = acts["items"].as_array().expect("items").iter().find(|act| act["kind"] == "created").expect("it").clone();
        let draft = house.post(&admin, "/api/v1/documents", json!({ "column": "jia", "title": "稿", "body_html": "<p>文</p>" })).await.expect(201).json();
        assert_eq!(code(&house.post(&admin, &undo_path(&made), json!({})).await.expect(409).json()), "column_filled");
        let away = json!({ "column": "gzdt", "title": "稿", "body_html": "<p>文</p>", "version": 1 });
        house.write("PUT", &admin, &format!("/api/v1/documents/{}/draft", draft["id"].as_str().expect("an id")), away).await.expect(200);
        house.post(&admin, &undo_path(&made), json!({})).await.expect(200);
        house.get(&admin, "/api/v1/columns/jia").await.expect(404);
        make(house, &admin, "yi", "乙", None).await;
        let late = last(house, &admin).await;
        house.clock.advance(10 * base::Timestamp::MINUTE + 1);
        assert_eq!(code(&house.post(&admin, &undo_path(&late), json!({})).await.expect(409).json()), "undo_over");
        house.post(&admin, "/api/v1/column-acts/00000000-0000-7000-8000-000000000000/undo", json!({})).await.expect(404);
        let stranger = house.token("guangzhou-guangdong", Role::TenantAdmin).await;
        house.post(&stranger, &undo_path(&late), json!({})).await.expect(404);
    }
);

on_both!(
    /// A hidden column answers, but nothing leads there; an archived one leads to its successor or to the home page, and comes
    /// back when it is reopened.
    hidden_and_archived, house => {
        let admin = house.token(CITY, Role::TenantAdmin).await;
        make(house, &admin, "huodong", "专题活动", None).await;
        let text = json!({ "name": "专题活动", "description": "d", "keywords": "k", "home": "block", "version": 0 });
        house.write("PUT", &admin, "/api/v1/columns/huodong", text).await.expect(200);
        house.publish(&admin, "huodong", "活动开始").await;
        let leads = async |path: &str| house.page(CITY, path).await.expect(200).body.contains("/huodong/\"");
        assert!(leads("/").await && leads("/sitemap.html").await);
        house.post(&admin, "/api/v1/columns/huodong/hide", json!({})).await.expect(200);
        assert!(!leads("/").await && !leads("/sitemap.html").await);
        assert!(!house.page(CITY, "/sitemap.xml").await.body.contains("/huodong/<"));
        assert!(house.page(CITY, "/huodong/").await.expect(200).body.contains("活动开始"));
        let cookie = house.person("bianji", CITY, Role::TenantAdmin, false).await;
        assert!(!house.room(&cookie, "/console/documents/new").await.expect(200).body.contains("value=\"huodong\""));
        house.post(&admin, "/api/v1/columns/huodong/hide", json!({})).await.expect(409);
        make(house, &admin, "zi", "子栏目", Some("gzdt")).await;
        house.post(&admin, "/api/v1/columns/zi/move", json!({ "parent": "huodong" })).await.expect(200);
        let refused = house.post(&admin, "/api/v1/columns/huodong/archive", json!({ "successor": "gzdt" })).await.expect(409).json();
        assert_eq!(code(&refused), "column_children");
        house.post(&admin, "/api/v1/columns/zi/archive", json!({})).await.expect(200);
        assert_eq!(house.page(CITY, "/zi/").await.expect(301).header("location"), "/", "the home page");
        assert_eq!(house.page(CITY, "/zi/feed.atom").await.expect(301).header("location"), "/feed.atom");
        house.post(&admin, "/api/v1/columns/huodong/archive", json!({ "successor": "gzdt" })).await.expect(200);
        assert_eq!(house.page(CITY, "/huodong/").await.expect(301).header("location"), "/gzdt/");
        let draft = json!({ "column": "zi", "title": "稿", "body_html": "<p>文</p>" });
        house.post(&admin, "/api/v1/documents", draft).await.expect(422);
        house.post(&admin, "/api/v1/columns/huodong/move", json!({})).await.expect(422);
        house.post(&admin, "/api/v1/columns/huodong/reopen", json!({})).await.expect(200);
        assert!(house.page(CITY, "/huodong/").await.expect(200).body.contains("活动开始"));
    }
);

on_both!(
    /// How fresh a column is follows its own rule: the item that fills the minimum, the window, the days of the reminder.
    freshness, house => {
        let admin = house.token(CITY, Role::TenantAdmin).await;
        make(house, &admin, "suishi", "随时更新", None).await;
        let rule = |min: i32, version: i32| json!({ "update_window_days": 10, "update_min": min, "remind_days": 2, "owner": "zhangsan", "owner_until": "2026-12-31", "version": version });
        for (field, value) in [("update_window_days", json!(-1)), ("update_min", json!(0)), ("remind_days", json!(11)), ("owner_until", json!("morgen"))] {
            let mut wrong = rule(2, 0);
            wrong[field] = value;
            let answer = house.write("PUT", &admin, "/api/v1/columns/suishi/rule", wrong).await.expect(422).json();
            assert_eq!(error(&answer).0, field);
        }
        house.write("PUT", &admin, "/api/v1/columns/suishi/rule", rule(2, 0)).await.expect(200);
        let fresh = async || one(house, &admin, "suishi").await["freshness"].as_str().map(str::to_owned).expect("a word");
        house.publish(&admin, "suishi", "一").await;
        assert_eq!(fresh().await, "stale", "one of two");
        house.later(24);
        house.publish(&admin, "suishi", "二").await;
        assert_eq!(fresh().await, "fresh");
        house.later(24 * 7);
        assert_eq!(fresh().await, "due");
        let now = one(house, &admin, "suishi").await;
        assert_eq!((&now["hours_left"], &now["items"], &now["limit_at"]), (&json!(48), &json!(2), &json!("2026-03-12T00:00:00.000000Z")));
        house.later(49);
        assert_eq!(fresh().await, "stale");
        house.publish(&admin, "suishi", "三").await;
        assert_eq!(fresh().await, "due", "the second newest counts");
    }
);

on_both!(
    /// Two people who push two columns under each other at once: one of them is told, and the tree stays one.
    crossing_moves, house => {
        let admin = house.token(CITY, Role::TenantAdmin).await;
        make(house, &admin, "jia", "甲", None).await;
        make(house, &admin, "yi", "乙", None).await;
        for _ in 0..4 {
            let (one, other) = tokio::join!(
                house.post(&admin, "/api/v1/columns/jia/move", json!({ "parent": "yi" })),
                house.post(&admin, "/api/v1/columns/yi/move", json!({ "parent": "jia" })),
            );
            let mut both = [one.status, other.status];
            both.sort_unstable();
            assert_eq!(both, [200, 422]);
            let shown = tree(house, &admin).await;
            assert_eq!(shown.iter().filter(|one| one.ends_with("jia") || one.ends_with("yi")).count(), 2, "{shown:?}");
            for key in ["jia", "yi"] {
                house.post(&admin, &format!("/api/v1/columns/{key}/move"), json!({})).await.expect(200);
            }
        }
    }
);

on_both!(
    /// The rooms: everything works by forms, a refused one comes back whole, and who changed what is on record.
    columns_by_forms, house => {
        let cookie = house.person("admin", CITY, Role::TenantAdmin, false).await;
        let fields = [("column_name", "社区之声"), ("column_key", "yaowen"), ("kind", "工作动态"), ("description", "社区的消息"), ("keywords", "社区"), ("column_parent", "gzdt"), ("home", "none")];
        let again = house.form(&cookie, "/console/columns/new", &fields).await.expect(422).body;
        for kept in ["社区之声", "社区的消息", "value=\"gzdt\" selected", "value=\"工作动态\" selected", "#f-column_key"] {
            assert!(again.contains(kept), "{kept}");
        }
        let right = fields.map(|(name, was)| if name == "column_key" { (name, "shequ") } else { (name, was) });
        house.form(&cookie, "/console/columns/new", &right).await.expect(303);
        let list = house.room(&cookie, "/console/columns").await.expect(200).body;
        assert!(list.contains("新建「社区之声」") && list.contains("撤销") && list.contains("空白栏目"));
        let moved = house.form(&cookie, "/console/columns/shequ/move", &[("version", "0"), ("step", "out")]).await.expect(303);
        assert!(moved.header("location").ends_with("#row-shequ"));
        let nowhere = house.form(&cookie, "/console/columns/gwyzc/move", &[("step", "out")]).await.expect(422).body;
        assert!(nowhere.contains("id=\"refusal\""));
        let stale = [("version", "0"), ("column_name", "我的名字"), ("description", "d"), ("keywords", "k"), ("home", "none")];
        let kept = house.form(&cookie, "/console/columns/shequ", &stale).await.expect(409).body;
        assert!(kept.contains("我的名字") && kept.contains("他人刚刚修改过这个栏目"));
        let rule = [("version", "1"), ("update_window_days", "x"), ("update_min", "1"), ("remind_days", "3"), ("owner", "王五"), ("owner_until", "")];
        let kept = house.form(&cookie, "/console/columns/shequ/rule", &rule).await.expect(422).body;
        assert!(kept.contains("王五") && kept.contains("#f-update_window_days"));
        house.form(&cookie, "/console/columns/shequ/rule", &rule.map(|(name, was)| if was == "x" { (name, "30") } else { (name, was) })).await.expect(303);
        let page = house.room(&cookie, "/console/columns/shequ?into=gzdt").await.expect(200).body;
        assert!(page.contains("社区之声 → ") && page.contains("role=\"img\"") && page.contains("更新期限（天）"));
        house.form(&cookie, "/console/columns/shequ/archive", &[("successor", "")]).await.expect(422);
        house.form(&cookie, "/console/columns/shequ/archive", &[("successor", "/")]).await.expect(303);
        let refused = house.form(&cookie, "/console/columns/tzgg/hide", &[]).await.expect(409).body;
        assert!(refused.contains("标准栏目不能移除"));
        let page = house.room(&cookie, "/console/columns/shequ").await.expect(200).body;
        assert!(page.contains("重新启用") && page.contains("网站首页") && page.contains("已归档"));
        assert!(house.room(&cookie, "/console/columns?show=archived").await.expect(200).body.contains("社区之声"));
        assert!(!house.room(&cookie, "/console/columns").await.expect(200).body.contains("id=\"row-shequ\""));
        let editor = house.person("bianji", CITY, Role::Editor, false).await;
        house.room(&editor, "/console/columns").await.expect(403);
    }
);
