//! Two houses for the tests of federation: a centre, and a province that runs an installation of its own.

use base::blob::Blobs;
use base::people::{NewPeer, Side};
use base::store::Engine;
use base::tenancy::TenantState;
use border::federation::{Signer, jobs, sign};
use exchange::onboarding::Entry;
use exchange::policy::{FallbackScope, PolicySpec};

use crate::kit::{Cable, House, Setup, entry};

pub fn key() -> Signer {
    Signer::new(&sign::fresh(base::Ids)).expect("a key")
}

/// The centre, where the province is one tenant among others and its portal is elsewhere.
fn central_tree() -> Vec<Entry> {
    let mut hubei = entry("hubei", "湖北省", "province", "www");
    hubei.repost = Some(PolicySpec { auto_accept: false, fallback: FallbackScope::None, ..Default::default() });
    let mut www = entry("www", "中国政府网", "central", "www");
    www.parent = None;
    vec![
        www,
        hubei,
        entry("guangdong", "广东省", "province", "www"),
        entry("guangzhou-guangdong", "广州市", "city", "guangdong"),
    ]
}

/// The province's own house: one tenant stands for the centre and never answers the public.
fn provincial_tree(head: Option<PolicySpec>) -> Vec<Entry> {
    let mut stand_in = entry("www", "中国政府网", "central", "www");
    stand_in.parent = None;
    stand_in.state = Some(TenantState::Draft);
    let open = |slug: &str, name: &str, level: &str, parent: &str| entry(slug, name, level, parent);
    vec![
        stand_in,
        Entry { repost: head, ..open("hubei", "湖北省", "province", "www") },
        open("wuhan-hubei", "武汉市", "city", "hubei"),
        open("yichang-hubei", "宜昌市", "city", "hubei"),
        open("jiangan-wuhan-hubei", "江岸区", "county", "wuhan-hubei"),
    ]
}

/// Two houses and the cable between them.
pub struct Pair {
    pub centre: House,
    pub province: House,
    pub cable: Cable,
}

impl Pair {
    pub async fn open(engine: Engine) -> Option<Self> {
        Self::open_with(engine, [None, None]).await
    }

    /// The same with places for the files of the centre and of the province.
    pub async fn open_with(engine: Engine, blobs: [Option<Blobs>; 2]) -> Option<Self> {
        Self::open_as(engine, blobs, None).await
    }

    /// The same where the province's own portal decides about each order itself.
    pub async fn open_by_hand(engine: Engine) -> Option<Self> {
        let by_hand = PolicySpec { auto_accept: false, fallback: FallbackScope::None, ..Default::default() };
        Self::open_as(engine, [None, None], Some(by_hand)).await
    }

    async fn open_as(engine: Engine, blobs: [Option<Blobs>; 2], head: Option<PolicySpec>) -> Option<Self> {
        let [blobs_above, blobs_below] = blobs;
        let (above, below) = (key(), key());
        let (public_above, public_below) = (above.public().to_owned(), below.public().to_owned());
        let (tree, blobs) = (Some(central_tree()), blobs_above);
        let centre = Setup { signer: Some(above), tree, blobs, ..Setup::loopback() };
        let centre = House::open_with(engine, centre).await?;
        let (tree, blobs) = (Some(provincial_tree(head)), blobs_below);
        let province = Setup { signer: Some(below), tree, blobs, ..Setup::loopback() };
        let province = House::open_with(engine, province).await?;
        let cable = Cable::to(centre.port).await;
        for (house, slug, side, url, key) in [
            (&centre, "hubei", Side::Below, String::new(), public_below),
            (&province, "www", Side::Above, format!("http://127.0.0.1:{}", cable.port), public_above),
        ] {
            let tenant = house.site(slug).tenant;
            let key_id = sign::key_id(&key).expect("a key");
            let new = NewPeer { tenant, side, name: format!("peer of {slug}"), url, key_id, public_key: key };
            let id = house.app.store.put_peer(new, house.now()).await.expect("joined");
            jobs::begin(&house.app.store, id, house.now()).await.expect("begun");
        }
        Some(Self { centre, province, cable })
    }

    /// Minutes pass in both houses, and everything that is due is done.
    pub async fn minutes(&self, minutes: i64) {
        for _ in 0..minutes {
            for house in [&self.province, &self.centre] {
                house.clock.advance(base::Timestamp::MINUTE);
                house.run_jobs().await;
            }
        }
    }

    pub async fn close(self) {
        self.centre.close().await;
        self.province.close().await;
    }
}
