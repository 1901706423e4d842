//! Files across the border, each side keeping its own in a bucket.

use base::duty::Role;
use base::store::Engine;
use serde_json::json;

use super::pair::Pair;
use crate::kit::{Bucket, House};

const DOWN: &str = "县,雨量\n甲,30\n";
const UP: &str = "县,旱情\n乙,重\n";

async fn published(house: &House, token: &str, column: &str, title: &str, table: &'static str) -> (String, String) {
    let form = json!({ "column": column, "title": title, "body_html": "<p>见附件。</p>", "source": "国务院办公厅" });
    let draft = house.post(token, "/api/v1/documents", form).await.expect(201).json();
    let id = draft["id"].as_str().expect("an id").to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/octet-stream")];
    let path = format!("/api/v1/documents/{id}/attachments?name=table.csv");
    house.send("POST", "localhost", &path, &headers, table).await.expect(201);
    (house.publish_draft(token, &id).await.edition, id)
}

/// The file of the newest article of a column, as a citizen finds it.
async fn file_of(house: &House, slug: &str, column: &str, title: &str) -> String {
    let path = house.linked(slug, column, title).await;
    let file = format!("{}/1-table.csv", path.trim_end_matches(".html"));
    house.page(slug, &file).await.expect(200).body
}

async fn run(engine: Engine) {
    let (Some(above), Some(below)) = (Bucket::fresh(), Bucket::fresh()) else { return };
    let Some(pair) = Pair::open_with(engine, [Some(above.blobs()), Some(below.blobs())]).await else {
        return eprintln!("left out: no PostgreSQL");
    };
    let (centre, province) = (&pair.centre, &pair.province);
    let duty = centre.token("www", Role::CentralDuty).await;
    let (edition, _) = published(centre, &duty, "gwyzc", "带附件的通知", DOWN).await;
    centre.order(&duty, &edition).await;
    pair.minutes(3).await;
    for slug in ["hubei", "jiangan-wuhan-hubei"] {
        assert_eq!(file_of(province, slug, "gwyzc", "带附件的通知").await, DOWN, "{slug}");
    }
    assert_eq!((above.names().await.len(), below.names().await.len()), (1, 1), "one copy on each side");

    let head = province.token("hubei", Role::TenantAdmin).await;
    let (_, item) = published(province, &head, "yaowen", "湖北省抗旱经验", UP).await;
    let sent = province.post(&head, "/api/v1/submissions", json!({ "document_id": item })).await.expect(201).json();
    pair.minutes(2).await;
    let adopt = format!("/api/v1/submissions/{}/adopt", sent["id"].as_str().expect("an id"));
    let adopted = centre.post(&duty, &adopt, json!({ "column": "yaowen" })).await.expect(201).json();
    centre.publish_draft(&duty, adopted["document_id"].as_str().expect("an id")).await;
    assert_eq!(file_of(centre, "www", "yaowen", "湖北省抗旱经验").await, UP);
    assert_eq!((above.names().await.len(), below.names().await.len()), (2, 2));
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_cross_between_buckets_sqlite() {
    run(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_cross_between_buckets_postgres() {
    run(Engine::Postgres).await;
}
