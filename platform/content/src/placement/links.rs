//! The seats of link entries: only an address, in a column like anything else.

use base::{StoreError, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::acts::address;
use super::{Mode, rows};
use crate::document::{DocumentId, EditionId, LOCALE};

/// Seats a new link entry.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn put_link(
    tx: &TenantTx,
    id: DocumentId,
    column: &str,
    title: &str,
    unit: &str,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = rows::ActiveModel {
        document_id: Set(id),
        locale: Set(LOCALE.to_owned()),
        column_key: Set(column.to_owned()),
        mode: Set(Mode::Link.as_str().to_owned()),
        origin_tenant_id: Set(tx.tenant()),
        // A link has no edition: its own id opens nothing.
        edition_id: Set(EditionId(id.0)),
        state: Set("live".to_owned()),
        address: Set(address(column, now, id)),
        title: Set(title.to_owned()),
        summary: Set(String::new()),
        doc_number: Set(String::new()),
        source: Set(unit.to_owned()),
        published_at: Set(now.micros()),
        placed_at: Set(now.micros()),
        placed_by: Set(actor.to_owned()),
        pinned: Set(0),
        lead_in: Set(String::new()),
        order_id: Set(None),
        withdrawal: Set(None),
        provenance: Set("[]".to_owned()),
        changed_at: Set(now.micros()),
        ..Default::default()
    };
    tx.insert(row).await?;
    tx.touch_pages(now).await
}

fn seat(id: DocumentId, now: Timestamp) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::DocumentId.eq(id))
        .filter(rows::Column::Mode.eq(Mode::Link.as_str()))
}

/// The same link under other words, or in another column.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn change_link(
    tx: &TenantTx,
    id: DocumentId,
    column: &str,
    title: &str,
    unit: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = seat(id, now)
        .col_expr(rows::Column::ColumnKey, Expr::value(column))
        .col_expr(rows::Column::Title, Expr::value(title))
        .col_expr(rows::Column::Source, Expr::value(unit));
    tx.change_one(update).await?;
    tx.touch_pages(now).await
}

/// Takes the link off the pages or puts it back.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn turn_link(tx: &TenantTx, id: DocumentId, live: bool, now: Timestamp) -> Result<(), StoreError> {
    let state = if live { "live" } else { "withdrawn" };
    tx.change_one(seat(id, now).col_expr(rows::Column::State, Expr::value(state))).await?;
    tx.touch_pages(now).await
}
