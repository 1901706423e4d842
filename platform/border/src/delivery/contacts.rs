//! Addresses of a portal itself, such as its duty office's: they get the digests of the audiences that were chosen.

use base::outbound::mail::is_address;
use base::store::StoreError;
use base::{Staff, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use uuid::Uuid;

use super::acts::ManageDelivery;
use super::model::{DeliveryError, Event};
use super::rows::contact as rows;
use super::rules::DeliveryRules;

/// One address.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Contact {
    pub id: Uuid,
    pub address: String,
    pub lang: String,
    pub audiences: Vec<String>,
}

impl From<rows::Model> for Contact {
    fn from(row: rows::Model) -> Self {
        let audiences = row.audiences.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self { id: row.id, address: row.address, lang: row.lang, audiences }
    }
}

/// The portal's addresses.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn contacts(tx: &TenantTx) -> Result<Vec<Contact>, StoreError> {
    let select = rows::Entity::find().order_by_asc(rows::Column::Address);
    Ok(tx.all(select).await?.into_iter().map(Contact::from).collect())
}

/// Adds an address.
///
/// # Errors
/// [`DeliveryError::Mail`], [`DeliveryError::Audience`]; [`StoreError::Taken`] for one that is there.
pub async fn put_contact(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    new: Contact,
    rules: &DeliveryRules,
    now: Timestamp,
) -> Result<Contact, DeliveryError> {
    let rule = rules.at(now).ok_or(DeliveryError::NoRule)?;
    let address = new.address.trim().to_owned();
    if !is_address(&address) {
        return Err(DeliveryError::Mail);
    }
    if new.audiences.is_empty() || new.audiences.iter().any(|name| rule.audience(name).is_none()) {
        return Err(DeliveryError::Audience);
    }
    let id = tx.ids().new_id(now);
    let row = rows::ActiveModel {
        id: Set(id),
        address: Set(address.clone()),
        lang: Set(new.lang.clone()),
        audiences: Set(new.audiences.join(",")),
        created_at: Set(now.micros()),
        created_by: Set(who.actor().to_owned()),
        ..Default::default()
    };
    tx.insert::<rows::Entity, _>(row).await?;
    let event = Event::ContactPut { contact: id, address: address.clone(), audiences: new.audiences.clone() };
    tx.note(&event, who.actor(), now).await?;
    Ok(Contact { id, address, ..new })
}

/// Takes an address away.
///
/// # Errors
/// [`DeliveryError::Missing`].
pub async fn remove_contact(
    tx: &TenantTx,
    who: &Staff<ManageDelivery>,
    id: Uuid,
    now: Timestamp,
) -> Result<(), DeliveryError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?.ok_or(DeliveryError::Missing)?;
    tx.remove(rows::Entity::delete_many().filter(rows::Column::Id.eq(id))).await?;
    tx.note(&Event::ContactRemoved { contact: id, address: row.address }, who.actor(), now).await?;
    Ok(())
}
