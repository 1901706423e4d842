//! What detachments show to surfaces.

use base::store::{Held, StoreError};
use base::{TenantId, TenantTx, Timestamp};
use content::document::{EditionKey, EditionRow};
use content::{DocumentId, EditionId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::model::{Detachment, DetachmentError, Standing};
use super::rows::detachment as rows;

/// The origin's newest edition is read as long as the origin stands by it.
impl EditionRow for rows::Model {
    fn names(&self) -> Option<(TenantId, EditionId)> {
        self.taken_back.is_empty().then_some((self.origin_id, self.newest))
    }
}

/// What this portal has detached, or had; newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &TenantTx, limit: u64) -> Result<Vec<Detachment>, StoreError> {
    let select = rows::Entity::find().order_by_desc(rows::Column::DetachedAt).limit(limit);
    tx.hold(select).await?.into_iter().map(Detachment::try_from).collect()
}

/// What became of one mirror.
///
/// # Errors
/// [`DetachmentError::Missing`] when it was never detached here.
pub async fn find(tx: &TenantTx, document: DocumentId) -> Result<Detachment, DetachmentError> {
    let select = rows::Entity::find().filter(rows::Column::DocumentId.eq(document));
    let row = tx.hold(select).await?.into_iter().next().ok_or(DetachmentError::Missing)?;
    Ok(Detachment::try_from(row)?)
}

/// The detachment that an own document was made for.
///
/// # Errors
/// [`StoreError`].
pub async fn of_own(tx: &TenantTx, own: DocumentId) -> Result<Option<Detachment>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::OwnDocument.eq(own));
    tx.hold(select).await?.into_iter().next().map(Detachment::try_from).transpose()
}

impl TryFrom<Held<rows::Model>> for Detachment {
    type Error = StoreError;

    fn try_from(held: Held<rows::Model>) -> Result<Self, StoreError> {
        let key = EditionKey::of(&held);
        let row = held.into_row();
        let standing = Standing::parse(&row.standing).ok_or_else(|| StoreError::Suspicious {
            table: "detachment",
            what: format!("standing of {}", row.document_id),
        })?;
        Ok(Self {
            document: row.document_id,
            tenant: row.tenant_id,
            origin: row.origin_id,
            made_from: row.made_from,
            newest: row.newest,
            own_document: row.own_document,
            standing,
            reason: row.reason,
            detached_by: row.detached_by,
            detached_at: Timestamp(row.detached_at),
            newer_at: row.newer_at.map(Timestamp),
            taken_back: row.taken_back,
            version: row.version,
            key,
        })
    }
}
