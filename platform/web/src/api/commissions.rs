//! Commissions and quotas: written, opened and watched by a superior; accepted, answered and declined below.

mod calls;
mod progress;
mod quotas;
mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use base::{Site, SubtreeTx};
use exchange::CommissionId;
use exchange::commission::{self, Commission, CommissionItems, CommissionRule, Deadline, NewCommission};
use exchange::submission::Uses;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use calls::*;
use quotas::*;
use shapes::*;

use super::Listing;
use super::extract::{Asked, At, Body, Id, ListQuery, Where, cursor, size};
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, write))
        .routes(routes!(preview))
        .routes(routes!(find))
        .routes(routes!(open))
        .routes(routes!(close))
        .routes(routes!(cancel))
        .routes(routes!(board))
        .routes(routes!(excuse))
        .routes(routes!(received))
        .routes(routes!(call))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(plead))
        .routes(routes!(answer))
        .routes(routes!(quota_list, quota_set))
        .routes(routes!(quota_own))
        .routes(routes!(quota_progress))
}

/// The rule in force.
fn rule(app: &App) -> Result<CommissionRule, Problem> {
    app.commissions.at(app.clock.now()).cloned().ok_or_else(|| Problem::internal(&"no commission rule is in force"))
}

fn read(app: &App, site: &Site, form: CommissionForm) -> Result<NewCommission, Problem> {
    let deadline = match (form.due_at.as_deref(), form.due_days) {
        (Some(at), _) if !at.is_empty() => {
            Deadline::At(base::Timestamp::parse(at).ok_or_else(|| Problem::invalid("due_at", "unusable", 0))?)
        }
        (_, Some(days)) => Deadline::Days(days),
        _ => Deadline::Usual,
    };
    Ok(NewCommission {
        audience: form.audience.read(app, site)?,
        topic: form.topic,
        requirements: form.requirements,
        mandatory: form.mandatory,
        wanted: form.wanted,
        uses: Uses { site: form.for_site, brief: form.for_brief },
        deadline,
    })
}

async fn shown(app: &App, tx: &SubtreeTx, one: Commission) -> Result<CommissionJson, Problem> {
    let counts = commission::counts(tx, one.id).await?;
    Ok(CommissionJson::of(app.store.sites(), one, Some(counts)))
}

/// Lists the commissions that a tenant wrote, newest first.
#[utoipa::path(get, path = "/api/v1/commissions", tag = "commissions", params(ListQuery), responses((status = 200, body = Listing<CommissionJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Listing<CommissionJson>>, Problem> {
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let page = commission::issued(&tx, cursor(query.cursor.as_deref())?, size(query.limit)?).await?;
    let ids: Vec<CommissionId> = page.items.iter().map(|one| one.id).collect();
    let counts = commission::counts_each(&tx, &ids).await?;
    let item = |one: Commission| {
        let counts = counts.get(&one.id).copied().unwrap_or_default();
        CommissionJson::of(app.store.sites(), one, Some(counts))
    };
    Ok(Json(Listing { items: page.items.into_iter().map(item).collect(), next_cursor: page.next_cursor }))
}

/// Writes a commission as a draft, or opens it at once.
#[utoipa::path(post, path = "/api/v1/commissions", tag = "commissions", request_body = CommissionForm, params(Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CommissionJson)))]
pub async fn write(
    State(app): State<Arc<App>>,
    At { site, staff }: At<CommissionItems>,
    Body(form): Body<CommissionForm>,
) -> Result<Response, Problem> {
    let (now, rule, at_once) = (app.clock.now(), rule(&app)?, form.open);
    let new = read(&app, &site, form)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let mut one = commission::draft(&tx, &staff, new, &rule, now).await?;
    if at_once {
        let with = (&rule, &app.submissions.calendar);
        one = commission::open(&tx, &staff, app.store.sites(), one.id, with, now).await?;
    }
    let answer = shown(&app, &tx, one).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Counts whom a commission would reach, and computes its deadline.
#[utoipa::path(post, path = "/api/v1/commissions/preview", tag = "commissions", request_body = CommissionForm, params(Where), responses((status = 200, body = ReachJson)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    At { site, staff }: At<CommissionItems>,
    Body(form): Body<CommissionForm>,
) -> Result<Json<ReachJson>, Problem> {
    let (rule, new) = (rule(&app)?, read(&app, &site, form)?);
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let seen = commission::preview(&tx, &staff, new, &rule, &app.submissions.calendar, app.clock.now()).await?;
    Ok(Json(ReachJson {
        audience_count: seen.audience_count,
        due_at: seen.due_at.rfc3339(),
        provisional: seen.provisional,
    }))
}

/// One commission of this tenant with its counts.
#[utoipa::path(get, path = "/api/v1/commissions/{id}", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = CommissionJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Id(id): Id,
) -> Result<Json<CommissionJson>, Problem> {
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let one = commission::find(&tx, CommissionId(id)).await?;
    Ok(Json(shown(&app, &tx, one).await?))
}

/// Sends a draft to its audience.
#[utoipa::path(post, path = "/api/v1/commissions/{id}/open", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = CommissionJson)))]
pub async fn open(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Id(id): Id,
) -> Result<Json<CommissionJson>, Problem> {
    let rule = rule(&app)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let with = (&rule, &app.submissions.calendar);
    let one = commission::open(&tx, &staff, app.store.sites(), CommissionId(id), with, app.clock.now()).await?;
    let answer = shown(&app, &tx, one).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Ends it: what is still owed is missed.
#[utoipa::path(post, path = "/api/v1/commissions/{id}/close", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = CommissionJson)))]
pub async fn close(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Id(id): Id,
) -> Result<Json<CommissionJson>, Problem> {
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let one = commission::close(&tx, &staff, CommissionId(id), app.clock.now()).await?;
    let answer = shown(&app, &tx, one).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Takes it back with a reason: nobody owes anything.
#[utoipa::path(post, path = "/api/v1/commissions/{id}/cancel", tag = "commissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = CallReason, responses((status = 200, body = CommissionJson)))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Id(id): Id,
    Body(form): Body<CallReason>,
) -> Result<Json<CommissionJson>, Problem> {
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let one = commission::cancel(&tx, &staff, CommissionId(id), &form.reason, app.clock.now()).await?;
    let answer = shown(&app, &tx, one).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// How each portal stands, by division; at most 200 at once, of one standing when it is named.
#[utoipa::path(get, path = "/api/v1/commissions/{id}/board", tag = "commissions", params(("id" = String, Path, format = "uuid"), GroupQuery), responses((status = 200, body = Listing<CallLineJson>)))]
pub async fn board(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<CommissionItems>,
    Id(id): Id,
    Asked(query): Asked<GroupQuery>,
) -> Result<Json<Listing<CallLineJson>>, Problem> {
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    commission::find(&tx, CommissionId(id)).await?;
    let group = query.standing.as_deref().unwrap_or_default();
    let lines = commission::board(&tx, CommissionId(id), group, 200).await?;
    let now = app.clock.now();
    Ok(Json(Listing { items: lines.into_iter().map(|line| CallLineJson::of(line, now)).collect(), next_cursor: None }))
}
