//! The board as a file for office programs.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use base::{Staff, Timestamp};
use border::federation::{self, Portal, Wanted};
use exchange::OrderId;
use exchange::order::{self, ExportLine, ViewBoard};
use http::{HeaderValue, header};
use uuid::Uuid;

use super::board::{of, peers_below};
use super::door::Signed;
use super::room::Room;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

const HEADS: [&str; COLUMNS] = [
    "export_slug",
    "export_name",
    "export_level",
    "export_division",
    "export_site_code",
    "export_parent",
    "export_standing",
    "export_placer",
    "export_late",
    "export_limit",
    "export_due",
    "export_published",
    "export_proven",
    "export_failure",
    "export_peer",
    "export_url",
];
const COLUMNS: usize = 16;
/// Portals read at a time from below the border.
const PAGE: u64 = 1_000;

async fn rows(app: &App, room: &Room, staff: &Staff<ViewBoard>, id: Uuid) -> Result<Vec<[String; COLUMNS]>, Problem> {
    let tx = app.store.overlook(Reach::of(staff)).await?;
    let lines = order::export(&tx, OrderId(id)).await?;
    if lines.is_empty() && of(&tx, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    let when = |at: Option<i64>| at.map(|at| Timestamp(at).format_cst("%Y-%m-%d %H:%M:%S")).unwrap_or_default();
    let now = app.clock.now();
    let word = |key: String| room.word(app, &key);
    let row = |line: ExportLine| {
        let open = matches!(line.standing.as_str(), "issued" | "delivered");
        let standing = if open && line.due_at < now.micros() { "overdue" } else { line.standing.as_str() };
        let placer = if line.placer.is_empty() { String::new() } else { word(format!("placer_{}", line.placer)) };
        let late = match (line.proven_at, line.late) {
            (None, _) => String::new(),
            (Some(_), 0) => room.word(app, "no"),
            (Some(_), _) => room.word(app, "yes"),
        };
        [
            line.slug,
            line.name,
            word(format!("level_{}", line.level)),
            line.division_code,
            line.site_code.unwrap_or_default(),
            line.parent.unwrap_or_default(),
            word(format!("standing_{standing}")),
            placer,
            late,
            line.limit_hours.to_string(),
            when(Some(line.due_at)),
            when(line.published_at),
            when(line.proven_at),
            line.failure,
            String::new(),
            String::new(),
        ]
    };
    drop(tx);
    let mut rows: Vec<_> = lines.into_iter().map(row).collect();
    beyond(app, room, id, &mut rows).await?;
    Ok(rows)
}

/// The portals of installations below the border, after those of this house.
async fn beyond(app: &App, room: &Room, id: Uuid, rows: &mut Vec<[String; COLUMNS]>) -> Result<(), Problem> {
    let now = app.clock.now();
    for peer in peers_below(app, &room.here).await? {
        let tx = app.store.reading(peer.tenant()).await?;
        let mut after: Option<String> = None;
        loop {
            let wanted = Wanted { group: "", after: after.as_deref() };
            let page = federation::portals(&tx, peer.id, OrderId(id), &wanted, PAGE, now).await?;
            rows.extend(page.items.into_iter().map(|one| told(app, room, &peer.name, one, now)));
            after = page.next_cursor;
            if after.is_none() {
                break;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

fn told(app: &App, room: &Room, peer: &str, one: Portal, now: Timestamp) -> [String; COLUMNS] {
    let when = |at: Option<Timestamp>| at.map(|at| at.format_cst("%Y-%m-%d %H:%M:%S")).unwrap_or_default();
    let word = |key: String| room.word(app, &key);
    let late = match (one.proven_at, one.late) {
        (None, _) => String::new(),
        (Some(_), late) => room.word(app, if late { "yes" } else { "no" }),
    };
    [
        one.site.clone(),
        one.name.clone(),
        if one.level.is_empty() { String::new() } else { word(format!("level_{}", one.level)) },
        one.division_code.clone(),
        String::new(),
        one.parent.clone(),
        word(format!("standing_{}", one.word(now))),
        String::new(),
        late,
        one.limit_hours.to_string(),
        when(Some(one.due_at)),
        when(one.placed_at),
        when(one.proven_at),
        one.failure,
        peer.to_owned(),
        one.url,
    ]
}

pub(super) fn file(bytes: Vec<u8>, mime: &'static str, name: &str) -> Response {
    let mut answer = bytes.into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    answer
}

pub(super) async fn csv(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let heads: Vec<String> = HEADS.iter().map(|head| room.word(&app, head)).collect();
    csv_file(&heads, rows(&app, &room, &staff, id).await?, &format!("order-{id}.csv"))
}

pub(super) async fn xlsx(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let heads: Vec<String> = HEADS.iter().map(|head| room.word(&app, head)).collect();
    xlsx_file(heads, rows(&app, &room, &staff, id).await?, &format!("order-{id}.xlsx")).await
}

/// A table as CSV. Office programs read UTF-8 only after a byte order mark; a cell that begins like a formula is made text.
pub(super) fn csv_file(
    heads: &[String],
    rows: impl IntoIterator<Item = impl IntoIterator<Item = String>>,
    name: &str,
) -> Result<Response, Problem> {
    let mut out = csv::Writer::from_writer(vec![0xEF, 0xBB, 0xBF]);
    let failed = |error: csv::Error| Problem::internal(&error);
    out.write_record(heads).map_err(failed)?;
    let safe = |cell: String| if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell };
    for row in rows {
        out.write_record(row.into_iter().map(safe)).map_err(failed)?;
    }
    let bytes = out.into_inner().map_err(|error| Problem::internal(&error))?;
    Ok(file(bytes, "text/csv; charset=utf-8", name))
}

/// The same as XLSX: one sheet, its heads frozen and filtered.
pub(super) async fn xlsx_file<R>(heads: Vec<String>, rows: Vec<R>, name: &str) -> Result<Response, Problem>
where
    R: AsRef<[String]> + Send + 'static,
{
    let made = tokio::task::spawn_blocking(move || sheet(&heads, &rows)).await;
    let bytes = made.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    Ok(file(bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name))
}

fn sheet(heads: &[String], rows: &[impl AsRef<[String]>]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    use rust_xlsxwriter::{Format, Workbook};
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    for (column, head) in (0u16..).zip(heads) {
        sheet.write_string_with_format(0, column, head, &bold)?;
        sheet.set_column_width(column, if column == 1 { 32 } else { 16 })?;
    }
    for (line, row) in (1u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(row.as_ref()) {
            sheet.write_string(line, column, cell)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    let last = u16::try_from(heads.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, u32::try_from(rows.len()).unwrap_or(u32::MAX), last)?;
    book.save_to_buffer()
}
