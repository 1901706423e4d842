//! From configuration to a running house.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base::blob::Blobs;
use base::config::Config;
use base::outbound::{AllowList, Outbound};
use base::people::SignInRules;
use base::store::{StoreOptions, migrate};
use base::{Clock, Store, SystemClock};
use border::federation::Signer;
use border::polite::Guest;
use content::media::Files;
use oversight::probe::Addresses;
use web::App;
use web::app::Health;
use web::render::{PageSettings, Pages, Templates};

use crate::cli::Cli;
use crate::tree::Tree;

/// Reads file and environment; what was typed wins.
pub fn config(cli: &Cli) -> Result<Config> {
    let mut config = Config::load(cli.config.as_deref(), std::env::vars())?;
    if let Some(data_dir) = &cli.data_dir {
        config.data_dir.clone_from(data_dir);
    }
    if let Some(url) = &cli.database_url {
        config.database_url = url.as_str().into();
    }
    if let Some(url) = &cli.redis_url {
        config.redis_url = url.as_str().into();
    }
    Ok(config)
}

/// Opens a database that is up to date. An embedded one is brought up to date here; a server's is its owner's business.
pub async fn store(config: &Config) -> Result<Store> {
    let url = config.database();
    if !url.starts_with("postgres") {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("cannot create {}", config.data_dir.display()))?;
        migrate(&url, SystemClock.now()).await?;
    }
    let store = Store::open(&StoreOptions::new(&url, config.database_max_connections)).await;
    let store = store.context("cannot open the database (on PostgreSQL, `dibao migrate` comes first)")?;
    if let Some(fault) = store.wall_fault().await? {
        bail!(
            "{fault}: row-level security would not hold. Work as a role like dibao_runtime that owns nothing (docs/tenancy.md)."
        );
    }
    Ok(store)
}

/// The shared value of all handlers.
pub fn app(config: &Config, store: Store, tree: &Tree) -> Result<Arc<App>> {
    let port = config
        .public_port
        .filter(|port| !matches!((config.public_scheme.as_str(), port), ("http", 80) | ("https", 443)));
    let templates = Templates::load(config.themes_dir.as_deref()).map_err(anyhow::Error::msg)?;
    let settings = PageSettings {
        memory_mb: config.pages_memory_mb,
        gzip_level: config.pages_gzip_level,
        brotli_quality: config.pages_brotli_quality,
    };
    Ok(Arc::new(App {
        store,
        clock: Arc::new(SystemClock),
        outbound: outbound(config)?,
        guest: Guest::default(),
        crawl: Arc::new(tree.crawl_rules()?),
        files: Files::new(Blobs::open(config)?, config.upload_max_mb),
        templates,
        pages: Pages::new(settings),
        visits: web::visits::Visits::default(),
        rules: Arc::new(tree.repost_rules()?),
        submissions: Arc::new(tree.submission_rules()?),
        columns: Arc::new(tree.column_rules()?),
        links: Arc::new(tree.link_rules()?),
        signer: signer(config)?,
        federation: Arc::new(tree.federation_rules()?),
        likeness: Arc::new(tree.likeness_rules()?),
        delivery: Arc::new(tree.delivery_rules()?),
        rosters: Arc::new(tree.roster_rules()?),
        outside: Arc::new(tree.outside_rules()?),
        commissions: Arc::new(tree.commission_rules()?),
        points: Arc::new(tree.point_tables()?),
        report_font: web::render::circular::font(&config.report_font),
        blueprints: Arc::new(tree.blueprints()?),
        lifecycle: Arc::new(tree.lifecycle_rules()?),
        zone: config.zone.clone(),
        signin: SignInRules {
            lockout_failures: config.signin_lockout_failures,
            lockout_minutes: config.signin_lockout_minutes,
            idle_minutes: config.session_idle_minutes,
            absolute_hours: config.session_absolute_hours,
        },
        addresses: Addresses { scheme: config.public_scheme.clone(), port },
        secure_cookies: config.public_scheme == "https",
        upload_max_mb: config.upload_max_mb,
        traced: !config.otlp_endpoint.is_empty(),
        metrics_apart: config.metrics_listen.is_some(),
        boards: web::console::Boards::default(),
        health: Health::default(),
        sessions: None,
    }))
}

/// The client of probes.
pub fn outbound(config: &Config) -> Result<Outbound> {
    let allow = AllowList::parse(&config.probe_allow)
        .map_err(|item| anyhow::anyhow!("{item} is neither an address nor a network"))?;
    Ok(Outbound::new(config.probe_entry.clone(), config.probe_timeout_seconds, allow)?)
}

/// The key towards other installations, when one is configured.
pub fn signer(config: &Config) -> Result<Option<Arc<Signer>>> {
    let key = config.federation_key.expose();
    if key.is_empty() {
        return Ok(None);
    }
    Ok(Some(Arc::new(Signer::new(key).context("federation.key is unusable")?)))
}
