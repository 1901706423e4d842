//! The portals of my subtree, and bringing one on board.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::tenancy::TenantState;
use base::{Level, Site};
use exchange::onboarding::{Entry, ProvisionTenants};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::door::Signed;
use super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::api::create_tenant;
use crate::extract::Query;
use crate::problem::Problem;

const PER_PAGE: usize = 50;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    from: u32,
}

#[derive(Serialize)]
struct Line {
    slug: String,
    name: String,
    level: &'static str,
    state: &'static str,
    site_code: String,
    host: String,
    href: String,
    desk: String,
    below: usize,
    below_href: String,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    q: String,
    parent: String,
    next: Option<String>,
    may_create: bool,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    room: Room,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let sites = app.store.sites();
    let who = &room.person.principal;
    let at = if asked.parent.is_empty() { Arc::clone(&room.here) } else { known(&app, &room, &asked.parent)? };
    let q = asked.q.trim().to_lowercase();
    let wanted = |site: &Site| {
        let below = if q.is_empty() { site.parent == Some(at.tenant) } else { true };
        below
            && (q.is_empty()
                || site.name.to_lowercase().contains(&q)
                || site.slug.contains(&q)
                || site.site_code.to_lowercase().contains(&q))
            && who.knows(sites, site.tenant)
    };
    let (found, next) = sites.scan(asked.from, PER_PAGE, wanted);
    let line = |site: &Arc<Site>| Line {
        slug: site.slug.to_string(),
        name: site.name.to_string(),
        level: site.level.as_str(),
        state: site.state.as_str(),
        site_code: site.site_code.to_string(),
        host: site.main_host().to_owned(),
        href: app.addresses.absolute(site.main_host(), "/"),
        desk: format!("/console/?tenant={}", site.slug),
        below: sites.children(site.tenant).len(),
        below_href: room.at(&format!("/console/tenants?parent={}", site.slug)),
    };
    let mut shell = room.shell(&app, "tenants", "tenants").await?;
    if at.tenant != room.here.tenant {
        shell.crumbs = sites
            .lineage(at.tenant)
            .iter()
            .rev()
            .filter(|site| sites.is_within(site.tenant, room.here.tenant))
            .map(|site| Crumb {
                name: site.short_name.to_string(),
                href: if site.tenant == at.tenant {
                    String::new()
                } else {
                    room.at(&format!("/console/tenants?parent={}", site.slug))
                },
            })
            .collect();
    }
    let query: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let view = List {
        lines: found.iter().map(line).collect(),
        next: next.map(|from| room.at(&format!("/console/tenants?q={query}&parent={}&from={from}", asked.parent))),
        q: asked.q,
        parent: at.name.to_string(),
        may_create: room.holds::<ProvisionTenants>(&app),
        shell,
    };
    page(&app, StatusCode::OK, "tenants.html", &view)
}

fn known(app: &App, room: &Room, slug: &str) -> Result<Arc<Site>, Problem> {
    let sites = app.store.sites();
    sites.by_slug(slug).filter(|site| room.person.principal.knows(sites, site.tenant)).ok_or_else(Problem::not_found)
}

#[derive(Serialize)]
struct Blueprint {
    name: String,
    level: &'static str,
    columns: usize,
    chosen: bool,
}

#[derive(Serialize)]
struct New<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    form: Answers,
    blueprints: Vec<Blueprint>,
    zone: String,
}

async fn draw(app: &App, room: &Room, form: Answers, problem: Option<&Problem>) -> Result<Response, Problem> {
    let mut shell = room.shell(app, "tenant_new", "tenants").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "tenants"), href: room.at("/console/tenants") },
        Crumb { name: room.word(app, "tenant_new"), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let blueprints =
        app.blueprints.iter().filter(|(_, blueprint)| blueprint.level != Level::Central).map(|(name, blueprint)| {
            Blueprint {
                name: name.clone(),
                level: blueprint.level.as_str(),
                columns: blueprint.columns.len(),
                chosen: form.get("blueprint") == name,
            }
        });
    let view = New { blueprints: blueprints.collect(), zone: app.zone.clone(), form, shell };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "tenant-new.html", &view)
}

pub(super) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ProvisionTenants>,
) -> Result<Response, Problem> {
    let mut form = Answers::default();
    form.put("parent", room.here.slug.to_string());
    form.put("blueprint", if room.here.level == Level::Central { "province" } else { "county" });
    draw(&app, &room, form, None).await
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ProvisionTenants>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let above =
            known(&app, &room, typed.get("parent").trim()).map_err(|_| Problem::invalid("parent", "unknown", 0))?;
        let given = |name: &str| Some(typed.get(name).trim().to_owned()).filter(|text| !text.is_empty());
        let entry = Entry {
            slug: typed.get("slug").trim().to_owned(),
            short_name: given("short_name"),
            name: given("name"),
            parent: Some(above.slug.to_string()),
            division_code: given("division_code"),
            site_code: given("site_code"),
            hosts: Some(typed.listed("hosts")).filter(|hosts| !hosts.is_empty()),
            blueprint: given("blueprint"),
            state: Some(if typed.get("state") == "draft" { TenantState::Draft } else { TenantState::Live }),
            ..Entry::default()
        };
        create_tenant(&app, &room.person.principal, &above, entry).await
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/tenants?q={}", typed.get("slug").trim()), "created")),
        Err(problem) if problem.status == 403 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, typed, Some(&problem)).await,
    }
}
