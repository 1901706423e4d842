//! The board as a file for office programs.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::store::Reach;
use base::{Staff, Timestamp};
use exchange::OrderId;
use exchange::order::{self, ExportLine, ViewBoard};
use http::{HeaderValue, header};
use uuid::Uuid;

use super::board::of;
use super::door::Signed;
use super::room::Room;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

const HEADS: [&str; 14] = [
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
];

async fn rows(app: &App, room: &Room, staff: &Staff<ViewBoard>, id: Uuid) -> Result<Vec<[String; 14]>, Problem> {
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
        ]
    };
    Ok(lines.into_iter().map(row).collect())
}

pub(super) fn file(bytes: Vec<u8>, mime: &'static str, id: Uuid, extension: &str) -> Response {
    let mut answer = bytes.into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"order-{id}.{extension}\"")) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    answer
}

pub(super) async fn csv(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let bytes = written(&HEADS.map(|head| room.word(&app, head)), rows(&app, &room, &staff, id).await?)?;
    Ok(file(bytes, "text/csv; charset=utf-8", id, "csv"))
}

/// A table as CSV.
pub(super) fn written<R: IntoIterator<Item = String>>(heads: &[String], rows: Vec<R>) -> Result<Vec<u8>, Problem> {
    // Office programs read UTF-8 only after a byte order mark; a cell that begins like a formula is made text.
    let mut out = csv::Writer::from_writer(vec![0xEF, 0xBB, 0xBF]);
    let failed = |error: csv::Error| Problem::internal(&error);
    out.write_record(heads).map_err(failed)?;
    let plain = |cell: String| if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell };
    for row in rows {
        out.write_record(row.into_iter().map(plain)).map_err(failed)?;
    }
    out.into_inner().map_err(|error| Problem::internal(&error))
}

pub(super) async fn xlsx(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let rows = rows(&app, &room, &staff, id).await?;
    let heads = HEADS.map(|head| room.word(&app, head));
    let bytes =
        tokio::task::spawn_blocking(move || sheet(&heads, &rows)).await.map_err(|error| Problem::internal(&error))?;
    let bytes = bytes.map_err(|error| Problem::internal(&error))?;
    Ok(file(bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", id, "xlsx"))
}

/// A table as a workbook.
pub(super) fn sheet<R: AsRef<[String]>>(heads: &[String], rows: &[R]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    use rust_xlsxwriter::{Format, Workbook};
    let last = u16::try_from(heads.len().saturating_sub(1)).unwrap_or(u16::MAX);
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
    sheet.autofilter(0, 0, u32::try_from(rows.len()).unwrap_or(u32::MAX), last)?;
    book.save_to_buffer()
}
