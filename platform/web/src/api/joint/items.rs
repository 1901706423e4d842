//! What comes into joint and subscribing columns: put forward, decided on, taken back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::SubtreeTx;
use content::DocumentId;
use exchange::joint::{self, Channel, Contribute, DecideJoint, Item, ItemKey, Standing, ViaId};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use uuid::Uuid;

use super::forms::*;
use super::shapes::*;
use crate::App;
use crate::api::extract::{Asked, At, Body, Where, cursor, size};
use crate::api::{Listing, tenant_of};
use crate::auth::Bearer;
use crate::extract::Path;
use crate::frame::reaching;
use crate::problem::Problem;

fn key((via, document): (Uuid, Uuid)) -> ItemKey {
    ItemKey { via: ViaId(via), document: DocumentId(document) }
}

fn answered(app: &App, done: Result<Item, Problem>) -> Result<Json<ItemJson>, Problem> {
    done.map(|one| Json(ItemJson::of(app.store.sites(), one)))
}

/// Lists what came into this portal's columns, or what this portal contributed; newest first.
#[utoipa::path(get, path = "/api/v1/joint/items", tag = "joint", params(ItemsQuery), responses((status = 200, body = Listing<ItemJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<ItemsQuery>,
) -> Result<Json<Listing<ItemJson>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let word = query.standing.as_deref().filter(|word| !word.is_empty());
    let standing = word.map(|word| Standing::parse(word).ok_or_else(|| Problem::invalid("standing", "unknown", 0)));
    let standings: Vec<Standing> = standing.transpose()?.into_iter().collect();
    let (after, limit) = (cursor(query.cursor.as_deref())?, size(query.limit)?);
    let tx = app.store.reading(site.tenant).await?;
    let page = match query.r#box.as_deref() {
        None | Some("" | "received") => joint::items_received(&tx, &standings, after, limit).await?,
        Some("sent") => joint::items_sent(&tx, Channel::Member, &standings, after, limit).await?,
        Some(_) => return Err(Problem::invalid("box", "unknown", 0)),
    };
    let page = page.map(|row| ItemJson::row(app.store.sites(), row));
    Ok(Json(Listing { items: page.items, next_cursor: page.next_cursor }))
}

/// Puts the live edition of a document forward for a joint column.
#[utoipa::path(post, path = "/api/v1/joint/contributions", tag = "joint", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ContributionForm, responses((status = 201, body = ItemJson)))]
pub async fn contribute(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<Contribute>,
    Body(form): Body<ContributionForm>,
) -> Result<Response, Problem> {
    let id = |text: &str, field| Uuid::try_parse(text).map_err(|_| Problem::invalid(field, "unknown", 0));
    let (member, document) = (id(&form.member_id, "member_id")?, id(&form.document_id, "document_id")?);
    let (member, document) = (ViaId(member), DocumentId(document));
    let act = async |tx: &_, now| joint::contribute(tx, &staff, member, document, &form.note, now).await;
    let one = reaching(&app, &staff, act).await?;
    Ok((StatusCode::CREATED, Json(ItemJson::of(app.store.sites(), one))).into_response())
}

/// One item, for either of its two ends.
#[utoipa::path(get, path = "/api/v1/joint/items/{via}/{document}", tag = "joint", params(("via" = String, Path, format = "uuid"), ("document" = String, Path, format = "uuid"), Where), responses((status = 200, body = ItemJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Path(ids): Path<(Uuid, Uuid)>,
) -> Result<Json<ItemJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let one = joint::find_item(&tx, key(ids)).await?;
    Ok(Json(ItemJson::of(app.store.sites(), one)))
}

/// Accepts it: the mirror is live in the receiver's column.
#[utoipa::path(post, path = "/api/v1/joint/items/{via}/{document}/accept", tag = "joint", params(("via" = String, Path, format = "uuid"), ("document" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = AcceptForm, responses((status = 200, body = ItemJson)))]
pub async fn accept(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    Body(form): Body<AcceptForm>,
) -> Result<Json<ItemJson>, Problem> {
    let into = form.column.as_deref().filter(|column| !column.is_empty());
    let act = async |tx: &SubtreeTx, now| {
        joint::accept(tx, &staff, &[key(ids)], into, now).await?;
        joint::find_item(tx, key(ids)).await
    };
    answered(&app, reaching(&app, &staff, act).await)
}

/// Declines it with a reason.
#[utoipa::path(post, path = "/api/v1/joint/items/{via}/{document}/decline", tag = "joint", params(("via" = String, Path, format = "uuid"), ("document" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = JointReason, responses((status = 200, body = ItemJson)))]
pub async fn decline(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    Body(form): Body<JointReason>,
) -> Result<Json<ItemJson>, Problem> {
    let act = async |tx: &_, now| joint::decline(tx, &staff, key(ids), &form.reason, now).await;
    answered(&app, reaching(&app, &staff, act).await)
}

/// Sends it back with a reason; the next edition comes again.
#[utoipa::path(post, path = "/api/v1/joint/items/{via}/{document}/return", tag = "joint", params(("via" = String, Path, format = "uuid"), ("document" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = JointReason, responses((status = 200, body = ItemJson)))]
pub async fn return_to(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    Body(form): Body<JointReason>,
) -> Result<Json<ItemJson>, Problem> {
    let act = async |tx: &_, now| joint::return_to(tx, &staff, key(ids), &form.reason, now).await;
    answered(&app, reaching(&app, &staff, act).await)
}

/// Takes the mirror off the receiver's pages with a reason.
#[utoipa::path(post, path = "/api/v1/joint/items/{via}/{document}/take-down", tag = "joint", params(("via" = String, Path, format = "uuid"), ("document" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = JointReason, responses((status = 200, body = ItemJson)))]
pub async fn take_down(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    Body(form): Body<JointReason>,
) -> Result<Json<ItemJson>, Problem> {
    let act = async |tx: &_, now| joint::take_down(tx, &staff, key(ids), &form.reason, now).await;
    answered(&app, reaching(&app, &staff, act).await)
}

/// Puts what was decided back into the queue; what was placed goes off the pages until it is decided again.
#[utoipa::path(post, path = "/api/v1/joint/items/{via}/{document}/reopen", tag = "joint", params(("via" = String, Path, format = "uuid"), ("document" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = ItemJson)))]
pub async fn reopen(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
) -> Result<Json<ItemJson>, Problem> {
    let act = async |tx: &SubtreeTx, now| {
        joint::reopen(tx, &staff, &[key(ids)], now).await?;
        joint::find_item(tx, key(ids)).await
    };
    answered(&app, reaching(&app, &staff, act).await)
}

/// The sender takes its contribution back.
#[utoipa::path(post, path = "/api/v1/joint/items/{via}/{document}/withdraw", tag = "joint", params(("via" = String, Path, format = "uuid"), ("document" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = JointReason, responses((status = 200, body = ItemJson)))]
pub async fn withdraw(
    State(app): State<Arc<App>>,
    At { staff, .. }: At<Contribute>,
    Path(ids): Path<(Uuid, Uuid)>,
    Body(form): Body<JointReason>,
) -> Result<Json<ItemJson>, Problem> {
    let act = async |tx: &_, now| joint::withdraw(tx, &staff, key(ids), &form.reason, now).await;
    answered(&app, reaching(&app, &staff, act).await)
}
