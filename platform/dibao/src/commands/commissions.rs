//! `dibao commissions`: what a superior commissioned and expects, and how it stands.

use anyhow::Result;
use base::Store;
use base::store::Reach;
use clap::Subcommand;
use exchange::CommissionId;
use exchange::commission::{self, Commission, CommissionItems, Counts};
use exchange::quota;
use serde_json::json;

use super::{DONE, operator, print, site};

/// Commissions and quotas.
#[derive(Debug, Subcommand)]
pub enum Commissions {
    /// List the newest commissions of a portal
    List {
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
    /// Show a commission and every portal that it calls
    Show {
        /// The commission
        id: uuid::Uuid,
        /// Slug of the issuer
        #[arg(long, default_value = "www")]
        tenant: String,
    },
    /// Show the quotas that a portal set, with their newest period
    Quotas {
        /// Slug of who set them
        #[arg(long, default_value = "www")]
        tenant: String,
    },
}

/// Portals shown of one commission.
const SHOWN: u64 = 200_000;

/// Runs one of the commands.
pub async fn run(store: &Store, command: Commissions, as_json: bool) -> Result<u8> {
    let (Commissions::List { tenant, .. } | Commissions::Show { tenant, .. } | Commissions::Quotas { tenant }) =
        &command;
    let issuer = site(store, tenant)?;
    let staff = operator(&issuer, "show").staff::<CommissionItems>(store.sites(), issuer.tenant)?;
    let tx = store.overlook(Reach::of(&staff)).await?;
    match command {
        Commissions::List { limit, .. } => {
            let items = commission::issued(&tx, None, limit).await?.items;
            let ids: Vec<CommissionId> = items.iter().map(|one| one.id).collect();
            let counts = commission::counts_each(&tx, &ids).await?;
            for one in &items {
                show(one, &counts.get(&one.id).copied().unwrap_or_default(), as_json)?;
            }
        }
        Commissions::Show { id, .. } => {
            let one = commission::find(&tx, CommissionId(id)).await?;
            show(&one, &commission::counts(&tx, one.id).await?, as_json)?;
            let lines = commission::board(&tx, one.id, "", SHOWN).await?;
            if as_json {
                print(&lines)?;
            } else {
                for line in lines {
                    println!("  {:<40} {:<10} {}", line.slug, line.standing, line.answered);
                }
            }
        }
        Commissions::Quotas { .. } => {
            for one in quota::list(&tx).await? {
                let newest = quota::totals(&tx, one.id, 1).await?.pop();
                if as_json {
                    print(
                        &json!({ "id": one.id, "version": one.version, "name": one.name, "period": one.period, "minimum": one.minimum,
                        "effective_from": one.effective_from.to_string(), "source": one.source, "newest": newest }),
                    )?;
                } else {
                    let stands =
                        newest.map(|of| format!("{}: {} of {} met", of.begins, of.met, of.portals)).unwrap_or_default();
                    println!(
                        "{} v{} {} ({} a {}) {stands}",
                        one.id,
                        one.version,
                        one.name,
                        one.minimum,
                        one.period.as_str()
                    );
                }
            }
        }
    }
    Ok(DONE)
}

fn show(one: &Commission, counts: &Counts, as_json: bool) -> Result<()> {
    if as_json {
        return print(&json!({
            "id": one.id, "state": one.state, "topic": one.topic, "due_at": one.due_at, "audience_count": one.audience_count,
            "mandatory": one.mandatory, "wanted": one.wanted, "counts": counts,
        }));
    }
    println!("commission {} ({}) {}", one.id, one.state.as_str(), one.topic);
    let due = one.due_at.map(base::Timestamp::minute_cst).unwrap_or_default();
    println!("  {} portals, due {due}", one.audience_count);
    println!(
        "  called {} · accepted {} · delivered {} · late {} · missed {} · declined {} · excused {}",
        counts.called, counts.accepted, counts.delivered, counts.late, counts.missed, counts.declined, counts.excused
    );
    Ok(())
}
