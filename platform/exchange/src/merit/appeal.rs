//! 申诉: a portal disputes one event, or says that one is missing; its scorer answers with a reason.

use base::store::StoreError;
use base::{Staff, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};
use uuid::Uuid;

use super::acts::{AppealPoints, KeepScore, NOTE_MAX, said};
use super::amount::Points;
use super::lineage;
use super::model::{AppealMove, AppealStanding, Event, Happened, MeritError, Occasion};
use super::rows::{appeal, event};
use super::views::{self, Appeal};

/// What a portal asks.
#[derive(Clone, Debug)]
pub struct NewAppeal {
    /// The event that it disputes; none when it says that one is missing.
    pub event: Option<Uuid>,
    /// Of a missing one: what should have been credited.
    pub about: String,
    /// Why.
    pub reason: String,
}

/// Asks the scorer.
///
/// # Errors
/// [`MeritError::Missing`] for an event that is not this portal's; [`MeritError::TooLate`]; [`MeritError::AppealedAlready`].
pub async fn appeal(
    tx: &TenantTx,
    who: &Staff<AppealPoints>,
    new: NewAppeal,
    now: Timestamp,
) -> Result<Uuid, MeritError> {
    let scorer = views::superior(tx).ok_or(MeritError::NoScorer)?;
    let days = views::table_of_superior(tx, now).await?.ok_or(MeritError::NoRule)?.appeal_days;
    let reason = said("reason", &new.reason, 1, NOTE_MAX)?;
    let about = match new.event {
        None => said("about", &new.about, 1, 200)?,
        Some(id) => {
            let found = views::own_event(tx, id).await?.ok_or(MeritError::Missing)?;
            if now > found.at.plus_hours(24 * i64::from(days)) {
                return Err(MeritError::TooLate { days });
            }
            found.title
        }
    };
    let id = tx.ids().new_id(now);
    let row = appeal::ActiveModel {
        id: Set(id),
        event_id: Set(new.event),
        about: Set(about),
        reason: Set(reason.clone()),
        standing: Set(AppealStanding::Open.as_str().to_owned()),
        asked_at: Set(now.micros()),
        asked_by: Set(who.actor().to_owned()),
        answer: Set(String::new()),
        adjust: Set(0),
        decided_at: Set(None),
        decided_by: Set(String::new()),
        ..Default::default()
    };
    tx.post::<appeal::Entity, _>(row, scorer).await.map_err(|error| match error {
        StoreError::Taken => MeritError::AppealedAlready,
        other => other.into(),
    })?;
    tx.note(&Event::Appealed { appeal: id, event: new.event, reason }, who.actor(), now).await?;
    Ok(id)
}

fn guarded(was: &Appeal, is: AppealStanding, by: &str, now: Timestamp) -> UpdateMany<appeal::Entity> {
    appeal::Entity::update_many()
        .col_expr(appeal::Column::Standing, Expr::value(is.as_str()))
        .col_expr(appeal::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(appeal::Column::DecidedBy, Expr::value(by))
        .filter(appeal::Column::Id.eq(was.id))
        .filter(appeal::Column::Standing.eq(was.standing.as_str()))
}

/// Takes one's own appeal back.
///
/// # Errors
/// [`MeritError::WrongTurn`] once it is decided.
pub async fn withdraw_appeal(
    tx: &TenantTx,
    who: &Staff<AppealPoints>,
    id: Uuid,
    now: Timestamp,
) -> Result<(), MeritError> {
    let found = tx.sent(appeal::Entity::find().filter(appeal::Column::Id.eq(id))).await?.into_iter().next();
    let was = Appeal::try_from(found.ok_or(MeritError::Missing)?)?;
    let is = was.standing.step(AppealMove::Withdraw)?;
    tx.change_sent(guarded(&was, is, who.actor(), now)).await?;
    let event = Event::AppealDecided { appeal: id, standing: is, answer: String::new(), adjust: Points::default() };
    tx.note(&event, who.actor(), now).await?;
    Ok(())
}

/// Agrees, and gives (or takes) so many points by an event of its own.
///
/// # Errors
/// [`MeritError::Text`] without an answer; [`MeritError::WrongTurn`] once it is decided.
pub async fn accept(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    id: Uuid,
    given: (Points, &str),
    now: Timestamp,
) -> Result<Appeal, MeritError> {
    let (points, answer) = given;
    if points.0 == 0 || points.0.abs() > Points::MOST.0 {
        return Err(MeritError::Table { row: 0, field: "points", code: "out_of_range" });
    }
    let was = decide(tx, who, id, AppealMove::Accept, (points, answer), now).await?;
    let disputed = match was.event {
        None => None,
        Some(event) => tx.one(event::Entity::find().filter(event::Column::Id.eq(event))).await?,
    };
    let happened = Happened {
        beneficiary: was.beneficiary,
        occasion: Occasion::Adjusted,
        channel: String::new(),
        key: id.to_string(),
        submission: disputed.as_ref().and_then(|event| event.submission_id),
        thread: disputed.as_ref().and_then(|event| event.thread_id),
        document: disputed.as_ref().and_then(|event| event.document_id),
        title: was.about.clone(),
        note: answer.trim().to_owned(),
    };
    lineage::adjusting(tx, happened, points.0, who.actor(), now).await?;
    views::find_appeal(tx, id).await
}

/// Refuses, with a reason.
///
/// # Errors
/// [`MeritError::Text`] without a reason; [`MeritError::WrongTurn`] once it is decided.
pub async fn reject(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    id: Uuid,
    answer: &str,
    now: Timestamp,
) -> Result<Appeal, MeritError> {
    decide(tx, who, id, AppealMove::Reject, (Points::default(), answer), now).await?;
    views::find_appeal(tx, id).await
}

async fn decide(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    id: Uuid,
    attempted: AppealMove,
    given: (Points, &str),
    now: Timestamp,
) -> Result<Appeal, MeritError> {
    let answer = said("answer", given.1, 1, NOTE_MAX)?;
    let was = views::find_appeal(tx, id).await?;
    let is = was.standing.step(attempted)?;
    let update = guarded(&was, is, who.actor(), now)
        .col_expr(appeal::Column::Answer, Expr::value(answer.as_str()))
        .col_expr(appeal::Column::Adjust, Expr::value(given.0.0));
    tx.change_one(update).await?;
    let event = Event::AppealDecided { appeal: id, standing: is, answer, adjust: given.0 };
    tx.note(&event, who.actor(), now).await?;
    Ok(was)
}
