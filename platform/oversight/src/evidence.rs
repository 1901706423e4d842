//! Walking evidence: the chain of one tenant, and everything that its entries bind.

use std::io::Write;

use base::journal::{BrokenLink, Entry, GENESIS, Head, Walk};
use base::{Store, StoreError, SubtreeTx, TenantId, TenantTx};
use content::document::{self, DocumentError};
use exchange::{obligation, order};
use serde::{Deserialize, Serialize};

/// Entries in memory at a time.
const PAGE: u64 = 1000;

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
    let mut passed = 0;
    let walked = reading.walk_chain(|entry| passed = entry.seq).await?;
    reading.commit().await?;
    let count = match walked {
        Ok(count) => count,
        Err(broken) => return Ok(Verdict { tenant: slug, entries: passed, bindings: 0, broken: Some(broken) }),
    };
    let overlook = store.inspect(tenant).await?;
    let (bindings, broken) = bindings(&overlook).await?;
    overlook.commit().await?;
    Ok(Verdict { tenant: slug, entries: count, bindings, broken })
}

/// Goes through what the entries of a chain bind, in their order: how many hold, and the first that does not.
async fn bindings(tx: &SubtreeTx) -> Result<(usize, Option<BrokenLink>), StoreError> {
    let (mut after, mut bindings) = (0, 0);
    loop {
        let page = tx.entries(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((bindings, None)) };
        after = last.seq;
        for entry in &page {
            match holds(tx, entry).await? {
                None => {}
                Some((true, _)) => bindings += 1,
                Some((false, what)) => return Ok((bindings, Some(BrokenLink::Unbound { seq: entry.seq, what }))),
            }
        }
    }
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

/// The last line of an export.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    head: Head,
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The chain could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The export could not be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// Writes the chain of the transaction's tenant, one JSON entry a line, and the head that was recorded as the last line.
/// A chain that lost its head ends without one, and everybody who checks the export sees that.
///
/// # Errors
/// See [`ExportError`].
pub async fn export(tx: &TenantTx, out: &mut impl Write) -> Result<(), ExportError> {
    let head = tx.chain_head().await?;
    let mut after = 0;
    loop {
        let page = tx.entries(after, PAGE).await?;
        // What was written since the head was read belongs to the next export.
        let page = page.into_iter().take_while(|entry| head.as_ref().is_none_or(|head| entry.seq <= head.seq));
        let before = after;
        for entry in page {
            after = entry.seq;
            serde_json::to_writer(&mut *out, &entry).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        if after == before {
            break;
        }
    }
    let none = Head { tenant_id: tx.tenant().uuid(), seq: 0, hash: GENESIS.to_owned() };
    if let Some(head) = head.or_else(|| (after == 0).then_some(none)) {
        serde_json::to_writer(&mut *out, &End { head }).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Checks an export without a database, as [`export`] writes them: every link, and the head at its end.
///
/// # Errors
/// The first broken link, or the line that is neither an entry nor the head at the end.
pub fn verify_export(lines: &str) -> Result<i64, String> {
    let mut numbered = (1..).zip(lines.lines()).filter(|(_, line): &(usize, &str)| !line.trim().is_empty()).peekable();
    let mut walk = Walk::default();
    while let Some((number, line)) = numbered.next() {
        let unreadable = |error| format!("line {number}: {error}");
        if numbered.peek().is_some() {
            let entry: Entry = serde_json::from_str(line).map_err(unreadable)?;
            walk.step(&entry).map_err(|broken| broken.to_string())?;
        } else {
            let cut = |_| format!("line {number}: an export ends with the head of its chain; this one was cut off");
            let End { head } = serde_json::from_str(line).map_err(cut)?;
            return walk.end(Some(&head)).map_err(|broken| broken.to_string());
        }
    }
    Err("the export is empty".to_owned())
}
