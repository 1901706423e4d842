//! Building field rules by clicking on a sample page. The page is fetched and kept by the server; the browser shows it in a
//! frame in which nothing runs and nothing loads. Selectors can be typed as well, so that it works without scripts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use border::crawl::{self, Article, CrawlError, ManageCrawl, PageRules, Part, Sample, Source, SourceId};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::form;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// What may happen inside the frame: our style sheet, and nothing else; no scripts, no addresses but ours to frame it.
const SANDBOX: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                       frame-ancestors 'self'; sandbox allow-same-origin";

/// The room around it, which frames our own address.
const AROUND: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Links of the list that are shown.
const LINKS: usize = 20;

/// One field rule, what it met and what it would bring.
#[derive(Default, Serialize)]
struct Field {
    name: &'static str,
    part: &'static str,
    rule: String,
    met: usize,
    value: String,
}

#[derive(Default, Serialize)]
struct Preview {
    fields: Vec<Field>,
    links: Vec<Link>,
    body_html: String,
    files: Vec<String>,
}

#[derive(Serialize)]
struct Link {
    title: String,
    url: String,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    action: String,
    preview_at: String,
    leave: String,
    list: Option<Shown>,
    article: Option<Shown>,
    list_address: String,
    article_address: String,
    form: Answers,
    preview: Preview,
}

#[derive(Serialize)]
struct Shown {
    frame: String,
    url: String,
    fetched_at: String,
}

struct Samples {
    list: Option<Sample>,
    article: Option<Sample>,
}

async fn kept(app: &App, room: &Room, id: SourceId) -> Result<(Source, Samples), Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let source = crawl::find(&tx, id).await?;
    let mut pair = [None, None];
    for (slot, part) in pair.iter_mut().zip([Part::List, Part::Article]) {
        *slot = match crawl::sample(&tx, id, part).await {
            Err(CrawlError::Missing) => None,
            other => Some(other?),
        };
    }
    tx.commit().await?;
    let [list, article] = pair;
    Ok((source, Samples { list, article }))
}

/// What the rules would bring, from the pages that are kept.
fn previewed(samples: &Samples, rules: &PageRules) -> Preview {
    let base = |sample: &Sample| Url::parse(&sample.url).ok();
    let mut preview = Preview::default();
    if let Some((sample, base)) = samples.list.as_ref().and_then(|sample| Some((sample, base(sample)?))) {
        let links = crawl::links_of(&sample.html, &base, rules);
        preview.fields.push(Field {
            name: "links",
            part: "list",
            rule: rules.links.clone(),
            met: links.len(),
            value: links.first().map(|(title, _)| title.clone()).unwrap_or_default(),
        });
        preview.links = links.into_iter().take(LINKS).map(|(title, url)| Link { title, url }).collect();
    }
    if let Some((sample, base)) = samples.article.as_ref().and_then(|sample| Some((sample, base(sample)?))) {
        let read = crawl::article(&sample.html, &base, rules);
        preview.fields.extend(fields(&read, rules));
        preview.files = read.files.into_iter().map(|file| file.name).collect();
        preview.body_html = crawl::without_pictures(&read.body_html);
    }
    preview
}

fn fields(read: &Article, rules: &PageRules) -> Vec<Field> {
    let met = |name: &str| read.met.iter().find(|(is, _)| *is == name).map_or(0, |(_, met)| *met);
    let excerpt = content::text::excerpt(&read.body_html, 120);
    let values = [
        ("title", &read.title),
        ("body", &excerpt),
        ("date", &read.date.map(base::Timestamp::minute_cst).unwrap_or_default()),
        ("author", &read.author),
        ("source", &read.source),
        ("doc_number", &read.doc_number),
        ("attachments", &read.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("、")),
        ("remove", &String::new()),
    ]
    .map(|(name, value)| (name, value.clone()));
    let rule = |name: &str| rules.selectors().into_iter().find(|(is, _)| *is == name).map(|(_, rule)| rule.to_owned());
    values
        .into_iter()
        .map(|(name, value)| Field {
            name,
            part: "article",
            rule: rule(name).unwrap_or_default(),
            met: met(name),
            value,
        })
        .collect()
}

async fn draw(
    app: &App,
    room: &Room,
    id: SourceId,
    again: Option<(Answers, Option<&Problem>)>,
) -> Result<Response, Problem> {
    let (source, samples) = kept(app, room, id).await?;
    let (form, problem) = match again {
        Some((form, problem)) => (form, problem),
        None => (form::rule_answers(&source.text.rules).into_iter().collect(), None),
    };
    let mut shell = room.shell(app, "crawl_pick", "crawl").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "crawl"), href: room.at("/console/crawl") },
        Crumb { name: source.text.name.clone(), href: room.at(&format!("/console/crawl/{id}")) },
        Crumb { name: room.word(app, "crawl_pick"), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let shown = |part: Part, sample: &Option<Sample>| {
        sample.as_ref().map(|sample| Shown {
            frame: room.at(&format!("/console/crawl/{id}/sample/{}", part.as_str())),
            url: sample.url.clone(),
            fetched_at: sample.fetched_at.minute_cst(),
        })
    };
    let address = |sample: &Option<Sample>| sample.as_ref().map(|sample| sample.url.clone());
    let view = View {
        action: room.at(&format!("/console/crawl/{id}/pick")),
        preview_at: room.at(&format!("/console/crawl/{id}/preview")),
        leave: room.at(&format!("/console/crawl/{id}")),
        list: shown(Part::List, &samples.list),
        article: shown(Part::Article, &samples.article),
        list_address: address(&samples.list).unwrap_or_else(|| source.text.address.clone()),
        article_address: address(&samples.article).unwrap_or_default(),
        preview: previewed(&samples, &form::rules(&form)),
        form,
        shell,
    };
    let mut answer = page(app, problem.map_or(StatusCode::OK, Problem::status), "crawl-pick.html", &view)?;
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(AROUND));
    Ok(answer)
}

pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageCrawl>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, SourceId(id), None).await
}

/// Fetches a sample, shows what the rules would bring, or keeps them: whichever button was pressed.
pub(in crate::console) async fn save(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageCrawl>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let id = SourceId(id);
    let done = async {
        let (source, _) = kept(&app, &room, id).await?;
        let (rules, mut samples) = (form::rules(&typed), Vec::new());
        let (part, rules) = match typed.get("act") {
            "fetch_list" => (Some(Part::List), source.text.rules.clone()),
            "fetch_article" => (Some(Part::Article), source.text.rules.clone()),
            "preview" => return rules.cleaned().map(|_| false).map_err(Problem::from),
            _ => (None, rules),
        };
        if let Some(part) = part {
            let address = typed.get(&format!("{}_address", part.as_str()));
            samples.push((part, crawl::fetch_sample(&app.reader(), &source.text, address).await?));
        }
        let tx = app.store.tenant(room.here.tenant).await?;
        crawl::keep_rules(&tx, &staff, id, rules, samples, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(part.is_none())
    };
    match done.await {
        Ok(true) => Ok(room.done(&format!("/console/crawl/{id}"), "saved")),
        // What was typed stays as it was typed.
        Ok(false) => draw(&app, &room, id, Some((typed, None))).await,
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, id, Some((typed, Some(&problem)))).await,
    }
}

/// The same preview for a script.
pub(in crate::console) async fn preview(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageCrawl>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let (_, samples) = kept(&app, &room, SourceId(id)).await?;
    let rules = form::rules(&typed);
    Ok(Json(previewed(&samples, &rules)).into_response())
}

#[derive(Serialize)]
struct Framed<'a> {
    assets: &'a str,
    page: String,
}

/// A sample for the frame: cleaned of everything that runs or loads, under a policy that would refuse it as well.
pub(in crate::console) async fn sample(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageCrawl>,
    Path((id, part)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    let part = Part::parse(&part).ok_or_else(Problem::not_found)?;
    let tx = app.store.reading(room.here.tenant).await?;
    let sample = crawl::sample(&tx, SourceId(id), part).await?;
    tx.commit().await?;
    let view = Framed { assets: app.templates.assets_prefix("console"), page: crawl::shown(&sample.html) };
    let mut answer = page(&app, StatusCode::OK, "crawl-sample.html", &view)?;
    let out = answer.headers_mut();
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    out.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    out.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    Ok(answer)
}
