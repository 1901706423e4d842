//! The console: server-rendered rooms that work without JavaScript; scripts add live counts and the editor.

mod answers;
mod audience;
mod baskets;
mod board;
mod columns;
mod commissions;
mod crawl;
mod delivery;
mod desk;
mod documents;
mod door;
mod export;
mod federation;
mod inbox;
mod joint;
mod likeness;
mod links;
mod nav;
mod orders;
mod outside;
mod points;
mod recommended;
mod room;
mod rosters;
mod sign_in;
mod submissions;
mod tenants;
pub mod told;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;

pub use board::{Boards, peers_below};
pub use door::Door;
pub(crate) use room::{fault, language};

use crate::App;
use crate::problem::Problem;

/// Every address of the console.
pub fn doors() -> Vec<Door> {
    let rooms = [
        house_doors(),
        baskets::doors(),
        likeness::doors(),
        commissions::doors(),
        points::doors(),
        delivery::doors(),
        rosters::doors(),
        outside::doors(),
        crawl::doors(),
        columns::doors(),
        links::doors(),
        joint::doors(),
        federation::doors(),
        recommended::doors(),
    ];
    rooms.into_iter().flatten().collect()
}

fn house_doors() -> Vec<Door> {
    vec![
        Door::at("/console/sign-in").get(sign_in::form).post(sign_in::enter),
        Door::at("/console/sign-out").post(sign_in::leave),
        Door::at("/console/language").post(sign_in::language),
        Door::at("/console/").get(desk::show),
        Door::at("/console/notices/{key}/read").post(desk::read),
        Door::at("/console/inbox").get(inbox::list),
        Door::at("/console/inbox/{order}").get(inbox::show),
        Door::at("/console/inbox/{order}/place").post(inbox::place),
        Door::at("/console/inbox/{order}/exemption").post(inbox::ask_exemption),
        Door::at("/console/documents").get(documents::list),
        Door::at("/console/documents/new").get(documents::blank).post(documents::create),
        Door::at("/console/documents/{id}").get(documents::show).post(documents::save),
        Door::at("/console/documents/{id}/publish").post(documents::publish),
        Door::at("/console/documents/{id}/edition").post(documents::new_edition),
        Door::at("/console/documents/{id}/withdraw").post(documents::withdraw),
        Door::at("/console/documents/{id}/attach").post(documents::attach),
        Door::at("/console/documents/{id}/detach/{position}").post(documents::detach),
        Door::at("/console/documents/{id}/submit").post(submissions::submit),
        Door::at("/console/submissions").get(submissions::received),
        Door::at("/console/submissions/sent").get(submissions::sent),
        Door::at("/console/submissions/{id}").get(submissions::show),
        Door::at("/console/submissions/{id}/recall").post(submissions::recall),
        Door::at("/console/submissions/{id}/hold").post(submissions::hold),
        Door::at("/console/submissions/{id}/adopt").post(submissions::adopt),
        Door::at("/console/submissions/{id}/return").post(submissions::return_to),
        Door::at("/console/submissions/{id}/decline").post(submissions::decline),
        Door::at("/console/submissions/{id}/keep").post(submissions::keep),
        Door::at("/console/orders").get(orders::list).post(orders::issue),
        Door::at("/console/orders/new").get(orders::blank).post(orders::preview),
        Door::at("/console/orders/{id}").get(board::show),
        Door::at("/console/orders/{id}/events").get(board::events),
        Door::at("/console/orders/{id}/export.csv").get(export::csv),
        Door::at("/console/orders/{id}/export.xlsx").get(export::xlsx),
        Door::at("/console/orders/{id}/recall").post(board::propose),
        Door::at("/console/orders/{id}/confirm").post(board::confirm),
        Door::at("/console/orders/{id}/refuse").post(board::refuse),
        Door::at("/console/orders/{id}/exemptions/{slug}").post(board::decide),
        Door::at("/console/tenants").get(tenants::list),
        Door::at("/console/tenants/new").get(tenants::blank).post(tenants::create),
    ]
}

/// Every room of the console. Problems leave as they are; the guard makes pages of them.
pub fn router() -> Router<Arc<App>> {
    let nothing = || async { Problem::not_found().into_response() };
    let mut router = Router::new();
    for door in doors() {
        router = router.route(door.path, door.rooms);
    }
    router
        .route("/console", get(|| async { axum::response::Redirect::permanent("/console/") }))
        .route("/console/{*rest}", axum::routing::any(nothing))
        .method_not_allowed_fallback(|| async { Problem::method().into_response() })
}
