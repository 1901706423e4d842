//! The console: server-rendered rooms that work without JavaScript; scripts add live counts and the editor.

mod answers;
mod board;
mod desk;
mod documents;
mod export;
mod inbox;
mod orders;
mod room;
mod sign_in;
mod tenants;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::HeaderMap;

use crate::App;
use crate::problem::Problem;

/// One address of the console: its methods and who may use it. The table is the router, so a new room cannot be forgotten
/// by the test that knocks on every door as a stranger.
pub struct Door {
    /// Path with `{placeholders}`.
    pub path: &'static str,
    /// Methods, separated by commas.
    pub methods: &'static str,
    /// The duty that it asks for; empty for everybody, `signed-in` for every person.
    pub duty: &'static str,
    rooms: MethodRouter<Arc<App>>,
}

macro_rules! door {
    ($path:literal, $methods:literal, $duty:literal, $rooms:expr) => {
        Door { path: $path, methods: $methods, duty: $duty, rooms: $rooms }
    };
}

/// Every address of the console.
pub fn doors() -> Vec<Door> {
    vec![
        door!("/console/sign-in", "GET,POST", "", get(sign_in::form).post(sign_in::enter)),
        door!("/console/sign-out", "POST", "signed-in", post(sign_in::leave)),
        door!("/console/language", "POST", "", post(sign_in::language)),
        door!("/console/", "GET", "signed-in", get(desk::show)),
        door!("/console/notices/{key}/read", "POST", "view_inbox", post(desk::read)),
        door!("/console/inbox", "GET", "view_inbox", get(inbox::list)),
        door!("/console/inbox/{order}", "GET", "view_inbox", get(inbox::show)),
        door!("/console/inbox/{order}/place", "POST", "place_mirror", post(inbox::place)),
        door!("/console/inbox/{order}/exemption", "POST", "ask_exemption", post(inbox::ask_exemption)),
        door!("/console/documents", "GET", "view_inbox", get(documents::list)),
        door!("/console/documents/new", "GET,POST", "edit_document", get(documents::blank).post(documents::create)),
        door!("/console/documents/{id}", "GET,POST", "edit_document", get(documents::show).post(documents::save)),
        door!("/console/documents/{id}/publish", "POST", "publish_document", post(documents::publish)),
        door!("/console/documents/{id}/edition", "POST", "edit_document", post(documents::new_edition)),
        door!("/console/documents/{id}/withdraw", "POST", "withdraw_document", post(documents::withdraw)),
        door!("/console/documents/{id}/attach", "POST", "edit_document", post(documents::attach)),
        door!("/console/documents/{id}/detach/{position}", "POST", "edit_document", post(documents::detach)),
        door!("/console/orders", "GET,POST", "view_board", get(orders::list).post(orders::issue)),
        door!("/console/orders/new", "GET,POST", "issue_order", get(orders::blank).post(orders::preview)),
        door!("/console/orders/{id}", "GET", "view_board", get(board::show)),
        door!("/console/orders/{id}/events", "GET", "view_board", get(board::events)),
        door!("/console/orders/{id}/export.csv", "GET", "view_board", get(export::csv)),
        door!("/console/orders/{id}/export.xlsx", "GET", "view_board", get(export::xlsx)),
        door!("/console/orders/{id}/recall", "POST", "propose_recall", post(board::propose)),
        door!("/console/orders/{id}/confirm", "POST", "confirm_recall", post(board::confirm)),
        door!("/console/orders/{id}/refuse", "POST", "confirm_recall", post(board::refuse)),
        door!("/console/orders/{id}/exemptions/{slug}", "POST", "decide_exemption", post(board::decide)),
        door!("/console/tenants", "GET", "signed-in", get(tenants::list)),
        door!("/console/tenants/new", "GET,POST", "provision_tenants", get(tenants::blank).post(tenants::create)),
    ]
}

/// Every room of the console.
pub fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let mut router = Router::new();
    for door in doors() {
        router = router.route(door.path, door.rooms);
    }
    router
        .route("/console", get(|| async { axum::response::Redirect::permanent("/console/") }))
        .route("/console/{*rest}", axum::routing::any(|| async { Problem::not_found().into_response() }))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), as_page))
}

/// Turns a problem into a page in the reader's language.
async fn as_page(State(app): State<Arc<App>>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    match answer.extensions().get::<Problem>() {
        Some(problem) => room::fault(&app, room::language(&headers), problem),
        None => answer,
    }
}
