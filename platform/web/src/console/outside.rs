//! Portals outside the platform: the registry, what they are asked under an order, and pages that a person must judge.

mod doubts;
mod export;
mod orders;
mod portals;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use border::outside::hub::{self, Listener};
use border::outside::{self, Counts, Debt, Portal, PortalId, PortalState, Standing};
use exchange::OrderId;
use exchange::order::ViewBoard;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::door::{Door, Signed};
use super::room::{Room, Shell, page};
use crate::App;
use crate::problem::Problem;

/// The doors of these rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/outside").get(list),
        Door::at("/console/outside/new").get(portals::blank).post(portals::create),
        Door::at("/console/outside/doubtful").get(doubts::list),
        Door::at("/console/outside/doubtful/{order}/{id}").get(doubts::show),
        Door::at("/console/outside/doubtful/{order}/{id}/confirm").post(doubts::confirm),
        Door::at("/console/outside/doubtful/{order}/{id}/reject").post(doubts::reject),
        Door::at("/console/outside/asked/{order}").get(orders::show).post(orders::include),
        Door::at("/console/outside/asked/{order}/excuse").post(orders::excuse),
        Door::at("/console/outside/asked/{order}/export.csv").get(export::csv),
        Door::at("/console/outside/asked/{order}/export.xlsx").get(export::xlsx),
        Door::at("/console/outside/{id}").get(portals::show).post(portals::save),
        Door::at("/console/outside/{id}/state").post(portals::set_state),
        Door::at("/console/outside/{id}/try").post(portals::try_patterns),
    ]
}

/// Picture and colour of a standing, in the language of badges.
fn badge(debt: &Debt, now: Timestamp) -> &'static str {
    match debt.standing {
        Standing::Told if debt.overdue(now) => "overdue",
        Standing::Told => "waiting",
        Standing::Doubtful => "proposed",
        Standing::Seen | Standing::Confirmed if debt.late => "verified_late",
        Standing::Seen | Standing::Confirmed => "verified_on_time",
        Standing::Missing => "overdue",
        Standing::Recalling => "live_unverified",
        Standing::Gone | Standing::Ended => "ended",
    }
}

fn percent(thousandths: i32) -> String {
    format!("{}%", (thousandths + 5) / 10)
}

/// One request as tables show it.
#[derive(Serialize)]
struct Line {
    portal: String,
    portal_id: String,
    level: String,
    portal_href: String,
    order: String,
    standing: &'static str,
    badge: &'static str,
    told_at: String,
    due_at: String,
    seen_at: String,
    shown_date: String,
    position: i32,
    url: String,
    found_by: String,
    text_like: String,
    title_like: String,
    mail: String,
    mail_known: bool,
    late: bool,
    reason: String,
    decided_by: String,
    doubt_href: String,
    may_excuse: bool,
}

impl Line {
    fn of(room: &Room, portals: &[Portal], debt: &Debt, now: Timestamp) -> Self {
        let portal = portals.iter().find(|portal| portal.id == debt.portal);
        let when = |at: Option<Timestamp>| at.map(Timestamp::minute_cst).unwrap_or_default();
        let seen = !debt.found_by.is_empty();
        let doubtful = debt.standing == Standing::Doubtful;
        Self {
            portal: portal.map(|portal| portal.fields.name.clone()).unwrap_or_default(),
            portal_id: debt.portal.to_string(),
            level: portal.map(|portal| portal.fields.level.clone()).unwrap_or_default(),
            portal_href: room.at(&format!("/console/outside/{}", debt.portal)),
            order: debt.order.to_string(),
            standing: debt.standing.as_str(),
            badge: badge(debt, now),
            told_at: debt.told_at.minute_cst(),
            due_at: debt.due_at.minute_cst(),
            seen_at: when(debt.seen_at),
            shown_date: debt.shown_date.clone(),
            position: debt.position,
            url: debt.url.clone(),
            found_by: debt.found_by.clone(),
            text_like: if seen { percent(debt.text_like) } else { String::new() },
            title_like: if seen { percent(debt.title_like) } else { String::new() },
            mail_known: matches!(debt.mail.as_str(), "sent" | "waiting" | "no_address" | "no_server"),
            mail: debt.mail.clone(),
            late: debt.late,
            reason: debt.reason.clone(),
            decided_by: debt.decided_by.clone(),
            doubt_href: if doubtful { doubt_path(room, debt.order, debt.portal) } else { String::new() },
            may_excuse: matches!(debt.standing, Standing::Told | Standing::Doubtful | Standing::Missing),
        }
    }
}

fn doubt_path(room: &Room, order: OrderId, portal: PortalId) -> String {
    room.at(&format!("/console/outside/doubtful/{order}/{portal}"))
}

/// What the order's board says of portals outside.
#[derive(Serialize)]
pub(super) struct Brief {
    counts: Counts,
    total: usize,
    href: String,
    lines: Vec<Line>,
}

/// Lines on the board itself; the whole table has a room of its own.
const BRIEF: usize = 8;

/// The section of the board; none when nobody outside was asked.
pub(super) async fn brief(app: &App, room: &Room, order: Uuid) -> Result<Option<Brief>, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let mut debts = outside::of_order(&tx, OrderId(order)).await?;
    let portals = if debts.is_empty() { Vec::new() } else { outside::list(&tx, None).await? };
    tx.commit().await?;
    let now = app.clock.now();
    // What needs somebody comes first.
    let urgency = |debt: &Debt| match debt.standing {
        Standing::Doubtful => 0,
        Standing::Missing => 1,
        Standing::Recalling => 2,
        Standing::Told => 3,
        _ => 4,
    };
    debts.sort_by_key(urgency);
    Ok((!portals.is_empty()).then(|| Brief {
        counts: outside::counts(&debts),
        total: debts.len(),
        href: room.at(&format!("/console/outside/asked/{order}")),
        lines: debts.iter().take(BRIEF).map(|debt| Line::of(room, &portals, debt, now)).collect(),
    }))
}

#[derive(Serialize)]
struct PortalLine {
    name: String,
    unit: String,
    level: String,
    href: String,
    home_url: String,
    state: &'static str,
    badge: &'static str,
    by_default: bool,
    looked_at: String,
    trouble: Vec<(String, String)>,
    mail: String,
}

/// Troubles as words and addresses.
fn troubles(portal: &Portal) -> Vec<(String, String)> {
    let line = |line: &str| {
        let (word, url) = line.split_once(' ').unwrap_or((line, ""));
        (word.to_owned(), url.to_owned())
    };
    portal.trouble.lines().map(line).collect()
}

fn state_badge(state: PortalState) -> &'static str {
    match state {
        PortalState::Active => "live",
        PortalState::Paused => "suspended",
        PortalState::Gone => "ended",
    }
}

#[derive(Serialize)]
struct Registry<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    portals: Vec<PortalLine>,
    doubtful: u64,
    href_new: String,
    href_doubtful: String,
    feed: String,
    hub: String,
    listeners: Vec<ListenerLine>,
    may_manage: bool,
}

/// One who listens to the feed through the hub.
#[derive(Serialize)]
struct ListenerLine {
    callback: String,
    /// pending, told, retry or gave_up
    state: &'static str,
    badge: &'static str,
    told_at: String,
    lease_until: String,
    failures: i32,
    trouble: Vec<(String, String)>,
}

impl From<Listener> for ListenerLine {
    fn from(one: Listener) -> Self {
        let when = |at: Option<Timestamp>| at.map(Timestamp::minute_cst).unwrap_or_default();
        let (state, badge) = match (one.verified, one.gave_up, one.trouble.is_empty()) {
            (false, ..) => ("pending", "proposed"),
            (true, true, _) => ("gave_up", "failed"),
            (true, false, false) => ("retry", "overdue"),
            (true, false, true) => ("told", "live"),
        };
        let trouble = if one.trouble.is_empty() { Vec::new() } else { vec![(one.trouble, String::new())] };
        Self {
            callback: one.callback,
            state,
            badge,
            told_at: when(one.told_at),
            lease_until: when(one.lease_until),
            failures: one.failures,
            trouble,
        }
    }
}

/// The registry.
async fn list(State(app): State<Arc<App>>, Signed(room, _): Signed<ViewBoard>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let portals = outside::list(&tx, None).await?;
    let doubtful = outside::doubtful_count(&tx).await?;
    let listeners = hub::listeners(&tx).await?;
    tx.commit().await?;
    let line = |portal: Portal| PortalLine {
        href: room.at(&format!("/console/outside/{}", portal.id)),
        state: portal.state.as_str(),
        badge: state_badge(portal.state),
        looked_at: portal.looked_at.map(Timestamp::minute_cst).unwrap_or_default(),
        trouble: troubles(&portal),
        name: portal.fields.name,
        unit: portal.fields.unit,
        level: portal.fields.level,
        home_url: portal.fields.home_url,
        by_default: portal.fields.by_default,
        mail: portal.fields.mail,
    };
    let view = Registry {
        portals: portals.into_iter().map(line).collect(),
        doubtful,
        href_new: room.at("/console/outside/new"),
        href_doubtful: room.at("/console/outside/doubtful"),
        feed: app.addresses.absolute(room.here.main_host(), "/orders.atom"),
        hub: app.addresses.absolute(room.here.main_host(), "/websub"),
        listeners: listeners.into_iter().map(ListenerLine::from).collect(),
        may_manage: room.holds::<outside::ManageOutside>(&app),
        shell: room.shell(&app, "outside", "outside").await?,
    };
    page(&app, StatusCode::OK, "outside/list.html", &view)
}
