//! The JSON API under `/api/v1`: bearer tokens, problem+json, cursors, idempotency keys. Every route is registered through
//! the OpenAPI router, so that the document and the tenant-isolation test cannot forget one.

mod baskets;
mod columns;
mod commissions;
mod crawl;
mod delivery;
mod documents;
mod extract;
mod federation;
mod joint;
mod likeness;
mod links;
mod obligations;
mod once;
mod orders;
mod outside;
mod pieces;
mod placements;
mod points;
mod recommended;
mod rosters;
mod submissions;
mod tenants;

use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use base::{Principal, Site, Sites, TenantId};
use http::header;
use serde::Serialize;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use tenants::create_one as create_tenant;

use crate::App;
use crate::problem::{FieldProblem, Problem};

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Listing<T: ToSchema> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// The slug of a portal; empty for one that this node does not know yet.
fn slug(sites: &Sites, tenant: TenantId) -> String {
    sites.by_id(tenant).map(|site| site.slug.to_string()).unwrap_or_default()
}

/// Every route of the API.
pub fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let (router, _) = described().split_for_parts();
    let document = serde_json::to_vec(&document()).unwrap_or_default();
    let shown = move || async move { ([(header::CONTENT_TYPE, "application/json")], document) };
    let method = || async { Problem::method().into_response() };
    let nothing = || async { Problem::not_found().into_response() };
    router
        .method_not_allowed_fallback(method)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), once::once))
        .layer(axum::middleware::from_fn(once::has_token))
        .merge(Router::new().route("/api/v1/openapi.json", get(shown)).method_not_allowed_fallback(method))
        .route("/api", axum::routing::any(nothing))
        .route("/api/", axum::routing::any(nothing))
        .route("/api/{*rest}", axum::routing::any(nothing))
}

fn described() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(tenants::list, tenants::create))
        .routes(routes!(tenants::find))
        .routes(routes!(documents::list, documents::create))
        .routes(routes!(documents::find))
        .routes(routes!(documents::save))
        .routes(routes!(documents::new_edition))
        .routes(routes!(documents::attach))
        .routes(routes!(documents::publish))
        .routes(routes!(documents::withdraw))
        .routes(routes!(placements::list))
        .routes(routes!(placements::arrange))
        .routes(routes!(orders::list, orders::issue))
        .routes(routes!(orders::preview))
        .routes(routes!(orders::find))
        .routes(routes!(orders::board))
        .routes(routes!(orders::peers))
        .routes(routes!(orders::portals))
        .routes(routes!(orders::confirm))
        .routes(routes!(orders::refuse))
        .routes(routes!(orders::decide))
        .routes(routes!(obligations::list))
        .routes(routes!(obligations::find))
        .routes(routes!(obligations::place))
        .routes(routes!(obligations::ask_exemption))
        .routes(routes!(submissions::list, submissions::submit))
        .routes(routes!(submissions::find))
        .routes(routes!(submissions::recall))
        .routes(routes!(submissions::receive))
        .routes(routes!(submissions::hold))
        .routes(routes!(submissions::return_to))
        .routes(routes!(submissions::decline))
        .routes(routes!(submissions::adopt))
        .routes(routes!(submissions::comparison))
        .routes(routes!(submissions::keep))
        .merge(baskets::routes())
        .merge(likeness::routes())
        .merge(commissions::routes())
        .merge(points::routes())
        .merge(delivery::routes())
        .merge(rosters::routes())
        .merge(outside::routes())
        .merge(crawl::routes())
        .merge(links::routes())
        .merge(columns::routes())
        .merge(joint::routes())
        .merge(federation::routes())
        .merge(recommended::routes())
}

/// The OpenAPI document. Every operation may answer with any of the problems.
pub fn document() -> OpenApi {
    let info = InfoBuilder::new().title("Dibao").version("1").description(Some(
        "Portals, documents, orders and obligations of one cluster. Errors are application/problem+json (RFC 9457). A write \
         with an `Idempotency-Key` header (1 to 200 characters, kept for a day) is done once: sent again with the same key \
         and body it gets the first answer, marked `idempotent-replayed`. A write is finished even when its client hangs up; \
         ask again with the key to learn what became of it. While the first is at work the answer is 409 `in_progress`; when \
         a server was killed in mid-work, the key is free for the same request again after 60 seconds.",
    ));
    let (_, mut api) = described().split_for_parts();
    let base = OpenApiBuilder::new().info(info).build();
    api.info = base.info;
    let components = api.components.get_or_insert_default();
    components.schemas.insert("Problem".to_owned(), Problem::schema());
    components.schemas.insert("FieldProblem".to_owned(), FieldProblem::schema());
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    api.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            for (status, meaning) in PROBLEMS {
                let content =
                    ContentBuilder::new().schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem")))).build();
                let response =
                    ResponseBuilder::new().description(*meaning).content("application/problem+json", content).build();
                operation.responses.responses.entry((*status).to_owned()).or_insert(RefOr::T(response));
            }
        }
    }
    api
}

const PROBLEMS: &[(&str, &str)] = &[
    ("400", "The request cannot be read."),
    ("401", "No valid bearer token."),
    ("403", "The duty is not held here."),
    ("404", "Not there, or not yours."),
    ("405", "This address does not know the method."),
    ("409", "The state of things does not allow it."),
    ("413", "Too large."),
    ("415", "Not the media type that is taken."),
    ("422", "A field must be mended, or a rule refuses."),
];

/// The tenant that a request is about: the one it names, or the token's own. Unknown and not-yours are the same answer.
fn tenant_of(app: &App, who: &Principal, slug: Option<&str>) -> Result<Arc<Site>, Problem> {
    let sites = app.store.sites();
    let found = match slug.filter(|slug| !slug.is_empty()) {
        Some(slug) => sites.by_slug(slug).filter(|site| who.knows(sites, site.tenant)),
        None => who.grants.first().and_then(|grant| sites.by_id(grant.tenant)),
    };
    found.ok_or_else(Problem::not_found)
}
