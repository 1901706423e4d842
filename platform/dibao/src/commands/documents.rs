//! `dibao documents`: import.

use std::sync::Arc;

use anyhow::{Context, Result};
use web::App;

use super::{DONE, FOUND, operator, print, site, user};
use crate::cli::Documents;
use crate::import::Importer;

/// Runs the import with a report per row.
pub async fn run(app: &Arc<App>, command: Documents, json: bool) -> Result<u8> {
    let Documents::Import { tenant, column, file } = command;
    let site = site(&app.store, &tenant)?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let importer = Importer { app: Arc::clone(app), who: operator(&site, &user()), site, many: false, column };
    let mut reports = Vec::new();
    let (imported, known, refused) = importer
        .run(&text, |report| {
            if json {
                reports.push(serde_json::to_value(report).unwrap_or_default());
            } else {
                let why = if report.why.is_empty() { String::new() } else { format!("  ({})", report.why) };
                println!("{:>5}  {:<9} {:<12} {}{why}", report.line, report.result, report.id, report.title);
            }
        })
        .await?;
    if json {
        print(&serde_json::json!({ "imported": imported, "known": known, "refused": refused, "rows": reports }))?;
    } else {
        println!("{imported} imported, {known} known already, {refused} refused");
    }
    Ok(if refused == 0 { DONE } else { FOUND })
}
