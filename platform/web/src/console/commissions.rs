//! 约稿: what superiors call this portal for, what it commissions from below, and quotas.

mod acts;
mod call;
mod export;
mod mine;
mod one;
mod quota;
mod quotas;
mod write;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::listing::Cursor;
use base::store::Reach;
use base::{TenantId, Timestamp};
use exchange::CommissionId;
use exchange::commission::{self, CallRow, Commission, CommissionItems, Counts, Standing, State as Stage};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::door::{Door, Signed};
use super::room::{Room, Shell, page};
use super::views::{Bar, Left};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/commissions").get(received),
        Door::at("/console/commissions/issued").get(issued),
        Door::at("/console/commissions/new").get(write::blank).post(write::create),
        Door::at("/console/commissions/{id}").get(one::show),
        Door::at("/console/commissions/{id}/edit").get(write::edit).post(write::save),
        Door::at("/console/commissions/{id}/attach").post(write::attach),
        Door::at("/console/commissions/{id}/detach/{position}").post(write::detach),
        Door::at("/console/commissions/{id}/files/{position}").get(export::attached),
        Door::at("/console/commissions/{id}/open").post(mine::open),
        Door::at("/console/commissions/{id}/close").post(mine::close),
        Door::at("/console/commissions/{id}/cancel").post(mine::cancel),
        Door::at("/console/commissions/{id}/excuse/{slug}").post(mine::excuse),
        Door::at("/console/commissions/{id}/export.csv").get(export::csv),
        Door::at("/console/commissions/{id}/export.xlsx").get(export::xlsx),
        Door::at("/console/commissions/{id}/accept").post(acts::accept),
        Door::at("/console/commissions/{id}/decline").post(acts::decline),
        Door::at("/console/commissions/{id}/plead").post(acts::plead),
        Door::at("/console/commissions/{id}/answer").post(acts::answer),
        Door::at("/console/commissions/{id}/write").post(acts::begin),
        Door::at("/console/quotas").get(quotas::list),
        Door::at("/console/quotas/new").get(quotas::blank).post(quotas::create),
        Door::at("/console/quotas/{id}").get(quota::show).post(quota::version),
    ]
}

const PER_PAGE: u64 = 30;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    show: String,
}

/// Picture and colour of a call's standing.
fn badge(standing: &str) -> &'static str {
    match Standing::parse(standing) {
        Some(Standing::Called) => "issued",
        Some(Standing::Accepted) => "open",
        Some(Standing::Delivered) => "proven",
        Some(Standing::Late) => "proposed",
        Some(Standing::Missed) => "missed",
        Some(Standing::Declined) => "refused",
        Some(Standing::Excused) => "exempt",
        Some(Standing::Ended) | None => "ended",
    }
}

/// The look of a standing in a bar.
fn part(standing: &str) -> &'static str {
    match standing {
        "delivered" => "verified_on_time",
        "late" => "verified_late",
        "accepted" => "live_unverified",
        "missed" => "overdue",
        "declined" => "failed",
        "excused" => "exempt",
        "ended" => "ended",
        _ => "waiting",
    }
}

fn bar(app: &App, room: &Room, counts: &Counts) -> Bar {
    let parts = counts.parts().map(|(key, count)| (part(key), room.word(app, &format!("call_{key}")), count));
    Bar::drawn(counts.total(), parts)
}

/// A deadline in words: 24:00 of a day is shown as its last minute, so that the day is the one that is meant.
fn until(at: Timestamp) -> String {
    let shown = at.minute_cst();
    if shown.ends_with(" 00:00") { Timestamp(at.micros() - 1).minute_cst() } else { shown }
}

fn short_name(app: &App, tenant: TenantId) -> String {
    app.store.sites().by_id(tenant).map(|site| site.short_name.to_string()).unwrap_or_default()
}

#[derive(Serialize)]
struct CallLine {
    href: String,
    topic: String,
    from: String,
    standing: &'static str,
    badge: &'static str,
    mandatory: bool,
    cancelled: bool,
    answered: i32,
    wanted: i32,
    called_at: String,
    due_at: String,
    clock: Left,
}

impl CallLine {
    fn of(app: &App, room: &Room, row: &CallRow, now: Timestamp) -> Self {
        let call = &row.call;
        Self {
            href: room.at(&format!("/console/commissions/{}", call.commission)),
            topic: row.topic.clone(),
            from: short_name(app, call.issuer),
            standing: call.standing.as_str(),
            badge: badge(call.standing.as_str()),
            mandatory: row.mandatory,
            cancelled: row.state == Stage::Cancelled,
            answered: call.answered,
            wanted: row.wanted,
            called_at: call.called_at.minute_cst(),
            due_at: until(call.due_at),
            clock: Left::of(app, room, call.called_at, call.due_at, !call.standing.owes(), now),
        }
    }
}

#[derive(Serialize)]
struct IssuedLine {
    href: String,
    topic: String,
    state: &'static str,
    mandatory: bool,
    created_at: String,
    created_by: String,
    due_at: String,
    done: i64,
    audience_count: i64,
    missed: i64,
    pleas: i64,
    bar: Bar,
    clock: Left,
}

impl IssuedLine {
    fn of(app: &App, room: &Room, one: Commission, counts: Counts, now: Timestamp) -> Self {
        let opened = one.opened_at.unwrap_or(one.created_at);
        let owing = one.state == Stage::Open && counts.called + counts.accepted > 0;
        Self {
            href: room.at(&format!("/console/commissions/{}", one.id)),
            state: one.state.as_str(),
            mandatory: one.mandatory,
            created_at: opened.minute_cst(),
            created_by: if one.opened_by.is_empty() { one.created_by } else { one.opened_by },
            due_at: one.due_at.map(until).unwrap_or_default(),
            done: counts.delivered + counts.late,
            audience_count: one.audience_count,
            missed: counts.missed,
            pleas: counts.pleas,
            bar: bar(app, room, &counts),
            clock: Left::of(app, room, opened, one.due_at.unwrap_or(opened), !owing, now),
            topic: one.topic,
        }
    }
}

#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    /// `received` or `issued`.
    kind: &'static str,
    calls: Vec<CallLine>,
    issued: Vec<IssuedLine>,
    open: bool,
    next: Option<String>,
    may_issue: bool,
}

/// What superiors call this portal for.
async fn received(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (now, open) = (app.clock.now(), asked.show != "all");
    let tx = app.store.reading(room.here.tenant).await?;
    let found = commission::received(&tx, open, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    tx.commit().await?;
    let show = if open { "open" } else { "all" };
    let view = Listed {
        kind: "received",
        calls: found.items.iter().map(|row| CallLine::of(&app, &room, row, now)).collect(),
        issued: Vec::new(),
        open,
        next: found.next_cursor.map(|at| room.at(&format!("/console/commissions?show={show}&cursor={at}"))),
        may_issue: room.holds::<CommissionItems>(&app),
        shell: room.shell(&app, "commissions", "commissions").await?,
    };
    page(&app, StatusCode::OK, "commissions.html", &view)
}

/// What this portal commissioned, with how each stands.
async fn issued(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let tx = app.store.overlook(Reach::of(&staff)).await?;
    let found = commission::issued(&tx, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let ids: Vec<CommissionId> = found.items.iter().map(|one| one.id).collect();
    let counts = commission::counts_each(&tx, &ids).await?;
    drop(tx);
    let line = |one: Commission| {
        let counts = counts.get(&one.id).copied().unwrap_or_default();
        IssuedLine::of(&app, &room, one, counts, now)
    };
    let view = Listed {
        kind: "issued",
        calls: Vec::new(),
        issued: found.items.into_iter().map(line).collect(),
        open: false,
        next: found.next_cursor.map(|at| room.at(&format!("/console/commissions/issued?cursor={at}"))),
        may_issue: true,
        shell: room.shell(&app, "commissions", "commissions").await?,
    };
    page(&app, StatusCode::OK, "commissions.html", &view)
}
