//! Writing a commission: the form, its draft, and the draft's files.

use std::sync::Arc;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::Response;
use base::Timestamp;
use exchange::CommissionId;
use exchange::commission::{self, Commission, CommissionItems, CommissionRule, Deadline, NewCommission};
use exchange::submission::Uses;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::audience::{self, LevelChoice};
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct Form<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    /// Where it is sent to.
    action: String,
    form: Answers,
    levels: Vec<LevelChoice>,
    default_days: u32,
    rule_source: String,
}

/// The rule in force.
pub(super) fn rule(app: &App) -> Result<CommissionRule, Problem> {
    app.commissions.at(app.clock.now()).cloned().ok_or_else(|| Problem::internal(&"no commission rule is in force"))
}

fn number(typed: &Answers, field: &str) -> Result<i32, Problem> {
    typed.get(field).trim().parse().map_err(|_| Problem::invalid(field, "not_a_number", 0))
}

fn read(app: &App, room: &Room, typed: &Answers) -> Result<NewCommission, Problem> {
    let at = typed.get("due_at").trim().replace('T', " ");
    let deadline = match (at.as_str(), typed.get("due_days").trim()) {
        ("", "") => Deadline::Usual,
        ("", _) => Deadline::Days(number(typed, "due_days")?),
        (at, _) => Deadline::At(Timestamp::parse(at).ok_or_else(|| Problem::invalid("due_at", "unusable", 0))?),
    };
    Ok(NewCommission {
        topic: typed.get("topic").to_owned(),
        requirements: typed.get("requirements").to_owned(),
        mandatory: typed.get("mandatory") == "yes",
        wanted: number(typed, "wanted")?,
        uses: Uses { site: typed.get("for_site") == "yes", brief: typed.get("for_brief") == "yes" },
        audience: audience::read(app, room, typed)?,
        deadline,
    })
}

async fn draw(
    app: &App,
    room: &Room,
    id: Option<Uuid>,
    form: Answers,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let rule = rule(app)?;
    let title = if id.is_some() { "commission_edit" } else { "commission_new" };
    let mut shell = room.shell(app, title, "commissions").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "commissions_issued"), href: room.at("/console/commissions/issued") },
        Crumb { name: room.word(app, title), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let action = match id {
        Some(id) => room.at(&format!("/console/commissions/{id}/edit")),
        None => room.at("/console/commissions/new"),
    };
    let levels = audience::levels(&form);
    let (default_days, rule_source) = (rule.default_days, rule.source);
    let view = Form { shell, action, form, levels, default_days, rule_source };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "commission-new.html", &view)
}

pub(super) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<CommissionItems>,
) -> Result<Response, Problem> {
    let defaults = [("wanted", "1"), ("for_site", "yes")];
    let form = defaults.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    draw(&app, &room, None, form, None).await
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let (rule, new) = (rule(&app)?, read(&app, &room, &typed)?);
        let tx = app.store.tenant(room.here.tenant).await?;
        let one = commission::draft(&tx, &staff, new, &rule, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(one.id)
    };
    match done.await {
        Ok(id) => Ok(room.done(&format!("/console/commissions/{id}"), "commission_saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, None, typed, Some(&problem)).await,
    }
}

fn typed_of(app: &App, one: &Commission) -> Answers {
    let yes = |on: bool| if on { "yes" } else { "" }.to_owned();
    let mut form = vec![
        ("topic".to_owned(), one.topic.clone()),
        ("requirements".to_owned(), one.requirements_html.clone()),
        ("mandatory".to_owned(), yes(one.mandatory)),
        ("wanted".to_owned(), one.wanted.to_string()),
        ("for_site".to_owned(), yes(one.uses.site)),
        ("for_brief".to_owned(), yes(one.uses.brief)),
        ("due_days".to_owned(), one.due_days.map(|days| days.to_string()).unwrap_or_default()),
        ("due_at".to_owned(), one.due_at.map(|at| at.format_cst("%Y-%m-%dT%H:%M")).unwrap_or_default()),
    ];
    audience::typed(app, &one.audience, &mut form);
    form.into_iter().collect()
}

pub(super) async fn edit(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let one = commission::find(&tx, CommissionId(id)).await?;
    tx.commit().await?;
    let form = typed_of(&app, &one);
    draw(&app, &room, Some(id), form, None).await
}

pub(super) async fn save(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        // Whose it is comes before what is wrong with the form.
        let tx = app.store.tenant(room.here.tenant).await?;
        commission::find(&tx, CommissionId(id)).await?;
        let new = read(&app, &room, &typed)?;
        commission::change(&tx, &staff, CommissionId(id), new, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "commission_saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, Some(id), typed, Some(&problem)).await,
    }
}

pub(super) async fn attach(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let unreadable =
        |error: axum::extract::multipart::MultipartError| Problem::new(error.status(), "unreadable", error.body_text());
    let looking = app.store.reading(room.here.tenant).await?;
    commission::find(&looking, CommissionId(id)).await?;
    drop(looking);
    let mut form = form.map_err(|error| Problem::new(error.status(), "unreadable", error.body_text()))?;
    let done = async {
        let mut taken = 0;
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            let Some(name) = field.file_name().map(str::to_owned).filter(|name| !name.is_empty()) else { continue };
            let file = app.files.put(&name, field.bytes().await.map_err(unreadable)?).await?;
            let tx = app.store.tenant(room.here.tenant).await?;
            commission::attach(&tx, &staff, CommissionId(id), file).await?;
            tx.commit().await?;
            taken += 1;
        }
        if taken == 0 { Err(Problem::invalid("file", "missing", 0)) } else { Ok(()) }
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "attached")),
        Err(problem) => super::one::refused(&app, &room, id, Answers::default(), problem).await,
    }
}

pub(super) async fn detach(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path((id, position)): Path<(Uuid, usize)>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    commission::detach(&tx, &staff, CommissionId(id), position).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/commissions/{id}"), "detached"))
}
