//! What its issuer does to a commission: sends, ends, takes back, lets portals off.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::store::Reach;
use exchange::CommissionId;
use exchange::commission::{self, CommissionItems};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::one::refused;
use super::write::rule;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

pub(super) async fn open(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let rule = rule(&app)?;
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        let with = (&rule, &app.submissions.calendar);
        commission::open(&tx, &staff, app.store.sites(), CommissionId(id), with, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "commission_opened")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        commission::close(&tx, &staff, CommissionId(id), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "commission_closed")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        commission::cancel(&tx, &staff, CommissionId(id), typed.get("reason"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "commission_cancelled")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

pub(super) async fn excuse(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    Path((id, slug)): Path<(Uuid, String)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let of = app.store.sites().by_slug(&slug).ok_or_else(Problem::not_found)?;
        let word = (typed.get("granted") == "yes", typed.get("answer"));
        let tx = app.store.tenant(room.here.tenant).await?;
        commission::excuse(&tx, &staff, CommissionId(id), of.tenant, word, app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}?group=pleas"), "decided")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}
