//! The board of a commission as a file for office programs, and the files that a commission carries.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use base::store::Reach;
use base::{Staff, Timestamp};
use exchange::CommissionId;
use exchange::commission::{self, BoardLine, CommissionError, CommissionItems};
use exchange::obligation::ViewInbox;
use uuid::Uuid;

use super::super::door::Signed;
use super::super::export;
use super::super::room::Room;
use crate::App;
use crate::extract::Path;
use crate::files::{self, Shown};
use crate::problem::Problem;

/// Portals of one commission at most: more than a country has.
const EVERYBODY: u64 = 200_000;

const HEADS: [&str; 11] = [
    "export_slug",
    "export_name",
    "export_level",
    "export_division",
    "export_parent",
    "export_standing",
    "export_answered",
    "export_called",
    "export_due",
    "export_settled",
    "export_reason",
];

async fn rows(app: &App, room: &Room, staff: &Staff<CommissionItems>, id: Uuid) -> Result<Vec<Vec<String>>, Problem> {
    let tx = app.store.overlook(Reach::of(staff)).await?;
    commission::find(&tx, CommissionId(id)).await?;
    let lines = commission::board(&tx, CommissionId(id), "", EVERYBODY).await?;
    let when = |at: Option<i64>| at.map(|at| Timestamp(at).format_cst("%Y-%m-%d %H:%M:%S")).unwrap_or_default();
    let row = |line: BoardLine| {
        vec![
            line.slug,
            line.name,
            room.word(app, &format!("level_{}", line.level)),
            line.division_code,
            line.parent.unwrap_or_default(),
            room.word(app, &format!("call_{}", line.standing)),
            line.answered.to_string(),
            when(Some(line.called_at)),
            when(Some(line.due_at)),
            when(line.settled_at),
            line.reason,
        ]
    };
    Ok(lines.into_iter().map(row).collect())
}

fn heads(app: &App, room: &Room) -> Vec<String> {
    HEADS.iter().map(|head| room.word(app, head)).collect()
}

pub(super) async fn csv(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let rows = rows(&app, &room, &staff, id).await?;
    export::csv_file(&heads(&app, &room), rows, &format!("commission-{id}.csv"))
}

pub(super) async fn xlsx(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let rows = rows(&app, &room, &staff, id).await?;
    export::xlsx_file(heads(&app, &room), rows, &format!("commission-{id}.xlsx")).await
}

/// A file of a commission, for its issuer and for those whom it calls.
pub(super) async fn attached(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path((id, position)): Path<(Uuid, usize)>,
    asked: Request,
) -> Result<Response, Problem> {
    let (asked, _) = asked.into_parts();
    let tx = app.store.reading(room.here.tenant).await?;
    let one = match commission::find(&tx, CommissionId(id)).await {
        Err(CommissionError::Missing) => commission::find_call(&tx, CommissionId(id)).await?.1,
        other => other?,
    };
    drop(tx);
    let file = one.files.into_iter().nth(position).ok_or_else(Problem::not_found)?;
    Ok(files::answer(&app, &file, Shown::Saved, &asked.method, &asked.headers).await)
}
