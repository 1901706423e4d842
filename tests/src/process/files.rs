//! Real processes over a bucket: two nodes see each other's files, a kill between the object and the row leaves no row, and the
//! doctor names what is wrong with the store without showing its secret.

use serde_json::{Value, json};

use super::client::{Client, text};
use super::eventually;
use super::ground::Ground;
use crate::kit::{Bucket, Cable, Line};

const TABLE: &str = "项目,数量\n桥,3\n";

async fn draft(client: &Client) -> String {
    let form =
        json!({ "column": "gwyzc", "title": "带附件的通知", "body_html": "<p>见附件。</p>", "source": "国务院办公厅" });
    let (status, draft) = client.post("/api/v1/documents", form).await.expect("an answer");
    assert_eq!(status, 201, "{draft}");
    text(&draft, "id")
}

/// Status of an upload; an error when the connection broke.
async fn attach(client: &Client, token: &str, id: &str) -> reqwest::Result<u16> {
    let path = format!("/api/v1/documents/{id}/attachments?name=table.csv");
    let request = client.request(reqwest::Method::POST, "www.localhost", &path).bearer_auth(token);
    let answer = request.header("content-type", "application/octet-stream").body(TABLE).send().await?;
    Ok(answer.status().as_u16())
}

/// Puts it before the public; answers where its first file stands.
async fn published(client: &Client, id: &str) -> String {
    let (status, done) = client.post(&format!("/api/v1/documents/{id}/publish"), json!({})).await.expect("an answer");
    assert_eq!(status, 200, "{done}");
    format!("{}/1-table.csv", text(&done, "address").trim_end_matches(".html"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_the_object_and_the_row() {
    let Some(bucket) = Bucket::fresh() else { return };
    let cable = Cable::to(bucket.port()).await;
    let ground = Ground::sqlite().with(&bucket.through(cable.port).variables());
    let mut node = ground.demo(&["--tenants", "3"]).await;
    let token = ground.token("www", "central").await;
    let before = bucket.names().await;
    let id = draft(&node.client(&token)).await;

    cable.set(Line::Silent);
    let (client, putting) = (node.client(&token), id.clone());
    let said = token.clone();
    let upload = tokio::spawn(async move { attach(&client, &said, &putting).await });
    cable.has_swallowed().await;
    node.kill().await;
    assert!(upload.await.expect("joined").is_err(), "nobody was told that it is kept");
    let after = bucket.names().await;
    assert_eq!(after.len(), before.len() + 1, "the object was there when the process died: {after:?}");

    cable.set(Line::Whole);
    let node = ground.demo(&["--tenants", "3"]).await;
    let client = node.client(&token);
    let kept = client.get(&format!("/api/v1/documents/{id}")).await;
    assert!(!kept.to_string().contains("table.csv"), "a row that nobody confirmed: {kept}");
    assert_eq!(attach(&client, &token, &id).await.expect("an answer"), 201);
    let path = published(&client, &id).await;
    assert_eq!(client.page("www.localhost", &path).await, (200, TABLE.to_owned()));
    assert_eq!(bucket.names().await, after, "the same bytes are the same object");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_a_bucket() {
    let Some(bucket) = Bucket::fresh() else { return };
    let Some(ground) = Ground::postgres().await else { return };
    let ground = ground.with(&bucket.variables());
    let a = ground.demo(&["--tenants", "3"]).await;
    let b = ground.serve(&[]).await;
    let token = ground.token("www", "central").await;
    for (here, there) in [(a.client(&token), b.client(&token)), (b.client(&token), a.client(&token))] {
        let id = draft(&here).await;
        assert_eq!(attach(&here, &token, &id).await.expect("an answer"), 201);
        let path = published(&here, &id).await;
        eventually("the other node serves the file", 20, async || {
            (there.page("www.localhost", &path).await == (200, TABLE.to_owned())).then_some(())
        })
        .await;
    }
    assert!(!ground.data().join("files").exists(), "nothing was kept on a disk of one node");
}

async fn finding(ground: &Ground, secret: &str, code: i32) -> Value {
    let said = ground.run(&["--json", "doctor"]).await.expect(code);
    assert!(!said.out.contains(secret) && !said.err.contains(secret), "the secret is shown");
    let findings = said.json()["findings"].clone();
    let found = findings.as_array().expect("findings").iter().find(|one| one["what"] == "files").cloned();
    found.unwrap_or_else(|| panic!("nothing about files: {findings}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_knows_the_store() {
    let Some(bucket) = Bucket::fresh() else { return };
    let trial = Ground::sqlite();
    let well = finding(&trial, "nothing secret", 3).await;
    assert!(well["well"] == true && text(&well, "detail").contains("files"), "{well}");

    let well = finding(&Ground::sqlite().with(&bucket.variables()), &bucket.secret, 3).await;
    assert!(well["well"] == true && text(&well, "detail").contains("bucket portal"), "{well}");
    assert!(bucket.names().await.is_empty(), "the trial object is gone");

    let wrong = bucket.with_secret("not-the-secret-0123456789");
    let refused = finding(&Ground::sqlite().with(&wrong.variables()), &wrong.secret, 3).await;
    let detail = text(&refused, "detail");
    assert!(refused["well"] == false && detail.contains("SignatureDoesNotMatch"), "{detail}");
    let key_id = bucket.variables().into_iter().find(|(name, _)| *name == "DIBAO_FILES_KEY_ID").expect("a key").1;
    assert!(detail.contains(&key_id), "{detail}");

    let mut elsewhere = bucket.variables();
    elsewhere.push(("DIBAO_FILES_BUCKET", "nobody-made-this".to_owned()));
    let missing = finding(&Ground::sqlite().with(&elsewhere), &bucket.secret, 3).await;
    assert!(text(&missing, "detail").contains("NoSuchBucket"), "{missing}");

    let mut nameless = bucket.variables();
    nameless.push(("DIBAO_FILES_SECRET", String::new()));
    let unset = finding(&Ground::sqlite().with(&nameless), &bucket.secret, 3).await;
    assert!(text(&unset, "detail").contains("files.secret is empty"), "{unset}");
}
