//! The order board: live counts, drill-down, recall, exemptions.

mod acts;
mod beyond;
mod live;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::store::Reach;
use base::{Site, SubtreeTx, Timestamp};
use content::document;
use exchange::obligation::{self, DecideExemption};
use exchange::order::{
    self, ConfirmRecall, Counts, ExportLine, Order, OrderError, OrderState, ProposeRecall, ViewBoard,
};
use exchange::{Kind, OrderId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use acts::{confirm, decide, propose, refuse};
pub use beyond::peers_below;
pub use live::Boards;
pub(super) use live::events;

use super::answers::Answers;
use super::door::Signed;
use super::orders::{done, percent};
use super::room::{Crumb, Room, Shell, page};
use super::views::{Bar, Left, parts_of};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// Lines listed by name under a standing.
const NAMED: u64 = 200;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    below: String,
    #[serde(default)]
    group: String,
    #[serde(flatten)]
    beyond: beyond::Unfolded,
}

#[derive(Serialize)]
struct CountView {
    key: &'static str,
    count: i64,
    href: String,
    current: bool,
}

#[derive(Serialize)]
struct Region {
    slug: String,
    name: String,
    level: String,
    href: Option<String>,
    total: i64,
    done: i64,
    percent: i64,
    overdue: i64,
    failed: i64,
    bar: Bar,
}

#[derive(Serialize)]
struct Named {
    slug: String,
    name: String,
    level: String,
    parent: String,
    standing: String,
    due_at: String,
    limit_hours: i32,
    placed_by: String,
    published_at: String,
    proven_at: String,
    late: bool,
    failure: String,
    exemption: Option<Asking>,
}

#[derive(Serialize)]
struct Asking {
    reason: String,
    asked_by: String,
    granted: Option<bool>,
    answer: String,
}

#[derive(Serialize)]
struct OrderView {
    id: String,
    title: String,
    kind: &'static str,
    state: &'static str,
    issued_at: String,
    issued_by: String,
    confirmed_by: String,
    due_at: String,
    deadline_hours: i32,
    reason: String,
    answer: String,
    rule: String,
    audience_count: i64,
    digest: String,
    document: String,
}

#[derive(Serialize)]
struct Board<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    order: OrderView,
    counts: Vec<CountView>,
    total: i64,
    done: i64,
    percent: i64,
    bar: Bar,
    clock: Left,
    regions: Vec<Region>,
    group: String,
    named: Vec<Named>,
    node: String,
    may_recall: bool,
    may_confirm: bool,
    same_person: bool,
    may_decide: bool,
    own: bool,
    outside: Option<super::outside::Brief>,
    beyond: Vec<beyond::Beyond>,
    form: Answers,
    events: String,
    csv: String,
    xlsx: String,
}

/// The order as its issuer sees it, or as a superior in the middle does: then only how its own subtree stands is known.
pub(super) async fn of(tx: &SubtreeTx, id: Uuid) -> Result<Option<Order>, Problem> {
    match order::find(tx, OrderId(id)).await {
        Ok(order) => Ok(Some(order)),
        Err(OrderError::Missing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn node(app: &App, room: &Room, slug: &str) -> Result<Arc<Site>, Problem> {
    if slug.is_empty() {
        return Ok(Arc::clone(&room.here));
    }
    let sites = app.store.sites();
    sites.by_slug(slug).filter(|site| sites.is_within(site.tenant, room.here.tenant)).ok_or_else(Problem::not_found)
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, id, &asked, None).await
}

async fn draw(
    app: &App,
    room: &Room,
    id: Uuid,
    asked: &Asked,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let staff = room.staff::<ViewBoard>(app)?;
    let now = app.clock.now();
    let below = node(app, room, &asked.below)?;
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let order = of(&tx, id).await?;
    let counts = order::counts_below(&tx, OrderId(id), below.tenant, now).await?;
    if order.is_none() && order::counts_below(&tx, OrderId(id), room.here.tenant, now).await?.total() == 0 {
        return Err(Problem::not_found());
    }
    let lines = order::board(&tx, OrderId(id), below.tenant, now).await?;
    let named = if asked.group.is_empty() {
        Vec::new()
    } else {
        order::lines_below(&tx, OrderId(id), below.tenant, &asked.group, NAMED, now).await?
    };
    // A superior in the middle knows of somebody else's order what it was told itself.
    let mine = if order.is_none() { obligation::sight(&tx, OrderId(id), now).await.ok() } else { None };
    let told_kind = mine.as_ref().map_or(Kind::Mandatory, |mine| mine.obligation.kind);
    let title = match &order {
        Some(order) => {
            let titles = document::titles(&tx, &[order.edition]).await?;
            titles.into_values().next().map(|titled| titled.title).unwrap_or_default()
        }
        None => mine.map_or_else(|| room.word(app, "order_of_superior"), |mine| mine.title),
    };
    drop(tx);
    let outside = if order.is_some() { super::outside::brief(app, room, id).await? } else { None };
    let beyond = beyond::sections(app, room, id, &below, &asked.beyond).await?;
    let at = |query: &str| room.at(&format!("/console/orders/{id}{query}"));
    let regions = lines.into_iter().map(|line| {
        let counts = line.counts();
        let inner = app
            .store
            .sites()
            .by_slug(&line.slug)
            .is_some_and(|site| !app.store.sites().children(site.tenant).is_empty());
        Region {
            href: inner.then(|| at(&format!("?below={}", line.slug))),
            total: counts.total(),
            done: done(&counts),
            percent: percent(done(&counts), counts.total()),
            overdue: counts.overdue,
            failed: counts.failed,
            bar: Bar::of(app, room, &counts),
            slug: line.slug,
            name: line.name,
            level: line.level,
        }
    });
    let mut shell = room.shell(app, &format!("={title}"), "orders").await?;
    shell.crumbs = crumbs(app, room, id, &below);
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let open = order.as_ref().is_some_and(|order| order.state == OrderState::Open);
    let closed_order = order.as_ref().is_some_and(|order| order.state == OrderState::Closed);
    let proposed = order.as_ref().is_some_and(|order| order.state == OrderState::Proposed);
    let recall = order.as_ref().is_some_and(|order| order.kind == Kind::Recall);
    let closed = !open || counts.waiting + counts.overdue == 0;
    let me = &room.person.principal;
    let view = Board {
        counts: counted(&counts, &asked.group, |group| at(&format!("?below={}&group={group}", asked.below))),
        total: counts.total(),
        done: done(&counts),
        percent: percent(done(&counts), counts.total()),
        bar: Bar::of(app, room, &counts),
        clock: order.as_ref().map_or_else(
            || Left::of(app, room, now, now, true, now),
            |order| Left::of(app, room, order.issued_at, order.due_at, closed, now),
        ),
        regions: regions.collect(),
        group: asked.group.clone(),
        named: named.into_iter().map(named_view).collect(),
        node: below.name.to_string(),
        may_recall: (open || closed_order) && !recall && room.holds::<ProposeRecall>(app),
        may_confirm: proposed && room.holds::<ConfirmRecall>(app),
        same_person: proposed && order.as_ref().is_some_and(|order| order.issued_by(&me.actor, me.id)),
        may_decide: open && room.holds::<DecideExemption>(app),
        own: order.is_some(),
        outside,
        beyond,
        order: order_view(id, order, title, told_kind),
        form,
        events: at(&format!("/events?below={}", asked.below)),
        csv: at("/export.csv"),
        xlsx: at("/export.xlsx"),
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "board.html", &view)
}

fn order_view(id: Uuid, order: Option<Order>, title: String, told_kind: Kind) -> OrderView {
    let Some(order) = order else {
        return OrderView {
            id: id.to_string(),
            title,
            kind: told_kind.as_str(),
            state: "open",
            issued_at: String::new(),
            issued_by: String::new(),
            confirmed_by: String::new(),
            due_at: String::new(),
            deadline_hours: 0,
            reason: String::new(),
            answer: String::new(),
            rule: String::new(),
            audience_count: 0,
            digest: String::new(),
            document: String::new(),
        };
    };
    OrderView {
        id: id.to_string(),
        title,
        kind: order.kind.as_str(),
        state: order.state.as_str(),
        issued_at: order.issued_at.minute_cst(),
        issued_by: order.issued_by,
        confirmed_by: order.confirmed_by,
        due_at: order.due_at.minute_cst(),
        deadline_hours: order.deadline_hours,
        reason: order.reason,
        answer: order.answer,
        rule: order.rule_version,
        audience_count: order.audience_count,
        digest: order.audience_digest,
        document: order.document.to_string(),
    }
}

fn counted(counts: &Counts, group: &str, href: impl Fn(&str) -> String) -> Vec<CountView> {
    parts_of(counts)
        .into_iter()
        .map(|(key, count)| CountView { key, count, href: href(key), current: key == group })
        .collect()
}

fn crumbs(app: &App, room: &Room, id: Uuid, below: &Site) -> Vec<Crumb> {
    let mut way = vec![Crumb { name: room.word(app, "orders"), href: room.at("/console/orders") }];
    let lineage = app.store.sites().lineage(below.tenant);
    let mine = lineage.iter().position(|site| site.tenant == room.here.tenant).unwrap_or(0);
    for site in lineage.iter().take(mine + 1).rev() {
        let last = site.tenant == below.tenant;
        let href = if last { String::new() } else { room.at(&format!("/console/orders/{id}?below={}", site.slug)) };
        way.push(Crumb { name: site.short_name.to_string(), href });
    }
    way
}

fn named_view(line: ExportLine) -> Named {
    let when = |at: Option<i64>| at.map(|at| Timestamp(at).minute_cst()).unwrap_or_default();
    let asked: Option<obligation::Exemption> = serde_json::from_str(&line.exemption).ok();
    Named {
        slug: line.slug,
        name: line.name,
        level: line.level,
        parent: line.parent.unwrap_or_default(),
        standing: line.standing,
        due_at: Timestamp(line.due_at).minute_cst(),
        limit_hours: line.limit_hours,
        placed_by: line.placer,
        published_at: when(line.published_at),
        proven_at: when(line.proven_at),
        late: line.late != 0,
        failure: line.failure,
        exemption: asked.map(|asked| Asking {
            reason: asked.reason,
            asked_by: asked.asked_by,
            granted: asked.granted,
            answer: asked.answer,
        }),
    }
}
