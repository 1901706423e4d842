//! Verbs of rosters: shifts are put, one or a whole month at once, and removed before they are over.

use base::duty::Role;
use base::people::Colleague;
use base::{Duty, Staff, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::model::{Event, Post, RosterError, Shift};
use super::rows::shift as rows;
use super::rules::RosterRules;
use super::views;

/// May say who is on duty.
pub struct ManageRoster;
impl Duty for ManageRoster {
    const NAME: &'static str = "manage_roster";
    const ROLES: &'static [Role] = &[Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}

/// May be on duty: writes, signs and takes over the notes of shifts.
pub struct KeepDuty;
impl Duty for KeepDuty {
    const NAME: &'static str = "keep_duty";
    const ROLES: &'static [Role] = &Role::ALL;
    const BELOW: bool = false;
}

/// Shifts that are put at once: two posts, three shifts a day, two months.
const MOST: usize = 400;

/// A shift that is wanted. Who it names was found among the people of the portal.
#[derive(Clone, Debug)]
pub struct NewShift {
    /// The post.
    pub post: Post,
    /// Who.
    pub person: Colleague,
    /// From when.
    pub from: Timestamp,
    /// Until just before.
    pub until: Timestamp,
}

/// Puts shifts into the roster: all of them or none. One post has one person at a time.
///
/// # Errors
/// [`RosterError::Overlap`] names who stands there; [`RosterError::Span`].
pub async fn put(
    tx: &TenantTx,
    who: &Staff<ManageRoster>,
    new: Vec<NewShift>,
    rules: &RosterRules,
    now: Timestamp,
) -> Result<Vec<Shift>, RosterError> {
    let rule = rules.at(now).ok_or(RosterError::NoRule)?;
    if new.len() > MOST {
        return Err(RosterError::TooMany(MOST));
    }
    let wanted: Vec<Shift> = new.into_iter().map(|one| shift(tx, one, now)).collect();
    for (line, one) in (1..).zip(&wanted) {
        if one.until <= one.from || one.until > one.from.plus_hours(rule.shift_max_hours) {
            return Err(RosterError::Span { line, hours: rule.shift_max_hours });
        }
    }
    let (Some(from), Some(until)) = (wanted.iter().map(|one| one.from).min(), wanted.iter().map(|one| one.until).max())
    else {
        return Ok(Vec::new());
    };
    // The head of the chain is the lock: two who write the same roster take turns, and the second sees what the first put.
    tx.note(&Event::Put { shifts: wanted.clone() }, who.actor(), now).await?;
    let mut standing = views::shifts(tx, from, until).await?;
    for one in &wanted {
        let meets = |other: &&Shift| other.post == one.post && other.meets(one.from, one.until);
        if let Some(other) = standing.iter().find(meets) {
            return Err(RosterError::Overlap { post: one.post, name: other.name.clone() });
        }
        standing.push(one.clone());
    }
    let row = |one: &Shift| rows::ActiveModel {
        id: Set(one.id),
        post: Set(one.post.as_str().to_owned()),
        account_id: Set(one.account),
        login: Set(one.login.clone()),
        name: Set(one.name.clone()),
        from_at: Set(one.from.micros()),
        until_at: Set(one.until.micros()),
        created_at: Set(now.micros()),
        created_by: Set(who.actor().to_owned()),
        ..Default::default()
    };
    tx.insert_many::<rows::Entity, _>(wanted.iter().map(row).collect()).await?;
    Ok(wanted)
}

fn shift(tx: &TenantTx, new: NewShift, now: Timestamp) -> Shift {
    let NewShift { post, person, from, until } = new;
    Shift { id: tx.ids().new_id(now), post, account: person.id, login: person.login, name: person.name, from, until }
}

/// Takes a shift out of the roster, before it is over.
///
/// # Errors
/// [`RosterError::Past`] afterwards: who was on duty is on record.
pub async fn remove(tx: &TenantTx, who: &Staff<ManageRoster>, id: Uuid, now: Timestamp) -> Result<Shift, RosterError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?.ok_or(RosterError::Missing)?;
    let shift = Shift::try_from(row)?;
    if shift.until <= now {
        return Err(RosterError::Past);
    }
    tx.remove(rows::Entity::delete_many().filter(rows::Column::Id.eq(id))).await?;
    let event = Event::Removed {
        shift: id,
        post: shift.post,
        login: shift.login.clone(),
        from: shift.from,
        until: shift.until,
    };
    tx.note(&event, who.actor(), now).await?;
    Ok(shift)
}
