//! What is done to a submission: sent and recalled by its sender, held, adopted, returned and declined by its receiver.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::DocumentId;
use content::document::AdoptDocument;
use exchange::SubmissionId;
use exchange::submission::{self, Adoption, DecideSubmission, NewSubmission, SubmissionError, SubmitUpward, Uses};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::Room;
use super::one::draw;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Shows the submission again with what was typed, unless the problem is not about the form.
async fn refused(app: &App, room: &Room, id: Uuid, typed: Answers, problem: Problem) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, id, Some((typed, problem))).await
}

/// Offers a live document of this portal to its superior.
pub(in crate::console) async fn submit(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SubmitUpward>,
    Path(document): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let new = NewSubmission {
        document: DocumentId(document),
        uses: Uses { site: typed.get("for_site") == "yes", brief: typed.get("for_brief") == "yes" },
        note: typed.get("note").to_owned(),
    };
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        let sent = submission::submit(&tx, &staff, app.store.sites(), new, &app.submissions, app.clock.now()).await;
        match sent {
            // It waits there already: that is where to look.
            Err(SubmissionError::OpenAlready(thread)) => Ok((thread, "waits_already")),
            Err(error) => Err(Problem::from(error)),
            Ok(sent) => {
                tx.commit().await?;
                Ok((sent.id, "submitted"))
            }
        }
    };
    match done.await {
        Ok((id, told)) => Ok(room.done(&format!("/console/submissions/{id}"), told)),
        Err(problem) => super::super::documents::refused(&app, &room, document, problem).await,
    }
}

/// The sender takes it back.
pub(in crate::console) async fn recall(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SubmitUpward>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        submission::recall(&tx, &staff, SubmissionId(id), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/submissions/{id}"), "submission_recalled")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

/// Takes it in hand.
pub(in crate::console) async fn hold(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        submission::hold(&tx, &staff, SubmissionId(id), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/submissions/{id}"), "held")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

/// Makes a document of it, and leads to the editor where the receiver gives it its own form.
pub(in crate::console) async fn adopt(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let writer = room.staff::<AdoptDocument>(&app)?;
    let done = async {
        let with = typed.all("with").iter().map(|id| Uuid::try_parse(id).map(SubmissionId)).collect::<Result<_, _>>();
        let with = with.map_err(|_| Problem::invalid("with", "unknown", 0))?;
        let tx = app.store.tenant(room.here.tenant).await?;
        let mut fields = submission::find_received(&tx, SubmissionId(id)).await?.fields;
        fields.column = typed.get("column").to_owned();
        let adoption = Adoption { of: SubmissionId(id), with, fields };
        let adopted = submission::adopt(&tx, &staff, &writer, adoption, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(adopted.document)
    };
    match done.await {
        Ok(document) => Ok(room.done(&format!("/console/documents/{document}"), "adopted")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

/// 退回
pub(in crate::console) async fn return_to(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        submission::return_to(&tx, &staff, SubmissionId(id), typed.get("reason"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/submissions/{id}"), "returned")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

/// 不采用
pub(in crate::console) async fn decline(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let tx = app.store.tenant(room.here.tenant).await?;
        submission::decline(&tx, &staff, SubmissionId(id), typed.get("reason"), app.clock.now()).await?;
        Ok::<_, Problem>(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done(&format!("/console/submissions/{id}"), "declined")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}
