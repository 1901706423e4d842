//! Orders: preview, issue, follow, recall.

mod beyond;
mod second;
mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::listing::Page;
use base::store::Reach;
use base::{Principal, Site, Timestamp};
use content::EditionId;
use exchange::order::{self, BoardLine, IssueOrder, NewOrder, Order, ViewBoard};
use exchange::{Kind, OrderId, RepostRule};
use http::StatusCode;
use uuid::Uuid;

pub use beyond::*;
pub use second::*;
pub use shapes::*;

use super::extract::{Asked, Body, Id, ListQuery, Where, cursor, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

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
        return second::propose(&app, &who, form, &site, edition, &rule, now).await;
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
    let ids: Vec<OrderId> = page.items.iter().map(|order| order.id).collect();
    let counts = order::counts_each(&tx, &ids, app.clock.now()).await?;
    let item = |order: Order| {
        let counts = counts.get(&order.id).copied().unwrap_or_default();
        OrderJson::of(order, counts)
    };
    Ok(Json(Listing { items: page.items.into_iter().map(item).collect(), next_cursor: page.next_cursor }))
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
    let mut lines = order::board(&tx, OrderId(id), node.tenant, now).await?;
    // A board is one aggregate, whatever part of it is shown; the cursor is the last line that was.
    if let Some(last) = query.cursor.as_deref().filter(|last| !last.is_empty()) {
        let shown = lines.iter().position(|line| line.slug == last);
        lines.drain(..=shown.ok_or_else(|| Problem::invalid("cursor", "unknown", 0))?);
    }
    let page = Page::cut(lines, usize::try_from(size(query.limit)?).unwrap_or(50), |line| line.slug.clone());
    let item = |line: BoardLine| {
        let counts = line.counts().into();
        BoardLineJson { slug: line.slug, name: line.name, level: line.level, counts }
    };
    Ok(Json(Listing { items: page.items.into_iter().map(item).collect(), next_cursor: page.next_cursor }))
}
