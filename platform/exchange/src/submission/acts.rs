//! Verbs of submissions: the sender's submit and recall, the receiver's receive, hold, return and decline.

use base::duty::Role;
use base::store::StoreError;
use base::{Duty, Site, Sites, Staff, TenantTx, Timestamp};
use content::DocumentId;
use content::document::{self, DocumentError};
use content::text;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, UpdateMany, sea_query::Expr};

use super::model::{Event, Hop, Move, Standing, Submission, SubmissionError, Uses};
use super::rows::submission as rows;
use super::rules::SubmissionRules;
use super::{SubmissionId, views};
use crate::merit::lineage;

/// May offer editions upward and take them back.
pub struct SubmitUpward;
impl Duty for SubmitUpward {
    const NAME: &'static str = "submit_upward";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}

/// May receive, hold, return, decline and adopt what comes up from below. Held at the receiver: no account of the sender
/// moves anything there.
pub struct DecideSubmission;
impl Duty for DecideSubmission {
    const NAME: &'static str = "decide_submission";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}

/// Longest reason or covering note in characters.
const NOTE_MAX: usize = 500;

/// What a sender wants offered.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// A document of the sender with a live edition.
    pub document: DocumentId,
    /// What it may be used for.
    pub uses: Uses,
    /// Covering note, at most 500 characters.
    pub note: String,
}

/// Offers the live edition of a document to the superior: text, header and files are frozen in the letter, so that nothing
/// the sender does later changes what the receiver reads. A document that was offered before goes on in its thread.
///
/// # Errors
/// [`SubmissionError::OpenAlready`] when this edition waits there; [`SubmissionError::NotPublished`].
pub async fn submit(
    tx: &TenantTx,
    who: &Staff<SubmitUpward>,
    sites: &Sites,
    new: NewSubmission,
    rules: &SubmissionRules,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let rule = rules.at(now).ok_or(SubmissionError::NoRule)?;
    let sender = sites.by_id(tx.tenant()).ok_or(SubmissionError::NoSuperior)?;
    let receiver = sender.parent.ok_or(SubmissionError::NoSuperior)?;
    let note = said("note", &new.note, 0)?;
    if !new.uses.site && !new.uses.brief {
        return Err(SubmissionError::NoUse);
    }
    let live = document::live_edition(tx, new.document).await.map_err(|error| match error {
        DocumentError::NotLive => SubmissionError::NotPublished,
        other => other.into(),
    })?;
    let earlier = rows::Entity::find()
        .filter(rows::Column::TenantId.eq(receiver))
        .filter(rows::Column::DocumentId.eq(new.document))
        .order_by_desc(rows::Column::SubmittedAt);
    let earlier = tx.sent(earlier).await?;
    let waits = |row: &&rows::Model| {
        row.edition_id == live.edition && Standing::parse(&row.standing).is_some_and(Standing::is_open)
    };
    if let Some(open) = earlier.iter().find(waits) {
        return Err(SubmissionError::OpenAlready(open.thread_id));
    }
    let id = SubmissionId(tx.ids().new_id(now));
    let thread = earlier.first().map_or(id, |row| row.thread_id);
    let mut provenance = content::document::provenance(tx, new.document).await?;
    provenance.push(serde_json::to_value(hop(&sender, who, &live, now)).unwrap_or_default());
    let (receive, decide) = (rules.due(now, rule.receive_days), rules.due(now, rule.decide_days));
    let files: Vec<_> = live.attachments.iter().map(|one| &one.file).collect();
    let row = rows::ActiveModel {
        id: Set(id),
        thread_id: Set(thread),
        document_id: Set(new.document),
        edition_id: Set(live.edition),
        standing: Set(Standing::Submitted.as_str().to_owned()),
        use_site: Set(i32::from(new.uses.site)),
        use_brief: Set(i32::from(new.uses.brief)),
        title: Set(live.fields.title.clone()),
        snapshot: Set(json(&live.fields)),
        files: Set(json(&files)),
        content_hash: Set(live.content_hash.clone()),
        provenance: Set(json(&provenance)),
        note: Set(note),
        submitted_at: Set(now.micros()),
        submitted_by: Set(who.actor().to_owned()),
        receive_due_at: Set(receive.at.micros()),
        decide_due_at: Set(decide.at.micros()),
        provisional: Set(i32::from(receive.provisional || decide.provisional)),
        withdrawn_hours: Set(rule.withdrawn_hours),
        received_at: Set(None),
        holder: Set(String::new()),
        decided_at: Set(None),
        decided_by: Set(String::new()),
        reason: Set(String::new()),
        adopted_document: Set(None),
        address: Set(String::new()),
        news: Set(String::new()),
        version: Set(0),
        ..Default::default()
    };
    // Two requests at once: the database refuses the second, which then finds the thread of the first.
    tx.post::<rows::Entity, _>(row, receiver).await.map_err(|error| match error {
        StoreError::Taken => SubmissionError::OpenAlready(thread),
        other => other.into(),
    })?;
    let event = Event::Submitted {
        submission: id,
        thread,
        to: receiver.to_string(),
        edition: live.edition,
        content_hash: live.content_hash,
    };
    tx.note(&event, who.actor(), now).await?;
    let sent = views::find_sent(tx, id).await?;
    lineage::submitted(tx, &sent, who.actor(), now).await?;
    let over = rules.due(now, rule.expire_days).at;
    tx.enqueue_for(
        receiver,
        super::jobs::EXPIRE,
        &format!("expire:{id}"),
        &format!("{{\"submission\":\"{id}\"}}"),
        over,
        now,
    )
    .await?;
    Ok(sent)
}

fn hop(sender: &Site, who: &Staff<SubmitUpward>, live: &document::EditionView, now: Timestamp) -> Hop {
    Hop {
        tenant: sender.tenant.to_string(),
        name: sender.name.to_string(),
        unit: live.fields.source.clone(),
        author: live.fields.author.clone(),
        sent_by: who.actor().to_owned(),
        document: live.document,
        edition: live.edition,
        at: now,
    }
}

/// The sender takes it back, as long as the receiver has not adopted it.
///
/// # Errors
/// [`SubmissionError::WrongTurn`] afterwards.
pub async fn recall(
    tx: &TenantTx,
    who: &Staff<SubmitUpward>,
    id: SubmissionId,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let was = views::find_sent(tx, id).await?;
    let is = was.standing.step(Move::Recall)?;
    let update = guarded(&was, is)
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(who.actor()));
    tx.change_sent(update).await?;
    tx.note(&Event::Recalled { submission: id }, who.actor(), now).await?;
    lineage::recalled(tx, &was, who.actor(), now).await?;
    views::find_sent(tx, id).await
}

/// 签收: somebody at the receiver takes note. Doing it twice changes nothing.
///
/// # Errors
/// [`SubmissionError::Missing`].
pub async fn receive(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let was = views::find_received(tx, id).await?;
    if was.standing != Standing::Submitted {
        return Ok(was);
    }
    let is = was.standing.step(Move::Receive)?;
    tx.change_one(guarded(&was, is).col_expr(rows::Column::ReceivedAt, Expr::value(now.micros()))).await?;
    let event = Event::Received {
        submission: id,
        from: was.sender.to_string(),
        edition: was.edition,
        content_hash: was.content_hash.clone(),
    };
    tx.note(&event, who.actor(), now).await?;
    views::find_received(tx, id).await
}

/// Takes it in hand: everybody sees who holds it. A colleague may take it over.
///
/// # Errors
/// [`SubmissionError::WrongTurn`] when it is decided.
pub async fn hold(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let was = receive(tx, who, id, now).await?;
    let is = match was.standing {
        Standing::InReview if was.holder == who.actor() => return Ok(was),
        Standing::InReview => Standing::InReview,
        other => other.step(Move::Review)?,
    };
    tx.change_one(guarded(&was, is).col_expr(rows::Column::Holder, Expr::value(who.actor()))).await?;
    tx.note(&Event::Held { submission: id, by: who.actor().to_owned() }, who.actor(), now).await?;
    views::find_received(tx, id).await
}

/// 退回: back to the sender with a reason; a corrected edition goes on in the same thread.
///
/// # Errors
/// [`SubmissionError::Text`] without a reason.
pub async fn return_to(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    decide(tx, who, id, Move::Return, reason, now).await
}

/// 不采用: declined with a reason.
///
/// # Errors
/// [`SubmissionError::Text`] without a reason.
pub async fn decline(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    decide(tx, who, id, Move::Decline, reason, now).await
}

async fn decide(
    tx: &TenantTx,
    who: &Staff<DecideSubmission>,
    id: SubmissionId,
    attempted: Move,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let reason = said("reason", reason, 1)?;
    let was = hold(tx, who, id, now).await?;
    let is = was.standing.step(attempted)?;
    tx.change_one(decided(&was, is, who.actor(), now).col_expr(rows::Column::Reason, Expr::value(reason.as_str())))
        .await?;
    let event = match attempted {
        Move::Return => Event::Returned { submission: id, reason },
        _ => Event::Declined { submission: id, reason },
    };
    tx.note(&event, who.actor(), now).await?;
    views::find_received(tx, id).await
}

/// The guarded change of one letter: exactly one row in the standing that was read, or `Stale`.
pub(super) fn guarded(was: &Submission, is: Standing) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::Standing.eq(was.standing.as_str()))
}

/// The same, with who decided and when.
pub(super) fn decided(was: &Submission, is: Standing, actor: &str, now: Timestamp) -> UpdateMany<rows::Entity> {
    guarded(was, is)
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(actor))
}

fn said(field: &'static str, said: &str, least: usize) -> Result<String, SubmissionError> {
    let clean = text::strip_controls(said).trim().to_owned();
    let length = clean.chars().count();
    if length < least || length > NOTE_MAX { Err(SubmissionError::Text { field, limit: NOTE_MAX }) } else { Ok(clean) }
}

pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
