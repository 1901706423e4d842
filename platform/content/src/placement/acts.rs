//! Verbs of placements on one portal. Set-based placement over many portals is `exchange`'s, from the origin's side.

use base::duty::Role;
use base::store::StoreError;
use base::{Duty, Staff, TenantId, TenantTx, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{Mode, rows};
use crate::column;
use crate::document::{DocumentError, DocumentId, EditionId, EditionView, LOCALE, Withdrawal};
use crate::text;

/// May put received documents into columns and arrange them.
pub struct PlaceMirror;
impl Duty for PlaceMirror {
    const NAME: &'static str = "place_mirror";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::Reviewer];
}

/// Where a publication stands on its owner's portal.
#[allow(missing_docs)]
pub struct OwnSeat<'a> {
    pub document: DocumentId,
    pub edition: EditionId,
    pub column: &'a str,
    pub title: &'a str,
    pub summary: &'a str,
    pub doc_number: &'a str,
    pub source: &'a str,
    pub published_at: Timestamp,
    /// The hands that an adopted document went through, as JSON; empty for what was written here.
    pub provenance: &'a str,
}

/// Where a received document shall stand on this portal.
#[derive(Clone, Debug, Default)]
pub struct Seat {
    /// Column key.
    pub column: String,
    /// At the head of its column.
    pub pinned: bool,
    /// Local words before the body, at most 500 characters.
    pub lead_in: String,
}

/// The path of a document on a portal: stable from its first publication on, whatever column it moves to.
pub fn address(column: &str, published_at: Timestamp, document: DocumentId) -> String {
    let simple = document.0.simple().to_string();
    format!(
        "/{column}/{}/t{}_{}.html",
        published_at.format_cst("%Y%m"),
        published_at.format_cst("%Y%m%d"),
        &simple[20..]
    )
}

/// Puts an own document where its newest edition says, or moves it there; answers its address.
///
/// # Errors
/// [`StoreError`].
pub async fn put_own(tx: &TenantTx, seat: OwnSeat<'_>, actor: &str, now: Timestamp) -> Result<String, StoreError> {
    let own = rows::Entity::find()
        .filter(rows::Column::DocumentId.eq(seat.document))
        .filter(rows::Column::Mode.is_in(Mode::OWNED.map(Mode::as_str)));
    let Some(known) = tx.one(own).await? else {
        let address = address(seat.column, seat.published_at, seat.document);
        let row = rows::ActiveModel {
            document_id: Set(seat.document),
            locale: Set(LOCALE.to_owned()),
            column_key: Set(seat.column.to_owned()),
            mode: Set(if seat.provenance.is_empty() { Mode::Own } else { Mode::Adopted }.as_str().to_owned()),
            origin_tenant_id: Set(tx.tenant()),
            edition_id: Set(seat.edition),
            state: Set("live".to_owned()),
            address: Set(address.clone()),
            title: Set(seat.title.to_owned()),
            summary: Set(seat.summary.to_owned()),
            doc_number: Set(seat.doc_number.to_owned()),
            source: Set(seat.source.to_owned()),
            published_at: Set(seat.published_at.micros()),
            placed_at: Set(now.micros()),
            placed_by: Set(actor.to_owned()),
            pinned: Set(0),
            lead_in: Set(String::new()),
            order_id: Set(None),
            withdrawal: Set(None),
            provenance: Set(if seat.provenance.is_empty() { "[]" } else { seat.provenance }.to_owned()),
            changed_at: Set(now.micros()),
            ..Default::default()
        };
        tx.insert(row).await?;
        return Ok(address);
    };
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::ColumnKey, Expr::value(seat.column))
        .col_expr(rows::Column::EditionId, Expr::value(seat.edition))
        .col_expr(rows::Column::State, Expr::value("live"))
        .col_expr(rows::Column::Title, Expr::value(seat.title))
        .col_expr(rows::Column::Summary, Expr::value(seat.summary))
        .col_expr(rows::Column::DocNumber, Expr::value(seat.doc_number))
        .col_expr(rows::Column::Source, Expr::value(seat.source))
        .col_expr(rows::Column::Withdrawal, Expr::value(Option::<String>::None))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::DocumentId.eq(seat.document))
        .filter(rows::Column::Mode.is_in(Mode::OWNED.map(Mode::as_str)));
    tx.change_one(update).await?;
    Ok(known.address)
}

/// Takes an own document off its portal's pages with the given kind of withdrawal.
///
/// # Errors
/// [`StoreError`].
pub async fn withdraw_own(
    tx: &TenantTx,
    document: DocumentId,
    withdrawal: &Withdrawal,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::State, Expr::value("withdrawn"))
        .col_expr(rows::Column::Withdrawal, Expr::value(serde_json::to_string(withdrawal).unwrap_or_default()))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::DocumentId.eq(document))
        .filter(rows::Column::Mode.is_in(Mode::OWNED.map(Mode::as_str)));
    tx.change(update).await?;
    Ok(())
}

/// Puts a received edition into a column as a mirror: the body stays the origin's. Answers its address.
///
/// # Errors
/// [`DocumentError::NoColumn`]; [`DocumentError::Field`] for an overlong lead-in.
pub async fn put_mirror(
    tx: &TenantTx,
    origin: TenantId,
    seen: &EditionView,
    order: Option<uuid::Uuid>,
    seat: Seat,
    actor: &str,
    now: Timestamp,
) -> Result<String, DocumentError> {
    let lead_in = lead_in(&seat.lead_in)?;
    let seat = landed(tx, seat).await?;
    let published_at = seen.first_published_at.unwrap_or(now);
    let fields = &seen.fields;
    let summary =
        if fields.summary.is_empty() { text::excerpt(&fields.body_html, 120) } else { fields.summary.clone() };
    let standing = rows::Entity::find()
        .filter(rows::Column::DocumentId.eq(seen.document))
        .filter(rows::Column::Mode.eq(Mode::Mirror.as_str()));
    if let Some(standing) = tx.one(standing).await? {
        let update = rows::Entity::update_many()
            .col_expr(rows::Column::ColumnKey, Expr::value(seat.column))
            .col_expr(rows::Column::EditionId, Expr::value(seen.edition))
            .col_expr(rows::Column::Title, Expr::value(fields.title.as_str()))
            .col_expr(rows::Column::Summary, Expr::value(summary))
            .col_expr(rows::Column::DocNumber, Expr::value(fields.header.doc_number.as_str()))
            .col_expr(rows::Column::Source, Expr::value(fields.source.as_str()))
            .col_expr(rows::Column::State, Expr::value("live"))
            .col_expr(rows::Column::Withdrawal, Expr::value(Option::<String>::None))
            .col_expr(rows::Column::Pinned, Expr::value(i32::from(seat.pinned)))
            .col_expr(rows::Column::LeadIn, Expr::value(lead_in))
            .col_expr(rows::Column::OrderId, Expr::value(order))
            .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
            .filter(rows::Column::DocumentId.eq(seen.document))
            .filter(rows::Column::ColumnKey.eq(standing.column_key));
        tx.change_one(update).await?;
        tx.touch_pages(now).await?;
        return Ok(standing.address);
    }
    let path = address(&seat.column, published_at, seen.document);
    let row = rows::ActiveModel {
        document_id: Set(seen.document),
        locale: Set(LOCALE.to_owned()),
        column_key: Set(seat.column),
        mode: Set(Mode::Mirror.as_str().to_owned()),
        origin_tenant_id: Set(origin),
        edition_id: Set(seen.edition),
        state: Set("live".to_owned()),
        address: Set(path.clone()),
        title: Set(fields.title.clone()),
        summary: Set(summary),
        doc_number: Set(fields.header.doc_number.clone()),
        source: Set(fields.source.clone()),
        published_at: Set(published_at.micros()),
        placed_at: Set(now.micros()),
        placed_by: Set(actor.to_owned()),
        pinned: Set(i32::from(seat.pinned)),
        lead_in: Set(lead_in),
        order_id: Set(order),
        withdrawal: Set(None),
        provenance: Set(
            serde_json::json!([{ "from": origin.to_string(), "by": actor, "at": now.rfc3339() }]).to_string()
        ),
        changed_at: Set(now.micros()),
        ..Default::default()
    };
    tx.insert(row).await?;
    tx.touch_pages(now).await?;
    Ok(path)
}

/// Takes a mirror off this portal's pages because a text of its own stands in its place; its address leads there.
///
/// # Errors
/// [`StoreError`].
pub async fn step_aside(
    tx: &TenantTx,
    document: DocumentId,
    withdrawal: &Withdrawal,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::State, Expr::value("withdrawn"))
        .col_expr(rows::Column::Withdrawal, Expr::value(serde_json::to_string(withdrawal).unwrap_or_default()))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::DocumentId.eq(document))
        .filter(rows::Column::Mode.eq(Mode::Mirror.as_str()));
    tx.change(update).await?;
    tx.touch_pages(now).await
}

/// Moves, pins or leads in a placement of this portal. Title and body are the origin's and stay.
///
/// # Errors
/// [`DocumentError::Missing`], [`DocumentError::NoColumn`].
pub async fn rearrange(
    tx: &TenantTx,
    _who: &Staff<PlaceMirror>,
    document: DocumentId,
    seat: Seat,
    now: Timestamp,
) -> Result<(), DocumentError> {
    let lead_in = lead_in(&seat.lead_in)?;
    let seat = landed(tx, seat).await?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::ColumnKey, Expr::value(seat.column))
        .col_expr(rows::Column::Pinned, Expr::value(i32::from(seat.pinned)))
        .col_expr(rows::Column::LeadIn, Expr::value(lead_in))
        .col_expr(rows::Column::ChangedAt, Expr::value(now.micros()))
        .filter(rows::Column::DocumentId.eq(document))
        .filter(rows::Column::State.eq("live"));
    if tx.change(update).await? == 0 {
        return Err(DocumentError::Missing);
    }
    tx.touch_pages(now).await?;
    Ok(())
}

fn lead_in(text: &str) -> Result<String, DocumentError> {
    let clean = text::strip_controls(text).trim().to_owned();
    if clean.chars().count() > 500 {
        return Err(DocumentError::Field { field: "lead_in", code: "too_long", limit: 500 });
    }
    Ok(clean)
}

/// The same seat in the column that it names, or in what that was merged into.
async fn landed(tx: &TenantTx, seat: Seat) -> Result<Seat, DocumentError> {
    match column::landing(tx, &seat.column).await? {
        Some(column) => Ok(Seat { column, ..seat }),
        None => Err(DocumentError::NoColumn(seat.column)),
    }
}
