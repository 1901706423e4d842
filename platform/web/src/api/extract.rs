//! What handlers take: bodies, queries and ids whose refusals are problems.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use base::duty::Duty;
use base::listing::Cursor;
use base::{Site, Staff};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::tenant_of;
use crate::App;
use crate::auth::Bearer;
pub use crate::extract::{Id, Query as Asked};
use crate::problem::Problem;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonDataError(error)) => {
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", error.body_text()))
            }
            Err(error) => Err(Problem::new(error.status(), "unreadable", error.body_text())),
        }
    }
}

/// Who asks, proven to hold the duty `D` at the tenant that `?tenant=` names, or at the token's own. A handler that takes it
/// lists [`Where`] among its parameters; one that reads more of the query says so in a struct with a `tenant` of its own.
pub struct At<D: Duty> {
    /// Where.
    pub site: Arc<Site>,
    /// The proof.
    pub staff: Staff<D>,
}

impl<D: Duty> FromRequestParts<Arc<App>> for At<D> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Bearer(who) = Bearer::from_request_parts(parts, app).await?;
        let query = parts.uri.query().unwrap_or_default();
        let named = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "tenant");
        let site = tenant_of(app, &who, named.as_ref().map(|(_, slug)| slug.as_ref()))?;
        let staff = who.staff::<D>(app.store.sites(), site.tenant)?;
        Ok(Self { site, staff })
    }
}

/// Which tenant is meant, when a token reaches several.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Where {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    pub tenant: Option<String>,
}

/// One page of a list, and of which tenant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    pub tenant: Option<String>,
    /// Key of a column.
    #[param(required = false)]
    pub column: Option<String>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// Rows on one page when nobody says.
const PAGE: u64 = 50;

/// The column that is asked for, if any.
///
/// # Errors
/// 422 for what cannot be the key of one.
pub fn column(key: Option<&str>) -> Result<Option<&str>, Problem> {
    let key = key.filter(|key| !key.is_empty());
    if key.is_some_and(|key| !content::column::is_key(key)) {
        return Err(Problem::invalid("column", "unknown", 0));
    }
    Ok(key)
}

/// The size of a page.
///
/// # Errors
/// 422 outside 1 to 200.
pub fn size(limit: Option<u64>) -> Result<u64, Problem> {
    match limit {
        None => Ok(PAGE),
        Some(limit) if (1..=200).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::invalid("limit", "out_of_range", 200)),
    }
}

/// The place in a list.
///
/// # Errors
/// 422 for what is no cursor of ours.
pub fn cursor(text: Option<&str>) -> Result<Option<Cursor>, Problem> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| Cursor::parse(text).ok_or_else(|| Problem::invalid("cursor", "unknown", 0))).transpose()
}
