//! Files in a bucket that speaks S3: kept once for everybody, served in pieces, and clear words when the store is in trouble.

use base::duty::Role;
use base::store::Engine;
use serde_json::json;

use crate::kit::{Answer, Bucket, Cable, House, Setup};

const TABLE: &str = "项目,数量\n桥,3\n";

/// Runs a journey on both engines over a bucket, through a cable; left out, with a word about it, without an S3 server.
macro_rules! on_s3 {
    ($(#[$doc:meta])* $name:ident, $run:ident) => {
        mod $name {
            use super::*;

            async fn with(engine: Engine) {
                let Some(bucket) = Bucket::fresh() else { return };
                let cable = Cable::to(bucket.port()).await;
                let blobs = bucket.through(cable.port).blobs();
                let Some(house) = House::open_with(engine, Setup { blobs: Some(blobs), ..Setup::default() }).await else {
                    return eprintln!("left out: no PostgreSQL was started for the tests");
                };
                $run(&house, &bucket, &cable).await;
                house.close().await;
            }

            $(#[$doc])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                with(Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                with(Engine::Postgres).await;
            }
        }
    };
}

async fn draft(house: &House, token: &str, column: &str, title: &str) -> String {
    let form = json!({ "column": column, "title": title, "body_html": "<p>见附件。</p>", "source": "国务院办公厅" });
    let draft = house.post(token, "/api/v1/documents", form).await.expect(201).json();
    draft["id"].as_str().expect("an id").to_owned()
}

async fn attach(house: &House, token: &str, id: &str, name: &str, body: impl Into<reqwest::Body>) -> Answer {
    let path = format!("/api/v1/documents/{id}/attachments?name={}", crate::kit::encoded(name));
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/octet-stream")];
    house.send("POST", "www.localhost", &path, &headers, body).await
}

fn first_file(address: &str, name: &str) -> String {
    format!("{}/1-{}", address.trim_end_matches(".html"), crate::kit::encoded(name).replace("%2E", "."))
}

async fn fetch(house: &House, slug: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    house.send(method, &format!("{slug}.localhost:{}", house.port), path, headers, "").await
}

on_s3!(
    /// The same bytes hang on a notice, on its mirrors, on a submission and on what is adopted of it: one object.
    one_object_for_the_whole_cluster,
    one_object
);

async fn one_object(house: &House, bucket: &Bucket, _: &Cable) {
    let duty = house.token("www", Role::CentralDuty).await;
    let id = draft(house, &duty, "gwyzc", "带附件的通知").await;
    attach(house, &duty, &id, "table.csv", TABLE).await.expect(201);
    attach(house, &duty, &id, "again.csv", TABLE).await.expect(201);
    attach(house, &duty, &id, "x.html", "<script>1</script>").await.expect(422);
    let notice = house.publish_draft(&duty, &id).await;
    house.order(&duty, &notice.edition).await;
    house.run_jobs().await;
    let mirrored = house.linked("jiangan-wuhan-hubei", "gwyzc", "带附件的通知").await;
    for (slug, address) in [("www", notice.address.as_str()), ("jiangan-wuhan-hubei", &mirrored)] {
        let served = house.page(slug, &first_file(address, "table.csv")).await.expect(200);
        assert_eq!(served.body, TABLE, "{slug}");
        assert!(served.header("content-security-policy").contains("sandbox"));
    }

    let head = house.token("hubei", Role::TenantAdmin).await;
    let item = draft(house, &head, "yaowen", "湖北经验").await;
    attach(house, &head, &item, "table.csv", TABLE).await.expect(201);
    house.publish_draft(&head, &item).await;
    let sent = house.post(&head, "/api/v1/submissions", json!({ "document_id": item })).await.expect(201).json();
    let path = format!("/api/v1/submissions/{}", sent["id"].as_str().expect("an id"));
    let adopted = house.post(&duty, &format!("{path}/adopt"), json!({ "column": "yaowen" })).await.expect(201).json();
    let own = house.publish_draft(&duty, adopted["document_id"].as_str().expect("an id")).await;
    assert_eq!(house.page("www", &first_file(&own.address, "table.csv")).await.expect(200).body, TABLE);
    let names = bucket.names().await;
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].replace('/', "").ends_with(&base::sm3_hex(TABLE.as_bytes())), "{names:?}");
}

on_s3!(
    /// A player asks for parts, a browser asks whether it has it still: as from the disk.
    parts_and_what_is_known,
    parts
);

async fn parts(house: &House, _: &Bucket, _: &Cable) {
    let duty = house.token("www", Role::CentralDuty).await;
    let id = draft(house, &duty, "tzgg", "带长附件的公告").await;
    let long: String = (0..90_000).map(|line| format!("{line:07}\n")).collect();
    attach(house, &duty, &id, "long.txt", long.clone()).await.expect(201);
    let path = first_file(&house.publish_draft(&duty, &id).await.address, "long.txt");
    let whole = fetch(house, "www", "GET", &path, &[]).await.expect(200);
    assert!(whole.body == long && whole.header("content-length") == long.len().to_string());
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let tag = whole.header("etag").to_owned();
    fetch(house, "www", "GET", &path, &[("if-none-match", &tag)]).await.expect(304);
    let middle = fetch(house, "www", "GET", &path, &[("range", "bytes=400000-400007")]).await.expect(206);
    assert_eq!((middle.body.as_str(), middle.header("content-range")), ("0050000\n", "bytes 400000-400007/720000"));
    let end = fetch(house, "www", "GET", &path, &[("range", "bytes=-8"), ("if-range", &tag)]).await.expect(206);
    assert_eq!(end.body, "0089999\n");
    fetch(house, "www", "GET", &path, &[("range", "bytes=-8"), ("if-range", "\"old\"")]).await.expect(200);
    let none = fetch(house, "www", "GET", &path, &[("range", "bytes=720000-")]).await.expect(416);
    assert_eq!(none.header("content-range"), "bytes */720000");
    let head = fetch(house, "www", "HEAD", &path, &[]).await.expect(200);
    assert_eq!((head.body.len(), head.header("content-length")), (0, "720000"));
}

on_s3!(
    /// A lost object is not there; a store that does not answer will be back. Neither is a fault of the asker's, and neither
    /// tells him where files are kept. An upload that was not kept leaves no name behind.
    missing_and_away,
    trouble
);

async fn trouble(house: &House, bucket: &Bucket, cable: &Cable) {
    let duty = house.token("www", Role::CentralDuty).await;
    let id = draft(house, &duty, "tzgg", "带附件的公告").await;
    attach(house, &duty, &id, "table.csv", TABLE).await.expect(201);
    let published = house.publish_draft(&duty, &id).await;
    let path = first_file(&published.address, "table.csv");
    let next = draft(house, &duty, "tzgg", "下一个公告").await;

    cable.cut(true);
    let away = fetch(house, "www", "GET", &path, &[]).await.expect(503);
    assert!(away.body.contains("files_away") && !away.body.contains(&bucket.secret), "{}", away.body);
    assert!(!away.body.contains("127.0.0.1"), "{}", away.body);
    fetch(house, "www", "HEAD", &path, &[]).await.expect(503);
    attach(house, &duty, &next, "other.csv", "a,b\n").await.expect(503);
    house.page("www", &published.address).await.expect(200);
    cable.cut(false);
    let kept = house.get(&duty, &format!("/api/v1/documents/{next}")).await.expect(200).json();
    assert!(!kept.to_string().contains("other.csv"), "{kept}");
    fetch(house, "www", "GET", &path, &[]).await.expect(200);

    bucket.lose(&bucket.names().await[0]).await;
    fetch(house, "www", "GET", &path, &[]).await.expect(404);
    fetch(house, "www", "HEAD", &path, &[]).await.expect(404);
    // Whoever brings the bytes again mends it for everybody.
    attach(house, &duty, &next, "table.csv", TABLE).await.expect(201);
    assert_eq!(fetch(house, "www", "GET", &path, &[]).await.expect(200).body, TABLE);
}

/// What is laid on the disk is served in the same parts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_serves_the_same_parts() {
    let house = House::open(Engine::Sqlite).await.expect("a house");
    let duty = house.token("www", Role::CentralDuty).await;
    let id = draft(&house, &duty, "tzgg", "带附件的公告").await;
    attach(&house, &duty, &id, "table.csv", TABLE).await.expect(201);
    let path = first_file(&house.publish_draft(&duty, &id).await.address, "table.csv");
    let part = fetch(&house, "www", "GET", &path, &[("range", "bytes=0-5")]).await.expect(206);
    assert_eq!(part.body, "项目");
    fetch(&house, "www", "GET", &path, &[("range", "bytes=500-")]).await.expect(416);
    house.close().await;
}
