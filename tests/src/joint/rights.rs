//! Nothing moves without a right at the receiver, and no ring is closed.

use sea_orm::{ConnectionTrait, Statement};

use super::*;

on_both!(
    /// The attack on SSCMS (#677): somebody who may do everything at home pushes into a column of somebody else.
    a_sender_does_not_push, house => {
        let owner = admin(house, PROVINCE).await;
        let county = admin(house, COUNTY).await;
        let news = house.publish(&county, "yaowen", "江岸区硬塞的稿件").await;
        // No invitation at all; one that was not answered; one that is somebody else's.
        contribute(house, &county, &news.document, &news.document).await.expect(404);
        let form = json!({ "members": [COUNTY], "column": "yaowen", "mode": "automatic" });
        let invited = house.post(&owner, "/api/v1/joint/members", form).await.expect(201).json();
        let open = id(&invited["items"][0]);
        contribute(house, &county, &open, &news.document).await.expect(409);
        let others = member(house, &owner, OTHER, "automatic").await;
        contribute(house, &county, &others, &news.document).await.expect(404);
        // Nobody but the member answers, nobody but the owner invites, in whatever portal's name it is asked.
        let answer = json!({ "answer": "accept" });
        for token in [&owner, &admin(house, CITY).await, &house.token("guangdong", Role::Operator).await] {
            for at in ["", "?tenant=jiangan-wuhan-hubei"] {
                let path = format!("/api/v1/joint/members/{open}/answer{at}");
                let status = house.post(token, &path, answer.clone()).await.status;
                assert!(matches!(status, 403 | 404), "{status}");
            }
        }
        let push = json!({ "members": [PROVINCE], "column": "yaowen", "mode": "automatic" });
        house.post(&county, "/api/v1/joint/members?tenant=hubei", push).await.expect(404);
        // A subscription in the victim's name is not made; the county's own only fetches, and only with consent.
        let form = json!({ "source": COUNTY, "column": "yaowen", "target": "yaowen", "mode": "automatic" });
        house.post(&county, "/api/v1/joint/subscriptions?tenant=hubei", form.clone()).await.expect(404);
        house.post(&county, "/api/v1/joint/subscriptions", form).await.expect(422);
        let asked = subscribe(house, &county, PROVINCE, "automatic", json!({})).await;
        assert_eq!(standing(&asked), "asked");
        step(house, &county, &asked, "consent").await.expect(404);
        let one = house.publish(&owner, "yaowen", "湖北省的消息").await;
        house.run_jobs().await;
        assert!(!house.page(COUNTY, "/yaowen/").await.body.contains("湖北省的消息"));
        step(house, &owner, &asked, "refuse").await.expect(200);
        step(house, &owner, &asked, "consent").await.expect(409);
        assert_eq!(received(house, &county).await.len(), 0);
        // Nobody decides on what waits elsewhere.
        let stranger = admin(house, "guangzhou-guangdong").await;
        let waits = house.publish(&admin(house, OTHER).await, "yaowen", "武昌区的消息").await;
        house.post(&owner, &format!("/api/v1/joint/members/{others}/mode"), json!({ "mode": "review" })).await.expect(200);
        contribute(house, &admin(house, OTHER).await, &others, &waits.document).await.expect(201);
        house.run_jobs().await;
        for token in [&stranger, &county, &admin(house, OTHER).await] {
            for verb in ["accept", "decline", "return", "take-down", "reopen"] {
                let status = act(house, token, &others, &waits.document, verb, json!({ "reason": "x" })).await.status;
                assert!(matches!(status, 404 | 422), "{verb}: {status}");
            }
        }
        for verb in ["accept", "reopen"] {
            act(house, &stranger, &others, &waits.document, verb, json!({})).await.expect(404);
        }
        act(house, &county, &others, &waits.document, "withdraw", json!({ "reason": "x" })).await.expect(404);
        house.get(&stranger, &format!("/api/v1/joint/items/{others}/{}", waits.document)).await.expect(404);
        assert_eq!(standing(&item(house, &owner, &others, &waits.document).await), "in_review");
        let list = house.page(PROVINCE, "/yaowen/").await.body;
        assert!(!list.contains("硬塞") && !list.contains("武昌区的消息") && list.contains("湖北省的消息"));
        assert!(!one.address.is_empty());
    }
);

/// A bare connection as the role that the program works as, in a tenant's name.
async fn as_tenant(house: &House, slug: &str) -> sea_orm::DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(house.url.clone());
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_postgres_opts(|postgres| postgres.options([("role", "dibao_runtime")]));
    let db = sea_orm::Database::connect(options).await.expect("connected");
    let tenant = house.site(slug).tenant;
    db.execute_unprepared(&format!("SELECT set_config('app.tenant', '{tenant}', false)")).await.expect("set");
    db
}

/// The second wall holds alone: whoever got past the program's own types still writes no letter in another's name, and opens
/// no edition that was not sent.
#[tokio::test]
async fn the_database_refuses_forged_letters() {
    let Some(house) = House::open(Engine::Postgres).await else { return eprintln!("left out: no PostgreSQL") };
    let (owner, county) = (admin(&house, PROVINCE).await, admin(&house, COUNTY).await);
    let news = house.publish(&county, "yaowen", "江岸区的消息").await;
    let form = json!({ "members": [COUNTY], "column": "yaowen", "mode": "review" });
    let invited = house.post(&owner, "/api/v1/joint/members", form).await.expect(201).json();
    let open = id(&invited["items"][0]);
    let asked = subscribe(&house, &county, PROVINCE, "review", json!({})).await;
    let (me, victim) = (house.site(COUNTY).tenant, house.site(PROVINCE).tenant);
    let db = as_tenant(&house, COUNTY).await;
    let forged = [
        // A membership that the owner never gave.
        format!(
            "INSERT INTO joint_member (tenant_id, id, owner_id, column_key, column_name, mode, standing, note, invited_at, invited_by) \
             VALUES ('{me}', gen_random_uuid(), '{victim}', 'home', 'x', 'automatic', 'accepted', '', 0, 'x')"
        ),
        // A subscription of the victim's to a column of mine.
        format!(
            "INSERT INTO joint_subscription (tenant_id, id, subscriber_id, column_key, column_name, target_key, mode, filter, since, standing, asked_at, asked_by) \
             VALUES ('{me}', gen_random_uuid(), '{victim}', 'yaowen', 'x', 'yaowen', 'automatic', '{{}}', 0, 'active', 0, 'x')"
        ),
        // One of mine to a column above that nobody consented to.
        format!(
            "INSERT INTO joint_subscription (tenant_id, id, subscriber_id, column_key, column_name, target_key, mode, filter, since, standing, asked_at, asked_by) \
             VALUES ('{victim}', gen_random_uuid(), '{me}', 'gzdt', 'x', 'yaowen', 'automatic', '{{}}', 0, 'active', 0, 'x')"
        ),
        // An item through an invitation that is not answered.
        format!(
            "INSERT INTO joint_item (tenant_id, via_id, document_id, channel, sender_id, origin_id, edition_id, target_key, title, source, note, standing, arrived_at, arrived_by) \
             VALUES ('{victim}', '{open}', '{}', 'member', '{me}', '{me}', '{}', 'yaowen', 'x', 'x', '', 'arrived', 0, 'x')",
            news.document, news.edition
        ),
        // A letter to myself that names a draft of the victim's, to read it.
        format!(
            "INSERT INTO joint_item (tenant_id, via_id, document_id, channel, sender_id, origin_id, edition_id, target_key, title, source, note, standing, arrived_at, arrived_by) \
             VALUES ('{me}', '{open}', '{}', 'member', '{me}', '{victim}', '{}', 'yaowen', 'x', 'x', '', 'arrived', 0, 'x')",
            news.document, news.edition
        ),
        format!("UPDATE joint_member SET mode = 'automatic' WHERE id = '{open}'"),
        format!("UPDATE joint_subscription SET standing = 'active' WHERE id = '{}'", id(&asked)),
        format!("DELETE FROM joint_member WHERE id = '{open}'"),
    ];
    for sql in &forged {
        assert!(db.execute_unprepared(sql).await.is_err(), "{sql}");
    }
    db.close().await.expect("closed");
    house.close().await;
}

on_both!(
    /// A→B→A and A→B→C→A are refused, a pause keeps its place in the graph, an end gives it back.
    no_column_feeds_itself, house => {
        let (county, city, province) = (admin(house, COUNTY).await, admin(house, CITY).await, admin(house, PROVINCE).await);
        let up = subscribe(house, &city, COUNTY, "automatic", json!({})).await;
        let form = |source: &str, target: &str| json!({ "source": source, "column": "yaowen", "target": target });
        let post = |token: String, form: Value| async move { house.post(&token, "/api/v1/joint/subscriptions", form).await };
        let refused = post(county.clone(), form(CITY, "yaowen")).await.expect(422).json();
        assert_eq!(refused["type"].as_str(), Some("urn:dibao:problem:joint_loop"));
        assert!(!refused["how"].as_str().unwrap_or_default().is_empty());
        // Into another column there is no ring.
        post(county.clone(), form(CITY, "gzdt")).await.expect(201);
        subscribe(house, &province, CITY, "automatic", json!({})).await;
        post(county.clone(), form(PROVINCE, "yaowen")).await.expect(422);
        post(city.clone(), form(CITY, "yaowen")).await.expect(422);
        step(house, &city, &up, "pause").await.expect(200);
        post(county.clone(), form(PROVINCE, "yaowen")).await.expect(422);
        step(house, &city, &up, "end").await.expect(200);
        post(county.clone(), form(PROVINCE, "yaowen")).await.expect(201);
        // The other way round is the ring now.
        post(city.clone(), form(COUNTY, "yaowen")).await.expect(422);
        let below = json!({ "code": "", "kind": "工作动态", "target": "yaowen" });
        house.post(&province, "/api/v1/joint/subscriptions/below", below).await.expect(422);
    }
);

on_both!(
    /// Two halves of a ring at the same time: never both.
    two_halves_of_a_ring_at_once, house => {
        let tokens = [admin(house, COUNTY).await, admin(house, OTHER).await];
        for slug in [COUNTY, OTHER] {
            let path = "/api/v1/joint/columns/yaowen/open";
            house.write("PUT", &admin(house, slug).await, path, json!({ "open": true })).await.expect(204);
        }
        for _ in 0..4 {
            let form = |source: &str| json!({ "source": source, "column": "yaowen", "target": "yaowen" });
            let (one, two) = tokio::join!(
                house.post(&tokens[0], "/api/v1/joint/subscriptions", form(OTHER)),
                house.post(&tokens[1], "/api/v1/joint/subscriptions", form(COUNTY)),
            );
            let mut statuses = [one.status, two.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 422], "{} {}", one.body, two.body);
            let (token, made) = if one.status == 201 { (&tokens[0], one) } else { (&tokens[1], two) };
            step(house, token, &made.json(), "end").await.expect(200);
        }
    }
);

/// The edges of ended subscriptions are gone: the graph holds what is open and nothing else.
#[tokio::test]
async fn the_graph_forgets_what_ended() {
    let house = House::open(Engine::Sqlite).await.expect("a house");
    let city = admin(&house, CITY).await;
    let flow = subscribe(&house, &city, COUNTY, "review", json!({})).await;
    step(&house, &city, &flow, "end").await.expect(200);
    let db = sea_orm::Database::connect(&house.url).await.expect("connected");
    let sql = Statement::from_string(db.get_database_backend(), "SELECT count(*) AS n FROM joint_edge");
    let row = db.query_one_raw(sql).await.expect("asked").expect("a row");
    assert_eq!(row.try_get::<i64>("", "n").expect("a number"), 0);
    db.close().await.expect("closed");
    house.close().await;
}
