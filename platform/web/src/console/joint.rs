//! 共建: joint columns and subscriptions, as owner, member, subscriber and source.

mod columns;
mod filter_form;
mod flow_new;
mod flows;
mod item;
mod mine;
mod queue;

use base::TenantId;
use exchange::joint::{Flow, ItemKey, Membership, Standing, ViaId};
use serde::Serialize;
use uuid::Uuid;

use super::door::Door;
use super::room::Room;
use crate::App;
use crate::problem::Problem;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/joint").get(queue::list),
        Door::at("/console/joint/accept").post(queue::accept),
        Door::at("/console/joint/undo").post(queue::undo),
        Door::at("/console/joint/items/{via}/{document}").get(item::show),
        Door::at("/console/joint/items/{via}/{document}/accept").post(item::accept),
        Door::at("/console/joint/items/{via}/{document}/decline").post(item::decline),
        Door::at("/console/joint/items/{via}/{document}/return").post(item::return_to),
        Door::at("/console/joint/items/{via}/{document}/take-down").post(item::take_down),
        Door::at("/console/joint/items/{via}/{document}/reopen").post(item::reopen),
        Door::at("/console/joint/items/{via}/{document}/arrange").post(item::arrange),
        Door::at("/console/joint/items/{via}/{document}/withdraw").post(mine::withdraw),
        Door::at("/console/joint/columns").get(columns::list).post(columns::invite),
        Door::at("/console/joint/columns/{key}/open").post(columns::open),
        Door::at("/console/joint/members/{id}/mode").post(columns::mode),
        Door::at("/console/joint/members/{id}/remove").post(columns::remove),
        Door::at("/console/joint/mine").get(mine::list),
        Door::at("/console/joint/members/{id}/answer").post(mine::answer),
        Door::at("/console/documents/{id}/contribute").post(mine::contribute),
        Door::at("/console/joint/subscriptions").get(flows::list),
        Door::at("/console/joint/subscriptions/new").get(flow_new::blank).post(flow_new::ask),
        Door::at("/console/joint/subscriptions/{id}/filter").get(filter_form::of_flow).post(filter_form::change_flow),
        Door::at("/console/joint/subscriptions/below/{id}/filter")
            .get(filter_form::of_declared)
            .post(filter_form::change_declared),
        Door::at("/console/joint/subscriptions/below/{id}/end").post(flows::end_declared),
        Door::at("/console/joint/subscriptions/{id}/step").post(flows::step),
        Door::at("/console/joint/subscriptions/{id}/mode").post(flows::mode),
    ]
}

/// The rooms side by side.
#[derive(Serialize)]
struct Tab {
    key: &'static str,
    href: String,
    current: bool,
}

fn tabs(room: &Room, current: &str) -> Vec<Tab> {
    let all = [
        ("queue", "/console/joint"),
        ("columns", "/console/joint/columns"),
        ("mine", "/console/joint/mine"),
        ("flows", "/console/joint/subscriptions"),
    ];
    all.into_iter().map(|(key, path)| Tab { key, href: room.at(path), current: key == current }).collect()
}

/// A column to choose.
#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
    standard: bool,
}

fn choices(columns: &[content::Column]) -> Vec<Choice> {
    let choice = |column: &content::Column| Choice {
        key: column.key.clone(),
        name: column.name.clone(),
        standard: column.standard_code.is_some(),
    };
    columns.iter().map(choice).collect()
}

fn column_name(columns: &[content::Column], key: &str) -> String {
    columns.iter().find(|column| column.key == key).map_or_else(|| key.to_owned(), |column| column.name.clone())
}

fn short_name(app: &App, tenant: TenantId) -> String {
    app.store.sites().by_id(tenant).map(|site| site.short_name.to_string()).unwrap_or_default()
}

/// Where the public finds a mirror on its receiver's portal.
fn public_page(app: &App, receiver: TenantId, address: &str) -> Option<String> {
    let site = app.store.sites().by_id(receiver).filter(|_| !address.is_empty())?;
    Some(app.addresses.absolute(site.main_host(), address))
}

fn key((via, document): (Uuid, Uuid)) -> ItemKey {
    ItemKey { via: ViaId(via), document: content::DocumentId(document) }
}

fn path_of(key: ItemKey) -> String {
    format!("/console/joint/items/{}/{}", key.via, key.document)
}

/// The problem is about what was typed, and the form is shown again.
fn is_about_the_form(problem: &Problem) -> bool {
    !matches!(problem.status, 403 | 404) && problem.status < 500
}

/// Picture and colour of an item's standing.
fn badge(standing: Standing) -> &'static str {
    match standing {
        Standing::Arrived => "issued",
        Standing::InReview => "open",
        Standing::Placed => "live",
        Standing::Filtered | Standing::Skipped => "plain",
        Standing::Declined => "refused",
        Standing::Returned => "proposed",
        Standing::TakenDown | Standing::Withdrawn => "withdrawn",
        Standing::Void => "ended",
    }
}

fn member_badge(standing: Membership) -> &'static str {
    match standing {
        Membership::Invited => "asked",
        Membership::Accepted => "live",
        Membership::Refused => "refused",
        Membership::Left => "ended",
        Membership::Removed => "withdrawn",
    }
}

fn flow_badge(standing: Flow) -> &'static str {
    match standing {
        Flow::Asked => "asked",
        Flow::Active => "live",
        Flow::Paused => "suspended",
        Flow::Ended => "ended",
        Flow::Refused => "refused",
    }
}
