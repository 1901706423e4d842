//! 相似稿件: clusters of submissions that say the same, side by side, and what is made of them.

mod acts;
mod one;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::TenantTx;
use base::listing::Cursor;
use exchange::SubmissionId;
use exchange::likeness::{self, ClusterRow};
use exchange::obligation::ViewInbox;
use exchange::submission::{BoxRow, Standing};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::door::{Door, Signed};
use super::room::{Crumb, Room, Shell, page};
use super::submissions::{badge, short_name};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

const PER_PAGE: u64 = 20;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::at("/console/submissions/clusters").get(list),
        Door::at("/console/submissions/clusters/{id}").get(one::show),
        Door::at("/console/submissions/clusters/{id}/merge").post(acts::merge),
        Door::at("/console/submissions/clusters/{id}/duplicates").post(acts::duplicates),
    ]
}

/// What a line of the desk says about its fellows.
#[derive(Clone, Serialize)]
pub(super) struct Fellows {
    href: String,
    others: u64,
}

/// The fellows of these lines, for those that have any.
///
/// # Errors
/// 500 when the database is away.
pub(super) async fn fellows(
    room: &Room,
    tx: &TenantTx,
    lines: &[BoxRow],
) -> Result<HashMap<SubmissionId, Fellows>, Problem> {
    let ids: Vec<SubmissionId> = lines.iter().map(|line| line.id).collect();
    let chips = likeness::chips(tx, &ids).await?;
    let fellows = chips.into_iter().map(|(id, chip)| {
        let href = room.at(&format!("/console/submissions/clusters/{}", chip.cluster));
        (id, Fellows { href, others: chip.others })
    });
    Ok(fellows.collect())
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    cursor: String,
}

#[derive(Serialize)]
struct Named {
    title: String,
    from: String,
    href: String,
    standing: String,
    badge: &'static str,
}

#[derive(Serialize)]
struct Line {
    href: String,
    title: String,
    size: u64,
    waiting: usize,
    latest: String,
    named: Vec<Named>,
    more: u64,
}

#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    lines: Vec<Line>,
    next: Option<String>,
}

fn line(app: &App, room: &Room, row: ClusterRow) -> Line {
    let standing = |line: &BoxRow| Standing::parse(&line.standing);
    let waiting = row.lines.iter().filter(|line| standing(line).is_some_and(Standing::is_open)).count();
    let named = |line: &BoxRow| Named {
        title: line.title.clone(),
        from: short_name(app, line.sender_id),
        href: room.at(&format!("/console/submissions/{}", line.id)),
        badge: standing(line).map_or("plain", badge),
        standing: line.standing.clone(),
    };
    Line {
        href: room.at(&format!("/console/submissions/clusters/{}", row.id)),
        title: row.lines.first().map(|line| line.title.clone()).unwrap_or_default(),
        size: row.size,
        waiting,
        latest: row.latest.minute_cst(),
        more: row.size.saturating_sub(row.lines.len() as u64),
        named: row.lines.iter().map(named).collect(),
    }
}

/// Every cluster at this desk.
async fn list(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewInbox>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let found = likeness::clusters(&tx, Cursor::parse(&asked.cursor), PER_PAGE).await?;
    tx.commit().await?;
    let mut shell = room.shell(&app, "likeness_clusters", "likeness").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(&app, "submissions"), href: room.at("/console/submissions") },
        Crumb { name: room.word(&app, "likeness_clusters"), href: String::new() },
    ];
    let view = Listed {
        lines: found.items.into_iter().map(|row| line(&app, &room, row)).collect(),
        next: found.next_cursor.map(|cursor| room.at(&format!("/console/submissions/clusters?cursor={cursor}"))),
        shell,
    };
    page(&app, StatusCode::OK, "likeness/clusters.html", &view)
}
