//! The flow up from a shell, as both of its actors: submissions, commissions and quotas, beside a running node.

use serde_json::{Value, json};

use super::client::{Client, text};
use super::eventually;
use super::ground::Ground;
use super::node::Node;

/// A demo, and somebody who writes at the portal of the province.
async fn demo() -> (Ground, Node, Client) {
    let ground = Ground::sqlite();
    let node = ground.demo(&["--tenants", "5"]).await;
    let writer = node.client(&ground.token("hubei", "admin").await);
    (ground, node, writer)
}

/// A live document of the writer's portal.
async fn live(writer: &Client, title: &str) -> String {
    let form = json!({ "column": "yaowen", "title": title, "body_html": "<p>做法与成效。</p>", "source": "湖北省" });
    let (status, draft) = writer.post("/api/v1/documents", form).await.expect("an answer");
    assert_eq!(status, 201, "{draft}");
    let id = text(&draft, "id");
    let path = format!("/api/v1/documents/{id}/publish");
    let (status, published) = writer.post(&path, json!({})).await.expect("an answer");
    assert_eq!(status, 200, "{published}");
    id
}

/// The words of a command, separated by spaces; `--json` is said.
fn words(line: &str) -> Vec<&str> {
    std::iter::once("--json").chain(line.split(' ')).collect()
}

async fn told(ground: &Ground, line: &str) -> Value {
    ground.run(&words(line)).await.expect(0).json()
}

/// What a command refused, as JSON on the error stream, with exit code 1.
async fn refused(ground: &Ground, line: &str) -> String {
    let said = ground.run(&words(line)).await.expect(1);
    let told: Value = serde_json::from_str(&said.err).unwrap_or_else(|error| panic!("{error}: {}", said.err));
    assert!(said.out.is_empty(), "nothing was done: {}", said.out);
    text(&told, "error")
}

fn listed(list: &Value, id: &str) -> bool {
    list.as_array().expect("a list").iter().any(|one| one["id"] == id)
}

/// Submitted, received, held, returned, sent again, adopted, kept though its origin withdrew it; declined; recalled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submissions_from_a_shell() {
    let (ground, mut node, writer) = demo().await;
    let document = live(&writer, "湖北省抗旱经验").await;
    let submit = format!("submissions submit --tenant hubei --as li --document {document} --for-brief --note 请采用");
    let first = told(&ground, &submit).await;
    let (id, thread) = (text(&first, "id"), text(&first, "thread_id"));
    assert_eq!((text(&first, "standing"), text(&first, "to")), ("submitted".to_owned(), "www".to_owned()));
    let again = refused(&ground, &submit).await;
    assert!(again.contains(&thread), "the refusal names the thread: {again}");
    for at in ["www --box received --open", "hubei --box sent"] {
        assert!(listed(&told(&ground, &format!("submissions list --tenant {at}")).await, &id), "{at}");
    }

    // A stranger sees nothing of it and moves nothing; nor does the sender.
    let show = refused(&ground, &format!("submissions show {id} --tenant wuhan-hubei")).await;
    assert!(show.contains("no such submission"), "{show}");
    assert!(!listed(&told(&ground, "submissions list --tenant wuhan-hubei").await, &id));
    for stranger in ["wuhan-hubei", "hubei"] {
        refused(&ground, &format!("submissions hold {id} --tenant {stranger} --as li")).await;
    }

    let by = "--tenant www --as wang";
    assert_eq!(text(&told(&ground, &format!("submissions receive {id} {by}")).await, "standing"), "received");
    let held = told(&ground, &format!("submissions hold {id} {by}")).await;
    assert_eq!((text(&held, "standing"), text(&held, "holder").contains("wang")), ("in_review".to_owned(), true));
    let bare = format!("submissions return {id} {by}");
    ground.run(&words(&bare)).await.expect(2);
    told(&ground, &format!("{bare} --reason 请补充数据")).await;
    let back = told(&ground, &format!("submissions show {id} --tenant hubei")).await;
    assert_eq!((text(&back, "standing"), text(&back, "reason")), ("returned".to_owned(), "请补充数据".to_owned()));
    refused(&ground, &format!("submissions hold {id} {by}")).await;

    let second = told(&ground, &submit).await;
    assert_eq!(text(&second, "thread_id"), thread, "a corrected item stays in its thread");
    let id = text(&second, "id");
    let keep = format!("submissions keep {id} {by} --reason 已核实");
    refused(&ground, &keep).await;
    let adopted = told(&ground, &format!("submissions adopt {id} {by} --column yaowen")).await;
    assert!(adopted["document_id"].is_string() && listed(&adopted["submissions"], &id), "{adopted}");
    refused(&ground, &format!("submissions recall {id} --tenant hubei --as li")).await;
    let path = format!("/api/v1/documents/{document}/withdraw");
    let withdrawal = json!({ "kind": "notice", "reason": "数据有误" });
    let (status, answer) = writer.post(&path, withdrawal).await.expect("an answer");
    assert_eq!(status, 200, "{answer}");
    assert_eq!(text(&told(&ground, &keep).await, "standing"), "adopted");

    let other = live(&writer, "湖北省数据通报").await;
    let submit = format!("submissions submit --tenant hubei --as li --document {other}");
    let id = text(&told(&ground, &submit).await, "id");
    let taken = told(&ground, &format!("submissions recall {id} --tenant hubei --as li")).await;
    assert_eq!(text(&taken, "standing"), "recalled");
    let id = text(&told(&ground, &submit).await, "id");
    let over = told(&ground, &format!("submissions decline {id} {by} --reason 已有同类信息")).await;
    assert_eq!((text(&over, "standing"), text(&over, "reason")), ("declined".to_owned(), "已有同类信息".to_owned()));
    let year = text(&over, "submitted_at")[..4].to_owned();
    let made = told(&ground, &format!("points recompute --tenant www --year {year}")).await;
    assert!(made["events"].as_u64().is_some_and(|events| events > 0), "{made}");
    let sums = told(&ground, &format!("points show --tenant www --of {year}")).await;
    assert!(sums.as_array().expect("sums").iter().any(|one| one["tenant"] == "hubei"), "{sums}");
    let chain = ground.chain("www").await;
    assert!(chain.iter().any(|entry| entry["kind"] == "submission.declined" && text(entry, "actor") == "cli:wang"));
    assert_eq!(node.terminate().await, Some(0));
}

/// Previewed, written, opened; accepted, answered, declined, pleaded for; excused, refused, cancelled. Quotas set and owed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commissions_from_a_shell_as_both_actors() {
    let (ground, mut node, writer) = demo().await;
    let asked = "--topic 优化营商环境 --requirements 写做法与成效。 --include hubei,wuhan-hubei";
    let seen = told(&ground, &format!("commissions preview {asked} --due-days 5")).await;
    assert_eq!(seen["audience_count"], json!(2));
    let write = format!("commissions write {asked} --as li");
    let one = told(&ground, &format!("{write} --open")).await;
    assert_eq!((text(&one, "state"), &one["counts"]["called"]), ("open".to_owned(), &json!(2)));
    let id = text(&one, "id");
    let outside =
        refused(&ground, "commissions write --tenant hubei --topic x --requirements y --include www --as li").await;
    assert!(outside.contains("subtree"), "{outside}");

    // One portal answers, the other says no and thinks better of it.
    let (here, there) = ("--tenant hubei --as zhao", "--tenant wuhan-hubei --as sun");
    assert!(listed(&told(&ground, "commissions calls --tenant hubei --open").await, &id));
    let stranger = refused(&ground, &format!("commissions accept {id} --tenant jiangan-wuhan-hubei --as qian")).await;
    assert!(stranger.contains("no such commission"), "{stranger}");
    assert_eq!(text(&told(&ground, &format!("commissions accept {id} {here}")).await, "standing"), "accepted");
    let document = live(&writer, "湖北省审批提速").await;
    let answer = format!("commissions answer {id} {here} --document {document}");
    let sent = told(&ground, &answer).await;
    assert_eq!((text(&sent, "standing"), &sent["answered"]), ("delivered".to_owned(), &json!(1)));
    assert!(refused(&ground, &answer).await.contains("as many answers as wanted"));
    assert!(listed(&told(&ground, "submissions list --tenant www").await, &text(&sent, "submission_id")));
    ground.run(&words(&format!("commissions decline {id} {there}"))).await.expect(2);
    let no = told(&ground, &format!("commissions decline {id} {there} --reason 无此业务")).await;
    assert_eq!((text(&no, "standing"), text(&no, "reason")), ("declined".to_owned(), "无此业务".to_owned()));

    // From a file, mandatory: nobody declines it, and a plea is refused and granted.
    let paper = json!({ "topic": "防汛", "requirements": "写做法。", "mandatory": true, "audience": { "include": ["wuhan-hubei"] } });
    let file = ground.file("commission.json", &paper.to_string());
    let draft = told(&ground, &format!("commissions write --file {} --as li", file.display())).await;
    assert_eq!((text(&draft, "state"), &draft["mandatory"]), ("draft".to_owned(), &json!(true)));
    let must = text(&draft, "id");
    told(&ground, &format!("commissions open {must} --as li")).await;
    let may_not = refused(&ground, &format!("commissions decline {must} {there} --reason 无此业务")).await;
    assert!(may_not.contains("may not be declined"), "{may_not}");
    let excuse = format!("commissions excuse {must} --portal wuhan-hubei --answer 同意 --as li");
    refused(&ground, &format!("{excuse} --refuse")).await;
    let plea = told(&ground, &format!("commissions plea {must} {there} --reason 系统停机")).await;
    assert_eq!((text(&plea, "standing"), text(&plea["plea"], "reason")), ("called".to_owned(), "系统停机".to_owned()));
    let not_yet = told(&ground, &format!("{excuse} --refuse")).await;
    assert_eq!((text(&not_yet, "standing"), &not_yet["plea"]["granted"]), ("called".to_owned(), &json!(false)));
    assert_eq!(text(&told(&ground, &excuse).await, "standing"), "excused");
    let bare = format!("commissions cancel {must} --as li");
    ground.run(&words(&bare)).await.expect(2);
    let over = told(&ground, &format!("{bare} --reason 任务取消")).await;
    assert_eq!((text(&over, "state"), text(&over, "reason")), ("cancelled".to_owned(), "任务取消".to_owned()));
    refused(&ground, &format!("{bare} --reason 任务取消")).await;
    assert!(ground.run(&["commissions", "calls", "--tenant", "wuhan-hubei"]).await.expect(0).out.contains("防汛"));

    let set = "commissions set-quota --name 月度信息 --minimum 2 --source 考核办法 --include hubei --as li";
    refused(&ground, &format!("{set} --period year")).await;
    let quota = told(&ground, set).await;
    assert_eq!((&quota["minimum"], text(&quota, "period")), (&json!(2), "month".to_owned()));
    assert!(listed(&told(&ground, "commissions quotas").await, &text(&quota, "id")));
    let owed = eventually("the period begins", 60, async || {
        let own = told(&ground, "commissions own-quotas --tenant hubei").await;
        own.as_array().and_then(|own| own.first()).cloned()
    })
    .await;
    assert_eq!((text(&owed, "from"), &owed["minimum"], &owed["counted"]), ("www".to_owned(), &json!(2), &json!(1)));
    let chain = ground.chain("www").await;
    assert!(chain.iter().any(|entry| entry["kind"] == "commission.opened" && text(entry, "actor") == "cli:li"));
    assert_eq!(node.terminate().await, Some(0));
}
