//! Doors of the console. Who may come in is part of a room's type: [`Signed`] proves the duty before the room is entered, and
//! the table of doors reads the same type, so that table and check cannot differ.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use base::Staff;
use base::duty::Duty;
use http::HeaderMap;
use http::request::Parts;

use super::answers::Answers;
use super::room::Room;
use crate::App;
use crate::auth::Person;

/// A signed-in person at a portal, proven to hold the duty `D` there.
pub struct Signed<D: Duty>(pub Room, pub Staff<D>);

impl<D: Duty> FromRequestParts<Arc<App>> for Signed<D> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let room = Room::from_request_parts(parts, app).await?;
        let staff = room.staff::<D>(app).map_err(IntoResponse::into_response)?;
        Ok(Self(room, staff))
    }
}

/// Who a room lets in: what its handler takes first.
pub trait Guest {
    /// Name of the duty; empty for everybody, `signed-in` for every person.
    const DUTY: &'static str;
}

impl<D: Duty> Guest for Signed<D> {
    const DUTY: &'static str = D::NAME;
}

impl Guest for Room {
    const DUTY: &'static str = "signed-in";
}

impl Guest for Person {
    const DUTY: &'static str = "signed-in";
}

impl Guest for HeaderMap {
    const DUTY: &'static str = "";
}

impl Guest for Answers {
    const DUTY: &'static str = "";
}

/// The arguments of a room: the house, the guest, and what else was said.
pub trait Asks {
    /// See [`Guest::DUTY`].
    const DUTY: &'static str;
}

impl<M, G: Guest> Asks for (M, State<Arc<App>>, G) {
    const DUTY: &'static str = G::DUTY;
}

impl<M, G: Guest, A> Asks for (M, State<Arc<App>>, G, A) {
    const DUTY: &'static str = G::DUTY;
}

impl<M, G: Guest, A, B> Asks for (M, State<Arc<App>>, G, A, B) {
    const DUTY: &'static str = G::DUTY;
}

/// One address of the console: its methods and who may use them. The table is the router, so a new room cannot be forgotten
/// by the test that knocks on every door as a stranger.
pub struct Door {
    /// Path with `{placeholders}`.
    pub path: &'static str,
    /// Methods, each with the duty that it asks for: empty for everybody, `signed-in` for every person.
    pub methods: Vec<(&'static str, &'static str)>,
    pub(super) rooms: MethodRouter<Arc<App>>,
}

impl Door {
    pub(super) fn at(path: &'static str) -> Self {
        Self { path, methods: Vec::new(), rooms: MethodRouter::new() }
    }

    pub(super) fn get<H, T>(mut self, room: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: Asks + 'static,
    {
        self.methods.push(("GET", T::DUTY));
        self.rooms = self.rooms.get(room);
        self
    }

    pub(super) fn post<H, T>(mut self, room: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: Asks + 'static,
    {
        self.methods.push(("POST", T::DUTY));
        self.rooms = self.rooms.post(room);
        self
    }
}
