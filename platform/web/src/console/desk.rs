//! My desk: what waits for me at this portal.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::store::Reach;
use content::document::{self, EditionState};
use exchange::notice::{self, Notice};
use exchange::obligation::{self, InboxRow, ViewInbox};
use exchange::order::{self, ViewBoard};
use exchange::submission;
use http::StatusCode;
use serde::Serialize;

use super::door::Signed;
use super::inbox::Line;
use super::orders::OrderLine;
use super::room::{Room, Shell, page};
use super::{submissions, told};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Lines of each kind on the desk.
const LINES: u64 = 6;

#[derive(Serialize)]
struct Draft {
    title: String,
    href: String,
    changed_at: String,
    changed_by: String,
}

#[derive(Serialize)]
struct Told {
    key: String,
    text: String,
    percent: i64,
    items: i64,
    at: String,
    href: String,
}

#[derive(Serialize)]
struct Desk<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    /// Copies of what an origin withdrew, the most urgent first.
    alarms: Vec<submissions::Line>,
    inbox: Vec<Line>,
    drafts: Option<Vec<Draft>>,
    notices: Vec<Told>,
    orders: Option<Vec<OrderLine>>,
    proposals: Vec<OrderLine>,
    may_issue: bool,
    may_write: bool,
}

/// What the desk says of a notice: its words, the title that it carries itself, and who answers for it.
fn desk_words(notice: &Notice, word: impl Fn(&str) -> String) -> String {
    let title = if notice.title.is_empty() { String::new() } else { format!(" {}", notice.title) };
    format!("{}{title}{}", word(&told::word(notice)), told::owner(notice, &word))
}

pub(super) async fn show(State(app): State<Arc<App>>, room: Room) -> Result<Response, Problem> {
    let now = app.clock.now();
    let (mut orders, mut proposals) = (None, Vec::new());
    if let Ok(staff) = room.staff::<ViewBoard>(&app) {
        let tx = app.store.overlook(Reach::of(&staff)).await?;
        let found = order::list(&tx, None, LINES).await?.items;
        let lines = OrderLine::each(&app, &room, &tx, found, now).await?;
        proposals = lines.iter().filter(|line| line.proposed).cloned().collect();
        orders = Some(lines);
    }
    let tx = app.store.reading(room.here.tenant).await?;
    let page_of = obligation::inbox(&tx, true, None, LINES, now).await?;
    let inbox = page_of.items.iter().map(|row: &InboxRow| Line::of(&app, &room, row, now)).collect();
    let may_write = room.holds::<document::EditDocument>(&app);
    let drafts =
        if may_write { Some(document::desk(&tx, Some(EditionState::Draft), None, LINES).await?.items) } else { None };
    let alarms = submission::alarms(&tx, LINES).await?;
    let notices = notice::unread(&tx, LINES).await?;
    tx.commit().await?;
    let drafts = drafts.map(|rows| {
        let line = |row: document::DeskRow| Draft {
            title: if row.title.is_empty() { room.word(&app, "untitled") } else { row.title },
            href: room.at(&format!("/console/documents/{}", row.document_id)),
            changed_at: Timestamp(row.changed_at).minute_cst(),
            changed_by: row.changed_by,
        };
        rows.into_iter().map(line).collect()
    });
    let told = notices.into_iter().map(|notice| Told {
        text: desk_words(&notice, |key| room.word(&app, key)),
        percent: notice.percent,
        at: notice.at.minute_cst(),
        items: notice.items,
        href: told::path(&notice).map(|path| room.at(&path)).unwrap_or_default(),
        key: notice.key,
    });
    let view = Desk {
        shell: room.shell(&app, "desk", "desk").await?,
        alarms: alarms.iter().map(|row| submissions::Line::of(&app, &room, row, row.sender_id, now)).collect(),
        inbox,
        drafts,
        notices: told.collect(),
        orders,
        proposals,
        may_issue: room.holds::<order::IssueOrder>(&app),
        may_write,
    };
    page(&app, StatusCode::OK, "desk.html", &view)
}

pub(super) async fn read(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    notice::read(&tx, &key, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done("/console/", "read"))
}
