//! What flows: filters, consent, pauses, forwarding, withdrawal everywhere, and many who publish at once.

use super::*;
use crate::kit::entry;

on_both!(
    /// The province takes from a county by a filter: what passes stands at once, what does not is on record and nowhere else.
    a_subscription_with_a_filter, house => {
        let (county, province) = (admin(house, COUNTY).await, admin(house, PROVINCE).await);
        let filter = json!({ "include": ["招商"], "exclude": ["征求意见"], "units": ["国务院"], "regions": ["4201"], "types": ["information"] });
        let flow = subscribe(house, &province, COUNTY, "automatic", filter).await;
        assert_eq!(standing(&flow), "active", "below oneself nobody is asked");
        let via = id(&flow);
        let passes = house.publish(&county, "yaowen", "江岸区招商引资成效").await;
        let excluded = house.publish(&county, "yaowen", "江岸区招商办法征求意见").await;
        let other = house.publish(&county, "yaowen", "江岸区防汛").await;
        let elsewhere = house.publish(&county, "gzdt", "江岸区招商动态").await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &via, &passes.document).await), "placed");
        for one in [&excluded, &other] {
            assert_eq!(standing(&item(house, &province, &via, &one.document).await), "filtered");
        }
        house.get(&province, &format!("/api/v1/joint/items/{via}/{}", elsewhere.document)).await.expect(404);
        let list = house.page(PROVINCE, "/yaowen/").await.body;
        assert!(list.contains("江岸区招商引资成效") && !list.contains("征求意见") && !list.contains("防汛"));
        // A new edition is judged anew.
        correct(house, &county, &other.document, "江岸区招商防汛两不误").await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &via, &other.document).await), "filtered", "its source is another unit");
        let bad = json!({ "source": OTHER, "column": "yaowen", "target": "yaowen", "filter": { "regions": ["湖北"] } });
        house.post(&province, "/api/v1/joint/subscriptions", bad).await.expect(422);
        let bad = json!({ "source": OTHER, "column": "yaowen", "target": "yaowen", "filter": { "types": ["x"] } });
        house.post(&province, "/api/v1/joint/subscriptions", bad).await.expect(422);
        let twice = json!({ "source": COUNTY, "column": "yaowen", "target": "yaowen" });
        house.post(&province, "/api/v1/joint/subscriptions", twice).await.expect(409);
        let nowhere = json!({ "source": COUNTY, "column": "nowhere", "target": "yaowen" });
        house.post(&province, "/api/v1/joint/subscriptions", nowhere).await.expect(422);
    }
);

on_both!(
    /// Beside and above the source is asked; what was published while a subscription was paused comes when it goes on.
    consent_pause_and_end, house => {
        let (source, subscriber) = (admin(house, COUNTY).await, admin(house, OTHER).await);
        let flow = subscribe(house, &subscriber, COUNTY, "automatic", json!({})).await;
        assert_eq!(standing(&flow), "asked");
        let asked = house.get(&source, "/api/v1/joint/subscriptions?side=source").await.expect(200).json();
        assert_eq!((asked["items"][0]["subscriber"].as_str(), asked["items"][0]["mode"].as_str()), (Some(OTHER), None));
        house.publish(&source, "yaowen", "同意之前的消息").await;
        house.later(1);
        step(house, &source, &flow, "consent").await.expect(200);
        house.publish(&source, "yaowen", "同意之后的消息").await;
        house.run_jobs().await;
        let list = house.page(OTHER, "/yaowen/").await.body;
        assert!(list.contains("同意之后的消息") && list.contains("同意之前的消息"), "asked for since it was asked");
        step(house, &source, &flow, "pause").await.expect(404);
        step(house, &subscriber, &flow, "pause").await.expect(200);
        house.later(1);
        let missed = house.publish(&source, "yaowen", "暂停期间的消息").await;
        house.run_jobs().await;
        assert!(!house.page(OTHER, "/yaowen/").await.body.contains("暂停期间的消息"));
        step(house, &subscriber, &flow, "resume").await.expect(200);
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &subscriber, &id(&flow), &missed.document).await), "placed");
        let mode = format!("/api/v1/joint/subscriptions/{}/mode", id(&flow));
        house.post(&source, &mode, json!({ "mode": "review" })).await.expect(404);
        house.post(&subscriber, &mode, json!({ "mode": "review" })).await.expect(200);
        let waits = house.publish(&source, "yaowen", "等待审核的消息").await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &subscriber, &id(&flow), &waits.document).await), "in_review");
        // The source ends it and says why: what waits is void, what stands stays.
        let path = format!("/api/v1/joint/subscriptions/{}/step", id(&flow));
        house.post(&source, &path, json!({ "move": "end" })).await.expect(422);
        house.post(&source, &path, json!({ "move": "end", "reason": "栏目调整" })).await.expect(200);
        assert_eq!(standing(&item(house, &subscriber, &id(&flow), &waits.document).await), "void");
        act(house, &subscriber, &id(&flow), &waits.document, "accept", json!({})).await.expect(409);
        house.publish(&source, "yaowen", "结束之后的消息").await;
        house.run_jobs().await;
        let list = house.page(OTHER, "/yaowen/").await.body;
        assert!(list.contains("暂停期间的消息") && !list.contains("结束之后的消息") && !list.contains("等待审核"));
    }
);

on_both!(
    /// A withdrawal reaches every subscriber in its own transaction: mirrors are gone, queues are void.
    a_withdrawal_reaches_everybody, house => {
        let (county, city, province) = (admin(house, COUNTY).await, admin(house, CITY).await, admin(house, PROVINCE).await);
        let (auto, review) = (
            subscribe(house, &province, COUNTY, "automatic", json!({})).await,
            subscribe(house, &city, COUNTY, "review", json!({})).await,
        );
        let via = member(house, &house.token("www", Role::CentralDuty).await, COUNTY, "automatic").await;
        let news = house.publish(&county, "yaowen", "江岸区有误的数据").await;
        contribute(house, &county, &via, &news.document).await.expect(201);
        house.run_jobs().await;
        let at_province = item(house, &province, &id(&auto), &news.document).await["address"].as_str().expect("a path").to_owned();
        let at_centre = item(house, &county, &via, &news.document).await["address"].as_str().expect("a path").to_owned();
        for (slug, path) in [(PROVINCE, &at_province), ("www", &at_centre)] {
            house.page(slug, path).await.expect(200);
        }
        take_back(house, &county, &news.document).await;
        // No job has run since.
        for (slug, path) in [(PROVINCE, &at_province), ("www", &at_centre), (COUNTY, &news.address)] {
            house.page(slug, path).await.expect(410);
            assert!(!house.page(slug, "/yaowen/").await.body.contains("有误的数据"), "{slug}");
        }
        for (token, via) in [(&province, id(&auto)), (&city, id(&review)), (&county, via.clone())] {
            let one = item(house, token, &via, &news.document).await;
            assert_eq!((standing(&one), one["reason"].as_str()), ("void", Some("数据有误")));
        }
        act(house, &city, &id(&review), &news.document, "accept", json!({})).await.expect(409);
        // What was on its way when it was taken back arrives nowhere.
        let second = house.publish(&county, "yaowen", "江岸区撤得快的消息").await;
        take_back(house, &county, &second.document).await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &id(&auto), &second.document).await), "void");
        assert!(!house.page(PROVINCE, "/yaowen/").await.body.contains("撤得快"));
        // Published again it waits for a person, also where the subscription is automatic.
        correct(house, &county, &second.document, "江岸区改正后的消息").await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &id(&auto), &second.document).await), "in_review");
        assert!(!house.page(PROVINCE, "/yaowen/").await.body.contains("改正后"));
        act(house, &province, &id(&auto), &second.document, "accept", json!({})).await.expect(200);
        assert!(house.page(PROVINCE, "/yaowen/").await.body.contains("改正后"));
    }
);

on_both!(
    /// A recall reaches whoever subscribed as a withdrawal does, and the copies are on its board.
    a_recall_reaches_subscribers, house => {
        let (first, second) = (house.token("www", Role::CentralDuty).await, house.token("www", Role::CentralDuty).await);
        let (province, city) = (admin(house, PROVINCE).await, admin(house, CITY).await);
        house.write("PUT", &first, "/api/v1/joint/columns/yaowen/open", json!({ "open": true })).await.expect(204);
        let auto = subscribe(house, &province, "www", "automatic", json!({})).await;
        let review = subscribe(house, &city, "www", "review", json!({})).await;
        let news = house.publish(&first, "yaowen", "将被撤回的消息").await;
        house.run_jobs().await;
        let placed = item(house, &province, &id(&auto), &news.document).await;
        let path = placed["address"].as_str().expect("a path").to_owned();
        house.page(PROVINCE, &path).await.expect(200);
        let form = json!({ "edition_id": news.edition, "kind": "recall", "reason": "内容有误" });
        let recall = house.post(&first, "/api/v1/orders", form).await.expect(201).json();
        let confirm = format!("/api/v1/orders/{}/confirm", id(&recall));
        house.post(&second, &confirm, json!({})).await.expect(200);
        house.page(PROVINCE, &path).await.expect(410);
        for (token, via) in [(&province, id(&auto)), (&city, id(&review))] {
            assert_eq!(standing(&item(house, token, &via, &news.document).await), "void");
        }
        act(house, &city, &id(&review), &news.document, "accept", json!({})).await.expect(409);
        house.run_jobs().await;
        assert_eq!(house.counts(&first, &id(&recall)).await["live_unverified"].as_i64(), Some(0));
        assert_eq!(house.counts(&first, &id(&recall)).await["verified_on_time"].as_i64(), Some(1));
    }
);

on_both!(
    /// Mirrors go on only where a subscription says so; never back to the origin, and never twice onto one portal.
    mirrors_are_forwarded_on_request_only, house => {
        let (county, city, province, other) =
            (admin(house, COUNTY).await, admin(house, CITY).await, admin(house, PROVINCE).await, admin(house, OTHER).await);
        subscribe(house, &city, COUNTY, "automatic", json!({})).await;
        let plain = subscribe(house, &province, CITY, "automatic", json!({})).await;
        house.write("PUT", &city, "/api/v1/joint/columns/yaowen/open", json!({ "open": true })).await.expect(204);
        let form = json!({ "source": CITY, "column": "yaowen", "target": "yaowen", "mode": "automatic", "forward_mirrors": true });
        let forwards = house.post(&other, "/api/v1/joint/subscriptions", form).await.expect(201).json();
        assert_eq!(standing(&forwards), "active", "the city said that anybody may");
        // Back to the county's other column: no ring of columns, and still nothing comes home.
        let form = json!({ "source": CITY, "column": "yaowen", "target": "gzdt", "mode": "automatic", "forward_mirrors": true });
        let home = house.post(&county, "/api/v1/joint/subscriptions", form).await.expect(201).json();
        let news = house.publish(&county, "yaowen", "江岸区转到武昌").await;
        house.run_jobs().await;
        assert!(house.page(CITY, "/yaowen/").await.body.contains("江岸区转到武昌"));
        assert!(house.page(OTHER, "/yaowen/").await.body.contains("江岸区转到武昌"));
        assert!(!house.page(PROVINCE, "/yaowen/").await.body.contains("江岸区转到武昌"));
        house.get(&province, &format!("/api/v1/joint/items/{}/{}", id(&plain), news.document)).await.expect(404);
        house.get(&county, &format!("/api/v1/joint/items/{}/{}", id(&home), news.document)).await.expect(404);
        // The origin's word reaches the portal behind the portal.
        let there = item(house, &other, &id(&forwards), &news.document).await;
        assert_eq!((there["from"].as_str(), there["origin"].as_str()), (Some(CITY), Some(COUNTY)));
        correct(house, &county, &news.document, "江岸区转到武昌（更正）").await;
        assert!(house.page(OTHER, "/yaowen/").await.body.contains("（更正）"));
        take_back(house, &county, &news.document).await;
        house.page(OTHER, there["address"].as_str().expect("a path")).await.expect(410);
        // Directly as well: whichever comes second finds it there.
        house.write("PUT", &county, "/api/v1/joint/columns/yaowen/open", json!({ "open": true })).await.expect(204);
        let direct = json!({ "source": COUNTY, "column": "yaowen", "target": "gzdt", "mode": "automatic" });
        house.post(&other, "/api/v1/joint/subscriptions", direct).await.expect(201);
        let twice = house.publish(&county, "yaowen", "江岸区两路来的消息").await;
        house.run_jobs().await;
        let standings: Vec<String> = received(house, &other).await.iter()
            .filter(|one| one["document_id"] == twice.document.as_str()).map(|one| standing(one).to_owned()).collect();
        assert_eq!(standings.len(), 2);
        assert_eq!(standings.iter().filter(|one| *one == "placed").count(), 1, "{standings:?}");
    }
);

on_both!(
    /// More subscribers than a publisher wakes by itself: one job of the publisher's does, and none is left out.
    many_subscribers_of_one_column, house => {
        let slugs: Vec<String> = (0..12).map(|n| format!("y{n}-wuhan-hubei")).collect();
        house.apply(slugs.iter().map(|slug| entry(slug, slug, "county", CITY)).collect()).await;
        let province = admin(house, PROVINCE).await;
        house.write("PUT", &province, "/api/v1/joint/columns/yaowen/open", json!({ "open": true })).await.expect(204);
        for slug in &slugs {
            subscribe(house, &admin(house, slug).await, PROVINCE, "automatic", json!({})).await;
        }
        let news = house.publish(&province, "yaowen", "省里的消息").await;
        // One for the joint columns, one for the links of the text.
        assert_eq!(house.app.store.job_counts(house.now()).await.expect("counted").due, 2, "one job, not twelve");
        house.run_jobs().await;
        for slug in &slugs {
            assert!(house.page(slug, "/yaowen/").await.body.contains("省里的消息"), "{slug}");
        }
        take_back(house, &province, &news.document).await;
        for slug in &slugs {
            assert!(!house.page(slug, "/yaowen/").await.body.contains("省里的消息"), "{slug}");
        }
    }
);

/// A province column fed by many counties that publish at the same time, some of whom take back in between: each item stands
/// once, none is lost, the newest first, and nothing that was taken back is seen.
async fn many_at_once(house: &House, counties: usize) {
    let slugs: Vec<String> = (0..counties).map(|n| format!("x{n}-wuhan-hubei")).collect();
    house
        .apply(slugs.iter().enumerate().map(|(n, slug)| entry(slug, &format!("县{n}"), "county", CITY)).collect())
        .await;
    let province = admin(house, PROVINCE).await;
    let form = json!({ "below": CITY, "code": "", "kind": "工作动态", "target": "yaowen", "mode": "automatic" });
    let kinds = house.post(&province, "/api/v1/joint/subscriptions/below", form.clone()).await.expect(201).json();
    assert!(kinds["made"].as_u64().unwrap_or_default() >= counties as u64, "{kinds}");
    house.post(&province, "/api/v1/joint/subscriptions/below", form).await.expect(422);
    let mut tokens = Vec::new();
    for slug in &slugs {
        tokens.push(admin(house, slug).await);
    }
    let publish = |n: usize| {
        let (token, withdraws) = (&tokens[n], n.is_multiple_of(5));
        async move {
            let kept = house.publish(token, "yaowen", &format!("县{n}的消息")).await;
            let gone = house.publish(token, "yaowen", &format!("县{n}的错误")).await;
            if withdraws {
                take_back(house, token, &gone.document).await;
            }
            (kept, gone, withdraws)
        }
    };
    // The platform works while they publish.
    let (all, _) = tokio::join!(futures::future::join_all((0..counties).map(publish)), async {
        for _ in 0..20 {
            house.run_jobs().await;
            tokio::task::yield_now().await;
        }
    });
    house.run_jobs().await;
    let token = &province;
    let mut placed: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            house.get(token, &format!("/api/v1/placements?column=yaowen&limit=200{cursor}")).await.expect(200).json();
        placed.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let count = |document: &str| placed.iter().filter(|one| one["document_id"] == document).count();
    for (kept, gone, withdrawn) in &all {
        assert_eq!(count(&kept.document), 1);
        assert_eq!(count(&gone.document), usize::from(!withdrawn));
    }
    let expected = all.iter().map(|(_, _, withdrawn)| 2 - usize::from(*withdrawn)).sum::<usize>();
    assert_eq!(placed.len(), expected, "nothing but that");
    let times: Vec<&str> = placed.iter().map(|one| one["published_at"].as_str().unwrap_or_default()).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "the newest first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_counties_at_once_embedded() {
    let house = House::open(Engine::Sqlite).await.expect("a house");
    many_at_once(&house, 30).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_counties_at_once_on_a_server() {
    let Some(house) = House::open(Engine::Postgres).await else { return eprintln!("left out: no PostgreSQL") };
    many_at_once(&house, 100).await;
    house.close().await;
}
