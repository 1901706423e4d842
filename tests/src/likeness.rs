//! Near-duplicates: how well they are found among labelled texts, and what becomes of them at the receiver's desk.

use std::collections::BTreeMap;

use base::duty::Role;
use base::store::Engine;
use content::likeness::Fingerprint;
use exchange::{LikenessRule, LikenessRules};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::{House, entry, on_both, root};

const CITY: &str = "wuhan-hubei";
const COUNTIES: [&str; 3] = ["jiangan-wuhan-hubei", "wuchang-wuhan-hubei", "hanyang-wuhan-hubei"];

/// A labelled text: texts of one event are the same matter, events of one template are told in the same words.
#[derive(Deserialize)]
struct Labelled {
    event: String,
    template: String,
    title: String,
    body: String,
}

fn labelled(name: &str) -> Vec<Labelled> {
    let text = std::fs::read_to_string(root().join(format!("tests/data/likeness/{name}.jsonl"))).expect("the texts");
    text.lines().map(|line| serde_json::from_str(line).expect("a labelled text")).collect()
}

fn rule() -> LikenessRule {
    let text = std::fs::read_to_string(root().join("tenants/rules/likeness.toml")).expect("the rule");
    let rules: LikenessRules = toml::from_str(&text).expect("a valid rule");
    rules.rules.into_iter().next().expect("a version")
}

/// How pairs of labelled texts are judged from a threshold on; `found` also asks that they share a bucket.
#[derive(Debug, Default)]
struct Judged {
    right: f64,
    wrong: f64,
    missed: f64,
    pairs: BTreeMap<&'static str, usize>,
}

impl Judged {
    fn of(texts: &[Labelled], rule: &LikenessRule, threshold: f64, by_bucket: bool) -> Self {
        let shape = rule.shape();
        let prints: Vec<Fingerprint> = texts.iter().map(|one| Fingerprint::of(&one.title, &one.body, &shape)).collect();
        let mut judged = Self::default();
        for at in 0..texts.len() {
            for by in at + 1..texts.len() {
                let (one, other) = (&texts[at], &texts[by]);
                let kind = match (one.event == other.event, one.template == other.template) {
                    (true, _) => "the same matter",
                    (_, true) => "another matter in the same words",
                    _ => "unrelated",
                };
                *judged.pairs.entry(kind).or_default() += 1;
                let bucket = prints[at].buckets.iter().zip(&prints[by].buckets).any(|(one, other)| one == other);
                let near = prints[at].likeness(&prints[by], &shape) >= threshold && (bucket || !by_bucket);
                match (near, one.event == other.event) {
                    (true, true) => judged.right += 1.0,
                    (true, false) => judged.wrong += 1.0,
                    (false, true) => judged.missed += 1.0,
                    (false, false) => {}
                }
            }
        }
        judged
    }

    fn precision(&self) -> f64 {
        self.right / (self.right + self.wrong)
    }

    fn recall(&self) -> f64 {
        self.right / (self.right + self.missed)
    }
}

/// Precision and recall at the shipped threshold, on the texts that the rule was chosen by and on texts that it never saw.
/// `docs/likeness.md` shows this table; `--nocapture` prints it.
#[test]
fn precision_and_recall_on_the_labelled_texts() {
    let rule = rule();
    for (name, precision, recall) in [("chosen", 0.90, 0.85), ("unseen", 0.90, 0.85)] {
        let texts = labelled(name);
        println!("{name}: {:?}", Judged::of(&texts, &rule, rule.threshold, false).pairs);
        for hundredth in [20, 25, 30, 33, 36, 40, 45, 50, 60] {
            let threshold = f64::from(hundredth) / 100.0;
            let (whole, found) =
                (Judged::of(&texts, &rule, threshold, false), Judged::of(&texts, &rule, threshold, true));
            println!(
                "| {threshold:.2} | {:.3} | {:.3} | {:.3} | {:.3} |",
                whole.precision(),
                whole.recall(),
                found.precision(),
                found.recall()
            );
        }
        let judged = Judged::of(&texts, &rule, rule.threshold, true);
        assert!(judged.precision() >= precision && judged.recall() >= recall, "{name}: {judged:?}");
    }
}

/// What a county sent to the city, and the county's token.
struct Sent {
    id: String,
    document: String,
    token: String,
}

/// A county publishes a text and offers it to the city.
async fn offer(house: &House, slug: &str, title: &str, body: &str) -> Sent {
    let token = house.token(slug, Role::TenantAdmin).await;
    let form = json!({ "column": "yaowen", "title": title, "body_html": format!("<p>{body}</p>"), "source": slug });
    let draft = house.post(&token, "/api/v1/documents", form).await.expect(201).json();
    let document = house.publish_draft(&token, draft["id"].as_str().expect("an id")).await.document;
    let sent = house.post(&token, "/api/v1/submissions", json!({ "document_id": document })).await.expect(201).json();
    Sent { id: sent["id"].as_str().expect("an id").to_owned(), document, token }
}

/// Three counties of the city tell of one drill, each in its own words.
async fn three_alike(house: &House) -> Vec<Sent> {
    house.apply(vec![entry(COUNTIES[2], "汉阳区", "county", CITY)]).await;
    let texts: Vec<Labelled> = labelled("chosen").into_iter().filter(|one| one.event == "drill-1").collect();
    let mut sent = Vec::new();
    for (slug, text) in COUNTIES.iter().zip(&texts) {
        sent.push(offer(house, slug, &text.title, &text.body).await);
        house.later(1);
    }
    sent
}

async fn clusters(house: &House, token: &str) -> Vec<Value> {
    let found = house.get(token, "/api/v1/submission-clusters").await.expect(200).json();
    found["items"].as_array().expect("items").clone()
}

fn ids(cluster: &Value) -> Vec<&str> {
    cluster["items"].as_array().expect("items").iter().filter_map(|one| one["id"].as_str()).collect()
}

async fn standing(house: &House, token: &str, id: &str) -> Value {
    house.get(token, &format!("/api/v1/submissions/{id}")).await.expect(200).json()
}

on_both!(
    /// Several counties' items about one matter stand together, another matter does not; whatever is taken back leaves.
    what_is_alike_stands_together, house => {
        let sent = three_alike(house).await;
        let other = labelled("chosen").into_iter().find(|one| one.event == "library-1").expect("a text");
        let other = offer(house, COUNTIES[0], &other.title, &other.body).await;
        let city = house.token(CITY, Role::Editor).await;
        // The check of one item does not wait for the job; the clusters do.
        assert!(clusters(house, &city).await.is_empty());
        house.run_jobs().await;
        let found = clusters(house, &city).await;
        assert_eq!((found.len(), found[0]["size"].as_u64()), (1, Some(3)));
        assert_eq!(ids(&found[0]), sent.iter().map(|one| one.id.as_str()).collect::<Vec<_>>());
        let near = house.get(&city, &format!("/api/v1/submissions/{}/similar", sent[0].id)).await.expect(200).json();
        let near = near["items"].as_array().expect("items");
        assert!(near.iter().all(|one| one["likeness"].as_f64().is_some_and(|likeness| (0.36..=1.0).contains(&likeness))));
        assert_eq!(near[0]["submission"]["id"], sent[1].id.as_str(), "the nearest first");
        let far = house.get(&city, &format!("/api/v1/submissions/{}/similar", other.id)).await.expect(200).json();
        assert!(far["items"].as_array().expect("items").is_empty());
        let editor = house.person("editor-w", CITY, Role::Editor, false).await;
        let desk = house.room(&editor, "/console/submissions").await.expect(200).body;
        assert_eq!(desk.matches("相似 2 件").count(), 3, "{desk}");
        // Running again changes nothing.
        house.later(1);
        house.run_jobs().await;
        assert_eq!(clusters(house, &city).await, found);
        let editor = house.person("editor-v", CITY, Role::Editor, false).await;
        // Taken back by its sender: gone at once, and for good when the job has run.
        house.post(&sent[1].token, &format!("/api/v1/submissions/{}/recall", sent[1].id), json!({})).await.expect(200);
        for _ in 0..2 {
            let left = clusters(house, &city).await;
            assert_eq!(ids(&left[0]), [sent[0].id.as_str(), sent[2].id.as_str()]);
            house.run_jobs().await;
        }
        // Withdrawn at its origin: nothing to merge any more, and no cluster of one.
        let withdraw = format!("/api/v1/documents/{}/withdraw", sent[2].document);
        house.post(&sent[2].token, &withdraw, json!({ "kind": "notice", "reason": "数据有误" })).await.expect(200);
        for _ in 0..2 {
            assert!(clusters(house, &city).await.is_empty());
            house.room(&editor, &format!("/console/submissions/clusters/{}", sent[0].id)).await.expect(404);
            house.run_jobs().await;
        }
        // Too long ago to be the same news, and expired besides.
        house.later(24 * 40);
        house.run_jobs().await;
        let again = offer(house, COUNTIES[1], "丹水池街道参加全区防汛应急演练", "5月12日上午，江岸区在长江堤防丹水池段组织防汛应急演练。").await;
        house.run_jobs().await;
        let near = house.get(&city, &format!("/api/v1/submissions/{}/similar", again.id)).await.expect(200).json();
        assert!(near["items"].as_array().expect("items").is_empty(), "{near}");
    }
);

on_both!(
    /// By forms: one document of two submissions credits both, the third is told that it was late, and nothing is half done.
    a_cluster_is_decided_together, house => {
        let sent = three_alike(house).await;
        house.run_jobs().await;
        let city = house.person("editor-w", CITY, Role::TenantAdmin, false).await;
        let list = house.room(&city, "/console/submissions/clusters").await.expect(200).body;
        assert!(list.contains("江岸区开展防汛应急演练") && list.contains("汉阳区"), "{list}");
        let room = format!("/console/submissions/clusters/{}", sent[0].id);
        let page = house.room(&city, &room).await.expect(200).body;
        assert!(page.contains("<ins>") && page.contains("<del>") && page.contains("比对基准"), "{page}");
        let turned = house.room(&city, &format!("{room}?lead={}", sent[2].id)).await.expect(200).body;
        assert!(turned.contains(&format!("lead={}&amp;", sent[0].id)) && !turned.contains(&format!("lead={}&amp;", sent[2].id)));
        let fields = |column: &'static str, reason: &'static str| {
            let mut fields = vec![("lead", sent[0].id.as_str()), ("with", sent[1].id.as_str())];
            fields.extend(sent.iter().map(|one| ("shown", one.id.as_str())));
            fields.extend([("column", column), ("rest", "decline"), ("reason", reason)]);
            fields
        };
        let merge = format!("{room}/merge");
        house.form(&city, &merge, &[("column", "yaowen")]).await.expect(422);
        house.form(&city, &merge, &fields("nowhere", "重复")).await.expect(422);
        let refused = house.form(&city, &merge, &fields("yaowen", " ")).await.expect(422).body;
        let ticked = |id: &str| refused.contains(&format!("name=\"with\" value=\"{id}\" checked"));
        assert!(ticked(&sent[1].id) && !ticked(&sent[2].id), "what was typed comes back: {refused}");
        for one in &sent {
            assert_eq!(standing(house, &one.token, &one.id).await["standing"], "submitted", "nothing is half decided");
        }
        let done = house.form(&city, &merge, &fields("yaowen", "与江岸区来稿重复")).await.expect(303);
        let document = done.header("location").split('?').next().expect("a path").to_owned();
        house.form(&city, &format!("{document}/publish"), &[]).await.expect(303);
        for one in &sent[..2] {
            assert_eq!(standing(house, &one.token, &one.id).await["standing"], "published", "both are credited");
        }
        let late = standing(house, &sent[2].token, &sent[2].id).await;
        assert_eq!((late["standing"].as_str(), late["reason"].as_str()), (Some("declined"), Some("与江岸区来稿重复")));
        // A late fourth one is seen beside what was adopted, and declined as a duplicate.
        house.run_jobs().await;
        let text = labelled("chosen").into_iter().next().expect("a text");
        let fourth = offer(house, COUNTIES[2], &text.title, &text.body).await;
        house.run_jobs().await;
        let page = house.room(&city, &room).await.expect(200).body;
        assert!(page.contains("已发布") && page.contains("name=\"lead\""), "{page}");
        let duplicates = format!("{room}/duplicates");
        let only = [("with", fourth.id.as_str()), ("reason", "重复")];
        house.form(&city, &duplicates, &only[1..]).await.expect(422);
        house.form(&city, &duplicates, &[("lead", fourth.id.as_str()), only[0], only[1]]).await.expect(422);
        house.form(&city, &duplicates, &[("with", "x")]).await.expect(422);
        house.form(&city, &duplicates, &only).await.expect(303);
        house.form(&city, &duplicates, &only).await.expect(409);
        assert_eq!(standing(house, &fourth.token, &fourth.id).await["standing"], "declined");
    }
);

on_both!(
    /// A cluster is its desk's own: neither a sender nor a stranger finds it, and only a duty decides it.
    a_cluster_is_its_desks_own, house => {
        let sent = three_alike(house).await;
        house.run_jobs().await;
        let room = format!("/console/submissions/clusters/{}", sent[0].id);
        let similar = format!("/api/v1/submissions/{}/similar", sent[0].id);
        for (login, slug) in [("sender", COUNTIES[0]), ("fellow", COUNTIES[1]), ("above", "hubei"), ("stranger", "guangzhou-guangdong")] {
            let person = house.person(login, slug, Role::TenantAdmin, false).await;
            for at in ["", "?tenant=wuhan-hubei"] {
                house.room(&person, &format!("{room}{at}")).await.expect(404);
                let form = [("lead", sent[0].id.as_str()), ("with", sent[1].id.as_str()), ("column", "yaowen"), ("reason", "x")];
                house.form(&person, &format!("{room}/merge{at}"), &form).await.expect(404);
                let status = house.form(&person, &format!("{room}/duplicates{at}"), &form).await.status;
                assert_eq!(status, 404, "{login}{at}");
            }
            let token = house.token(slug, Role::TenantAdmin).await;
            house.get(&token, &similar).await.expect(404);
            assert!(clusters(house, &token).await.is_empty(), "{login}");
        }
        let reviewer = house.person("reviewer", CITY, Role::Reviewer, false).await;
        house.form(&reviewer, &format!("{room}/duplicates"), &[("with", sent[0].id.as_str()), ("reason", "x")]).await.expect(403);
        for one in &sent {
            assert_eq!(standing(house, &one.token, &one.id).await["standing"], "submitted");
        }
    }
);

/// Runs every due job of the clusters at once, as the workers of several nodes would.
async fn settle_at_once(house: &House) {
    let store = &house.app.store;
    let mut running = tokio::task::JoinSet::new();
    for job in store.claim_jobs("test", 64, 60, house.now()).await.expect("claimed") {
        let (app, now) = (std::sync::Arc::clone(&house.app), house.now());
        if job.kind != exchange::likeness::jobs::SETTLE {
            let outcome = dibao::work::run(&house.tools, &job).await;
            store.end_job(&job, outcome, now).await.expect("ended");
            continue;
        }
        running.spawn(async move {
            let outcome =
                exchange::likeness::jobs::settle(&app.store, &app.likeness, &job, now).await.expect("settled");
            app.store.end_job(&job, outcome, now).await.expect("ended");
        });
    }
    while let Some(done) = running.join_next().await {
        done.expect("ran");
    }
}

on_both!(
    /// What arrives at the same moment finds each other; what leaves at the same moment takes nothing else along; and what only
    /// one item held together falls apart with it.
    arrivals_at_once_are_one_cluster, house => {
        let city = house.token(CITY, Role::Editor).await;
        let text = labelled("chosen").into_iter().next().expect("a text");
        house.run_jobs().await;
        let mut sent = Vec::new();
        for at in 0..8 {
            sent.push(offer(house, COUNTIES[at % 2], &format!("{}之{at}", text.title), &text.body).await);
        }
        settle_at_once(house).await;
        let found = clusters(house, &city).await;
        assert_eq!((found.len(), found[0]["size"].as_u64()), (1, Some(8)));
        let name = found[0]["id"].clone();
        // The one that gave the cluster its name leaves too.
        let (leaving, staying): (Vec<_>, Vec<_>) = sent.iter().enumerate().partition(|(at, one)| at % 3 == 0 || name == one.id.as_str());
        for (_, one) in &leaving {
            house.post(&one.token, &format!("/api/v1/submissions/{}/recall", one.id), json!({})).await.expect(200);
        }
        settle_at_once(house).await;
        let found = clusters(house, &city).await;
        let mut left: Vec<_> = staying.iter().map(|(_, one)| one.id.as_str()).collect();
        left.sort_unstable();
        assert_eq!((found.len(), ids(&found[0])), (1, left));
        assert_eq!(found[0]["id"].as_str(), ids(&found[0]).iter().min().copied(), "named by one of its own");
        for (_, one) in &staying {
            house.post(&one.token, &format!("/api/v1/submissions/{}/recall", one.id), json!({})).await.expect(200);
        }
        settle_at_once(house).await;
        let numbers = |from: usize, to: usize| (from..to).map(|number| number.to_string()).collect::<Vec<_>>().join("，");
        let ends = [offer(house, COUNTIES[0], "甲", &numbers(2000, 2020)).await, offer(house, COUNTIES[1], "乙", &numbers(2020, 2040)).await];
        settle_at_once(house).await;
        assert!(clusters(house, &city).await.is_empty());
        let middle = offer(house, COUNTIES[0], "丙", &numbers(2000, 2040)).await;
        settle_at_once(house).await;
        assert_eq!(clusters(house, &city).await[0]["size"].as_u64(), Some(3));
        house.post(&city, &format!("/api/v1/submissions/{}/decline", middle.id), json!({ "reason": "x" })).await.expect(200);
        settle_at_once(house).await;
        assert!(clusters(house, &city).await.is_empty());
        for one in &ends {
            let near = house.get(&city, &format!("/api/v1/submissions/{}/similar", one.id)).await.expect(200).json();
            assert!(near["items"].as_array().expect("items").is_empty());
        }
    }
);
