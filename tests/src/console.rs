//! The console as people use it: signing in, forms that come back whole, the board, both languages.

use std::collections::BTreeSet;

use base::duty::Role;
use base::store::Engine;

use crate::kit::{House, PASSWORD, on_both};

on_both!(
    /// Five failures lock, time opens; a session that is idle ends; signing out ends it at once.
    signing_in, house => {
        let cookie = house.person("duty", "www", Role::CentralDuty, true).await;
        house.room(&cookie, "/console/").await.expect(200);
        house.clock.advance(31 * base::Timestamp::MINUTE);
        house.room(&cookie, "/console/").await.expect(303);
        for _ in 0..4 {
            house.form("", "/console/sign-in", &[("login", "duty"), ("password", "wrong")]).await.expect(422);
        }
        house.form("", "/console/sign-in", &[("login", "duty"), ("password", "wrong")]).await.expect(429);
        house.form("", "/console/sign-in", &[("login", "duty"), ("password", PASSWORD)]).await.expect(429);
        house.clock.advance(16 * base::Timestamp::MINUTE);
        let entered = house.form("", "/console/sign-in", &[("login", "duty"), ("password", PASSWORD), ("next", "https://evil.example/")]).await.expect(303);
        assert_eq!(entered.header("location"), "/console/");
        let set = entered.header("set-cookie");
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"));
        let cookie = set.split(';').next().expect("a cookie").to_owned();
        house.form(&cookie, "/console/sign-out", &[]).await.expect(303);
        house.room(&cookie, "/console/").await.expect(303);
        let unknown = house.form("", "/console/sign-in", &[("login", "nobody"), ("password", "x")]).await.expect(422);
        assert!(unknown.body.contains("value=\"nobody\""), "the login comes back");
    }
);

on_both!(
    /// Another site cannot post in somebody's name.
    forged_posts_are_refused, house => {
        let cookie = house.person("admin", "wuhan-hubei", Role::TenantAdmin, false).await;
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let headers = [("cookie", cookie.as_str()), ("content-type", "application/x-www-form-urlencoded"), (name, value)];
            let answer = house.send("POST", "www.localhost", "/console/documents/new", &headers, "title=x").await;
            assert_eq!(answer.status, 403, "{name}");
        }
    }
);

on_both!(
    /// Write, save, fail with everything kept, publish, correct, withdraw: by forms alone, without scripts.
    a_document_by_forms, house => {
        let cookie = house.person("admin", "wuhan-hubei", Role::TenantAdmin, false).await;
        let long = "长".repeat(301);
        let again = house.form(&cookie, "/console/documents/new", &[("title", &long), ("body_html", "<p>写好的正文</p>"), ("column", "yaowen")]).await.expect(422);
        assert!(again.body.contains(&long) && again.body.contains("写好的正文"), "what was typed comes back");
        let made = house.form(&cookie, "/console/documents/new", &[("title", "江滩开放"), ("body_html", "<p>正文</p>"), ("column", "yaowen"), ("source", "")]).await.expect(303);
        let at = made.header("location").split('?').next().expect("an address").to_owned();
        let blocked = house.form(&cookie, &at, &[("version", "1"), ("act", "publish"), ("title", "江滩开放"), ("body_html", "<p>正文</p>"), ("column", "yaowen"), ("source", "")]).await.expect(422);
        assert!(blocked.body.contains("还不能发布") && blocked.body.contains("来源"));
        let fields = [("version", "1"), ("act", "publish"), ("title", "江滩开放"), ("body_html", "<p>正文</p>"), ("column", "yaowen"), ("source", "武汉市政府")];
        house.form(&cookie, &at, &fields).await.expect(303);
        assert!(house.page("wuhan-hubei", "/yaowen/").await.body.contains("江滩开放"));
        house.form(&cookie, &format!("{at}/edition"), &[]).await.expect(303);
        let stale = house.form(&cookie, &at, &[("version", "7"), ("title", "我的修改"), ("body_html", "<p>我的</p>"), ("column", "yaowen"), ("source", "武汉市政府")]).await.expect(409);
        assert!(stale.body.contains("我的修改") && stale.body.contains("江滩开放"), "both sides are shown");
        house.form(&cookie, &format!("{at}/withdraw"), &[("kind", "notice"), ("reason", "")]).await.expect(422);
        house.form(&cookie, &format!("{at}/withdraw"), &[("kind", "notice"), ("reason", "活动取消")]).await.expect(303);
        assert!(!house.page("wuhan-hubei", "/yaowen/").await.body.contains("江滩开放"));
    }
);

on_both!(
    /// A column is renamed and given a place; mandatory labels and the policy column's place stay.
    a_column_by_a_form, house => {
        let cookie = house.person("admin", "wuhan-hubei", Role::TenantAdmin, false).await;
        let list = house.room(&cookie, "/console/columns").await.expect(200);
        assert!(list.body.contains("href=\"/console/columns/yaowen?tenant=wuhan-hubei\""));
        let fields = [("column_name", "江城通知"), ("description", "武汉的\u{202e}通知公告"), ("keywords", "通知,公告"), ("home", "none")];
        house.form(&cookie, "/console/columns/tzgg", &fields).await.expect(303);
        let page = house.page("wuhan-hubei", "/tzgg/").await.expect(200).body;
        assert!(page.contains("江城通知") && page.contains("武汉的通知公告"));
        for (field, value) in [("column_name", ""), ("description", " "), ("keywords", ""), ("home", "policy"), ("home", "roof")] {
            let wrong = fields.map(|(name, was)| if name == field { (name, value) } else { (name, was) });
            let again = house.form(&cookie, "/console/columns/tzgg", &wrong).await.expect(422);
            assert!(again.body.contains(&format!("#f-{field}")) && again.body.contains("通知"), "{field} {value}");
        }
        let hidden = [("column_name", "政策"), ("description", "政策"), ("keywords", "政策"), ("home", "none")];
        assert!(house.form(&cookie, "/console/columns/gwyzc", &hidden).await.expect(422).body.contains("政策栏目的位置不可更改"));
        house.form(&cookie, "/console/columns/nowhere", &fields).await.expect(404);
        let editor = house.person("editor", "wuhan-hubei", Role::Editor, false).await;
        house.form(&editor, "/console/columns/tzgg", &fields).await.expect(403);
    }
);

on_both!(
    /// Preview counts audience and gaps before anything is sent; the board follows; exports open in office programs.
    an_order_by_forms, house => {
        let cookie = house.person("duty", "www", Role::CentralDuty, true).await;
        let token = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&token, "gwyzc", "关于表单的通知").await;
        let fields = [("edition", notice.edition.as_str()), ("kind", "mandatory"), ("levels", "city"), ("levels", "county"), ("deadline_hours", "24"), ("reason", "请转载")];
        let seen = house.form(&cookie, "/console/orders/new", &fields).await.expect(200);
        assert!(seen.body.contains("id=\"audience-count\">5<"), "five cities and counties");
        let loose = [("edition", notice.edition.as_str()), ("kind", "mandatory"), ("deadline_hours", "99"), ("reason", "保留我")];
        assert!(house.form(&cookie, "/console/orders/new", &loose).await.expect(422).body.contains("保留我"));
        let sent = house.form(&cookie, "/console/orders", &fields).await.expect(303);
        let board = sent.header("location").split('?').next().expect("an address").to_owned();
        assert!(house.room(&cookie, sent.header("location")).await.expect(200).body.contains("转载令已发出"), "the board says what was done");
        house.run_jobs().await;
        let page = house.room(&cookie, &format!("{board}?below=hubei")).await.expect(200);
        assert!(page.body.contains("武汉市") && !page.body.contains("广州市"), "drilled down into Hubei");
        let csv = house.room(&cookie, &format!("{board}/export.csv")).await.expect(200);
        assert_eq!(csv.body.lines().count(), 6);
        let xlsx = house.room(&cookie, &format!("{board}/export.xlsx")).await.expect(200);
        assert!(xlsx.header("content-type").contains("spreadsheetml"));
        let middle = house.person("hubei", "hubei", Role::Operator, true).await;
        let theirs = house.room(&middle, &board).await.expect(200);
        assert!(theirs.body.contains("武汉市") && !theirs.body.contains("关于表单的通知"), "counts of the own subtree, not the order's title");
    }
);

on_both!(
    /// Who watches a board sees commits as they come, for as long as the session lasts and no longer.
    a_live_board_ends_with_its_session, house => {
        let cookie = house.person("duty", "www", Role::CentralDuty, true).await;
        let token = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&token, "gwyzc", "关于直播的通知").await;
        let order = house.order(&token, &notice.edition).await;
        let mut stream = house.stream(&cookie, &format!("/console/orders/{order}/events")).await;
        let first = stream.chunk().await.expect("read").expect("an event");
        assert!(String::from_utf8_lossy(&first).contains("event: counts"));
        // Watching is no sign of life.
        house.clock.advance(29 * base::Timestamp::MINUTE);
        house.run_jobs().await;
        let second = stream.chunk().await.expect("read").expect("another event");
        assert!(String::from_utf8_lossy(&second).contains("\"live_unverified\":0"), "{second:?}");
        house.clock.advance(2 * base::Timestamp::MINUTE);
        house.publish(&token, "gwyzc", "关于别的事的通知").await;
        while stream.chunk().await.expect("read").is_some() {}
        house.room(&cookie, "/console/").await.expect(303);
    }
);

on_both!(
    /// A portal is brought on board by a form, and answers at once.
    a_portal_by_a_form, house => {
        let cookie = house.person("hubei", "hubei", Role::Operator, true).await;
        let taken = [("short_name", "硚口区"), ("slug", "jiangan-wuhan-hubei"), ("parent", "wuhan-hubei"), ("blueprint", "county"), ("site_code", "x")];
        let again = house.form(&cookie, "/console/tenants/new", &taken).await;
        assert!(matches!(again.status, 409 | 422) && again.body.contains("硚口区"));
        let good = [("short_name", "硚口区"), ("slug", "qiaokou-wuhan-hubei"), ("parent", "wuhan-hubei"), ("blueprint", "county"), ("division_code", "420104")];
        house.form(&cookie, "/console/tenants/new", &good).await.expect(303);
        assert!(house.page("qiaokou-wuhan-hubei", "/").await.expect(200).body.contains("硚口区人民政府"));
        let outside = [("short_name", "x"), ("slug", "x-guangdong"), ("parent", "guangdong"), ("blueprint", "city")];
        house.form(&cookie, "/console/tenants/new", &outside).await.expect(422);
    }
);

/// Every catalogue has the same keys, every template asks only for words that exist, and every word is asked for in the
/// reader's language.
#[test]
fn catalogues_have_the_same_keys() {
    for theme in ["base", "console"] {
        let templates = web::render::Templates::load(None).expect("themes");
        let keys = |locale: &str| -> BTreeSet<String> {
            let words = templates.texts(theme, locale).expect("a catalogue");
            assert!(words.values().all(|text| !text.trim().is_empty()), "{theme} {locale}: an empty word");
            words.keys().cloned().collect()
        };
        let (zh, en) = (keys("zh-Hans"), keys("en"));
        assert_eq!(zh, en, "{theme}");
        for path in crate::kit::files(&format!("themes/{theme}/templates"), "html") {
            let text = std::fs::read_to_string(&path).expect("a template");
            for (at, _) in text.match_indices("t.") {
                let before = text[..at].chars().next_back().unwrap_or(' ');
                let key: String = text[at + 2..]
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
                    .collect();
                if !before.is_alphanumeric() && before != '_' && before != '.' && before != '-' && !key.is_empty() {
                    assert!(zh.contains(&key), "{}: t.{key}", path.display());
                }
            }
        }
    }
}

on_both!(
    /// The reader's language: the browser's first, then the one that was chosen.
    two_languages, house => {
        let cookie = house.person("duty", "www", Role::CentralDuty, true).await;
        assert!(house.room(&cookie, "/console/orders").await.body.contains("转载令"));
        let chosen = house.form(&cookie, "/console/language", &[("lang", "en"), ("back", "/console/orders")]).await.expect(303);
        let both = format!("{cookie}; {}", chosen.header("set-cookie").split(';').next().expect("a cookie"));
        let page = house.room(&both, "/console/orders").await.expect(200);
        assert!(page.body.contains("Issue an order") && page.body.contains("lang=\"en\""));
        assert_eq!(house.form(&cookie, "/console/language", &[("lang", "en"), ("back", "//evil.example")]).await.header("location"), "/console/");
    }
);
