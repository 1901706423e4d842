//! 计分: what a portal scores below, by which table, what is disputed, the monthly circular; and what it earned itself.

mod appeals;
mod circulars;
mod events;
mod files;
mod mine;
mod overview;
mod rows;
mod rule;

use base::TenantId;
use exchange::merit::{KeepScore, Occasion, Place};
use serde::Serialize;

use super::door::Door;
use super::room::Room;
use crate::App;
use crate::problem::Problem;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/points").get(overview::show),
        Door::at("/console/points/ranking").post(overview::ranking),
        Door::at("/console/points/events").get(events::list).post(events::record),
        Door::at("/console/points/journals").post(events::journal),
        Door::at("/console/points/rule").get(rule::show).post(rule::act),
        Door::at("/console/points/appeals").get(appeals::list),
        Door::at("/console/points/appeals/{id}/accept").post(appeals::accept),
        Door::at("/console/points/appeals/{id}/reject").post(appeals::reject),
        Door::at("/console/points/circulars").get(circulars::list).post(circulars::issue),
        Door::at("/console/points/circulars/{id}").get(circulars::show),
        Door::at("/console/points/circulars/{id}/file.pdf").get(files::pdf),
        Door::at("/console/points/circulars/{id}/file.xlsx").get(files::xlsx),
        Door::at("/console/points/mine").get(mine::show).post(mine::appeal),
        Door::at("/console/points/mine/{id}/withdraw").post(mine::withdraw),
    ]
}

/// Where one goes from here.
#[derive(Serialize)]
struct Tab {
    key: &'static str,
    href: String,
    current: bool,
}

/// The ways between the rooms: what is scored below only where somebody stands below.
fn tabs(app: &App, room: &Room, current: &'static str) -> Vec<Tab> {
    let scores = !app.store.sites().children(room.here.tenant).is_empty();
    let all = [
        ("overview", "/console/points", scores),
        ("events", "/console/points/events", scores),
        ("rule", "/console/points/rule", scores && room.holds::<KeepScore>(app)),
        ("appeals", "/console/points/appeals", scores),
        ("circulars", "/console/points/circulars", scores),
        ("mine", "/console/points/mine", room.here.parent.is_some()),
    ];
    let tab = |(key, path, _): (&'static str, &str, bool)| Tab { key, href: room.at(path), current: key == current };
    all.into_iter().filter(|(_, _, shown)| *shown).map(tab).collect()
}

/// A portal to choose.
#[derive(Serialize)]
struct Unit {
    slug: String,
    name: String,
}

fn units(app: &App, room: &Room) -> Vec<Unit> {
    let below = app.store.sites().children(room.here.tenant);
    below.iter().map(|site| Unit { slug: site.slug.to_string(), name: site.short_name.to_string() }).collect()
}

/// The portal directly below that a form names.
fn unit(app: &App, room: &Room, slug: &str) -> Result<TenantId, Problem> {
    let found = app.store.sites().by_slug(slug).filter(|site| site.parent == Some(room.here.tenant));
    found.map(|site| site.tenant).ok_or_else(|| Problem::invalid("beneficiary", "unknown", 0))
}

fn short_name(app: &App, tenant: TenantId) -> String {
    app.store.sites().by_id(tenant).map(|site| site.short_name.to_string()).unwrap_or_default()
}

/// An occasion in the reader's words.
fn occasion_word(app: &App, room: &Room, occasion: Occasion) -> String {
    room.word(app, &format!("points_occasion_{}", occasion.as_str()))
}

/// Whether it matters where something happened.
fn place_word(app: &App, room: &Room, occasion: Occasion, place: Place) -> String {
    let placed = occasion.is_adoption() || matches!(occasion, Occasion::Published | Occasion::ReportedUp);
    if placed { room.word(app, &format!("points_place_{}", place.as_str())) } else { String::new() }
}
