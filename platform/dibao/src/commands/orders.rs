//! `dibao orders`: issue, show, recall.

use anyhow::{Context, Result};
use base::store::Reach;
use base::{Clock, Store, SystemClock};
use content::document::{Cause, Withdrawal, WithdrawalKind};
use content::{DocumentId, EditionId};
use exchange::order::{self, ConfirmRecall, IssueOrder, NewOrder, Order, ProposeRecall, ViewBoard};
use exchange::{Kind, OrderId, RepostRules};
use serde_json::json;

use super::{DONE, operator, print, site};
use crate::cli::{Answering, OrderKind, Orders};

/// Runs one of the commands.
pub async fn run(store: &Store, rules: &RepostRules, command: Orders, as_json: bool) -> Result<u8> {
    let now = SystemClock.now();
    let rule = rules.at(now).context("no repost rule is in force")?;
    let sites = store.sites();
    match command {
        Orders::Issue { tenant, edition, kind, addressed, deadline_hours, reason, actor } => {
            let issuer = site(store, &tenant)?;
            let staff = operator(&issuer, &actor).staff::<IssueOrder>(sites, issuer.tenant)?;
            let audience = addressed.read(store, &issuer)?;
            let kind = match kind {
                OrderKind::Mandatory => Kind::Mandatory,
                OrderKind::Recommended => Kind::Recommended,
            };
            let new =
                NewOrder { edition: EditionId(edition), kind, audience, deadline_hours, target_code: None, reason };
            let tx = store.subtree(Reach::of(&staff)).await?;
            let issued = order::issue(&tx, &staff, new, rule, now).await?;
            tx.commit().await?;
            if as_json {
                print(&issued)?;
            } else {
                let word = if issued.extended { "extended" } else { "issued" };
                println!(
                    "order {} {word}: {} portals, {} live now, due {}",
                    issued.id,
                    issued.audience_count,
                    issued.live_now,
                    issued.due_at.minute_cst()
                );
            }
        }
        Orders::Show { id, tenant } => {
            let issuer = site(store, &tenant)?;
            let staff = operator(&issuer, "show").staff::<ViewBoard>(sites, issuer.tenant)?;
            let tx = store.overlook(Reach::of(&staff)).await?;
            let order = order::find(&tx, OrderId(id)).await?;
            let counts = order::counts(&tx, order.id, now).await?;
            show(&order, Some(counts), as_json)?;
        }
        Orders::Recall { tenant, document, confirm, withdrawal, target, reason, legal_basis, actor } => {
            let issuer = site(store, &tenant)?;
            let who = operator(&issuer, &actor);
            if let Some(document) = document {
                let staff = who.staff::<ProposeRecall>(sites, issuer.tenant)?;
                let kind = match withdrawal {
                    Answering::Notice => WithdrawalKind::Notice,
                    Answering::Gone => WithdrawalKind::Gone,
                    Answering::Redirect => WithdrawalKind::Redirect,
                    Answering::Vanish => WithdrawalKind::Vanish,
                    Answering::Replaced => WithdrawalKind::Replaced,
                };
                let cause = Cause::default();
                let withdrawal = Withdrawal { kind, reason, legal_basis, target, here: false, cause };
                let tx = store.subtree(Reach::of(&staff)).await?;
                let proposed = order::propose(&tx, &staff, DocumentId(document), withdrawal, None, rule, now).await?;
                tx.commit().await?;
                show(&proposed, None, as_json)?;
            } else {
                let id = OrderId(confirm.context("--document or --confirm is needed")?);
                let staff = who.staff::<ConfirmRecall>(sites, issuer.tenant)?;
                let tx = store.subtree(Reach::of(&staff)).await?;
                let confirmed = order::confirm(&tx, &staff, id, now).await?;
                tx.commit().await?;
                show(&confirmed, None, as_json)?;
            }
        }
    }
    Ok(DONE)
}

fn show(order: &Order, counts: Option<order::Counts>, as_json: bool) -> Result<()> {
    if as_json {
        return print(&json!({
            "id": order.id, "kind": order.kind, "state": order.state, "document_id": order.document, "edition_id": order.edition,
            "issued_at": order.issued_at, "due_at": order.due_at, "audience_count": order.audience_count, "counts": counts,
        }));
    }
    println!("order {} ({}, {})", order.id, order.kind.as_str(), order.state.as_str());
    println!("  issued {} by {}, due {}", order.issued_at.minute_cst(), order.issued_by, order.due_at.minute_cst());
    println!("  {} portals", order.audience_count);
    if let Some(counts) = counts {
        println!(
            "  waiting {} · live, not verified {} · on time {} · late {} · overdue {} · exempt {} · failed {} · ended {}",
            counts.waiting,
            counts.live_unverified,
            counts.verified_on_time,
            counts.verified_late,
            counts.overdue,
            counts.exempt,
            counts.failed,
            counts.ended
        );
    }
    Ok(())
}
