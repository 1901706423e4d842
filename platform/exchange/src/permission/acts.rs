//! Verbs of permissions: grant and revoke.

use base::{Sites, Staff, TenantId, TenantTx, Timestamp};
use chrono::NaiveDate;
use content::text;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::model::{Event, Permission, PermissionError, Scope};
use super::{PermissionId, rows};
use crate::submission::SetDesk;

/// Longest note in characters.
const NOTE_MAX: usize = 500;
/// Longest time that a permission stands, in hours: five years. The product's own choice; it is granted anew after that.
const HOURS_MAX: i64 = 5 * 366 * 24;

/// A permission to be.
#[derive(Clone, Debug)]
pub struct NewPermission {
    /// The portal, or the top of the subtree whose counties are meant.
    pub subject: TenantId,
    /// Whom it covers.
    pub scope: Scope,
    /// Its last day.
    pub last_day: NaiveDate,
    /// Why; at most 500 characters.
    pub note: String,
}

/// Lets a portal two levels or more below, or all counties of a subtree, submit directly.
///
/// # Errors
/// [`PermissionError::NotBelow`] for whoever reports directly or is no subordinate; [`PermissionError::Until`].
pub async fn grant(
    tx: &TenantTx,
    who: &Staff<SetDesk>,
    sites: &Sites,
    new: NewPermission,
    now: Timestamp,
) -> Result<Permission, PermissionError> {
    let subject = sites.by_id(new.subject).ok_or(PermissionError::NotBelow)?;
    let direct = subject.parent == Some(tx.tenant()) || subject.tenant == tx.tenant();
    if !sites.is_within(subject.tenant, tx.tenant()) || (direct && new.scope == Scope::Tenant) {
        return Err(PermissionError::NotBelow);
    }
    let until = Timestamp::end_of_day_cst(new.last_day);
    if until <= now || until > now.plus_hours(HOURS_MAX) {
        return Err(PermissionError::Until);
    }
    let note = text::strip_controls(&new.note).trim().to_owned();
    if note.chars().count() > NOTE_MAX {
        return Err(PermissionError::Note);
    }
    let id = PermissionId(tx.ids().new_id(now));
    let row = rows::ActiveModel {
        id: Set(id),
        subject_id: Set(subject.tenant),
        scope: Set(new.scope.as_str().to_owned()),
        until_at: Set(until.micros()),
        note: Set(note.clone()),
        granted_at: Set(now.micros()),
        granted_by: Set(who.actor().to_owned()),
        revoked_at: Set(None),
        revoked_by: Set(String::new()),
        ..Default::default()
    };
    tx.insert(row).await?;
    let event = Event::Granted { permission: id, subject: subject.tenant.to_string(), scope: new.scope, until, note };
    tx.note(&event, who.actor(), now).await?;
    find(tx, id).await
}

/// Ends a permission at once. What was submitted by it goes on.
///
/// # Errors
/// [`PermissionError::Missing`]; [`PermissionError::Revoked`].
pub async fn revoke(
    tx: &TenantTx,
    who: &Staff<SetDesk>,
    id: PermissionId,
    now: Timestamp,
) -> Result<Permission, PermissionError> {
    if find(tx, id).await?.revoked_at.is_some() {
        return Err(PermissionError::Revoked);
    }
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::RevokedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::RevokedBy, Expr::value(who.actor()))
        .filter(rows::Column::Id.eq(id))
        .filter(rows::Column::RevokedAt.is_null());
    tx.change_one(update).await?;
    tx.note(&Event::Revoked { permission: id }, who.actor(), now).await?;
    find(tx, id).await
}

async fn find(tx: &TenantTx, id: PermissionId) -> Result<Permission, PermissionError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    Ok(Permission::try_from(row.ok_or(PermissionError::Missing)?)?)
}
