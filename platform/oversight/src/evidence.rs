//! Walking evidence: the chain of one tenant, and everything that its entries bind.

use base::journal::{BrokenLink, Entry, walk};
use base::{Store, StoreError, SubtreeTx, TenantId};
use content::document::{self, DocumentError};
use exchange::{obligation, order};
use serde::Serialize;

/// What a walk found.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// Slug of the tenant.
    pub tenant: String,
    /// Entries walked.
    pub entries: i64,
    /// Audiences, editions and sightings that were computed or read again and found as bound.
    pub bindings: usize,
    /// The first broken link; none when everything holds.
    pub broken: Option<BrokenLink>,
}

/// Walks the chain of a tenant, then recomputes what its entries bind.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn verify(store: &Store, tenant: TenantId) -> Result<Verdict, StoreError> {
    let slug = store.sites().by_id(tenant).map(|site| site.slug.to_string()).unwrap_or_default();
    let reading = store.reading(tenant).await?;
    let walked = reading.walk_chain().await?;
    let entries = reading.entries(0, i64::MAX as u64).await?;
    reading.commit().await?;
    let count = match walked {
        Ok(count) => count,
        Err(broken) => {
            return Ok(Verdict { tenant: slug, entries: entries.len() as i64, bindings: 0, broken: Some(broken) });
        }
    };
    let overlook = store.inspect(tenant).await?;
    let (mut bindings, mut broken) = (0, None);
    for entry in &entries {
        match holds(&overlook, entry).await? {
            None => {}
            Some((true, _)) => bindings += 1,
            Some((false, what)) => {
                broken = Some(BrokenLink::Unbound { seq: entry.seq, what });
                break;
            }
        }
    }
    overlook.commit().await?;
    Ok(Verdict { tenant: slug, entries: count, bindings, broken })
}

/// Whether what an entry binds still is what it was, and what that is. None for an entry that binds nothing.
async fn holds(tx: &SubtreeTx, entry: &Entry) -> Result<Option<(bool, String)>, StoreError> {
    if let Some((order, issued_at, digest)) = order::bound_audience(entry) {
        let (_, found) = order::digest_of_audience(tx, order, issued_at).await?;
        return Ok(Some((found == digest, format!("the audience of order {order}"))));
    }
    let published = document::still_as_published(tx, entry).await.map_err(|error| match error {
        DocumentError::Store(error) => error,
        other => StoreError::Suspicious { table: "edition", what: other.to_string() },
    });
    // A row that can no longer be read is not what was published either.
    let published = match published {
        Err(StoreError::Suspicious { .. }) => Some(false),
        other => other?,
    };
    if let Some(same) = published {
        return Ok(Some((same, format!("an edition of document {}", entry.subject))));
    }
    let seen = obligation::seen_as_bound(tx, entry).await?;
    Ok(seen.map(|same| (same, format!("the sighting under order {}", entry.subject))))
}

/// Checks an export without a database: one JSON entry a line, as `dibao evidence export` writes them.
///
/// # Errors
/// The first broken link, or the line that is not an entry.
pub fn verify_export(lines: &str) -> Result<i64, String> {
    let entries: Result<Vec<Entry>, String> = (1..)
        .zip(lines.lines().filter(|line| !line.trim().is_empty()))
        .map(|(number, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))
        })
        .collect();
    walk(&entries?).map(|(last, _)| last).map_err(|broken| broken.to_string())
}
