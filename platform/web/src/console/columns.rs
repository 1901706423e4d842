//! The columns of a portal: what its administrator may say of them. Standard columns come with the level's blueprint and stay.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::Column;
use content::column::{self, ColumnEdit, ManageColumns, PLACES};
use http::StatusCode;
use serde::Serialize;

use super::answers::Answers;
use super::door::Signed;
use super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct Line {
    href: String,
    #[serde(flatten)]
    column: Column,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageColumns>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let line = |column: Column| Line { href: room.at(&format!("/console/columns/{}", column.key)), column };
    let view = List {
        lines: columns.into_iter().map(line).collect(),
        shell: room.shell(&app, "columns_title", "columns").await?,
    };
    page(&app, StatusCode::OK, "columns.html", &view)
}

#[derive(Serialize)]
struct Place {
    key: &'static str,
    chosen: bool,
}

#[derive(Serialize)]
struct Edit<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    column: Column,
    /// Its public page.
    shown_at: String,
    form: Answers,
    places: Vec<Place>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageColumns>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    draw(&app, &room, &key, None).await
}

async fn draw(app: &App, room: &Room, key: &str, again: Option<(Answers, &Problem)>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let column = column::find(&tx, key).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, &format!("={}", column.name), "columns").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "columns_title"), href: room.at("/console/columns") },
        Crumb { name: column.name.clone(), href: String::new() },
    ];
    let status = again.as_ref().map_or(StatusCode::OK, |(_, problem)| problem.status());
    shell.refusal = again.as_ref().map(|(_, problem)| room.refusal(app, problem));
    let form = again.map_or_else(|| typed_of(&column), |(form, _)| form);
    let policy = column.home == PLACES[0];
    let places = PLACES
        .into_iter()
        .filter(|place| (*place == PLACES[0]) == policy)
        .map(|key| Place { key, chosen: key == form.get("home") });
    let shown_at = app.addresses.absolute(room.here.main_host(), &format!("/{}/", column.key));
    let view = Edit { places: places.collect(), shown_at, shell, column, form };
    page(app, status, "column.html", &view)
}

fn typed_of(column: &Column) -> Answers {
    let position = column.position.to_string();
    [
        ("name", &column.name),
        ("description", &column.description),
        ("keywords", &column.keywords),
        ("home", &column.home),
        ("position", &position),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .collect()
}

pub(super) async fn save(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageColumns>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let text = |name: &str| typed.get(name).to_owned();
        let position = text("position").trim().parse().map_err(|_| Problem::invalid("position", "not_a_number", 0))?;
        let edit = ColumnEdit {
            name: text("name"),
            description: text("description"),
            keywords: text("keywords"),
            home: text("home"),
            position,
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        column::edit(&tx, &staff, &key, edit, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(())
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/columns", "saved")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, &key, Some((typed, &problem))).await,
    }
}
