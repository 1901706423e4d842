//! How the portals stand under a commission of mine: counts, and one line per portal. Names units, not people.

use std::collections::HashMap;

use base::store::StoreError;
use base::{SubtreeTx, Timestamp};
use sea_orm::FromQueryResult;
use serde::Serialize;

use super::CommissionId;
use crate::order::reach::Bind;

/// How an audience stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct Counts {
    pub called: i64,
    pub accepted: i64,
    pub delivered: i64,
    pub late: i64,
    pub missed: i64,
    pub declined: i64,
    pub excused: i64,
    pub ended: i64,
    /// Portals that ask to be let off and have no answer.
    pub pleas: i64,
}

impl Counts {
    /// Everybody.
    pub fn total(&self) -> i64 {
        let Self { called, accepted, delivered, late, missed, declined, excused, ended, .. } = self;
        called + accepted + delivered + late + missed + declined + excused + ended
    }

    /// The standings with their counts, in the order in which bars draw them.
    pub fn parts(&self) -> [(&'static str, i64); 8] {
        [
            ("delivered", self.delivered),
            ("late", self.late),
            ("accepted", self.accepted),
            ("called", self.called),
            ("missed", self.missed),
            ("declined", self.declined),
            ("excused", self.excused),
            ("ended", self.ended),
        ]
    }
}

const STANDINGS: [&str; 8] = ["called", "accepted", "delivered", "late", "missed", "declined", "excused", "ended"];

/// A plea that the issuer did not answer, as it is written.
const UNANSWERED: &str = "k.plea LIKE '%\"granted\":null%'";

fn sums() -> String {
    let sum = |when: &str| format!("coalesce(CAST(sum(CASE WHEN {when} THEN 1 ELSE 0 END) AS BIGINT), 0)");
    let each = STANDINGS.map(|name| format!("{} AS {name}", sum(&format!("k.standing = '{name}'"))));
    format!("{}, {} AS pleas", each.join(", "), sum(UNANSWERED))
}

/// How the audience of an own commission stands.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn counts(tx: &SubtreeTx, id: CommissionId) -> Result<Counts, StoreError> {
    Ok(counts_each(tx, &[id]).await?.remove(&id).unwrap_or_default())
}

#[derive(FromQueryResult)]
struct CountedRow {
    commission_id: CommissionId,
    #[sea_orm(nested)]
    counts: Counts,
}

/// How the audiences of a page of own commissions stand, in one grouped query.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn counts_each(tx: &SubtreeTx, ids: &[CommissionId]) -> Result<HashMap<CommissionId, Counts>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut bind = Bind::default();
    let issuer = bind.id(tx.tenant());
    let ids = ids.iter().map(|id| bind.add(id.0)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT k.commission_id, {} FROM commission_call k WHERE k.issuer_id = {issuer} AND k.commission_id IN ({ids}) \
         GROUP BY k.commission_id",
        sums()
    );
    let rows: Vec<CountedRow> = tx.tally(&sql, bind.done()).await?;
    Ok(rows.into_iter().map(|row| (row.commission_id, row.counts)).collect())
}

/// One portal's line.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
#[allow(missing_docs)]
pub struct BoardLine {
    pub slug: String,
    pub name: String,
    pub level: String,
    pub division_code: String,
    pub parent: Option<String>,
    pub standing: String,
    pub answered: i32,
    pub called_at: i64,
    pub due_at: i64,
    pub accepted_at: Option<i64>,
    pub settled_at: Option<i64>,
    pub missed_at: Option<i64>,
    pub reason: String,
    pub plea: String,
}

impl BoardLine {
    /// Its time is over and an answer is owed.
    pub fn overdue(&self, now: Timestamp) -> bool {
        matches!(self.standing.as_str(), "called" | "accepted") && now.micros() > self.due_at
    }
}

/// The portals of an own commission by division, at most `limit`: of one standing, those with an unanswered plea
/// (`pleas`), or all.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn board(tx: &SubtreeTx, id: CommissionId, group: &str, limit: u64) -> Result<Vec<BoardLine>, StoreError> {
    let mut bind = Bind::default();
    let (id, issuer) = (bind.add(id.0), bind.id(tx.tenant()));
    let wanted = match STANDINGS.iter().find(|name| **name == group) {
        Some(standing) => format!(" AND k.standing = '{standing}'"),
        None if group == "pleas" => format!(" AND {UNANSWERED}"),
        None => String::new(),
    };
    let sql = format!(
        "SELECT t.slug, t.name, t.level, t.division_code, up.short_name AS parent, k.standing, k.answered, k.called_at, k.due_at, \
         k.accepted_at, k.settled_at, k.missed_at, k.reason, k.plea FROM commission_call k JOIN tenant t ON t.id = k.tenant_id \
         LEFT JOIN tenant up ON up.id = t.parent_id WHERE k.commission_id = {id} AND k.issuer_id = {issuer}{wanted} \
         ORDER BY t.division_code, t.slug LIMIT {limit}"
    );
    tx.tally(&sql, bind.done()).await
}
