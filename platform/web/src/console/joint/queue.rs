//! The queue: what waits for this portal's columns, accepted one by one or together, and undone together.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::listing::Cursor;
use content::column;
use exchange::joint::{self, DecideJoint, ItemKey, ItemRow, Standing};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::{Tab, badge, column_name, is_about_the_form, key, path_of, public_page, short_name, tabs};
use crate::App;
use crate::extract::Query;
use crate::frame::reaching;
use crate::problem::Problem;

const PER_PAGE: u64 = 50;

#[derive(Default, Deserialize)]
pub(in crate::console) struct Wanted {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    show: String,
    /// Items that were accepted together just now.
    #[serde(default)]
    undo: String,
}

#[derive(Serialize)]
struct Line {
    value: String,
    href: String,
    heading: String,
    from: String,
    origin: String,
    column: String,
    channel: String,
    standing: String,
    badge: &'static str,
    arrived_at: String,
    reason: String,
    page: Option<String>,
    waits: bool,
}

impl Line {
    fn of(app: &App, room: &Room, columns: &[content::Column], row: ItemRow) -> Self {
        let standing = Standing::parse(&row.standing);
        let key = ItemKey { via: row.via_id, document: row.document_id };
        Self {
            value: format!("{}/{}", row.via_id, row.document_id),
            href: room.at(&path_of(key)),
            heading: row.title,
            from: short_name(app, row.sender_id),
            origin: if row.origin_id == row.sender_id { String::new() } else { short_name(app, row.origin_id) },
            column: column_name(columns, &row.target_key),
            channel: row.channel,
            badge: standing.map_or("plain", badge),
            waits: standing == Some(Standing::InReview),
            page: public_page(app, row.tenant_id, &row.address).filter(|_| standing == Some(Standing::Placed)),
            standing: row.standing,
            arrived_at: Timestamp(row.arrived_at).minute_cst(),
            reason: row.reason,
        }
    }
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    open: bool,
    next: Option<String>,
    href_open: String,
    href_all: String,
    may_decide: bool,
    undo: Vec<String>,
}

async fn draw(app: &App, room: &Room, wanted: Wanted, problem: Option<&Problem>) -> Result<Response, Problem> {
    let open = wanted.show != "all";
    let standings: &[Standing] = if open { &[Standing::InReview] } else { &[] };
    let tx = app.store.reading(room.here.tenant).await?;
    let found = joint::items_received(&tx, standings, Cursor::parse(&wanted.cursor), PER_PAGE).await?;
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "joint", "joint").await?;
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let show = if open { "open" } else { "all" };
    let view = View {
        tabs: tabs(room, "queue"),
        open,
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/joint?show={show}&cursor={cursor}"))),
        lines: found.items.into_iter().map(|row| Line::of(app, room, &columns, row)).collect(),
        href_open: room.at("/console/joint?show=open"),
        href_all: room.at("/console/joint?show=all"),
        may_decide: room.holds::<DecideJoint>(app),
        undo: wanted.undo.split(',').filter(|value| read(value).is_some()).map(str::to_owned).collect(),
        shell,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "joint.html", &view)
}

/// What waits, or everything that came.
pub(in crate::console) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    draw(&app, &room, wanted, None).await
}

fn read(value: &str) -> Option<ItemKey> {
    let (via, document) = value.split_once('/')?;
    Some(key((Uuid::try_parse(via).ok()?, Uuid::try_parse(document).ok()?)))
}

fn ticked(typed: &Answers) -> Result<Vec<ItemKey>, Problem> {
    let keys: Vec<ItemKey> = typed.all("item").iter().filter_map(|value| read(value)).collect();
    if keys.is_empty() { Err(Problem::invalid("item", "missing", 0)) } else { Ok(keys) }
}

/// Accepts what is ticked; the page offers to undo it.
pub(in crate::console) async fn accept(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideJoint>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let keys = ticked(&typed)?;
        reaching(&app, &staff, async |tx: &_, now| joint::accept(tx, &staff, &keys, None, now).await).await?;
        Ok::<_, Problem>(keys)
    };
    match done.await {
        Ok(keys) => {
            let undo: Vec<String> = keys.iter().map(|key| format!("{}/{}", key.via, key.document)).collect();
            Ok(room.done(&format!("/console/joint?undo={}", undo.join(",")), "joint_accepted"))
        }
        Err(problem) if is_about_the_form(&problem) => draw(&app, &room, Wanted::default(), Some(&problem)).await,
        Err(problem) => Err(problem),
    }
}

/// Takes back what was accepted together: the mirrors go off the pages and the items wait again.
pub(in crate::console) async fn undo(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideJoint>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let keys = ticked(&typed)?;
        reaching(&app, &staff, async |tx: &_, now| joint::reopen(tx, &staff, &keys, now).await).await
    };
    match done.await {
        Ok(_) => Ok(room.done("/console/joint", "joint_undone")),
        Err(problem) if is_about_the_form(&problem) => draw(&app, &room, Wanted::default(), Some(&problem)).await,
        Err(problem) => Err(problem),
    }
}
