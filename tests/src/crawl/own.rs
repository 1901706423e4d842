//! What is found beside what the portal has: its own drafts and documents, adopted ones and mirrors are recognised; and a newer
//! text that is taken brings its files.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::site::Site;
use super::{CITY, document, form, items, run_now, source};
use crate::kit::{House, on_both};

/// Long enough that one changed word leaves it nearly the same.
fn body(of: &str) -> String {
    (1..30)
        .map(|nth| {
            format!("{of}第{nth}项：由第{}处会同有关单位于{}月底前办结，并报告情况。", nth * 7 % 23, nth % 12 + 1)
        })
        .collect()
}

fn page(title: &str, body: &str) -> String {
    format!("<title>{title}_示例部</title><h1>{title}</h1><div id=zoom><p>{body}</p></div>")
}

async fn write(house: &House, token: &str, title: &str, body: &str, source_url: &str) -> String {
    let form = json!({ "column": "yaowen", "title": title, "body_html": format!("<p>{body}</p>"), "source": "本站", "source_url": source_url });
    let draft = house.post(token, "/api/v1/documents", form).await.expect(201).json();
    draft["id"].as_str().expect("an id").to_owned()
}

fn of<'a>(all: &'a [Value], site: &Site, path: &str) -> &'a Value {
    all.iter().find(|item| item["url"] == site.at(path).as_str()).unwrap_or_else(|| panic!("no {path} in {all:?}"))
}

on_both!(
    /// A draft, a published document, one that is old, and a mirror of the centre's: each is here already, and the list says
    /// where. What was taken back, and what only sounds alike, lands.
    what_the_portal_has_is_recognised, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let admin = house.token(CITY, Role::TenantAdmin).await;
        let old = write(house, &editor, "多年以前的文章", &body("旧事"), "").await;
        house.publish_draft(&admin, &old).await;
        house.later(24 * 40);
        let draft = write(house, &editor, "还是草稿的文章", &body("草稿"), "").await;
        let live = write(house, &editor, "已经发布的文章", &body("发布"), "").await;
        house.publish_draft(&admin, &live).await;
        let noted = write(house, &editor, "注明出处的文章", &body("出处"), &site.at("/own/noted.html?utm_source=x")).await;
        let back = write(house, &editor, "已经撤回的文章", &body("撤回"), "").await;
        house.publish_draft(&admin, &back).await;
        house.post(&admin, &format!("/api/v1/documents/{back}/withdraw"), json!({ "reason": "内容有误" })).await.expect(200);
        // The centre orders, and this portal places the mirror.
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = json!({ "column": "gwyzc", "title": "中央的通知", "body_html": format!("<p>{}</p>", body("通知")), "source": "国务院办公厅" });
        let notice = house.post(&duty, "/api/v1/documents", notice).await.expect(201).json();
        let notice = house.publish_draft(&duty, notice["id"].as_str().expect("an id")).await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        house.post(&editor, &format!("/api/v1/obligations/{order}/place"), json!({ "column": "yaowen" })).await.expect(200);

        let pages = [
            ("/own/old.html", page("多年以前的文章", &body("旧事"))),
            ("/own/draft.html", page("还是草稿的文章", &body("草稿"))),
            ("/own/live.html", page("换了标题的文章", &body("发布").replace("第3项", "第三项"))),
            ("/own/noted.html", page("出处", "正文完全不同，但这就是那篇文章的出处。")),
            ("/own/mirror.html", page("中央的通知", &body("通知"))),
            ("/own/back.html", page("已经撤回的文章", &body("撤回"))),
            ("/own/fresh.html", page("已经发布的文章", &body("另一回事"))),
        ];
        let links: String = pages.iter().map(|(path, _)| format!("<li><a href='{path}'>{path}</a></li>")).collect();
        site.put("/own/", format!("<ul>{links}</ul>"));
        for (path, html) in pages {
            site.put(path, html);
        }
        let mut said = form(&site, "pages", "/own/");
        said["rules"] = json!({ "links": "li a", "title": "h1", "body": "#zoom" });
        let id = source(house, &editor, said).await;
        house.run_jobs().await;
        let twins = items(house, &editor, &id, "duplicate").await;
        for (path, why, same_as) in [
            ("/own/old.html", "own_text", &old),
            ("/own/draft.html", "own_text", &draft),
            ("/own/live.html", "own_near", &live),
            ("/own/noted.html", "own_address", &noted),
            ("/own/mirror.html", "mirror_text", &notice.document),
        ] {
            let twin = of(&twins, &site, path);
            assert!(twin["reason"].as_str().is_some_and(|reason| reason.starts_with(why)), "{path}: {twin}");
            assert_eq!(twin["same_as"].as_str(), Some(same_as.as_str()), "{path}");
        }
        let landed = items(house, &editor, &id, "landed").await;
        assert_eq!((twins.len(), landed.len()), (5, 2), "{landed:?}");
        of(&landed, &site, "/own/back.html");
        of(&landed, &site, "/own/fresh.html");
        // The page of the source says it in words and leads there.
        let cookie = house.person("reviewer-own", CITY, Role::Reviewer, false).await;
        let shown = house.room(&cookie, &format!("/console/crawl/{id}?show=duplicate")).await.expect(200).body;
        for word in ["与本站已有稿件正文相同", "与本站已有稿件高度相似", "本站已有同一来源地址的稿件", "与本站已转载的稿件正文相同", "中央的通知"] {
            assert!(shown.contains(word), "{word}: {shown}");
        }
        assert!(shown.contains(&format!("/console/documents/{draft}")));
        let seat = { let tx = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
            let id = content::DocumentId(notice.document.parse().expect("an id"));
            content::placement::by_document(&tx, id).await.expect("read").expect("a mirror").address };
        assert!(shown.contains(&format!("http://wuhan-hubei.localhost:{}{seat}", house.port)), "a mirror is shown where it stands");
        // A draft that says something else by now is not what it was.
        let changed = json!({ "column": "yaowen", "title": "全部改写", "body_html": "<p>写的是别的事情。</p>", "source": "本站", "version": 1 });
        house.write("PUT", &editor, &format!("/api/v1/documents/{draft}/draft"), changed).await.expect(200);
        let mut again = form(&site, "pages", "/own/");
        again["rules"] = json!({ "links": "li a[href='/own/draft.html']", "title": "h1", "body": "#zoom" });
        let second = source(house, &editor, again).await;
        house.run_jobs().await;
        assert_eq!(items(house, &editor, &second, "landed").await.len(), 1, "{:?}", items(house, &editor, &second, "").await);
        // Another portal has none of this.
        let other = house.token("guangdong", Role::Editor).await;
        let mut theirs = form(&site, "pages", "/own/");
        theirs["rules"] = json!({ "links": "li a[href='/own/live.html']", "title": "h1", "body": "#zoom" });
        let theirs = source(house, &other, theirs).await;
        house.run_jobs().await;
        assert_eq!(items(house, &other, &theirs, "landed").await.len(), 1);
    }
);

fn illustrated(number: &str, picture: &str, file: &str) -> String {
    format!(
        "<title>汛情</title><h1>汛情通报</h1><div id=zoom><p>全区{number}人参加值守，各街道按照预案落实责任，情况总体平稳。</p>\
         <p><img src='{picture}' alt='水位图'></p></div><div class=fj><a href='{file}'>附件：值守表</a></div>"
    )
}

on_both!(
    /// A changed text that is taken brings its pictures and attachments; those of the text before go, and what a person attached
    /// stays where the body can still name it.
    a_taken_text_brings_its_files, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let admin = house.token(CITY, Role::TenantAdmin).await;
        let picture = |mark: u8| [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[mark; 40]].concat();
        site.bytes("/img/one.png", "image/png", picture(1));
        site.bytes("/img/two.png", "image/png", picture(2));
        site.bytes("/img/three.png", "image/png", picture(3));
        site.bytes("/f/one.txt", "text/plain", "第一张值守表".as_bytes().to_vec());
        site.bytes("/f/two.txt", "text/plain", "第二张值守表".as_bytes().to_vec());
        site.put("/flood/", "<ul><li><a href='1.html'>汛情通报</a></li></ul>");
        site.put("/flood/1.html", illustrated("二百余", "/img/one.png", "/f/one.txt"));
        let mut said = form(&site, "pages", "/flood/");
        said["rules"] = json!({ "links": "li a", "title": "h1", "body": "#zoom", "attachments": ".fj" });
        let id = source(house, &admin, said).await;
        house.run_jobs().await;
        let item = items(house, &admin, &id, "landed").await[0].clone();
        let document_id = item["document_id"].as_str().expect("an id").to_owned();
        // A person adds a file of their own, publishes, and the source says something else.
        let bearer = format!("Bearer {admin}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/octet-stream")];
        let upload = format!("/api/v1/documents/{document_id}/attachments?name=own.txt");
        house.send("POST", "localhost", &upload, &headers, "本站的说明").await.expect(201);
        house.publish_draft(&admin, &document_id).await;
        site.put("/flood/1.html", illustrated("三百余", "/img/two.png", "/f/two.txt"));
        house.later(13);
        house.run_jobs().await;
        let changed = items(house, &admin, &id, "changed").await[0].clone();
        let cookie = house.person("flood", CITY, Role::TenantAdmin, false).await;
        let at = format!("/console/crawl/{id}/items/{}", changed["key"].as_str().expect("a key"));
        let compared = house.room(&cookie, &at).await.expect(200).body;
        assert!(compared.contains("two.png") && compared.contains("附件：值守表.txt"), "what comes with it is shown: {compared}");
        house.form(&cookie, &at, &[("settle", "take")]).await.expect(303);
        let draft = document(house, &admin, &item).await["draft"].clone();
        let files = |draft: &Value| -> Vec<(i64, String)> {
            let all = draft["attachments"].as_array().expect("files").iter();
            all.map(|file| (file["position"].as_i64().expect("a place"), file["name"].as_str().expect("a name").to_owned())).collect()
        };
        let names: Vec<String> = files(&draft).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["own.txt", "two.png", "附件：值守表.txt"], "{draft}");
        let (place, _) = files(&draft).into_iter().find(|(_, name)| name == "two.png").expect("the picture");
        let body = draft["body_html"].as_str().expect("a body");
        assert!(body.contains("三百余") && body.contains(&format!("src=\"files/{place}-two.png\"")), "{body}");
        // Published, the picture is there and is the new one.
        let published = house.publish_draft(&admin, &document_id).await;
        let shown = format!("{}/{place}-two.png", published.address.trim_end_matches(".html"));
        assert!(house.page(CITY, &published.address).await.expect(200).body.contains(&format!("src=\"{shown}\"")));
        assert_eq!(house.page(CITY, &shown).await.expect(200).header("content-type"), "image/png");
        // And once more: what came with the text before is replaced, not piled up. A file that cannot be had is said.
        site.put("/flood/1.html", illustrated("四百余", "/img/three.png", "/f/none.txt"));
        house.later(13);
        house.run_jobs().await;
        let changed = items(house, &admin, &id, "changed").await[0].clone();
        assert!(changed["reason"].as_str().is_some_and(|reason| reason.starts_with("files_missed")), "{changed}");
        let cookie = house.person("flood-again", CITY, Role::TenantAdmin, false).await;
        house.form(&cookie, &at, &[("settle", "take")]).await.expect(303);
        let draft = document(house, &admin, &item).await["draft"].clone();
        let names: Vec<String> = files(&draft).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["own.txt", "three.png"], "{draft}");
        run_now(house, &admin, &id).await;
        assert!(items(house, &admin, &id, "changed").await.is_empty(), "what was settled is settled");
    }
);
