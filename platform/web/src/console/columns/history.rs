//! Who changed what of a column, and taking the newest act back.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use content::Column;
use content::column::{self, Act, ColumnRule, ManageColumns};
use serde::Serialize;
use uuid::Uuid;

use super::super::door::Signed;
use super::super::room::Room;
use super::rule_of;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// The bar that takes the newest act back.
#[derive(Serialize)]
pub(super) struct Undo {
    id: String,
    kind: &'static str,
    name: String,
    by: String,
    at: String,
    until: String,
    /// Where one comes back to.
    path: String,
}

impl Undo {
    pub(super) fn of(room: &Room, act: &Act, rule: &ColumnRule) -> Self {
        Self {
            id: act.id.to_string(),
            kind: act.kind.as_str(),
            name: act.name().to_owned(),
            by: act.by.clone(),
            at: act.at.format_cst("%H:%M"),
            until: act.at.plus_minutes(rule.undo_minutes).format_cst("%H:%M"),
            path: room.at(&format!("/console/columns/acts/{}/undo", act.id)),
        }
    }
}

/// One act as the history shows it.
#[derive(Serialize)]
pub(super) struct Done {
    kind: &'static str,
    name: String,
    target: String,
    moved: i64,
    by: String,
    at: String,
    changes: Vec<Change>,
    undone_at: String,
    undone_by: String,
}

#[derive(Serialize)]
struct Change {
    field: &'static str,
    before: String,
    after: String,
    /// The values are words of the catalogue, by this prefix.
    words: &'static str,
}

impl Done {
    pub(super) fn of(act: Act, all: &[Column]) -> Self {
        let named = |key: &str| all.iter().find(|one| one.key == key).map_or(key.to_owned(), |one| one.name.clone());
        let change = |one: column::Difference| {
            let (before, after, words) = match one.field {
                "parent" | "successor" => (named(&one.before), named(&one.after), ""),
                "state" => (one.before, one.after, "column_state_"),
                "home" => (one.before, one.after, "home_"),
                _ => (one.before, one.after, ""),
            };
            Change { field: one.field, before, after, words }
        };
        Self {
            kind: act.kind.as_str(),
            name: act.name().to_owned(),
            target: if act.target.is_empty() { String::new() } else { named(&act.target) },
            moved: act.moved,
            changes: act.differences().into_iter().map(change).collect(),
            at: act.at.minute_cst(),
            by: act.by,
            undone_at: act.undone_at.map(Timestamp::minute_cst).unwrap_or_default(),
            undone_by: act.undone_by,
        }
    }
}

pub(super) async fn undo(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        column::undo(&tx, &staff, rule_of(&app, now)?, id, now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/columns", "column_undone")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => super::draw(&app, &room, "", Some(&problem)).await,
    }
}
