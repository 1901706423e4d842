//! Recommended orders: detached, diverged, compared, attached again; rehearsals.

use base::duty::Role;
use base::store::Engine;
use serde_json::json;

use crate::kit::{House, Published, entry, on_both};

const CITY: &str = "wuhan-hubei";

/// A recommended order of the province's that the city took up.
async fn recommended(house: &House) -> (String, String, Published, String) {
    let province = house.token("hubei", Role::CentralDuty).await;
    let city = house.token(CITY, Role::TenantAdmin).await;
    let told = house.publish(&province, "yaowen", "关于开展安全生产月活动的通知").await;
    let form = json!({ "edition_id": told.edition, "kind": "recommended", "audience": { "subtree": "hubei", "levels": ["city"] } });
    let order = house.post(&province, "/api/v1/orders", form).await.expect(201).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    house.post(&city, &format!("/api/v1/obligations/{order}/place"), json!({ "column": "yaowen" })).await.expect(200);
    house.run_jobs().await;
    (province, city, told, order)
}

async fn detach(house: &House, city: &str, told: &Published) -> String {
    let path = format!("/api/v1/placements/{}/detach", told.document);
    let begun = house.post(city, &path, json!({ "reason": "补充本市安排" })).await.expect(201).json();
    begun["own_document_id"].as_str().expect("an id").to_owned()
}

/// Writes the next edition of a document and publishes it.
async fn correct(house: &House, token: &str, document: &str, title: &str, body: &str) {
    let draft =
        house.post(token, &format!("/api/v1/documents/{document}/editions"), json!({})).await.expect(201).json();
    rewrite(house, token, document, &draft["version"], title, body).await;
}

async fn rewrite(house: &House, token: &str, document: &str, version: &serde_json::Value, title: &str, body: &str) {
    let form =
        json!({ "version": version, "column": "yaowen", "title": title, "body_html": body, "source": "国务院办公厅" });
    house.write("PUT", token, &format!("/api/v1/documents/{document}/draft"), form).await.expect(200);
    house.publish_draft(token, document).await;
}

on_both!(
    /// The mirror stays until the own text is published; then its address leads there. The origin's next edition is a
    /// difference to look at; following again brings the mirror back in the newest edition.
    detached_diverged_compared_attached, house => {
        let (province, city, told, order) = recommended(house).await;
        let own = detach(house, &city, &told).await;
        let again = house.post(&city, &format!("/api/v1/placements/{}/detach", told.document), json!({ "reason": "x" })).await;
        again.expect(409);
        house.page(CITY, &told.address).await.expect(200);
        rewrite(house, &city, &own, &json!(1), "本市安全生产月活动安排", "<p>关于开展安全生产月活动的通知的正文。</p><p>本市六月启动。</p>").await;
        let moved = house.page(CITY, &told.address).await.expect(301);
        let to = moved.header("location").to_owned();
        assert!(to.starts_with(&format!("http://{CITY}.localhost")), "{to}");
        let path = to.split_once(&format!(":{}", house.port)).map(|(_, path)| path.to_owned()).expect("a path");
        let page = house.page(CITY, &path).await.expect(200);
        assert!(page.body.contains("本市六月启动") && page.body.contains("湖北"), "credits the origin");
        assert_eq!(house.standing(CITY, &order).await["standing"].as_str(), Some("ended"));

        correct(house, &province, &told.document, "关于开展安全生产月活动的通知（修订）", "<p>修订后的正文。</p>").await;
        let compared = house.get(&city, &format!("/api/v1/detachments/{}", told.document)).await.expect(200).json();
        assert_eq!((compared["standing"].as_str(), compared["diverged"].as_bool()), (Some("detached"), Some(true)));
        let of = |kind: &str, part: &str| -> String {
            let pieces = compared[part].as_array().expect("pieces").iter();
            pieces.filter(|piece| piece["kind"].as_str() == Some(kind)).filter_map(|piece| piece["text"].as_str()).collect()
        };
        assert!(of("new", "title").contains("修订") && of("gone", "body").contains("六月"), "{compared}");
        assert!(!house.page(CITY, &path).await.body.contains("修订后"), "the own text is the own text");
        let cookie = house.person("city", CITY, Role::TenantAdmin, false).await;
        let list = house.room(&cookie, "/console/detachments").await.expect(200);
        assert!(list.body.contains("来源已更新"));
        let one = house.room(&cookie, &format!("/console/detachments/{}", told.document)).await.expect(200);
        assert!(one.body.contains("<ins>") && one.body.contains("<del>"));

        house.form(&cookie, &format!("/console/detachments/{}/attach", told.document), &[]).await.expect(303);
        assert!(house.page(CITY, &told.address).await.expect(200).body.contains("修订后的正文"));
        let back = house.page(CITY, &path).await.expect(301);
        assert!(back.header("location").ends_with(&told.address), "{}", back.header("location"));
        // And once more: the record is one, its history is in the chain.
        detach(house, &city, &told).await;
    }
);

on_both!(
    /// What is mandatory stays a mirror; what was taken back is not followed again.
    refusals, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let city = house.token(CITY, Role::TenantAdmin).await;
        let notice = house.publish(&duty, "gwyzc", "关于防汛的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.post(&city, &format!("/api/v1/obligations/{order}/place"), json!({ "column": "gwyzc" })).await;
        let path = format!("/api/v1/placements/{}/detach", notice.document);
        let refused = house.post(&city, &path, json!({ "reason": "x" })).await.expect(409).json();
        assert!(refused["rule"].as_str().is_some_and(|rule| rule.contains("mandatory")), "{refused}");
        let (province, _, told, _) = recommended(house).await;
        house.post(&city, &format!("/api/v1/placements/{}/detach", told.document), json!({ "reason": " " })).await.expect(422);
        let stranger = house.token("guangzhou-guangdong", Role::TenantAdmin).await;
        house.post(&stranger, &format!("/api/v1/placements/{}/detach", told.document), json!({ "reason": "x" })).await.expect(404);
        let own = detach(house, &city, &told).await;
        house.publish_draft(&city, &own).await;
        house.post(&province, &format!("/api/v1/documents/{}/withdraw", told.document), json!({ "reason": "作废" })).await.expect(200);
        let seen = house.get(&city, &format!("/api/v1/detachments/{}", told.document)).await.expect(200).json();
        assert_eq!((seen["taken_back"].as_str(), seen["title"].as_array().map(Vec::len)), (Some("作废"), Some(0)));
        house.post(&city, &format!("/api/v1/detachments/{}/attach", told.document), json!({})).await.expect(409);
    }
);

on_both!(
    /// A recall reaches the text that was made of the document: nothing of it is visible, and only then is it proven.
    a_recall_reaches_the_own_text, house => {
        let (province, city, told, _) = recommended(house).await;
        let own = detach(house, &city, &told).await;
        let own = house.publish_draft(&city, &own).await;
        house.page(CITY, &own.address).await.expect(200);
        let recall = json!({ "edition_id": told.edition, "kind": "recall", "reason": "泄露个人信息", "withdrawal": "gone" });
        let proposed = house.post(&province, "/api/v1/orders", recall).await.expect(201).json();
        let order = proposed["id"].as_str().expect("an id");
        let second = house.token("hubei", Role::CentralDuty).await;
        house.post(&second, &format!("/api/v1/orders/{order}/confirm"), json!({})).await.expect(200);
        house.run_jobs().await;
        house.page(CITY, &told.address).await.expect(410);
        house.page(CITY, &own.address).await.expect(410);
        let list = house.page(CITY, "/yaowen/").await;
        assert!(!list.body.contains("安全生产月"), "no list shows it");
        assert_eq!(house.standing(CITY, order).await["standing"].as_str(), Some("proven"));
        let seen = house.get(&city, &format!("/api/v1/detachments/{}", told.document)).await.expect(200).json();
        assert_eq!(seen["standing"].as_str(), Some("recalled"));
    }
);

on_both!(
    /// A rehearsal reaches the portals that are there to practise, and the real order for the same document reaches the
    /// others: neither stands in the other's way.
    rehearsals_stay_apart, house => {
        let mut practice = entry("lianxi-hubei", "练习市", "city", "hubei");
        practice.rehearsal = Some(true);
        house.apply(vec![practice]).await;
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "关于演练的通知").await;
        let form = |rehearsal: bool| json!({ "edition_id": notice.edition, "kind": "mandatory", "audience": { "subtree": "www", "rehearsal": rehearsal } });
        let practised = house.post(&duty, "/api/v1/orders", form(true)).await.expect(201).json();
        assert_eq!((practised["audience_count"].as_i64(), practised["rehearsal"].as_bool()), (Some(1), Some(true)));
        let real = house.post(&duty, "/api/v1/orders", form(false)).await.expect(201).json();
        assert_ne!(practised["id"], real["id"]);
        assert!(real["audience_count"].as_i64().is_some_and(|count| count > 1));
        house.later(24);
        house.run_jobs().await;
        house.later(1);
        house.run_jobs().await;
        let counts = house.counts(&duty, practised["id"].as_str().expect("an id")).await;
        let total: i64 = counts.as_object().expect("counts").values().filter_map(serde_json::Value::as_i64).sum();
        assert_eq!(total, 1, "{counts}");
        assert!(house.page("lianxi-hubei", "/").await.body.contains("演练站点"));
    }
);
