//! Installations that are joined with this one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base::Timestamp;
use base::people::Peer;
use exchange::order::ViewBoard;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Listing;
use super::extract::{At, Where};
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// An installation that speaks for a tenant.
#[derive(Serialize, ToSchema)]
pub struct PeerJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of the tenant that it speaks for.
    tenant: String,
    /// below or above.
    side: &'static str,
    name: String,
    key_id: String,
    #[schema(format = "date-time")]
    seen_at: Option<String>,
    /// Since when the link is cut.
    #[schema(format = "date-time")]
    lost_since: Option<String>,
    fault: String,
}

impl PeerJson {
    fn of(app: &App, peer: Peer) -> Self {
        let site = app.store.sites().by_id(peer.tenant());
        Self {
            id: peer.id.to_string(),
            tenant: site.map(|site| site.slug.to_string()).unwrap_or_default(),
            side: peer.side.as_str(),
            name: peer.name,
            key_id: peer.key_id,
            seen_at: peer.seen_at.map(Timestamp::rfc3339),
            lost_since: peer.lost_since.map(Timestamp::rfc3339),
            fault: peer.fault,
        }
    }
}

/// Lists the installations joined below a tenant, or that the tenant stands for.
#[utoipa::path(get, path = "/api/v1/peers", tag = "federation", params(Where), responses((status = 200, body = Listing<PeerJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewBoard>,
) -> Result<Json<Listing<PeerJson>>, Problem> {
    let sites = app.store.sites();
    let peers = app.store.peers(None).await?.into_iter();
    let items =
        peers.filter(|peer| sites.is_within(peer.tenant(), site.tenant)).map(|peer| PeerJson::of(&app, peer)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}
