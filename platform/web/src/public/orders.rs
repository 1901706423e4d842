//! The feed of a portal's open orders, and the hub that tells who listens to it: how portals outside the platform are told.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::tenancy::TenantState;
use base::{Site, TenantId, Timestamp};
use border::outside::hub::{self, Content, HubError, Wish};
use content::{document, placement};
use exchange::order::{self, OrderState};
use http::{HeaderMap, StatusCode, Uri, header};
use url::Url;

use super::{PageError, misdirected, text};
use crate::problem::Problem;
use crate::render::Ready;
use crate::render::feeds::{self, OrderItem, OrdersView};
use crate::{App, host};

/// Orders in the feed.
const IN_FEED: u64 = 50;
/// Milliseconds between two wishes about callbacks on one host.
const PACE_MS: i64 = 2000;

pub(super) async fn feed(app: &App, site: &Site) -> Result<Ready, PageError> {
    Ok(text(app, "application/atom+xml; charset=utf-8", written(app, site).await?))
}

fn own(app: &App, site: &Site) -> String {
    app.addresses.absolute(site.main_host(), "/orders.atom")
}

async fn written(app: &App, site: &Site) -> Result<String, PageError> {
    let absolute = |path: &str| app.addresses.absolute(site.main_host(), path);
    let tx = app.store.reading(site.tenant).await?;
    let mut view = OrdersView {
        title: format!("转载令_{}", site.name),
        page: absolute("/"),
        own: own(app, site),
        hub: absolute("/websub"),
        author: site.owner_unit.to_string(),
        updated: Timestamp(0),
        items: Vec::new(),
        gone: Vec::new(),
    };
    for order in order::announced(&tx, IN_FEED).await? {
        let edition = document::edition(&tx, order.edition).await?;
        let id = format!("urn:uuid:{}", order.id);
        if order.state != OrderState::Open {
            view.updated = view.updated.max(edition.changed_at);
            view.gone.push((id, edition.changed_at));
            continue;
        }
        let seat = placement::by_document(&tx, order.document).await?;
        let updated = order.issued_at.max(edition.published_at.unwrap_or(order.issued_at));
        view.updated = view.updated.max(updated);
        view.items.push(OrderItem {
            id,
            address: seat.map(|seat| absolute(&seat.address)).unwrap_or_default(),
            published: order.issued_at,
            updated,
            due: order.due_at,
            kind: order.kind.as_str(),
            title: edition.fields.title,
            body_html: edition.fields.body_html,
            source: edition.fields.source,
            number: edition.fields.header.doc_number,
        });
    }
    tx.commit().await?;
    Ok(feeds::orders(&view))
}

/// The feed of orders of a portal as the hub sends it; none when the portal is not open.
///
/// # Errors
/// [`PageError`].
pub async fn content(app: &App, tenant: TenantId) -> Result<Option<Content>, PageError> {
    let Some(site) = app.store.sites().by_id(tenant).filter(|site| site.state == TenantState::Live) else {
        return Ok(None);
    };
    let hub = app.addresses.absolute(site.main_host(), "/websub");
    Ok(Some(Content { topic: own(app, &site), hub, body: written(app, &site).await? }))
}

/// Somebody wishes to hear of changes, or no longer to (WebSub §5): 202, and the callback is asked whether it meant it.
pub(super) async fn hub(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form<Vec<(String, String)>>, axum::extract::rejection::FormRejection>,
) -> Response {
    let name = host::host_of(&uri, &headers).unwrap_or_default();
    let Some(site) = app.store.sites().by_host(&name).filter(|site| site.state == TenantState::Live) else {
        return misdirected();
    };
    let Ok(Form(pairs)) = form else { return said(StatusCode::BAD_REQUEST, "a form is needed") };
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let wish = Wish {
        mode: value("hub.mode").unwrap_or_default(),
        callback: value("hub.callback").unwrap_or_default(),
        topic: value("hub.topic").unwrap_or_default(),
        lease_seconds: value("hub.lease_seconds").and_then(|seconds| seconds.parse().ok()),
        secret: value("hub.secret").unwrap_or_default(),
    };
    wished(&app, &site, wish).await.unwrap_or_else(IntoResponse::into_response)
}

async fn wished(app: &App, site: &Site, wish: Wish) -> Result<Response, Problem> {
    let now = app.clock.now();
    let host = Url::parse(&wish.callback).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let turn = app.store.take_turn(&format!("websub:{}:{host}", site.tenant), PACE_MS, now).await?;
    if turn.is_err() {
        let mut answer = said(StatusCode::TOO_MANY_REQUESTS, "too many subscriptions at once");
        answer.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("2"));
        return Ok(answer);
    }
    let tx = app.store.tenant(site.tenant).await?;
    Ok(match hub::ask(&tx, wish, &own(app, site), now).await {
        Ok(()) => {
            tx.commit().await?;
            said(StatusCode::ACCEPTED, "the callback is asked")
        }
        Err(HubError::Parameter(name)) => said(StatusCode::BAD_REQUEST, &format!("{name} is missing or wrong")),
        Err(HubError::Full) => said(StatusCode::TOO_MANY_REQUESTS, "too many subscriptions"),
        Err(HubError::Store(error)) => return Err(error.into()),
    })
}

fn said(status: StatusCode, words: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{words}\n")).into_response()
}
