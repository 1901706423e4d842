//! What stands here now, for whoever asks whether a text is here already: drafts and what is before the public.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::model::EditionState;
use super::rows::edition;
use super::{DocumentId, EditionId};

/// An edition that stands here, without its text.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct Standing {
    pub document_id: DocumentId,
    #[sea_orm(from_alias = "id")]
    pub edition: EditionId,
    /// Grows with every save.
    pub version: i32,
    pub title: String,
    /// Microseconds since the epoch.
    pub changed_at: i64,
}

fn standing() -> sea_orm::Select<edition::Entity> {
    use edition::Column as C;
    edition::Entity::find().select_only().columns([C::DocumentId, C::Id, C::Version, C::Title, C::ChangedAt])
}

/// Drafts and live editions of this tenant that changed since, the newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn standing_since(tx: &TenantTx, since: Timestamp, most: u64) -> Result<Vec<Standing>, StoreError> {
    use edition::Column as C;
    let states = [EditionState::Draft.as_str(), EditionState::Live.as_str()];
    let select = standing().filter(C::State.is_in(states)).filter(C::ChangedAt.gt(since.micros()));
    tx.pick(select.order_by_desc(C::ChangedAt).order_by_desc(C::Id).limit(most)).await
}

/// The live edition of this tenant with exactly this text, however old it is.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn live_with_text(tx: &TenantTx, text_hash: &str) -> Result<Option<Standing>, StoreError> {
    use edition::Column as C;
    let select = standing().filter(C::TextHash.eq(text_hash)).filter(C::State.eq(EditionState::Live.as_str()));
    Ok(tx.pick(select.order_by_desc(C::Id).limit(1)).await?.into_iter().next())
}
