//! 源已更新: what the source says now beside what is here, and the decision; and reading a failed thing once more.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use border::crawl::{self, Comparison, ManageCrawl, Settled, SourceId, ViewCrawl};
use content::comparison::Piece;
use content::document::EditDocument;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    action: String,
    url: String,
    document: String,
    live: bool,
    open: bool,
    titles: Vec<Piece>,
    texts: Vec<Piece>,
    files: Vec<String>,
    may_manage: bool,
}

pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewCrawl>,
    Path((id, key)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    draw(&app, &room, SourceId(id), &key, None).await
}

async fn draw(app: &App, room: &Room, id: SourceId, key: &str, problem: Option<&Problem>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let source = crawl::find(&tx, id).await?;
    let seen: Comparison = crawl::comparison(&tx, id, key).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "crawl_compare", "crawl").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "crawl"), href: room.at("/console/crawl") },
        Crumb { name: source.text.name, href: room.at(&format!("/console/crawl/{id}")) },
        Crumb { name: room.word(app, "crawl_compare"), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let view = View {
        shell,
        action: room.at(&format!("/console/crawl/{id}/items/{key}")),
        url: seen.item.url,
        document: room.at(&format!("/console/documents/{}", seen.document)),
        live: seen.live,
        open: seen.item.standing == "changed",
        titles: seen.title,
        texts: seen.body,
        files: seen.files,
        may_manage: room.holds::<ManageCrawl>(app),
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "crawl-compare.html", &view)
}

pub(in crate::console) async fn settle(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageCrawl>,
    Path((id, key)): Path<(Uuid, String)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let id = SourceId(id);
    let done = async {
        let writer = room.staff::<EditDocument>(&app)?;
        let settled = match typed.get("settle") {
            "keep" => Settled::Keep,
            "take" => Settled::Take,
            _ => return Err(Problem::not_found()),
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        let document = crawl::settle(&tx, &staff, &writer, (id, &key), settled, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>((settled, document))
    };
    match done.await {
        Ok((Settled::Take, document)) => Ok(room.done(&format!("/console/documents/{document}"), "crawl_taken")),
        Ok((Settled::Keep, _)) => Ok(room.done(&format!("/console/crawl/{id}"), "crawl_kept")),
        Err(problem) if matches!(problem.status, 403 | 404) || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, id, &key, Some(&problem)).await,
    }
}

pub(in crate::console) async fn retry(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageCrawl>,
    Path((id, key)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    crawl::retry(&tx, &staff, SourceId(id), &key, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/crawl/{id}"), "crawl_asked"))
}
