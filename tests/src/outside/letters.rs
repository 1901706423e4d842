//! Letters to portals outside, through the SMTP server of the tests: what is asked, corrected and taken back, once each.

use base::duty::Role;
use base::store::Engine;
use serde_json::{Value, json};

use super::site::Foreign;
use super::{BODY, NUMBER, TITLE, debt, debts, draft_and_publish, form, pass, register, text};
use crate::delivery::letters::{arrived, mailbox, open};
use crate::kit::{House, Setup, on_both};

fn with_mail() -> Setup {
    Setup { mail: true, ..Setup::loopback() }
}

fn subject(letter: &Value) -> &str {
    letter["headers"]["subject"].as_str().unwrap_or_default()
}

on_both!(
    /// Asked, corrected and taken back: three letters with names of their own, none of them twice, and the row says so.
    an_outside_portal_gets_its_letters, house with with_mail() => {
        let Some(mail) = mailbox("ministry") else { return };
        let foreign = Foreign::open().await;
        let duty = house.token("www", Role::CentralDuty).await;
        let mut said = form(&foreign);
        said["mail"] = json!(mail);
        register(house, &duty, said).await;
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        let letters = arrived(&mail);
        assert_eq!(letters.len(), 1, "{letters:?}");
        let words = letters[0]["text"].as_str().expect("a text");
        assert!(subject(&letters[0]).contains("转载要求") && subject(&letters[0]).contains(TITLE), "{}", letters[0]);
        let host = format!("http://www.localhost:{}", house.port);
        for part in [TITLE, NUMBER, "2026-03-03 08:00", &format!("{host}{}", notice.address), &format!("{host}/orders.atom")] {
            assert!(words.contains(part), "{part}: {words}");
        }
        let told = debt(house, &duty, &order).await;
        assert_eq!(text(&told, "mail"), "sent", "{told}");
        pass(house, 40).await;
        assert_eq!(arrived(&mail).len(), 1, "a letter that left does not leave again");
        // A correction is another letter.
        house.post(&duty, &format!("/api/v1/documents/{}/editions", notice.document), json!({})).await.expect(201);
        let corrected = format!("{BODY}<p>本通知自印发之日起施行。</p>");
        let draft = json!({ "column": "gwyzc", "title": TITLE, "body_html": corrected, "source": "国务院办公厅", "version": 1, "header": { "doc_number": NUMBER } });
        house.write("PUT", &duty, &format!("/api/v1/documents/{}/draft", notice.document), draft).await.expect(200);
        house.publish_draft(&duty, &notice.document).await;
        house.run_jobs().await;
        house.post(&duty, &format!("/api/v1/documents/{}/withdraw", notice.document), json!({ "reason": "内容有误" })).await.expect(200);
        house.run_jobs().await;
        pass(house, 5).await;
        let letters = arrived(&mail);
        for word in ["转载要求", "更正通知", "撤稿通知"] {
            assert_eq!(letters.iter().filter(|letter| subject(letter).contains(word)).count(), 1, "{word}: {letters:?}");
        }
        let mut names: Vec<&str> = letters.iter().filter_map(|letter| letter["headers"]["message-id"].as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!((letters.len(), names.len()), (3, 3), "each has a name of its own");
    }
);

on_both!(
    /// A server that is busy is asked again and the letter keeps its name; an address that is refused is shown; who gave none is
    /// told by the feed alone.
    a_letter_that_does_not_leave_is_shown, house with with_mail() => {
        let (Some(busy), Some(refused)) = (mailbox("busy"), mailbox("refuse")) else { return };
        let foreign = Foreign::open().await;
        let duty = house.token("www", Role::CentralDuty).await;
        let Some(well) = mailbox("well") else { return };
        let portals = [("忙碌部", busy.as_str(), "/a/"), ("拒收部", refused.as_str(), "/b/"), ("无址部", "", "/c/"), ("示例部", well.as_str(), "/d/")];
        for (name, mail, home) in portals {
            house.clock.advance(base::Timestamp::SECOND);
            let mut said = form(&foreign);
            (said["name"], said["mail"], said["home_url"]) = (json!(name), json!(mail), json!(foreign.url(home)));
            register(house, &duty, said).await;
        }
        let notice = draft_and_publish(house, &duty, TITLE, BODY, NUMBER).await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        assert!(arrived(&busy).is_empty() && arrived(&refused).is_empty());
        assert_eq!(arrived(&well).len(), 1, "one busy mailbox holds up nobody");
        open(&busy);
        pass(house, 65).await;
        let letters = arrived(&busy);
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(arrived(&refused).is_empty() && arrived(&well).len() == 1);
        let all = debts(house, &duty, &order).await;
        let mut mails: Vec<&str> = all.iter().map(|debt| text(debt, "mail")).collect();
        mails.sort_unstable();
        assert_eq!(mails.iter().filter(|mail| **mail == "sent").count(), 2, "{mails:?}");
        assert_eq!(mails.iter().filter(|mail| **mail == "no_address").count(), 1, "{mails:?}");
        assert!(mails.iter().any(|mail| !matches!(*mail, "sent" | "no_address" | "waiting" | "no_server")), "{mails:?}");
        let cookie = house.person("mail-duty", "www", Role::CentralDuty, true).await;
        let table = house.room(&cookie, &format!("/console/outside/asked/{order}")).await.expect(200).body;
        assert!(table.contains("无址部") && table.contains("拒收部"), "{table}");
    }
);
