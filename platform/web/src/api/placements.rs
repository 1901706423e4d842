//! Placements: where documents stand on a portal.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use content::DocumentId;
use content::placement::{self, Listed, PlaceMirror, Seat};
use exchange::obligation::ViewInbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Asked, Body, Id, ListQuery, Where, column, cursor, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// A document in a column.
#[derive(Serialize, ToSchema)]
pub struct PlacementItem {
    #[schema(format = "uuid")]
    document_id: String,
    #[schema(format = "uuid")]
    edition_id: String,
    column: String,
    /// own, mirror, adopted or link.
    mode: String,
    /// Path on the portal.
    address: String,
    title: String,
    source: String,
    #[schema(format = "date-time")]
    published_at: String,
    #[schema(format = "date-time")]
    placed_at: String,
    pinned: bool,
}

impl From<Listed> for PlacementItem {
    fn from(row: Listed) -> Self {
        Self {
            document_id: row.document_id.to_string(),
            edition_id: row.edition_id.to_string(),
            column: row.column_key,
            mode: row.mode,
            address: row.address,
            title: row.title,
            source: row.source,
            published_at: base::Timestamp(row.published_at).rfc3339(),
            placed_at: base::Timestamp(row.placed_at).rfc3339(),
            pinned: row.pinned != 0,
        }
    }
}

/// Live placements of a portal, newest first.
#[utoipa::path(get, path = "/api/v1/placements", tag = "placements", params(ListQuery), responses((status = 200, body = Listing<PlacementItem>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Listing<PlacementItem>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let column = column(query.column.as_deref())?;
    let page = placement::listed(&tx, column, cursor(query.cursor.as_deref())?, size(query.limit)?).await?;
    Ok(Json(Listing {
        items: page.items.into_iter().map(PlacementItem::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Where a placement shall stand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatForm {
    /// Key of the column.
    column: String,
    /// At the head of its column.
    #[serde(default)]
    pinned: bool,
    /// Local words before the body, at most 500 characters.
    #[serde(default)]
    lead_in: String,
}

impl From<SeatForm> for Seat {
    fn from(form: SeatForm) -> Self {
        Self { column: form.column, pinned: form.pinned, lead_in: form.lead_in }
    }
}

/// Where it stands now.
#[derive(Serialize, ToSchema)]
pub struct Seated {
    #[schema(format = "uuid")]
    document_id: String,
    column: String,
}

/// Moves, pins or leads in a document on this portal; title and body are the origin's.
#[utoipa::path(post, path = "/api/v1/placements/{id}/arrange", tag = "placements", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SeatForm, responses((status = 200, body = Seated)))]
pub async fn arrange(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
    Body(seat): Body<SeatForm>,
) -> Result<Json<Seated>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<PlaceMirror>(app.store.sites(), site.tenant)?;
    let tx = app.store.tenant(site.tenant).await?;
    let column = seat.column.clone();
    placement::rearrange(&tx, &staff, DocumentId(id), seat.into(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Seated { document_id: id.to_string(), column }))
}
