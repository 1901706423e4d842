//! A new column.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::column::{self, ColumnEdit, ManageColumns, NewColumn, PLACES};
use http::StatusCode;
use serde::Serialize;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{in_words_of_forms, rule_of};
use crate::App;
use crate::problem::Problem;

#[derive(Serialize)]
struct Kind {
    name: String,
    days: i32,
    min: i32,
}

#[derive(Serialize)]
struct Above {
    key: String,
    name: String,
    level: usize,
}

#[derive(Serialize)]
struct Blank<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    form: Answers,
    kinds: Vec<Kind>,
    parents: Vec<Above>,
    places: Vec<&'static str>,
}

async fn draw(app: &App, room: &Room, again: Option<(Answers, &Problem)>) -> Result<Response, Problem> {
    let rule = rule_of(app, app.clock.now())?;
    let tx = app.store.reading(room.here.tenant).await?;
    let all = column::all(&tx).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "column_new", "columns").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "columns_title"), href: room.at("/console/columns") },
        Crumb { name: room.word(app, "column_new"), href: String::new() },
    ];
    let status = again.as_ref().map_or(StatusCode::OK, |(_, problem)| problem.status());
    shell.refusal = again.as_ref().map(|(_, problem)| room.refusal(app, problem));
    let form = again.map_or_else(|| suggested(&all), |(form, _)| form);
    let may_hold = |(level, column): &(usize, &content::Column)| column.stands() && *level < rule.max_depth;
    let view = Blank {
        shell,
        form,
        kinds: rule
            .types
            .iter()
            .map(|kind| Kind { name: kind.name.clone(), days: kind.update_window_days, min: kind.update_min })
            .collect(),
        parents: column::ordered(&all)
            .into_iter()
            .filter(may_hold)
            .map(|(level, column)| Above { key: column.key.clone(), name: column.name.clone(), level })
            .collect(),
        places: PLACES[1..].to_vec(),
    };
    page(app, status, "column/new.html", &view)
}

/// A key that is free: nobody should have to think of an address before the name.
fn suggested(all: &[content::Column]) -> Answers {
    let free = (1..).map(|n| format!("lm{n:02}")).find(|key| all.iter().all(|column| column.key != *key));
    [("column_key".to_owned(), free.unwrap_or_default()), ("home".to_owned(), "none".to_owned())].into_iter().collect()
}

pub(super) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageColumns>,
) -> Result<Response, Problem> {
    draw(&app, &room, None).await
}

fn read(typed: &Answers) -> NewColumn {
    let text = |name: &str| typed.get(name).to_owned();
    NewColumn {
        key: text("column_key"),
        kind: text("kind"),
        parent: Some(text("column_parent")).filter(|key| !key.is_empty()),
        text: ColumnEdit {
            name: text("column_name"),
            description: text("description"),
            keywords: text("keywords"),
            home: text("home"),
        },
        rule: None,
    }
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    typed: Answers,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        column::create(&tx, &staff, rule_of(&app, now)?, &read(&typed), now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await.map_err(in_words_of_forms) {
        Ok(()) => Ok(room.done("/console/columns", "column_created")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, Some((typed, &problem))).await,
    }
}
