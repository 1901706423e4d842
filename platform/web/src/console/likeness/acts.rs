//! What is made of a cluster: one document of several submissions, and an answer to those who were late.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use content::document::AdoptDocument;
use exchange::SubmissionId;
use exchange::likeness;
use exchange::submission::{self, Adoption, DecideSubmission};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::Room;
use super::one::draw;
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Shows the cluster again with what was typed, unless the problem is not about the form.
async fn refused(app: &App, room: &Room, id: Uuid, typed: Answers, problem: Problem) -> Result<Response, Problem> {
    if matches!(problem.status, 403 | 404) || problem.status >= 500 {
        return Err(problem);
    }
    let lead = typed.get("lead").to_owned();
    draw(app, room, id, &lead, Some((typed, problem))).await
}

/// The submissions that a field names.
fn ids(typed: &Answers, field: &str) -> Result<Vec<SubmissionId>, Problem> {
    let ids = typed.all(field);
    let ids = ids.iter().filter(|id| !id.is_empty()).map(|id| Uuid::try_parse(id).map(SubmissionId));
    ids.collect::<Result<_, _>>().map_err(|_| Problem::invalid(field, "unknown", 0))
}

fn lead(typed: &Answers) -> Result<SubmissionId, Problem> {
    ids(typed, "lead")?.first().copied().ok_or_else(|| Problem::invalid("lead", "missing", 0))
}

/// 综合采用: one document with the text of the lead, credited to every submission that was ticked. What stood on the page and
/// was not ticked is declined, when that was asked; what came since is not.
pub(in crate::console) async fn merge(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let writer = room.staff::<AdoptDocument>(&app)?;
    let done = async {
        let (lead, with) = (lead(&typed)?, ids(&typed, "with")?);
        let left = |id: &SubmissionId| *id != lead && !with.contains(id);
        let rest: Vec<SubmissionId> = ids(&typed, "shown")?.into_iter().filter(left).collect();
        let (tx, now) = (app.store.tenant(room.here.tenant).await?, app.clock.now());
        let mut fields = submission::find_received(&tx, lead).await?.fields;
        fields.column = typed.get("column").to_owned();
        let adopted = submission::adopt(&tx, &staff, &writer, Adoption { of: lead, with, fields }, now).await?;
        if typed.get("rest") == "decline" {
            likeness::decline_duplicates(&tx, &staff, &rest, typed.get("reason"), now).await?;
        }
        tx.commit().await?;
        Ok::<_, Problem>(adopted.document)
    };
    match done.await {
        Ok(document) => Ok(room.done(&format!("/console/documents/{document}"), "adopted")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}

/// 重复稿件: what was ticked is declined with one reason; the lead is left as it is.
pub(in crate::console) async fn duplicates(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideSubmission>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let (lead, mut with) = (ids(&typed, "lead")?, ids(&typed, "with")?);
        with.retain(|id| !lead.contains(id));
        if with.is_empty() {
            return Err(Problem::invalid("with", "missing", 0));
        }
        let (tx, now) = (app.store.tenant(room.here.tenant).await?, app.clock.now());
        likeness::decline_duplicates(&tx, &staff, &with, typed.get("reason"), now).await?;
        Ok(tx.commit().await?)
    };
    match done.await {
        Ok(()) => Ok(room.done("/console/submissions", "duplicates_declined")),
        Err(problem) => refused(&app, &room, id, typed, problem).await,
    }
}
