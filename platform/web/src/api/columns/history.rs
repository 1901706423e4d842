//! Who changed what of the columns, and taking it back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base::Timestamp;
use content::column::{self, Act, ColumnRule, ManageColumns};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Listing;
use super::super::extract::{self, Asked, At, Id, Where};
use super::rule_of;
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(acts)).routes(routes!(undo))
}

/// Most acts of one answer.
const LISTED: u64 = 200;

/// One act on the tree.
#[derive(Serialize, ToSchema)]
pub struct ColumnActJson {
    #[schema(format = "uuid")]
    id: String,
    /// created, edited, rule_set, moved, hidden, shown, archived, reopened or merged.
    kind: &'static str,
    column: String,
    name: String,
    /// Where it was merged into or leads; empty for the home page and for other acts.
    target: String,
    /// Items that changed their column.
    moved: i64,
    #[schema(format = "date-time")]
    at: String,
    by: String,
    changes: Vec<ChangeJson>,
    /// Whether there is still time to take it back.
    undoable: bool,
    #[schema(format = "date-time")]
    undone_at: Option<String>,
    undone_by: String,
}

/// A field that an act changed.
#[derive(Serialize, ToSchema)]
pub struct ChangeJson {
    field: &'static str,
    before: String,
    after: String,
}

impl ColumnActJson {
    fn of(act: Act, rule: &ColumnRule, now: Timestamp) -> Self {
        let changes = act.differences().into_iter();
        Self {
            id: act.id.to_string(),
            kind: act.kind.as_str(),
            name: act.name().to_owned(),
            changes: changes.map(|one| ChangeJson { field: one.field, before: one.before, after: one.after }).collect(),
            undoable: act.fresh(rule, now),
            column: act.column,
            target: act.target,
            moved: act.moved,
            at: act.at.rfc3339(),
            by: act.by,
            undone_at: act.undone_at.map(Timestamp::rfc3339),
            undone_by: act.undone_by,
        }
    }
}

/// Whose acts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActsQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    #[expect(dead_code, reason = "described here, read by `At`")]
    pub tenant: Option<String>,
    /// Key of a column; all of them when left out.
    #[param(required = false)]
    pub column: Option<String>,
}

/// Who changed what, newest first.
#[utoipa::path(get, path = "/api/v1/column-acts", tag = "columns", params(ActsQuery), responses((status = 200, body = Listing<ColumnActJson>)))]
pub async fn acts(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ManageColumns>,
    Asked(asked): Asked<ActsQuery>,
) -> Result<Json<Listing<ColumnActJson>>, Problem> {
    let now = app.clock.now();
    let rule = rule_of(&app, now)?;
    let tx = app.store.reading(site.tenant).await?;
    let found = column::acts(&tx, extract::column(asked.column.as_deref())?, LISTED).await?;
    tx.commit().await?;
    let items = found.into_iter().map(|act| ColumnActJson::of(act, rule, now)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Takes an act back.
#[utoipa::path(post, path = "/api/v1/column-acts/{id}/undo", tag = "columns", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = ColumnActJson)))]
pub async fn undo(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Id(id): Id,
) -> Result<Json<ColumnActJson>, Problem> {
    let now = app.clock.now();
    let rule = rule_of(&app, now)?;
    let tx = app.store.tenant(site.tenant).await?;
    let act = column::undo(&tx, &staff, rule, id, now).await?;
    tx.commit().await?;
    Ok(Json(ColumnActJson::of(act, rule, now)))
}
