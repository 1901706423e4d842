//! Points follow events: one portal's year is scored again after each of its events, a whole year after a change of the table.

use base::Store;
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use serde::Deserialize;
use uuid::Uuid;

use super::ledger;
pub use super::lineage::SCORE;

/// Name of the job that makes a whole year again.
pub const RECOMPUTE: &str = "points.recompute";

#[derive(Deserialize)]
struct About {
    #[serde(default)]
    beneficiary: Option<Uuid>,
    year: i32,
}

/// Makes points again: of one portal's year ([`SCORE`]), or of everybody's ([`RECOMPUTE`]). Run twice, it changes nothing.
///
/// # Errors
/// [`StoreError`]; the job is tried again.
pub async fn run(store: &Store, job: &Claimed) -> Result<Outcome, StoreError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let tx = store.tenant(job.tenant()).await?;
    ledger::recompute(&tx, about.year, about.beneficiary).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}
