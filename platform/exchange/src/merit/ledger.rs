//! The ledger of points: read the facts of a year, score them in one pass, write what they are worth. It can be made again at
//! any time and comes out the same.

use std::collections::BTreeMap;

use base::store::{Cell, StoreError};
use base::{TenantTx, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::amount::Points;
use super::model::{Month, Occasion, Place, Ranking};
use super::rows::{event, point, rule, setting};
use super::score::{Fact, Version, Worth, score, year_span};
use super::table::RuleTable;

/// What a recomputation found.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Recomputed {
    /// Events of the year.
    pub events: u64,
    /// Portals that have some.
    pub portals: u64,
    /// All points together.
    pub points: Points,
}

/// What a new table changes, before it is applied and kept with it afterwards.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Difference {
    /// The years that were looked at.
    pub years: Vec<i32>,
    /// Events looked at.
    pub events: u64,
    /// Events that are worth something else.
    pub changed_events: u64,
    /// All points before.
    pub before: Points,
    /// All points after.
    pub after: Points,
    /// Every portal with a change, the largest first.
    pub portals: Vec<Changed>,
}

/// What changes for one portal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Changed {
    /// Its slug when it was looked at.
    pub tenant: String,
    /// Its name then.
    pub name: String,
    /// Points before.
    pub before: Points,
    /// Points after.
    pub after: Points,
}

#[derive(FromQueryResult)]
struct Line {
    id: Uuid,
    beneficiary_id: Uuid,
    occasion: String,
    level_up: i32,
    central: i32,
    channel: String,
    item_id: Uuid,
    submission_id: Option<Uuid>,
    writer_id: Uuid,
    adjust: i64,
    at: i64,
}

/// The facts of a year in the order of time; of one portal, or of all.
pub(super) async fn facts(tx: &TenantTx, year: i32, of: Option<Uuid>) -> Result<Vec<Fact>, StoreError> {
    use event::Column as C;
    let Some((first, end)) = year_span(year) else { return Ok(Vec::new()) };
    let mut select = event::Entity::find()
        .select_only()
        .columns([C::Id, C::BeneficiaryId, C::Occasion, C::LevelUp, C::Central, C::Channel, C::ItemId])
        .columns([C::SubmissionId, C::WriterId, C::Adjust, C::At])
        .filter(C::At.gte(first.micros()))
        .filter(C::At.lt(end.micros()));
    if let Some(beneficiary) = of {
        select = select.filter(C::BeneficiaryId.eq(beneficiary));
    }
    let mut found = Vec::new();
    for line in tx.pick::<event::Entity, Line>(select).await? {
        let occasion = Occasion::parse(&line.occasion)
            .ok_or_else(|| StoreError::Suspicious { table: "point_event", what: format!("occasion of {}", line.id) })?;
        found.push(Fact {
            id: line.id,
            beneficiary: line.beneficiary_id,
            occasion,
            place: Place::of(line.level_up, line.central != 0),
            channel: line.channel,
            item: line.item_id,
            submission: line.submission_id,
            writer: line.writer_id,
            adjust: line.adjust,
            at: Timestamp(line.at),
        });
    }
    // In the order of time; of one instant, an adoption comes before its journal, and what takes away comes last.
    found.sort_unstable_by_key(|fact| (fact.at, fact.occasion == Occasion::Revoked, !fact.channel.is_empty(), fact.id));
    Ok(found)
}

/// Reads a version.
pub(super) fn version(row: &rule::Model) -> Result<Version, StoreError> {
    let table: RuleTable = serde_json::from_str(&row.body).map_err(|_| StoreError::Suspicious {
        table: "merit_rule",
        what: format!("body of version {}", row.version),
    })?;
    Ok(Version { number: row.version, table })
}

/// All versions of this scorer, oldest first.
pub(super) async fn versions(tx: &TenantTx) -> Result<Vec<Version>, StoreError> {
    let rows = tx.all(rule::Entity::find().order_by_asc(rule::Column::Version)).await?;
    rows.iter().map(version).collect()
}

/// Takes turns with other recomputations of this scorer.
async fn alone(tx: &TenantTx) -> Result<(), StoreError> {
    let first =
        setting::ActiveModel { ranking: Set(Ranking::Hidden.as_str().to_owned()), runs: Set(0), ..Default::default() };
    tx.insert_if_free::<setting::Entity, _>(first).await?;
    let next = setting::Entity::update_many().col_expr(setting::Column::Runs, Expr::col(setting::Column::Runs).add(1));
    tx.change(next).await.map(drop)
}

/// Makes the points of a year again: of one portal, or of all.
///
/// # Errors
/// [`StoreError`].
pub async fn recompute(tx: &TenantTx, year: i32, of: Option<Uuid>) -> Result<Recomputed, StoreError> {
    alone(tx).await?;
    let facts = facts(tx, year, of).await?;
    let worth = score(&facts, &versions(tx).await?);
    let mut done = Recomputed { events: facts.len() as u64, ..Recomputed::default() };
    let mut portals: BTreeMap<Uuid, ()> = BTreeMap::new();
    for (fact, worth) in facts.iter().zip(&worth) {
        portals.insert(fact.beneficiary, ());
        done.points.0 += worth.points;
    }
    done.portals = portals.len() as u64;
    // Events are kept for good, so that no point is left over: what is there is written over where it differs.
    let mut order: Vec<usize> = (0..facts.len()).collect();
    order.sort_unstable_by_key(|at| (worth[*at].month, facts[*at].beneficiary, facts[*at].id));
    for part in order.chunks(PART) {
        let lines: Vec<[Cell; 8]> = part.iter().map(|at| line(&facts[*at], &worth[*at])).collect();
        tx.put_lines::<point::Entity, _>(&COLUMNS, KEY, &lines).await?;
    }
    Ok(done)
}

/// Rows that are written out at a time.
const PART: usize = 20_000;

/// How many of the columns are the key.
const KEY: usize = 3;

const COLUMNS: [point::Column; 8] = [
    point::Column::Month,
    point::Column::BeneficiaryId,
    point::Column::EventId,
    point::Column::Occasion,
    point::Column::Points,
    point::Column::Worth,
    point::Column::RuleVersion,
    point::Column::RuleRow,
];

fn line(fact: &Fact, worth: &Worth) -> [Cell; 8] {
    [
        Cell::Number(i64::from(worth.month)),
        Cell::Id(fact.beneficiary),
        Cell::Id(fact.id),
        Cell::Word(fact.counted()),
        Cell::Number(worth.points),
        Cell::Number(worth.row_points),
        Cell::Number(i64::from(worth.version)),
        Cell::Number(i64::from(worth.row)),
    ]
}

/// Years that a change looks at, the present one included: more would be history that nobody reopens.
const YEARS: i32 = 3;

/// What a table would change, without changing anything.
pub(super) async fn difference(tx: &TenantTx, draft: &RuleTable, now: Timestamp) -> Result<Difference, StoreError> {
    let old = versions(tx).await?;
    let number = old.iter().map(|version| version.number).max().unwrap_or(0) + 1;
    let mut new = old.clone();
    new.push(Version { number, table: draft.clone() });
    let this = Month::of(now).year();
    let begins = draft.effective_from.get(..4).and_then(|year| year.parse().ok()).unwrap_or(this);
    let mut found = Difference::default();
    let mut portals: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    for year in Ord::max(begins, this + 1 - YEARS)..=this {
        let facts = facts(tx, year, None).await?;
        if facts.is_empty() {
            continue;
        }
        found.years.push(year);
        found.events += facts.len() as u64;
        for ((fact, was), is) in facts.iter().zip(score(&facts, &old)).zip(score(&facts, &new)) {
            let (before, after) = portals.entry(fact.beneficiary).or_default();
            *before += was.points;
            *after += is.points;
            found.changed_events += u64::from(was.points != is.points);
        }
    }
    for (tenant, (before, after)) in portals {
        found.before.0 += before;
        found.after.0 += after;
        if before != after {
            let site = tx.sites().by_record(&tenant.to_string());
            found.portals.push(Changed {
                tenant: site.as_ref().map(|site| site.slug.to_string()).unwrap_or_default(),
                name: site.map(|site| site.short_name.to_string()).unwrap_or_default(),
                before: Points(before),
                after: Points(after),
            });
        }
    }
    found.portals.sort_by_key(|portal| (-(portal.after.0 - portal.before.0).abs(), portal.tenant.clone()));
    Ok(found)
}
