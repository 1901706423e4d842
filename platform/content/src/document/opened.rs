//! Many editions at once through the keys of many rows: what a queue needs to judge by their texts.

use std::collections::HashMap;

use base::TenantTx;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::EditionId;
use super::model::{DocumentError, EditionState};
use super::rows::edition;
use super::views::{EditionKey, EditionView, NamesEdition, view};

/// The editions that rows of this tenant name, with their texts and without their files. What was taken back is not among
/// them.
///
/// # Errors
/// [`DocumentError::Store`].
pub async fn opened_many<R: NamesEdition>(
    tx: &TenantTx,
    rows: &[R],
) -> Result<HashMap<EditionId, EditionView>, DocumentError> {
    let keys: Vec<&EditionKey> = rows.iter().filter_map(NamesEdition::key).collect();
    let found: Vec<edition::Model> = tx.pick_through(edition::Entity::find(), &keys).await?;
    let mut opened = HashMap::with_capacity(found.len());
    for row in found {
        opened.insert(row.id, view(row, Vec::new())?);
    }
    Ok(opened)
}

/// Live editions of this tenant itself, with their texts and without their files.
///
/// # Errors
/// [`DocumentError::Store`].
pub async fn live_many(tx: &TenantTx, editions: &[EditionId]) -> Result<Vec<EditionView>, DocumentError> {
    let select = edition::Entity::find()
        .filter(edition::Column::Id.is_in(editions.iter().copied()))
        .filter(edition::Column::State.eq(EditionState::Live.as_str()));
    tx.all(select).await?.into_iter().map(|row| view(row, Vec::new())).collect()
}
