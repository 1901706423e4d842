//! Walking evidence: the chain of one tenant, and everything that its entries bind.

use base::journal::{BrokenLink, Entry, walk};
use base::{Store, StoreError, TenantId};
use exchange::order;
use serde::Serialize;

/// What a walk found.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// Slug of the tenant.
    pub tenant: String,
    /// Entries walked.
    pub entries: i64,
    /// Audiences whose digest was computed again and found as bound.
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
    let bound = order::bound_audiences(&entries);
    let overlook = store.inspect(tenant).await?;
    for (at, (seq, order, issued_at, digest)) in bound.iter().enumerate() {
        let (_, found) = order::digest_of_audience(&overlook, *order, *issued_at).await?;
        if found != *digest {
            let broken = BrokenLink::Unbound { seq: *seq, what: format!("the audience of order {order}") };
            return Ok(Verdict { tenant: slug, entries: count, bindings: at, broken: Some(broken) });
        }
    }
    overlook.commit().await?;
    Ok(Verdict { tenant: slug, entries: count, bindings: bound.len(), broken: None })
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
