//! Orders: preview, issue, follow, recall.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use base::{Level, Principal, Site, Timestamp};
use content::EditionId;
use content::document::{self, DocumentError, WithdrawDocument};
use exchange::obligation::{self, DecideExemption};
use exchange::order::{self, ConfirmRecall, Counts, IssueOrder, NewOrder, Order, ProposeRecall, ViewBoard};
use exchange::{Audience, Kind, OrderId, RepostRule};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::documents::WithdrawalForm;
use super::extract::{Asked, Body, Id, ListQuery, Where, cursor, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// How an audience stands.
#[derive(Serialize, ToSchema)]
pub struct CountsJson {
    waiting: i64,
    live_unverified: i64,
    verified_on_time: i64,
    verified_late: i64,
    overdue: i64,
    exempt: i64,
    failed: i64,
    /// The order ended before or after the proof.
    ended: i64,
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> Self {
        let Counts { waiting, live_unverified, verified_on_time, verified_late, overdue, exempt, failed, ended } =
            counts;
        Self { waiting, live_unverified, verified_on_time, verified_late, overdue, exempt, failed, ended }
    }
}

/// An order and how its audience stands.
#[derive(Serialize, ToSchema)]
pub struct OrderJson {
    #[schema(format = "uuid")]
    id: String,
    /// mandatory, recommended or recall.
    kind: &'static str,
    /// proposed, open, superseded, withdrawn or refused.
    state: &'static str,
    #[schema(format = "uuid")]
    document_id: String,
    #[schema(format = "uuid")]
    edition_id: String,
    #[schema(format = "date-time")]
    issued_at: String,
    #[schema(format = "date-time")]
    due_at: String,
    deadline_hours: i32,
    audience_count: i64,
    issued_by: String,
    /// The second person of a recall.
    confirmed_by: String,
    reason: String,
    counts: CountsJson,
}

impl OrderJson {
    fn of(order: Order, counts: Counts) -> Self {
        Self {
            id: order.id.to_string(),
            kind: order.kind.as_str(),
            state: order.state.as_str(),
            document_id: order.document.to_string(),
            edition_id: order.edition.to_string(),
            issued_at: order.issued_at.rfc3339(),
            due_at: order.due_at.rfc3339(),
            deadline_hours: order.deadline_hours,
            audience_count: order.audience_count,
            issued_by: order.issued_by,
            confirmed_by: order.confirmed_by,
            reason: order.reason,
            counts: counts.into(),
        }
    }
}

/// For whom.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AudienceForm {
    /// Slug of the tenant below which the levels are meant; the issuer's own when left out.
    subtree: Option<String>,
    /// Levels; none means every level.
    levels: Vec<String>,
    /// Slugs of tenants that are addressed whatever their level.
    include: Vec<String>,
    /// Slugs of tenants that are left out.
    exclude: Vec<String>,
}

/// Longest list of slugs in an audience; levels and subtrees say more in less.
const LISTED_MAX: usize = 5_000;

impl AudienceForm {
    /// Reads slugs and levels; what is unknown, or outside the issuer's subtree, is refused by name.
    pub(crate) fn read(&self, app: &App, issuer: &Site) -> Result<Audience, Problem> {
        let sites = app.store.sites();
        let known = |field: &str, slug: &str| {
            let found = sites.by_slug(slug).filter(|site| sites.is_within(site.tenant, issuer.tenant));
            found.map(|site| site.tenant).ok_or_else(|| {
                let shown: String = slug.chars().filter(|c| !c.is_control()).take(80).collect();
                Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "unknown_audience",
                    format!("There is no tenant {shown:?} in the subtree of {}.", issuer.slug),
                )
                .field(field, "unknown", 0)
                .rule(
                    "an order reaches the issuer's own subtree only",
                    "the common superior",
                    "ask it to issue the order",
                )
            })
        };
        if self.include.len() + self.exclude.len() > LISTED_MAX {
            return Err(Problem::invalid("audience", "too_long", LISTED_MAX));
        }
        let each =
            |field: &str, slugs: &[String]| slugs.iter().map(|slug| known(field, slug)).collect::<Result<Vec<_>, _>>();
        let levels = self
            .levels
            .iter()
            .map(|word| Level::parse(word).ok_or_else(|| Problem::invalid("audience.levels", "unknown", 0)));
        Ok(Audience {
            subtree: match self.subtree.as_deref().filter(|slug| !slug.is_empty()) {
                Some(slug) => known("audience.subtree", slug)?,
                None => issuer.tenant,
            },
            levels: levels.collect::<Result<_, _>>()?,
            include: each("audience.include", &self.include)?,
            exclude: each("audience.exclude", &self.exclude)?,
        })
    }
}

/// An order to issue, or a recall to propose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderForm {
    /// Slug of the issuer; the token's own when left out.
    #[serde(default)]
    tenant: Option<String>,
    /// A live edition of the issuer.
    #[schema(format = "uuid")]
    edition_id: String,
    /// mandatory, recommended or recall.
    kind: String,
    /// For whom; a recall always reaches every copy.
    #[serde(default)]
    audience: AudienceForm,
    /// Natural hours; the rule's when left out. Only tighter than the inherited limit.
    #[serde(default)]
    deadline_hours: Option<i32>,
    /// Standard code of the column; the rule's when left out.
    #[serde(default)]
    target_code: Option<String>,
    /// Mandatory for a recall.
    #[serde(default)]
    reason: String,
    /// Of a recall.
    #[serde(default)]
    legal_basis: String,
    /// Of a recall: how withdrawn addresses answer; notice when left out.
    #[serde(default)]
    withdrawal: Option<String>,
}

struct Readied {
    site: Arc<Site>,
    rule: RepostRule,
    edition: EditionId,
    now: Timestamp,
}

fn readied(app: &App, who: &Principal, form: &OrderForm) -> Result<Readied, Problem> {
    let site = tenant_of(app, who, form.tenant.as_deref())?;
    let now = app.clock.now();
    let rule = app.rules.at(now).cloned().ok_or_else(|| Problem::internal(&"no repost rule is in force"))?;
    let edition =
        Uuid::try_parse(&form.edition_id).map(EditionId).map_err(|_| Problem::invalid("edition_id", "unknown", 0))?;
    Ok(Readied { site, rule, edition, now })
}

fn new_order(app: &App, form: &OrderForm, site: &Site, edition: EditionId, kind: Kind) -> Result<NewOrder, Problem> {
    Ok(NewOrder {
        edition,
        kind,
        audience: form.audience.read(app, site)?,
        deadline_hours: form.deadline_hours,
        target_code: form.target_code.clone(),
        reason: form.reason.clone(),
    })
}

/// Issues an order; kind `recall` proposes one, which a second person confirms. Issued again with the same edition, audience
/// and deadline, it extends the open order to tenants that joined.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders", request_body = OrderForm, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = OrderJson), (status = 200, description = "The open order was extended.", body = OrderJson)))]
pub async fn issue(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Body(form): Body<OrderForm>,
) -> Result<Response, Problem> {
    let kind = Kind::parse(&form.kind).ok_or_else(|| Problem::invalid("kind", "unknown", 0))?;
    let Readied { site, rule, edition, now } = readied(&app, &who, &form)?;
    if kind == Kind::Recall {
        return propose(&app, &who, form, &site, edition, &rule, now).await;
    }
    let staff = who.staff::<IssueOrder>(app.store.sites(), site.tenant)?;
    let new = new_order(&app, &form, &site, edition, kind)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let issued = order::issue(&tx, &staff, new, &rule, now).await?;
    let found = order::find(&tx, issued.id).await?;
    let counts = order::counts(&tx, issued.id, now).await?;
    tx.commit().await?;
    let status = if issued.extended { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(OrderJson::of(found, counts))).into_response())
}

async fn propose(
    app: &App,
    who: &Principal,
    form: OrderForm,
    site: &Site,
    edition: EditionId,
    rule: &RepostRule,
    now: Timestamp,
) -> Result<Response, Problem> {
    let staff = who.staff::<ProposeRecall>(app.store.sites(), site.tenant)?;
    let withdrawal = WithdrawalForm {
        kind: form.withdrawal,
        reason: form.reason,
        legal_basis: form.legal_basis,
        target: String::new(),
    };
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let named = document::edition(&tx, edition).await.map_err(|error| match error {
        DocumentError::Missing => Problem::from(order::OrderError::NotPublished),
        other => other.into(),
    })?;
    let proposed =
        order::propose(&tx, &staff, named.document, withdrawal.read()?, form.deadline_hours, rule, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(OrderJson::of(proposed, Counts::default()))).into_response())
}

/// What an order would do.
#[derive(Serialize, ToSchema)]
pub struct PreviewJson {
    audience_count: i64,
    /// Live at once.
    auto_accept: i64,
    /// Portals without the target column.
    without_column: i64,
    /// Portals under a tighter limit than the order's.
    tighter: i64,
    /// Portals where the platform may not fall back.
    without_fallback: i64,
    deadline_hours: i32,
    #[schema(format = "date-time")]
    due_at: String,
    target_code: String,
}

/// Counts audience and gaps of an order that is not issued yet.
#[utoipa::path(post, path = "/api/v1/orders/preview", tag = "orders", request_body = OrderForm, responses((status = 200, body = PreviewJson)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Body(form): Body<OrderForm>,
) -> Result<Json<PreviewJson>, Problem> {
    let Readied { site, rule, edition, now } = readied(&app, &who, &form)?;
    let kind = Kind::parse(&form.kind)
        .filter(|kind| *kind != Kind::Recall)
        .ok_or_else(|| Problem::invalid("kind", "unknown", 0))?;
    let staff = who.staff::<IssueOrder>(app.store.sites(), site.tenant)?;
    let new = new_order(&app, &form, &site, edition, kind)?;
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let seen = order::preview(&tx, &staff, &new, &rule, now).await?;
    Ok(Json(PreviewJson {
        audience_count: seen.audience_count,
        auto_accept: seen.auto_accept,
        without_column: seen.without_column,
        tighter: seen.tighter,
        without_fallback: seen.without_fallback,
        deadline_hours: seen.deadline_hours,
        due_at: seen.due_at.rfc3339(),
        target_code: seen.target_code,
    }))
}

/// Lists the orders that a tenant issued, newest first.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(ListQuery), responses((status = 200, body = Listing<OrderJson>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Listing<OrderJson>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    let staff = who.staff::<ViewBoard>(app.store.sites(), site.tenant)?;
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let page = order::list(&tx, cursor(query.cursor.as_deref())?, size(query.limit)?).await?;
    let now = app.clock.now();
    let mut items = Vec::with_capacity(page.items.len());
    for order in page.items {
        let counts = order::counts(&tx, order.id, now).await?;
        items.push(OrderJson::of(order, counts));
    }
    Ok(Json(Listing { items, next_cursor: page.next_cursor }))
}

/// One order with its counts.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = OrderJson)))]
pub async fn find(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
) -> Result<Json<OrderJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<ViewBoard>(app.store.sites(), site.tenant)?;
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let order = order::find(&tx, OrderId(id)).await?;
    let counts = order::counts(&tx, order.id, app.clock.now()).await?;
    Ok(Json(OrderJson::of(order, counts)))
}

/// Below which tenant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoardQuery {
    /// Slug of the reader's tenant; the token's own when left out.
    #[param(required = false)]
    tenant: Option<String>,
    /// Slug of the tenant whose direct inferiors are listed; the reader's own when left out.
    #[param(required = false)]
    below: Option<String>,
}

/// One line of the board.
#[derive(Serialize, ToSchema)]
pub struct BoardLineJson {
    slug: String,
    name: String,
    level: String,
    /// Everything in its subtree.
    counts: CountsJson,
}

/// The board: one line per tenant directly below, with everything in its subtree. Also for a superior in the middle.
#[utoipa::path(get, path = "/api/v1/orders/{id}/board", tag = "orders", params(("id" = String, Path, format = "uuid"), BoardQuery), responses((status = 200, body = Listing<BoardLineJson>)))]
pub async fn board(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(query): Asked<BoardQuery>,
) -> Result<Json<Listing<BoardLineJson>>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    let staff = who.staff::<ViewBoard>(app.store.sites(), site.tenant)?;
    let node = match query.below.as_deref().filter(|slug| !slug.is_empty()) {
        Some(slug) => {
            let sites = app.store.sites();
            sites
                .by_slug(slug)
                .filter(|node| sites.is_within(node.tenant, site.tenant))
                .ok_or_else(Problem::not_found)?
        }
        None => Arc::clone(&site),
    };
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let now = app.clock.now();
    if order::counts_below(&tx, OrderId(id), site.tenant, now).await?.total() == 0 {
        return Err(Problem::not_found());
    }
    let lines = order::board(&tx, OrderId(id), node.tenant, now).await?;
    let items = lines.into_iter().map(|line| {
        let counts = line.counts().into();
        BoardLineJson { slug: line.slug, name: line.name, level: line.level, counts }
    });
    Ok(Json(Listing { items: items.collect(), next_cursor: None }))
}

/// The second person confirms a recall: every copy leaves its page in this transaction.
#[utoipa::path(post, path = "/api/v1/orders/{id}/confirm", tag = "orders", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = OrderJson)))]
pub async fn confirm(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
) -> Result<Json<OrderJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<ConfirmRecall>(app.store.sites(), site.tenant)?;
    let withdrawer = who.staff::<WithdrawDocument>(app.store.sites(), site.tenant)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let now = app.clock.now();
    let order = order::confirm(&tx, &staff, &withdrawer, OrderId(id), now).await?;
    let counts = order::counts(&tx, order.id, now).await?;
    tx.commit().await?;
    Ok(Json(OrderJson::of(order, counts)))
}

/// Why not.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// At most 500 characters.
    answer: String,
}

/// The second person refuses a recall.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refuse", tag = "orders", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = AnswerForm, responses((status = 200, body = OrderJson)))]
pub async fn refuse(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Id(id): Id,
    Asked(at): Asked<Where>,
    Body(form): Body<AnswerForm>,
) -> Result<Json<OrderJson>, Problem> {
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<ConfirmRecall>(app.store.sites(), site.tenant)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let order = order::refuse(&tx, &staff, OrderId(id), &form.answer, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(OrderJson::of(order, Counts::default())))
}

/// The issuer's word on an exemption.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionForm {
    granted: bool,
    /// Why, 1 to 500 characters.
    answer: String,
}

/// What became of the exemption.
#[derive(Serialize, ToSchema)]
pub struct DecisionJson {
    tenant: String,
    granted: bool,
    answer: String,
}

/// Grants or refuses the exemption that a tenant asked for.
#[utoipa::path(post, path = "/api/v1/orders/{id}/exemptions/{slug}", tag = "orders", params(("id" = String, Path, format = "uuid"), ("slug" = String, Path), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DecisionForm, responses((status = 200, body = DecisionJson)))]
pub async fn decide(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Path((id, slug)): Path<(String, String)>,
    Asked(at): Asked<Where>,
    Body(form): Body<DecisionForm>,
) -> Result<Json<DecisionJson>, Problem> {
    let id = Uuid::try_parse(&id).map_err(|_| Problem::not_found())?;
    let site = tenant_of(&app, &who, at.tenant.as_deref())?;
    let staff = who.staff::<DecideExemption>(app.store.sites(), site.tenant)?;
    let asker = app.store.sites().by_slug(&slug).ok_or_else(Problem::not_found)?;
    let tx = app.store.subtree(Reach::of(&staff)).await?;
    let decided = obligation::decide_exemption(
        &tx,
        &staff,
        OrderId(id),
        asker.tenant,
        form.granted,
        &form.answer,
        app.clock.now(),
    )
    .await?;
    tx.commit().await?;
    Ok(Json(DecisionJson { tenant: slug, granted: form.granted, answer: decided.answer }))
}
