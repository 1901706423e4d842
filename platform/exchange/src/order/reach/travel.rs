//! How a document's fate reaches its mirrors: a correction, a withdrawal, a recall. A mirror follows its origin wherever its
//! portal stands in the tree by now; a tenant that moved away is not left with a text that was taken back.

use base::store::StoreError;
use base::{SubtreeTx, Timestamp};
use content::document::{Publication, Withdrawal};
use content::{DocumentId, EditionId};

use super::time::simple;
use super::{Bind, OrderId};
use crate::notice;

/// Replaces every live mirror's edition by a newer one, and asks for a new proof where one is owed. A mirror that was taken
/// back stays away until an order asks for it again.
pub(crate) async fn advance(
    tx: &SubtreeTx,
    publication: &Publication,
    now: Timestamp,
) -> Result<(u64, u64), StoreError> {
    let mut bind = Bind::default();
    let (edition, title, summary) =
        (bind.add(publication.edition.0), bind.add(publication.title.as_str()), bind.add(publication.summary.as_str()));
    let (doc_number, source, at) =
        (bind.add(publication.doc_number.as_str()), bind.add(publication.source.as_str()), bind.add(now.micros()));
    let (issuer, document) = (bind.id(tx.tenant()), bind.add(publication.document.0));
    let sql = format!(
        "UPDATE placement SET edition_id = {edition}, title = {title}, summary = {summary}, doc_number = {doc_number}, source = {source}, \
         changed_at = {at} \
         WHERE origin_tenant_id = {issuer} AND document_id = {document} AND mode = 'mirror' AND state = 'live'"
    );
    let mirrors = tx.reach(&sql, bind.done()).await?;
    reopen(tx, publication.document).await?;
    let mut bind = Bind::default();
    let (edition, issuer, document) =
        (bind.add(publication.edition.0), bind.id(tx.tenant()), bind.add(publication.document.0));
    let sql = format!(
        "UPDATE obligation SET edition_id = {edition}, version = version + 1, failure = '', \
         standing = CASE WHEN standing IN ('published', 'proven', 'failed') THEN 'published' ELSE standing END \
         WHERE issuer_id = {issuer} AND document_id = {document} AND kind <> 'recall' AND standing <> 'ended' \
         AND order_id IN (SELECT id FROM repost_order WHERE tenant_id = {issuer} AND document_id = {document} AND state = 'open')"
    );
    let owed = tx.reach(&sql, bind.done()).await?;
    let mut bind = Bind::default();
    let (edition, issuer, document) =
        (bind.add(publication.edition.0), bind.id(tx.tenant()), bind.add(publication.document.0));
    let sql = format!(
        "UPDATE repost_order SET edition_id = {edition} WHERE tenant_id = {issuer} AND document_id = {document} AND state = 'open' AND kind <> 'recall'"
    );
    tx.reach(&sql, bind.done()).await?;
    Ok((mirrors, owed))
}

/// A correction asks for new proof: the newest closed order of each kind is open again, unless another one is.
async fn reopen(tx: &SubtreeTx, document: DocumentId) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (issuer, document) = (bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE repost_order SET state = 'open' WHERE tenant_id = {issuer} AND document_id = {document} AND state = 'closed' \
         AND kind <> 'recall' AND NOT EXISTS (SELECT 1 FROM repost_order other WHERE other.tenant_id = {issuer} \
         AND other.document_id = {document} AND other.locale = repost_order.locale AND other.kind = repost_order.kind \
         AND (other.state = 'open' OR (other.state = 'closed' AND (other.issued_at > repost_order.issued_at \
         OR (other.issued_at = repost_order.issued_at AND other.id > repost_order.id)))))"
    );
    tx.reach(&sql, bind.done()).await
}

/// Mirrors up to which each portal's pages are named as old one by one; beyond it the whole subtree is, by one row.
const FEW: u64 = 200;

/// Says that pages of every portal whose mirror of the document changed in this transaction are old with its commit.
pub(crate) async fn touch_mirrors(
    tx: &SubtreeTx,
    document: DocumentId,
    mirrors: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    if mirrors == 0 {
        return Ok(());
    }
    if mirrors > FEW {
        tx.touch_subtree(now).await?;
        return touch_moved(tx, document, now).await;
    }
    let mut bind = Bind::default();
    let (at, issuer, document) = (bind.add(now.micros()), bind.id(tx.tenant()), bind.add(document.0));
    let select = format!(
        "SELECT DISTINCT tenant_id, 'pages', {at} FROM placement \
         WHERE origin_tenant_id = {issuer} AND document_id = {document} AND mode = 'mirror' AND changed_at = {at}"
    );
    tx.touch_each(&select, bind.done()).await
}

/// Makes the pages old of portals that carry a mirror and stand outside the issuer's subtree by now.
async fn touch_moved(tx: &SubtreeTx, document: DocumentId, now: Timestamp) -> Result<(), StoreError> {
    let mut bind = Bind::default();
    let (at, issuer, document) = (bind.add(now.micros()), bind.id(tx.tenant()), bind.add(document.0));
    let select = format!(
        "SELECT DISTINCT tenant_id, 'pages', {at} FROM placement \
         WHERE origin_tenant_id = {issuer} AND document_id = {document} AND mode = 'mirror' \
         AND tenant_id NOT IN (SELECT descendant_id FROM tenant_closure WHERE ancestor_id = {issuer})"
    );
    tx.touch_each(&select, bind.done()).await
}

/// Takes every mirror of a document off the pages, and ends what was owed for it.
pub(crate) async fn withdraw_everywhere(
    tx: &SubtreeTx,
    document: DocumentId,
    withdrawal: &Withdrawal,
    next: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let text = serde_json::to_string(withdrawal).unwrap_or_default();
    let (withdrawal, at, issuer, id) =
        (bind.add(text.as_str()), bind.add(now.micros()), bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE placement SET state = 'withdrawn', withdrawal = {withdrawal}, changed_at = {at} \
         WHERE origin_tenant_id = {issuer} AND document_id = {id} AND mode = 'mirror' AND (state = 'live' \
         OR tenant_id IN (SELECT d.tenant_id FROM detachment d WHERE d.origin_id = {issuer} AND d.document_id = {id} AND d.standing = 'detached'))"
    );
    let mirrors = tx.reach(&sql, bind.done()).await?;
    let mut bind = Bind::default();
    let (issuer, id) = (bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE obligation SET standing = 'ended', version = version + 1 \
         WHERE issuer_id = {issuer} AND document_id = {id} AND kind <> 'recall' AND standing <> 'ended'"
    );
    tx.reach(&sql, bind.done()).await?;
    let mut bind = Bind::default();
    let (next, text, issuer, id) = (bind.add(next), bind.add(text), bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE repost_order SET state = {next}, withdrawal = {text} WHERE tenant_id = {issuer} AND document_id = {id} AND state IN ('open', 'closed') AND kind <> 'recall'"
    );
    tx.reach(&sql, bind.done()).await?;
    Ok(mirrors)
}

/// One recall obligation per portal that carried a copy: followed until no copy is visible.
pub(in crate::order) async fn oblige_carriers(
    tx: &SubtreeTx,
    order: OrderId,
    document: DocumentId,
    edition: EditionId,
    hours: i32,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut bind = Bind::default();
    let (order, issuer, document, edition) =
        (bind.add(order.0), bind.id(tx.tenant()), bind.add(document.0), bind.add(edition.0));
    let (due, hours, now) =
        (bind.add(now.plus_hours(i64::from(hours)).micros()), bind.add(hours), bind.add(now.micros()));
    let sql = format!(
        "INSERT INTO obligation (tenant_id, order_id, issuer_id, kind, document_id, edition_id, due_at, limit_hours, limit_from, standing, \
         issued_at, published_at, placer) \
         SELECT DISTINCT p.tenant_id, {order}, {issuer}, 'recall', {document}, {edition}, {due}, {hours}, {issuer}, 'published', {now}, {now}, 'auto_accept' \
         FROM placement p WHERE p.origin_tenant_id = {issuer} AND p.document_id = {document} AND p.mode = 'mirror'"
    );
    tx.reach(&sql, bind.done()).await
}

/// One job per portal that carried a copy of what is recalled: it tells its people.
pub(in crate::order) async fn tell_carriers(tx: &SubtreeTx, order: OrderId, now: Timestamp) -> Result<u64, StoreError> {
    let key = format!("{}:{}", notice::RECALLED, order.0.simple());
    let payload = notice::at_payload(notice::RECALLED, &key, &serde_json::json!({ "order": order }));
    let mut bind = Bind::default();
    let (order, issuer, at) = (bind.add(order.0), bind.id(tx.tenant()), bind.add(now.micros()));
    let (key, payload) = (bind.add(format!("{key}:")), bind.add(payload));
    let select = format!(
        "SELECT CAST({key} AS TEXT) || {}, '{}', tenant_id, CAST({payload} AS TEXT), CAST({at} AS BIGINT), CAST({at} AS BIGINT) \
         FROM obligation WHERE order_id = {order} AND issuer_id = {issuer} AND kind = 'recall'",
        simple(tx.engine(), "tenant_id"),
        notice::TELL
    );
    tx.enqueue_each(&select, bind.done()).await
}
