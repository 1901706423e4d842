//! The same by forms of the console.

use super::*;

on_both!(
    /// The owner invites, the member accepts and contributes from the document's page, the owner accepts all and undoes it.
    a_joint_column_by_forms, house => {
        let owner = house.person("owner", PROVINCE, Role::TenantAdmin, false).await;
        let county = house.person("county", COUNTY, Role::TenantAdmin, false).await;
        assert!(house.room(&owner, "/console/joint/columns").await.expect(200).body.contains("还没有共建栏目"));
        let refused = house.form(&owner, "/console/joint/columns", &[("column", "yaowen"), ("members", "nobody"), ("mode", "review"), ("note", "共同办好")]).await.expect(422);
        assert!(refused.body.contains("nobody") && refused.body.contains("共同办好"), "what was typed comes back");
        house.form(&owner, "/console/joint/columns", &[("column", "yaowen"), ("members", COUNTY), ("mode", "review")]).await.expect(303);
        let token = admin(house, COUNTY).await;
        let open = house.get(&token, "/api/v1/joint/members?side=member").await.expect(200).json();
        let via = id(&open["items"][0]);
        assert!(house.room(&county, "/console/joint/mine").await.expect(200).body.contains("待答复"));
        house.form(&county, &format!("/console/joint/members/{via}/answer"), &[("answer", "accept")]).await.expect(303);
        assert!(house.room(&owner, "/console/joint/columns").await.expect(200).body.contains("已加入"));

        let news = house.publish(&token, "yaowen", "江岸区图书馆开放").await;
        let second = house.publish(&token, "yaowen", "江岸区公园开放").await;
        let page = house.room(&county, &format!("/console/documents/{}", news.document)).await.expect(200);
        assert!(page.body.contains("投送到共建栏目") && page.body.contains("湖北省"));
        for one in [&news, &second] {
            let path = format!("/console/documents/{}/contribute", one.document);
            let done = house.form(&county, &path, &[("member", &via), ("note", "请采用")]).await.expect(303);
            assert!(house.room(&county, done.header("location")).await.expect(200).body.contains("已投送"));
            house.form(&county, &path, &[("member", &via)]).await.expect(409);
        }
        house.run_jobs().await;
        let queue = house.room(&owner, "/console/joint").await.expect(200);
        assert!(queue.body.contains("江岸区图书馆开放") && queue.body.contains("江岸区公园开放"));
        let items: Vec<String> = [&news, &second].iter().map(|one| format!("{via}/{}", one.document)).collect();
        let both: Vec<(&str, &str)> = items.iter().map(|value| ("item", value.as_str())).collect();
        let done = house.form(&owner, "/console/joint/accept", &both).await.expect(303);
        let list = house.page(PROVINCE, "/yaowen/").await.body;
        assert!(list.contains("江岸区图书馆开放") && list.contains("江岸区公园开放"));
        assert!(house.room(&owner, done.header("location")).await.expect(200).body.contains("撤销本次采用"));
        house.form(&owner, "/console/joint/undo", &both).await.expect(303);
        assert!(!house.page(PROVINCE, "/yaowen/").await.body.contains("江岸区图书馆开放"));
        house.form(&owner, "/console/joint/undo", &both).await.expect(409);
        house.form(&owner, "/console/joint/accept", &[]).await.expect(422);

        // One by one: a refused form keeps its reason's place, a decision leads to the next.
        let one = format!("/console/joint/items/{}", items[0]);
        let shown = house.room(&owner, &one).await.expect(200);
        assert!(shown.body.contains("图书馆开放的正文") && shown.body.contains("请采用"));
        house.form(&owner, &format!("{one}/decline"), &[("reason", "")]).await.expect(422);
        let next = house.form(&owner, &format!("{one}/accept"), &[("column", "gzdt")]).await.expect(303);
        assert!(next.header("location").contains(&second.document), "{}", next.header("location"));
        assert!(house.page(PROVINCE, "/gzdt/").await.body.contains("江岸区图书馆开放"));
        house.form(&owner, &format!("{one}/arrange"), &[("column", "yaowen"), ("pinned", "yes")]).await.expect(303);
        assert!(house.page(PROVINCE, "/yaowen/").await.body.contains("江岸区图书馆开放"));
        house.form(&owner, &format!("{one}/take-down"), &[("reason", "版面调整")]).await.expect(303);
        house.form(&owner, &format!("{one}/reopen"), &[]).await.expect(303);
        house.form(&owner, &format!("{one}/accept"), &[]).await.expect(303);
        assert!(house.room(&county, &one).await.expect(200).body.contains("已上栏目"));
        house.form(&county, &format!("{one}/withdraw"), &[("reason", "有误")]).await.expect(303);
        assert!(!house.page(PROVINCE, "/yaowen/").await.body.contains("江岸区图书馆开放"));
        let other = format!("/console/joint/items/{}", items[1]);
        house.form(&owner, &format!("{other}/return"), &[("reason", "请补充")]).await.expect(303);
        assert!(house.room(&county, "/console/joint/mine").await.expect(200).body.contains("请补充"));
        house.form(&owner, &format!("/console/joint/members/{via}/mode"), &[("mode", "automatic")]).await.expect(303);
        house.form(&owner, &format!("/console/joint/members/{via}/remove"), &[("reason", "")]).await.expect(422);
        house.form(&owner, &format!("/console/joint/members/{via}/remove"), &[("reason", "到期")]).await.expect(303);
        assert!(house.room(&county, "/console/joint?show=all").await.expect(200).body.contains("共建与订阅"));
    }
);

on_both!(
    /// A subscription by a form: looked ahead, asked for, consented to, paused and ended.
    a_subscription_by_forms, house => {
        let subscriber = house.person("subscriber", OTHER, Role::TenantAdmin, false).await;
        let source = house.person("source", COUNTY, Role::TenantAdmin, false).await;
        let token = admin(house, COUNTY).await;
        house.publish(&token, "yaowen", "江岸区招商消息").await;
        house.publish(&token, "yaowen", "江岸区防汛消息").await;
        let new = "/console/joint/subscriptions/new";
        let form = house.room(&subscriber, &format!("{new}?source={COUNTY}")).await.expect(200);
        assert!(form.body.contains("江岸区") && form.body.contains("value=\"yaowen\""));
        let fields = [
            ("source", COUNTY), ("scope", "one"), ("column", "yaowen"), ("target", "yaowen"), ("mode", "review"), ("include", "招商，引资"),
        ];
        let ahead = house.form(&subscriber, new, &[&fields[..], &[("act", "preview")]].concat()).await.expect(200);
        assert!(ahead.body.contains("天将命中 1") && ahead.body.contains("江岸区招商消息") && !ahead.body.contains("江岸区防汛消息"));
        assert!(ahead.body.contains("招商，引资"), "what was typed stays");
        let bad = house.form(&subscriber, new, &[&fields[..], &[("regions", "湖北"), ("act", "ask")]].concat()).await.expect(422);
        assert!(bad.body.contains("招商，引资"));
        house.form(&subscriber, new, &[&fields[..], &[("act", "ask")]].concat()).await.expect(303);
        house.form(&subscriber, new, &[&fields[..], &[("act", "ask")]].concat()).await.expect(409);
        assert!(house.room(&subscriber, "/console/joint/subscriptions").await.expect(200).body.contains("待对方同意"));
        let mine = house.get(&admin(house, OTHER).await, "/api/v1/joint/subscriptions").await.expect(200).json();
        let path = format!("/console/joint/subscriptions/{}", id(&mine["items"][0]));
        assert!(house.room(&source, "/console/joint/subscriptions").await.expect(200).body.contains("武昌区"));
        house.form(&source, &format!("{path}/step"), &[("move", "consent")]).await.expect(303);
        house.form(&source, &format!("{path}/step"), &[("move", "end")]).await.expect(422);
        house.form(&subscriber, &format!("{path}/mode"), &[("mode", "automatic")]).await.expect(303);
        house.form(&subscriber, &format!("{path}/step"), &[("move", "pause")]).await.expect(303);
        house.form(&subscriber, &format!("{path}/step"), &[("move", "pause")]).await.expect(409);
        house.form(&subscriber, &format!("{path}/step"), &[("move", "end")]).await.expect(303);
        // The same column of everybody below, from above.
        let province = house.person("province", PROVINCE, Role::TenantAdmin, false).await;
        let fields = [("scope", "below"), ("below", CITY), ("kind", "工作动态"), ("target", "yaowen"), ("mode", "automatic")];
        let ahead = house.form(&province, new, &[&fields[..], &[("act", "preview")]].concat()).await.expect(200);
        assert!(ahead.body.contains("天将命中 2"));
        house.form(&province, new, &[&fields[..], &[("act", "ask")]].concat()).await.expect(303);
        let open = house.form(&source, "/console/joint/columns/yaowen/open", &[("open", "yes")]).await;
        assert_eq!(open.status, 303);
        assert!(house.room(&source, "/console/joint/columns").await.expect(200).body.contains("已开放"));
    }
);
