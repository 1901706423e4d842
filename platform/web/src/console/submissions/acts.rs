//! What is done to a submission: sent and recalled by its sender, held, adopted, returned and declined by its receiver.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::TenantTx;
use content::DocumentId;
use content::document::AdoptDocument;
use exchange::SubmissionId;
use exchange::submission::{
    self, Adoption, DecideSubmission, NewSubmission, Submission, SubmissionError, SubmitUpward, To, Uses,
};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::documents::fields;
use super::super::door::Signed;
use super::super::room::Room;
use super::one::draw;
use crate::App;
use crate::extract::Path;
use crate::frame::at_home;
use crate::problem::Problem;

/// Shows the submission again with what was typed, unless the problem is not about the form.
async fn refused(app: &App, room: &Room, id: Uuid, typed: Answers, problem: Problem) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    draw(app, room, id, Some((typed, problem))).await
}

/// Offers a live document of this portal to its superior, or to one further up that permitted it.
pub(in crate::console) async fn submit(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<SubmitUpward>,
    Path(document): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let sites = app.store.sites();
    let to = match typed.get("to") {
        "" => Some(To::Superior),
        slug => sites.by_slug(slug).map(|site| To::Named(site.tenant)),
    };
    let done = async {
        let new = NewSubmission {
            document: DocumentId(document),
            to: to.ok_or_else(|| Problem::invalid("to", "unknown", 0))?,
            uses: Uses { site: typed.get("for_site") == "yes", brief: typed.get("for_brief") == "yes" },
            note: typed.get("note").to_owned(),
        };
        let tx = app.store.tenant(room.here.tenant).await?;
        match submission::submit(&tx, &staff, sites, new, &app.submissions, app.clock.now()).await {
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
    let act = async |tx: &_, now| submission::recall(tx, &staff, SubmissionId(id), now).await;
    match at_home(&app, room.here.tenant, act).await {
        Ok(_) => Ok(room.done(&format!("/console/submissions/{id}"), "submission_recalled")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

/// The submission, unless somebody else holds it and the form does not say that it is taken over.
async fn mine(tx: &TenantTx, room: &Room, id: Uuid, typed: &Answers) -> Result<Submission, Problem> {
    let one = submission::find_received(tx, SubmissionId(id)).await?;
    let another = one.standing.is_open() && !one.holder.is_empty() && one.holder != room.person.principal.actor;
    if another && typed.get("take_over") != "yes" {
        return Err(Problem::held_by_another(&one.holder));
    }
    Ok(one)
}

/// Where a decision leads: to the next submission that waits when the form asks for it, and to the queue after the last.
async fn next_of(tx: &TenantTx, typed: &Answers, was: &Submission) -> Result<Option<String>, Problem> {
    if typed.get("then") != "next" {
        return Ok(None);
    }
    let next = match submission::neighbours(tx, was).await?.1 {
        None => submission::first_open(tx).await?,
        next => next,
    };
    Ok(Some(next.map_or_else(|| "/console/submissions".to_owned(), |id| format!("/console/submissions/{id}"))))
}

/// After a decision: the next one, or the submission itself; or the form again.
async fn decided(
    app: &App,
    room: &Room,
    id: Uuid,
    typed: Answers,
    done: Result<Option<String>, Problem>,
    told: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(next) => Ok(room.done(&next.unwrap_or_else(|| format!("/console/submissions/{id}")), told)),
        Err(problem) => refused(app, room, id, typed, problem).await,
    }
}

/// Takes it in hand.
pub(in crate::console) async fn hold(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &TenantTx, now| {
        mine(tx, &room, id, &typed).await?;
        Ok::<_, Problem>(submission::hold(tx, &staff, SubmissionId(id), now).await?)
    };
    match at_home(&app, room.here.tenant, act).await {
        Ok(_) => Ok(room.done(&format!("/console/submissions/{id}"), "held")),
        Err(problem) => refused(&app, &room, id, Answers::default(), problem).await,
    }
}

/// Makes a document of it as the form says, in one act; a form without a text takes the frozen one. Leads to the draft, which
/// is the receiver's own.
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
        let act = async |tx: &TenantTx, now| {
            let one = mine(tx, &room, id, &typed).await?;
            let mut own = one.fields.clone();
            if typed.all("title").is_empty() {
                own.column = typed.get("column").to_owned();
            } else {
                own = fields(&typed);
            }
            let adoption = Adoption { of: SubmissionId(id), with, fields: own };
            let adopted = submission::adopt(tx, &staff, &writer, adoption, now).await?;
            let next = next_of(tx, &typed, &one).await?;
            Ok::<_, Problem>(next.unwrap_or_else(|| format!("/console/documents/{}", adopted.document)))
        };
        at_home(&app, room.here.tenant, act).await
    };
    match done.await {
        Ok(path) => Ok(room.done(&path, "adopted")),
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
    let act = async |tx: &TenantTx, now| {
        let one = mine(tx, &room, id, &typed).await?;
        submission::return_to(tx, &staff, SubmissionId(id), typed.get("reason"), now).await?;
        next_of(tx, &typed, &one).await
    };
    let done = at_home(&app, room.here.tenant, act).await;
    decided(&app, &room, id, typed, done, "returned").await
}

/// 不采用
pub(in crate::console) async fn decline(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &TenantTx, now| {
        let one = mine(tx, &room, id, &typed).await?;
        submission::decline(tx, &staff, SubmissionId(id), typed.get("reason"), now).await?;
        next_of(tx, &typed, &one).await
    };
    let done = at_home(&app, room.here.tenant, act).await;
    decided(&app, &room, id, typed, done, "declined").await
}

/// Keeps the copy of what its origin withdrew, with a written reason.
pub(in crate::console) async fn keep(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| submission::keep(tx, &staff, SubmissionId(id), typed.get("keep_reason"), now).await;
    match at_home(&app, room.here.tenant, act).await {
        Ok(_) => Ok(room.done(&format!("/console/submissions/{id}"), "kept")),
        Err(problem) => refused(&app, &room, id, typed, problem.renamed("reason", "keep_reason")).await,
    }
}
