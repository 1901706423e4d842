//! The owner's view: which columns are joint, who is a member by which rule, and which columns anybody may subscribe to.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::TenantId;
use content::column;
use exchange::joint::{self, ManageJoint, Member, Membership, Mode, ViaId};
use exchange::obligation::ViewInbox;
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::{Choice, Tab, choices, is_about_the_form, member_badge, short_name, tabs};
use crate::App;
use crate::extract::Path;
use crate::frame::{at_home, reaching};
use crate::problem::Problem;

#[derive(Serialize)]
struct Line {
    id: String,
    member: String,
    mode: &'static str,
    standing: &'static str,
    badge: &'static str,
    invited_at: String,
    note: String,
    reason: String,
    is_open: bool,
}

#[derive(Serialize)]
struct Joint {
    key: String,
    name: String,
    members: Vec<Line>,
}

#[derive(Serialize)]
struct Offered {
    key: String,
    name: String,
    is_open: bool,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    joints: Vec<Joint>,
    columns: Vec<Choice>,
    offered: Vec<Offered>,
    form: Answers,
    may_manage: bool,
}

fn joints(app: &App, columns: &[content::Column], members: Vec<Member>) -> Vec<Joint> {
    let mut found: Vec<Joint> = Vec::new();
    for one in members {
        let line = Line {
            id: one.id.to_string(),
            member: short_name(app, one.member),
            mode: one.mode.as_str(),
            standing: one.standing.as_str(),
            badge: member_badge(one.standing),
            invited_at: one.invited_at.date_cst(),
            note: one.note,
            reason: one.reason,
            is_open: Membership::OPEN.contains(&one.standing),
        };
        match found.iter_mut().find(|joint| joint.key == one.column) {
            Some(joint) => joint.members.push(line),
            None => {
                let name = super::column_name(columns, &one.column);
                found.push(Joint { key: one.column, name, members: vec![line] });
            }
        }
    }
    found
}

async fn draw(app: &App, room: &Room, again: Option<(Answers, Problem)>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let columns = column::list(&tx).await?;
    let members = joint::members_of_mine(&tx).await?;
    let open = joint::open_columns(&tx).await?;
    tx.commit().await?;
    let (form, problem) = again.map_or((Answers::default(), None), |(form, problem)| (form, Some(problem)));
    let mut shell = room.shell(app, "joint", "joint").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    let offered = |column: &content::Column| Offered {
        is_open: open.contains(&column.key),
        key: column.key.clone(),
        name: column.name.clone(),
    };
    let view = View {
        tabs: tabs(room, "columns"),
        joints: joints(app, &columns, members),
        columns: choices(&columns),
        offered: columns.iter().map(offered).collect(),
        form,
        may_manage: room.holds::<ManageJoint>(app),
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "joint-columns.html", &view)
}

/// Joint columns of this portal and their members.
pub(in crate::console) async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
) -> Result<Response, Problem> {
    draw(&app, &room, None).await
}

pub(super) fn mode_of(typed: &Answers) -> Result<Mode, Problem> {
    Mode::parse(typed.get("mode")).ok_or_else(|| Problem::invalid("mode", "unknown", 0))
}

async fn after(
    app: &App,
    room: &Room,
    typed: Answers,
    done: Result<(), Problem>,
    told: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(room.done("/console/joint/columns", told)),
        Err(problem) if is_about_the_form(&problem) => draw(app, room, Some((typed, problem))).await,
        Err(problem) => Err(problem),
    }
}

/// Opens a column to other portals.
pub(in crate::console) async fn invite(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let named = typed.listed("members");
        let found = |slug: &String| app.store.sites().by_slug(slug).map(|site| site.tenant);
        let members = named.iter().map(found).collect::<Option<Vec<TenantId>>>();
        let members = members.ok_or_else(|| Problem::invalid("members", "unknown", 0))?;
        let mode = mode_of(&typed)?;
        let (column, note) = (typed.get("column"), typed.get("note"));
        let act = async |tx: &_, now| joint::invite(tx, &staff, &members, column, mode, note, now).await;
        at_home(&app, room.here.tenant, act).await.map(|_| ())
    };
    let done = done.await;
    after(&app, &room, typed, done, "joint_invited").await
}

/// Whether this member's contributions are looked at first.
pub(in crate::console) async fn mode(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let mode = mode_of(&typed)?;
        let act = async |tx: &_, now| joint::set_mode(tx, &staff, ViaId(id), mode, now).await;
        at_home(&app, room.here.tenant, act).await.map(|_| ())
    };
    let done = done.await;
    after(&app, &room, typed, done, "joint_mode").await
}

/// Sends a member away.
pub(in crate::console) async fn remove(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(id): Path<Uuid>,
    typed: Answers,
) -> Result<Response, Problem> {
    let act = async |tx: &_, now| joint::remove(tx, &staff, ViaId(id), typed.get("reason"), now).await;
    let done = reaching(&app, &staff, act).await.map(|_| ());
    after(&app, &room, typed, done, "joint_removed").await
}

/// Whether anybody may subscribe to a column without asking.
pub(in crate::console) async fn open(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<ManageJoint>,
    Path(key): Path<String>,
    typed: Answers,
) -> Result<Response, Problem> {
    let is_open = typed.get("open") == "yes";
    let act = async |tx: &_, now| joint::open_to_all(tx, &staff, &key, is_open, now).await;
    let done = at_home(&app, room.here.tenant, act).await;
    after(&app, &room, typed, done, "joint_opened").await
}
