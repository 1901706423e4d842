//! Portals below the border: those of installations that are joined with this one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base::people::Peer;
use base::{Site, Timestamp};
use border::federation::{self, Portal, Wanted};
use exchange::OrderId;
use exchange::order::{self, Counts, ViewBoard};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::super::Listing;
use super::super::extract::{Asked, At, Id, Where, size};
use super::CountsJson;
use crate::App;
use crate::console::peers_below;
use crate::extract::Path;
use crate::problem::Problem;

/// An inferior's installation under one order, in sum.
#[derive(Serialize, ToSchema)]
pub struct PeerBoardJson {
    /// The installation.
    #[schema(format = "uuid")]
    peer: String,
    name: String,
    /// Slug of the tenant that it speaks for.
    tenant: String,
    /// When it told.
    #[schema(format = "date-time")]
    told_at: String,
    /// Since when the link is cut: what stands here is how it was then.
    #[schema(format = "date-time")]
    lost_since: Option<String>,
    counts: CountsJson,
}

/// How one portal of an inferior's installation stands.
#[derive(Serialize, ToSchema)]
pub struct PortalJson {
    /// The inferior's own name for it.
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// Name of its superior.
    parent: String,
    level: String,
    division_code: String,
    /// Its domain.
    site: String,
    /// issued, delivered, published, proven, exempt, failed or ended.
    standing: &'static str,
    late: bool,
    /// Past its limit and still owed.
    overdue: bool,
    limit_hours: i32,
    #[schema(format = "date-time")]
    due_at: String,
    #[schema(format = "date-time")]
    placed_at: Option<String>,
    #[schema(format = "date-time")]
    proven_at: Option<String>,
    /// Where a citizen finds it.
    url: String,
    failure: String,
    #[schema(format = "date-time")]
    told_at: String,
}

impl PortalJson {
    fn of(one: Portal, now: Timestamp) -> Self {
        Self {
            id: one.id.to_string(),
            overdue: one.overdue(now),
            name: one.name,
            parent: one.parent,
            level: one.level,
            division_code: one.division_code,
            site: one.site,
            standing: one.standing.as_str(),
            late: one.late,
            limit_hours: one.limit_hours,
            due_at: one.due_at.rfc3339(),
            placed_at: one.placed_at.map(Timestamp::rfc3339),
            proven_at: one.proven_at.map(Timestamp::rfc3339),
            url: one.url,
            failure: one.failure,
            told_at: one.told_at.rfc3339(),
        }
    }
}

/// Which portals.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PortalsQuery {
    /// Slug of the reader's tenant; the token's own when left out.
    #[param(required = false)]
    #[allow(dead_code, reason = "read by the extractor of the tenant")]
    tenant: Option<String>,
    /// A group of the board, such as overdue or verified_late; everybody when left out.
    #[param(required = false)]
    group: Option<String>,
    /// Portals on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// What the reader may see of the order at all, and the installations below.
async fn below(app: &App, at: &At<ViewBoard>, order: Uuid) -> Result<Vec<Peer>, Problem> {
    let tx = app.store.overlook(base::store::Reach::of(&at.staff)).await?;
    if order::counts_below(&tx, OrderId(order), at.site.tenant, app.clock.now()).await?.total() == 0 {
        return Err(Problem::not_found());
    }
    drop(tx);
    let node: &Site = &at.site;
    peers_below(app, node).await
}

/// Lists the installations below that carry out an order on portals of their own, each in sum.
#[utoipa::path(get, path = "/api/v1/orders/{id}/peers", tag = "orders", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = Listing<PeerBoardJson>)))]
pub async fn peers(
    State(app): State<Arc<App>>,
    at: At<ViewBoard>,
    Id(id): Id,
) -> Result<Json<Listing<PeerBoardJson>>, Problem> {
    let mut items = Vec::new();
    for peer in below(&app, &at, id).await? {
        let tx = app.store.reading(peer.tenant()).await?;
        let Some(reported) = federation::summed(&tx, OrderId(id)).await? else { continue };
        tx.commit().await?;
        let site = app.store.sites().by_id(peer.tenant());
        items.push(PeerBoardJson {
            peer: peer.id.to_string(),
            tenant: site.map(|site| site.slug.to_string()).unwrap_or_default(),
            name: peer.name,
            told_at: reported.at.rfc3339(),
            lost_since: peer.lost_since.map(Timestamp::rfc3339),
            counts: Counts::from(&reported).into(),
        });
    }
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Lists the portals of one installation under an order, by division.
#[utoipa::path(get, path = "/api/v1/orders/{id}/peers/{peer}/portals", tag = "orders", params(("id" = String, Path, format = "uuid"), ("peer" = String, Path, format = "uuid"), PortalsQuery), responses((status = 200, body = Listing<PortalJson>)))]
pub async fn portals(
    State(app): State<Arc<App>>,
    at: At<ViewBoard>,
    Path((id, peer)): Path<(Uuid, Uuid)>,
    Asked(query): Asked<PortalsQuery>,
) -> Result<Json<Listing<PortalJson>>, Problem> {
    let peer = below(&app, &at, id).await?.into_iter().find(|one| one.id == peer).ok_or_else(Problem::not_found)?;
    let after = query.cursor.as_deref().filter(|cursor| !cursor.is_empty());
    if after.is_some_and(|cursor| !federation::is_cursor(cursor)) {
        return Err(Problem::invalid("cursor", "unknown", 0));
    }
    let (now, limit) = (app.clock.now(), size(query.limit)?);
    let wanted = Wanted { group: query.group.as_deref().unwrap_or_default(), after };
    let tx = app.store.reading(peer.tenant()).await?;
    let page = federation::portals(&tx, peer.id, OrderId(id), &wanted, limit, now).await?;
    tx.commit().await?;
    let page = page.map(|one| PortalJson::of(one, now));
    Ok(Json(Listing { items: page.items, next_cursor: page.next_cursor }))
}
