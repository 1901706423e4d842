//! The document desk: the list, the editor, and what is done there.

mod acts;
mod editor;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::listing::Cursor;
use content::column;
use content::document::{self, EditDocument, EditionState};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use acts::{attach, blank, create, detach, new_edition, publish, save, show, withdraw, withdrawal_kind};
pub(super) use editor::{HEADER, fields, typed_of};

use super::door::Signed;
use super::room::{Room, Shell, page};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

const PER_PAGE: u64 = 30;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    state: String,
}

#[derive(Serialize)]
struct Line {
    href: String,
    title: String,
    state: String,
    column: String,
    number: i32,
    changed_at: String,
    changed_by: String,
}

#[derive(Serialize)]
struct Tab {
    key: &'static str,
    href: String,
    current: bool,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    tabs: Vec<Tab>,
    next: Option<String>,
    may_write: bool,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let state = EditionState::parse(&asked.state);
    let found = document::desk(&tx, state, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    let columns = column::all(&tx).await?;
    tx.commit().await?;
    let named = |key: &str| {
        columns.iter().find(|column| column.key == key).map(|column| column.name.clone()).unwrap_or_default()
    };
    let lines = found.items.into_iter().map(|row| Line {
        href: room.at(&format!("/console/documents/{}", row.document_id)),
        title: if row.title.is_empty() { room.word(&app, "untitled") } else { row.title },
        state: row.state,
        column: named(&row.column_key),
        number: row.number,
        changed_at: Timestamp(row.changed_at).minute_cst(),
        changed_by: row.changed_by,
    });
    let current = state.map_or("", EditionState::as_str);
    let tabs = ["", "draft", "live", "withdrawn"].map(|key| Tab {
        key,
        href: room.at(&format!("/console/documents?state={key}")),
        current: key == current,
    });
    let view = List {
        lines: lines.collect(),
        tabs: tabs.into(),
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/documents?state={current}&cursor={cursor}"))),
        may_write: room.holds::<EditDocument>(&app),
        shell: room.shell(&app, "documents", "documents").await?,
    };
    page(&app, StatusCode::OK, "documents.html", &view)
}

/// Shows a document again with a problem of something that was done to it elsewhere.
pub(super) async fn refused(app: &App, room: &Room, id: Uuid, problem: Problem) -> Result<Response, Problem> {
    editor::refused(app, room, id, None, problem).await
}
