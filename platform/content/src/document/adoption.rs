//! A document made of what others offered: an own document that remembers the hands it went through.

use base::duty::Role;
use base::{Duty, Staff, StoreError, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::DocumentId;
use super::acts::{Draft, attach_to, begin, landed};
use super::model::{DocumentError, Fields};
use super::rows::document;
use crate::media::StoredFile;

/// May make documents of what was offered to the tenant.
pub struct AdoptDocument;
impl Duty for AdoptDocument {
    const NAME: &'static str = "adopt_document";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}

/// Begins an own document from a frozen offer, its files included. `provenance` is a JSON list of hops; what one hop holds is
/// the business of whoever carried it here.
///
/// # Errors
/// See [`DocumentError`].
pub async fn adopt(
    tx: &TenantTx,
    who: &Staff<AdoptDocument>,
    fields: Fields,
    files: Vec<StoredFile>,
    provenance: &str,
    now: Timestamp,
) -> Result<Draft, DocumentError> {
    let mut fields = fields.cleaned()?;
    fields.column = landed(tx, fields.column).await?;
    let draft = begin(tx, fields, None, who.actor(), now).await?;
    let update = document::Entity::update_many()
        .col_expr(document::Column::Provenance, Expr::value(provenance))
        .filter(document::Column::Id.eq(draft.document));
    tx.change_one(update).await?;
    for file in files {
        attach_to(tx, draft.document, file).await?;
    }
    Ok(draft)
}

pub(super) async fn provenance_text(tx: &TenantTx, document: DocumentId) -> Result<String, StoreError> {
    let row = tx.one(document::Entity::find().filter(document::Column::Id.eq(document))).await?;
    Ok(row.map(|row| row.provenance).unwrap_or_default())
}

/// The hops by which a document came to this tenant, first author first; none when it was written here.
///
/// # Errors
/// [`StoreError`].
pub async fn provenance(tx: &TenantTx, document: DocumentId) -> Result<Vec<serde_json::Value>, StoreError> {
    let text = provenance_text(tx, document).await?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(&text)
        .map_err(|_| StoreError::Suspicious { table: "document", what: format!("provenance of {document}") })
}
