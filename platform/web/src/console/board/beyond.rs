//! Portals below the border: how those of an inferior's installation stand, as it told. Counts always; names on demand, one
//! page at a time.

use base::listing::Page;
use base::people::{Peer, Side};
use base::{Site, Timestamp};
use border::federation::{self, Portal, Wanted};
use exchange::OrderId;
use exchange::order::Counts;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::room::Room;
use super::super::views::{Bar, parts_of};
use super::{CountView, done};
use crate::App;
use crate::problem::Problem;

/// Portals on one page.
const PER_PAGE: u64 = 50;

/// Which installation is unfolded, and where in it.
#[derive(Default, Deserialize)]
pub struct Unfolded {
    #[serde(default)]
    peer: String,
    #[serde(default)]
    standing: String,
    #[serde(default)]
    after: String,
}

/// One inferior's installation under the order.
#[derive(Serialize)]
pub struct Beyond {
    id: String,
    name: String,
    told_at: String,
    lost_since: String,
    total: i64,
    done: i64,
    counts: Vec<CountView>,
    bar: Bar,
    open: bool,
    href: String,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    parent: String,
    level: String,
    division_code: String,
    site: String,
    standing: &'static str,
    late: bool,
    due_at: String,
    limit_hours: i32,
    placed_at: String,
    proven_at: String,
    url: String,
    failure: String,
}

impl Row {
    fn of(one: Portal, now: Timestamp) -> Self {
        let when = |at: Option<Timestamp>| at.map(Timestamp::minute_cst).unwrap_or_default();
        Self {
            standing: one.word(now),
            name: one.name,
            parent: one.parent,
            level: one.level,
            division_code: one.division_code,
            site: one.site,
            late: one.late,
            due_at: one.due_at.minute_cst(),
            limit_hours: one.limit_hours,
            placed_at: when(one.placed_at),
            proven_at: when(one.proven_at),
            url: one.url,
            failure: one.failure,
        }
    }
}

/// Installations that stand at or below a portal of this house.
///
/// # Errors
/// The store's.
pub async fn peers_below(app: &App, node: &Site) -> Result<Vec<Peer>, Problem> {
    let sites = app.store.sites();
    let peers = app.store.peers(None).await?.into_iter();
    Ok(peers.filter(|peer| peer.side == Side::Below && sites.is_within(peer.tenant(), node.tenant)).collect())
}

/// The sections of the board.
pub(super) async fn sections(
    app: &App,
    room: &Room,
    order: Uuid,
    node: &Site,
    asked: &Unfolded,
) -> Result<Vec<Beyond>, Problem> {
    let mut sections = Vec::new();
    for peer in peers_below(app, node).await? {
        let tx = app.store.reading(peer.tenant()).await?;
        let Some(reported) = federation::summed(&tx, OrderId(order)).await? else { continue };
        let open = asked.peer == peer.id.to_string();
        let wanted = Wanted { group: &asked.standing, after: Some(asked.after.as_str()) };
        let now = app.clock.now();
        let unfolded = match open {
            true => Some((asked, federation::portals(&tx, peer.id, OrderId(order), &wanted, PER_PAGE, now).await?)),
            false => None,
        };
        tx.commit().await?;
        sections.push(section(app, room, (order, node), &peer, &reported, unfolded));
    }
    Ok(sections)
}

fn section(
    app: &App,
    room: &Room,
    (order, node): (Uuid, &Site),
    peer: &Peer,
    reported: &federation::Reported,
    unfolded: Option<(&Unfolded, Page<Portal>)>,
) -> Beyond {
    let (counts, now) = (Counts::from(reported), app.clock.now());
    let at = |query: &str| {
        let below = if node.tenant == room.here.tenant { "" } else { &*node.slug };
        room.at(&format!("/console/orders/{order}?below={below}&peer={}{query}", peer.id))
            + &format!("#beyond-{}", peer.id)
    };
    let standing = unfolded.as_ref().map_or("", |(asked, _)| asked.standing.as_str());
    let views = parts_of(&counts).into_iter().map(|(key, count)| CountView {
        key,
        count,
        href: at(&format!("&standing={key}")),
        current: key == standing,
    });
    let (open, page) = (unfolded.is_some(), unfolded.as_ref().map(|(_, page)| page.next_cursor.clone()));
    Beyond {
        id: peer.id.to_string(),
        name: peer.name.clone(),
        told_at: reported.at.minute_cst(),
        lost_since: peer.lost_since.map(Timestamp::minute_cst).unwrap_or_default(),
        total: counts.total(),
        done: done(&counts),
        counts: views.collect(),
        bar: Bar::of(app, room, &counts),
        open,
        href: at(""),
        next: page.flatten().map(|cursor| at(&format!("&standing={standing}&after={cursor}"))),
        rows: unfolded.into_iter().flat_map(|(_, page)| page.items).map(|one| Row::of(one, now)).collect(),
    }
}
