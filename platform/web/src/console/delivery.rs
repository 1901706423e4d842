//! Where notices go: a person's own settings, the portal's addresses and endpoints, and its dead letters.

mod dead;
mod mine;
mod webhooks;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::listing::Cursor;
use border::delivery::webhook::Endpoint;
use border::delivery::{self, Channel, Contact, DeadLetter, ManageDelivery, Tally};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answers::Answers;
use super::door::{Door, Signed};
use super::room::{Room, Shell, page};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

const PER_PAGE: u64 = 30;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/my-notices").get(mine::show).post(mine::save),
        Door::at("/console/delivery").get(show),
        Door::at("/console/delivery/contacts").post(put_contact),
        Door::at("/console/delivery/contacts/{id}/remove").post(remove_contact),
        Door::at("/console/delivery/letters/retry").post(dead::retry_all),
        Door::at("/console/delivery/letters/give-up").post(dead::give_up_all),
        Door::at("/console/delivery/letters/{id}/retry").post(dead::retry),
        Door::at("/console/delivery/letters/{id}/give-up").post(dead::give_up),
        Door::at("/console/delivery/webhooks").post(webhooks::add),
        Door::at("/console/delivery/webhooks/{id}").get(webhooks::show).post(webhooks::change),
        Door::at("/console/delivery/webhooks/{id}/pause").post(webhooks::pause),
        Door::at("/console/delivery/webhooks/{id}/resume").post(webhooks::resume),
        Door::at("/console/delivery/webhooks/{id}/rotate").post(webhooks::rotate),
        Door::at("/console/delivery/webhooks/{id}/ping").post(webhooks::ping),
        Door::at("/console/delivery/webhooks/{id}/remove").post(webhooks::remove),
    ]
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    show: String,
}

#[derive(Serialize)]
struct Line {
    id: Uuid,
    channel: &'static str,
    standing: &'static str,
    badge: &'static str,
    what: String,
    address: String,
    urgent: bool,
    attempts: i32,
    said: String,
    created_at: String,
    dead: bool,
}

impl Line {
    /// A digest says its audience in the reader's words, a message its kind of event.
    fn of(app: &App, room: &Room, one: DeadLetter) -> Self {
        let letter = one.channel == Channel::Mail;
        Self {
            id: one.id,
            channel: one.channel.as_str(),
            standing: one.standing.as_str(),
            badge: badge(one.standing),
            what: if letter { room.word(app, &format!("audience_{}", one.what)) } else { one.what },
            address: one.address,
            urgent: one.urgent,
            attempts: one.attempts,
            said: one.said,
            created_at: one.created_at.minute_cst(),
            dead: one.standing == delivery::Standing::Dead,
        }
    }
}

/// Picture and colour of a standing.
fn badge(standing: delivery::Standing) -> &'static str {
    match standing {
        delivery::Standing::Waiting => "issued",
        delivery::Standing::Failed => "verified_late",
        delivery::Standing::Sent => "proven",
        delivery::Standing::Dead => "failed",
        delivery::Standing::GivenUp => "ended",
    }
}

#[derive(Serialize)]
struct Hook {
    href: String,
    url: String,
    kinds: Vec<String>,
    active: bool,
}

#[derive(Serialize)]
struct Delivery<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tally: Tally,
    letters: Vec<Line>,
    all: bool,
    next: Option<String>,
    href_dead: String,
    href_all: String,
    hooks: Vec<Hook>,
    contacts: Vec<Contact>,
    audiences: Vec<String>,
    families: &'static [&'static str],
    form: Answers,
}

/// Families of events that a form offers; the field beside them takes exact kinds.
const FAMILIES: &[&str] = &[
    "order",
    "obligation",
    "exemption",
    "recall",
    "edition",
    "submission",
    "roster",
    "handover",
    "delivery",
    "webhook",
    "notice",
];

/// The audiences that the rule knows.
fn audiences(app: &App) -> Vec<String> {
    let rule = app.delivery.at(app.clock.now());
    rule.map(|rule| rule.audiences.iter().map(|one| one.name.clone()).collect()).unwrap_or_default()
}

async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ManageDelivery>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, &asked, None).await
}

async fn draw(app: &App, room: &Room, asked: &Asked, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let all = asked.show == "all";
    let tx = app.store.reading(room.here.tenant).await?;
    let after = Cursor::parse(&asked.cursor);
    let found = match all {
        true => delivery::recent(&tx, after, PER_PAGE).await?,
        false => delivery::dead(&tx, after, PER_PAGE).await?,
    };
    let (tally, contacts) = (delivery::tally(&tx).await?, delivery::contacts(&tx).await?);
    let endpoints = delivery::webhook::endpoints(&tx).await?;
    tx.commit().await?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, "delivery", "delivery").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let kind = if all { "all" } else { "dead" };
    let hook = |one: Endpoint| Hook {
        href: room.at(&format!("/console/delivery/webhooks/{}", one.id)),
        url: one.url,
        kinds: one.kinds,
        active: one.active,
    };
    let view = Delivery {
        shell,
        tally,
        all,
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/delivery?show={kind}&cursor={cursor}"))),
        letters: found.items.into_iter().map(|one| Line::of(app, room, one)).collect(),
        href_dead: room.at("/console/delivery"),
        href_all: room.at("/console/delivery?show=all"),
        hooks: endpoints.into_iter().map(hook).collect(),
        contacts,
        audiences: audiences(app),
        families: FAMILIES,
        form,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "delivery.html", &view)
}

/// The page again with what was typed, unless the problem is not about the form.
async fn refused(app: &App, room: &Room, typed: Answers, problem: Problem) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    let asked = Asked { cursor: String::new(), show: String::new() };
    draw(app, room, &asked, Some((typed, problem))).await
}

async fn put_contact(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    typed: Answers,
) -> Result<Response, Problem> {
    let new = Contact {
        id: Uuid::nil(),
        address: typed.get("address").to_owned(),
        lang: if typed.get("lang") == "en" { "en" } else { "zh-Hans" }.to_owned(),
        audiences: typed.all("audiences"),
    };
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        delivery::put_contact(&tx, &staff, new, &app.delivery, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/delivery", "contact_put")),
        Err(problem) => refused(&app, &room, typed, problem).await,
    }
}

async fn remove_contact(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    delivery::remove_contact(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done("/console/delivery", "contact_removed"))
}
