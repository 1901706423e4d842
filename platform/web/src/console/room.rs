//! Where a person stands: who they are, at which portal, in which language; and the frame of every page.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use base::duty::Duty;
use base::{Site, Staff};
use border::delivery::{self, ManageDelivery};
use exchange::joint;
use exchange::obligation::{self, ViewInbox};
use exchange::{commission, roster, submission};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::nav::{Entry, GROUPS};
use crate::App;
use crate::auth::Person;
use crate::problem::Problem;

/// Name of the language cookie.
pub const LANGUAGE: &str = "dibao_lang";
const THEME: &str = "console";

/// The language that the reader chose, or the one that the browser asks for first.
pub fn language(headers: &HeaderMap) -> &'static str {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let chosen = text(header::COOKIE).split(';').find_map(|pair| pair.trim().strip_prefix(LANGUAGE)?.strip_prefix('='));
    match chosen {
        Some("en") => "en",
        Some(_) => "zh-Hans",
        None if text(header::ACCEPT_LANGUAGE).trim_start().starts_with("en") => "en",
        None => "zh-Hans",
    }
}

/// A signed-in person at a portal.
pub struct Room {
    /// Who.
    pub person: Person,
    /// At which portal: the one that the address names, or the person's first.
    pub here: Arc<Site>,
    lang: &'static str,
    path: String,
    done: String,
}

impl FromRequestParts<Arc<App>> for Room {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let person = Person::from_request_parts(parts, app).await?;
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let sites = app.store.sites();
        let who = &person.principal;
        let here = match query.get("tenant").filter(|slug| !slug.is_empty()) {
            Some(slug) => sites.by_slug(slug).filter(|site| who.knows(sites, site.tenant)),
            None => who.grants.first().and_then(|grant| sites.by_id(grant.tenant)),
        };
        // Unknown and not yours are the same answer.
        let here = here.ok_or_else(|| Problem::not_found().into_response())?;
        let path = parts.uri.path_and_query().map_or("/console/", |path| path.as_str()).to_owned();
        Ok(Self {
            person,
            here,
            lang: language(&parts.headers),
            path,
            done: query.get("done").cloned().unwrap_or_default(),
        })
    }
}

/// A refusal inside a page: what was wrong with the form that is shown again.
#[derive(Serialize)]
pub struct Refusal {
    heading: String,
    text: String,
    points: Vec<Point>,
    rule: String,
}

#[derive(Serialize)]
struct Point {
    field: String,
    text: String,
}

#[derive(Serialize)]
struct Place {
    slug: String,
    name: String,
    level: &'static str,
    subtree: bool,
    current: bool,
}

#[derive(Serialize)]
struct NavItem {
    key: &'static str,
    href: String,
    current: bool,
    count: u64,
}

#[derive(Serialize)]
struct NavGroup {
    key: &'static str,
    items: Vec<NavItem>,
}

#[derive(Serialize)]
struct Here {
    slug: String,
    name: String,
    href: String,
}

#[derive(Serialize)]
struct OnDuty {
    post: roster::Post,
    name: String,
}

#[derive(Serialize)]
struct Signed {
    name: String,
    login: String,
}

/// A step on the way here.
#[derive(Serialize)]
pub struct Crumb {
    /// Name.
    pub name: String,
    /// Address; empty for the page itself.
    pub href: String,
}

/// What every page of the console has.
#[derive(Serialize)]
pub struct Shell<'a> {
    lang: &'static str,
    t: Option<&'a BTreeMap<String, String>>,
    assets: &'a str,
    title: String,
    back: String,
    person: Signed,
    places: Vec<Place>,
    here: Here,
    nav: Vec<NavGroup>,
    /// Who is on duty at this portal now.
    on_duty: Vec<OnDuty>,
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What was just done. Flattened into views: no view may have a field of this name.
    told: String,
    /// What was wrong with the form.
    pub refusal: Option<Refusal>,
    at: String,
}

impl Room {
    /// The proof that the person holds a duty here.
    ///
    /// # Errors
    /// 403 naming the duty and who holds it.
    pub fn staff<D: Duty>(&self, app: &App) -> Result<Staff<D>, Problem> {
        Ok(self.person.principal.staff::<D>(app.store.sites(), self.here.tenant)?)
    }

    /// Whether the person holds a duty here.
    pub fn holds<D: Duty>(&self, app: &App) -> bool {
        self.person.principal.holds::<D>(app.store.sites(), self.here.tenant)
    }

    /// A fixed word of the console in the reader's language.
    pub fn word(&self, app: &App, key: &str) -> String {
        word(app, self.lang, key)
    }

    /// An address of the console at this portal.
    pub fn at(&self, path: &str) -> String {
        let mark = if path.contains('?') { '&' } else { '?' };
        format!("{path}{mark}tenant={}", self.here.slug)
    }

    /// Leads to an address of the console at this portal, with a word about what was done.
    pub fn done(&self, path: &str, done: &str) -> Response {
        let path = self.at(path);
        Redirect::to(&format!("{path}&done={done}")).into_response()
    }

    /// The frame of a page. `title` is a key of the catalogue, or words when it begins with `=`.
    ///
    /// # Errors
    /// 500 when the database is away.
    pub async fn shell<'a>(&self, app: &'a App, title: &str, nav: &'static str) -> Result<Shell<'a>, Problem> {
        let sites = app.store.sites();
        let who = &self.person.principal;
        let (mut waiting, mut offered, mut coming, mut called, mut dead, mut on_duty) = (0, 0, 0, 0, 0, Vec::new());
        if self.holds::<ViewInbox>(app) {
            let tx = app.store.reading(self.here.tenant).await?;
            waiting = obligation::waiting(&tx).await?;
            offered = submission::waiting(&tx).await?;
            called = commission::waiting(&tx).await?;
            coming = joint::waiting(&tx).await?;
            on_duty = roster::on_duty(&tx, app.clock.now()).await?;
            if self.holds::<ManageDelivery>(app) {
                dead = delivery::dead_count(&tx).await?;
            }
        }
        let entry = |entry: &Entry| NavItem {
            key: entry.key,
            href: self.at(entry.path),
            current: entry.key == nav,
            count: match entry.key {
                "inbox" => waiting,
                "submissions" => offered,
                "delivery" => dead,
                "joint" => coming,
                "commissions" => called,
                _ => 0,
            },
        };
        let groups = GROUPS.iter().map(|group| NavGroup {
            key: group.key,
            items: group.entries.iter().filter(|one| (one.shown)(self, app)).map(entry).collect(),
        });
        let mut places: Vec<Place> = Vec::new();
        for grant in &who.grants {
            let Some(site) = sites.by_id(grant.tenant) else { continue };
            if places.iter().all(|place| place.slug != *site.slug) {
                places.push(Place {
                    slug: site.slug.to_string(),
                    name: site.name.to_string(),
                    level: site.level.as_str(),
                    subtree: grant.subtree,
                    current: site.tenant == self.here.tenant,
                });
            }
        }
        let title = title.strip_prefix('=').map_or_else(|| self.word(app, title), str::to_owned);
        Ok(Shell {
            lang: self.lang,
            t: app.templates.texts(THEME, self.lang),
            assets: app.templates.assets_prefix(THEME),
            title,
            back: self.path.clone(),
            person: Signed { name: who.name.clone(), login: who.actor.clone() },
            places,
            here: Here {
                slug: self.here.slug.to_string(),
                name: self.here.name.to_string(),
                href: app.addresses.absolute(self.here.main_host(), "/"),
            },
            nav: groups.filter(|group| !group.items.is_empty()).collect(),
            on_duty: on_duty.into_iter().map(|one| OnDuty { post: one.post, name: one.name }).collect(),
            crumbs: Vec::new(),
            told: self.done.clone(),
            refusal: None,
            at: format!("tenant={}", self.here.slug),
        })
    }

    /// The same problem in the reader's words, for the form that is shown again.
    pub fn refusal(&self, app: &App, problem: &Problem) -> Refusal {
        refusal(app, self.lang, problem)
    }
}

fn word(app: &App, lang: &str, key: &str) -> String {
    app.templates.texts(THEME, lang).and_then(|texts| texts.get(key)).cloned().unwrap_or_else(|| key.to_owned())
}

fn known(app: &App, lang: &str, key: &str) -> Option<String> {
    app.templates.texts(THEME, lang).and_then(|texts| texts.get(key)).cloned()
}

fn refusal(app: &App, lang: &str, problem: &Problem) -> Refusal {
    let code = problem.code();
    let points = problem.errors.iter().map(|error| {
        let label = known(app, lang, &format!("field_{}", error.field.replace('.', "_")))
            .unwrap_or_else(|| error.field.clone());
        let what = known(app, lang, &format!("code_{}", error.code)).unwrap_or_else(|| error.code.clone());
        let limit = error.limit.map(|limit| format!(" ({limit})")).unwrap_or_default();
        Point { field: error.field.replace('.', "_"), text: format!("{label}: {what}{limit}") }
    });
    let rule = match (known(app, lang, &format!("rule_{code}")), problem.rule.as_str()) {
        (Some(rule), _) => rule,
        (None, "") => String::new(),
        (None, rule) => format!("{rule} · {} · {}", problem.who_can_lift, problem.how),
    };
    Refusal {
        heading: known(app, lang, &format!("problem_{code}")).unwrap_or_else(|| word(app, lang, "problem_other")),
        text: if lang == "en" {
            problem.detail.clone()
        } else {
            known(app, lang, &format!("problem_{code}_text")).unwrap_or_default()
        },
        points: points.collect(),
        rule,
    }
}

/// Shows a page of the console.
///
/// # Errors
/// 500 when the template fails.
pub fn page(app: &App, status: StatusCode, template: &str, view: &impl Serialize) -> Result<Response, Problem> {
    let body = app.templates.render(THEME, template, view).map_err(|error| Problem::internal(&error))?;
    let mut answer = (status, body).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

#[derive(Serialize)]
struct FaultText {
    status: u16,
    heading: String,
    text: String,
    rule: String,
    who: String,
    id: Option<String>,
}

#[derive(Serialize)]
struct FaultPage<'a> {
    lang: &'static str,
    t: Option<&'a BTreeMap<String, String>>,
    assets: &'a str,
    fault: FaultText,
}

/// A problem as a page.
pub fn fault(app: &App, lang: &'static str, problem: &Problem) -> Response {
    let said = refusal(app, lang, problem);
    let view = FaultPage {
        lang,
        t: app.templates.texts(THEME, lang),
        assets: app.templates.assets_prefix(THEME),
        fault: FaultText {
            status: problem.status,
            heading: said.heading,
            text: said.text,
            rule: said.rule,
            who: String::new(),
            id: problem.error_id.clone(),
        },
    };
    page(app, problem.status(), "fault.html", &view).unwrap_or_else(|_| {
        (problem.status(), [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{}\n", problem.title))
            .into_response()
    })
}

/// The page before anybody is known.
#[derive(Serialize)]
pub struct Gate<'a> {
    lang: &'static str,
    t: Option<&'a BTreeMap<String, String>>,
    assets: &'a str,
    next: String,
    login: String,
    refusal: Option<Refusal>,
}

impl<'a> Gate<'a> {
    /// The sign-in page; with a login and a refusal when it is shown again.
    pub fn new(app: &'a App, lang: &'static str, next: &str, again: Option<(&str, &Problem)>) -> Self {
        Self {
            lang,
            t: app.templates.texts(THEME, lang),
            assets: app.templates.assets_prefix(THEME),
            next: next.to_owned(),
            login: again.map(|(login, _)| login.to_owned()).unwrap_or_default(),
            refusal: again.map(|(_, problem)| refusal(app, lang, problem)),
        }
    }
}
