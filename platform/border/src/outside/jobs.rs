//! What follows an order outside the platform: whom it asks, whom it tells anew, whom it tells that it was taken back, and what
//! the limit does.

use std::collections::BTreeMap;

use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, TenantTx, Timestamp};
use exchange::order::{self, Order, OrderError, OrderState};
use exchange::{Kind, OrderId};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde::Deserialize;

use super::model::{Event, Move, OutsideError, Standing};
use super::obligation::tell;
use super::portal::PortalState;
use super::rows::obligation as rows;
use super::rules::{OutsideRule, OutsideRules};
use super::{PortalId, hub, mail, views, watch};

pub use super::mail::{MAIL, send};
pub use super::trial::{TRY, look as try_patterns};
pub use super::watch::{LOOK, look};

/// Name of the job that orders leave behind (`exchange::order` knows no more of the world outside).
pub const FOLLOW: &str = "outside.follow";
/// Name of the job that the limit wakes.
pub const DUE: &str = "outside.due";

/// Payload of jobs about an order.
#[derive(Deserialize)]
pub(super) struct About {
    pub order: OrderId,
}

pub(super) async fn ask_due(
    tx: &TenantTx,
    order: OrderId,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    // In time is whoever is seen at the limit itself.
    let over = Timestamp(due_at.micros() + 1);
    tx.enqueue(DUE, &format!("{DUE}:{order}"), &format!("{{\"order\":\"{order}\"}}"), over, now).await
}

/// Brings the outside up to date with an order: portals that are not asked yet are; a newer edition is asked for; what was taken
/// back is followed until it is gone. Run twice, it changes nothing.
///
/// # Errors
/// [`OutsideError`]; the job is tried again.
pub async fn follow(
    store: &Store,
    rules: &OutsideRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, OutsideError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(OutsideError::NoRule)?;
    let tx = store.tenant(job.tenant()).await?;
    let order = match order::find(&tx, about.order).await {
        Err(OrderError::Missing) => return Ok(Outcome::Done),
        other => other?,
    };
    match (order.kind, order.state) {
        (_, OrderState::Proposed | OrderState::Refused) => return Ok(Outcome::Done),
        (Kind::Recall, _) | (_, OrderState::Withdrawn | OrderState::Superseded) => withdraw(&tx, &order, now).await?,
        (_, OrderState::Open) => {
            correct(&tx, &order, rule, now).await?;
            join(&tx, &order, rule, now).await?;
        }
        (_, OrderState::Closed) => {}
    }
    // The feed changed with the order itself; the hub tells who listens to it.
    hub::tell(&tx, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Asks every active portal that is asked every time and is not asked yet.
async fn join(tx: &TenantTx, order: &Order, rule: &OutsideRule, now: Timestamp) -> Result<(), OutsideError> {
    let asked: Vec<PortalId> = views::of_order(tx, order.id).await?.iter().map(|debt| debt.portal).collect();
    let active = views::list(tx, Some(PortalState::Active)).await?;
    let new: Vec<PortalId> = active
        .iter()
        .filter(|portal| portal.fields.by_default && !asked.contains(&portal.id))
        .map(|portal| portal.id)
        .collect();
    tell(tx, order, &new, base::duty::PLATFORM, rule, now).await
}

/// The standings from which a move exists, as words for a statement.
fn able(attempted: Move, wanted: Standing) -> Vec<&'static str> {
    let able = Standing::ALL.into_iter().filter(|standing| standing.step(attempted) == Ok(wanted));
    able.map(Standing::as_str).collect()
}

/// Asks for a new look wherever an earlier edition was asked for, with the whole time again.
async fn correct(tx: &TenantTx, order: &Order, rule: &OutsideRule, now: Timestamp) -> Result<(), OutsideError> {
    let able = able(Move::Correct, Standing::Told);
    let stale = rows::Entity::find()
        .filter(rows::Column::OrderId.eq(order.id))
        .filter(rows::Column::EditionId.ne(order.edition))
        .filter(rows::Column::Standing.is_in(able.clone()));
    let stale = tx.all(stale).await?;
    let Some(replaces) = stale.first().map(|row| row.edition_id) else { return Ok(()) };
    let due_at = now.plus_hours(i64::from(order.deadline_hours));
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::ReplacedId, Expr::col(rows::Column::EditionId))
        .col_expr(rows::Column::EditionId, Expr::value(order.edition))
        .col_expr(rows::Column::Standing, Expr::value(Standing::Told.as_str()))
        .col_expr(rows::Column::ToldAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DueAt, Expr::value(due_at.micros()))
        .col_expr(rows::Column::SeenAt, Expr::value(None::<i64>))
        .col_expr(rows::Column::Late, Expr::value(0))
        .col_expr(rows::Column::JudgedTo, Expr::value(now.micros() - 1))
        .col_expr(rows::Column::Rejected, Expr::value("[]"))
        .col_expr(rows::Column::Mail, Expr::value(mail::WAITING))
        .col_expr(rows::Column::Version, Expr::col(rows::Column::Version).add(1))
        .filter(rows::Column::OrderId.eq(order.id))
        .filter(rows::Column::EditionId.ne(order.edition))
        .filter(rows::Column::Standing.is_in(able));
    tx.change(update).await?;
    let portals: Vec<PortalId> = stale.iter().map(|row| row.portal_id).collect();
    let event = Event::Corrected { order: order.id, edition: order.edition, replaces, portals: portals.clone() };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    mail::ask(tx, order.id, now).await?;
    watch::ask(tx, &portals, now.plus_minutes(rule.first_minutes), now).await?;
    ask_due(tx, order.id, due_at, now).await?;
    Ok(())
}

/// Tells everybody who was asked for the document that it was taken back, and follows the pages that showed it.
async fn withdraw(tx: &TenantTx, order: &Order, now: Timestamp) -> Result<(), OutsideError> {
    let (followed, over) = (able(Move::Withdraw, Standing::Recalling), able(Move::Withdraw, Standing::Ended));
    let both: Vec<&str> = followed.iter().chain(&over).copied().collect();
    let mine = rows::Entity::find()
        .filter(rows::Column::DocumentId.eq(order.document))
        .filter(rows::Column::Standing.is_in(both));
    let rows = tx.all(mine).await?;
    if rows.is_empty() {
        return Ok(());
    }
    for (from, to) in [(followed, Standing::Recalling), (over, Standing::Ended)] {
        let update = rows::Entity::update_many()
            .col_expr(rows::Column::Standing, Expr::value(to.as_str()))
            .col_expr(rows::Column::JudgedTo, Expr::value(now.micros() - 1))
            .col_expr(rows::Column::Mail, Expr::value(mail::WAITING))
            .col_expr(rows::Column::Version, Expr::col(rows::Column::Version).add(1))
            .filter(rows::Column::DocumentId.eq(order.document))
            .filter(rows::Column::Standing.is_in(from));
        tx.change(update).await?;
    }
    let mut by_order: BTreeMap<OrderId, Vec<PortalId>> = BTreeMap::new();
    for row in &rows {
        by_order.entry(row.order_id).or_default().push(row.portal_id);
    }
    for (order, portals) in by_order {
        tx.note(&Event::Withdrawn { order, portals: portals.clone() }, base::duty::PLATFORM, now).await?;
        mail::ask(tx, order, now).await?;
        watch::ask(tx, &portals, now, now).await?;
    }
    Ok(())
}

/// The limit of an order is over for whoever was not seen.
///
/// # Errors
/// [`OutsideError`]; the job is tried again.
pub async fn due(store: &Store, job: &Claimed, now: Timestamp) -> Result<Outcome, OutsideError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.tenant(job.tenant()).await?;
    let told = rows::Entity::find()
        .filter(rows::Column::OrderId.eq(about.order))
        .filter(rows::Column::Standing.eq(Standing::Told.as_str()));
    let told = tx.all(told).await?;
    let portals: Vec<PortalId> = told.iter().filter(|row| row.due_at < now.micros()).map(|row| row.portal_id).collect();
    let next = told.iter().map(|row| row.due_at).filter(|due_at| *due_at >= now.micros()).min();
    if !portals.is_empty() {
        let is = Standing::Told.step(Move::Miss)?;
        let update = rows::Entity::update_many()
            .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
            .col_expr(rows::Column::Version, Expr::col(rows::Column::Version).add(1))
            .filter(rows::Column::OrderId.eq(about.order))
            .filter(rows::Column::Standing.eq(Standing::Told.as_str()))
            .filter(rows::Column::DueAt.lt(now.micros()));
        tx.change(update).await?;
        tx.note(&Event::Missing { order: about.order, portals }, base::duty::PLATFORM, now).await?;
        tx.commit().await?;
    }
    Ok(next.map_or(Outcome::Done, |due_at| Outcome::Again(Timestamp(due_at + 1))))
}
