//! What the link checker finds, told to those who can mend it.

use std::sync::atomic::Ordering;

use super::letters::{CITY, arrived, complete, mailbox, person};
use base::duty::Role;
use base::store::Engine;
use serde_json::json;

use crate::kit::{House, Setup, on_both};
use crate::links::{FOR_SALE, elsewhere, form, look};

/// A day later the checker has looked as often as it needs to be sure, and the hour of the digest is over.
async fn a_day(house: &House) {
    for hours in [25, 2] {
        house.later(hours);
        look(house).await;
    }
    complete(house).await;
}

fn texts(address: &str) -> Vec<String> {
    arrived(address).iter().map(|letter| letter["text"].as_str().expect("text").to_owned()).collect()
}

on_both!(
    /// The editors hear of every finding and who answers for it, the owner of theirs alone; once while it stands, again when
    /// it is another one, not when it is mended, and again when it is back.
    a_finding_is_told_to_its_owner, house with Setup { mail: true, ..Setup::loopback() } => {
        let (Some(editors), Some(owner)) = (mailbox("editors"), mailbox("owner")) else { return };
        person(house, "editor", Role::Editor, &editors).await;
        person(house, "li", Role::TenantAdmin, &owner).await;
        let (there, mood) = elsewhere().await;
        let editor = house.token(CITY, Role::Editor).await;
        house.post(&editor, "/api/v1/links", form("办事", &format!("{there}/moody"))).await.expect(201);
        let mut other = form("出售", &format!("{there}/parked"));
        other["owner"] = json!("外单位");
        house.post(&editor, "/api/v1/links", other).await.expect(201);
        mood.store(404, Ordering::SeqCst);
        a_day(house).await;
        let desk = house.person("editor", CITY, Role::Editor, false).await;
        let seen = house.room(&desk, "/console/").await.expect(200).body;
        assert!(seen.contains("有链接打不开（断链），请处理： 办事 · 负责人 li"), "{seen}");
        assert!(seen.contains("/console/links") && seen.contains("域名已失效"), "{seen}");
        let all = texts(&editors);
        assert_eq!(all.len(), 1, "{all:?}");
        for words in ["办事", "负责人 li", "出售", "负责人 外单位", "/console/links"] {
            assert!(all[0].contains(words), "{words}: {}", all[0]);
        }
        let mine = texts(&owner);
        assert_eq!(mine.len(), 1, "{mine:?}");
        assert!(mine[0].contains("办事") && mine[0].contains("断链") && !mine[0].contains("出售"), "{}", mine[0]);
        a_day(house).await;
        assert_eq!((texts(&owner).len(), texts(&editors).len()), (1, 1), "what stands is told once");
        mood.store(FOR_SALE, Ordering::SeqCst);
        a_day(house).await;
        assert_eq!(texts(&owner).iter().filter(|text| text.contains("域名已失效")).count(), 1, "another fault is told");
        mood.store(200, Ordering::SeqCst);
        a_day(house).await;
        assert_eq!((texts(&owner).len(), texts(&editors).len()), (2, 2), "what is mended is not told");
        mood.store(404, Ordering::SeqCst);
        a_day(house).await;
        assert_eq!(texts(&owner).iter().filter(|text| text.contains("断链")).count(), 2, "it is back");
    }
);
