//! The table of portals outside as a file for office programs.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use border::outside::{self, Debt};
use exchange::OrderId;
use exchange::order::{self, ViewBoard};
use uuid::Uuid;

use super::super::door::Signed;
use super::super::export::{csv_file, xlsx_file};
use super::super::room::Room;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

const HEADS: [&str; 13] = [
    "outside_name",
    "outside_unit",
    "outside_level",
    "standing",
    "export_late",
    "export_due",
    "outside_seen_at",
    "outside_shown_date",
    "outside_position",
    "outside_url",
    "outside_found_by",
    "outside_title_like",
    "outside_text_like",
];

async fn rows(app: &App, room: &Room, id: Uuid) -> Result<Vec<Vec<String>>, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let order = order::find(&tx, OrderId(id)).await?;
    let debts = outside::of_order(&tx, order.id).await?;
    let portals = outside::list(&tx, None).await?;
    tx.commit().await?;
    let when = |at: Option<Timestamp>| at.map(|at| at.format_cst("%Y-%m-%d %H:%M:%S")).unwrap_or_default();
    let row = |debt: &Debt| {
        let fields = portals.iter().find(|portal| portal.id == debt.portal).map(|portal| portal.fields.clone());
        let fields = fields.unwrap_or_default();
        let seen = !debt.found_by.is_empty();
        let share = |thousandths: i32| if seen { super::percent(thousandths) } else { String::new() };
        let late = match (seen, debt.late) {
            (false, _) => String::new(),
            (true, late) => room.word(app, if late { "yes" } else { "no" }),
        };
        vec![
            fields.name,
            fields.unit,
            room.word(app, &format!("outside_level_{}", fields.level)),
            room.word(app, &format!("outside_{}", debt.standing.as_str())),
            late,
            when(Some(debt.due_at)),
            when(debt.seen_at),
            debt.shown_date.clone(),
            if debt.position > 0 { debt.position.to_string() } else { String::new() },
            debt.url.clone(),
            if seen { room.word(app, &format!("outside_by_{}", debt.found_by)) } else { String::new() },
            share(debt.title_like),
            share(debt.text_like),
        ]
    };
    Ok(debts.iter().map(row).collect())
}

fn heads(app: &App, room: &Room) -> Vec<String> {
    HEADS.iter().map(|head| room.word(app, head)).collect()
}

pub(super) async fn csv(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    csv_file(&heads(&app, &room), rows(&app, &room, id).await?, &format!("outside-{id}.csv"))
}

pub(super) async fn xlsx(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    xlsx_file(heads(&app, &room), rows(&app, &room, id).await?, &format!("outside-{id}.xlsx")).await
}
