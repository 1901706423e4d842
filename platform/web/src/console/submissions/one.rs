//! One submission as either of its two ends sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::TenantTx;
use content::column;
use exchange::SubmissionId;
use exchange::basket;
use exchange::obligation::ViewInbox;
use exchange::submission::{self, DecideSubmission, Submission, SubmissionError};
use http::StatusCode;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::documents::typed_of;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::picture::{Compared, Seen, view};
use crate::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Other waiting submissions that are offered for a merged adoption.
const OTHERS: u64 = 20;

/// Opening it at the receiver is 签收.
pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    // A superior who only looks in takes no note for the portal.
    let at_home = room.person.principal.grants.iter().any(|grant| grant.tenant == room.here.tenant);
    if let (true, Ok(staff)) = (at_home, room.staff::<DecideSubmission>(&app)) {
        let tx = app.store.tenant(room.here.tenant).await?;
        match submission::receive(&tx, &staff, SubmissionId(id), app.clock.now()).await {
            Ok(_) => tx.commit().await?,
            // Sent by this portal, or taken note of by a colleague in this very moment.
            Err(SubmissionError::Missing | SubmissionError::Store(base::StoreError::Stale)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    draw(&app, &room, id, None).await
}

pub(super) async fn draw(
    app: &App,
    room: &Room,
    id: Uuid,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let one = match submission::find_received(&tx, SubmissionId(id)).await {
        Err(SubmissionError::Missing) => submission::find_sent(&tx, SubmissionId(id)).await?,
        other => other?,
    };
    let (typed, problem) = again.map_or((None, None), |(typed, problem)| (Some(typed), Some(problem)));
    let mut shell = room.shell(app, &format!("={}", one.fields.title), "submissions").await?;
    let back = if one.receiver == room.here.tenant { "/console/submissions" } else { "/console/submissions/sent" };
    shell.crumbs = vec![
        Crumb { name: room.word(app, "submissions"), href: room.at(back) },
        Crumb { name: one.fields.title.clone(), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let seen = seen(app, room, &tx, &one, shell, typed).await?;
    tx.commit().await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    page(app, status, "submission.html", &view(app, room, one, seen))
}

/// Reads what the page shows besides the submission.
async fn seen<'a>(
    app: &'a App,
    room: &Room,
    tx: &TenantTx,
    one: &Submission,
    shell: Shell<'a>,
    typed: Option<Answers>,
) -> Result<Seen<'a>, Problem> {
    let thread = submission::thread(tx, one).await?;
    let (mut columns, mut others, mut baskets, mut lies_in) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let decides = one.receiver == room.here.tenant && room.holds::<DecideSubmission>(app);
    let may_decide = decides && one.standing.is_open();
    let mut neighbours = (None, None);
    if decides {
        (baskets, lies_in) = (basket::list(tx).await?, basket::of_submission(tx, one.id).await?);
        let (previous, next) = submission::neighbours(tx, one).await?;
        let at = |id: SubmissionId| room.at(&format!("/console/submissions/{id}"));
        neighbours = (previous.map(at), next.map(at));
    }
    if may_decide {
        columns = column::list(tx).await?;
        others = submission::received(tx, None, true, None, OTHERS).await?.items;
    }
    let sent = one.sender == room.here.tenant;
    let fates = if sent { submission::fates(tx, one.document).await? } else { Vec::new() };
    let earlier = submission::before(&thread, one);
    let correction = earlier.map(|earlier| {
        let found = submission::compare(&earlier.fields, &earlier.files, &one.fields, &one.files);
        Compared::of(app, room, found, Some(earlier))
    });
    let newer = submission::with_news(tx, one).await?.map(|found| Compared::of(app, room, found, None));
    let with = typed.as_ref().map(|typed| typed.all("with")).unwrap_or_default();
    Ok(Seen {
        form: form(one, typed),
        may_keep: decides && one.alarm_due_at.is_some(),
        now: app.clock.now(),
        shell,
        thread,
        columns,
        others,
        baskets,
        lies_in,
        fates,
        correction,
        newer,
        neighbours,
        with,
        may_decide,
    })
}

/// What the receiver's form begins with: the frozen text, without the sender's column, and over it what was typed.
fn form(one: &Submission, typed: Option<Answers>) -> BTreeMap<String, String> {
    let text = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut form: BTreeMap<String, String> = typed_of(&one.fields).flat().into_iter().map(text).collect();
    form.insert("column".to_owned(), String::new());
    if let Some(typed) = typed {
        form.extend(typed.flat().into_iter().map(text));
    }
    form
}
