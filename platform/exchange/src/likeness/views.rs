//! Clusters as surfaces show them. What is stored follows by a job; what is shown is also asked of the submission itself, so
//! that something taken back is gone at once.

use std::collections::HashMap;

use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{TenantTx, Timestamp};
use content::likeness::{sketch_likeness, sketch_of};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, Select, sea_query::Expr,
};

use super::acts::alike;
use super::jobs::print_of;
use super::model::COMPARED;
use super::rows::fingerprint as rows;
use super::rules::LikenessRules;
use crate::submission::rows::submission as letters;
use crate::submission::{self, BoxRow, Standing, Submission, SubmissionError, SubmissionId};

/// Submissions of one cluster that are shown with their texts.
const SHOWN: usize = 24;
/// Submissions of one cluster that a list names.
const NAMED: usize = 20;

/// What a line of the desk says about its fellows.
#[derive(Clone, Copy, Debug)]
pub struct Chip {
    /// The cluster.
    pub cluster: SubmissionId,
    /// How many others are in it.
    pub others: u64,
}

/// One cluster in a list.
#[derive(Clone, Debug)]
pub struct ClusterRow {
    /// Named by one of its submissions.
    pub id: SubmissionId,
    /// How many submissions are in it.
    pub size: u64,
    /// When the latest one was sent.
    pub latest: Timestamp,
    /// The earliest of them, at most twenty.
    pub lines: Vec<BoxRow>,
}

/// One cluster with its texts: what waits first, then what was decided, the earliest first.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name now: a cluster that became part of another one is found by its old name.
    pub id: SubmissionId,
    /// At most twenty-four.
    pub members: Vec<Submission>,
    /// How many more there are.
    pub left_off: u64,
    sketches: HashMap<SubmissionId, Vec<u32>>,
}

/// A submission that is like another one.
#[derive(Clone, Debug)]
pub struct Similar {
    /// Which.
    pub line: BoxRow,
    /// How much, up to 1.
    pub likeness: f64,
}

/// What is in a cluster now, whatever the job has yet to do.
fn live() -> Select<rows::Entity> {
    let to: RelationDef = rows::Entity::belongs_to(letters::Entity)
        .from((rows::Column::TenantId, rows::Column::SubmissionId))
        .to((letters::Column::TenantId, letters::Column::Id))
        .into();
    rows::Entity::find()
        .select_only()
        .join(JoinType::InnerJoin, to)
        .filter(rows::Column::ClusterId.is_not_null())
        .filter(letters::Column::Standing.is_in(COMPARED.map(Standing::as_str)))
        .filter(letters::Column::News.not_like(r#"{"kind":"withdrawn"%"#))
}

#[derive(FromQueryResult)]
struct In {
    submission_id: SubmissionId,
    cluster_id: SubmissionId,
}

#[derive(FromQueryResult)]
struct Size {
    cluster_id: SubmissionId,
    size: i64,
    latest: i64,
}

fn sizes() -> Select<rows::Entity> {
    live()
        .column(rows::Column::ClusterId)
        .column_as(rows::Column::SubmissionId.count(), "size")
        .column_as(rows::Column::SubmittedAt.max(), "latest")
        .group_by(rows::Column::ClusterId)
        .having(rows::Column::SubmissionId.count().gt(1))
}

/// How many fellows each of these submissions has, for those that have any.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn chips(tx: &TenantTx, of: &[SubmissionId]) -> Result<HashMap<SubmissionId, Chip>, StoreError> {
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let within = live()
        .columns([rows::Column::SubmissionId, rows::Column::ClusterId])
        .filter(rows::Column::SubmissionId.is_in(of.iter().copied()));
    let within: Vec<In> = tx.pick(within).await?;
    if within.is_empty() {
        return Ok(HashMap::new());
    }
    let sizes = sizes().filter(rows::Column::ClusterId.is_in(within.iter().map(|one| one.cluster_id)));
    let sizes: Vec<Size> = tx.pick(sizes).await?;
    let sizes: HashMap<SubmissionId, i64> = sizes.into_iter().map(|row| (row.cluster_id, row.size)).collect();
    let chip = |one: In| {
        let others = u64::try_from(sizes.get(&one.cluster_id)? - 1).ok()?;
        Some((one.submission_id, Chip { cluster: one.cluster_id, others }))
    };
    Ok(within.into_iter().filter_map(chip).collect())
}

/// One page of the clusters at this desk, the one with the latest arrival first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn clusters(tx: &TenantTx, after: Option<Cursor>, limit: u64) -> Result<Page<ClusterRow>, StoreError> {
    let mut select =
        sizes().order_by_desc(rows::Column::SubmittedAt.max()).order_by_desc(rows::Column::ClusterId).limit(limit + 1);
    if let Some(after) = after {
        let same = rows::Column::SubmittedAt.max().eq(after.at);
        let later = Expr::col((rows::Entity, rows::Column::ClusterId)).lt(after.id);
        select = select.having(rows::Column::SubmittedAt.max().lt(after.at).or(same.and(later)));
    }
    let found: Vec<Size> = tx.pick(select).await?;
    let page = Page::cut(found, limit as usize, |row| Cursor { at: row.latest, id: row.cluster_id.0 }.text());
    let within = live()
        .columns([rows::Column::SubmissionId, rows::Column::ClusterId])
        .filter(rows::Column::ClusterId.is_in(page.items.iter().map(|row| row.cluster_id)))
        .order_by_asc(rows::Column::SubmissionId);
    let mut named: HashMap<SubmissionId, Vec<SubmissionId>> = HashMap::new();
    for one in tx.pick::<_, In>(within).await? {
        let ids = named.entry(one.cluster_id).or_default();
        if ids.len() < NAMED {
            ids.push(one.submission_id);
        }
    }
    let lines = submission::lines(tx, named.values().flatten().copied().collect()).await?;
    let mut lines: HashMap<SubmissionId, BoxRow> = lines.into_iter().map(|line| (line.id, line)).collect();
    Ok(page.map(|row| ClusterRow {
        id: row.cluster_id,
        size: u64::try_from(row.size).unwrap_or_default(),
        latest: Timestamp(row.latest),
        lines: named.remove(&row.cluster_id).unwrap_or_default().iter().filter_map(|id| lines.remove(id)).collect(),
    }))
}

#[derive(FromQueryResult)]
struct Within {
    submission_id: SubmissionId,
    cluster_id: SubmissionId,
    sketch: Vec<u8>,
}

/// One cluster with its texts, by its name or by that of any submission in it.
///
/// # Errors
/// [`SubmissionError::Missing`] when fewer than two submissions are left in it.
pub async fn cluster(tx: &TenantTx, id: SubmissionId) -> Result<Cluster, SubmissionError> {
    let of = |which: Condition| {
        let columns = [rows::Column::SubmissionId, rows::Column::ClusterId, rows::Column::Sketch];
        live().columns(columns).filter(which)
    };
    let one = of(rows::Column::SubmissionId.eq(id).into());
    let now = tx.pick::<_, Within>(one).await?.first().map_or(id, |row| row.cluster_id);
    let within: Vec<Within> = tx.pick(of(rows::Column::ClusterId.eq(now).into())).await?;
    if within.len() < 2 {
        return Err(SubmissionError::Missing);
    }
    let mut lines = submission::lines(tx, within.iter().map(|row| row.submission_id).collect()).await?;
    let decided = |line: &BoxRow| !Standing::parse(&line.standing).is_some_and(Standing::is_open);
    lines.sort_by_key(|line| (decided(line), line.submitted_at, line.id));
    let left_off = lines.len().saturating_sub(SHOWN) as u64;
    let shown: Vec<SubmissionId> = lines.into_iter().take(SHOWN).map(|line| line.id).collect();
    let mut members = submission::received_each(tx, &shown).await?;
    members.sort_by_key(|one| shown.iter().position(|id| *id == one.id));
    let sketches = within.into_iter().map(|row| (row.submission_id, sketch_of(&row.sketch))).collect();
    Ok(Cluster { id: now, members, left_off, sketches })
}

impl Cluster {
    /// How alike two of its members are, up to 1.
    pub fn likeness(&self, one: SubmissionId, other: SubmissionId, rules: &LikenessRules, now: Timestamp) -> f64 {
        let most = rules.at(now).map_or(usize::MAX, |rule| rule.sketch);
        match (self.sketches.get(&one), self.sketches.get(&other)) {
            (Some(one), Some(other)) => sketch_likeness(one, other, most),
            _ => 0.0,
        }
    }
}

/// The check of one item: what this desk has that is like a received submission, most alike first. The text is cut anew, so
/// that the answer does not wait for the job.
///
/// # Errors
/// [`SubmissionError::Missing`].
pub async fn similar(
    tx: &TenantTx,
    rules: &LikenessRules,
    id: SubmissionId,
    now: Timestamp,
) -> Result<Vec<Similar>, SubmissionError> {
    let one = submission::find_received(tx, id).await?;
    let Some(rule) = rules.at(now) else { return Ok(Vec::new()) };
    let found = alike(tx, rule, &one, &print_of(&one, rule)).await?;
    let lines = submission::lines(tx, found.iter().map(|one| one.id).collect()).await?;
    let mut lines: HashMap<SubmissionId, BoxRow> = lines.into_iter().map(|line| (line.id, line)).collect();
    let compared = |line: &BoxRow| Standing::parse(&line.standing).is_some_and(|is| COMPARED.contains(&is));
    let similar = |one: super::acts::Alike| {
        Some(Similar { line: lines.remove(&one.id).filter(compared)?, likeness: one.likeness })
    };
    Ok(found.into_iter().filter_map(similar).collect())
}
