//! The dead-letter list: tried once more or given up, one or all of them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use border::delivery::{self, ManageDelivery};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::refused;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

pub(super) async fn retry(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        delivery::retry(&tx, &staff, id, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/delivery", "letter_retried")),
        Err(problem) => refused(&app, &room, Answers::default(), problem).await,
    }
}

pub(super) async fn give_up(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        delivery::give_up(&tx, &staff, id, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/delivery", "letter_given_up")),
        Err(problem) => refused(&app, &room, Answers::default(), problem).await,
    }
}

pub(super) async fn retry_all(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    delivery::retry_all(&tx, &staff, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done("/console/delivery", "letter_retried"))
}

pub(super) async fn give_up_all(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageDelivery>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    delivery::give_up_all(&tx, &staff, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done("/console/delivery", "letter_given_up"))
}
