//! Topic baskets of the desk, and what may be submitted past a level.

mod rules;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::column;
use content::document::AdoptDocument;
use exchange::SubmissionId;
use exchange::basket::{self, Basket, BasketId, NewBasket};
use exchange::submission::{self, DecideSubmission};
use http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

use super::answers::Answers;
use super::documents::{HEADER, fields};
use super::door::{Door, Signed};
use super::room::{Crumb, Room, Shell, page};
use super::submissions::{Choice, Line};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Rows of one basket: as many as it can hold.
const LINES: u64 = basket::MEMBERS_MAX as u64;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/baskets").get(list).post(create),
        Door::at("/console/baskets/put").post(put_many),
        Door::at("/console/baskets/{id}").get(show),
        Door::at("/console/baskets/{id}/remove").post(remove),
        Door::at("/console/baskets/{id}/close").post(close),
        Door::at("/console/baskets/{id}/reopen").post(reopen),
        Door::at("/console/baskets/{id}/adopt").post(adopt),
        Door::at("/console/desk-rules").get(rules::show),
        Door::at("/console/desk-rules/policy").post(rules::policy),
        Door::at("/console/desk-rules/permissions").post(rules::grant),
        Door::at("/console/desk-rules/permissions/{id}/revoke").post(rules::revoke),
    ]
}

#[derive(Serialize)]
struct Row {
    href: String,
    topic: String,
    note: String,
    members: u64,
    closed_at: String,
    created_at: String,
    created_by: String,
}

impl Row {
    fn of(room: &Room, basket: Basket) -> Self {
        Self {
            href: room.at(&format!("/console/baskets/{}", basket.id)),
            topic: basket.topic,
            note: basket.note,
            members: basket.members,
            closed_at: basket.closed_at.map(base::Timestamp::minute_cst).unwrap_or_default(),
            created_at: basket.created_at.minute_cst(),
            created_by: basket.created_by,
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    baskets: Vec<Row>,
    form: BTreeMap<String, String>,
}

fn flat(typed: &Answers) -> BTreeMap<String, String> {
    typed.flat().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn list(State(app): State<Arc<App>>, Signed(room, _): Signed<DecideSubmission>) -> Result<Response, Problem> {
    draw_list(&app, &room, None).await
}

async fn draw_list(app: &App, room: &Room, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let baskets = basket::list(&tx).await?;
    tx.commit().await?;
    let (typed, problem) = again.map_or((None, None), |(typed, problem)| (Some(typed), Some(problem)));
    let mut shell = room.shell(app, "baskets", "baskets").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let view = List {
        baskets: baskets.into_iter().map(|basket| Row::of(room, basket)).collect(),
        form: typed.as_ref().map(flat).unwrap_or_default(),
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "desk/baskets.html", &view)
}

async fn create(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let new = NewBasket { topic: typed.get("topic").to_owned(), note: typed.get("basket_note").to_owned() };
        let tx = app.store.tenant(room.here.tenant).await?;
        let made = basket::create(&tx, &staff, new, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(made.id)
    };
    match done.await {
        Ok(id) => Ok(room.done(&format!("/console/baskets/{id}"), "basket_created")),
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => draw_list(&app, &room, Some((typed, problem.renamed("note", "basket_note")))).await,
    }
}

/// Ids of submissions as the forms name them.
fn named(typed: &Answers) -> Result<Vec<SubmissionId>, Problem> {
    let ids = typed.all("submission");
    let ids = ids.iter().map(|id| Uuid::try_parse(id).map(SubmissionId)).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|_| Problem::invalid("submission", "unknown", 0))?;
    if ids.is_empty() { Err(Problem::invalid("submission", "missing", 0)) } else { Ok(ids) }
}

/// Puts what was ticked in the queue, or the one that is open, into a basket.
async fn put_many(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    typed: Answers,
) -> Result<Response, Problem> {
    let id = Uuid::try_parse(typed.get("basket")).map(BasketId);
    let done = async {
        let id = id.map_err(|_| Problem::invalid("basket", "missing", 0))?;
        let ids = named(&typed)?;
        let tx = app.store.tenant(room.here.tenant).await?;
        basket::put(&tx, &staff, id, &ids, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(id)
    };
    match done.await {
        Ok(id) => Ok(room.done(&format!("/console/baskets/{id}"), "basket_filled")),
        Err(problem) if problem.status >= 500 || problem.status == 404 => Err(problem),
        Err(problem) => draw_list(&app, &room, Some((typed, problem))).await,
    }
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: String,
    basket: Row,
    lines: Vec<Line>,
    /// How many of them wait for a decision.
    waiting: usize,
    columns: Vec<Choice>,
    form: BTreeMap<String, String>,
    header_fields: [&'static str; 9],
    queue: String,
}

async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    draw(&app, &room, BasketId(id), None).await
}

async fn draw(app: &App, room: &Room, id: BasketId, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.reading(room.here.tenant).await?;
    let found = basket::find(&tx, id).await?;
    let rows = submission::in_basket(&tx, id, false, None, LINES).await?.items;
    let waiting = basket::open_ids(&tx, id).await?;
    let columns = column::list(&tx).await?;
    let first = match waiting.first() {
        Some(first) => Some(submission::find_received(&tx, *first).await?),
        None => None,
    };
    tx.commit().await?;
    let (typed, problem) = again.map_or((None, None), |(typed, problem)| (Some(typed), Some(problem)));
    let mut shell = room.shell(app, &format!("={}", found.topic), "baskets").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "baskets"), href: room.at("/console/baskets") },
        Crumb { name: found.topic.clone(), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    // The text of the first to come is what one begins with; the topic is the title that covers all.
    let mut form: BTreeMap<String, String> = BTreeMap::new();
    form.insert("title".to_owned(), found.topic.clone());
    form.insert("source".to_owned(), room.here.owner_unit.to_string());
    form.insert("body_html".to_owned(), first.map(|first| first.fields.body_html).unwrap_or_default());
    form.extend(typed.as_ref().map(flat).unwrap_or_default());
    let view = One {
        id: id.to_string(),
        lines: rows.iter().map(|row| Line::of(app, room, row, row.sender_id, now)).collect(),
        waiting: waiting.len(),
        columns: columns.into_iter().map(Choice::from).collect(),
        queue: room.at(&format!("/console/submissions?basket={id}")),
        basket: Row::of(room, found),
        header_fields: HEADER,
        form,
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "desk/basket.html", &view)
}

async fn again(app: &App, room: &Room, id: Uuid, typed: Answers, problem: Problem) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, BasketId(id), Some((typed, problem))).await
}

async fn remove(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let ids = named(&typed)?;
        let tx = app.store.tenant(room.here.tenant).await?;
        basket::remove(&tx, &staff, BasketId(id), &ids, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/baskets/{id}"), "basket_emptied")),
        Err(problem) => again(&app, &room, id, typed, problem).await,
    }
}

async fn close(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    basket::close(&tx, &staff, BasketId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/baskets/{id}"), "basket_closed"))
}

async fn reopen(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    basket::reopen(&tx, &staff, BasketId(id), app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/baskets/{id}"), "basket_reopened"))
}

/// Makes one document of everything in the basket that waits.
async fn adopt(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let writer = room.staff::<AdoptDocument>(&app)?;
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let adopted = basket::adopt(&tx, &staff, &writer, BasketId(id), fields(&typed), app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(adopted.document)
    };
    match done.await {
        Ok(document) => Ok(room.done(&format!("/console/documents/{document}"), "adopted")),
        Err(problem) => again(&app, &room, id, typed, problem).await,
    }
}
