//! A run that dies, at the points that hurt: after an article came and before it landed; after it landed and before the job
//! was ended; and one that did not die, only slept, while another did its work. Nothing is lost and nothing lands twice.

use base::duty::Role;
use base::queue::Claimed;
use base::store::Engine;
use serde_json::json;

use super::site::Site;
use super::{CITY, document, form, items, source, stands};
use crate::kit::{House, on_both};

/// Seconds for which the worker that dies holds its job.
const LEASE: i64 = 60;

/// Claims the run of the only source, as a worker does; other jobs are done as always.
async fn claimed(house: &House) -> Claimed {
    let store = &house.app.store;
    let mut run = None;
    for job in store.claim_jobs("doomed", 64, LEASE, house.now()).await.expect("claimed") {
        if job.kind == border::crawl::jobs::RUN {
            run = Some(job);
        } else {
            let outcome = dibao::work::run(&house.tools, &job).await;
            store.end_job(&job, outcome, house.now()).await.expect("ended");
        }
    }
    run.expect("a run is due")
}

/// The lease of a dead worker runs out.
fn lease_over(house: &House) {
    house.clock.advance((LEASE + 1) * base::Timestamp::SECOND);
}

/// Titles of all documents here, and how many landings the evidence knows.
async fn landings(house: &House) -> (Vec<String>, usize) {
    let tx = house.app.store.reading(house.site(CITY).tenant).await.expect("a transaction");
    let desk = content::document::desk(&tx, None, None, 100).await.expect("the desk");
    let mut noted = 0;
    for row in &desk.items {
        let about = tx.entries_about(&row.document_id.to_string()).await.expect("evidence");
        noted += about.iter().filter(|entry| entry.kind == "crawl.landed").count();
    }
    let mut titles: Vec<String> = desk.items.into_iter().map(|row| row.title).collect();
    titles.sort();
    (titles, noted)
}

const TITLES: [&str; 2] = ["关于做好防汛工作的通知", "臺北市政府公告"];

async fn pages(house: &House, site: &Site, token: &str) -> String {
    let mut said = form(site, "pages", "/gbk/list.html");
    said["rules"] = json!({ "links": "ul.news a", "title": "h1", "body": "#zoom", "attachments": ".fj" });
    source(house, token, said).await
}

on_both!(
    /// The article is read, its picture is on the way, and the worker dies: nothing is here yet, and the next run brings all.
    killed_between_fetch_and_landing, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let id = pages(house, &site, &editor).await;
        let held = site.hold("/img/a.png");
        let job = claimed(house).await;
        tokio::select! {
            outcome = dibao::work::run(&house.tools, &job) => panic!("the run was over before it could be killed: {outcome:?}"),
            () = held.came() => {}
        }
        assert_eq!(site.heard("/gbk/1.html").len(), 1, "the article had come");
        assert_eq!(items(house, &editor, &id, "new").await.iter().filter(|item| item["url"] == site.at("/gbk/1.html").as_str()).count(), 1);
        assert!(!landings(house).await.0.contains(&TITLES[0].to_owned()), "half of an article is no draft");
        house.run_jobs().await;
        assert_eq!(site.heard("/gbk/1.html").len(), 1, "as long as the lease runs nobody else takes the job");
        lease_over(house);
        house.run_jobs().await;
        let landed = items(house, &editor, &id, "landed").await;
        assert_eq!(landed.len(), 2, "{:?}", items(house, &editor, &id, "").await);
        assert_eq!(landings(house).await, (TITLES.map(str::to_owned).to_vec(), 2));
        let item = landed.iter().find(|item| item["url"] == site.at("/gbk/1.html").as_str()).expect("landed");
        let draft = document(house, &editor, item).await["draft"].clone();
        assert_eq!(draft["attachments"].as_array().map(Vec::len), Some(2), "with its files, once");
        // Looked at again later, it is what it was.
        house.later(2);
        house.run_jobs().await;
        assert_eq!(landings(house).await.1, 2);
    }
);

on_both!(
    /// Everything has landed, and the worker dies before it says so: the run that comes for it finds nothing to do.
    killed_after_landing, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let id = pages(house, &site, &editor).await;
        let job = claimed(house).await;
        dibao::work::run(&house.tools, &job).await;
        assert_eq!(landings(house).await.1, 2);
        lease_over(house);
        assert!(house.run_jobs().await > 0, "the job is claimed again");
        assert_eq!(landings(house).await, (TITLES.map(str::to_owned).to_vec(), 2));
        assert_eq!((site.heard("/gbk/1.html").len(), site.heard("/img/a.png").len()), (1, 1), "what landed is not fetched again");
        let seen = stands(house, &editor, &id).await;
        assert_eq!(seen["failures"].as_i64(), Some(0));
    }
);

on_both!(
    /// A worker that only slept past its lease wakes up when another has done its work: it lands nothing, and ends nothing.
    a_sleeper_lands_nothing_twice, house allows ["127.0.0.0/8"] => {
        let site = Site::open().await;
        let editor = house.token(CITY, Role::Editor).await;
        let id = pages(house, &site, &editor).await;
        let held = site.hold("/img/a.png");
        let sleeper = claimed(house).await;
        let other = async {
            held.came().await;
            lease_over(house);
            house.run_jobs().await;
            assert_eq!(landings(house).await.1, 2, "the other worker did it");
            held.answer();
        };
        let (outcome, ()) = tokio::join!(dibao::work::run(&house.tools, &sleeper), other);
        house.app.store.end_job(&sleeper, outcome, house.now()).await.expect("ended");
        assert_eq!(landings(house).await, (TITLES.map(str::to_owned).to_vec(), 2));
        assert_eq!(items(house, &editor, &id, "landed").await.len(), 2);
        // The source is still read on its schedule.
        house.later(2);
        house.run_jobs().await;
        assert_eq!(site.heard("/gbk/list.html").len(), 2, "the other worker knew what the list had said");
        assert_eq!(landings(house).await.1, 2);
    }
);
