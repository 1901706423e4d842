//! A repost that is only a file: on the portal's page, or straight in its list; and pages of every Chinese character set.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::site::Foreign;
use super::{BODY, NUMBER, TITLE, debt, draft_and_publish, events, form, pass, register, text};
use crate::kit::{House, Setup};

/// A page whose only text is that there is an attachment.
fn announcement(foreign: &Foreign, path: &str, title: &str, link: &str) {
    foreign.article(path, title, &format!("<p>请见附件。</p><p>{link}</p>"));
}

async fn ordered(house: &House, duty: &str) -> String {
    let notice = draft_and_publish(house, duty, TITLE, BODY, NUMBER).await;
    house.order(duty, &notice.edition).await
}

fn found(debt: &Value) -> (&str, &str) {
    (text(debt, "standing"), text(debt, "found_by"))
}

with_foreign!(
    /// The page links a PDF whose words carry the number: found. Withdrawn, it is followed until the link is gone.
    a_file_with_the_number_is_the_repost, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        foreign.list("/zc/1.html", &[("t1.html", "转发一份重要文件的公告"), ("t2.html", "市图书馆新馆对外开放")]);
        announcement(foreign, "/zc/t1.html", "转发一份重要文件的公告", "<a href='/f/P0203.pdf'>附件：国办发［2026］ 12号.pdf</a>");
        announcement(foreign, "/zc/t2.html", "市图书馆新馆对外开放", "<a href='/f/P0204.pdf'>开放时间表.pdf</a>");
        register(house, &duty, form(foreign)).await;
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        pass(house, 12).await;
        let seen = debt(house, &duty, &order).await;
        assert_eq!(found(&seen), ("seen", "file"), "{seen}");
        assert_eq!(text(&seen, "url"), foreign.url("/zc/t1.html"));
        let entry = events(house, &order).await.into_iter().find(|entry| entry.kind == "outside.seen").expect("evidence");
        assert!(entry.body.contains("12号.pdf"), "the evidence says by which link: {}", entry.body);
        let cookie = house.person("files-a", "www", Role::CentralDuty, true).await;
        assert!(house.room(&cookie, &format!("/console/outside/asked/{order}")).await.expect(200).body.contains("附件名称"));
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), json!({ "reason": "内容有误" })).await.expect(200);
        pass(house, 40).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "recalling", "the link is still there");
        announcement(foreign, "/zc/t1.html", "转发一份重要文件的公告", "附件已撤下");
        pass(house, 40).await;
        assert_eq!(text(&debt(house, &duty, &order).await, "standing"), "gone");
    }
);

with_foreign!(
    /// The whole title in the name of the file, percent-encoded in GBK: found.
    a_file_named_by_the_title_is_the_repost, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        let name: String = encoding_rs::GBK.encode(TITLE).0.iter().map(|byte| format!("%{byte:02X}")).collect();
        foreign.list("/zc/1.html", &[("t1.html", "转发一份重要文件的公告")]);
        announcement(foreign, "/zc/t1.html", "转发一份重要文件的公告", &format!("<a href='/f/{name}.pdf'>点击下载</a>"));
        register(house, &duty, form(foreign)).await;
        let order = ordered(house, &duty).await;
        pass(house, 12).await;
        let seen = debt(house, &duty, &order).await;
        assert_eq!(found(&seen), ("seen", "file"), "{seen}");
    }
);

with_foreign!(
    /// Only a similar title, or an interpretation of the notice: a person says, and sees which files the page names.
    a_file_with_a_similar_title_is_in_doubt, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        foreign.list("/zc/1.html", &[("t1.html", "政策解读材料下载")]);
        announcement(foreign, "/zc/t1.html", "政策解读材料下载", &format!("<a href='/f/P1.pdf'>《{TITLE}》解读.pdf</a>"));
        register(house, &duty, form(foreign)).await;
        let order = ordered(house, &duty).await;
        pass(house, 12).await;
        let doubtful = debt(house, &duty, &order).await;
        assert_eq!(found(&doubtful), ("doubtful", "file"), "{doubtful}");
        let cookie = house.person("files-b", "www", Role::CentralDuty, true).await;
        let at = format!("/console/outside/doubtful/{order}/{}", text(&doubtful, "portal_id"));
        assert!(house.room(&cookie, &at).await.expect(200).body.contains(&format!("《{TITLE}》解读.pdf")));
        house.form(&cookie, &format!("{at}/reject"), &[("reason", "这是解读，不是原文")]).await.expect(303);
        foreign.list("/zc/1.html", &[("t2.html", "另一份材料下载页面"), ("t1.html", "政策解读材料下载")]);
        let near = TITLE.replace("汛期", "汛末");
        announcement(foreign, "/zc/t2.html", "另一份材料下载页面", &format!("<a href='/f/P2.pdf'>{near}.pdf</a>"));
        pass(house, 40).await;
        let doubtful = debt(house, &duty, &order).await;
        assert_eq!((found(&doubtful), text(&doubtful, "url")), (("doubtful", "file"), foreign.url("/zc/t2.html").as_str()), "{doubtful}");
    }
);

with_foreign!(
    /// A list that links the file itself: it is there, it is called so, and it is no page that could be read.
    a_list_of_files_is_read, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        foreign.list("/zc/1.html", &[("/f/t1.pdf", TITLE), ("/f/t2.pdf", "市图书馆新馆对外开放公告"), ("/f/t3.pdf", "不在了的文件的标题")]);
        foreign.put("/f/t1.pdf", 200, "application/pdf", b"%PDF-1.4 scanned");
        foreign.put("/f/t2.pdf", 200, "application/octet-stream", b"%PDF-1.4 other");
        let mut said = form(foreign);
        said["link_pattern"] = json!(r"/t\d+\.pdf$");
        let portal = register(house, &duty, said).await;
        let order = ordered(house, &duty).await;
        pass(house, 20).await;
        let seen = debt(house, &duty, &order).await;
        let looked = house.get(&duty, &format!("/api/v1/outside/portals/{portal}")).await.expect(200).json();
        assert_eq!(found(&seen), ("seen", "file"), "{seen} {looked}");
        assert_eq!(text(&seen, "url"), foreign.url("/f/t1.pdf"));
        assert_eq!(text(&seen, "text_hash").len(), 64, "the bytes are bound by their hash");
        assert_eq!(looked["trouble"].as_array().map(Vec::len), Some(1), "only the one that is not there: {looked}");
    }
);

with_foreign!(
    /// GBK, GB18030 with a character that GBK has not, and Big5: each is read, by header, by label or by its bytes.
    pages_of_every_character_set_are_read, house, foreign => {
        let duty = house.token("www", Role::CentralDuty).await;
        // 𠮷 stands in four bytes in GB18030 and nowhere in GBK; Big5 portals write traditional characters.
        let rare = "关于表彰𠮷庆同志先进事迹的通报全文";
        let traditional = "關於加強汛期安全生產工作的公告全文";
        let body = |mark: &str| format!("<p>各有關單位：{mark}。請認真貫徹執行，並及時報告情況，以保障人民生命財產安全。</p>");
        let page = |title: &str, label: &str, body: &str| format!("<html><head>{label}<title>{title}</title></head><body><h1>{title}</h1><div id='text'>{body}</div></body></html>");
        let big5 = encoding_rs::BIG5.encode(&page(traditional, "", &body("公告"))).0.into_owned();
        let wide = page(rare, "<meta http-equiv='Content-Type' content='text/html; charset=gb18030'>", BODY);
        let wide = encoding_rs::GB18030.encode(&wide).0.into_owned();
        foreign.list("/zc/1.html", &[("t1.html", "第一篇表彰通报的链接"), ("t2.html", "第二篇繁体公告的链接")]);
        foreign.put("/zc/t1.html", 200, "text/html", &wide);
        foreign.put("/zc/t2.html", 200, "text/html; charset=Big5", &big5);
        let cookie = house.person("files-c", "www", Role::CentralDuty, true).await;
        let portal = register(house, &duty, form(foreign)).await;
        house.form(&cookie, &format!("/console/outside/{portal}/try"), &[]).await.expect(303);
        pass(house, 2).await;
        let tried = house.room(&cookie, &format!("/console/outside/{portal}")).await.expect(200).body;
        assert!(tried.contains(rare) && tried.contains(traditional), "{tried}");
        // And what is asked for is found in each of them.
        let first = draft_and_publish(house, &duty, rare, BODY, "").await;
        let first = house.order(&duty, &first.edition).await;
        let second = draft_and_publish(house, &duty, traditional, &body("公告"), "").await;
        let second = house.order(&duty, &second.edition).await;
        pass(house, 15).await;
        for (order, path) in [(first, "/zc/t1.html"), (second, "/zc/t2.html")] {
            let seen = debt(house, &duty, &order).await;
            assert_eq!((found(&seen), text(&seen, "url")), (("seen", "title"), foreign.url(path).as_str()), "{seen}");
        }
    }
);
