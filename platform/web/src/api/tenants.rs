//! Tenants: the directory, and bringing one on board.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::tenancy::TenantState;
use base::{Level, Site, Sites};
use exchange::onboarding::{self, ApplyError, Entry, Fault, ProvisionTenants, Standards};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Asked, Body, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::extract::Path;
use crate::problem::Problem;

/// A portal.
#[derive(Serialize, ToSchema)]
pub struct Tenant {
    slug: String,
    name: String,
    #[schema(example = "county")]
    level: &'static str,
    division_code: String,
    site_code: String,
    /// Host names, the main one first.
    hosts: Vec<String>,
    /// Slug of the superior; null for the root.
    parent: Option<String>,
    #[schema(example = "live")]
    state: &'static str,
}

impl Tenant {
    fn of(site: &Site, sites: &Sites) -> Self {
        Self {
            slug: site.slug.to_string(),
            name: site.name.to_string(),
            level: site.level.as_str(),
            division_code: site.division_code.to_string(),
            site_code: site.site_code.to_string(),
            hosts: site.hosts.iter().map(ToString::to_string).collect(),
            parent: site.parent.and_then(|parent| sites.by_id(parent)).map(|parent| parent.slug.to_string()),
            state: site.state.as_str(),
        }
    }
}

/// Which tenants.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TenantQuery {
    /// Only this level: central, province, city, county or department.
    #[param(required = false)]
    level: Option<String>,
    /// Only those directly below the tenant with this slug.
    #[param(required = false)]
    parent: Option<String>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// Lists portals. Portals are public; drafts are seen by those who have to do with them.
#[utoipa::path(get, path = "/api/v1/tenants", tag = "tenants", params(TenantQuery), responses((status = 200, body = Listing<Tenant>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<TenantQuery>,
) -> Result<Json<Listing<Tenant>>, Problem> {
    let limit = usize::try_from(size(query.limit)?).unwrap_or(50);
    let from = match query.cursor.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => u32::from_str_radix(text, 16).map_err(|_| Problem::invalid("cursor", "unknown", 0))?,
        None => 0,
    };
    let level = match query.level.as_deref().filter(|word| !word.is_empty()) {
        Some(word) => Some(Level::parse(word).ok_or_else(|| Problem::invalid("level", "unknown", 0))?),
        None => None,
    };
    let sites = app.store.sites();
    let parent = match query.parent.as_deref().filter(|slug| !slug.is_empty()) {
        Some(slug) => Some(sites.by_slug(slug).ok_or_else(|| Problem::invalid("parent", "unknown", 0))?.tenant),
        None => None,
    };
    let wanted = |site: &Site| {
        level.is_none_or(|level| site.level == level)
            && (parent.is_none() || site.parent == parent)
            && (site.state != TenantState::Draft || who.knows(sites, site.tenant))
    };
    let (found, next) = sites.scan(from, limit, wanted);
    let items = found.iter().map(|site| Tenant::of(site, sites)).collect();
    Ok(Json(Listing { items, next_cursor: next.map(|slot| format!("{slot:x}")) }))
}

/// One portal.
#[utoipa::path(get, path = "/api/v1/tenants/{slug}", tag = "tenants", params(("slug" = String, Path)), responses((status = 200, body = Tenant)))]
pub async fn find(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Path(slug): Path<String>,
) -> Result<Json<Tenant>, Problem> {
    let sites = app.store.sites();
    let found = sites.by_slug(&slug).filter(|site| site.state != TenantState::Draft || who.knows(sites, site.tenant));
    found.map(|site| Json(Tenant::of(&site, sites))).ok_or_else(Problem::not_found)
}

/// A new portal: what is left out comes from the blueprint of its level.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Name in the cluster, a DNS label.
    slug: String,
    /// Name of the division or unit, e.g. 江岸区; patterns of the blueprint make the full name from it.
    short_name: String,
    /// Full name; from the blueprint when left out.
    #[serde(default)]
    name: Option<String>,
    /// Slug of the superior.
    parent: String,
    /// central, province, city, county or department.
    level: String,
    /// Name of the blueprint; the level's own when left out.
    #[serde(default)]
    blueprint: Option<String>,
    #[serde(default)]
    division_code: Option<String>,
    #[serde(default)]
    site_code: Option<String>,
    #[serde(default)]
    hosts: Option<Vec<String>>,
    /// draft or live; live when left out.
    #[serde(default)]
    state: Option<String>,
}

/// Brings a portal on board below a tenant where the caller holds the duty.
#[utoipa::path(post, path = "/api/v1/tenants", tag = "tenants", request_body = NewTenant, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = Tenant)))]
pub async fn create(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Body(new): Body<NewTenant>,
) -> Result<Response, Problem> {
    let above = tenant_of(&app, &who, Some(&new.parent))?;
    let site = provision(&app, &who, &above, new).await?;
    Ok((StatusCode::CREATED, Json(Tenant::of(&site, app.store.sites()))).into_response())
}

async fn provision(app: &App, who: &base::Principal, above: &Site, new: NewTenant) -> Result<Arc<Site>, Problem> {
    let slug = new.slug.clone();
    let entry = Entry {
        slug: new.slug,
        name: new.name,
        short_name: Some(new.short_name),
        level: Some(Level::parse(&new.level).ok_or_else(|| Problem::invalid("level", "unknown", 0))?),
        parent: Some(above.slug.to_string()),
        division_code: new.division_code,
        site_code: new.site_code,
        hosts: new.hosts,
        blueprint: Some(new.blueprint.unwrap_or(new.level)),
        state: match new.state.as_deref() {
            None => None,
            Some("draft") => Some(TenantState::Draft),
            Some("live") => Some(TenantState::Live),
            Some(_) => return Err(Problem::invalid("state", "unknown", 0)),
        },
        ..Entry::default()
    };
    create_one(app, who, above, entry).await?;
    app.store.sites().by_slug(&slug).ok_or_else(Problem::not_found)
}

/// Creates one tenant below `above`; shared with the console.
///
/// # Errors
/// 409 when slug, host or site code are taken; 422 with the fields to mend.
pub(crate) async fn create_one(app: &App, who: &base::Principal, above: &Site, entry: Entry) -> Result<(), Problem> {
    let staff = who.staff::<ProvisionTenants>(app.store.sites(), above.tenant)?;
    let name = entry.blueprint.clone().unwrap_or_default();
    let blueprint = app.blueprints.get(&name).ok_or_else(|| Problem::invalid("blueprint", "unknown", 0))?;
    if app.store.sites().by_slug(&entry.slug).is_some() {
        return Err(Problem::conflict("taken", "A tenant with this slug exists already.").field("slug", "taken", 0));
    }
    let declared = onboarding::resolve(&entry, &name, blueprint, &app.zone).map_err(|fault| problem(&[fault]))?;
    let tx = app.store.provision(&staff).await?;
    let standards = Standards { blueprints: &app.blueprints, lifecycle: &app.lifecycle };
    match onboarding::apply(&app.store, tx, standards, &[declared], staff.actor(), app.clock.now()).await {
        Ok(_) => Ok(()),
        Err(ApplyError::Faults(faults)) => Err(problem(&faults)),
        Err(ApplyError::Store(error)) => Err(error.into()),
    }
}

fn problem(faults: &[Fault]) -> Problem {
    let text = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let taken = faults.iter().any(|fault| {
        matches!(fault, Fault::HostTaken { .. } | Fault::SiteCodeTaken { .. } | Fault::DeclaredTwice { .. })
    });
    let status = if taken { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    faults.iter().fold(Problem::new(status, "declaration", text), |problem, fault| match fault {
        Fault::Missing { field, .. } => problem.field(field, "missing", 0),
        Fault::Unusable { field, .. } => problem.field(field, "unusable", 0),
        Fault::HostTaken { .. } => problem.field("hosts", "taken", 0),
        Fault::SiteCodeTaken { .. } => problem.field("site_code", "taken", 0),
        Fault::UnknownParent { .. } | Fault::Cycle { .. } | Fault::SecondRoot { .. } => {
            problem.field("parent", "unusable", 0)
        }
        Fault::UnknownBlueprint { .. } => problem.field("blueprint", "unknown", 0),
        Fault::AboveItsParent { .. } => problem.field("level", "unusable", 0),
        Fault::WrongState { .. } | Fault::Lifecycle { .. } => problem.field("state", "unusable", 0),
        Fault::DeclaredTwice { .. } => problem.field("slug", "taken", 0),
    })
}
