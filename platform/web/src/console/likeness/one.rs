//! One cluster: its texts side by side, with the words marked in which each differs from the one that it is compared with.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use content::column;
use content::comparison::{Piece, compare};
use content::text;
use exchange::SubmissionId;
use exchange::likeness::{self, Cluster};
use exchange::obligation::ViewInbox;
use exchange::submission::{DecideSubmission, Submission};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::super::submissions::{badge, short_name};
use crate::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;

#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    /// The submission with which the others are compared.
    #[serde(default)]
    lead: String,
}

#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
    standard: bool,
}

#[derive(Serialize)]
struct Item {
    id: String,
    href: String,
    compare: String,
    name: String,
    title: Vec<Piece>,
    text: Vec<Piece>,
    files: Vec<String>,
    from: String,
    at: String,
    standing: &'static str,
    badge: &'static str,
    holder: String,
    note: String,
    /// Hundredths in common with the lead.
    percent: i64,
    is_lead: bool,
    open: bool,
    /// Ticked: as it was sent, or proposed.
    lead: bool,
    with: bool,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    id: String,
    items: Vec<Item>,
    size: u64,
    left_off: u64,
    href_all: String,
    columns: Vec<Choice>,
    may_decide: bool,
    open: usize,
    column: String,
    reason: String,
    rest: bool,
}

/// Shows a cluster.
pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    draw(&app, &room, id, &asked.lead, None).await
}

pub(super) async fn draw(
    app: &App,
    room: &Room,
    id: Uuid,
    lead: &str,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let cluster = likeness::cluster(&tx, SubmissionId(id)).await?;
    let may_decide = room.holds::<DecideSubmission>(app);
    let columns = if may_decide { column::list(&tx).await? } else { Vec::new() };
    tx.commit().await?;
    let (form, problem) = again.map_or((None, None), |(form, problem)| (Some(form), Some(problem)));
    let mut shell = room.shell(app, "likeness_cluster", "likeness").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "submissions"), href: room.at("/console/submissions") },
        Crumb { name: room.word(app, "likeness_clusters"), href: room.at("/console/submissions/clusters") },
        Crumb { name: room.word(app, "likeness_cluster"), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let typed = |name: &str| form.as_ref().map_or("", |form| form.get(name)).to_owned();
    let items = items(app, room, &cluster, lead, form.as_ref());
    let view = One {
        id: cluster.id.to_string(),
        size: cluster.members.len() as u64 + cluster.left_off,
        left_off: cluster.left_off,
        href_all: room.at("/console/submissions/clusters"),
        columns: columns
            .into_iter()
            .map(|column| Choice { standard: column.standard_code.is_some(), key: column.key, name: column.name })
            .collect(),
        may_decide,
        open: items.iter().filter(|item| item.open).count(),
        items,
        column: typed("column"),
        reason: form.as_ref().map_or_else(|| room.word(app, "likeness_reason"), |form| form.get("reason").to_owned()),
        rest: typed("rest") == "decline",
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "likeness/cluster.html", &view)
}

fn plain(one: &Submission) -> String {
    text::plain(&one.fields.body_html)
}

fn items(app: &App, room: &Room, cluster: &Cluster, lead: &str, form: Option<&Answers>) -> Vec<Item> {
    let named = |id: &str| cluster.members.iter().find(|one| one.id.to_string() == id);
    let proposed = cluster.members.iter().find(|one| one.standing.is_open());
    let Some(lead) = named(lead).or(proposed).or(cluster.members.first()) else { return Vec::new() };
    let leading = plain(lead);
    let (ticked, chosen) = (form.map(|form| form.all("with")), form.map(|form| form.get("lead").to_owned()));
    let path = |id: SubmissionId| format!("/console/submissions/clusters/{}?lead={id}", cluster.id);
    let item = |one: &Submission| Item {
        id: one.id.to_string(),
        href: room.at(&format!("/console/submissions/{}", one.id)),
        compare: room.at(&path(one.id)),
        name: one.fields.title.clone(),
        title: compare(&lead.fields.title, &one.fields.title),
        text: compare(&leading, &plain(one)),
        files: one.files.iter().map(|file| file.name.clone()).collect(),
        from: short_name(app, one.sender),
        at: one.submitted_at.minute_cst(),
        standing: one.standing.as_str(),
        badge: badge(one.standing),
        holder: one.holder.clone(),
        note: one.note.clone(),
        percent: percent(app, cluster, lead.id, one.id, app.clock.now()),
        is_lead: one.id == lead.id,
        open: one.standing.is_open(),
        lead: chosen.as_ref().map_or(one.id == lead.id, |chosen| *chosen == one.id.to_string()),
        with: ticked.as_ref().map_or(one.id != lead.id, |ticked| ticked.contains(&one.id.to_string())),
    };
    cluster.members.iter().map(item).collect()
}

fn percent(app: &App, cluster: &Cluster, one: SubmissionId, other: SubmissionId, now: Timestamp) -> i64 {
    (cluster.likeness(one, other, &app.likeness, now) * 100.0).round() as i64
}
