//! 报送: what came up from below, what was sent up, and one submission as either of its two ends sees it.

mod acts;
mod one;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::listing::{Cursor, Page};
use base::{TenantId, Timestamp};
use exchange::SubmissionId;
use exchange::obligation::ViewInbox;
use exchange::submission::{self, BoxRow, Standing};
use http::StatusCode;
use serde::{Deserialize, Serialize};

pub(super) use acts::{adopt, decline, hold, recall, return_to, submit};
pub(super) use one::show;

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
}

#[derive(Serialize)]
struct Line {
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
    reason: String,
    page: Option<String>,
    news: bool,
    uses: Vec<&'static str>,
    fellows: Option<Fellows>,
}

impl Line {
    /// A line of a box; `other` is the end that is not reading.
    fn of(app: &App, room: &Room, row: &BoxRow, other: TenantId, now: Timestamp) -> Self {
        let standing = Standing::parse(&row.standing);
        let due = if standing == Some(Standing::Submitted) { row.receive_due_at } else { row.decide_due_at };
        let open = standing.is_some_and(Standing::is_open);
        Self {
            href: room.at(&format!("/console/submissions/{}", row.id)),
            title: row.title.clone(),
            other: short_name(app, other),
            standing: row.standing.clone(),
            badge: standing.map_or("plain", badge),
            submitted_at: Timestamp(row.submitted_at).minute_cst(),
            due_at: Timestamp(due - 1).minute_cst(),
            provisional: row.provisional != 0,
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

#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    /// `received` or `sent`.
    kind: &'static str,
    lines: Vec<Line>,
    open: bool,
    next: Option<String>,
    href_received: String,
    href_sent: String,
    href_open: String,
    href_all: String,
}

async fn boxed(
    app: &App,
    room: &Room,
    kind: &'static str,
    found: Page<BoxRow>,
    open: bool,
    mut alike: HashMap<SubmissionId, Fellows>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let path = if kind == "sent" { "/console/submissions/sent" } else { "/console/submissions" };
    let show = if open { "open" } else { "all" };
    let line = |row: &BoxRow| {
        let other = if kind == "sent" { row.tenant_id } else { row.sender_id };
        Line { fellows: alike.remove(&row.id), ..Line::of(app, room, row, other, now) }
    };
    let view = Listed {
        lines: found.items.iter().map(line).collect(),
        kind,
        open,
        next: found.next_cursor.map(|cursor| room.at(&format!("{path}?show={show}&cursor={cursor}"))),
        href_received: room.at("/console/submissions"),
        href_sent: room.at("/console/submissions/sent"),
        href_open: room.at(&format!("{path}?show=open")),
        href_all: room.at(&format!("{path}?show=all")),
        shell: room.shell(app, "submissions", "submissions").await?,
    };
    page(app, StatusCode::OK, "submissions.html", &view)
}

/// The desk: what came up from below.
pub(super) async fn received(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let open = asked.show != "all";
    let tx = app.store.reading(room.here.tenant).await?;
    let found = submission::received(&tx, None, open, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let alike = fellows(&room, &tx, &found.items).await?;
    tx.commit().await?;
    boxed(&app, &room, "received", found, open, alike).await
}

/// What this portal sent up, with everything that became of it.
pub(super) async fn sent(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let open = asked.show == "open";
    let tx = app.store.reading(room.here.tenant).await?;
    let found = submission::sent(&tx, None, open, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    tx.commit().await?;
    boxed(&app, &room, "sent", found, open, HashMap::new()).await
}
