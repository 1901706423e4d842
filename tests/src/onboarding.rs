//! Bringing portals on board and changing them: only what differs is touched, and what follows from it follows.

use base::Timestamp;
use base::store::Engine;
use base::tenancy::TenantState;
use exchange::onboarding::{self, ApplyError, ColumnsGiven, Declared, Entry, Plan};
use exchange::policy::{self, PolicySpec};

use crate::kit::{House, entry, on_both};

fn resolved(house: &House, entry: &Entry) -> Declared {
    let name = entry.blueprint.clone().expect("a blueprint");
    onboarding::resolve(entry, &name, &house.app.blueprints[&name], "localhost").expect("resolved")
}

async fn planned(house: &House, entry: &Entry) -> Plan {
    let store = &house.app.store;
    let tx = store.provision_operator().await.expect("a transaction");
    onboarding::plan(store, &tx, house.standards(), &[resolved(house, entry)], house.now()).await.expect("planned")
}

async fn refused(house: &House, entry: &Entry) -> String {
    let store = &house.app.store;
    let tx = store.provision_operator().await.expect("a transaction");
    let declared = [resolved(house, entry)];
    match onboarding::apply(store, tx, house.standards(), &declared, "test", house.now()).await {
        Err(ApplyError::Faults(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        other => panic!("{other:?}"),
    }
}

/// The strictest limit of a tenant and the slug of whoever set it.
async fn limit(house: &House, slug: &str) -> Option<(i32, String)> {
    let tx = house.app.store.reading(house.site(slug).tenant).await.expect("a transaction");
    let strictest = policy::find(&tx).await.expect("found").strictest;
    strictest.map(|(hours, from)| (hours, house.app.store.sites().by_id(from).expect("a site").slug.to_string()))
}

fn limited(slug: &str, name: &str, level: &str, parent: &str, hours: Option<i32>) -> Entry {
    let repost = Some(PolicySpec { limit_hours: hours, ..PolicySpec::default() });
    Entry { repost, ..entry(slug, name, level, parent) }
}

on_both!(
    /// Limits follow a portal that moves, and name the nearest who set them, also when the hours stay the same.
    limits_follow_the_tree, house => {
        house.apply(vec![limited("hubei", "湖北省", "province", "www", Some(8))]).await;
        assert_eq!(limit(house, "jiangan-wuhan-hubei").await, Some((8, "hubei".to_owned())));
        assert_eq!(limit(house, "guangdong").await, None);
        // As strict as its superior, the city is nearer.
        house.apply(vec![limited("wuhan-hubei", "武汉市", "city", "hubei", Some(8))]).await;
        assert_eq!(limit(house, "jiangan-wuhan-hubei").await, Some((8, "wuhan-hubei".to_owned())));
        let looser = limited("hubei", "湖北省", "province", "www", None);
        assert_eq!(planned(house, &looser).await.policies, ["hubei"]);
        house.apply(vec![looser]).await;
        assert_eq!(limit(house, "hubei").await, None);
        // Only the parent changes.
        house.apply(vec![limited("guangdong", "广东省", "province", "www", Some(6))]).await;
        let moved = entry("yichang-hubei", "宜昌市", "city", "guangdong");
        let plan = planned(house, &moved).await;
        assert_eq!((plan.change.len(), plan.change[0].fields.as_slice(), plan.policies.len()), (1, &["parent"][..], 0));
        house.apply(vec![moved]).await;
        assert_eq!(limit(house, "yichang-hubei").await, Some((6, "guangdong".to_owned())));
    }
);

on_both!(
    /// A standard column that portals lack is shown by the plan, given to those that are declared and to nobody else, and
    /// their pages become old.
    new_standard_columns_reach_portals_that_were_there, house => {
        let owner = sea_orm::Database::connect(&house.url).await.expect("connected");
        let lose = "DELETE FROM site_column WHERE key = 'yaowen'";
        sea_orm::ConnectionTrait::execute_unprepared(&owner, lose).await.expect("lost");
        owner.close().await.expect("closed");
        let hubei = entry("hubei", "湖北省", "province", "www");
        let plan = planned(house, &hubei).await;
        assert_eq!(plan.columns, [ColumnsGiven { slug: "hubei".to_owned(), columns: 1 }]);
        assert_eq!((plan.change.len(), plan.unchanged), (0, 1));
        let before = house.site("hubei").generation();
        house.apply(vec![hubei.clone()]).await;
        assert!(house.site("hubei").generation() > before);
        assert!(planned(house, &hubei).await.is_empty(), "applied twice, nothing changes");
        let others = entry("guangdong", "广东省", "province", "www");
        assert_eq!(planned(house, &others).await.columns.len(), 1, "who was not declared was left alone");
        let new = planned(house, &entry("new-hubei", "新城", "city", "hubei")).await;
        assert_eq!((new.create.as_slice(), new.columns.len()), (&["new-hubei".to_owned()][..], 0));
    }
);

on_both!(
    /// A suspension ends within thirty days and comes once a year; a portal closes when its notice has stood.
    going_offline_has_its_days, house => {
        let state = |state, until: Option<&str>| Entry {
            state: Some(state),
            state_reason: Some("机房改造".to_owned()),
            state_until: until.map(str::to_owned),
            ..entry("guangdong", "广东省", "province", "www")
        };
        let long = refused(house, &state(TenantState::Suspended, Some("2026-04-02"))).await;
        assert!(long.contains("at most 30 days") && long.contains("47号"), "{long}");
        house.apply(vec![state(TenantState::Suspended, Some("2026-03-20"))]).await;
        assert_eq!(house.site("guangdong").state_until, Timestamp::parse("2026-03-20"));
        assert!(planned(house, &state(TenantState::Suspended, None)).await.is_empty(), "what was announced stays");
        house.later(10 * 24);
        house.apply(vec![entry("guangdong", "广东省", "province", "www")]).await;
        assert_eq!(house.site("guangdong").state_until, None);
        house.later(30 * 24);
        assert!(refused(house, &state(TenantState::Suspended, None)).await.contains("at most once"));
        house.apply(vec![state(TenantState::Closing, None)]).await;
        let ends = house.site("guangdong").state_until.expect("a day");
        assert!(ends >= house.now().plus_hours(30 * 24));
        house.later(29 * 24);
        assert!(refused(house, &state(TenantState::Closed, None)).await.contains("cannot close before"));
        house.later(2 * 24);
        house.apply(vec![state(TenantState::Closed, None)]).await;
        assert_eq!(house.site("guangdong").state, TenantState::Closed);
    }
);
