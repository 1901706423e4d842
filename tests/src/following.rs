//! What one node commits, another node follows, also when it fails in between.

use base::Store;
use base::store::{Engine, StoreOptions};
use sea_orm::ConnectionTrait;

use crate::kit::{House, entry, on_both};

async fn new_county(house: &House, slug: &str) {
    house.apply(vec![entry(slug, slug, "county", "wuhan-hubei")]).await;
}

on_both!(
    /// A change that could not be followed is followed later, with everything that was committed beside it.
    a_failed_look_loses_nothing, house => {
        let other = Store::open(&StoreOptions::new(&house.url, 4)).await.expect("a second node");
        let hubei = house.site("hubei").tenant;
        let before = other.sites().by_id(hubei).expect("a site").generation();
        new_county(house, "jiangxia-wuhan-hubei").await;
        let tx = house.app.store.tenant(hubei).await.expect("a transaction");
        tx.touch_pages(house.now()).await.expect("touched");
        tx.commit().await.expect("committed");
        let owner = sea_orm::Database::connect(&house.url).await.expect("connected");
        owner.execute_unprepared("ALTER TABLE tenant_host RENAME TO away").await.expect("away");
        other.follow().await.expect_err("the directory cannot be read");
        owner.execute_unprepared("ALTER TABLE away RENAME TO tenant_host").await.expect("back");
        owner.close().await.expect("closed");
        assert!(other.follow().await.expect("followed") >= 2);
        assert!(other.sites().by_slug("jiangxia-wuhan-hubei").is_some());
        assert!(other.sites().by_id(hubei).expect("a site").generation() > before);
        assert_eq!(other.follow().await.expect("followed"), 0, "and nothing twice");
    }
);

on_both!(
    /// However many read the directory at the same time, the newest picture is the one that stays.
    readings_of_the_directory_take_turns, house => {
        let mut readers = tokio::task::JoinSet::new();
        for n in 0..6 {
            for _ in 0..4 {
                let store = house.app.store.clone();
                readers.spawn(async move { store.reload_sites().await });
            }
            new_county(house, &format!("new{n}-wuhan-hubei")).await;
        }
        for read in readers.join_all().await {
            read.expect("read");
        }
        let mut slots: Vec<_> = house.app.store.sites().all().iter().map(|site| site.slot).collect();
        assert_eq!(slots.len(), 14);
        slots.dedup();
        assert_eq!(slots.len(), 14, "one slot each");
    }
);

on_both!(
    /// A change of one county leaves the ready pages of the country alone.
    a_new_county_makes_only_its_city_old, house => {
        let generation = |slug: &str| house.site(slug).generation();
        let before = ["www", "hubei", "guangdong", "jiangan-wuhan-hubei", "wuhan-hubei"].map(generation);
        new_county(house, "jiangxia-wuhan-hubei").await;
        let after = ["www", "hubei", "guangdong", "jiangan-wuhan-hubei", "wuhan-hubei"].map(generation);
        assert_eq!(before[..4], after[..4]);
        assert!(after[4] > before[4], "its city links to it");
    }
);
