//! The member's view: where this portal may contribute, and what became of what it contributed.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::Timestamp;
use base::listing::Cursor;
use content::DocumentId;
use exchange::joint::{
    self, Channel, Contribute, ItemKey, ItemRow, ManageJoint, Member, MemberMove, Membership, Standing, ViaId,
};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::{Tab, badge, is_about_the_form, key, member_badge, path_of, public_page, short_name, tabs};
use crate::App;
use crate::extract::{Path, Query};
use crate::frame::reaching;
use crate::problem::Problem;

const PER_PAGE: u64 = 30;

#[derive(Serialize)]
struct Joint {
    id: String,
    owner: String,
    column: String,
    mode: &'static str,
    standing: &'static str,
    badge: &'static str,
    note: String,
    reason: String,
    invited_at: String,
    asked: bool,
    accepted: bool,
}

impl Joint {
    fn of(app: &App, one: Member) -> Self {
        Self {
            id: one.id.to_string(),
            owner: short_name(app, one.owner),
            column: one.column_name,
            mode: one.mode.as_str(),
            standing: one.standing.as_str(),
            badge: member_badge(one.standing),
            note: one.note,
            reason: one.reason,
            invited_at: one.invited_at.date_cst(),
            asked: one.standing == Membership::Invited,
            accepted: one.standing == Membership::Accepted,
        }
    }
}

#[derive(Serialize)]
struct Line {
    href: String,
    heading: String,
    to: String,
    standing: String,
    badge: &'static str,
    arrived_at: String,
    reason: String,
    page: Option<String>,
}

impl Line {
    fn of(app: &App, room: &Room, row: ItemRow) -> Self {
        let standing = Standing::parse(&row.standing);
        Self {
            href: room.at(&path_of(ItemKey { via: row.via_id, document: row.document_id })),
            heading: row.title,
            to: short_name(app, row.tenant_id),
            badge: standing.map_or("plain", badge),
            page: public_page(app, row.tenant_id, &row.address).filter(|_| standing == Some(Standing::Placed)),
            standing: row.standing,
            arrived_at: Timestamp(row.arrived_at).minute_cst(),
            reason: row.reason,
        }
    }
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    joints: Vec<Joint>,
    lines: Vec<Line>,
    next: Option<String>,
    may_manage: bool,
}

#[derive(Default, Deserialize)]
pub(in crate::console) struct Wanted {
    #[serde(default)]
    cursor: String,
}

async fn draw(app: &App, room: &Room, wanted: Wanted, problem: Option<&Problem>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let joints = joint::memberships(&tx).await?;
    let sent = joint::items_sent(&tx, Channel::Member, &[], Cursor::parse(&wanted.cursor), PER_PAGE).await?;
    tx.commit().await?;
    let mut shell = room.shell(app, "joint", "joint").await?;
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let view = View {
        tabs: tabs(room, "mine"),
        joints: joints.into_iter().map(|one| Joint::of(app, one)).collect(),
        next: sent.next_cursor.map(|cursor| room.at(&format!("/console/joint/mine?cursor={cursor}"))),
        lines: sent.items.into_iter().map(|row| Line::of(app, room, row)).collect(),
        may_manage: room.holds::<ManageJoint>(app),
        shell,
    };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "joint-mine.html", &view)
}

/// Where this portal may contribute, and its contributions.
pub(in crate::console) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    draw(&app, &room, wanted, None).await
}

/// Accepts or refuses an invitation, or leaves.
pub(in crate::console) async fn answer(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let attempted = match typed.get("answer") {
            "accept" => MemberMove::Accept,
            "refuse" => MemberMove::Refuse,
            "leave" => MemberMove::Leave,
            _ => return Err(Problem::invalid("answer", "unknown", 0)),
        };
        let act = async |tx: &_, now| joint::answer(tx, &staff, ViaId(id), attempted, now).await;
        reaching(&app, &staff, act).await
    };
    match done.await {
        Ok(_) => Ok(room.done("/console/joint/mine", "joint_answered")),
        Err(problem) if is_about_the_form(&problem) => draw(&app, &room, Wanted::default(), Some(&problem)).await,
        Err(problem) => Err(problem),
    }
}

/// 投送到共建栏目: puts a live document of this portal forward.
pub(in crate::console) async fn contribute(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<Contribute>,
    Path(document): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let member = Uuid::try_parse(typed.get("member")).map_err(|_| Problem::invalid("member", "missing", 0))?;
        let (member, document, note) = (ViaId(member), DocumentId(document), typed.get("note"));
        let act = async |tx: &_, now| joint::contribute(tx, &staff, member, document, note, now).await;
        reaching(&app, &staff, act).await
    };
    match done.await {
        Ok(one) => Ok(room.done(&path_of(one.key), "joint_contributed")),
        Err(problem) => super::super::documents::refused(&app, &room, document, problem).await,
    }
}

/// Takes a contribution back.
pub(in crate::console) async fn withdraw(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<Contribute>,
    Path(ids): Path<(Uuid, Uuid)>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| joint::withdraw(tx, &staff, key(ids), typed.get("reason"), now).await;
    match reaching(&app, &staff, act).await {
        Ok(_) => Ok(room.done(&path_of(key(ids)), "joint_withdrawn")),
        Err(problem) if is_about_the_form(&problem) => {
            super::item::draw(&app, &room, key(ids), Some((typed, problem))).await
        }
        Err(problem) => Err(problem),
    }
}
