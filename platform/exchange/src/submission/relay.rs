//! Submissions that cross the border of an installation: a letter of a tenant that lives elsewhere is posted here in its name,
//! and what the superior elsewhere made of a letter is put down here.

use base::people::{Peer, Side};
use base::store::StoreError;
use base::{Sites, TenantTx, Timestamp};
use content::document::{DocumentId, EditionId, Fields};
use content::media::StoredFile;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder, QuerySelect, sea_query::Expr};

use super::acts::{guarded, json};
use super::events::Event;
use super::model::{Hop, Move, OriginNews, Standing, Submission, SubmissionError, Uses};
use super::rows::submission as rows;
use super::rules::SubmissionRules;
use super::{SubmissionId, fate, jobs, views};
use crate::merit::lineage;

/// A letter from elsewhere.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Posted {
    pub id: SubmissionId,
    pub thread: SubmissionId,
    pub document: DocumentId,
    pub edition: EditionId,
    pub uses: Uses,
    pub fields: Fields,
    pub files: Vec<StoredFile>,
    pub content_hash: String,
    pub provenance: Vec<Hop>,
    pub note: String,
    pub submitted_at: Timestamp,
    pub submitted_by: String,
    pub recalled: bool,
    pub news: Option<OriginNews>,
}

/// Posts a letter in the name of the tenant that the peer speaks for, to that tenant's superior; or, when it is here, puts
/// down that its sender took it back or what happened to its original.
///
/// # Errors
/// [`SubmissionError::OpenAlready`] when another letter of the same edition waits.
pub async fn post(
    tx: &TenantTx,
    peer: &Peer,
    sites: &Sites,
    letter: Posted,
    rules: &SubmissionRules,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let sender = sites.by_id(tx.tenant()).filter(|_| peer.tenant() == tx.tenant() && peer.side == Side::Below);
    let receiver = sender.and_then(|sender| sender.parent).ok_or(SubmissionError::NoSuperior)?;
    match views::find_sent(tx, letter.id).await {
        Ok(known) => return follow(tx, peer, known, &letter, now).await,
        Err(SubmissionError::Missing) => {}
        Err(error) => return Err(error),
    }
    if letter.recalled {
        // It was taken back before it ever came: there is nothing to post.
        return Err(SubmissionError::Missing);
    }
    let rule = rules.at(now).ok_or(SubmissionError::NoRule)?;
    let fields = letter.fields.cleaned()?;
    let (receive, decide) = (rules.due(now, rule.receive_days), rules.due(now, rule.decide_days));
    let row = rows::ActiveModel {
        id: Set(letter.id),
        thread_id: Set(letter.thread),
        document_id: Set(letter.document),
        edition_id: Set(letter.edition),
        standing: Set(Standing::Submitted.as_str().to_owned()),
        use_site: Set(i32::from(letter.uses.site)),
        use_brief: Set(i32::from(letter.uses.brief)),
        title: Set(fields.title.clone()),
        snapshot: Set(json(&fields)),
        files: Set(json(&letter.files)),
        content_hash: Set(letter.content_hash.clone()),
        provenance: Set(json(&letter.provenance)),
        note: Set(content::text::strip_controls(&letter.note)),
        submitted_at: Set(letter.submitted_at.min(now).micros()),
        submitted_by: Set(letter.submitted_by.clone()),
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
        news: Set(letter.news.as_ref().map(json).unwrap_or_default()),
        alarm_due_at: Set(None),
        alarm_answer: Set(String::new()),
        commission_id: Set(None),
        characters: Set(super::sending::characters(&fields.body_html)),
        version: Set(0),
        ..Default::default()
    };
    tx.post::<rows::Entity, _>(row, receiver).await.map_err(|error| match error {
        StoreError::Taken => SubmissionError::OpenAlready(letter.thread),
        other => other.into(),
    })?;
    let event = Event::Submitted {
        submission: letter.id,
        thread: letter.thread,
        to: receiver.to_string(),
        edition: letter.edition,
        content_hash: letter.content_hash,
    };
    tx.note(&event, &peer.actor(), now).await?;
    let over = rules.due(now, rule.expire_days).at;
    let about = jobs::about(letter.id);
    tx.enqueue_for(receiver, jobs::EXPIRE, &jobs::expiry_key(letter.id), &about, over, now).await?;
    crate::likeness::jobs::follow(tx, receiver, letter.id, now).await?;
    let sent = views::find_sent(tx, letter.id).await?;
    lineage::submitted(tx, &sent, &peer.actor(), now).await?;
    Ok(sent)
}

async fn follow(
    tx: &TenantTx,
    peer: &Peer,
    known: Submission,
    letter: &Posted,
    now: Timestamp,
) -> Result<Submission, SubmissionError> {
    let unheard = |news: &&OriginNews| !known.news.as_ref().is_some_and(|old| heard(old, news));
    if let Some(news) = letter.news.as_ref().filter(unheard) {
        super::origin::tell(tx, &known, &from_now(news, known.withdrawn_hours, now), now).await?;
        return views::find_sent(tx, known.id).await;
    }
    if letter.recalled
        && let Ok(is) = known.standing.step(Move::Recall)
    {
        let update = guarded(&known, is)
            .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
            .col_expr(rows::Column::DecidedBy, Expr::value(letter.submitted_by.as_str()));
        tx.change_sent(update).await?;
        tx.note(&Event::Recalled { submission: known.id }, &peer.actor(), now).await?;
        crate::likeness::jobs::follow(tx, known.receiver, known.id, now).await?;
        lineage::recalled(tx, &known, &peer.actor(), now).await?;
        return views::find_sent(tx, known.id).await;
    }
    Ok(known)
}

/// Whether these are the same news; the limit of a withdrawal is counted on each side from when it was known there.
fn heard(old: &OriginNews, new: &OriginNews) -> bool {
    match (old, new) {
        (OriginNews::Withdrawn { at: old, .. }, OriginNews::Withdrawn { at: new, .. }) => old == new,
        (old, new) => old == new,
    }
}

/// The same news with the whole time from now on: a cut link makes nobody late.
fn from_now(news: &OriginNews, hours: i32, now: Timestamp) -> OriginNews {
    match news.clone() {
        OriginNews::Withdrawn { cause, reason, at, .. } => {
            OriginNews::Withdrawn { cause, reason, at, due_at: now.plus_hours(i64::from(hours)) }
        }
        newer @ OriginNews::Newer { .. } => newer,
    }
}

/// Letters that this tenant received, in full, newest first: what goes up to the installation that it stands for.
///
/// # Errors
/// [`StoreError`].
pub async fn to_forward(tx: &TenantTx, limit: u64) -> Result<Vec<Submission>, StoreError> {
    let select = rows::Entity::find().order_by_desc(rows::Column::SubmittedAt).limit(limit);
    tx.all(select).await?.into_iter().map(Submission::try_from).collect()
}

/// Letters that this tenant sent, in full, newest first: whose fates the peer that speaks for it asks about.
///
/// # Errors
/// [`StoreError`].
pub async fn to_report(tx: &TenantTx, limit: u64) -> Result<Vec<Submission>, StoreError> {
    let select = rows::Entity::find().order_by_desc(rows::Column::SubmittedAt).limit(limit);
    tx.sent(select).await?.into_iter().map(Submission::try_from).collect()
}

/// What the superior elsewhere made of a letter.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Decided {
    pub id: SubmissionId,
    pub standing: Standing,
    pub holder: String,
    pub reason: String,
    pub decided_by: String,
    pub address: String,
}

/// Puts down what the superior elsewhere made of a letter that this tenant, which stands for it, received. What cannot follow
/// from where the letter stands is not put down.
///
/// # Errors
/// [`SubmissionError::Missing`].
pub async fn decided(tx: &TenantTx, peer: &Peer, fate_of: &Decided, now: Timestamp) -> Result<bool, SubmissionError> {
    let was = views::find_received(tx, fate_of.id).await?;
    let same = was.standing == fate_of.standing && was.holder == fate_of.holder && was.address == fate_of.address;
    if same || peer.tenant() != tx.tenant() || peer.side != Side::Above || !believed(was.standing, fate_of.standing) {
        return Ok(false);
    }
    let over = !fate_of.standing.is_open();
    let update = guarded(&was, fate_of.standing)
        .col_expr(rows::Column::Holder, Expr::value(fate_of.holder.as_str()))
        .col_expr(rows::Column::Reason, Expr::value(fate_of.reason.as_str()))
        .col_expr(rows::Column::Address, Expr::value(fate_of.address.as_str()))
        .col_expr(rows::Column::ReceivedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedAt, Expr::value(over.then_some(now.micros())))
        .col_expr(rows::Column::DecidedBy, Expr::value(fate_of.decided_by.as_str()));
    tx.change_one(update).await?;
    let submission = was.id;
    let event = match fate_of.standing {
        Standing::Returned => Event::Returned { submission, reason: fate_of.reason.clone() },
        Standing::Declined => Event::Declined { submission, reason: fate_of.reason.clone() },
        Standing::Expired => Event::Expired { submission },
        _ => Event::Held { submission, by: fate_of.holder.clone(), taken_from: String::new() },
    };
    tx.note(&event, &peer.actor(), now).await?;
    fate::tell(tx, &was, fate_of.standing, now).await?;
    Ok(true)
}

/// Whether what the superior says of a letter can be. A recall that came to it after it had decided came too late.
fn believed(here: Standing, there: Standing) -> bool {
    let overtaken = here == Standing::Recalled && !there.is_open();
    overtaken || leads(here, there)
}

/// Whether one standing can lead to another by any number of moves, or is the same.
fn leads(from: Standing, to: Standing) -> bool {
    const MOVES: [Move; 10] = [
        Move::Receive,
        Move::Review,
        Move::Adopt,
        Move::Merge,
        Move::Return,
        Move::Decline,
        Move::Expire,
        Move::Publish,
        Move::Supersede,
        Move::Recall,
    ];
    from == to || MOVES.iter().any(|attempted| from.step(*attempted).is_ok_and(|next| next != from && leads(next, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fate_follows_from_where_the_letter_stands() {
        use Standing as S;
        assert!(
            leads(S::Submitted, S::Published) && leads(S::Submitted, S::Returned) && leads(S::Received, S::Expired)
        );
        assert!(
            !leads(S::Returned, S::Adopted) && !leads(S::Recalled, S::Received) && !leads(S::Published, S::Adopted)
        );
        assert!(believed(S::Recalled, S::Adopted), "decided before the recall came");
        assert!(!believed(S::Recalled, S::InReview), "the recall is under way");
    }
}
