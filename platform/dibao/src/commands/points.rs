//! `dibao points`: recompute, show.

use anyhow::{Result, ensure};
use base::Store;
use clap::Subcommand;
use exchange::merit::{self, Month};
use serde_json::json;

use super::{DONE, print, site};

/// Points.
#[derive(Debug, Subcommand)]
pub enum Points {
    /// Make the points of a year again, from its events and the versions of the table
    Recompute {
        /// Slug of the scorer
        #[arg(long)]
        tenant: String,
        /// The year
        #[arg(long)]
        year: i32,
    },
    /// Show the sums of a month or a year of everybody that a portal scores, in the order of division codes
    Show {
        /// Slug of the scorer
        #[arg(long)]
        tenant: String,
        /// YYYY-MM, or YYYY
        #[arg(long)]
        of: String,
    },
}

/// Runs one of the commands.
pub async fn run(store: &Store, command: Points, as_json: bool) -> Result<u8> {
    match command {
        Points::Recompute { tenant, year } => recompute(store, &tenant, year, as_json).await,
        Points::Show { tenant, of } => show(store, &tenant, &of, as_json).await,
    }
}

async fn recompute(store: &Store, tenant: &str, year: i32, as_json: bool) -> Result<u8> {
    ensure!((2000..2100).contains(&year), "{year} is no year of points");
    let at = site(store, tenant)?;
    let begun = std::time::Instant::now();
    let tx = store.tenant(at.tenant).await?;
    let done = merit::recompute(&tx, year, None).await?;
    tx.commit().await?;
    let seconds = begun.elapsed().as_secs_f64();
    if as_json {
        let (events, portals, points) = (done.events, done.portals, done.points);
        print(&json!({ "events": events, "portals": portals, "points": points, "seconds": seconds }))?;
    } else {
        println!("{} events of {} portals, {} points, {seconds:.2} s", done.events, done.portals, done.points);
    }
    Ok(DONE)
}

async fn show(store: &Store, tenant: &str, of: &str, as_json: bool) -> Result<u8> {
    let (first, last) = match Month::parse(of) {
        Some(month) => (month, month),
        None => {
            let year: i32 = of.parse()?;
            ensure!((2000..2100).contains(&year), "{of} is no month and no year");
            (Month(year * 100 + 1), Month(year * 100 + 12))
        }
    };
    let at = site(store, tenant)?;
    let tx = store.reading(at.tenant).await?;
    let totals = merit::totals(&tx, first, last).await?;
    let mut rows = Vec::new();
    for below in store.sites().children(at.tenant) {
        let Some(one) = totals.iter().find(|one| one.beneficiary == below.tenant) else { continue };
        if !as_json {
            println!(
                "{:<32} {:>6} submitted {:>6} adopted {:>10} points",
                below.slug, one.submitted, one.adopted, one.points
            );
        }
        let slug = &*below.slug;
        rows.push(json!({ "tenant": slug, "submitted": one.submitted, "adopted": one.adopted, "points": one.points }));
    }
    if as_json {
        print(&rows)?;
    }
    Ok(DONE)
}
