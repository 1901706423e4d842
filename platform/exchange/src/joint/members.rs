//! Verbs of joint columns between the owner and its members: inviting, answering, the rule per member, the end of it.

use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Staff, SubtreeTx, TenantId, TenantTx, Timestamp};
use content::column::{self, ColumnError};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::model::{Event, JointError, Member, Mode, said};
use super::rows::{member as rows, open};
use super::standing::{MemberMove, Membership};
use super::{ViaId, reach, views};

/// May open columns to members, answer invitations, subscribe, and consent to subscriptions. A portal's own people only: no
/// superior does it in another's name.
pub struct ManageJoint;
impl Duty for ManageJoint {
    const NAME: &'static str = "manage_joint";
    const ROLES: &'static [Role] = &[Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}
impl Reaching for ManageJoint {}

/// The owner opens a column of its own to other portals, each by a letter.
///
/// # Errors
/// [`JointError::OpenAlready`] when one of them is a member or invited already: then nobody is invited.
pub async fn invite(
    tx: &TenantTx,
    who: &Staff<ManageJoint>,
    members: &[TenantId],
    column: &str,
    mode: Mode,
    note: &str,
    now: Timestamp,
) -> Result<Vec<ViaId>, JointError> {
    let note = said("note", note, 0)?;
    let of = own_column(tx, column, "column").await?;
    if members.is_empty() || members.contains(&tx.tenant()) {
        return Err(JointError::Portal);
    }
    let letter = |to: &TenantId| {
        let row = rows::ActiveModel {
            id: Set(ViaId(tx.ids().new_id(now))),
            column_key: Set(of.key.clone()),
            column_name: Set(of.name.clone()),
            mode: Set(mode.as_str().to_owned()),
            standing: Set(Membership::Invited.as_str().to_owned()),
            note: Set(note.clone()),
            invited_at: Set(now.micros()),
            invited_by: Set(who.actor().to_owned()),
            decided_at: Set(None),
            decided_by: Set(String::new()),
            reason: Set(String::new()),
            version: Set(0),
            ..Default::default()
        };
        (row, *to)
    };
    let letters: Vec<_> = members.iter().map(letter).collect();
    let mut made = Vec::with_capacity(letters.len());
    for (row, to) in &letters {
        let id = *row.id.as_ref();
        let event = Event::Invited { member: id, to: to.to_string(), column: of.key.clone(), mode };
        tx.note(&event, who.actor(), now).await?;
        made.push(id);
    }
    tx.post_many::<rows::Entity, _>(letters).await.map_err(taken)?;
    Ok(made)
}

pub(super) fn taken(error: StoreError) -> JointError {
    match error {
        StoreError::Taken => JointError::OpenAlready,
        other => other.into(),
    }
}

pub(super) async fn own_column(tx: &TenantTx, key: &str, field: &'static str) -> Result<content::Column, JointError> {
    let found = column::find(tx, key).await.map_err(|error| match error {
        ColumnError::Store(error) => error.into(),
        _ => JointError::Column(field),
    })?;
    if found.stands() { Ok(found) } else { Err(JointError::Column(field)) }
}

fn guarded(was: &Member, is: Membership, actor: &str, now: Timestamp) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::Standing, Expr::value(is.as_str()))
        .col_expr(rows::Column::DecidedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::DecidedBy, Expr::value(actor))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
}

/// The member accepts, refuses, or leaves. What it contributed stays and follows it; what waits for review is void.
///
/// # Errors
/// [`JointError::Missing`] when the letter is not this portal's to answer; [`JointError::WrongTurn`].
pub async fn answer(
    tx: &SubtreeTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    attempted: MemberMove,
    now: Timestamp,
) -> Result<Member, JointError> {
    reach::in_turn(tx).await?;
    let was = views::find_member(tx, id).await?;
    if was.member != tx.tenant() || attempted == MemberMove::Remove {
        return Err(JointError::Missing);
    }
    let is = was.standing.step(attempted)?;
    tx.change_one(guarded(&was, is, who.actor(), now)).await?;
    if is == Membership::Left {
        reach::void_waiting(tx, id, is.as_str(), now).await?;
    }
    let event = Event::Answered { member: id, owner: was.owner.to_string(), column: was.column.clone(), standing: is };
    tx.note(&event, who.actor(), now).await?;
    views::find_member(tx, id).await
}

async fn of_mine(tx: &TenantTx, id: ViaId) -> Result<Member, JointError> {
    let was = views::find_member(tx, id).await?;
    if was.owner == tx.tenant() { Ok(was) } else { Err(JointError::Missing) }
}

/// The owner sends a member away, or takes an invitation back. What it contributed stays until the owner takes it down.
///
/// # Errors
/// [`JointError::Text`] without a reason.
pub async fn remove(
    tx: &SubtreeTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    reason: &str,
    now: Timestamp,
) -> Result<Member, JointError> {
    let reason = said("reason", reason, 1)?;
    reach::in_turn(tx).await?;
    let was = of_mine(tx, id).await?;
    let is = was.standing.step(MemberMove::Remove)?;
    let update = guarded(&was, is, who.actor(), now).col_expr(rows::Column::Reason, Expr::value(reason.as_str()));
    tx.change_sent(update).await?;
    let void = reach::void_waiting(tx, id, &reason, now).await?;
    tx.note(&Event::Removed { member: id, reason, void }, who.actor(), now).await?;
    views::find_member(tx, id).await
}

/// The owner changes whether a member's contributions are looked at first. It holds for what comes from now on.
///
/// # Errors
/// [`JointError::WrongTurn`] when the membership is over.
pub async fn set_mode(
    tx: &TenantTx,
    who: &Staff<ManageJoint>,
    id: ViaId,
    mode: Mode,
    now: Timestamp,
) -> Result<Member, JointError> {
    let was = of_mine(tx, id).await?;
    // Only what could still be removed is open.
    was.standing.step(MemberMove::Remove)?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Mode, Expr::value(mode.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(id))
        .filter(rows::Column::Version.eq(was.version));
    tx.change_sent(update).await?;
    tx.note(&Event::ModeSet { member: id, mode }, who.actor(), now).await?;
    views::find_member(tx, id).await
}

/// Says whether anybody may subscribe to a column without asking.
///
/// # Errors
/// [`JointError::Column`].
pub async fn open_to_all(
    tx: &TenantTx,
    who: &Staff<ManageJoint>,
    column: &str,
    is_open: bool,
    now: Timestamp,
) -> Result<(), JointError> {
    let of = own_column(tx, column, "column").await?;
    if is_open {
        let row = open::ActiveModel {
            column_key: Set(of.key.clone()),
            opened_at: Set(now.micros()),
            opened_by: Set(who.actor().to_owned()),
            ..Default::default()
        };
        tx.insert_if_free(row).await?;
    } else {
        tx.remove(open::Entity::delete_many().filter(open::Column::ColumnKey.eq(of.key.as_str()))).await?;
    }
    tx.note(&Event::Opened { column: of.key, open: is_open }, who.actor(), now).await?;
    Ok(())
}
