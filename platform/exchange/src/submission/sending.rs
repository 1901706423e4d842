//! Verbs of the sender: submit and recall.

use base::duty::Role;
use base::store::StoreError;
use base::{Duty, Site, Sites, Staff, TenantId, TenantTx, Timestamp};
use content::DocumentId;
use content::document::{self, DocumentError, EditionView};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::acts::{guarded, in_commission, json, said};
use super::events::Event;
use super::model::{Hop, Move, Standing, Submission, SubmissionError, Uses};
use super::rows::submission as rows;
use super::rules::{SubmissionRule, SubmissionRules};
use super::{SubmissionId, deadlines, fate, jobs, views};
use crate::commission::{self, CommissionId};
use crate::merit::lineage;
use crate::permission::{self, Invitation};

/// May offer editions upward and take them back.
pub struct SubmitUpward;
impl Duty for SubmitUpward {
    const NAME: &'static str = "submit_upward";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}

/// To whom it is offered.
#[derive(Clone, Copy, Debug, Default)]
pub enum To {
    /// The direct superior.
    #[default]
    Superior,
    /// A superior by name: the direct one, or one that permitted this portal to skip a level.
    Named(TenantId),
    /// A superior that asked for it.
    Invited(Invitation),
}

/// What a sender wants offered.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// A document of the sender with a live edition.
    pub document: DocumentId,
    /// To whom.
    pub to: To,
    /// What it may be used for.
    pub uses: Uses,
    /// Covering note, at most 500 characters.
    pub note: String,
}

/// Offers the live edition of a document to a superior: text, header and files are frozen in the letter, so that nothing the
/// sender does later changes what the receiver reads. A document that was offered to it before goes on in its thread.
///
/// # Errors
/// [`SubmissionError::NotSuperior`] for a superior that is not the direct one and permitted nothing;
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
    let receiver = receiver(tx, sites, &sender, new.to, now).await?;
    let note = said("note", &new.note, 0)?;
    if !new.uses.site && !new.uses.brief {
        return Err(SubmissionError::NoUse);
    }
    let live = document::live_edition(tx, new.document).await.map_err(|error| match error {
        DocumentError::NotLive => SubmissionError::NotPublished,
        other => other.into(),
    })?;
    let (id, thread) = thread_of(tx, receiver, &live, now).await?;
    let mut ways = content::document::provenance(tx, new.document).await?;
    ways.push(serde_json::to_value(hop(&sender, who, &live, now)).unwrap_or_default());
    let commission = match new.to {
        To::Invited(invitation) => invitation.commission,
        To::Superior | To::Named(_) => None,
    };
    let (uses, by) = (new.uses, who.actor());
    let letter = Letter { id, thread, live: &live, ways: &ways, uses, note, by, commission };
    let (row, provisional) = frozen(letter, rule, rules, now);
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
    let over = rules.due(now, rule.expire_days).at;
    let about = jobs::about(id);
    tx.enqueue_for(receiver, jobs::EXPIRE, &jobs::expiry_key(id), &about, over, now).await?;
    if provisional {
        let key = format!("settle:{receiver}");
        tx.enqueue_for(receiver, jobs::SETTLE, &key, "{}", deadlines::next_look(now), now).await?;
    }
    if ways.len() > 1 {
        tx.enqueue_for(receiver, jobs::FATE, &fate::key(id), &about, now, now).await?;
    }
    crate::likeness::jobs::follow(tx, receiver, id, now).await?;
    let sent = views::find_sent(tx, id).await?;
    lineage::submitted(tx, &sent, who.actor(), now).await?;
    Ok(sent)
}

/// Whoever may be written to: the tree, a standing permission, or an invitation says so.
async fn receiver(
    tx: &TenantTx,
    sites: &Sites,
    sender: &Site,
    to: To,
    now: Timestamp,
) -> Result<TenantId, SubmissionError> {
    let direct = sender.parent.ok_or(SubmissionError::NoSuperior)?;
    let named = match to {
        To::Superior => return Ok(direct),
        To::Named(named) | To::Invited(Invitation { receiver: named, .. }) => named,
    };
    let above = named != sender.tenant && sites.is_within(sender.tenant, named);
    let allowed = match to {
        _ if named == direct => true,
        To::Invited(invitation) => above && invitation.sender == sender.tenant,
        _ => above && permission::lets_skip(tx, sites, named, now).await?,
    };
    let name = || sites.by_id(named).map(|site| site.name.to_string()).unwrap_or_default();
    if allowed { Ok(named) } else { Err(SubmissionError::NotSuperior(name())) }
}

/// The new letter's id and its thread: the one in which this document was offered there before.
async fn thread_of(
    tx: &TenantTx,
    receiver: TenantId,
    live: &EditionView,
    now: Timestamp,
) -> Result<(SubmissionId, SubmissionId), SubmissionError> {
    let earlier = rows::Entity::find()
        .filter(rows::Column::TenantId.eq(receiver))
        .filter(rows::Column::DocumentId.eq(live.document))
        .order_by_desc(rows::Column::SubmittedAt);
    let earlier = tx.sent(earlier).await?;
    let waits = |row: &&rows::Model| {
        row.edition_id == live.edition && Standing::parse(&row.standing).is_some_and(Standing::is_open)
    };
    if let Some(open) = earlier.iter().find(waits) {
        return Err(SubmissionError::OpenAlready(open.thread_id));
    }
    let id = SubmissionId(tx.ids().new_id(now));
    Ok((id, earlier.first().map_or(id, |row| row.thread_id)))
}

struct Letter<'a> {
    id: SubmissionId,
    thread: SubmissionId,
    live: &'a EditionView,
    ways: &'a [serde_json::Value],
    uses: Uses,
    note: String,
    by: &'a str,
    commission: Option<CommissionId>,
}

/// The row of a letter, and whether its deadlines are guesses.
fn frozen(
    letter: Letter<'_>,
    rule: &SubmissionRule,
    rules: &SubmissionRules,
    now: Timestamp,
) -> (rows::ActiveModel, bool) {
    let (receive, decide) = (rules.due(now, rule.receive_days), rules.due(now, rule.decide_days));
    let guess = deadlines::guess(&receive, &decide, &rules.due(now, rule.expire_days));
    let live = letter.live;
    let files: Vec<_> = live.attachments.iter().map(|one| &one.file).collect();
    let row = rows::ActiveModel {
        id: Set(letter.id),
        thread_id: Set(letter.thread),
        document_id: Set(live.document),
        edition_id: Set(live.edition),
        standing: Set(Standing::Submitted.as_str().to_owned()),
        use_site: Set(i32::from(letter.uses.site)),
        use_brief: Set(i32::from(letter.uses.brief)),
        title: Set(live.fields.title.clone()),
        snapshot: Set(json(&live.fields)),
        files: Set(json(&files)),
        content_hash: Set(live.content_hash.clone()),
        provenance: Set(json(&letter.ways)),
        note: Set(letter.note),
        submitted_at: Set(now.micros()),
        submitted_by: Set(letter.by.to_owned()),
        receive_due_at: Set(receive.at.micros()),
        decide_due_at: Set(decide.at.micros()),
        provisional: Set(guess),
        withdrawn_hours: Set(rule.withdrawn_hours),
        received_at: Set(None),
        holder: Set(String::new()),
        decided_at: Set(None),
        decided_by: Set(String::new()),
        reason: Set(String::new()),
        adopted_document: Set(None),
        address: Set(String::new()),
        news: Set(String::new()),
        alarm_due_at: Set(None),
        alarm_answer: Set(String::new()),
        commission_id: Set(letter.commission),
        characters: Set(characters(&live.fields.body_html)),
        version: Set(0),
        ..Default::default()
    };
    (row, guess != 0)
}

/// How long a text is, by what is seen of it.
pub(super) fn characters(body_html: &str) -> i32 {
    i32::try_from(content::text::normalise(body_html).chars().count()).unwrap_or(i32::MAX)
}

fn hop(sender: &Site, who: &Staff<SubmitUpward>, live: &EditionView, now: Timestamp) -> Hop {
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
    if was.provenance.len() > 1 {
        tx.enqueue_for(was.receiver, jobs::FATE, &fate::key(id), &jobs::about(id), now, now).await?;
    }
    lineage::recalled(tx, &was, who.actor(), now).await?;
    commission::recount(tx, &was, now).await.map_err(in_commission)?;
    crate::likeness::jobs::follow(tx, was.receiver, id, now).await?;
    views::find_sent(tx, id).await
}
