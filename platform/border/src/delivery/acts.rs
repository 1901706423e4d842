//! What is done to deliveries: an attempt is recorded, a dead letter is tried once more or given up.

use base::duty::Role;
use base::{Duty, Staff, StoreError, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::model::{Channel, DeliveryError, Event, Move, Standing, Verdict};
use super::rows::delivery as rows;
use super::webhook;

/// May say where a portal's letters and messages go, and decide about dead letters.
pub struct ManageDelivery;
impl Duty for ManageDelivery {
    const NAME: &'static str = "manage_delivery";
    const ROLES: &'static [Role] = &[Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}

/// Characters kept of what the other side said.
const SAID_MAX: usize = 500;

/// Records how an attempt ended. Somebody may have given it up meanwhile: then that stands.
pub(super) async fn settle(
    tx: &TenantTx,
    row: &rows::Model,
    verdict: &Verdict,
    pauses: &[i64],
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(was) = Standing::parse(&row.standing) else { return Ok(()) };
    let (attempted, run_at) = verdict.means(usize::try_from(row.attempts).unwrap_or(0), pauses, now);
    let Ok(is) = was.step(attempted) else { return Ok(()) };
    let said: String = verdict.said().chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID_MAX).collect();
    let settled = (!Standing::OPEN.contains(&is)).then_some(now.micros());
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Attempts, Expr::value(row.attempts + 1))
        .col_expr(rows::Column::RunAt, Expr::value(run_at.micros()))
        .col_expr(rows::Column::Said, Expr::value(said))
        .col_expr(rows::Column::SettledAt, Expr::value(settled))
        .col_expr(rows::Column::Version, Expr::value(row.version + 1))
        .filter(rows::Column::Id.eq(row.id))
        .filter(rows::Column::Version.eq(row.version));
    tx.change(update).await.map(|_| ())
}

/// The deliveries of one channel and source that are due, the longest waiting first.
pub(super) async fn due(
    tx: &TenantTx,
    channel: Channel,
    source: Option<&str>,
    limit: u64,
    now: Timestamp,
) -> Result<Vec<rows::Model>, StoreError> {
    use sea_orm::QueryOrder;
    let select = open(channel, source)
        .filter(rows::Column::RunAt.lte(now.micros()))
        .order_by_asc(rows::Column::RunAt)
        .order_by_asc(rows::Column::Seq)
        .limit(limit);
    tx.all(select).await
}

/// When the next delivery of a channel and source is due; none when nothing waits.
pub(super) async fn next(
    tx: &TenantTx,
    channel: Channel,
    source: Option<&str>,
) -> Result<Option<Timestamp>, StoreError> {
    use sea_orm::QueryOrder;
    let select = open(channel, source).order_by_asc(rows::Column::RunAt).limit(1);
    Ok(tx.one(select).await?.map(|row| Timestamp(row.run_at)))
}

fn open(channel: Channel, source: Option<&str>) -> sea_orm::Select<rows::Entity> {
    let mut select = rows::Entity::find()
        .filter(rows::Column::Channel.eq(channel.as_str()))
        .filter(rows::Column::Standing.is_in(Standing::OPEN.map(Standing::as_str)));
    if let Some(source) = source {
        select = select.filter(rows::Column::Source.eq(source));
    }
    select
}

/// Tries a dead letter once more, as if for the first time.
///
/// # Errors
/// [`DeliveryError::Missing`]; [`DeliveryError::WrongTurn`] when it is not dead.
pub async fn retry(tx: &TenantTx, who: &Staff<ManageDelivery>, id: Uuid, now: Timestamp) -> Result<(), DeliveryError> {
    let row = one(tx, id, Move::Retry).await?;
    tx.change_one(again(now).filter(rows::Column::Id.eq(id)).filter(rows::Column::Version.eq(row.version))).await?;
    tx.note(&Event::Retried { delivery: Some(id), deliveries: 1 }, who.actor(), now).await?;
    wake(tx, now).await
}

/// Gives a dead letter up.
///
/// # Errors
/// As [`retry`].
pub async fn give_up(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    id: Uuid,
    now: Timestamp,
) -> Result<(), DeliveryError> {
    let row = one(tx, id, Move::GiveUp).await?;
    let update = given_up(now).filter(rows::Column::Id.eq(id)).filter(rows::Column::Version.eq(row.version));
    tx.change_one(update).await?;
    tx.note(&Event::GivenUp { delivery: Some(id), deliveries: 1 }, who.actor(), now).await?;
    Ok(())
}

/// Tries every dead letter of the portal once more; answers how many.
///
/// # Errors
/// [`DeliveryError::Store`].
pub async fn retry_all(tx: &TenantTx, who: &Staff<ManageDelivery>, now: Timestamp) -> Result<u64, DeliveryError> {
    let deliveries = tx.change(again(now).filter(rows::Column::Standing.eq(Standing::Dead.as_str()))).await?;
    if deliveries > 0 {
        tx.note(&Event::Retried { delivery: None, deliveries }, who.actor(), now).await?;
        wake(tx, now).await?;
    }
    Ok(deliveries)
}

/// Gives every dead letter of the portal up; answers how many.
///
/// # Errors
/// [`DeliveryError::Store`].
pub async fn give_up_all(tx: &TenantTx, who: &Staff<ManageDelivery>, now: Timestamp) -> Result<u64, DeliveryError> {
    let deliveries = tx.change(given_up(now).filter(rows::Column::Standing.eq(Standing::Dead.as_str()))).await?;
    if deliveries > 0 {
        tx.note(&Event::GivenUp { delivery: None, deliveries }, who.actor(), now).await?;
    }
    Ok(deliveries)
}

async fn one(tx: &TenantTx, id: Uuid, attempted: Move) -> Result<rows::Model, DeliveryError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?.ok_or(DeliveryError::Missing)?;
    Standing::parse(&row.standing).ok_or(DeliveryError::Missing)?.step(attempted)?;
    Ok(row)
}

fn moved(is: Standing) -> sea_orm::UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::col(rows::Column::Version).add(1))
}

fn again(now: Timestamp) -> sea_orm::UpdateMany<rows::Entity> {
    moved(Standing::Waiting)
        .col_expr(rows::Column::Attempts, Expr::value(0))
        .col_expr(rows::Column::SettledAt, Expr::value(None::<i64>))
        .col_expr(rows::Column::RunAt, Expr::value(now.micros()))
}

pub(super) fn given_up(now: Timestamp) -> sea_orm::UpdateMany<rows::Entity> {
    moved(Standing::GivenUp).col_expr(rows::Column::SettledAt, Expr::value(now.micros()))
}

/// Makes the jobs of this portal due that send what waits.
async fn wake(tx: &TenantTx, now: Timestamp) -> Result<(), DeliveryError> {
    wake_mail(tx, now, now).await?;
    for endpoint in webhook::endpoints(tx).await?.iter().filter(|one| one.active) {
        webhook::wake(tx, endpoint.id, now).await?;
    }
    Ok(())
}

pub(super) async fn wake_mail(tx: &TenantTx, run_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let key = format!("{}:{}", super::MAIL, tx.tenant().uuid().simple());
    tx.enqueue(super::MAIL, &key, "{}", run_at, now).await
}
