//! One item as either of its two ends sees it: the text beside the decision.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::{TenantTx, Timestamp};
use content::placement::{self, PlaceMirror, Seat};
use content::{column, document};
use exchange::joint::{self, DecideJoint, Item, ItemKey, Standing};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::{Choice, badge, choices, column_name, is_about_the_form, key, path_of, public_page, short_name};
use crate::App;
use crate::extract::Path;
use crate::frame::{at_home, reaching};
use crate::problem::Problem;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    path: String,
    standing: &'static str,
    badge: &'static str,
    channel: &'static str,
    at_receiver: bool,
    from: String,
    to: String,
    origin: String,
    column: String,
    target: String,
    heading: String,
    /// None when the edition is no longer to be read.
    body_html: Option<String>,
    files: Vec<String>,
    source: String,
    note: String,
    reason: String,
    arrived_at: String,
    arrived_by: String,
    decided_at: String,
    decided_by: String,
    page: Option<String>,
    columns: Vec<Choice>,
    /// What stands at the head of the column now.
    beside: Vec<String>,
    pinned: bool,
    form: Answers,
    may_decide: bool,
    may_withdraw: bool,
    may_arrange: bool,
}

pub(super) async fn draw(
    app: &App,
    room: &Room,
    at: ItemKey,
    again: Option<(Answers, Problem)>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let one = joint::find_item(&tx, at).await?;
    let at_receiver = one.receiver == room.here.tenant;
    let opened = match at_receiver {
        true => document::opened_edition(&tx, &one).await.ok(),
        false => document::live_edition(&tx, at.document).await.ok(),
    };
    let (mut columns, mut beside, mut seat) = (Vec::new(), Vec::new(), None);
    if at_receiver {
        columns = column::list(&tx).await?;
        beside = placement::in_column(&tx, &one.target, 8).await?.into_iter().map(|row| row.title).collect();
        seat = placement::by_document(&tx, at.document).await?.filter(|seat| seat.live);
    }
    tx.commit().await?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, &format!("={}", one.title), "joint").await?;
    let back = if at_receiver { "/console/joint" } else { "/console/joint/mine" };
    shell.crumbs = vec![
        Crumb { name: room.word(app, "joint"), href: room.at(back) },
        Crumb { name: one.title.clone(), href: String::new() },
    ];
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let placed = one.standing == Standing::Placed;
    let view = View {
        path: path_of(at),
        standing: one.standing.as_str(),
        badge: badge(one.standing),
        channel: one.channel.as_str(),
        from: short_name(app, one.sender),
        to: short_name(app, one.receiver),
        origin: if one.origin == one.sender { String::new() } else { short_name(app, one.origin) },
        column: column_name(&columns, &one.target),
        page: public_page(app, one.receiver, &one.address).filter(|_| placed),
        files: opened.iter().flat_map(|open| open.attachments.iter().map(|one| one.file.name.clone())).collect(),
        body_html: opened.map(|open| open.fields.body_html),
        may_decide: at_receiver && room.holds::<DecideJoint>(app),
        may_withdraw: may_withdraw(app, room, &one),
        may_arrange: at_receiver && placed && seat.is_some() && room.holds::<PlaceMirror>(app),
        pinned: seat.is_some_and(|seat| seat.pinned),
        columns: choices(&columns),
        at_receiver,
        beside,
        heading: one.title,
        source: one.source,
        note: one.note,
        reason: one.reason,
        target: one.target,
        arrived_at: one.arrived_at.minute_cst(),
        arrived_by: one.arrived_by,
        decided_at: one.decided_at.map(Timestamp::minute_cst).unwrap_or_default(),
        decided_by: one.decided_by,
        form,
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "joint-item.html", &view)
}

fn may_withdraw(app: &App, room: &Room, one: &Item) -> bool {
    one.sender == room.here.tenant
        && one.channel == joint::Channel::Member
        && one.standing.step(joint::Move::Withdraw).is_ok()
        && room.holds::<joint::Contribute>(app)
}

/// One item.
pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Path(ids): Path<(Uuid, Uuid)>,
) -> Result<Response, Problem> {
    draw(&app, &room, key(ids), None).await
}

/// After a decision the next one that waits, so that a queue is worked off without the mouse; or the item again.
async fn after<T>(
    app: &App,
    room: &Room,
    at: ItemKey,
    typed: Answers,
    done: Result<T, Problem>,
    told: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(_) => {
            let tx = app.store.reading(room.here.tenant).await?;
            let next = joint::items_received(&tx, &[Standing::InReview], None, 1).await?.items;
            tx.commit().await?;
            let next = next.first().map(|row| ItemKey { via: row.via_id, document: row.document_id });
            let path = next.filter(|_| told != "joint_reopened" && told != "joint_arranged");
            Ok(room.done(&path.map_or_else(|| path_of(at), path_of), told))
        }
        Err(problem) if is_about_the_form(&problem) => draw(app, room, at, Some((typed, problem))).await,
        Err(problem) => Err(problem),
    }
}

/// Accepts it into the column that is named.
pub(in crate::console) async fn accept(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let into = Some(typed.get("column")).filter(|column| !column.is_empty());
    let act = async |tx: &_, now| joint::accept(tx, &staff, &[key(ids)], into, now).await;
    let done = reaching(&app, &staff, act).await;
    after(&app, &room, key(ids), typed, done, "joint_placed").await
}

/// 不采用
pub(in crate::console) async fn decline(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| joint::decline(tx, &staff, key(ids), typed.get("reason"), now).await;
    let done = reaching(&app, &staff, act).await;
    after(&app, &room, key(ids), typed, done, "joint_declined").await
}

/// 退回
pub(in crate::console) async fn return_to(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| joint::return_to(tx, &staff, key(ids), typed.get("reason"), now).await;
    let done = reaching(&app, &staff, act).await;
    after(&app, &room, key(ids), typed, done, "joint_returned").await
}

/// 撤下
pub(in crate::console) async fn take_down(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| joint::take_down(tx, &staff, key(ids), typed.get("reason"), now).await;
    let done = reaching(&app, &staff, act).await;
    after(&app, &room, key(ids), typed, done, "joint_taken_down").await
}

/// Thinks again.
pub(in crate::console) async fn reopen(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<DecideJoint>,
    Path(ids): Path<(Uuid, Uuid)>,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| joint::reopen(tx, &staff, &[key(ids)], now).await;
    let done = reaching(&app, &staff, act).await;
    after(&app, &room, key(ids), Answers::default(), done, "joint_reopened").await
}

/// Moves or pins the mirror; its text stays the origin's.
pub(in crate::console) async fn arrange(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<PlaceMirror>,
    Path(ids): Path<(Uuid, Uuid)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let (column, lead_in) = (typed.get("column").to_owned(), typed.get("lead_in").to_owned());
    let seat = Seat { column, pinned: typed.get("pinned") == "yes", lead_in };
    let act = async |tx: &TenantTx, now| {
        joint::find_item(tx, key(ids)).await?;
        Ok::<_, Problem>(placement::rearrange(tx, &staff, key(ids).document, seat, now).await?)
    };
    let done = at_home(&app, room.here.tenant, act).await;
    after(&app, &room, key(ids), typed, done, "joint_arranged").await
}
