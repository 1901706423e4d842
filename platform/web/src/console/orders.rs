//! Orders: the list, and the dialog that shows what an order would do before it is sent.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::listing::Cursor;
use base::store::Reach;
use base::{Staff, SubtreeTx, Timestamp};
use content::document::{self, EditionState};
use content::{EditionId, column};
use exchange::Kind;
use exchange::order::{self, Counts, IssueOrder, NewOrder, Order, OrderState, Preview, ViewBoard};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answers::Answers;
use super::audience;
use super::door::Signed;
use super::room::{Crumb, Room, Shell, page};
use super::views::{Bar, Left};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

const PER_PAGE: u64 = 20;
/// Live documents offered in the dialog.
const OFFERED: u64 = 100;
/// Gaps listed by name in the preview.
const GAPS: u64 = 20;

/// One order in a list.
#[derive(Clone, Serialize)]
pub struct OrderLine {
    href: String,
    title: String,
    kind: &'static str,
    state: &'static str,
    issued_at: String,
    issued_by: String,
    due_at: String,
    audience_count: i64,
    done: i64,
    percent: i64,
    overdue: i64,
    bar: Bar,
    clock: Left,
    /// Waits for a second person.
    #[serde(skip)]
    pub proposed: bool,
    rehearsal: bool,
}

impl OrderLine {
    /// The lines of a page of orders, with their counts and titles.
    pub async fn each(
        app: &App,
        room: &Room,
        tx: &SubtreeTx,
        orders: Vec<Order>,
        now: Timestamp,
    ) -> Result<Vec<Self>, Problem> {
        let ids: Vec<_> = orders.iter().map(|order| order.id).collect();
        let counts = order::counts_each(tx, &ids, now).await?;
        let editions: Vec<EditionId> = orders.iter().map(|order| order.edition).collect();
        let titles = document::titles(tx, &editions).await?;
        let line = |order: Order| {
            let counts = counts.get(&order.id).copied().unwrap_or_default();
            let title = titles.get(&order.edition).map(|titled| titled.title.clone()).unwrap_or_default();
            Self::of(app, room, order, title, counts, now)
        };
        Ok(orders.into_iter().map(line).collect())
    }

    fn of(app: &App, room: &Room, order: Order, title: String, counts: Counts, now: Timestamp) -> Self {
        let done = done(&counts);
        let closed = order.state != OrderState::Open || (counts.waiting + counts.overdue == 0);
        Self {
            href: room.at(&format!("/console/orders/{}", order.id)),
            title,
            kind: order.kind.as_str(),
            state: order.state.as_str(),
            issued_at: order.issued_at.minute_cst(),
            issued_by: order.issued_by,
            due_at: order.due_at.minute_cst(),
            audience_count: order.audience_count,
            done,
            percent: percent(done, counts.total()),
            overdue: counts.overdue,
            bar: Bar::of(app, room, &counts),
            clock: Left::of(app, room, order.issued_at, order.due_at, closed, now),
            proposed: order.state == OrderState::Proposed,
            rehearsal: order.rehearsal,
        }
    }
}

/// Proven, late or not, and exempt: nothing more is to be done.
pub fn done(counts: &Counts) -> i64 {
    counts.verified_on_time + counts.verified_late + counts.exempt
}

/// Whole percent, never 100 before everything is done.
pub fn percent(done: i64, total: i64) -> i64 {
    if total == 0 { 0 } else { done * 100 / total }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    edition: String,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    orders: Vec<OrderLine>,
    next: Option<String>,
    may_issue: bool,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ViewBoard>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let found = order::list(&tx, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let orders = OrderLine::each(&app, &room, &tx, found.items, now).await?;
    drop(tx);
    let view = List {
        shell: room.shell(&app, "orders", "orders").await?,
        orders,
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/orders?cursor={cursor}"))),
        may_issue: room.holds::<IssueOrder>(&app),
    };
    page(&app, StatusCode::OK, "orders.html", &view)
}

#[derive(Serialize)]
struct Offered {
    id: String,
    title: String,
    doc_number: String,
    date: String,
    chosen: bool,
}

#[derive(Serialize)]
struct Target {
    code: String,
    name: String,
    chosen: bool,
}

#[derive(Serialize)]
struct Seen {
    audience_count: i64,
    auto_accept: i64,
    without_column: i64,
    tighter: i64,
    without_fallback: i64,
    deadline_hours: i32,
    due_at: String,
    coverage: Vec<Cover>,
    gaps: Vec<order::GapLine>,
    title: String,
}

#[derive(Serialize)]
struct Cover {
    level: String,
    count: i64,
    auto_accept: i64,
    without_column: i64,
}

#[derive(Serialize)]
struct Dialog<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    form: Answers,
    offered: Vec<Offered>,
    levels: Vec<audience::LevelChoice>,
    targets: Vec<Target>,
    default_hours: i32,
    rule_source: String,
    preview: Option<Seen>,
}

/// What was typed, read as an order.
struct Wanted {
    new: NewOrder,
}

fn read(app: &App, room: &Room, typed: &Answers) -> Result<Wanted, Problem> {
    let hours = match typed.get("deadline_hours").trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| Problem::invalid("deadline_hours", "not_a_number", 0))?),
    };
    Ok(Wanted {
        new: NewOrder {
            edition: Uuid::try_parse(typed.get("edition"))
                .map(EditionId)
                .map_err(|_| Problem::invalid("edition", "missing", 0))?,
            kind: if typed.get("kind") == "recommended" { Kind::Recommended } else { Kind::Mandatory },
            audience: audience::read(app, room, typed)?,
            deadline_hours: hours,
            target_code: Some(typed.get("target_code").to_owned()).filter(|code| !code.is_empty()),
            reason: typed.get("reason").to_owned(),
        },
    })
}

async fn draw(
    app: &App,
    room: &Room,
    form: Answers,
    preview: Option<Seen>,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let live = document::desk(&tx, Some(EditionState::Live), None, OFFERED).await?.items;
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let rule = app.rules.at(app.clock.now()).ok_or_else(|| Problem::internal(&"no repost rule is in force"))?;
    let target = Some(form.get("target_code").to_owned())
        .filter(|code| !code.is_empty())
        .unwrap_or_else(|| rule.target_column.clone());
    let mut shell = room.shell(app, "order_new", "orders").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "orders"), href: room.at("/console/orders") },
        Crumb { name: room.word(app, "order_new"), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let view = Dialog {
        shell,
        offered: live
            .into_iter()
            .map(|row| Offered {
                chosen: row.id.to_string() == form.get("edition"),
                id: row.id.to_string(),
                title: row.title,
                doc_number: String::new(),
                date: Timestamp(row.changed_at).date_cst(),
            })
            .collect(),
        levels: audience::levels(&form),
        targets: columns
            .into_iter()
            .filter_map(|column| {
                let code = column.standard_code?;
                Some(Target { chosen: code == target, code, name: column.name })
            })
            .collect(),
        default_hours: rule.default_hours,
        rule_source: rule.source.clone(),
        form,
        preview,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "order-new.html", &view)
}

pub(super) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<IssueOrder>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let rule = app.rules.at(app.clock.now());
    let hours = rule.map(|rule| rule.default_hours.to_string()).unwrap_or_default();
    let defaults = [
        ("edition", asked.edition.as_str()),
        ("kind", "mandatory"),
        ("deadline_hours", &hours),
        ("levels", "province"),
        ("levels", "city"),
        ("levels", "county"),
    ];
    let form = defaults.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    draw(&app, &room, form, None, None).await
}

pub(super) async fn preview(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<IssueOrder>,
    typed: Answers,
) -> Result<Response, Problem> {
    match counted(&app, &room, &staff, &typed).await {
        // "Change" in the preview comes back here with everything that was typed.
        Ok(_) if typed.get("step") == "change" => draw(&app, &room, typed, None, None).await,
        Ok(seen) => draw(&app, &room, typed, Some(seen), None).await,
        Err(problem) if matches!(problem.status, 403 | 404) || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, typed, None, Some(&problem)).await,
    }
}

async fn counted(app: &App, room: &Room, staff: &Staff<IssueOrder>, typed: &Answers) -> Result<Seen, Problem> {
    let now = app.clock.now();
    let rule = app.rules.at(now).ok_or_else(|| Problem::internal(&"no repost rule is in force"))?;
    let Wanted { new } = read(app, room, typed)?;
    let tx = app.store.overlook(Reach::of(staff)).await?;
    let found: Preview = order::preview(&tx, staff, &new, rule, now).await?;
    let gaps = order::gaps(&tx, &new.audience, &found.target_code, GAPS).await?;
    let title = document::edition(&tx, new.edition).await?.fields.title;
    if found.audience_count == 0 {
        return Err(order::OrderError::NobodyAddressed.into());
    }
    Ok(Seen {
        audience_count: found.audience_count,
        auto_accept: found.auto_accept,
        without_column: found.without_column,
        tighter: found.tighter,
        without_fallback: found.without_fallback,
        deadline_hours: found.deadline_hours,
        due_at: found.due_at.minute_cst(),
        coverage: found
            .levels
            .into_iter()
            .map(|level| Cover {
                level: level.level,
                count: level.count,
                auto_accept: level.auto_accept,
                without_column: level.without_column,
            })
            .collect(),
        gaps,
        title,
    })
}

pub(super) async fn issue(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<IssueOrder>,
    typed: Answers,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let rule = app.rules.at(now).ok_or_else(|| Problem::internal(&"no repost rule is in force"))?;
    let issued = async {
        let Wanted { new } = read(&app, &room, &typed)?;
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        let issued = order::issue(&tx, &staff, new, rule, now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(issued)
    };
    match issued.await {
        Ok(issued) => {
            Ok(room
                .done(&format!("/console/orders/{}", issued.id), if issued.extended { "extended" } else { "issued" }))
        }
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, typed, None, Some(&problem)).await,
    }
}
