//! A new subscription: from one column, or from the same column of everybody below; with a look at what would have come.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::store::Reach;
use base::{TenantId, Timestamp};
use content::column;
use exchange::joint::{self, Below, Filter, ManageJoint, SourceColumn, Terms};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::columns::mode_of;
use super::{Choice, choices, filter_form, is_about_the_form};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

/// Days that the look ahead goes back.
const DAYS: i64 = 30;

#[derive(Default, Deserialize)]
pub(in crate::console) struct Wanted {
    #[serde(default)]
    source: String,
}

#[derive(Serialize)]
struct Outlook {
    columns: usize,
    seen: usize,
    passes: usize,
    titles: Vec<String>,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    targets: Vec<Choice>,
    /// Columns of the portal that was named.
    sources: Vec<Choice>,
    source_name: String,
    types: Vec<(&'static str, bool)>,
    form: Answers,
    days: i64,
    outlook: Option<Outlook>,
}

async fn draw(
    app: &App,
    room: &Room,
    form: Answers,
    outlook: Option<Outlook>,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let source = app.store.sites().by_slug(form.get("source"));
    let offered = match &source {
        Some(site) => joint::offered(&app.store, site.tenant).await?,
        None => Vec::new(),
    };
    let choice = |column: &SourceColumn| Choice {
        key: column.key().to_owned(),
        name: column.name().to_owned(),
        standard: column.standard().is_some(),
    };
    let mut shell = room.shell(app, "joint_new", "joint").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "joint_flows"), href: room.at("/console/joint/subscriptions") },
        Crumb { name: room.word(app, "joint_new"), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let view = View {
        targets: choices(&columns),
        sources: offered.iter().map(choice).collect(),
        source_name: source.map(|site| site.name.to_string()).unwrap_or_default(),
        types: filter_form::types(&form),
        days: DAYS,
        form,
        outlook,
        shell,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "joint-flow-new.html", &view)
}

/// The form; with the columns of a portal once it is named.
pub(in crate::console) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageJoint>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let mut form = Answers::default();
    form.put("source", wanted.source);
    draw(&app, &room, form, None, None).await
}

fn terms(typed: &Answers, now: Timestamp) -> Result<Terms, Problem> {
    let since = match typed.get("since") {
        "" => now,
        text => Timestamp::parse(text).ok_or_else(|| Problem::invalid("since", "unknown", 0))?,
    };
    Ok(Terms {
        target: typed.get("target").to_owned(),
        mode: mode_of(typed)?,
        filter: filter_form::read(typed)?,
        forward_mirrors: typed.get("forward_mirrors") == "yes",
        since,
    })
}

/// The portals that a form means: everybody below somebody, or one.
enum Meant {
    Below(Below),
    One(SourceColumn),
}

async fn meant(app: &App, room: &Room, typed: &Answers) -> Result<Meant, Problem> {
    let sites = app.store.sites();
    if typed.get("scope") == "below" {
        let root = match typed.get("below") {
            "" => room.here.tenant,
            slug => sites.by_slug(slug).ok_or_else(|| Problem::invalid("below", "unknown", 0))?.tenant,
        };
        return Ok(Meant::Below(Below {
            root,
            code: typed.get("code").trim().to_owned(),
            kind: typed.get("kind").trim().to_owned(),
        }));
    }
    let source = sites.by_slug(typed.get("source")).ok_or_else(|| Problem::invalid("source", "unknown", 0))?;
    Ok(Meant::One(joint::source_column(&app.store, source.tenant, typed.get("column")).await?))
}

/// Columns that a look ahead reads.
async fn looked_at(app: &App, room: &Room, meant: &Meant) -> Result<Vec<(TenantId, String)>, Problem> {
    let below = match meant {
        Meant::One(one) => return Ok(vec![(one.tenant(), one.key().to_owned())]),
        Meant::Below(below) => below,
    };
    let sites = app.store.sites();
    let inside = |tenant: TenantId| {
        tenant != room.here.tenant && sites.is_within(tenant, below.root) && sites.is_within(tenant, room.here.tenant)
    };
    let mut found = Vec::new();
    for site in sites.all().iter().filter(|site| inside(site.tenant)).take(120) {
        for column in joint::offered(&app.store, site.tenant).await? {
            let wanted = match below.code.as_str() {
                "" => column.kind() == below.kind,
                code => column.standard() == Some(code),
            };
            if wanted {
                found.push((site.tenant, column.key().to_owned()));
            }
        }
    }
    Ok(found)
}

async fn outlook(app: &App, room: &Room, meant: &Meant, filter: Filter, now: Timestamp) -> Result<Outlook, Problem> {
    let columns = looked_at(app, room, meant).await?;
    let found = joint::forecast(&app.store, &columns, filter, now.plus_hours(-24 * DAYS)).await?;
    Ok(Outlook { columns: found.columns, seen: found.seen, passes: found.passes, titles: found.titles })
}

/// `act=preview` counts what would have come; otherwise the subscription is asked for.
pub(in crate::console) async fn ask(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    typed: Answers,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let done = async {
        let (terms, meant) = (terms(&typed, now)?, meant(&app, &room, &typed).await?);
        if typed.get("act") == "preview" {
            return Ok(Some(outlook(&app, &room, &meant, terms.filter, now).await?));
        }
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        match meant {
            Meant::Below(below) => drop(joint::subscribe_below(&tx, &staff, below, terms, now).await?),
            Meant::One(one) => drop(joint::subscribe(&tx, &staff, app.store.sites(), &one, terms, now).await?),
        }
        tx.commit().await?;
        Ok::<_, Problem>(None)
    };
    match done.await {
        Ok(None) => Ok(room.done("/console/joint/subscriptions", "joint_subscribed")),
        Ok(found) => draw(&app, &room, typed, found, None).await,
        Err(problem) if is_about_the_form(&problem) => draw(&app, &room, typed, None, Some(&problem)).await,
        Err(problem) => Err(problem),
    }
}
