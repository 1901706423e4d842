//! Nothing moves without a right at the receiver. The attack is SSCMS #677: whoever may do everything at home names a portal,
//! a column or a thing of somebody else's in the request, and the server looks only at the rights of the sender. Here it is
//! tried for documents, submissions, orders and commissions; for joint columns `joint/rights.rs` does the same.

use base::duty::Role;
use base::store::Engine;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::kit::{House, Published, on_both};

const COUNTY: &str = "jiangan-wuhan-hubei";
const OTHER: &str = "wuchang-wuhan-hubei";
const CITY: &str = "wuhan-hubei";
const PROVINCE: &str = "hubei";
const ABROAD: &str = "guangzhou-guangdong";

/// Everything of a portal that an attack could have moved: its evidence, its lists, its pages.
async fn picture(house: &House, slug: &str) -> Vec<String> {
    let tx = house.app.store.reading(house.site(slug).tenant).await.expect("a transaction");
    let mut seen: Vec<String> = tx
        .entries(0, 10_000)
        .await
        .expect("read")
        .iter()
        .map(|entry| format!("{} {}", entry.kind, entry.body))
        .collect();
    drop(tx);
    let token = house.token(slug, Role::TenantAdmin).await;
    for list in
        ["documents", "placements", "submissions", "obligations", "calls", "commissions", "quotas", "points/events"]
    {
        seen.push(house.get(&token, &format!("/api/v1/{list}")).await.expect(200).body);
    }
    for page in ["/yaowen/", "/gwyzc/", "/zcwj/"] {
        seen.push(house.page(slug, page).await.body);
    }
    seen
}

/// Sends each request in the attacker's name; all are refused, and at the victims nothing has moved, also after every job ran.
async fn tried(house: &House, token: &str, victims: &[&str], requests: &[(&str, String, Value)]) {
    house.run_jobs().await;
    let mut before = Vec::new();
    for slug in victims {
        before.push(picture(house, slug).await);
    }
    for (method, path, body) in requests {
        let answer = house.write(method, token, path, body.clone()).await;
        assert!((400..500).contains(&answer.status), "{method} {path} {body}: {} {}", answer.status, answer.body);
    }
    house.run_jobs().await;
    for (slug, before) in victims.iter().zip(before) {
        assert_eq!(picture(house, slug).await, before, "{slug}: nothing moved");
    }
}

fn form(column: &str) -> Value {
    json!({ "column": column, "title": "硬塞的稿件", "body_html": "<p>硬塞。</p>", "source": "江岸区" })
}

fn with(mut form: Value, field: &str, value: impl Into<Value>) -> Value {
    form[field] = value.into();
    form
}

fn post(path: &str, body: Value) -> (&'static str, String, Value) {
    ("POST", format!("/api/v1/{path}"), body)
}

async fn submitted(house: &House, slug: &str, title: &str) -> (Published, String) {
    let token = house.token(slug, Role::TenantAdmin).await;
    let news = house.publish(&token, "yaowen", title).await;
    let sent =
        house.post(&token, "/api/v1/submissions", json!({ "document_id": news.document })).await.expect(201).json();
    (news, sent["id"].as_str().expect("an id").to_owned())
}

on_both!(
    /// Documents and submissions: a foreign portal, a foreign column, a foreign document, a foreign decision.
    sscms_677_submissions, house => {
        let county = house.token(COUNTY, Role::TenantAdmin).await;
        let news = house.publish(&county, "yaowen", "江岸区的消息").await;
        let (theirs, waits) = submitted(house, OTHER, "武昌区的消息").await;
        let (_, abroad) = submitted(house, ABROAD, "广州市的消息").await;
        let (mut requests, own) = (Vec::new(), json!({ "document_id": news.document }));
        for slug in [OTHER, CITY, PROVINCE, ABROAD, "www"] {
            // Into somebody else's column, and upward past whoever is in between or to somebody who is not above at all.
            requests.push(post("documents", with(form("yaowen"), "tenant", slug)));
            requests.push(post("documents", form(&format!("{slug}/yaowen"))));
            if slug != CITY {
                requests.push(post("submissions", with(own.clone(), "to", slug)));
            }
            requests.push(post("submissions", with(own.clone(), "tenant", slug)));
            requests.push(post("submissions", with(own.clone(), "column", "yaowen")));
        }
        // What is somebody else's is not offered, edited, published or taken back as one's own.
        requests.push(post("submissions", json!({ "document_id": theirs.document })));
        for (verb, body) in [("editions", json!({})), ("publish", json!({})), ("withdraw", json!({ "reason": "x" }))] {
            for at in ["", "?tenant=wuchang-wuhan-hubei"] {
                requests.push(post(&format!("documents/{}/{verb}{at}", theirs.document), body.clone()));
            }
        }
        // A sender decides nothing about what waits at a receiver, by its own name or by the receiver's.
        for id in [&waits, &abroad] {
            for (verb, body) in [
                ("receive", json!({})), ("hold", json!({})), ("adopt", json!({ "column": "yaowen" })),
                ("return", json!({ "reason": "x" })), ("decline", json!({ "reason": "x" })), ("recall", json!({})), ("keep", json!({ "reason": "x" })),
            ] {
                for at in ["", "?tenant=wuhan-hubei", "?tenant=guangdong"] {
                    requests.push(post(&format!("submissions/{id}/{verb}{at}"), body.clone()));
                }
            }
        }
        let victims = [OTHER, CITY, PROVINCE, ABROAD, "guangdong", "www"];
        tried(house, &county, &victims, &requests).await;
        // This door reads the portal from the form alone: in the address a foreign one means nothing, and the draft is at home.
        let mut before = Vec::new();
        for slug in victims {
            before.push(picture(house, slug).await);
        }
        for slug in victims {
            house.post(&county, &format!("/api/v1/documents?tenant={slug}"), form("yaowen")).await.expect(201);
        }
        for (slug, before) in victims.iter().zip(before) {
            assert_eq!(picture(house, slug).await, before, "{slug}: nothing moved");
        }
    }
);

on_both!(
    /// The receiver's own right does not reach further either: it adopts into its own columns, and merges what it received.
    sscms_677_adoption_stays_at_home, house => {
        let city = house.token(CITY, Role::TenantAdmin).await;
        let (_, waits) = submitted(house, COUNTY, "江岸区的消息").await;
        let (_, abroad) = submitted(house, ABROAD, "广州市的消息").await;
        let path = format!("submissions/{waits}/adopt");
        let document = with(form("yaowen"), "tenant", PROVINCE);
        let requests = [
            post(&path, json!({ "column": "hubei/yaowen" })),
            post(&format!("{path}?tenant=hubei"), json!({ "column": "yaowen" })),
            post(&path, json!({ "document": document })),
            post(&path, json!({ "with": [abroad], "document": form("yaowen") })),
            post(&format!("submissions/{abroad}/adopt"), json!({ "column": "yaowen" })),
        ];
        tried(house, &city, &[CITY, COUNTY, PROVINCE, ABROAD, "guangdong"], &requests).await;
        // Nothing was half done: it can still be adopted.
        house.post(&city, &format!("/api/v1/{path}"), json!({ "column": "yaowen" })).await.expect(201);
    }
);

on_both!(
    /// Orders: nobody orders beside or above, in another's name, or with another's edition; and a debt is moved by its debtor
    /// and its issuer alone.
    sscms_677_orders, house => {
        let duty = house.token("www", Role::CentralDuty).await;
        let notice = house.publish(&duty, "gwyzc", "国务院关于某事的通知").await;
        let order = house.order(&duty, &notice.edition).await;
        house.run_jobs().await;
        let (operator, author) = (house.token("guangdong", Role::Operator).await, house.token("guangdong", Role::TenantAdmin).await);
        let own = house.publish(&author, "zcwj", "广东省关于某事的通知").await;
        let kind = |edition: &str| json!({ "edition_id": edition, "kind": "mandatory" });
        let mut requests = Vec::new();
        for audience in [
            json!({ "subtree": "www" }), json!({ "subtree": PROVINCE }), json!({ "subtree": CITY }), json!({ "include": [CITY] }),
            json!({ "subtree": "guangdong", "include": [COUNTY] }), json!({ "include": ["www"] }), json!({ "include": [ABROAD, OTHER] }),
        ] {
            requests.push(post("orders", with(kind(&own.edition), "audience", audience.clone())));
            requests.push(post("orders", with(with(kind(&own.edition), "audience", audience), "tenant", PROVINCE)));
        }
        for of in ["mandatory", "recall"] {
            let foreign = json!({ "edition_id": notice.edition, "kind": of, "reason": "x", "audience": { "subtree": "guangdong" } });
            requests.push(post("orders", foreign.clone()));
            requests.push(post("orders", with(foreign, "tenant", "www")));
        }
        for (verb, body) in [
            ("confirm", json!({})), ("refuse", json!({ "answer": "x" })),
            ("exemptions/wuhan-hubei", json!({ "granted": true, "answer": "x" })), ("exemptions/guangdong", json!({ "granted": true, "answer": "x" })),
        ] {
            for at in ["", "?tenant=www"] {
                requests.push(post(&format!("orders/{order}/{verb}{at}"), body.clone()));
            }
        }
        // Wuhan places by hand: nobody does it for Wuhan.
        for at in ["?tenant=wuhan-hubei", "?tenant=hubei"] {
            requests.push(post(&format!("obligations/{order}/place{at}"), json!({ "column": "gwyzc" })));
            requests.push(post(&format!("obligations/{order}/exemption{at}"), json!({ "reason": "x" })));
        }
        let victims = ["www", PROVINCE, CITY, COUNTY, OTHER];
        tried(house, &operator, &victims, &requests).await;
        // A debtor lets itself off as little as a neighbour does, and places into no column that is not its own.
        let city = house.token(CITY, Role::TenantAdmin).await;
        let granted = json!({ "granted": true, "answer": "x" });
        let requests = [
            post(&format!("orders/{order}/exemptions/wuhan-hubei"), granted.clone()),
            post(&format!("orders/{order}/exemptions/wuhan-hubei?tenant=www"), granted),
            post(&format!("obligations/{order}/place"), json!({ "column": "hubei/gwyzc" })),
            post("orders", with(kind(&notice.edition), "audience", json!({ "subtree": CITY }))),
        ];
        tried(house, &city, &["www", PROVINCE, CITY, COUNTY], &requests).await;
    }
);

on_both!(
    /// Commissions and quotas: nobody is called by somebody who is not above, answers or pleads in another's name, lets itself
    /// off, or answers with what is not its own.
    sscms_677_commissions, house => {
        let (city, county) = (house.token(CITY, Role::TenantAdmin).await, house.token(COUNTY, Role::TenantAdmin).await);
        let form = |audience: Value| json!({ "topic": "硬塞的约稿", "requirements": "要求", "open": true, "audience": audience });
        let due = house.now().plus_hours(400).rfc3339();
        let own = with(with(form(json!({ "include": [OTHER] })), "mandatory", true), "due_at", due);
        let one = house.post(&city, "/api/v1/commissions", own).await.expect(201).json();
        let id = one["id"].as_str().expect("an id");
        let (theirs, _) = submitted(house, OTHER, "武昌区的消息").await;
        let news = house.publish(&county, "yaowen", "江岸区的消息").await;
        let mut requests = Vec::new();
        // The county was not called, and is not Wuchang.
        for at in ["", "?tenant=wuchang-wuhan-hubei", "?tenant=wuhan-hubei"] {
            for (verb, body) in [
                ("accept", json!({})), ("decline", json!({ "reason": "x" })), ("plea", json!({ "reason": "x" })),
                ("answers", json!({ "document_id": news.document })), ("answers", json!({ "document_id": theirs.document })),
                ("answers", json!({ "document_id": news.document, "to": PROVINCE })),
            ] {
                requests.push(post(&format!("calls/{id}/{verb}{at}"), body));
            }
            for (verb, body) in [
                ("close", json!({})), ("cancel", json!({ "reason": "x" })), ("open", json!({})),
                ("calls/wuchang-wuhan-hubei/excuse", json!({ "granted": true, "answer": "x" })),
            ] {
                requests.push(post(&format!("commissions/{id}/{verb}{at}"), body));
            }
        }
        // Nor does it call or bind anybody.
        let quota = json!({ "name": "硬塞", "period": "week", "minimum": 1, "source": "x" });
        for audience in [json!({ "include": [OTHER] }), json!({ "subtree": CITY }), json!({ "subtree": "www" }), json!({ "include": [PROVINCE, ABROAD] })] {
            requests.push(post("commissions", form(audience.clone())));
            requests.push(post("commissions?tenant=wuhan-hubei", form(audience.clone())));
            requests.push(post("quotas", with(quota.clone(), "audience", audience)));
        }
        // Points are not given beside or above oneself.
        for slug in [OTHER, COUNTY, CITY, ABROAD] {
            let points = json!({ "beneficiary": slug, "occasion": "urgent", "title": "x" });
            requests.push(post("points/events", points.clone()));
            requests.push(post("points/events?tenant=wuhan-hubei", points));
        }
        tried(house, &county, &[OTHER, CITY, PROVINCE, ABROAD, "www"], &requests).await;
        // Who is called answers for itself: with its own, once, and does not let itself off.
        let other = house.token(OTHER, Role::TenantAdmin).await;
        let granted = json!({ "granted": true, "answer": "x" });
        let requests = [
            post(&format!("calls/{id}/answers"), json!({ "document_id": news.document })),
            post(&format!("calls/{id}/answers"), json!({ "document_id": theirs.document, "to": PROVINCE })),
            post(&format!("calls/{id}/decline"), json!({ "reason": "x" })),
            post(&format!("commissions/{id}/calls/{OTHER}/excuse"), granted.clone()),
            post(&format!("commissions/{id}/calls/{OTHER}/excuse?tenant={CITY}"), granted),
        ];
        tried(house, &other, &[OTHER, CITY, COUNTY, PROVINCE], &requests).await;
        // A city calls and binds below itself only, also when some of those it names are below it.
        let (mut requests, quota) = (Vec::new(), json!({ "name": "硬塞", "period": "week", "minimum": 1, "source": "x" }));
        for audience in [json!({ "include": [PROVINCE] }), json!({ "include": [ABROAD] }), json!({ "subtree": PROVINCE }), json!({ "include": [COUNTY, ABROAD] })] {
            requests.push(post("commissions", form(audience.clone())));
            requests.push(post("quotas", with(quota.clone(), "audience", audience)));
        }
        tried(house, &city, &[PROVINCE, ABROAD, COUNTY, "www"], &requests).await;
    }
);

/// The second wall holds alone: whoever got past the program's own types calls nobody, lets nobody off, and gives no points,
/// in another's name. Each is refused by a policy or touches no row.
#[tokio::test]
async fn sscms_677_the_database_refuses_as_well() {
    let Some(house) = House::open(Engine::Postgres).await else { return eprintln!("left out: no PostgreSQL") };
    let city = house.token(CITY, Role::TenantAdmin).await;
    let form = json!({ "topic": "题", "requirements": "要求", "open": true, "audience": { "include": [OTHER] } });
    let one = house.post(&city, "/api/v1/commissions", form).await.expect(201).json();
    let id = one["id"].as_str().expect("an id");
    let (_, waits) = submitted(&house, OTHER, "武昌区的消息").await;
    house.run_jobs().await;
    let (me, above, beside) = (house.site(COUNTY).tenant, house.site(CITY).tenant, house.site(OTHER).tenant);
    let mut options = sea_orm::ConnectOptions::new(house.url.clone());
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_postgres_opts(|postgres| postgres.options([("role", "dibao_runtime")]));
    let db = sea_orm::Database::connect(options).await.expect("connected");
    db.execute_unprepared(&format!(
        "SELECT set_config('app.tenant', '{me}', false), set_config('app.reach', 'on', false)"
    ))
    .await
    .expect("set");
    let point = |scorer, writer, whose, occasion: &str| {
        format!(
            "INSERT INTO point_event (tenant_id, id, writer_id, beneficiary_id, occasion, level_up, central, channel, item_id, title, note, adjust, at, by_whom) \
             VALUES ('{scorer}', gen_random_uuid(), '{writer}', '{whose}', '{occasion}', 0, 0, '', gen_random_uuid(), 'x', '', 0, 0, 'x')"
        )
    };
    let call = |tenant, issuer| {
        format!(
            "INSERT INTO commission_call (tenant_id, commission_id, issuer_id, standing, called_at, due_at) \
             VALUES ('{tenant}', gen_random_uuid(), '{issuer}', 'called', 0, 1)"
        )
    };
    let refused = [
        // Points for myself, for my neighbour's loss, and in the scorer's name.
        point(above, me, me, "adopted"),
        point(above, me, me, "commission_delivered"),
        point(above, me, beside, "commission_missed"),
        point(above, above, me, "adopted"),
        // A call from me to a neighbour, from my superior to a neighbour, from me to my superior.
        call(beside, me),
        call(beside, above),
        call(above, me),
    ];
    for sql in &refused {
        let error = db.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(error.contains("row-level security"), "{sql}: {error}");
    }
    let untouched = [
        format!("UPDATE commission_call SET standing = 'excused' WHERE commission_id = '{id}'"),
        format!("UPDATE commission SET state = 'closed' WHERE id = '{id}'"),
        format!("UPDATE submission SET standing = 'adopted' WHERE id = '{waits}'"),
        format!("UPDATE submission SET sender_id = '{me}' WHERE id = '{waits}'"),
    ];
    for sql in &untouched {
        let touched = db.execute_unprepared(sql).await.map_or(0, |done| done.rows_affected());
        assert_eq!(touched, 0, "{sql}");
    }
    db.close().await.expect("closed");
    house.close().await;
}
