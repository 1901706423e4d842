//! Portals outside the platform: told by feed, hub and mail, looked at on their own pages, judged by person where in doubt.

mod site;

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use self::site::Foreign;
use crate::kit::{House, Published, Setup};

const TITLE: &str = "国务院办公厅关于做好汛期安全生产工作的通知";
const BODY: &str = "<p>各省、自治区、直辖市人民政府：</p><p>汛期将至，各地区要落实安全生产责任，加强值班值守，及时报送险情。</p>\
    <p>有关部门要对水库、矿山、桥梁进行检查，发现隐患立即整改，整改不到位的不得开工。</p>";
const NUMBER: &str = "国办发〔2026〕12号";

/// The same test on both engines, with a portal outside on loopback that may be visited.
macro_rules! with_foreign {
    ($(#[$doc:meta])* $name:ident, $house:ident, $foreign:ident => $body:block) => {
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn run($house: &House, $foreign: &Foreign) $body

            async fn on(engine: Engine) {
                let Some(house) = House::open_with(engine, Setup::loopback()).await else {
                    eprintln!("left out: no PostgreSQL was started for the tests");
                    return;
                };
                let foreign = Foreign::open().await;
                run(&house, &foreign).await;
                house.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                on(Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                on(Engine::Postgres).await;
            }
        }
    };
}

mod feeds;
mod files;
mod hub;
mod letters;

async fn draft_and_publish(house: &House, token: &str, title: &str, body: &str, number: &str) -> Published {
    let form = json!({ "column": "gwyzc", "title": title, "body_html": body, "source": "国务院办公厅", "header": { "doc_number": number } });
    let draft = house.post(token, "/api/v1/documents", form).await.expect(201).json();
    house.publish_draft(token, draft["id"].as_str().expect("an id")).await
}

fn form(foreign: &Foreign) -> Value {
    json!({ "name": "示例部", "level": "ministry", "home_url": foreign.url("/"), "list_pages": [foreign.url("/zc/{page}.html")],
            "link_pattern": r"/t\d+\.html$", "mail": "web@ministry.example" })
}

async fn register(house: &House, token: &str, form: Value) -> String {
    let made = house.post(token, "/api/v1/outside/portals", form).await.expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

async fn debts(house: &House, token: &str, order: &str) -> Vec<Value> {
    let list = house.get(token, &format!("/api/v1/outside/obligations?order={order}")).await.expect(200).json();
    list["items"].as_array().expect("items").clone()
}

async fn debt(house: &House, token: &str, order: &str) -> Value {
    debts(house, token, order).await.first().cloned().expect("a request")
}

/// Lets minutes pass in small steps, so that whoever waits for a turn gets it.
async fn pass(house: &House, minutes: i64) {
    for _ in 0..minutes * 2 {
        house.clock.advance(30 * base::Timestamp::SECOND);
        house.run_jobs().await;
    }
}

async fn events(house: &House, subject: &str) -> Vec<base::journal::Entry> {
    let tx = house.app.store.reading(house.site("www").tenant).await.expect("a transaction");
    tx.entries_about(subject).await.expect("read")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

with_foreign!(
    /// The whole way: told, found by number among others in GBK, in time; then corrected, then taken back until it is gone.
    a_repost_is_found_corrected_and_gone, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        foreign.list("/zc/1.html", &[("t1.html", "市图书馆新馆对外开放"), ("t2.html", "转发一份重要文件")]);
        foreign.article("/zc/t1.html", "市图书馆新馆对外开放", "<p>读者可以凭身份证借阅图书，开放时间为九点。</p>");
        let portal = register(house, &duty, form(foreign)).await;
        house.post(&duty, "/api/v1/outside/portals", form(foreign)).await.expect(409);
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        let told = debt(house, &duty, &order).await;
        assert_eq!((text(&told, "standing"), text(&told, "mail")), ("told", "no_server"), "the letter waits for a server");
        foreign.article("/zc/t2.html", "转发一份重要文件", &format!("<p>国办发［2026］ 12号</p>{BODY}"));
        pass(house, 12).await;
        let seen = debt(house, &duty, &order).await;
        assert_eq!((text(&seen, "standing"), text(&seen, "found_by"), seen["late"].as_bool()), ("seen", "number", Some(false)), "{seen}");
        assert_eq!((seen["position"].as_i64(), text(&seen, "shown_date")), (Some(2), "2026-03-02 09:30"));
        assert_eq!(text(&seen, "url"), foreign.url("/zc/t2.html"));
        let entry = events(house, &order).await.into_iter().find(|entry| entry.kind == "outside.seen").expect("evidence");
        assert!(entry.body.contains(text(&seen, "text_hash")) && entry.body.contains("t2.html"), "{}", entry.body);
        pass(house, 60).await;
        assert_eq!(foreign.count("/zc/t1.html"), 1, "an article is read once");
        // A newer edition asks for a new look at the page; the old text is not it.
        house.post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
        let corrected = format!("{BODY}<p>本通知自印发之日起施行，以前的规定同时废止，各地不得再行引用。</p>");
        let draft = json!({ "column": "gwyzc", "title": TITLE, "body_html": corrected, "source": "国务院办公厅", "version": 1, "header": { "doc_number": NUMBER } });
        house.write("PUT", &duty, &format!("/api/v1/documents/{}/draft", notice.document), draft).await.expect(200);
        house.publish_draft(&duty, &notice.document).await;
        pass(house, 15).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "told", "still the old text");
        foreign.article("/zc/t2.html", "转发一份重要文件", &format!("<p>{NUMBER}</p>{corrected}"));
        pass(house, 40).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "seen");
        // Taken back: followed until the page says so.
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), json!({ "reason": "内容有误" })).await.expect(200);
        pass(house, 5).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "recalling");
        let feed = feed_rs::parser::parse(house.page("www", "/orders.atom").await.expect(200).body.as_bytes()).expect("a feed");
        assert!(feed.entries.is_empty());
        assert!(house.page("www", "/orders.atom").await.body.contains(&format!("<at:deleted-entry ref=\"urn:uuid:{order}\"")));
        foreign.put("/zc/t2.html", 503, "text/html", b"busy");
        pass(house, 40).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "recalling", "who fails proves nothing");
        foreign.put("/zc/t2.html", 410, "text/html", b"gone");
        pass(house, 40).await;
        let gone = debt(house, &duty, &order).await;
        assert!(text(&gone, "standing") == "gone" && !text(&gone, "gone_at").is_empty(), "{gone}");
        let kinds: Vec<_> = events(house, &order).await.into_iter().map(|entry| entry.kind).collect();
        for kind in ["outside.told", "outside.corrected", "outside.withdrawn", "outside.gone"] {
            assert!(kinds.iter().any(|is| is == kind), "{kind} in {kinds:?}");
        }
        assert!(!events(house, &portal).await.is_empty());
    }
);

with_foreign!(
    /// A copy under another title is in doubt; a person says no to one and yes to the other. What redirects home is not there.
    a_person_decides_what_is_in_doubt, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        let cookie = house.person("judge", "www", Role::CentralDuty, true).await;
        foreign.list("/zc/1.html", &[("t1.html", "汛期安全要抓紧抓实"), ("t3.html", "一篇被撤下的文章")]);
        foreign.article("/zc/t1.html", "汛期安全要抓紧抓实", BODY);
        foreign.put("/zc/t3.html", 302, "text/html", b"/");
        foreign.put("/", 200, "text/html", format!("<h1>{TITLE}</h1>{BODY}").as_bytes());
        register(house, &duty, form(foreign)).await;
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        pass(house, 12).await;
        let doubtful = debt(house, &duty, &order).await;
        assert_eq!((text(&doubtful, "standing"), text(&doubtful, "found_by")), ("doubtful", "text"), "{doubtful}");
        let id = text(&doubtful, "portal_id").to_owned();
        let queue = house.room(&cookie, "/console/outside/doubtful").await.expect(200).body;
        assert!(queue.contains(TITLE) && queue.contains(&format!("/console/outside/doubtful/{order}/{id}")));
        let page = house.room(&cookie, &format!("/console/outside/doubtful/{order}/{id}")).await.expect(200).body;
        assert!(page.contains("汛期安全要抓紧抓实") && page.contains("加强值班值守"));
        let at = format!("/console/outside/doubtful/{order}/{id}");
        assert!(house.form(&cookie, &format!("{at}/reject"), &[("reason", " ")]).await.expect(422).body.contains("原因"));
        house.form(&cookie, &format!("{at}/reject"), &[("reason", "这是解读，不是原文")]).await.expect(303);
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "told");
        house.form(&cookie, &format!("{at}/confirm"), &[]).await.expect(409);
        pass(house, 40).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "told", "what was rejected is not asked again");
        foreign.list("/zc/1.html", &[("t4.html", "防汛工作要点"), ("t1.html", "汛期安全要抓紧抓实")]);
        foreign.article("/zc/t4.html", "防汛工作要点", BODY);
        pass(house, 40).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "doubtful");
        let path = format!("/api/v1/outside/obligations/{order}/{id}/confirm");
        let other = house.token("hubei", Role::Operator).await;
        house.post(&other, &path, json!({})).await.expect(404);
        house.post(&duty, &path, json!({ "reason": "全文一致" })).await.expect(200);
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "confirmed");
        // Nobody touched the console for an hour: the session is over.
        let cookie = house.person("judge-again", "www", Role::CentralDuty, true).await;
        let board = house.room(&cookie, &format!("/console/orders/{order}")).await.expect(200).body;
        assert!(board.contains("平台外网站") && board.contains(&foreign.url("/zc/t4.html")));
        let table = house.room(&cookie, &format!("/console/outside/asked/{order}")).await.expect(200).body;
        assert!(table.contains("人工确认") && table.contains("示例部"));
        let csv = house.room(&cookie, &format!("/console/outside/asked/{order}/export.csv")).await.expect(200);
        assert_eq!(csv.body.lines().count(), 2);
        let xlsx = house.room(&cookie, &format!("/console/outside/asked/{order}/export.xlsx")).await.expect(200);
        assert!(xlsx.header("content-type").contains("spreadsheetml"));
        let stranger = house.person("hubei-op", "hubei", Role::Operator, true).await;
        house.room(&stranger, &format!("/console/outside/asked/{order}")).await.expect(404);
        house.room(&stranger, &at).await.expect(404);
    }
);

with_foreign!(
    /// Never seen: missing at the limit. What comes later is late. Robots rules are kept and said.
    the_limit_passes_and_robots_are_kept, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        foreign.list("/zc/1.html", &[("/secret/t9.html", "不许看的文章在这里")]);
        foreign.article("/secret/t9.html", TITLE, BODY);
        let portal = register(house, &duty, form(foreign)).await;
        let notice = draft_and_publish(house, &duty, TITLE, BODY, "").await;
        let order = house.order(&duty, &notice.edition).await;
        pass(house, 12).await;
        assert_eq!(foreign.count("/secret/t9.html"), 0, "what robots forbid is not read");
        let looked = house.get(&duty, &format!("/api/v1/outside/portals/{portal}")).await.expect(200).json();
        assert!(looked["trouble"][0].as_str().is_some_and(|line| line.starts_with("robots ")), "{looked}");
        house.later(24);
        house.run_jobs().await;
        pass(house, 1).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "missing");
        foreign.list("/zc/1.html", &[("t5.html", TITLE)]);
        foreign.article("/zc/t5.html", TITLE, BODY);
        pass(house, 35).await;
        let late = debt(house, &duty, &order).await;
        assert_eq!((text(&late, "standing"), text(&late, "found_by"), late["late"].as_bool()), ("seen", "title", Some(true)), "{late}");
    }
);

with_foreign!(
    /// The feed is read by a reader; the hub asks whether it was meant, signs what it tells, and stops when asked.
    the_feed_and_the_hub, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        let host = format!("www.localhost:{}", house.port);
        let topic = format!("http://{host}/orders.atom");
        let ask = async |fields: &[(&str, &str)]| {
            house.clock.advance(3 * base::Timestamp::SECOND);
            let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", crate::kit::encoded(value))).collect();
            let kind = [("content-type", "application/x-www-form-urlencoded")];
            house.send("POST", &host, "/websub", &kind, body.join("&")).await
        };
        let callback = foreign.url("/callback");
        let wish = [("hub.mode", "subscribe"), ("hub.topic", topic.as_str()), ("hub.callback", callback.as_str()), ("hub.secret", "s3cret")];
        ask(&[("hub.mode", "subscribe"), ("hub.topic", "http://elsewhere.example/"), ("hub.callback", &callback)]).await.expect(400);
        ask(&[("hub.mode", "listen"), ("hub.topic", &topic), ("hub.callback", &callback)]).await.expect(400);
        ask(&wish).await.expect(202);
        let again = house.send("POST", &host, "/websub", &[("content-type", "application/x-www-form-urlencoded")], format!("hub.callback={}", crate::kit::encoded(&callback))).await;
        assert_eq!(again.status, 429, "a slow pace for wishes too");
        ask(&[("hub.mode", "subscribe"), ("hub.topic", &topic), ("hub.callback", "http://10.0.0.1/callback")]).await.expect(202);
        house.run_jobs().await;
        assert_eq!(foreign.count("/callback"), 1, "asked whether it was meant");
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        let told = foreign.told.lock().expect("told").clone();
        let (body, signature, links) = told.first().expect("told").clone();
        assert_eq!((told.len(), signature), (1, border::outside::hub::signature("s3cret", body.as_bytes())));
        assert!(links.contains("rel=\"hub\"") && links.contains(&topic), "{links}");
        assert_eq!(house.page("www", "/orders.atom").await.expect(200).body, body, "what is told is what stands there");
        let feed = feed_rs::parser::parse(body.as_bytes()).expect("a feed");
        let entry = feed.entries.first().expect("an entry");
        assert_eq!(entry.id, format!("urn:uuid:{order}"));
        assert_eq!(entry.title.as_ref().map(|title| title.content.as_str()), Some(TITLE));
        assert!(entry.content.as_ref().and_then(|content| content.body.as_deref()).is_some_and(|body| body.contains("水库")));
        assert!(body.contains(&format!("<order:number>{NUMBER}</order:number>")) && body.contains("<order:due>"));
        assert!(feed.links.iter().any(|link| link.rel.as_deref() == Some("hub")) && feed.links.iter().any(|link| link.rel.as_deref() == Some("self")));
        let stop = [("hub.mode", "unsubscribe"), ("hub.topic", topic.as_str()), ("hub.callback", callback.as_str())];
        ask(&stop).await.expect(202);
        house.run_jobs().await;
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), json!({ "reason": "内容有误" })).await.expect(200);
        house.run_jobs().await;
        assert_eq!(foreign.told.lock().expect("told").len(), 1, "nobody listens any more");
    }
);

with_foreign!(
    /// The patterns are tried on the live site at a guest's pace; forms come back whole; others ask further portals and excuse.
    the_registry_by_forms, house, foreign => {
        let cookie = house.person("registrar", "www", Role::CentralDuty, true).await;
        let duty = house.token("www", Role::CentralDuty).await;
        foreign.list("/zc/1.html", &[("t1.html", "第一篇文章的标题"), ("t2.html", "第二篇文章的标题")]);
        foreign.article("/zc/t1.html", "第一篇文章的标题", "<p>第一篇文章的正文。</p>");
        let (home, lists) = (foreign.url("/"), foreign.url("/zc/{page}.html"));
        let fields = [("name", "示例委员会"), ("level", "ministry"), ("home_url", home.as_str()), ("list_pages", lists.as_str()), ("link_pattern", r"/t\d+\.html$")];
        let wrong = fields.map(|(name, value)| if name == "link_pattern" { (name, "(坏") } else { (name, value) });
        let again = house.form(&cookie, "/console/outside/new", &wrong).await.expect(422).body;
        assert!(again.contains("示例委员会") && again.contains("(坏") && again.contains("#f-link_pattern"));
        let made = house.form(&cookie, "/console/outside/new", &fields).await.expect(303);
        let at = made.header("location").split('?').next().expect("an address").to_owned();
        let known = house.form(&cookie, "/console/outside/new", &fields).await.expect(409).body;
        assert!(known.contains("该网站已经登记"));
        house.form(&cookie, &format!("{at}/try"), &[]).await.expect(303);
        pass(house, 2).await;
        let page = house.room(&cookie, &at).await.expect(200).body;
        assert!(page.contains("第一篇文章的标题") && page.contains("页面不存在（404）"), "what was read, and what could not be");
        house.form(&cookie, &at, &[("version", "99")]).await.expect(422);
        let stale: Vec<(&str, &str)> = fields.iter().copied().chain([("version", "99")]).collect();
        house.form(&cookie, &at, &stale).await.expect(409);
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        assert!(debts(house, &duty, &order).await.is_empty(), "paused, and only when chosen");
        let id = at.rsplit('/').next().expect("an id").to_owned();
        let asked = format!("/console/outside/asked/{order}");
        house.form(&cookie, &asked, &[("portal", &id)]).await.expect(409);
        house.form(&cookie, &format!("{at}/state"), &[("state", "active")]).await.expect(303);
        house.form(&cookie, &asked, &[("portal", &id)]).await.expect(303);
        house.run_jobs().await;
        assert_eq!(text(&debt(house, &duty, &order).await, "mail"), "no_address");
        house.form(&cookie, &format!("{asked}/excuse"), &[("portal", &id), ("reason", "")]).await.expect(422);
        house.form(&cookie, &format!("{asked}/excuse"), &[("portal", &id), ("reason", "网站改版")]).await.expect(303);
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "ended");
        let other = house.token("hubei", Role::Operator).await;
        house.get(&other, &format!("/api/v1/outside/portals/{id}")).await.expect(404);
        let editor = house.token("www", Role::Editor).await;
        house.post(&editor, "/api/v1/outside/portals", form(foreign)).await.expect(403);
        for word in ["outside", "outside/doubtful"] {
            house.room(&cookie, &format!("/console/{word}")).await.expect(200);
        }
    }
);

/// What is not public is not visited when nobody allowed it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_address_is_refused() {
    let house = House::open(Engine::Sqlite).await.expect("an embedded house");
    let foreign = Foreign::open().await;
    let duty = house.token("www", Role::CentralDuty).await;
    let portal = register(&house, &duty, form(&foreign)).await;
    let notice = draft_and_publish(&house, &duty, TITLE, BODY, NUMBER).await;
    house.order(&duty, &notice.edition).await;
    pass(&house, 12).await;
    let looked = house.get(&duty, &format!("/api/v1/outside/portals/{portal}")).await.expect(200).json();
    assert!(looked["trouble"][0].as_str().is_some_and(|line| line.starts_with("private ")), "{looked}");
    assert!(foreign.asked.lock().expect("asked").is_empty());
    house.close().await;
}
