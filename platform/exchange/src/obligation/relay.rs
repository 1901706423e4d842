//! Obligations of a tenant whose portal stands on another installation: told, and settled by what that installation reports.

use base::people::{Peer, Side};
use base::store::{Held, Opens, StoreError};
use base::{SubtreeTx, TenantId, TenantTx, Timestamp};
use content::EditionId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::acts::{Event, guarded, reason_of, text_of};
use super::model::{Exemption, Move, Obligation, ObligationError, Placer, Standing};
use super::rows::{obligation, sighting};
use super::views::find;
use crate::order::{Order, OrderId, reach, rows as orders};

/// What the other installation says of its own portal under one order.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Report {
    pub order: OrderId,
    pub edition: EditionId,
    pub standing: Standing,
    /// By its own clock: a cut link makes nobody late.
    pub published_at: Option<Timestamp>,
    pub proven_at: Option<Timestamp>,
    pub url: String,
    pub failure: String,
    /// What its own portal asks to be let off.
    pub exemption: Option<Exemption>,
}

/// The key to the order that an obligation of mine names.
struct OrderKey {
    holder: TenantId,
    issuer: TenantId,
    order: OrderId,
}

impl OrderKey {
    fn of(held: &Held<obligation::Model>) -> Self {
        Self { holder: held.holder(), issuer: held.row().issuer_id, order: held.row().order_id }
    }
}

impl Opens<orders::Entity> for OrderKey {
    fn holder(&self) -> TenantId {
        self.holder
    }

    fn opens(&self) -> Condition {
        Condition::all().add(orders::Column::TenantId.eq(self.issuer)).add(orders::Column::Id.eq(self.order))
    }
}

/// What this tenant owes or owed, newest first, each with the order that it is about.
///
/// # Errors
/// [`ObligationError::Store`].
pub async fn told(tx: &TenantTx, limit: u64) -> Result<Vec<(Obligation, Order)>, ObligationError> {
    let select = obligation::Entity::find().order_by_desc(obligation::Column::IssuedAt).limit(limit);
    let mut told = Vec::new();
    for held in tx.hold(select).await? {
        if let Some(order) = tx.through::<orders::Entity>(&OrderKey::of(&held)).await? {
            told.push((Obligation::try_from(held)?, Order::try_from(order)?));
        }
    }
    Ok(told)
}

/// The obligation that this tenant sent to one receiver under an order of its own.
///
/// # Errors
/// [`ObligationError::Missing`].
pub async fn sent_to(tx: &TenantTx, order: OrderId, receiver: TenantId) -> Result<SentRow, ObligationError> {
    let select = obligation::Entity::find()
        .filter(obligation::Column::OrderId.eq(order))
        .filter(obligation::Column::TenantId.eq(receiver));
    let row = tx.sent(select).await?.into_iter().next().ok_or(ObligationError::Missing)?;
    Ok(SentRow {
        standing: Standing::parse(&row.standing).ok_or(ObligationError::Missing)?,
        edition: row.edition_id,
        published_at: row.published_at.map(Timestamp),
        proven_at: row.proven_at.map(Timestamp),
        exemption: Obligation::try_from(row.clone())?.exemption,
        failure: row.failure,
    })
}

/// How one receiver stands.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct SentRow {
    pub standing: Standing,
    pub edition: EditionId,
    pub published_at: Option<Timestamp>,
    pub proven_at: Option<Timestamp>,
    pub failure: String,
    pub exemption: Option<Exemption>,
}

/// Takes a report: the obligation goes the way that the other installation went, by the instants that it gives. Reports of an
/// older edition, of the past, or said twice, change nothing.
///
/// # Errors
/// [`ObligationError::Missing`] when the tenant has no such obligation.
pub async fn reported(tx: &TenantTx, peer: &Peer, report: &Report, now: Timestamp) -> Result<(), ObligationError> {
    let mut was = find(tx, report.order).await?;
    if was.edition != report.edition {
        return Ok(());
    }
    let actor = peer.actor();
    if let Some(asked) = report.exemption.as_ref().filter(|asked| asked.granted.is_none()) {
        plead(tx, &actor, &was, asked, now).await?;
        was = find(tx, report.order).await?;
    }
    if matches!(report.standing, Standing::Delivered | Standing::Published | Standing::Proven | Standing::Failed)
        && let Ok(is) = was.standing.step(Move::Deliver)
    {
        tx.change_one(guarded(&was, is).col_expr(obligation::Column::DeliveredAt, Expr::value(now.micros()))).await?;
        was = find(tx, report.order).await?;
    }
    let placed = matches!(report.standing, Standing::Published | Standing::Proven | Standing::Failed);
    if let (true, Ok(is)) = (placed, was.standing.step(Move::Publish(Placer::Editor))) {
        // Nobody reports from before the order, nor from the future.
        let at = report.published_at.unwrap_or(now).max(was.issued_at).min(now);
        let update = guarded(&was, is)
            .col_expr(obligation::Column::PublishedAt, Expr::value(at.micros()))
            .col_expr(obligation::Column::Placer, Expr::value(Placer::Editor.as_str()));
        tx.change_one(update).await?;
        let (order, edition, due_at) = (was.order, was.edition, was.due_at);
        let event = Event::Placed { order, edition, by: Placer::Editor, placed_at: at, due_at };
        tx.note(&event, &actor, now).await?;
        was = find(tx, report.order).await?;
    }
    settle(tx, &actor, &was, report, now).await
}

/// What the portal asked at home is asked here, once; a request that is older than the known one, or of a debt that is paid,
/// changes nothing. The clock goes on: silence does not exempt.
async fn plead(
    tx: &TenantTx,
    actor: &str,
    was: &Obligation,
    asked: &Exemption,
    now: Timestamp,
) -> Result<(), ObligationError> {
    let newer = was.exemption.as_ref().is_none_or(|known| asked.asked_at > known.asked_at);
    let (true, Ok(reason), Ok(_)) = (newer, reason_of(&asked.reason), was.standing.step(Move::Exempt)) else {
        return Ok(());
    };
    let asked = Exemption {
        reason: reason.clone(),
        // Whom the other installation names, in its own words; the record says which installation told it.
        asked_by: reason_of(&asked.asked_by).unwrap_or_else(|_| actor.to_owned()),
        asked_at: asked.asked_at,
        granted: None,
        decided_by: String::new(),
        answer: String::new(),
    };
    let update = guarded(was, was.standing).col_expr(obligation::Column::Exemption, Expr::value(text_of(&asked)));
    tx.change_one(update).await?;
    tx.note(&Event::ExemptionAsked { order: was.order, reason }, actor, now).await?;
    Ok(())
}

/// Puts down what the superior elsewhere decided on a request of a portal of this house. A portal that placed it meanwhile stays
/// as it is; a decision on another request than the one that waits, or told twice, changes nothing.
///
/// # Errors
/// [`ObligationError::Missing`] when the portal has no such obligation.
pub async fn exemption_decided(
    tx: &SubtreeTx,
    peer: &Peer,
    order: OrderId,
    receiver: TenantId,
    said: &Exemption,
    now: Timestamp,
) -> Result<bool, ObligationError> {
    let select = obligation::Entity::find()
        .filter(obligation::Column::OrderId.eq(order))
        .filter(obligation::Column::TenantId.eq(receiver));
    let row = tx.sent(select).await?.into_iter().next().ok_or(ObligationError::Missing)?;
    let was = Obligation::try_from(row)?;
    let waiting = was.exemption.clone().filter(|asked| asked.granted.is_none() && asked.asked_at == said.asked_at);
    let (Some(asked), Some(granted)) = (waiting, said.granted) else { return Ok(false) };
    if peer.tenant() != tx.tenant() || peer.side != Side::Above {
        return Ok(false);
    }
    let exempt = was.standing.step(Move::Exempt).ok().filter(|_| granted);
    let answer = said.answer.clone();
    let decided =
        Exemption { granted: Some(granted), decided_by: said.decided_by.clone(), answer: answer.clone(), ..asked };
    if reach::decide(tx, &was, exempt.unwrap_or(was.standing), &text_of(&decided)).await? != 1 {
        return Err(StoreError::Stale.into());
    }
    let event = Event::ExemptionDecided { order, tenant: receiver.to_string(), granted, answer };
    tx.note(&event, &peer.actor(), now).await?;
    Ok(true)
}

async fn settle(
    tx: &TenantTx,
    actor: &str,
    was: &Obligation,
    report: &Report,
    now: Timestamp,
) -> Result<(), ObligationError> {
    let attempted = match report.standing {
        Standing::Proven => Move::Prove,
        Standing::Failed => Move::Fail,
        _ => return Ok(()),
    };
    let Ok(is) = was.standing.step(attempted) else { return Ok(()) };
    let (order, edition) = (was.order, was.edition);
    let proven_at = report.proven_at.unwrap_or(now).max(was.issued_at).min(now);
    let late = was.published_at.unwrap_or(now) > was.due_at;
    let good = is == Standing::Proven;
    let update = guarded(was, is)
        .col_expr(obligation::Column::ProvenAt, Expr::value(good.then_some(proven_at.micros())))
        .col_expr(obligation::Column::Late, Expr::value(i32::from(late)))
        .col_expr(obligation::Column::Failure, Expr::value(report.failure.as_str()));
    tx.change_one(update).await?;
    let row = sighting::ActiveModel {
        id: Set(tx.ids().new_id(now)),
        order_id: Set(order),
        edition_id: Set(edition),
        // When it was told: the chain binds it by that; when it was seen stands in the entry.
        at: Set(now.micros()),
        url: Set(report.url.clone()),
        status: Set(if good { 200 } else { 0 }),
        verdict: Set(if good { "seen" } else { "not_seen" }.to_owned()),
        saw: Set(serde_json::json!({ "reported_by": actor, "missing": [], "text_hash": "" }).to_string()),
        ..Default::default()
    };
    tx.insert(row).await?;
    let event = if good {
        let (url, position) = (report.url.clone(), "reported".to_owned());
        Event::Proven { order, edition, seen_at: proven_at, late, url, text_hash: String::new(), position }
    } else {
        Event::Failed { order, edition, seen_at: now, why: report.failure.clone() }
    };
    tx.note(&event, actor, now).await?;
    Ok(())
}
