//! Mirrors that come by the dozen: looked for and placed by one statement each, and taken down again by whose portal it is.

use std::collections::HashMap;

use base::store::StoreError;
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr};

use super::acts::address;
use super::{Mode, rows};
use crate::document::{DocumentId, EditionView, LOCALE, Withdrawal};
use crate::text;

/// What this portal has of a document already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    /// It stands on the pages.
    Live,
    /// It stood here and was taken back.
    Gone,
}

#[derive(FromQueryResult)]
struct PresentRow {
    document_id: DocumentId,
    state: String,
}

/// Which of some documents this portal has, or had.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn present(
    tx: &TenantTx,
    documents: impl IntoIterator<Item = DocumentId>,
) -> Result<HashMap<DocumentId, Present>, StoreError> {
    let wanted: Vec<DocumentId> = documents.into_iter().collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let select = rows::Entity::find()
        .select_only()
        .columns([rows::Column::DocumentId, rows::Column::State])
        .filter(rows::Column::DocumentId.is_in(wanted));
    let mut found = HashMap::new();
    for row in tx.pick::<_, PresentRow>(select).await? {
        let is = if row.state == "live" { Present::Live } else { Present::Gone };
        let known = found.entry(row.document_id).or_insert(is);
        if is == Present::Live {
            *known = is;
        }
    }
    Ok(found)
}

/// A mirror to be placed: whose edition, and where.
#[allow(missing_docs)]
pub struct Incoming<'a> {
    pub origin: TenantId,
    /// Whose pages it came from, when that is not the origin.
    pub through: TenantId,
    pub edition: &'a EditionView,
    pub column: &'a str,
}

impl Incoming<'_> {
    /// When the public first saw it.
    pub fn published_at(&self, now: Timestamp) -> Timestamp {
        self.edition.first_published_at.unwrap_or(now)
    }

    /// Its path on this portal.
    pub fn address(&self, now: Timestamp) -> String {
        address(self.column, self.published_at(now), self.edition.document)
    }
}

/// Places mirrors of documents that this portal does not have, all by one statement. The columns are known to exist.
///
/// # Errors
/// [`StoreError::Taken`] when one of them stands here after all: then none is placed.
pub async fn put_mirrors(
    tx: &TenantTx,
    mirrors: &[Incoming<'_>],
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if mirrors.is_empty() {
        return Ok(());
    }
    let row = |one: &Incoming<'_>| {
        let fields = &one.edition.fields;
        let summary =
            if fields.summary.is_empty() { text::excerpt(&fields.body_html, 120) } else { fields.summary.clone() };
        let mut hops = vec![serde_json::json!({ "from": one.origin.to_string(), "by": actor, "at": now.rfc3339() })];
        if one.through != one.origin {
            hops.push(serde_json::json!({ "from": one.through.to_string(), "by": actor, "at": now.rfc3339() }));
        }
        rows::ActiveModel {
            document_id: Set(one.edition.document),
            locale: Set(LOCALE.to_owned()),
            column_key: Set(one.column.to_owned()),
            mode: Set(Mode::Mirror.as_str().to_owned()),
            origin_tenant_id: Set(one.origin),
            edition_id: Set(one.edition.edition),
            state: Set("live".to_owned()),
            address: Set(one.address(now)),
            title: Set(fields.title.clone()),
            summary: Set(summary),
            doc_number: Set(fields.header.doc_number.clone()),
            source: Set(fields.source.clone()),
            published_at: Set(one.published_at(now).micros()),
            placed_at: Set(now.micros()),
            placed_by: Set(actor.to_owned()),
            pinned: Set(0),
            lead_in: Set(String::new()),
            order_id: Set(None),
            withdrawal: Set(None),
            provenance: Set(serde_json::Value::from(hops).to_string()),
            changed_at: Set(now.micros()),
            ..Default::default()
        }
    };
    tx.insert_many::<rows::Entity, _>(mirrors.iter().map(row).collect()).await?;
    tx.touch_pages(now).await
}

/// Takes mirrors off this portal's pages; answers how many. Those that an order put here stay: they are not the portal's to
/// remove.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn take_down(
    tx: &TenantTx,
    documents: &[DocumentId],
    withdrawal: &Withdrawal,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::State, Expr::value("withdrawn"))
        .col_expr(rows::Column::Withdrawal, Expr::value(serde_json::to_string(withdrawal).unwrap_or_default()))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::DocumentId.is_in(documents.iter().copied()))
        .filter(rows::Column::Mode.eq(Mode::Mirror.as_str()))
        .filter(rows::Column::State.eq("live"))
        .filter(rows::Column::OrderId.is_null());
    let taken = tx.change(update).await?;
    if taken > 0 {
        tx.touch_pages(now).await?;
    }
    Ok(taken)
}
