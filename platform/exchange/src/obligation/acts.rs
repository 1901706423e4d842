//! Verbs of one obligation: opened, placed, exempted, proven.

use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Staff, SubtreeTx, TenantId, TenantTx, Timestamp};
use content::document::{self, EditionId};
use content::placement::{self, PlaceMirror, Seat};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde::Serialize;

use super::model::{Exemption, Move, Obligation, ObligationError, Placer, Standing};
use super::rows::{obligation, sighting};
use crate::order::{Kind, OrderId, reach};
use crate::rules::ProbePace;

/// May ask the issuer for an exemption.
pub struct AskExemption;
impl Duty for AskExemption {
    const NAME: &'static str = "ask_exemption";
    const ROLES: &'static [Role] = &[Role::TenantAdmin];
}

/// May grant or refuse exemptions from its own orders.
pub struct DecideExemption;
impl Duty for DecideExemption {
    const NAME: &'static str = "decide_exemption";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator];
}
impl Reaching for DecideExemption {}

/// What happened to an obligation, in its tenant's own chain.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Placed {
        order: OrderId,
        edition: EditionId,
        by: Placer,
        placed_at: Timestamp,
        due_at: Timestamp,
    },
    Proven {
        order: OrderId,
        edition: EditionId,
        seen_at: Timestamp,
        late: bool,
        url: String,
        text_hash: String,
        position: String,
    },
    Failed {
        order: OrderId,
        edition: EditionId,
        seen_at: Timestamp,
        why: String,
    },
    ExemptionAsked {
        order: OrderId,
        reason: String,
    },
    ExemptionDecided {
        order: OrderId,
        tenant: String,
        granted: bool,
        answer: String,
    },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Placed { .. } => "obligation.placed",
            Self::Proven { .. } => "obligation.proven",
            Self::Failed { .. } => "obligation.failed",
            Self::ExemptionAsked { .. } => "exemption.asked",
            Self::ExemptionDecided { .. } => "exemption.decided",
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::Placed { order, .. }
            | Self::Proven { order, .. }
            | Self::Failed { order, .. }
            | Self::ExemptionAsked { order, .. }
            | Self::ExemptionDecided { order, .. } => order.to_string(),
        }
    }
}

async fn received(tx: &TenantTx, order: OrderId) -> Result<Obligation, ObligationError> {
    super::views::find(tx, order).await
}

/// The guarded update of one obligation of mine: exactly one row in the standing that was read, or `Stale`.
pub(super) fn guarded(was: &Obligation, is: Standing) -> sea_orm::UpdateMany<obligation::Entity> {
    obligation::Entity::update_many()
        .col_expr(obligation::Column::Standing, Expr::value(is.as_str()))
        .col_expr(obligation::Column::Version, Expr::value(was.version + 1))
        .filter(obligation::Column::OrderId.eq(was.order))
        .filter(obligation::Column::EditionId.eq(was.edition))
        .filter(obligation::Column::Version.eq(was.version))
        .filter(obligation::Column::Standing.eq(was.standing.as_str()))
}

/// Somebody at the tenant opened it. Opening it twice changes nothing, and of two who open it at once either may be first.
///
/// # Errors
/// [`ObligationError::Missing`].
pub async fn deliver(tx: &TenantTx, order: OrderId, now: Timestamp) -> Result<Obligation, ObligationError> {
    let was = received(tx, order).await?;
    let Ok(is) = was.standing.step(Move::Deliver) else { return Ok(was) };
    tx.change(guarded(&was, is).col_expr(obligation::Column::DeliveredAt, Expr::value(now.micros()))).await?;
    received(tx, order).await
}

/// One confirmation: the mirror is live in the chosen column; no second sign-off, because official sources reposted
/// unchanged are exempt from the local three-step review.
///
/// # Errors
/// See [`ObligationError`].
pub async fn place(
    tx: &TenantTx,
    who: &Staff<PlaceMirror>,
    order: OrderId,
    seat: Seat,
    now: Timestamp,
) -> Result<Obligation, ObligationError> {
    let was = received(tx, order).await?;
    let is = was.standing.step(Move::Publish(Placer::Editor))?;
    let edition = document::opened_edition(tx, &was).await?;
    placement::put_mirror(tx, was.issuer, &edition, Some(order.0), seat, who.actor(), now).await?;
    let update = guarded(&was, is)
        .col_expr(obligation::Column::PublishedAt, Expr::value(now.micros()))
        .col_expr(obligation::Column::Placer, Expr::value(Placer::Editor.as_str()));
    tx.change_one(update).await?;
    let event = Event::Placed { order, edition: was.edition, by: Placer::Editor, placed_at: now, due_at: was.due_at };
    tx.note(&event, who.actor(), now).await?;
    tx.enqueue("probe", &probe_key(order, tx.tenant(), was.edition), &probe_payload(order), now, now).await?;
    Ok(Obligation {
        standing: is,
        published_at: Some(now),
        placer: Some(Placer::Editor),
        version: was.version + 1,
        ..was
    })
}

/// The mandatory order under which a document stands here, if any.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn mandatory_for(tx: &TenantTx, document: content::DocumentId) -> Result<Option<OrderId>, StoreError> {
    let over = [Standing::Ended, Standing::Exempt].map(Standing::as_str);
    let select = obligation::Entity::find()
        .filter(obligation::Column::DocumentId.eq(document))
        .filter(obligation::Column::Kind.eq(Kind::Mandatory.as_str()))
        .filter(obligation::Column::Standing.is_not_in(over));
    Ok(tx.one(select).await?.map(|row| row.order_id))
}

/// What was recommended is over for this portal: it goes on with a text of its own.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn end_recommended(tx: &TenantTx, document: content::DocumentId) -> Result<(), StoreError> {
    let update = obligation::Entity::update_many()
        .col_expr(obligation::Column::Standing, Expr::value(Standing::Ended.as_str()))
        .col_expr(obligation::Column::Version, Expr::col(obligation::Column::Version).add(1))
        .filter(obligation::Column::DocumentId.eq(document))
        .filter(obligation::Column::Kind.eq(Kind::Recommended.as_str()))
        .filter(obligation::Column::Standing.ne(Standing::Ended.as_str()));
    tx.change(update).await.map(|_| ())
}

/// Key of the probe of one tenant under one order for one edition: enqueued twice, it exists once.
pub(crate) fn probe_key(order: OrderId, tenant: TenantId, edition: EditionId) -> String {
    format!("probe:{}:{}:{}", order.0.simple(), tenant.uuid().simple(), edition.0.simple())
}

/// Payload of a probe: ids only.
pub(crate) fn probe_payload(order: OrderId) -> String {
    format!("{{\"order\":\"{}\"}}", order.0)
}

/// Asks the issuer for an exemption. The clock goes on: silence does not exempt.
///
/// # Errors
/// [`ObligationError::Reason`]; [`ObligationError::WrongTurn`] when it is placed already.
pub async fn ask_exemption(
    tx: &TenantTx,
    who: &Staff<AskExemption>,
    order: OrderId,
    reason: &str,
    now: Timestamp,
) -> Result<Exemption, ObligationError> {
    let reason = reason_of(reason)?;
    let was = received(tx, order).await?;
    was.standing.step(Move::Exempt)?;
    let asked = Exemption {
        reason: reason.clone(),
        asked_by: who.actor().to_owned(),
        asked_at: now,
        granted: None,
        decided_by: String::new(),
        answer: String::new(),
    };
    tx.change_one(guarded(&was, was.standing).col_expr(obligation::Column::Exemption, Expr::value(text_of(&asked))))
        .await?;
    tx.note(&Event::ExemptionAsked { order, reason }, who.actor(), now).await?;
    Ok(asked)
}

/// Grants or refuses what a tenant asked for; recorded in the issuer's chain.
///
/// # Errors
/// [`ObligationError::NothingAsked`].
pub async fn decide_exemption(
    tx: &SubtreeTx,
    who: &Staff<DecideExemption>,
    order: OrderId,
    tenant: TenantId,
    granted: bool,
    answer: &str,
    now: Timestamp,
) -> Result<Exemption, ObligationError> {
    let answer = reason_of(answer)?;
    let select = obligation::Entity::find()
        .filter(obligation::Column::OrderId.eq(order))
        .filter(obligation::Column::TenantId.eq(tenant));
    let row = tx.sent(select).await?.into_iter().next().ok_or(ObligationError::Missing)?;
    let was = Obligation::try_from(row)?;
    let asked = was.exemption.clone().filter(|asked| asked.granted.is_none()).ok_or(ObligationError::NothingAsked)?;
    let is = if granted { was.standing.step(Move::Exempt)? } else { was.standing };
    let decided =
        Exemption { granted: Some(granted), decided_by: who.actor().to_owned(), answer: answer.clone(), ..asked };
    if reach::decide(tx, &was, is, &text_of(&decided)).await? != 1 {
        return Err(StoreError::Stale.into());
    }
    let event = Event::ExemptionDecided { order, tenant: tenant.to_string(), granted, answer };
    tx.note(&event, who.actor(), now).await?;
    Ok(decided)
}

/// What a probe saw of one obligation.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Sighted {
    pub url: String,
    pub status: u16,
    /// Why the page does not show what it should; empty when it does.
    pub missing: Vec<String>,
    pub text_hash: String,
    /// Place in its column's list, e.g. `gwyzc#1`.
    pub position: String,
    pub elapsed_micros: u64,
}

/// Why a proof was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The obligation moved on since the probe was sent: a new edition, an end. Nothing to do.
    #[error("the obligation moved on")]
    MovedOn,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ObligationError> for ProofError {
    fn from(error: ObligationError) -> Self {
        match error {
            ObligationError::Store(StoreError::Stale) | ObligationError::Missing | ObligationError::WrongTurn(_) => {
                Self::MovedOn
            }
            ObligationError::Store(error) => Self::Store(error),
            other => Self::Store(StoreError::Suspicious { table: "obligation", what: other.to_string() }),
        }
    }
}

/// Records what a probe of `edition` saw. Seen as it should be: proven, with the tenant's own evidence. Not seen: looked at
/// again, and after the last look failed; what failed is looked at further by the time keeper of its order. Answers when to
/// look again.
///
/// # Errors
/// [`ProofError::MovedOn`] when the row changed meanwhile: nothing is written then.
pub async fn prove(
    tx: &TenantTx,
    order: OrderId,
    edition: EditionId,
    seen: &Sighted,
    attempt: i32,
    pace: &ProbePace,
    now: Timestamp,
) -> Result<Option<Timestamp>, ProofError> {
    let was = received(tx, order).await?;
    if was.edition != edition {
        return Err(ProofError::MovedOn);
    }
    let good = seen.missing.is_empty();
    let last = attempt >= pace.attempts;
    let attempted = if good { Move::Prove } else { Move::Fail };
    if !matches!(was.standing, Standing::Published | Standing::Failed) {
        return Err(ProofError::MovedOn);
    }
    let row = sighting::ActiveModel {
        id: Set(tx.ids().new_id(now)),
        order_id: Set(order),
        edition_id: Set(edition),
        at: Set(now.micros()),
        url: Set(seen.url.clone()),
        status: Set(i32::from(seen.status)),
        verdict: Set(if good { "seen" } else { "not_seen" }.to_owned()),
        saw: Set(serde_json::to_string(seen).unwrap_or_default()),
        ..Default::default()
    };
    tx.insert(row).await?;
    if !good {
        let looked = obligation::Entity::update_many()
            .col_expr(obligation::Column::LookedAt, Expr::value(now.micros()))
            .col_expr(obligation::Column::Failure, Expr::value(seen.missing.join(" ")))
            .filter(obligation::Column::OrderId.eq(order));
        tx.change(looked).await?;
    }
    match (good, was.standing) {
        // It failed before and still does: the time keeper sends the next look.
        (false, Standing::Failed) => return Ok(None),
        (false, _) if !last => return Ok(Some(now.plus_seconds(pace.retry_seconds << attempt.clamp(0, 10)))),
        _ => {}
    }
    let Ok(is) = was.standing.step(attempted) else { return Ok(None) };
    let placed_at = was.published_at.unwrap_or(now);
    let late = placed_at > was.due_at;
    let update = guarded(&was, is)
        .col_expr(obligation::Column::ProvenAt, Expr::value(good.then_some(now.micros())))
        .col_expr(obligation::Column::Late, Expr::value(i32::from(late)))
        .col_expr(obligation::Column::Failure, Expr::value(seen.missing.join(" ")));
    tx.change_one(update).await.map_err(ObligationError::from)?;
    note_placing(tx, &was, placed_at, now).await?;
    let event = if good {
        Event::Proven {
            order,
            edition,
            seen_at: now,
            late,
            url: seen.url.clone(),
            text_hash: seen.text_hash.clone(),
            position: seen.position.clone(),
        }
    } else {
        Event::Failed { order, edition, seen_at: now, why: seen.missing.join(" ") }
    };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    Ok(None)
}

/// A set-based statement cannot write the chain links of 84,094 tenants: what the platform placed for a tenant enters the
/// tenant's own chain here, before its first proof.
async fn note_placing(tx: &TenantTx, was: &Obligation, placed_at: Timestamp, now: Timestamp) -> Result<(), ProofError> {
    let by = match was.placer {
        Some(by @ (Placer::AutoAccept | Placer::Fallback)) if was.kind != Kind::Recall => by,
        _ => return Ok(()),
    };
    let known = tx.entries_about(&was.order.to_string()).await?;
    if known.iter().any(|entry| entry.kind == "obligation.placed") {
        return Ok(());
    }
    let event = Event::Placed { order: was.order, edition: was.edition, by, placed_at, due_at: was.due_at };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    Ok(())
}

pub(super) fn reason_of(text: &str) -> Result<String, ObligationError> {
    let clean = content::text::strip_controls(text).trim().to_owned();
    if clean.is_empty() || clean.chars().count() > 500 { Err(ObligationError::Reason) } else { Ok(clean) }
}

pub(super) fn text_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
