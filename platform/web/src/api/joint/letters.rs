//! Members and subscriptions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use exchange::joint::{self, Below, FlowMove, ManageJoint, MemberMove, ViaId};
use exchange::obligation::ViewInbox;
use http::StatusCode;

use super::forms::*;
use super::shapes::*;
use crate::App;
use crate::api::extract::{Asked, At, Body, Id, Where};
use crate::api::{Listing, tenant_of};
use crate::auth::Bearer;
use crate::extract::Path;
use crate::frame::{at_home, reaching};
use crate::problem::Problem;

/// Lists the members of this portal's joint columns, or the columns that it may contribute to.
#[utoipa::path(get, path = "/api/v1/joint/members", tag = "joint", params(SideQuery), responses((status = 200, body = Listing<MemberJson>)))]
pub async fn members(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<SideQuery>,
) -> Result<Json<Listing<MemberJson>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let found = match query.side.as_deref() {
        None | Some("" | "owner") => joint::members_of_mine(&tx).await?,
        Some("member") => joint::memberships(&tx).await?,
        Some(_) => return Err(Problem::invalid("side", "unknown", 0)),
    };
    let items = found.into_iter().map(|one| MemberJson::of(app.store.sites(), one)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Opens a column of this portal to others.
#[utoipa::path(post, path = "/api/v1/joint/members", tag = "joint", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = InvitationForm, responses((status = 201, body = Listing<MemberJson>)))]
pub async fn invite(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Body(form): Body<InvitationForm>,
) -> Result<Response, Problem> {
    let sites = app.store.sites();
    let members = form.members.iter().map(|slug| portal(sites, slug, "members")).collect::<Result<Vec<_>, _>>()?;
    let (mode, now) = (mode(&form.mode)?, app.clock.now());
    let tx = app.store.tenant(site.tenant).await?;
    let made = joint::invite(&tx, &staff, &members, &form.column, mode, &form.note, now).await?;
    let mut items = Vec::with_capacity(made.len());
    for id in made {
        items.push(MemberJson::of(sites, joint::find_member(&tx, id).await?));
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Listing { items, next_cursor: None })).into_response())
}

/// The member accepts, refuses or leaves.
#[utoipa::path(post, path = "/api/v1/joint/members/{id}/answer", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = AnswerForm, responses((status = 200, body = MemberJson)))]
pub async fn answer(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<ManageJoint>,
    Id(id): Id,
    Body(form): Body<AnswerForm>,
) -> Result<Json<MemberJson>, Problem> {
    let attempted = match form.answer.as_str() {
        "accept" => MemberMove::Accept,
        "refuse" => MemberMove::Refuse,
        "leave" => MemberMove::Leave,
        _ => return Err(Problem::invalid("answer", "unknown", 0)),
    };
    let act = async |tx: &_, now| joint::answer(tx, &staff, ViaId(id), attempted, now).await;
    let one = reaching(&app, &staff, act).await?;
    Ok(Json(MemberJson::of(app.store.sites(), one)))
}

/// The owner says whether its people look at this member's contributions first.
#[utoipa::path(post, path = "/api/v1/joint/members/{id}/mode", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ModeForm, responses((status = 200, body = MemberJson)))]
pub async fn member_mode(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Id(id): Id,
    Body(form): Body<ModeForm>,
) -> Result<Json<MemberJson>, Problem> {
    let mode = mode(&form.mode)?;
    let act = async |tx: &_, now| joint::set_mode(tx, &staff, ViaId(id), mode, now).await;
    let one = at_home(&app, site.tenant, act).await?;
    Ok(Json(MemberJson::of(app.store.sites(), one)))
}

/// The owner sends a member away.
#[utoipa::path(post, path = "/api/v1/joint/members/{id}/remove", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = JointReason, responses((status = 200, body = MemberJson)))]
pub async fn remove(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<ManageJoint>,
    Id(id): Id,
    Body(form): Body<JointReason>,
) -> Result<Json<MemberJson>, Problem> {
    let act = async |tx: &_, now| joint::remove(tx, &staff, ViaId(id), &form.reason, now).await;
    let one = reaching(&app, &staff, act).await?;
    Ok(Json(MemberJson::of(app.store.sites(), one)))
}

/// Says whether anybody may subscribe to a column of this portal without asking.
#[utoipa::path(put, path = "/api/v1/joint/columns/{key}/open", tag = "joint", params(("key" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = OpenForm, responses((status = 204)))]
pub async fn open(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Path(key): Path<String>,
    Body(form): Body<OpenForm>,
) -> Result<StatusCode, Problem> {
    let act = async |tx: &_, now| joint::open_to_all(tx, &staff, &key, form.open, now).await;
    at_home(&app, site.tenant, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the subscriptions that feed this portal, or that it feeds.
#[utoipa::path(get, path = "/api/v1/joint/subscriptions", tag = "joint", params(SideQuery), responses((status = 200, body = Listing<SubscriptionJson>)))]
pub async fn subscriptions(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<SideQuery>,
) -> Result<Json<Listing<SubscriptionJson>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let found = match query.side.as_deref() {
        None | Some("" | "subscriber") => joint::as_subscriber(&tx).await?,
        Some("source") => joint::as_source(&tx).await?,
        Some(_) => return Err(Problem::invalid("side", "unknown", 0)),
    };
    let items = found.into_iter().map(|one| SubscriptionJson::of(app.store.sites(), one, site.tenant)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Subscribes a column of this portal to a column of another.
#[utoipa::path(post, path = "/api/v1/joint/subscriptions", tag = "joint", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = SubscribeForm, responses((status = 201, body = SubscriptionJson)))]
pub async fn subscribe(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Body(form): Body<SubscribeForm>,
) -> Result<Response, Problem> {
    let (sites, now) = (app.store.sites(), app.clock.now());
    let source = portal(sites, &form.source, "source")?;
    let column = joint::source_column(&app.store, source, &form.column).await?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let one = joint::subscribe(&tx, &staff, sites, &column, form.terms.read(now)?, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(SubscriptionJson::of(sites, one, site.tenant))).into_response())
}

/// Subscribes a column of this portal to the same column of everybody below.
#[utoipa::path(post, path = "/api/v1/joint/subscriptions/below", tag = "joint", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = BelowForm, responses((status = 201, body = MadeJson)))]
pub async fn subscribe_below(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Body(form): Body<BelowForm>,
) -> Result<Response, Problem> {
    let (sites, now) = (app.store.sites(), app.clock.now());
    let root = form.below.as_deref().filter(|slug| !slug.is_empty()).map(|slug| portal(sites, slug, "below"));
    let below = Below { root: root.transpose()?.unwrap_or(site.tenant), code: form.code, kind: form.kind };
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let made = joint::subscribe_below(&tx, &staff, below, form.terms.read(now)?, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(MadeJson { made })).into_response())
}

/// Consents, refuses, pauses, resumes or ends.
#[utoipa::path(post, path = "/api/v1/joint/subscriptions/{id}/step", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = StepForm, responses((status = 200, body = SubscriptionJson)))]
pub async fn step(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Id(id): Id,
    Body(form): Body<StepForm>,
) -> Result<Json<SubscriptionJson>, Problem> {
    let attempted = FlowMove::parse(&form.r#move).ok_or_else(|| Problem::invalid("move", "unknown", 0))?;
    let act = async |tx: &_, now| joint::step(tx, &staff, ViaId(id), attempted, &form.reason, now).await;
    let one = reaching(&app, &staff, act).await?;
    Ok(Json(SubscriptionJson::of(app.store.sites(), one, site.tenant)))
}

/// The subscriber says whether its people look first.
#[utoipa::path(post, path = "/api/v1/joint/subscriptions/{id}/mode", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ModeForm, responses((status = 200, body = SubscriptionJson)))]
pub async fn flow_mode(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Id(id): Id,
    Body(form): Body<ModeForm>,
) -> Result<Json<SubscriptionJson>, Problem> {
    let mode = mode(&form.mode)?;
    let act = async |tx: &_, now| joint::change_mode(tx, &staff, ViaId(id), mode, now).await;
    let one = at_home(&app, site.tenant, act).await?;
    Ok(Json(SubscriptionJson::of(app.store.sites(), one, site.tenant)))
}

/// The subscriber changes what passes; what came in earlier stays.
#[utoipa::path(put, path = "/api/v1/joint/subscriptions/{id}/filter", tag = "joint", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = FilterForm, responses((status = 200, body = SubscriptionJson)))]
pub async fn flow_filter(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageJoint>,
    Id(id): Id,
    Body(form): Body<FilterForm>,
) -> Result<Json<SubscriptionJson>, Problem> {
    let (version, filter) = form.read()?;
    let act = async |tx: &_, now| joint::change_filter(tx, &staff, ViaId(id), version, filter, now).await;
    let one = at_home(&app, site.tenant, act).await?;
    Ok(Json(SubscriptionJson::of(app.store.sites(), one, site.tenant)))
}
