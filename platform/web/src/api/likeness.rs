//! Clusters of submissions that say the same.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base::Sites;
use exchange::SubmissionId;
use exchange::likeness::{self, ClusterRow};
use exchange::obligation::ViewInbox;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Listing;
use super::extract::{Asked, At, Id, Where, cursor, size};
use super::submissions::SubmissionItem;
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(similar)).routes(routes!(list))
}

/// A submission that is like the one asked about.
#[derive(Serialize, ToSchema)]
pub struct SimilarJson {
    /// Share of words and numbers that both have in common, up to 1.
    likeness: f64,
    submission: SubmissionItem,
}

/// One cluster.
#[derive(Serialize, ToSchema)]
pub struct ClusterJson {
    /// The id of one of its submissions. It changes when clusters become one.
    #[schema(format = "uuid")]
    id: String,
    /// How many submissions are in it.
    size: u64,
    /// When the latest one was sent.
    #[schema(format = "date-time")]
    latest_at: String,
    /// Its submissions, the earliest first; at most 20.
    items: Vec<SubmissionItem>,
}

impl ClusterJson {
    fn of(sites: &Sites, row: ClusterRow, now: base::Timestamp) -> Self {
        Self {
            id: row.id.to_string(),
            size: row.size,
            latest_at: row.latest.rfc3339(),
            items: row.lines.into_iter().map(|line| SubmissionItem::of(sites, line, now)).collect(),
        }
    }
}

/// One page of clusters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClustersQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    #[expect(dead_code, reason = "read by the proof of the duty")]
    tenant: Option<String>,
    /// Clusters on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// What this portal has received that is like one of its submissions, most alike first: the check of one item.
#[utoipa::path(get, path = "/api/v1/submissions/{id}/similar", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = Listing<SimilarJson>)))]
pub async fn similar(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Id(id): Id,
) -> Result<Json<Listing<SimilarJson>>, Problem> {
    let (tx, now) = (app.store.reading(site.tenant).await?, app.clock.now());
    let found = likeness::similar(&tx, &app.likeness, SubmissionId(id), now).await?;
    tx.commit().await?;
    let sites = app.store.sites();
    let items = found.into_iter().map(|one| SimilarJson {
        // Thousandths say more than a sketch knows.
        likeness: (one.likeness * 1000.0).round() / 1000.0,
        submission: SubmissionItem::of(sites, one.line, now),
    });
    Ok(Json(Listing { items: items.collect(), next_cursor: None }))
}

/// Lists the clusters of submissions that say the same, the one with the latest arrival first.
#[utoipa::path(get, path = "/api/v1/submission-clusters", tag = "submissions", params(ClustersQuery), responses((status = 200, body = Listing<ClusterJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Asked(query): Asked<ClustersQuery>,
) -> Result<Json<Listing<ClusterJson>>, Problem> {
    let (after, limit) = (cursor(query.cursor.as_deref())?, size(query.limit)?);
    let (tx, now) = (app.store.reading(site.tenant).await?, app.clock.now());
    let page = likeness::clusters(&tx, after, limit).await?;
    tx.commit().await?;
    let sites = app.store.sites();
    let items = page.items.into_iter().map(|row| ClusterJson::of(sites, row, now)).collect();
    Ok(Json(Listing { items, next_cursor: page.next_cursor }))
}
