//! Counts of a board as they change, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use base::store::Reach;
use base::{Site, Staff, TenantId};
use exchange::OrderId;
use exchange::order::{self, BoardLine, Counts, ViewBoard};
use futures::Stream;
use moka::future::Cache;
use serde::Serialize;
use uuid::Uuid;

use super::super::door::Signed;
use super::super::orders::{done, percent};
use super::super::room::Room;
use super::super::views::{Bar, parts_of};
use super::{Asked, node, of};
use crate::App;
use crate::auth;
use crate::extract::{Path, Query};
use crate::problem::Problem;

#[derive(Serialize)]
struct Live {
    total: i64,
    done: i64,
    percent: i64,
    counts: std::collections::BTreeMap<&'static str, i64>,
    bar: Bar,
    regions: Vec<LiveRegion>,
}

#[derive(Serialize)]
struct LiveRegion {
    slug: String,
    done: i64,
    percent: i64,
    overdue: i64,
    bar: Bar,
}

/// Counts as they change, as server-sent events: woken by commits, at most twice a second, at least every ten seconds.
pub(in crate::console) async fn events(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<ViewBoard>,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let below = node(&app, &room, &asked.below)?;
    live(&app, &room, id, &below).await?;
    let commits = app.store.commits();
    let stream =
        futures::stream::unfold((app, room, commits, String::new()), move |(app, mut room, mut commits, mut last)| {
            let below = Arc::clone(&below);
            async move {
                loop {
                    if app.health.stopping() {
                        return None;
                    }
                    // Someone who signed out or may no longer look, or a database that is away, ends the stream; the browser
                    // asks again, and is led to sign in.
                    room.person.principal = auth::still(&app, &room.person.session).await?;
                    let seen = live(&app, &room, id, &below).await.ok()?;
                    let text = serde_json::to_string(&seen).ok()?;
                    if text != last {
                        last.clone_from(&text);
                        return Some((Ok(Event::default().event("counts").data(text)), (app, room, commits, last)));
                    }
                    tokio::select! {
                        _ = commits.recv() => {}
                        () = tokio::time::sleep(Duration::from_secs(5)) => {}
                    }
                    tokio::time::sleep(SHARED).await;
                }
            }
        });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// How long one computation of a board serves everybody who watches it; streams wait as long before they look again.
const SHARED: Duration = Duration::from_millis(500);

/// An order, whose reach, and below whom.
type Key = (Uuid, TenantId, TenantId);

/// How an order stands below a tenant.
struct Standing {
    counts: Counts,
    lines: Vec<BoardLine>,
}

/// Boards that several people watch: however many look at the same one, it is counted once in half a second.
pub struct Boards(Cache<Key, Arc<Standing>>);

impl Default for Boards {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(1_000).time_to_live(SHARED).build())
    }
}

async fn standing(
    app: &App,
    staff: &Staff<ViewBoard>,
    id: Uuid,
    below: TenantId,
) -> Result<Arc<Standing>, Arc<Problem>> {
    let count = async {
        let now = app.clock.now();
        let tx = app.store.overlook(Reach::of(staff)).await?;
        let counts = order::counts_below(&tx, OrderId(id), below, now).await?;
        if of(&tx, id).await?.is_none() && counts.total() == 0 {
            return Err(Problem::not_found());
        }
        let lines = order::board(&tx, OrderId(id), below, now).await?;
        Ok(Arc::new(Standing { counts, lines }))
    };
    app.boards.0.try_get_with((id, staff.tenant(), below), count).await
}

async fn live(app: &App, room: &Room, id: Uuid, below: &Site) -> Result<Live, Problem> {
    let staff = room.staff::<ViewBoard>(app)?;
    let seen = standing(app, &staff, id, below.tenant).await.map_err(|problem| Problem::clone(&problem))?;
    let counts = seen.counts;
    let regions = seen.lines.iter().map(|line| {
        let counts = line.counts();
        let done = done(&counts);
        LiveRegion {
            done,
            percent: percent(done, counts.total()),
            overdue: counts.overdue,
            bar: Bar::of(app, room, &counts),
            slug: line.slug.clone(),
        }
    });
    Ok(Live {
        total: counts.total(),
        done: done(&counts),
        percent: percent(done(&counts), counts.total()),
        counts: parts_of(&counts).into_iter().collect(),
        bar: Bar::of(app, room, &counts),
        regions: regions.collect(),
    })
}
