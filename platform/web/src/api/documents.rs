//! Documents: write, save, attach, publish, withdraw.

mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use content::DocumentId;
use content::document::{self, EditDocument, PublishDocument, WithdrawDocument};
use content::placement;
use exchange::circulation;
use exchange::obligation::ViewInbox;
use http::StatusCode;

pub use shapes::*;

use super::extract::{Asked, Body, Id, ListQuery, Where, column, cursor, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// Lists the live documents of a portal, newest first.
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents", params(ListQuery), responses((status = 200, body = Listing<DocumentItem>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Listing<DocumentItem>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let column = column(query.column.as_deref())?;
    let page = placement::listed(&tx, column, cursor(query.cursor.as_deref())?, size(query.limit)?).await?;
    Ok(Json(Listing { items: page.items.into_iter().map(DocumentItem::from).collect(), next_cursor: page.next_cursor }))
}

/// Begins a document with its first draft.
#[utoipa::path(post, path = "/api/v1/documents", tag = "documents", request_body = DocumentForm, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = DraftView)))]
pub async fn create(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Body(form): Body<DocumentForm>,
) -> Result<Response, Problem> {
    let site = tenant_of(&app, &who, form.tenant.as_deref())?;
    let staff = who.staff::<EditDocument>(app.store.sites(), site.tenant)?;
    let tx = app.store.tenant(site.tenant).await?;
    let draft = document::create(&tx, &staff, form.fields(&site)?, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(DraftView::from(draft))).into_response())
}

/// One document of a portal, with its draft and its live edition.
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "documents", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = DocumentJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
) -> Result<Json<DocumentJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let tx = app.store.reading(site.tenant).await?;
    let view = document::find(&tx, DocumentId(id)).await?;
    Ok(Json(DocumentJson {
        id: id.to_string(),
        draft: view.draft.map(EditionJson::from),
        live: view.live.map(EditionJson::from),
        editions: view.editions.len(),
    }))
}

/// Saves the draft; the version that was read goes with it, and an older one is refused.
#[utoipa::path(put, path = "/api/v1/documents/{id}/draft", tag = "documents", params(("id" = String, Path, format = "uuid"), Where), request_body = DocumentForm, responses((status = 200, body = DraftView)))]
pub async fn save(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
    Body(form): Body<DocumentForm>,
) -> Result<Json<DraftView>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref().or(form.tenant.as_deref()))?;
    let staff = who.staff::<EditDocument>(app.store.sites(), site.tenant)?;
    let version = form.version.ok_or_else(|| Problem::invalid("version", "missing", 0))?;
    let tx = app.store.tenant(site.tenant).await?;
    let draft = document::save(&tx, &staff, DocumentId(id), version, form.fields(&site)?, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(draft.into()))
}

/// Begins the next edition as a copy of the newest.
#[utoipa::path(post, path = "/api/v1/documents/{id}/editions", tag = "documents", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = DraftView)))]
pub async fn new_edition(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
) -> Result<Response, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<EditDocument>(app.store.sites(), site.tenant)?;
    let tx = app.store.tenant(site.tenant).await?;
    let draft = document::new_edition(&tx, &staff, DocumentId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(DraftView::from(draft))).into_response())
}

/// Attaches a file to the draft: the body is the file.
#[utoipa::path(post, path = "/api/v1/documents/{id}/attachments", tag = "documents", params(("id" = String, Path, format = "uuid"), FileQuery, ("Idempotency-Key" = Option<String>, Header)), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = AttachmentJson)))]
pub async fn attach(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(query): Asked<FileQuery>,
    bytes: axum::body::Bytes,
) -> Result<Response, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    let staff = who.staff::<EditDocument>(app.store.sites(), site.tenant)?;
    let looking = app.store.reading(site.tenant).await?;
    document::find(&looking, DocumentId(id)).await?;
    drop(looking);
    // The file is written before the transaction begins: nobody waits for a disk with the writer's turn in hand.
    let file = app.files.put(&query.name, bytes).await?;
    let tx = app.store.tenant(site.tenant).await?;
    let position = document::attach(&tx, &staff, DocumentId(id), file.clone()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(AttachmentJson { position, name: file.name, mime: file.mime, size: file.size }))
        .into_response())
}

/// Freezes the draft and puts it before the public; mirrors of an earlier edition follow in the same transaction.
#[utoipa::path(post, path = "/api/v1/documents/{id}/publish", tag = "documents", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = Nothing, responses((status = 200, body = PublicationJson)))]
pub async fn publish(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
) -> Result<Json<PublicationJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<PublishDocument>(app.store.sites(), site.tenant)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let (done, travelled) = circulation::publish(&tx, &staff, DocumentId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(PublicationJson {
        id: id.to_string(),
        edition_id: done.edition.to_string(),
        number: done.number,
        url: app.addresses.absolute(site.main_host(), &done.address),
        address: done.address,
        content_hash: done.content_hash,
        replaces: done.replaces.map(|edition| edition.to_string()),
        mirrors: travelled.mirrors,
    }))
}

/// Takes the document back, and every mirror with it.
#[utoipa::path(post, path = "/api/v1/documents/{id}/withdraw", tag = "documents", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = WithdrawalForm, responses((status = 200, body = WithdrawnJson)))]
pub async fn withdraw(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
    Body(form): Body<WithdrawalForm>,
) -> Result<Json<WithdrawnJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<WithdrawDocument>(app.store.sites(), site.tenant)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let (done, travelled) = circulation::withdraw(&tx, &staff, DocumentId(id), form.read()?, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(WithdrawnJson { id: id.to_string(), edition_id: done.edition.to_string(), mirrors: travelled.mirrors }))
}
