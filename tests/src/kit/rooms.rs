//! The shared value of all handlers, as a test has it.

use std::path::PathBuf;
use std::sync::Arc;

use base::blob::Blobs;
use base::outbound::Outbound;
use base::people::SignInRules;
use base::{FixedClock, Store};
use border::federation::Signer;
use border::outside::OutsideRules;
use border::polite::Guest;
use content::link::LinkRules;
use content::media::Files;
use oversight::probe::Addresses;
use web::App;
use web::app::Health;
use web::render::{PageSettings, Pages, Templates};

use super::tree::{self, blueprints, rules_file};

/// The rules are those that the repository ships.
pub fn app(
    store: Store,
    clock: Arc<FixedClock>,
    blobs: Blobs,
    port: u16,
    outbound: &Outbound,
    (signer, report_font): (Option<Signer>, Option<PathBuf>),
    pace_ms: Option<i64>,
) -> Arc<App> {
    let (mut links, mut outside) = (rules_file::<LinkRules>("link"), rules_file::<OutsideRules>("outside"));
    let mut crawl = tree::crawl_rules();
    if let Some(pace) = pace_ms {
        links.rules.iter_mut().for_each(|rule| rule.pace_millis = pace);
        outside.rules.iter_mut().for_each(|rule| rule.pace_ms = pace);
        crawl.rules.iter_mut().for_each(|rule| rule.pace_min_ms = pace);
    }
    Arc::new(App {
        store,
        clock,
        files: Files::new(blobs, 2),
        templates: Templates::load(None).expect("themes"),
        pages: Pages::new(PageSettings::default()),
        visits: web::visits::Visits::default(),
        rules: Arc::new(rules_file("repost")),
        submissions: Arc::new(tree::submission_rules()),
        outside: Arc::new(outside),
        commissions: Arc::new(rules_file("commission")),
        points: Arc::new(tree::point_tables()),
        report_font,
        columns: Arc::new(rules_file("column")),
        links: Arc::new(links),
        signer: signer.map(Arc::new),
        federation: Arc::new(tree::federation_rules()),
        likeness: Arc::new(rules_file("likeness")),
        delivery: Arc::new(rules_file("delivery")),
        rosters: Arc::new(rules_file("roster")),
        outbound: outbound.clone(),
        guest: Guest::default(),
        crawl: Arc::new(crawl),
        blueprints: Arc::new(blueprints()),
        lifecycle: Arc::new(rules_file("lifecycle")),
        zone: "localhost".to_owned(),
        signin: SignInRules { lockout_failures: 5, lockout_minutes: 15, idle_minutes: 30, absolute_hours: 12 },
        addresses: Addresses { scheme: "http".to_owned(), port: Some(port) },
        sessions: None,
        secure_cookies: false,
        upload_max_mb: 2,
        traced: false,
        metrics_apart: false,
        boards: web::console::Boards::default(),
        health: Health::default(),
    })
}
