//! Columns: the tree with what stands in it, and everything that may be done to it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use content::Column;
use content::column::{self, ColumnEdit, ColumnRule, Filled, ManageColumns, NewColumn, RuleEdit, Seat};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Listing;
use super::extract::{Asked, At, Body, Where};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

mod history;
mod turns;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(find, edit))
        .routes(routes!(set_rule))
        .routes(routes!(shift))
        .routes(routes!(merge_preview))
        .merge(history::routes())
        .merge(turns::routes())
}

fn rule_of(app: &App, now: Timestamp) -> Result<&ColumnRule, Problem> {
    Ok(app.columns.at(now).ok_or(column::ColumnError::NoRule)?)
}

/// A column.
#[derive(Serialize, ToSchema)]
pub struct ColumnJson {
    key: String,
    /// The code that makes it the same column for the whole cluster.
    standard_code: Option<String>,
    /// Key of the column above.
    parent: Option<String>,
    /// 1 at the top.
    level: usize,
    name: String,
    kind: String,
    description: String,
    keywords: String,
    /// policy, top, block or none.
    home: String,
    /// open, hidden or archived.
    state: &'static str,
    /// Where an archived one leads; null is the home page.
    successor: Option<String>,
    update_window_days: i32,
    update_min: i32,
    remind_days: i32,
    owner: String,
    owner_until: String,
    /// To be sent back with a change.
    version: i32,
    /// Items before the public.
    items: i64,
    #[schema(format = "date-time")]
    newest_at: Option<String>,
    /// fresh, due, stale, empty or no_rule.
    freshness: &'static str,
    /// When it becomes stale, or became so.
    #[schema(format = "date-time")]
    limit_at: Option<String>,
    /// Whole hours until then; negative since then.
    hours_left: Option<i64>,
}

impl ColumnJson {
    fn of(level: usize, column: Column, filled: Filled, now: Timestamp) -> Self {
        let fresh = column::fresh(&column, &filled, now);
        Self {
            level,
            state: column.state.as_str(),
            items: filled.items,
            newest_at: filled.newest.map(Timestamp::rfc3339),
            freshness: fresh.is.as_str(),
            limit_at: fresh.limit.map(Timestamp::rfc3339),
            hours_left: fresh.hours_left,
            key: column.key,
            standard_code: column.standard_code,
            parent: column.parent_key,
            name: column.name,
            kind: column.kind,
            description: column.description,
            keywords: column.keywords,
            home: column.home,
            successor: column.successor_key,
            update_window_days: column.update_window_days,
            update_min: column.update_min,
            remind_days: column.remind_days,
            owner: column.owner,
            owner_until: column.owner_until,
            version: column.version,
        }
    }
}

/// One column as it stands after an act.
async fn shown(app: &App, tenant: base::TenantId, key: &str) -> Result<ColumnJson, Problem> {
    let tx = app.store.reading(tenant).await?;
    let all = column::all(&tx).await?;
    let one = column::find(&tx, key).await?;
    let mut filled: HashMap<String, Filled> = column::filled(&tx, std::slice::from_ref(&one)).await?;
    tx.commit().await?;
    let filled = filled.remove(key).unwrap_or_default();
    Ok(ColumnJson::of(column::depth(&all, key), one, filled, app.clock.now()))
}

/// Lists the whole tree, depth-first, archived columns too.
#[utoipa::path(get, path = "/api/v1/columns", tag = "columns", params(Where), responses((status = 200, body = Listing<ColumnJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
) -> Result<Json<Listing<ColumnJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let all = column::all(&tx).await?;
    let mut filled = column::filled(&tx, &all).await?;
    tx.commit().await?;
    let now = app.clock.now();
    let items = column::ordered(&all).into_iter().map(|(level, column)| {
        let filled = filled.remove(&column.key).unwrap_or_default();
        ColumnJson::of(level, column.clone(), filled, now)
    });
    Ok(Json(Listing { items: items.collect(), next_cursor: None }))
}

/// Shows one column.
#[utoipa::path(get, path = "/api/v1/columns/{key}", tag = "columns", params(("key" = String, Path), Where), responses((status = 200, body = ColumnJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Path(key): Path<String>,
) -> Result<Json<ColumnJson>, Problem> {
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// A column that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewColumnForm {
    /// First segment of its addresses: small letters, digits, hyphens.
    key: String,
    /// 1 to 200 characters, as the two that follow.
    name: String,
    description: String,
    keywords: String,
    /// One of the types of the page labels.
    kind: String,
    /// Key of the column above; at the top when left out.
    parent: Option<String>,
    /// top, block or none.
    #[serde(default = "nowhere")]
    home: String,
    /// The default of its type when left out.
    rule: Option<RuleForm>,
}

fn nowhere() -> String {
    "none".to_owned()
}

/// Makes a column at the end of its siblings.
#[utoipa::path(post, path = "/api/v1/columns", tag = "columns", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = NewColumnForm, responses((status = 201, body = ColumnJson)))]
pub async fn create(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Body(form): Body<NewColumnForm>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let NewColumnForm { key, name, description, keywords, kind, parent, home, rule } = form;
    let text = ColumnEdit { name, description, keywords, home };
    let parent = parent.filter(|parent| !parent.is_empty());
    let new = NewColumn { key, kind, parent, text, rule: rule.map(RuleForm::read) };
    let tx = app.store.tenant(site.tenant).await?;
    let act = column::create(&tx, &staff, rule_of(&app, now)?, &new, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(shown(&app, site.tenant, &act.column).await?)).into_response())
}

/// Labels of a column.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnForm {
    /// 1 to 200 characters, as the two that follow.
    name: String,
    description: String,
    keywords: String,
    /// top, block or none; policy for the policy column and for no other.
    home: String,
    /// The version that was read.
    version: i32,
}

/// Changes a column's labels and its place on the home page.
#[utoipa::path(put, path = "/api/v1/columns/{key}", tag = "columns", params(("key" = String, Path), Where), request_body = ColumnForm, responses((status = 200, body = ColumnJson)))]
pub async fn edit(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<ColumnForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let ColumnForm { name, description, keywords, home, version } = form;
    let edit = ColumnEdit { name, description, keywords, home };
    let tx = app.store.tenant(site.tenant).await?;
    column::edit(&tx, &staff, (&key, Some(version)), &edit, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// The update rule of a column, and who answers for it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleForm {
    /// Days; 0 = no rule.
    update_window_days: i32,
    /// Items wanted within the window.
    update_min: i32,
    /// Days before the limit on which the owner is told.
    remind_days: i32,
    /// Login; empty for the administrators.
    #[serde(default)]
    owner: String,
    /// Last day on which the owner answers for it, `YYYY-MM-DD`.
    #[serde(default)]
    owner_until: String,
    /// The version that was read; for changes only.
    version: Option<i32>,
}

impl RuleForm {
    fn read(self) -> RuleEdit {
        RuleEdit {
            update_window_days: self.update_window_days,
            update_min: self.update_min,
            remind_days: self.remind_days,
            owner: self.owner,
            owner_until: self.owner_until,
        }
    }
}

/// Changes a column's update rule and owner.
#[utoipa::path(put, path = "/api/v1/columns/{key}/rule", tag = "columns", params(("key" = String, Path), Where), request_body = RuleForm, responses((status = 200, body = ColumnJson)))]
pub async fn set_rule(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<RuleForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let version = form.version.ok_or_else(|| Problem::invalid("version", "missing", 0))?;
    let tx = app.store.tenant(site.tenant).await?;
    column::set_rule(&tx, &staff, (&key, Some(version)), &form.read(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// A place in the tree.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatForm {
    /// Key of the column above; the top when left out.
    parent: Option<String>,
    /// Key of the sibling before which it shall stand; the end when left out.
    before: Option<String>,
    /// The version that was read.
    version: Option<i32>,
}

/// Moves a column, with everything below it.
#[utoipa::path(post, path = "/api/v1/columns/{key}/move", tag = "columns", params(("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SeatForm, responses((status = 200, body = ColumnJson)))]
pub async fn shift(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageColumns>,
    Path(key): Path<String>,
    Body(form): Body<SeatForm>,
) -> Result<Json<ColumnJson>, Problem> {
    let now = app.clock.now();
    let named = |key: Option<String>| key.filter(|key| !key.is_empty());
    let seat = Seat { parent: named(form.parent), before: named(form.before) };
    let tx = app.store.tenant(site.tenant).await?;
    column::shift(&tx, &staff, rule_of(&app, now)?, (&key, form.version), &seat, now).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, site.tenant, &key).await?))
}

/// What a merge is asked about.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MergeQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    #[expect(dead_code, reason = "described here, read by `At`")]
    pub tenant: Option<String>,
    /// Key of the column that shall take everything in.
    pub into: String,
}

/// What a merge would do.
#[derive(Serialize, ToSchema)]
pub struct MergePreviewJson {
    /// Items that would stand in the other column.
    moving: u64,
    /// Items that stand there already, and would stay behind.
    staying: u64,
}

/// Says what a merge would move.
#[utoipa::path(get, path = "/api/v1/columns/{key}/merge-preview", tag = "columns", params(("key" = String, Path), MergeQuery), responses((status = 200, body = MergePreviewJson)))]
pub async fn merge_preview(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ManageColumns>,
    Path(key): Path<String>,
    Asked(asked): Asked<MergeQuery>,
) -> Result<Json<MergePreviewJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let (source, target) = (column::find(&tx, &key).await?, column::find(&tx, &asked.into).await?);
    let preview = column::merge_preview(&tx, &source.key, &target.key).await?;
    tx.commit().await?;
    Ok(Json(MergePreviewJson { moving: preview.moving, staying: preview.staying }))
}
