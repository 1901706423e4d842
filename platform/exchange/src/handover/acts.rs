//! Verbs of hand-overs: written, signed out, taken over.

use base::{Staff, TenantTx, Timestamp, sm3_hex};
use content::text;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};
use uuid::Uuid;

use super::model::{Event, Handover, HandoverError, Move, Standing};
use super::rows::handover as rows;
use super::{jobs, views};
use crate::roster::{KeepDuty, RosterRules};

/// Longest note in characters.
const NOTE_MAX: usize = 4000;

/// Writes the note of the shift: a new one, or anew the one that nobody signed yet. Whoever writes last signs.
///
/// # Errors
/// [`HandoverError::Text`]; [`HandoverError::WrongTurn`] while a signed note waits to be taken over.
pub async fn write(
    tx: &TenantTx,
    who: &Staff<KeepDuty>,
    note: &str,
    now: Timestamp,
) -> Result<Handover, HandoverError> {
    let note = text::strip_controls(note).trim().to_owned();
    if note.is_empty() || note.chars().count() > NOTE_MAX {
        return Err(HandoverError::Text { limit: NOTE_MAX });
    }
    if let Some(was) = views::open(tx).await? {
        let is = was.standing.step(Move::Write)?;
        let update = guarded(&was, is)
            .col_expr(rows::Column::Note, Expr::value(note))
            .col_expr(rows::Column::DraftedBy, Expr::value(who.actor()));
        tx.change_one(update).await?;
        return views::find(tx, was.id).await;
    }
    let id = tx.ids().new_id(now);
    let row = rows::ActiveModel {
        id: Set(id),
        standing: Set(Standing::Drafted.as_str().to_owned()),
        note: Set(note),
        counts: Set(String::new()),
        text_hash: Set(String::new()),
        drafted_at: Set(now.micros()),
        drafted_by: Set(who.actor().to_owned()),
        signed_out_at: Set(None),
        signed_out_by: Set(String::new()),
        signed_out_id: Set(None),
        taken_over_at: Set(None),
        taken_over_by: Set(String::new()),
        remind_at: Set(None),
        version: Set(0),
        ..Default::default()
    };
    // Two who begin at once: the database refuses the second, who then reads what the first wrote.
    tx.insert::<rows::Entity, _>(row).await?;
    views::find(tx, id).await
}

/// The outgoing person signs: what is open is counted and frozen with the text, and the hash of both goes on record.
///
/// # Errors
/// [`HandoverError::NotWriter`] when somebody else wrote it.
pub async fn sign_out(
    tx: &TenantTx,
    who: &Staff<KeepDuty>,
    id: Uuid,
    dead_letters: u64,
    rules: &RosterRules,
    now: Timestamp,
) -> Result<Handover, HandoverError> {
    let rule = rules.at(now).ok_or(HandoverError::NoRule)?;
    let mut was = views::find(tx, id).await?;
    let is = was.standing.step(Move::SignOut)?;
    if was.drafted_by != who.actor() {
        return Err(HandoverError::NotWriter(was.drafted_by));
    }
    let counts = views::counts(tx, dead_letters, now).await?;
    was.counts = Some(counts);
    let text_hash = sm3_hex(was.signed_text(who.actor(), now).as_bytes());
    let remind_at = now.plus_minutes(rule.handover_minutes);
    let update = guarded(&was, is)
        .col_expr(rows::Column::Counts, Expr::value(serde_json::to_string(&counts).unwrap_or_default()))
        .col_expr(rows::Column::TextHash, Expr::value(text_hash.as_str()))
        .col_expr(rows::Column::SignedOutAt, Expr::value(now.micros()))
        .col_expr(rows::Column::SignedOutBy, Expr::value(who.actor()))
        .col_expr(rows::Column::SignedOutId, Expr::value(who.id()))
        .col_expr(rows::Column::RemindAt, Expr::value(remind_at.micros()));
    tx.change_one(update).await?;
    tx.note(&Event::SignedOut { handover: id, counts, text_hash }, who.actor(), now).await?;
    tx.enqueue(jobs::REMIND, &format!("handover:{id}"), &format!("{{\"handover\":\"{id}\"}}"), remind_at, now).await?;
    views::find(tx, id).await
}

/// The incoming person signs.
///
/// # Errors
/// [`HandoverError::SamePerson`] for whoever signed out.
pub async fn take_over(
    tx: &TenantTx,
    who: &Staff<KeepDuty>,
    id: Uuid,
    now: Timestamp,
) -> Result<Handover, HandoverError> {
    let was = views::find(tx, id).await?;
    let is = was.standing.step(Move::TakeOver)?;
    if was.signed_out_id == Some(who.id()) {
        return Err(HandoverError::SamePerson);
    }
    let update = guarded(&was, is)
        .col_expr(rows::Column::TakenOverAt, Expr::value(now.micros()))
        .col_expr(rows::Column::TakenOverBy, Expr::value(who.actor()));
    tx.change_one(update).await?;
    let event = Event::TakenOver { handover: id, signed_out_by: was.signed_out_by, text_hash: was.text_hash };
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, id).await
}

/// The guarded change of one note.
fn guarded(was: &Handover, is: Standing) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::Standing.eq(was.standing.as_str()))
}
