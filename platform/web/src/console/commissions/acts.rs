//! What a called portal does: accepts, declines, asks to be let off, answers, or begins to write an answer.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::DocumentId;
use content::document::{self, EditDocument, Fields};
use exchange::CommissionId;
use exchange::commission;
use exchange::submission::{NewSubmission, SubmitUpward, To, Uses};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::one::refused;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

pub(super) async fn accept(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SubmitUpward>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        commission::accept(&tx, &staff, CommissionId(id), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "call_accepted")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

pub(super) async fn decline(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SubmitUpward>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        commission::decline(&tx, &staff, CommissionId(id), typed.get("reason"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "call_declined")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

pub(super) async fn plead(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SubmitUpward>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        commission::plead(&tx, &staff, CommissionId(id), typed.get("reason"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "call_pleaded")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SubmitUpward>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        commission::find_call(&tx, CommissionId(id)).await?;
        let document = Uuid::try_parse(typed.get("document_id"));
        let document = DocumentId(document.map_err(|_| Problem::invalid("document_id", "missing", 0))?);
        let uses = Uses { site: false, brief: false };
        let new = NewSubmission { document, to: To::Superior, uses, note: typed.get("note").to_owned() };
        let (sites, now) = (app.store.sites(), app.clock.now());
        commission::answer(&tx, &staff, sites, CommissionId(id), new, &app.submissions, now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/commissions/{id}"), "call_answered")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

/// Begins a document with the topic as its title and leads to the editor; published, it is chosen as an answer.
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<EditDocument>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let tx = app.store.tenant(room.here.tenant).await?;
    let (_, of) = commission::find_call(&tx, CommissionId(id)).await?;
    let fields = Fields { title: of.topic, source: room.here.owner_unit.to_string(), ..Fields::default() };
    let draft = document::create(&tx, &staff, fields, app.clock.now()).await?;
    tx.commit().await?;
    Ok(room.done(&format!("/console/documents/{}", draft.document), "call_begun"))
}
