//! 报送: what came up from below, what was sent up, and one submission as either of its two ends sees it.

mod acts;
mod one;
mod picture;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::listing::Cursor;
use base::{TenantId, Timestamp};
use exchange::basket::{self, Basket, BasketId};
use exchange::obligation::ViewInbox;
use exchange::submission::{self, BoxRow, DecideSubmission, Standing};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use acts::{adopt, decline, hold, keep, recall, return_to, submit};
pub(super) use one::show;
pub(super) use picture::Choice;

use super::door::Signed;
use super::likeness::{Fellows, fellows};
use super::room::{Room, Shell, page};
use super::views::Left;
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

const PER_PAGE: u64 = 30;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    basket: String,
}

#[derive(Serialize)]
pub(super) struct Line {
    id: String,
    href: String,
    title: String,
    other: String,
    standing: String,
    badge: &'static str,
    submitted_at: String,
    due_at: String,
    provisional: bool,
    clock: Left,
    holder: String,
    /// The reader holds it.
    mine: bool,
    reason: String,
    page: Option<String>,
    /// How often the public looked at it there; none before it is published.
    views: Option<i64>,
    news: bool,
    /// Time that is left for the copy of what its origin withdrew.
    alarm: Option<Left>,
    uses: Vec<&'static str>,
    fellows: Option<Fellows>,
}

impl Line {
    /// A line of a box; `other` is the end that is not reading.
    pub(super) fn of(app: &App, room: &Room, row: &BoxRow, other: TenantId, now: Timestamp) -> Self {
        let standing = Standing::parse(&row.standing);
        let due = if standing == Some(Standing::Submitted) { row.receive_due_at } else { row.decide_due_at };
        let open = standing.is_some_and(Standing::is_open);
        let alarm = row.alarm_due_at.filter(|_| row.tenant_id == room.here.tenant).map(Timestamp);
        Self {
            id: row.id.to_string(),
            mine: open && row.holder == room.person.principal.actor,
            views: None,
            alarm: alarm.map(|due| Left::of(app, room, due.plus_hours(-24), due, false, now)),
            href: room.at(&format!("/console/submissions/{}", row.id)),
            title: row.title.clone(),
            other: short_name(app, other),
            standing: row.standing.clone(),
            badge: standing.map_or("plain", badge),
            submitted_at: Timestamp(row.submitted_at).minute_cst(),
            due_at: Timestamp(due - 1).minute_cst(),
            provisional: row.provisional & 1 != 0,
            clock: Left::of(app, room, Timestamp(row.submitted_at), Timestamp(due), !open, now),
            holder: row.holder.clone(),
            reason: row.reason.clone(),
            page: public_page(app, row.tenant_id, &row.address),
            news: !row.news.is_empty(),
            uses: uses(row.use_site != 0, row.use_brief != 0),
            fellows: None,
        }
    }
}

/// Picture and colour of a standing.
pub(super) fn badge(standing: Standing) -> &'static str {
    match standing {
        Standing::Submitted => "issued",
        Standing::Received => "delivered",
        Standing::InReview => "open",
        Standing::Adopted | Standing::Merged => "live",
        Standing::Returned => "proposed",
        Standing::Declined => "refused",
        Standing::Expired => "overdue",
        Standing::Recalled => "ended",
        Standing::Published => "proven",
        Standing::Superseded => "superseded",
    }
}

fn uses(site: bool, brief: bool) -> Vec<&'static str> {
    [(site, "for_site"), (brief, "for_brief")].into_iter().filter(|(on, _)| *on).map(|(_, key)| key).collect()
}

pub(super) fn short_name(app: &App, tenant: TenantId) -> String {
    app.store.sites().by_id(tenant).map(|site| site.short_name.to_string()).unwrap_or_default()
}

/// Where the public finds what the receiver made of it.
fn public_page(app: &App, receiver: TenantId, address: &str) -> Option<String> {
    let site = app.store.sites().by_id(receiver).filter(|_| !address.is_empty())?;
    Some(app.addresses.absolute(site.main_host(), address))
}

/// A basket by which the queue is narrowed.
#[derive(Serialize)]
struct Tab {
    id: String,
    topic: String,
    members: u64,
    href: String,
    current: bool,
    open: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    /// `received` or `sent`.
    kind: &'static str,
    lines: Vec<Line>,
    open: bool,
    next: Option<String>,
    baskets: Vec<Tab>,
    may_decide: bool,
    href_received: String,
    href_sent: String,
    href_open: String,
    href_all: String,
}

/// What a page of a box needs besides its lines.
struct Around {
    kind: &'static str,
    open: bool,
    baskets: Vec<Tab>,
    next: Option<String>,
}

async fn boxed(app: &App, room: &Room, lines: Vec<Line>, around: Around) -> Result<Response, Problem> {
    let path = if around.kind == "sent" { "/console/submissions/sent" } else { "/console/submissions" };
    let narrowed = around.baskets.iter().find(|tab| tab.current).map(|tab| format!("&basket={}", tab.id));
    let narrowed = narrowed.unwrap_or_default();
    let show = if around.open { "open" } else { "all" };
    let view = Listed {
        lines,
        kind: around.kind,
        open: around.open,
        next: around.next.map(|cursor| room.at(&format!("{path}?show={show}&cursor={cursor}{narrowed}"))),
        may_decide: around.kind == "received" && room.holds::<DecideSubmission>(app),
        baskets: around.baskets,
        href_received: room.at("/console/submissions"),
        href_sent: room.at("/console/submissions/sent"),
        href_open: room.at(&format!("{path}?show=open{narrowed}")),
        href_all: room.at(&format!("{path}?show=all{narrowed}")),
        shell: room.shell(app, "submissions", "submissions").await?,
    };
    page(app, StatusCode::OK, "submissions.html", &view)
}

/// The desk: what came up from below, all of it or what lies in one basket.
pub(super) async fn received(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (open, now) = (asked.show != "all", app.clock.now());
    let tx = app.store.reading(room.here.tenant).await?;
    let baskets = basket::list(&tx).await?;
    let chosen = Uuid::try_parse(&asked.basket).ok().map(BasketId);
    let after = Cursor::parse(&asked.cursor);
    let found = match chosen {
        Some(basket) => submission::in_basket(&tx, basket, open, after, PER_PAGE).await?,
        None => submission::received(&tx, None, open, after, PER_PAGE).await?,
    };
    let mut alike = fellows(&room, &tx, &found.items).await?;
    tx.commit().await?;
    let line = |row: &BoxRow| Line { fellows: alike.remove(&row.id), ..Line::of(&app, &room, row, row.sender_id, now) };
    let lines = found.items.iter().map(line).collect();
    let tab = |basket: Basket| Tab {
        current: chosen == Some(basket.id),
        href: room.at(&format!("/console/submissions?show={}&basket={}", asked.show, basket.id)),
        open: basket.closed_at.is_none(),
        id: basket.id.to_string(),
        topic: basket.topic,
        members: basket.members,
    };
    let baskets = baskets.into_iter().map(tab).filter(|tab| tab.open || tab.current).collect();
    boxed(&app, &room, lines, Around { kind: "received", open, baskets, next: found.next_cursor }).await
}

/// What this portal sent up, with everything that became of it.
pub(super) async fn sent(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (open, now) = (asked.show == "open", app.clock.now());
    let tx = app.store.reading(room.here.tenant).await?;
    let found = submission::sent(&tx, None, open, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let published: Vec<_> = found.items.iter().filter(|row| !row.address.is_empty()).map(|row| row.id).collect();
    let views = submission::views_of(&tx, &published).await?;
    tx.commit().await?;
    let line = |row: &BoxRow| Line {
        views: (!row.address.is_empty()).then(|| views.get(&row.id).copied().unwrap_or_default()),
        ..Line::of(&app, &room, row, row.tenant_id, now)
    };
    let lines = found.items.iter().map(line).collect();
    boxed(&app, &room, lines, Around { kind: "sent", open, baskets: Vec::new(), next: found.next_cursor }).await
}
