//! `dibao`: every government portal of a country on one platform. This crate knows everyone and decides nothing.

mod boot;
mod cli;
mod cluster;
mod commands;
mod demo;
mod import;
mod manifest;
mod tree;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use base::config::Config;
use base::{Clock, SystemClock};
use clap::Parser;
use web::server::Surface;

use cli::{Cli, Command, Evidence};
use commands::serve::{Parts, run as serve};
use tree::Tree;

fn main() -> ExitCode {
    let cli = Cli::parse();
    base::outbound::install_crypto();
    let config = boot::config(&cli);
    let _telemetry = match &config {
        Ok(config) => base::telemetry::init(&config.log, &config.log_format, &config.otlp_endpoint),
        Err(_) => base::telemetry::Guard::default(),
    };
    base::telemetry::init_metrics();
    let json = cli.json;
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(cli, config)));
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) if json => {
            eprintln!("{}", serde_json::json!({ "error": format!("{error:#}") }));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("dibao: {error:#}");
            ExitCode::from(1)
        }
    }
}

async fn run(cli: Cli, config: Result<Config>) -> Result<u8> {
    let json = cli.json;
    // What can be said without a house that is in order.
    let config = match cli.command {
        Command::Doctor => return commands::doctor::run(config, json).await,
        Command::Federation(commands::federation::Federation::Key { secret }) => {
            commands::federation::show(secret, json)?;
            return Ok(commands::DONE);
        }
        Command::Evidence(Evidence::Verify { file: Some(path), .. }) => {
            return commands::evidence::verify_file(&path, json);
        }
        _ => config?,
    };
    let tree = Tree::of(config.tenants_dir.as_deref());
    match cli.command {
        Command::Serve { listen, no_worker } => {
            serve(config, listen, Parts { surface: Surface::All, worker: !no_worker }).await
        }
        Command::Work { listen } => serve(config, listen, Parts { surface: Surface::Health, worker: true }).await,
        Command::Demo(demo) => demo::run(config, demo).await,
        Command::Migrate => {
            let applied = base::store::migrate(&config.database_owner(), SystemClock.now()).await?;
            if json {
                commands::print(&applied)?;
            } else {
                println!("{} applied, {} present", applied.applied.len(), applied.present.len());
            }
            Ok(commands::DONE)
        }
        Command::Tenants(command) => commands::tenants::run(&config, &boot::store(&config).await?, command, json).await,
        Command::Orders(command) => {
            commands::orders::run(&boot::store(&config).await?, &tree.repost_rules()?, command, json).await
        }
        Command::Federation(command) => commands::federation::run(&boot::store(&config).await?, command, json).await,
        Command::Evidence(command) => commands::evidence::run(&boot::store(&config).await?, command, json).await,
        Command::Tokens(command) => commands::people::tokens(&boot::store(&config).await?, command, json).await,
        Command::Accounts(command) => commands::people::accounts(&boot::store(&config).await?, command, json).await,
        Command::Crawl(command) => {
            let app = boot::app(&config, boot::store(&config).await?, &tree)?;
            commands::crawl::run(&app, command, json).await
        }
        Command::Documents(command) => {
            let app = boot::app(&config, boot::store(&config).await?, &tree)?;
            commands::documents::run(&app, command, json).await
        }
        Command::Submissions(command) => {
            let app = boot::app(&config, boot::store(&config).await?, &tree)?;
            commands::submissions::run(&app, command, json).await
        }
        Command::Outside(command) => commands::outside::run(&boot::store(&config).await?, command, json).await,
        Command::Joint(command) => {
            let app = boot::app(&config, boot::store(&config).await?, &tree)?;
            commands::joint::run(&app, command, json).await
        }
        Command::Commissions(command) => {
            let app = boot::app(&config, boot::store(&config).await?, &tree)?;
            commands::commissions::run(&app, command, json).await
        }
        Command::Points(command) => commands::points::run(&boot::store(&config).await?, command, json).await,
        Command::Jobs(command) => commands::jobs::run(&boot::store(&config).await?, command, json).await,
        Command::Doctor => Ok(commands::DONE),
    }
}
