//! Verbs of a member: it puts a document of its own forward for a joint column, and takes it back.

use base::duty::Role;
use base::store::Reaching;
use base::{Duty, Staff, SubtreeTx, Timestamp};
use content::DocumentId;
use content::document::{self, DocumentError, Withdrawal, WithdrawalKind};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::model::{Channel, Event, Item, ItemKey, JointError, said};
use super::rows::item as rows;
use super::standing::{MemberMove, Membership, Move, Standing};
use super::{ViaId, jobs, news, reach, views};

/// May put documents forward for joint columns of others, and take them back.
pub struct Contribute;
impl Duty for Contribute {
    const NAME: &'static str = "contribute";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}
impl Reaching for Contribute {}

/// Puts the live edition of a document of this portal forward. Whether it stands at once or waits for the owner's people is
/// the owner's rule; a job of the owner's applies it.
///
/// # Errors
/// [`JointError::Missing`] without an accepted membership; [`JointError::NotPublished`]; [`JointError::WrongTurn`] while it
/// waits or stands there already.
pub async fn contribute(
    tx: &SubtreeTx,
    who: &Staff<Contribute>,
    member: ViaId,
    document: DocumentId,
    note: &str,
    now: Timestamp,
) -> Result<Item, JointError> {
    let note = said("note", note, 0)?;
    reach::in_turn(tx).await?;
    let of = views::find_member(tx, member).await?;
    if of.member != tx.tenant() {
        return Err(JointError::Missing);
    }
    if of.standing != Membership::Accepted {
        // What cannot be left is no membership: the refusal names its standing.
        of.standing.step(MemberMove::Leave)?;
    }
    let live = document::live_edition(tx, document).await.map_err(|error| match error {
        DocumentError::NotLive => JointError::NotPublished,
        other => other.into(),
    })?;
    let key = ItemKey { via: member, document };
    match views::find_item_sent(tx, key).await {
        Ok(was) => {
            let is = was.standing.step(Move::Offer)?;
            let update = guarded(&was, is)
                .col_expr(rows::Column::EditionId, Expr::value(live.edition))
                .col_expr(rows::Column::Title, Expr::value(live.fields.title.as_str()))
                .col_expr(rows::Column::Source, Expr::value(live.fields.source.as_str()))
                .col_expr(rows::Column::Note, Expr::value(note.as_str()))
                .col_expr(rows::Column::ArrivedAt, Expr::value(now.micros()))
                .col_expr(rows::Column::ArrivedBy, Expr::value(who.actor()));
            tx.change_sent(update).await?;
        }
        Err(JointError::Missing) => {
            let row = rows::ActiveModel {
                via_id: Set(member),
                document_id: Set(document),
                channel: Set(Channel::Member.as_str().to_owned()),
                origin_id: Set(tx.tenant()),
                edition_id: Set(live.edition),
                target_key: Set(of.column.clone()),
                title: Set(live.fields.title.clone()),
                source: Set(live.fields.source.clone()),
                note: Set(note),
                standing: Set(Standing::Arrived.as_str().to_owned()),
                arrived_at: Set(now.micros()),
                arrived_by: Set(who.actor().to_owned()),
                decided_at: Set(None),
                decided_by: Set(String::new()),
                reason: Set(String::new()),
                address: Set(String::new()),
                column_kind: Set(String::new()),
                version: Set(0),
                ..Default::default()
            };
            tx.post::<rows::Entity, _>(row, of.owner).await.map_err(super::members::taken)?;
        }
        Err(other) => return Err(other),
    }
    let event = Event::Contributed { member, to: of.owner.to_string(), document, edition: live.edition };
    tx.note(&event, who.actor(), now).await?;
    let (receiver, sender) = (of.owner.uuid().simple(), tx.tenant().uuid().simple());
    let key_of_job = format!("{}:{receiver}:{sender}", jobs::FILL);
    let payload = format!("{{\"sender\":\"{sender}\"}}");
    tx.enqueue_for(of.owner, jobs::FILL, &key_of_job, &payload, now, now).await?;
    views::find_item_sent(tx, key).await
}

fn guarded(was: &Item, is: Standing) -> sea_orm::UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::ViaId.eq(was.key.via))
        .filter(rows::Column::DocumentId.eq(was.key.document))
        .filter(rows::Column::Version.eq(was.version))
}

/// The member takes its contribution back: a mirror of it goes off the owner's pages in the same transaction. Its own page
/// stays.
///
/// # Errors
/// [`JointError::WrongTurn`] when it is decided; what a subscription fetched is not a contribution and is [`JointError::Missing`].
pub async fn withdraw(
    tx: &SubtreeTx,
    who: &Staff<Contribute>,
    key: ItemKey,
    reason: &str,
    now: Timestamp,
) -> Result<Item, JointError> {
    let reason = said("reason", reason, 1)?;
    reach::in_turn(tx).await?;
    let was = views::find_item_sent(tx, key).await?;
    if was.channel != Channel::Member {
        return Err(JointError::Missing);
    }
    let is = was.standing.step(Move::Withdraw)?;
    // The item first: a job of the owner's that places it just now is waited for, and its mirror is then found.
    let update = guarded(&was, is)
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(who.actor()))
        .col_expr(rows::Column::Reason, Expr::value(reason.as_str()));
    tx.change_sent(update).await?;
    let mut mirrors = 0;
    if was.standing == Standing::Placed {
        let withdrawal = Withdrawal::of(WithdrawalKind::Notice, &reason);
        mirrors = reach::take_back(tx, was.receiver, key.document, &withdrawal, now).await?;
    }
    news::withdrawn(tx, &was, now).await?;
    let event = Event::ContributionWithdrawn { member: key.via, document: key.document, mirrors };
    tx.note(&event, who.actor(), now).await?;
    views::find_item_sent(tx, key).await
}
