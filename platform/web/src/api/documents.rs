//! Documents: write, save, attach, publish, withdraw.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use base::{Site, Timestamp};
use content::DocumentId;
use content::document::{
    self, Draft, EditDocument, EditionView, Fields, Header, PublishDocument, WithdrawDocument, Withdrawal,
    WithdrawalKind,
};
use content::placement::{self, Listed};
use exchange::circulation;
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, Body, Id, ListQuery, Where, cursor, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// A document that the public sees on this portal.
#[derive(Serialize, ToSchema)]
pub struct DocumentItem {
    #[schema(format = "uuid")]
    id: String,
    title: String,
    #[schema(format = "uuid")]
    live_edition_id: String,
    /// Path on this portal.
    address: String,
    column: String,
    /// own, or mirror when it is another portal's.
    mode: String,
    #[schema(format = "date-time")]
    published_at: String,
}

impl From<Listed> for DocumentItem {
    fn from(row: Listed) -> Self {
        Self {
            id: row.document_id.to_string(),
            title: row.title,
            live_edition_id: row.edition_id.to_string(),
            address: row.address,
            column: row.column_key,
            mode: row.mode,
            published_at: Timestamp(row.published_at).rfc3339(),
        }
    }
}

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
    let column = query.column.as_deref().filter(|column| !column.is_empty());
    let page = placement::listed(&tx, column, cursor(query.cursor.as_deref())?, size(query.limit)?).await?;
    Ok(Json(Listing { items: page.items.into_iter().map(DocumentItem::from).collect(), next_cursor: page.next_cursor }))
}

/// Header of an official document.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HeaderForm {
    index_number: String,
    subject_category: String,
    issuer: String,
    written_date: String,
    doc_number: String,
    effective_date: String,
    repealed_date: String,
    validity: String,
    disclosure: String,
}

impl From<HeaderForm> for Header {
    fn from(form: HeaderForm) -> Self {
        let HeaderForm {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        } = form;
        Self {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        }
    }
}

impl From<Header> for HeaderForm {
    fn from(header: Header) -> Self {
        let Header {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        } = header;
        Self {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        }
    }
}

/// What an editor writes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentForm {
    /// Slug of the portal; the token's own when left out.
    #[serde(default)]
    tenant: Option<String>,
    /// Key of the column.
    column: String,
    /// At most 300 characters.
    title: String,
    /// Cleaned on write.
    body_html: String,
    /// For official documents.
    #[serde(default)]
    header: HeaderForm,
    /// The portal's owner unit when left out.
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    source_url: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    keywords: String,
    /// What changed since the last edition, for the public.
    #[serde(default)]
    change_note: String,
    /// The version that was read; only saving looks at it.
    #[serde(default)]
    version: Option<i32>,
}

impl DocumentForm {
    fn fields(self, site: &Site) -> Fields {
        Fields {
            title: self.title,
            body_html: self.body_html,
            header: self.header.into(),
            source: self
                .source
                .filter(|source| !source.trim().is_empty())
                .unwrap_or_else(|| site.owner_unit.to_string()),
            source_url: self.source_url,
            author: self.author,
            summary: self.summary,
            keywords: self.keywords,
            column: self.column,
            change_note: self.change_note,
        }
    }
}

/// The draft that the act left behind.
#[derive(Serialize, ToSchema)]
pub struct DraftView {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    edition_id: String,
    number: i32,
    version: i32,
}

impl From<Draft> for DraftView {
    fn from(draft: Draft) -> Self {
        Self {
            id: draft.document.to_string(),
            edition_id: draft.edition.to_string(),
            number: draft.number,
            version: draft.version,
        }
    }
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
    let draft = document::create(&tx, &staff, form.fields(&site), app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(DraftView::from(draft))).into_response())
}

/// One edition.
#[derive(Serialize, ToSchema)]
pub struct EditionJson {
    #[schema(format = "uuid")]
    edition_id: String,
    number: i32,
    version: i32,
    title: String,
    body_html: String,
    header: HeaderForm,
    source: String,
    author: String,
    column: String,
    /// SM3 of everything that the public sees; empty for a draft.
    content_hash: String,
    #[schema(format = "date-time")]
    published_at: Option<String>,
    attachments: Vec<AttachmentJson>,
}

/// One attached file.
#[derive(Serialize, ToSchema)]
pub struct AttachmentJson {
    position: i32,
    name: String,
    mime: String,
    /// Bytes.
    size: i64,
}

impl From<EditionView> for EditionJson {
    fn from(view: EditionView) -> Self {
        let fields = view.fields;
        Self {
            edition_id: view.edition.to_string(),
            number: view.number,
            version: view.version,
            title: fields.title,
            body_html: fields.body_html,
            header: fields.header.into(),
            source: fields.source,
            author: fields.author,
            column: fields.column,
            content_hash: view.content_hash,
            published_at: view.published_at.map(Timestamp::rfc3339),
            attachments: view
                .attachments
                .into_iter()
                .map(|file| AttachmentJson {
                    position: file.position,
                    name: file.file.name,
                    mime: file.file.mime,
                    size: file.file.size,
                })
                .collect(),
        }
    }
}

/// A document of this portal.
#[derive(Serialize, ToSchema)]
pub struct DocumentJson {
    #[schema(format = "uuid")]
    id: String,
    draft: Option<EditionJson>,
    live: Option<EditionJson>,
    /// How many editions it has.
    editions: usize,
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
    let draft = document::save(&tx, &staff, DocumentId(id), version, form.fields(&site), app.clock.now()).await?;
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

/// Which file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    tenant: Option<String>,
    /// File name with its extension.
    name: String,
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
    let tx = app.store.tenant(site.tenant).await?;
    document::find(&tx, DocumentId(id)).await?;
    let file = app.files.put(&query.name, &bytes).await?;
    let position = document::attach(&tx, &staff, DocumentId(id), file.clone()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(AttachmentJson { position, name: file.name, mime: file.mime, size: file.size }))
        .into_response())
}

/// What a publication made true.
#[derive(Serialize, ToSchema)]
pub struct PublicationJson {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    edition_id: String,
    number: i32,
    /// Path on the portal.
    address: String,
    /// Absolute address.
    url: String,
    content_hash: String,
    /// The edition that it replaced.
    #[schema(format = "uuid")]
    replaces: Option<String>,
    /// Mirrors that show the new edition since the same transaction.
    mirrors: u64,
}

/// Nothing needs to be said to publish.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

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

/// How and why it is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalForm {
    /// notice (410 naming title and reason), gone (410), redirect, vanish (404) or replaced; notice when left out.
    #[serde(default)]
    pub kind: Option<String>,
    /// Mandatory, at most 500 characters.
    pub reason: String,
    /// The legal basis.
    #[serde(default)]
    pub legal_basis: String,
    /// Where redirect and replaced lead.
    #[serde(default)]
    pub target: String,
}

impl WithdrawalForm {
    /// # Errors
    /// 422 for an unknown kind.
    pub fn read(self) -> Result<Withdrawal, Problem> {
        let kind = match self.kind.as_deref().unwrap_or("notice") {
            "notice" => WithdrawalKind::Notice,
            "gone" => WithdrawalKind::Gone,
            "redirect" => WithdrawalKind::Redirect,
            "vanish" => WithdrawalKind::Vanish,
            "replaced" => WithdrawalKind::Replaced,
            _ => return Err(Problem::invalid("kind", "unknown", 0)),
        };
        Ok(Withdrawal { kind, reason: self.reason, legal_basis: self.legal_basis, target: self.target })
    }
}

/// What a withdrawal made true.
#[derive(Serialize, ToSchema)]
pub struct WithdrawnJson {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    edition_id: String,
    /// Mirrors that left their pages in the same transaction.
    mirrors: u64,
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
