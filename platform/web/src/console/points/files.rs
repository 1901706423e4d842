//! A circular's files, by the console's doors.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use exchange::merit::ViewPoints;
use uuid::Uuid;

use super::super::door::Signed;
use crate::extract::Path;
use crate::problem::Problem;
use crate::{App, circulars};

pub(in crate::console) async fn pdf(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewPoints>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    circulars::pdf(&app, &room.here, id).await
}

pub(in crate::console) async fn xlsx(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewPoints>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    circulars::xlsx(&app, &room.here, id).await
}
