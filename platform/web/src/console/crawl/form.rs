//! The form of a source: new or edited, saved or only tried out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use border::crawl::{self, CrawlRule, Kind, ManageCrawl, PageRules, Source, SourceId, SourceText, Tried};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::why;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct Column {
    key: String,
    name: String,
    standard: bool,
}

#[derive(Serialize)]
struct Tryout {
    found: usize,
    tried: Vec<Tried>,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    action: String,
    leave: String,
    pick: Option<String>,
    form: Answers,
    kinds: Vec<&'static str>,
    columns: Vec<Column>,
    hours: Vec<i32>,
    every_min: i32,
    every_max: i32,
    pace_min: i64,
    items_max: i32,
    trial: Option<Tryout>,
}

/// What was typed as a source.
pub(super) fn source_text(typed: &Answers) -> Result<SourceText, Problem> {
    let text = |name: &str| typed.get(name).to_owned();
    let words = |name: &str| {
        let split = |c: char| matches!(c, ',' | '，' | '、' | ';' | '；' | '\n');
        typed.get(name).split(split).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    Ok(SourceText {
        name: text("name"),
        kind: Kind::parse(typed.get("kind")).ok_or_else(|| Problem::invalid("crawl_kind", "missing", 0))?,
        address: text("address"),
        column: text("column"),
        source_line: text("source_line"),
        every_minutes: number(typed, "every_minutes")?,
        quiet: (number(typed, "quiet_from")?, number(typed, "quiet_to")?),
        pace_ms: number(typed, "pace_ms")?,
        include: words("include"),
        exclude: words("exclude"),
        max_items: number(typed, "max_items")?,
        rules: rules(typed),
    })
}

/// The field rules among what was typed.
pub(super) fn rules(typed: &Answers) -> PageRules {
    let text = |name: &str| typed.get(&format!("rule_{name}")).to_owned();
    PageRules {
        links: text("links"),
        links_match: text("links_match"),
        paging: text("paging"),
        pages: text("pages").trim().parse().unwrap_or(1),
        title: text("title"),
        body: text("body"),
        date: text("date"),
        author: text("author"),
        source: text("source"),
        doc_number: text("doc_number"),
        attachments: text("attachments"),
        remove: text("remove"),
    }
}

/// The rules as fields of a form.
pub(super) fn rule_answers(rules: &PageRules) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        rules.selectors().into_iter().map(|(name, rule)| (format!("rule_{name}"), rule.to_owned())).collect();
    all.push(("rule_links_match".to_owned(), rules.links_match.clone()));
    all.push(("rule_paging".to_owned(), rules.paging.clone()));
    all.push(("rule_pages".to_owned(), rules.pages.max(1).to_string()));
    all
}

fn number<N: std::str::FromStr>(typed: &Answers, name: &str) -> Result<N, Problem> {
    typed.get(name).trim().parse().map_err(|_| Problem::invalid(name, "not_a_number", 0))
}

fn answers_of(source: &Source) -> Answers {
    let text = &source.text;
    let mut all: Vec<(String, String)> = [
        ("name", text.name.clone()),
        ("kind", text.kind.as_str().to_owned()),
        ("address", text.address.clone()),
        ("column", text.column.clone()),
        ("source_line", text.source_line.clone()),
        ("every_minutes", text.every_minutes.to_string()),
        ("quiet_from", text.quiet.0.to_string()),
        ("quiet_to", text.quiet.1.to_string()),
        ("pace_ms", text.pace_ms.to_string()),
        ("include", text.include.join("，")),
        ("exclude", text.exclude.join("，")),
        ("max_items", text.max_items.to_string()),
        ("version", source.version.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    all.extend(rule_answers(&text.rules));
    all.into_iter().collect()
}

pub(super) fn rule_now(app: &App) -> Result<&CrawlRule, Problem> {
    app.crawl.at(app.clock.now()).ok_or_else(|| Problem::internal(&"no crawl rule is in force"))
}

async fn draw(
    app: &App,
    room: &Room,
    of: Option<SourceId>,
    form: Answers,
    problem: Option<&Problem>,
    trial: Option<crawl::Trial>,
) -> Result<Response, Problem> {
    let rule = rule_now(app)?;
    let tx = app.store.reading(room.here.tenant).await?;
    let columns = content::column::list(&tx).await?;
    tx.commit().await?;
    let title = if of.is_some() { "crawl_edit" } else { "crawl_new" };
    let mut shell = room.shell(app, title, "crawl").await?;
    let back = of.map_or_else(|| "/console/crawl".to_owned(), |id| format!("/console/crawl/{id}"));
    shell.crumbs = vec![
        Crumb { name: room.word(app, "crawl"), href: room.at("/console/crawl") },
        Crumb { name: room.word(app, title), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let trial = trial.map(|trial| {
        let mut tried = trial.tried;
        for one in &mut tried {
            one.why = why(app, room, &one.why);
            one.body_html = crawl::without_pictures(&one.body_html);
        }
        Tryout { found: trial.found, tried }
    });
    let action = of.map_or_else(|| "/console/crawl/new".to_owned(), |id| format!("/console/crawl/{id}/edit"));
    let standard = |column: content::Column| Column {
        standard: column.standard_code.is_some(),
        key: column.key,
        name: column.name,
    };
    let view = View {
        shell,
        action: room.at(&action),
        leave: room.at(&back),
        pick: of.map(|id| room.at(&format!("/console/crawl/{id}/pick"))),
        form,
        kinds: Kind::ALL.iter().map(|kind| kind.as_str()).collect(),
        columns: columns.into_iter().map(standard).collect(),
        hours: (0..24).collect(),
        every_min: rule.every_min_minutes,
        every_max: rule.every_max_minutes,
        pace_min: rule.pace_min_ms,
        items_max: rule.items_max,
        trial,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "crawl-form.html", &view)
}

pub(in crate::console) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageCrawl>,
) -> Result<Response, Problem> {
    let rule = rule_now(&app)?;
    let begun = [
        ("kind", "feed".to_owned()),
        ("every_minutes", rule.every_default_minutes.to_string()),
        ("pace_ms", rule.pace_default_ms.to_string()),
        ("max_items", rule.items_default.to_string()),
        ("quiet_from", "0".to_owned()),
        ("quiet_to", "0".to_owned()),
        ("rule_pages", "1".to_owned()),
    ];
    let form = begun.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    draw(&app, &room, None, form, None, None).await
}

/// 试抓: reads without keeping anything.
async fn try_out(app: &App, typed: &Answers) -> Result<crawl::Trial, Problem> {
    let text = source_text(typed)?.cleaned(rule_now(app)?)?;
    Ok(crawl::try_out(&app.reader(), &text).await?)
}

pub(in crate::console) async fn create(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageCrawl>,
    typed: Answers,
) -> Result<Response, Problem> {
    if typed.get("act") == "try" {
        return match try_out(&app, &typed).await {
            Ok(trial) => draw(&app, &room, None, typed, None, Some(trial)).await,
            Err(problem) => draw(&app, &room, None, typed, Some(&problem), None).await,
        };
    }
    let done = async {
        let text = source_text(&typed)?;
        let tx = app.store.tenant(room.here.tenant).await?;
        let source = crawl::create(&tx, &staff, text, rule_now(&app)?, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(source)
    };
    match done.await {
        // Rules of pages are built by clicking, on the page that follows.
        Ok(source) if source.text.kind == Kind::Pages => {
            Ok(room.done(&format!("/console/crawl/{}/pick", source.id), "crawl_created"))
        }
        Ok(source) => Ok(room.done(&format!("/console/crawl/{}", source.id), "crawl_created")),
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, None, typed, Some(&problem), None).await,
    }
}

pub(in crate::console) async fn edit(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageCrawl>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let source = crawl::find(&tx, SourceId(id)).await?;
    tx.commit().await?;
    draw(&app, &room, Some(source.id), answers_of(&source), None, None).await
}

pub(in crate::console) async fn save(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageCrawl>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let id = SourceId(id);
    let tx = app.store.tenant(room.here.tenant).await?;
    crawl::find(&tx, id).await?;
    if typed.get("act") == "try" {
        tx.commit().await?;
        return match try_out(&app, &typed).await {
            Ok(trial) => draw(&app, &room, Some(id), typed, None, Some(trial)).await,
            Err(problem) => draw(&app, &room, Some(id), typed, Some(&problem), None).await,
        };
    }
    let done = async {
        let (text, version) = (source_text(&typed)?, number(&typed, "version")?);
        crawl::change(&tx, &staff, id, version, text, rule_now(&app)?, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/crawl/{id}"), "saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, Some(id), typed, Some(&problem), None).await,
    }
}
