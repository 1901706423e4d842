//! One endpoint: what it hears, its secret when it is new, and a test message with the answer.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use border::delivery::ManageDelivery;
use border::delivery::webhook::{self, Endpoint, NewEndpoint, Pong};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{FAMILIES, refused};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: Uuid,
    url: String,
    kinds: Vec<String>,
    /// Kinds that no checkbox stands for.
    more: String,
    families: &'static [&'static str],
    active: bool,
    seen: i64,
    created_at: String,
    created_by: String,
    old_until: Option<String>,
    /// Shown this once.
    secret: Option<String>,
    pong: Option<Pong>,
}

/// What is shown beside an endpoint this once.
#[derive(Default)]
struct Beside {
    secret: Option<String>,
    pong: Option<Pong>,
    again: Option<(NewEndpoint, Problem)>,
}

fn typed_endpoint(typed: &Answers) -> NewEndpoint {
    let mut kinds = typed.all("kinds");
    kinds.extend(typed.listed("more"));
    NewEndpoint { url: typed.get("url").to_owned(), kinds }
}

async fn draw(app: &App, room: &Room, mut one: Endpoint, beside: Beside) -> Result<Response, Problem> {
    let mut shell = room.shell(app, "webhook", "delivery").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "delivery"), href: room.at("/console/delivery") },
        Crumb { name: one.url.clone(), href: String::new() },
    ];
    shell.refusal = beside.again.as_ref().map(|(_, problem)| room.refusal(app, problem));
    let status = beside.again.as_ref().map_or(StatusCode::OK, |(_, problem)| problem.status());
    if let Some((typed, _)) = beside.again {
        (one.url, one.kinds) = (typed.url, typed.kinds);
    }
    let offered = |kind: &&String| !FAMILIES.iter().any(|family| **kind == format!("{family}.*"));
    let view = One {
        shell,
        id: one.id,
        more: one.kinds.iter().filter(offered).cloned().collect::<Vec<_>>().join(", "),
        url: one.url,
        kinds: one.kinds,
        families: FAMILIES,
        active: one.active,
        seen: one.seen,
        created_at: one.created_at.minute_cst(),
        created_by: one.created_by,
        old_until: one.old_until.filter(|until| *until > app.clock.now()).map(|until| until.minute_cst()),
        secret: beside.secret,
        pong: beside.pong,
    };
    page(app, status, "webhook.html", &view)
}

async fn found(app: &App, room: &Room, id: Uuid) -> Result<Endpoint, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    Ok(webhook::find(&tx, id).await?)
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let one = found(&app, &room, id).await?;
    draw(&app, &room, one, Beside::default()).await
}

/// The answer is the page with the secret: it is kept nowhere where it could be shown again.
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let with = (&app.outbound, &*app.delivery);
        let made = webhook::add(&tx, &staff, &typed_endpoint(&typed), with, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(made)
    };
    match done.await {
        Ok((one, secret)) => draw(&app, &room, one, Beside { secret: Some(secret), ..Beside::default() }).await,
        Err(problem) => refused(&app, &room, typed, problem).await,
    }
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let (was, new) = (found(&app, &room, id).await?, typed_endpoint(&typed));
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        webhook::change(&tx, &staff, id, &new, &app.outbound, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/delivery/webhooks/{id}"), "webhook_changed")),
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, was, Beside { again: Some((new, problem)), ..Beside::default() }).await,
    }
}

pub(super) async fn pause(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    webhook::pause(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/delivery/webhooks/{id}"), "webhook_paused"))
}

pub(super) async fn resume(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    webhook::resume(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/delivery/webhooks/{id}"), "webhook_resumed"))
}

pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    let (one, secret) = webhook::rotate(&tx, &staff, id, &app.delivery, app.clock.now()).await?;
    tx.commit().await?;
    draw(&app, &room, one, Beside { secret: Some(secret), ..Beside::default() }).await
}

/// Sent while the person waits; the answer is shown as it came.
pub(super) async fn ping(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let one = found(&app, &room, id).await?;
    let absolute = |host: &str, path: &str| app.addresses.absolute(host, path);
    let pong = webhook::ping(&app.outbound, &one, &room.here, &absolute, app.clock.now()).await;
    draw(&app, &room, one, Beside { pong: Some(pong), ..Beside::default() }).await
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    webhook::remove(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done("/console/delivery", "webhook_removed"))
}
