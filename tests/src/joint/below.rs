//! What a subscriber changes about a flow that is under way, and portals that join after a flow was declared for everybody.

use super::*;
use crate::commissions::told;
use crate::kit::entry;

const NEW: &str = "hanyang-wuhan-hubei";

async fn flows(house: &House, token: &str) -> Vec<Value> {
    let list = house.get(token, "/api/v1/joint/subscriptions").await.expect(200).json();
    list["items"].as_array().expect("items").clone()
}

/// The province takes the news of everybody below the city.
async fn declare(house: &House, province: &str, filter: Value) -> Value {
    let form = json!({ "below": CITY, "code": "yaowen", "target": "yaowen", "mode": "automatic", "filter": filter });
    house.post(province, "/api/v1/joint/subscriptions/below", form).await.expect(201);
    let list = house.get(province, "/api/v1/joint/subscriptions/below").await.expect(200).json();
    list["items"][0].clone()
}

async fn from(house: &House, province: &str, slug: &str) -> Vec<Value> {
    flows(house, province).await.into_iter().filter(|one| one["source"] == slug).collect()
}

on_both!(
    /// A filter is changed under way: by whoever read its newest version and owns it; what came in stays, what the old one
    /// stopped is judged anew with its next edition, and the evidence says what passes.
    a_filter_is_changed_under_way, house => {
        let (county, province) = (admin(house, COUNTY).await, admin(house, PROVINCE).await);
        let flow = subscribe(house, &province, COUNTY, "automatic", json!({ "include": ["招商"] })).await;
        let via = id(&flow);
        let first = house.publish(&county, "yaowen", "江岸区招商消息").await;
        let other = house.publish(&county, "yaowen", "江岸区防汛消息").await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &via, &other.document).await), "filtered");

        let path = format!("/api/v1/joint/subscriptions/{via}/filter");
        let version = flow["version"].as_i64().expect("a version");
        let form = json!({ "version": version, "filter": { "include": ["防汛"] } });
        house.write("PUT", &county, &path, form.clone()).await.expect(404);
        house.write("PUT", &province, &path, json!({ "filter": {} })).await.expect(422);
        house.write("PUT", &province, &path, json!({ "version": version, "filter": { "regions": ["x"] } })).await.expect(422);
        let changed = house.write("PUT", &province, &path, form.clone()).await.expect(200).json();
        assert_eq!(changed["filter"]["include"], json!(["防汛"]));
        house.write("PUT", &province, &path, form).await.expect(409);
        let events = told(house, PROVINCE, "joint.filter_changed").await;
        assert_eq!((events.len(), &events[0]["filter"]["include"]), (1, &json!(["防汛"])));

        assert_eq!(standing(&item(house, &province, &via, &first.document).await), "placed");
        assert_eq!(standing(&item(house, &province, &via, &other.document).await), "filtered");
        let later = house.publish(&county, "yaowen", "江岸区招商消息第二则").await;
        correct(house, &county, &other.document, "江岸区防汛消息（更正）").await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &via, &later.document).await), "filtered");
        assert_eq!(standing(&item(house, &province, &via, &other.document).await), "placed");
        let list = house.page(PROVINCE, "/yaowen/").await.body;
        assert!(list.contains("江岸区招商消息") && list.contains("防汛消息（更正）") && !list.contains("第二则"));

        // By the form as well, which does not overwrite what somebody else changed meanwhile.
        let cookie = house.person("province", PROVINCE, Role::TenantAdmin, false).await;
        let room = format!("/console/joint/subscriptions/{via}/filter");
        assert!(house.room(&cookie, "/console/joint/subscriptions").await.expect(200).body.contains(&room));
        let page = house.room(&cookie, &room).await.expect(200).body;
        assert!(page.contains("value=\"防汛\""), "{page}");
        let old = [("version", "0"), ("include", "水利，防汛 抗旱")];
        assert!(house.form(&cookie, &room, &old).await.expect(409).body.contains("水利"), "what was typed comes back");
        let version = changed["version"].to_string();
        house.form(&cookie, &room, &[("version", version.as_str()), ("regions", "湖北")]).await.expect(422);
        let typed = [("version", version.as_str()), ("include", "水利，防汛 抗旱"), ("types", "official")];
        house.form(&cookie, &room, &typed).await.expect(303);
        let now = &from(house, &province, COUNTY).await[0];
        assert_eq!(now["filter"]["include"], json!(["水利", "防汛 抗旱"]));
        assert_eq!(now["filter"]["types"], json!(["official"]));
        let source = house.person("source", COUNTY, Role::TenantAdmin, false).await;
        house.room(&source, &room).await.expect(404);
        step(house, &province, &flow, "end").await.expect(200);
        let version = from(house, &province, COUNTY).await[0]["version"].clone();
        house.write("PUT", &province, &path, json!({ "version": version, "filter": {} })).await.expect(409);
    }
);

on_both!(
    /// A filter asks for the type of the source's column, beside the type of the document.
    a_filter_asks_for_the_type_of_the_column, house => {
        let (county, province) = (admin(house, COUNTY).await, admin(house, PROVINCE).await);
        let of = |kind: &str| json!({ "column_types": [kind], "types": ["information"] });
        let form = json!({ "source": COUNTY, "column": "yaowen", "target": "gzdt", "mode": "automatic", "filter": of("政策文件") });
        let papers = house.post(&province, "/api/v1/joint/subscriptions", form).await.expect(201).json();
        let news = subscribe(house, &province, COUNTY, "automatic", of("工作动态")).await;
        let one = house.publish(&county, "yaowen", "江岸区的一则消息").await;
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &id(&papers), &one.document).await), "filtered");
        assert_eq!(standing(&item(house, &province, &id(&news), &one.document).await), "placed");
        // What a subscription missed is asked the same; the look ahead asks it too.
        let form = json!({ "source": COUNTY, "column": "yaowen", "target": "zcwj", "since": "2026-01-01", "filter": of("政策文件") });
        let missed = house.post(&province, "/api/v1/joint/subscriptions", form).await.expect(201).json();
        house.run_jobs().await;
        assert_eq!(standing(&item(house, &province, &id(&missed), &one.document).await), "filtered");
        let cookie = house.person("province", PROVINCE, Role::TenantAdmin, false).await;
        let new = "/console/joint/subscriptions/new";
        let fields = [("source", COUNTY), ("scope", "one"), ("column", "yaowen"), ("target", "gzdt"), ("mode", "review"), ("act", "preview")];
        for (kind, hits) in [("政策文件，数据发布", "天将命中 0"), ("政策文件，工作动态", "天将命中 1")] {
            let ahead = house.form(&cookie, new, &[&fields[..], &[("column_types", kind)]].concat()).await.expect(200);
            assert!(ahead.body.contains(hits) && ahead.body.contains(kind), "{kind}");
        }
    }
);

on_both!(
    /// Who joins after a flow was declared for everybody below is subscribed to by the platform, on the declared terms.
    who_joins_later_is_subscribed_to, house => {
        let province = admin(house, PROVINCE).await;
        let declared = declare(house, &province, json!({ "exclude": ["通知"] })).await;
        assert_eq!((declared["below"].as_str(), declared["active"].as_bool()), (Some(CITY), Some(true)));
        let before = flows(house, &province).await.len();
        house.apply(vec![entry(NEW, "汉阳区", "county", CITY), entry("zixing-hunan", "资兴市", "county", "guangdong")]).await;
        house.run_jobs().await;
        assert_eq!(flows(house, &province).await.len(), before + 1, "the one below, not the one elsewhere");
        let flow = from(house, &province, NEW).await.remove(0);
        assert_eq!((standing(&flow), flow["mode"].as_str()), ("active", Some("automatic")));
        let events = told(house, PROVINCE, "joint.joined_below").await;
        assert_eq!((events.len(), events[0]["columns"].as_i64(), events[0]["declaration"].as_str()), (1, Some(1), declared["id"].as_str()));

        let county = admin(house, NEW).await;
        house.publish(&county, "yaowen", "汉阳区的消息").await;
        house.publish(&county, "yaowen", "汉阳区的通知").await;
        house.run_jobs().await;
        let list = house.page(PROVINCE, "/yaowen/").await.body;
        assert!(list.contains("汉阳区的消息") && !list.contains("汉阳区的通知"));
        // What people ended is not begun again, however often the platform looks.
        step(house, &county, &flow, "end").await.expect(200);
        house.later(3);
        house.run_jobs().await;
        assert_eq!(standing(&from(house, &province, NEW).await[0]), "ended");
        assert_eq!(from(house, &province, NEW).await.len(), 1);
    }
);

on_both!(
    /// Whoever would close a ring is passed over; the terms of whoever joins may change; an ended declaration lets nobody in.
    a_declaration_changes_and_ends, house => {
        let province = admin(house, PROVINCE).await;
        let declared = declare(house, &province, json!({})).await;
        house.apply(vec![entry(NEW, "汉阳区", "county", CITY)]).await;
        // The newcomer is fed by the province before the platform looks.
        let county = admin(house, NEW).await;
        subscribe(house, &county, PROVINCE, "review", json!({})).await;
        house.run_jobs().await;
        assert!(from(house, &province, NEW).await.is_empty());

        let path = format!("/api/v1/joint/subscriptions/below/{}", id(&declared));
        let form = json!({ "version": declared["version"], "filter": { "include": ["要闻"] } });
        house.write("PUT", &county, &format!("{path}/filter"), form.clone()).await.expect(404);
        house.write("PUT", &province, &format!("{path}/filter"), form.clone()).await.expect(200);
        house.write("PUT", &province, &format!("{path}/filter"), form).await.expect(409);
        house.apply(vec![entry("caidian-wuhan-hubei", "蔡甸区", "county", CITY)]).await;
        house.run_jobs().await;
        assert_eq!(from(house, &province, "caidian-wuhan-hubei").await[0]["filter"]["include"], json!(["要闻"]));
        assert_eq!(from(house, &province, COUNTY).await[0]["filter"]["include"], json!([]), "who was there keeps its terms");

        let cookie = house.person("province", PROVINCE, Role::TenantAdmin, false).await;
        let page = house.room(&cookie, "/console/joint/subscriptions").await.expect(200).body;
        assert!(page.contains("此后新开通的网站自动订阅") && page.contains("包含关键词 要闻"));
        let room = format!("/console/joint/subscriptions/below/{}", id(&declared));
        let form = house.room(&cookie, &format!("{room}/filter")).await.expect(200).body;
        assert!(form.contains("value=\"要闻\"") && form.contains("武汉市"));
        house.form(&cookie, &format!("{room}/filter"), &[("version", "1"), ("include", "")]).await.expect(303);
        house.form(&cookie, &format!("{room}/end"), &[]).await.expect(303);
        house.post(&province, &format!("{path}/end"), json!({})).await.expect(409);
        assert_eq!(told(house, PROVINCE, "joint.below_ended").await.len(), 1);
        house.apply(vec![entry("jiangxia-wuhan-hubei", "江夏区", "county", CITY)]).await;
        house.later(2);
        house.run_jobs().await;
        assert!(from(house, &province, "jiangxia-wuhan-hubei").await.is_empty());
    }
);
