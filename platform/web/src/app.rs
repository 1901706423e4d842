//! What every handler shares. Acts never see it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base::outbound::Outbound;
use base::people::SignInRules;
use base::{Clock, Store};
use border::crawl::{CrawlRules, Reader};
use border::delivery::DeliveryRules;
use border::federation::{FederationRules, Signer};
use border::outside::OutsideRules;
use border::polite::Guest;
use content::column::ColumnRules;
use content::link::LinkRules;
use content::media::Files;
use exchange::onboarding::LevelBlueprint;
use exchange::{
    CommissionRules, LifecycleRules, LikenessRules, PointTables, RepostRules, RosterRules, SubmissionRules,
};
use oversight::probe::Addresses;

use crate::render::{Pages, Templates};

/// The one shared value.
pub struct App {
    /// The way to every row.
    pub store: Store,
    /// Where the present comes from; read once per request.
    pub clock: Arc<dyn Clock>,
    /// The way out, for rooms in which a person waits for a foreign page.
    pub outbound: Outbound,
    /// Keeps the rules of foreign hosts, for rooms and jobs alike.
    pub guest: Guest,
    /// How crawling is done, in all versions of the rule.
    pub crawl: Arc<CrawlRules>,
    /// Uploaded files.
    pub files: Files,
    /// Themes, catalogues, assets.
    pub templates: Templates,
    /// Ready pages.
    pub pages: Pages,
    /// Visits of articles that were not written yet.
    pub visits: crate::visits::Visits,
    /// The repost rules in all their versions.
    pub rules: Arc<RepostRules>,
    /// The rules on submissions in all their versions, and the working days.
    pub submissions: Arc<SubmissionRules>,
    /// What applies to columns, in all versions of the rule.
    pub columns: Arc<ColumnRules>,
    /// What applies to links that leave a portal.
    pub links: Arc<LinkRules>,
    /// The key of this installation towards others; none when it is joined to nobody.
    pub signer: Option<Arc<Signer>>,
    /// The pace of the channel to other installations.
    pub federation: Arc<FederationRules>,
    /// The rules on near-duplicates in all their versions.
    pub likeness: Arc<LikenessRules>,
    /// The rules on delivery in all their versions.
    pub delivery: Arc<DeliveryRules>,
    /// The rules on rosters in all their versions.
    pub rosters: Arc<RosterRules>,
    /// The rules on portals outside the platform in all their versions.
    pub outside: Arc<OutsideRules>,
    /// The rules on commissions and quotas in all their versions.
    pub commissions: Arc<CommissionRules>,
    /// The tables of points that a scorer may choose from.
    pub points: Arc<PointTables>,
    /// Where the Chinese font of printed circulars is; found among the usual places when nothing is configured.
    pub report_font: Option<std::path::PathBuf>,
    /// Blueprints of the levels by name, for tenants that are created here.
    pub blueprints: Arc<BTreeMap<String, LevelBlueprint>>,
    /// The rule on going offline and closing, in all its versions.
    pub lifecycle: Arc<LifecycleRules>,
    /// Where host names of this cluster end, e.g. `localhost`.
    pub zone: String,
    /// How sign-in behaves.
    pub signin: SignInRules,
    /// Sessions nearer than the database, when the cluster has Redis.
    pub sessions: Option<Arc<dyn crate::auth::Sessions>>,
    /// How public addresses are written.
    pub addresses: Addresses,
    /// Cookies only over TLS.
    pub secure_cookies: bool,
    /// Largest upload in megabytes.
    pub upload_max_mb: u64,
    /// Spans are collected: also the ready page gets one.
    pub traced: bool,
    /// `/metrics` has a listener of its own and answers nowhere else.
    pub metrics_apart: bool,
    /// Boards that several people watch.
    pub boards: crate::console::Boards,
    /// How the cluster's helpers are doing.
    pub health: Health,
}

impl App {
    /// What crawling works with.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            store: &self.store,
            outbound: &self.outbound,
            guest: &self.guest,
            files: &self.files,
            rules: &self.crawl,
            clock: &*self.clock,
        }
    }
}

/// How the cluster's helpers are doing; the platform works on when one is away, and says so.
#[derive(Default)]
pub struct Health {
    redis_expected: AtomicBool,
    redis_up: AtomicBool,
    stopping: AtomicBool,
}

impl Health {
    /// Redis is configured, and whether it answered last time.
    pub fn redis(&self) -> Option<bool> {
        self.redis_expected.load(Ordering::Relaxed).then(|| self.redis_up.load(Ordering::Relaxed))
    }

    /// Notes whether Redis answered.
    pub fn note_redis(&self, up: bool) {
        self.redis_expected.store(true, Ordering::Relaxed);
        if self.redis_up.swap(up, Ordering::Relaxed) != up {
            if up {
                tracing::info!("redis answers");
            } else {
                tracing::warn!("redis does not answer: nodes wake each other through the database until it is back");
            }
        }
        metrics::gauge!("dibao_redis_up").set(if up { 1.0 } else { 0.0 });
    }

    /// The process was asked to stop: it finishes what it began and is no longer ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the process was asked to stop.
    pub fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
