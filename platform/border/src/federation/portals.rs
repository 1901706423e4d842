//! The superior's side of what lies below the border: one line per portal of an inferior's installation, kept as it was told
//! and beside the tree of this house, in which these portals do not stand.

use base::listing::Page;
use base::people::Peer;
use base::store::StoreError;
use base::{Level, TenantTx, Timestamp};
use exchange::OrderId;
use exchange::obligation::{self, Standing};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

use super::FederationError;
use super::rows::peer_obligation::{ActiveModel, Column, Entity, Model};
use super::wire::{Held, PortalLine, Portals};

/// Lines of one message.
const LINES: usize = 1_000;
/// Lines of one order: more portals than the country has.
const ALL: u64 = 100_000;
/// Characters of a name or an address, and of what went wrong.
const NAME: usize = 200;
const ADDRESS: usize = 1_000;

/// Takes one page of what the inferior says of its own portals. Said again, it is the same; said newer, it replaces.
///
/// # Errors
/// [`FederationError::Missing`] for an order that the tenant is not under.
pub async fn take_portals(tx: &TenantTx, peer: &Peer, said: Portals, now: Timestamp) -> Result<(), FederationError> {
    obligation::find(tx, said.order).await.map_err(|_| FederationError::Missing)?;
    if said.lines.len() > LINES || tx.count(of(peer.id, said.order)).await? + said.lines.len() as u64 > ALL {
        return Err(FederationError::Untrue("more portals than there are".to_owned()));
    }
    let mut rows = Vec::with_capacity(said.lines.len());
    let mut portals = std::collections::BTreeSet::new();
    for line in said.lines.into_iter().filter(|line| portals.insert(line.portal)) {
        rows.push(row(peer, said.order, line, now)?);
    }
    let old = Entity::delete_many()
        .filter(Column::PeerId.eq(peer.id))
        .filter(Column::OrderId.eq(said.order))
        .filter(Column::PortalId.is_in(portals));
    tx.remove(old).await?;
    Ok(tx.insert_many(rows).await?)
}

fn row(peer: &Peer, order: OrderId, line: PortalLine, now: Timestamp) -> Result<ActiveModel, FederationError> {
    let standing = Standing::parse(&line.standing)
        .ok_or_else(|| FederationError::Untrue(format!("there is no standing {}", short(&line.standing, 40))))?;
    // Nobody reports from the future.
    let past = |at: Option<Timestamp>| at.map(|at| at.min(now).micros());
    let web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    Ok(ActiveModel {
        peer_id: Set(peer.id),
        order_id: Set(order),
        portal_id: Set(line.portal),
        version: Set(line.version),
        name: Set(short(&line.name, NAME)),
        parent: Set(short(&line.parent, NAME)),
        level: Set(Level::parse(&line.level).map(|level| level.as_str().to_owned()).unwrap_or_default()),
        division_code: Set(short(&line.division_code, 20)),
        site: Set(short(&line.site, NAME)),
        standing: Set(standing.as_str().to_owned()),
        late: Set(i32::from(line.late)),
        limit_hours: Set(line.limit_hours),
        due_at: Set(line.due_at.micros()),
        placed_at: Set(past(line.placed_at)),
        proven_at: Set(past(line.proven_at)),
        url: Set(if web(&line.url) { short(&line.url, ADDRESS) } else { String::new() }),
        failure: Set(short(&line.failure, ADDRESS)),
        at: Set(now.micros()),
        ..Default::default()
    })
}

fn short(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

fn of(peer: Uuid, order: OrderId) -> Select<Entity> {
    Entity::find().filter(Column::PeerId.eq(peer)).filter(Column::OrderId.eq(order))
}

#[derive(FromQueryResult)]
struct Sum {
    order_id: OrderId,
    lines: i64,
    versions: i64,
}

/// What is held of each of these orders, so that the inferior knows what to tell.
///
/// # Errors
/// [`StoreError::Database`].
pub(super) async fn held(tx: &TenantTx, peer: &Peer, orders: &[OrderId]) -> Result<Vec<Held>, StoreError> {
    let select = Entity::find()
        .select_only()
        .column(Column::OrderId)
        .column_as(Column::PortalId.count(), "lines")
        .column_as(Expr::cust("CAST(sum(version) AS BIGINT)"), "versions")
        .filter(Column::PeerId.eq(peer.id))
        .filter(Column::OrderId.is_in(orders.iter().copied()))
        .group_by(Column::OrderId);
    let sums: Vec<Sum> = tx.pick(select).await?;
    let held = |order: &OrderId| {
        let sum = sums.iter().find(|sum| sum.order_id == *order);
        let (lines, versions) = sum.map_or((0, 0), |sum| (sum.lines, sum.versions));
        Held { order: *order, lines, versions }
    };
    Ok(orders.iter().map(held).collect())
}

/// One portal of an inferior's installation under an order.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Portal {
    pub id: Uuid,
    pub name: String,
    pub parent: String,
    pub level: String,
    pub division_code: String,
    pub site: String,
    pub standing: Standing,
    /// Fixed by the inferior when it was proven.
    pub late: bool,
    pub limit_hours: i32,
    pub due_at: Timestamp,
    pub placed_at: Option<Timestamp>,
    pub proven_at: Option<Timestamp>,
    pub url: String,
    pub failure: String,
    pub told_at: Timestamp,
}

impl Portal {
    /// Past its limit and still owed, as far as was told. Computed, never stored.
    pub fn overdue(&self, now: Timestamp) -> bool {
        matches!(self.standing, Standing::Issued | Standing::Delivered) && now > self.due_at
    }

    /// The standing in the words of boards and files.
    pub fn word(&self, now: Timestamp) -> &'static str {
        if self.overdue(now) { "overdue" } else { self.standing.as_str() }
    }
}

impl TryFrom<Model> for Portal {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let standing = Standing::parse(&row.standing).ok_or_else(|| StoreError::Suspicious {
            table: "peer_obligation",
            what: format!("standing of {}", row.portal_id),
        })?;
        Ok(Self {
            id: row.portal_id,
            name: row.name,
            parent: row.parent,
            level: row.level,
            division_code: row.division_code,
            site: row.site,
            standing,
            late: row.late != 0,
            limit_hours: row.limit_hours,
            due_at: Timestamp(row.due_at),
            placed_at: row.placed_at.map(Timestamp),
            proven_at: row.proven_at.map(Timestamp),
            url: row.url,
            failure: row.failure,
            told_at: Timestamp(row.at),
        })
    }
}

/// What is wanted of the portals below one peer.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// A group of the board; empty means everybody.
    pub group: &'a str,
    /// `next_cursor` of the page before.
    pub after: Option<&'a str>,
}

/// Whether this is a place in a list of ours.
pub fn is_cursor(text: &str) -> bool {
    place(text).is_some()
}

fn place(text: &str) -> Option<(&str, Uuid)> {
    let (code, portal) = text.rsplit_once('.')?;
    Some((code, Uuid::try_parse(portal).ok()?))
}

fn grouped(group: &str, now: Timestamp) -> Condition {
    let (is, open) = (|word: &str| Column::Standing.eq(word), Column::Standing.is_in(["issued", "delivered"]));
    let all = Condition::all();
    match group {
        "waiting" => all.add(open).add(Column::DueAt.gte(now.micros())),
        "overdue" => all.add(open).add(Column::DueAt.lt(now.micros())),
        "live_unverified" => all.add(is("published")),
        "verified_on_time" => all.add(is("proven")).add(Column::Late.eq(0)),
        "verified_late" => all.add(is("proven")).add(Column::Late.ne(0)),
        "exempt" | "failed" | "ended" => all.add(is(group)),
        _ => all,
    }
}

/// Portals below a peer under one order, by division, one page at a time.
///
/// # Errors
/// [`StoreError`].
pub async fn portals(
    tx: &TenantTx,
    peer: Uuid,
    order: OrderId,
    wanted: &Wanted<'_>,
    limit: u64,
    now: Timestamp,
) -> Result<Page<Portal>, StoreError> {
    let mut select = of(peer, order).filter(grouped(wanted.group, now));
    if let Some((code, portal)) = wanted.after.and_then(place) {
        let same = Condition::all().add(Column::DivisionCode.eq(code)).add(Column::PortalId.gt(portal));
        select = select.filter(Condition::any().add(Column::DivisionCode.gt(code)).add(same));
    }
    let select = select.order_by_asc(Column::DivisionCode).order_by_asc(Column::PortalId).limit(limit + 1);
    let rows = tx.all(select).await?.into_iter().map(Portal::try_from).collect::<Result<Vec<_>, _>>()?;
    let cursor = |last: &Portal| format!("{}.{}", last.division_code, last.id.simple());
    Ok(Page::cut(rows, usize::try_from(limit).unwrap_or(usize::MAX), cursor))
}
