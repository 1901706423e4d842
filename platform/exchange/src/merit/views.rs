//! What points show to surfaces. A scorer reads all that it scores; a portal reads its own and nobody else's.

mod appeals;

use std::collections::{BTreeSet, HashMap};

use base::listing::{Cursor, Page};
use base::store::{Opens, StoreError};
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::sea_query::{Alias, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::amount::Points;
use super::ledger::Difference;
use super::model::{Month, Occasion, Place, Ranking};
use super::rows::{circular, circular_row, event, own_event, point, rule, setting};
use super::table::{RuleRow, RuleTable};
use crate::SubmissionId;

pub use appeals::{Appeal, appeals, find_appeal, own_appeals};

/// One version of a scorer's table.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct VersionView {
    pub version: i32,
    pub table: RuleTable,
    pub reason: String,
    /// What it changed when it was chosen.
    pub difference: Difference,
    pub created_at: Timestamp,
    pub created_by: String,
}

impl TryFrom<rule::Model> for VersionView {
    type Error = StoreError;

    fn try_from(row: rule::Model) -> Result<Self, StoreError> {
        let bad = |_| StoreError::Suspicious { table: "merit_rule", what: format!("version {}", row.version) };
        Ok(Self {
            version: row.version,
            table: serde_json::from_str(&row.body).map_err(bad)?,
            difference: serde_json::from_str(&row.difference).map_err(bad)?,
            reason: row.reason,
            created_at: Timestamp(row.created_at),
            created_by: row.created_by,
        })
    }
}

/// Every version that this scorer chose, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn versions(tx: &TenantTx) -> Result<Vec<VersionView>, StoreError> {
    let rows = tx.all(rule::Entity::find().order_by_desc(rule::Column::Version)).await?;
    rows.into_iter().map(VersionView::try_from).collect()
}

/// What a scorer shows of ranks.
///
/// # Errors
/// [`StoreError`].
pub async fn ranking(tx: &TenantTx) -> Result<Ranking, StoreError> {
    let row = tx.one(setting::Entity::find()).await?;
    Ok(row.and_then(|row| Ranking::parse(&row.ranking)).unwrap_or(Ranking::Hidden))
}

/// Opens what the direct superior shows to those below: its table, and circulars with ranks for all. Made from the directory
/// and the transaction's own tenant, never from a request.
pub(super) struct Above {
    holder: TenantId,
    scorer: TenantId,
}

/// Who scores this portal.
pub fn superior(tx: &TenantTx) -> Option<TenantId> {
    tx.sites().by_record(&tx.tenant().to_string()).and_then(|site| site.parent)
}

pub(super) fn above(tx: &TenantTx) -> Option<Above> {
    superior(tx).map(|scorer| Above { holder: tx.tenant(), scorer })
}

impl Opens<rule::Entity> for Above {
    fn holder(&self) -> TenantId {
        self.holder
    }
    fn opens(&self) -> Condition {
        Condition::all().add(rule::Column::TenantId.eq(self.scorer))
    }
}

impl Opens<circular::Entity> for Above {
    fn holder(&self) -> TenantId {
        self.holder
    }
    fn opens(&self) -> Condition {
        Condition::all().add(circular::Column::TenantId.eq(self.scorer))
    }
}

impl Opens<circular_row::Entity> for Above {
    fn holder(&self) -> TenantId {
        self.holder
    }
    fn opens(&self) -> Condition {
        let shown = Ranking::PublicToSubordinates.as_str();
        Condition::all()
            .add(circular_row::Column::TenantId.eq(self.scorer))
            .add(circular_row::Column::Ranking.eq(shown))
    }
}

/// Every version of the superior's table, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn versions_of_superior(tx: &TenantTx) -> Result<Vec<VersionView>, StoreError> {
    let Some(above) = above(tx) else { return Ok(Vec::new()) };
    let rows = tx.through_all::<rule::Entity>(&above).await?;
    let mut found = rows.into_iter().map(VersionView::try_from).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|version| -version.version);
    Ok(found)
}

/// The superior's table that is in force.
///
/// # Errors
/// [`StoreError`].
pub async fn table_of_superior(tx: &TenantTx, now: Timestamp) -> Result<Option<RuleTable>, StoreError> {
    let today = now.date_cst();
    let versions = versions_of_superior(tx).await?;
    Ok(versions.into_iter().find(|version| version.table.effective_from <= today).map(|version| version.table))
}

/// One portal's sums over some months.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Total {
    pub beneficiary: TenantId,
    pub submitted: i64,
    pub adopted: i64,
    pub instructions: i64,
    pub events: i64,
    pub points: Points,
}

#[derive(FromQueryResult)]
struct Summed {
    beneficiary_id: TenantId,
    occasion: String,
    events: i64,
    points: i64,
}

fn sums(first: Month, last: Month) -> Select<point::Entity> {
    use point::Column as C;
    let sum = Expr::col(C::Points).sum().cast_as(Alias::new("bigint"));
    let count = Expr::col(C::EventId).count();
    point::Entity::find()
        .select_only()
        .columns([C::BeneficiaryId, C::Occasion])
        .column_as(count, "events")
        .column_as(sum, "points")
        .filter(C::Month.gte(first.0))
        .filter(C::Month.lte(last.0))
        .group_by(C::BeneficiaryId)
        .group_by(C::Occasion)
}

fn folded(rows: Vec<Summed>) -> Vec<Total> {
    let mut totals: Vec<Total> = Vec::new();
    let mut places: HashMap<TenantId, usize> = HashMap::new();
    for row in rows {
        let at = *places.entry(row.beneficiary_id).or_insert_with(|| {
            totals.push(Total {
                beneficiary: row.beneficiary_id,
                submitted: 0,
                adopted: 0,
                instructions: 0,
                events: 0,
                points: Points(0),
            });
            totals.len() - 1
        });
        totals[at].add(Occasion::parse(&row.occasion), row.events, row.points);
    }
    totals
}

impl Total {
    /// Adds so many events of one kind.
    pub(super) fn add(&mut self, occasion: Option<Occasion>, events: i64, points: i64) {
        self.events += events;
        self.points.0 += points;
        match occasion {
            Some(Occasion::Submitted) => self.submitted += events,
            Some(one) if one.is_adoption() => self.adopted += events,
            Some(Occasion::Instruction) => self.instructions += events,
            _ => {}
        }
    }
}

/// Sums of everybody that this tenant scores.
///
/// # Errors
/// [`StoreError`].
pub async fn totals(tx: &TenantTx, first: Month, last: Month) -> Result<Vec<Total>, StoreError> {
    Ok(folded(tx.pick(sums(first, last)).await?))
}

/// Sums of this tenant itself, as its superior counts them.
///
/// # Errors
/// [`StoreError`].
pub async fn own_total(tx: &TenantTx, first: Month, last: Month) -> Result<Option<Total>, StoreError> {
    Ok(folded(tx.pick_sent(sums(first, last)).await?).into_iter().next())
}

/// One event with what it is worth.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct EventView {
    pub id: Uuid,
    pub beneficiary: TenantId,
    pub occasion: Occasion,
    pub place: Place,
    pub channel: String,
    pub title: String,
    pub note: String,
    pub submission: Option<SubmissionId>,
    pub at: Timestamp,
    /// None until it is scored.
    pub worth: Option<EventWorth>,
}

/// Why an event is worth what it is.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct EventWorth {
    pub points: Points,
    /// What the row says; the difference is what the item had already, or a cap.
    pub row_points: Points,
    pub version: i32,
    /// From 1; 0 for none.
    pub row: i32,
}

impl EventWorth {
    /// The row that gave the points.
    pub fn rule<'a>(&self, versions: &'a [VersionView]) -> Option<&'a RuleRow> {
        let version = versions.iter().find(|version| version.version == self.version)?;
        version.table.rows.get(usize::try_from(self.row).ok()?.checked_sub(1)?)
    }
}

fn event_view(row: own_event::Model) -> Result<EventView, StoreError> {
    let occasion = Occasion::parse(&row.occasion)
        .ok_or_else(|| StoreError::Suspicious { table: "point_event", what: format!("occasion of {}", row.id) })?;
    Ok(EventView {
        id: row.id,
        beneficiary: row.beneficiary_id,
        occasion,
        place: Place::of(row.level_up, row.central != 0),
        channel: row.channel,
        title: row.title,
        note: row.note,
        submission: row.submission_id,
        at: Timestamp(row.at),
        worth: None,
    })
}

/// What events are worth, by the whole key: an event counts in its own month.
fn worth_of(rows: &[own_event::Model]) -> Select<point::Entity> {
    use point::Column as C;
    let all = |key: fn(&own_event::Model) -> TenantId| rows.iter().map(key).collect::<BTreeSet<_>>();
    let months: BTreeSet<i32> = rows.iter().map(|row| Month::of(Timestamp(row.at)).0).collect();
    point::Entity::find()
        .filter(C::TenantId.is_in(all(|row| row.tenant_id)))
        .filter(C::Month.is_in(months))
        .filter(C::BeneficiaryId.is_in(all(|row| row.beneficiary_id)))
        .filter(C::EventId.is_in(rows.iter().map(|row| row.id)))
}

fn join(rows: Vec<own_event::Model>, worth: Vec<point::Model>) -> Result<Vec<EventView>, StoreError> {
    let mut worth: HashMap<Uuid, point::Model> = worth.into_iter().map(|row| (row.event_id, row)).collect();
    let mut found = rows.into_iter().map(event_view).collect::<Result<Vec<_>, _>>()?;
    for view in &mut found {
        view.worth = worth.remove(&view.id).map(|row| EventWorth {
            points: Points(row.points),
            row_points: Points(row.worth),
            version: row.rule_version,
            row: row.rule_row,
        });
    }
    Ok(found)
}

fn cut(rows: Vec<EventView>, limit: u64) -> Page<EventView> {
    Page::cut(rows, limit as usize, |row| Cursor { at: row.at.micros(), id: row.id }.text())
}

fn older(at: impl ColumnTrait, id: impl ColumnTrait, after: Option<Cursor>) -> Condition {
    match after {
        None => Condition::all(),
        Some(after) => {
            Condition::any().add(at.lt(after.at)).add(Condition::all().add(at.eq(after.at)).add(id.lt(after.id)))
        }
    }
}

/// One page of the events that this tenant scores, newest first; of one portal, or of all.
///
/// # Errors
/// [`StoreError`].
pub async fn events(
    tx: &TenantTx,
    of: Option<TenantId>,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<EventView>, StoreError> {
    use event::Column as C;
    let mut select = event::Entity::find()
        .filter(older(C::At, C::Id, after))
        .order_by_desc(C::At)
        .order_by_desc(C::Id)
        .limit(limit + 1);
    if let Some(of) = of {
        select = select.filter(C::BeneficiaryId.eq(of));
    }
    let rows: Vec<own_event::Model> = tx.all(select).await?.into_iter().map(own_event::Model::from).collect();
    let worth = tx.all(worth_of(&rows)).await?;
    Ok(cut(join(rows, worth)?, limit))
}

impl From<event::Model> for own_event::Model {
    fn from(row: event::Model) -> Self {
        Self {
            tenant_id: row.tenant_id,
            id: row.id,
            beneficiary_id: row.beneficiary_id,
            occasion: row.occasion,
            level_up: row.level_up,
            central: row.central,
            channel: row.channel,
            submission_id: row.submission_id,
            document_id: row.document_id,
            title: row.title,
            note: row.note,
            at: row.at,
        }
    }
}

/// One page of this tenant's own events, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn own_events(tx: &TenantTx, after: Option<Cursor>, limit: u64) -> Result<Page<EventView>, StoreError> {
    use own_event::Column as C;
    let select = own_event::Entity::find()
        .filter(older(C::At, C::Id, after))
        .order_by_desc(C::At)
        .order_by_desc(C::Id)
        .limit(limit + 1);
    let rows = tx.sent(select).await?;
    let worth = tx.sent(worth_of(&rows)).await?;
    Ok(cut(join(rows, worth)?, limit))
}

/// One of this tenant's own events.
///
/// # Errors
/// [`StoreError`].
pub async fn own_event(tx: &TenantTx, id: Uuid) -> Result<Option<EventView>, StoreError> {
    let rows = tx.sent(own_event::Entity::find().filter(own_event::Column::Id.eq(id)).limit(1)).await?;
    let worth = tx.sent(worth_of(&rows)).await?;
    Ok(join(rows, worth)?.into_iter().next())
}
