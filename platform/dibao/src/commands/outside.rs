//! `dibao outside`: import portals outside the platform from a table, list them.

use std::path::PathBuf;

use anyhow::{Context, Result};
use base::{Clock, Store, SystemClock};
use border::outside::{self, ManageOutside, OutsideError, PortalFields, PortalState};
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{DONE, FOUND, operator, print, site, user};

/// Portals outside the platform.
#[derive(Debug, Subcommand)]
pub enum Outside {
    /// Register the portals of a table (CSV); those that are registered already are left as they are
    Import {
        /// CSV with a header: name, unit, level, home_url, list_pages (separated by |), link_pattern, … (see docs/outside.md)
        file: PathBuf,
        /// Slug of the superior
        #[arg(long, default_value = "www")]
        tenant: String,
        /// Register them paused
        #[arg(long)]
        paused: bool,
        /// Who does it, for the record
        #[arg(long = "as", value_name = "NAME")]
        actor: Option<String>,
    },
    /// List the registered portals
    List {
        /// Slug of the superior
        #[arg(long, default_value = "www")]
        tenant: String,
    },
}

/// One row of the table.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Row {
    name: String,
    unit: String,
    level: String,
    home_url: String,
    list_pages: String,
    link_pattern: String,
    title_selector: String,
    text_selector: String,
    source_selector: String,
    date_selector: String,
    mail: String,
    by_default: String,
    note: String,
}

impl Default for Row {
    fn default() -> Self {
        let empty = String::new;
        Self {
            name: empty(),
            unit: empty(),
            level: "ministry".to_owned(),
            home_url: empty(),
            list_pages: empty(),
            link_pattern: empty(),
            title_selector: empty(),
            text_selector: empty(),
            source_selector: empty(),
            date_selector: empty(),
            mail: empty(),
            by_default: "yes".to_owned(),
            note: empty(),
        }
    }
}

impl From<Row> for PortalFields {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            unit: row.unit,
            level: row.level,
            home_url: row.home_url,
            list_pages: row.list_pages.split('|').map(str::to_owned).collect(),
            link_pattern: row.link_pattern,
            title_selector: row.title_selector,
            text_selector: row.text_selector,
            source_selector: row.source_selector,
            date_selector: row.date_selector,
            mail: row.mail,
            by_default: row.by_default != "no",
            note: row.note,
        }
    }
}

#[derive(Serialize)]
struct Report {
    line: usize,
    name: String,
    /// `registered`, `known` or `refused`.
    result: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
}

/// Runs one of the commands.
pub async fn run(store: &Store, command: Outside, as_json: bool) -> Result<u8> {
    match command {
        Outside::Import { file, tenant, paused, actor } => {
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let state = if paused { PortalState::Paused } else { PortalState::Active };
            let reports = import(store, &text, &tenant, state, &actor.unwrap_or_else(user)).await?;
            let refused = reports.iter().any(|report| report.result == "refused");
            if as_json {
                print(&reports)?;
            } else {
                for report in &reports {
                    println!("line {}: {} {} {}", report.line, report.result, report.name, report.why);
                }
            }
            Ok(if refused { FOUND } else { DONE })
        }
        Outside::List { tenant } => {
            let tx = store.reading(site(store, &tenant)?.tenant).await?;
            let portals = outside::list(&tx, None).await?;
            if as_json {
                print(&portals.iter().map(|portal| &portal.fields).collect::<Vec<_>>())?;
            } else {
                for portal in portals {
                    println!(
                        "{}  {}  {}  {}",
                        portal.id,
                        portal.state.as_str(),
                        portal.fields.name,
                        portal.fields.home_url
                    );
                }
            }
            Ok(DONE)
        }
    }
}

/// Every row in a transaction of its own, so that one that is wrong keeps no other out.
async fn import(store: &Store, text: &str, tenant: &str, state: PortalState, actor: &str) -> Result<Vec<Report>> {
    let site = site(store, tenant)?;
    let staff = operator(&site, actor).staff::<ManageOutside>(store.sites(), site.tenant)?;
    let mut reports = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    for (line, row) in (2..).zip(csv::Reader::from_reader(text.as_bytes()).into_deserialize::<Row>()) {
        let fields: PortalFields = row.with_context(|| format!("line {line}"))?.into();
        let name = fields.name.clone();
        let tx = store.tenant(site.tenant).await?;
        let (result, why) = match outside::register(&tx, &staff, fields, state, SystemClock.now()).await {
            Ok(_) => {
                tx.commit().await?;
                ("registered", String::new())
            }
            Err(OutsideError::Known) => ("known", String::new()),
            Err(error @ OutsideError::Field { .. }) => ("refused", error.to_string()),
            Err(error) => return Err(error.into()),
        };
        reports.push(Report { line, name, result, why });
    }
    Ok(reports)
}
