//! What the origin tells portals that went on with a text of their own.

use base::store::StoreError;
use base::{SubtreeTx, Timestamp};
use content::DocumentId;
use content::document::Publication;

use super::Bind;

/// The own text still stands, or is being written.
const STANDS: &str = "standing IN ('drafted', 'detached')";

/// A newer edition is there to compare with.
pub(crate) async fn tell_detached(tx: &SubtreeTx, publication: &Publication, now: Timestamp) -> Result<(), StoreError> {
    let mut bind = Bind::default();
    let (edition, at) = (bind.add(publication.edition.0), bind.add(now.micros()));
    let (issuer, document) = (bind.id(tx.tenant()), bind.add(publication.document.0));
    let sql = format!(
        "UPDATE detachment SET newest = {edition}, newer_at = {at}, taken_back = '', version = version + 1 \
         WHERE origin_id = {issuer} AND document_id = {document} AND {STANDS}"
    );
    tx.reach(&sql, bind.done()).await.map(|_| ())
}

/// The origin took it back: there is nothing left to follow.
pub(crate) async fn tell_taken_back(tx: &SubtreeTx, document: DocumentId, reason: &str) -> Result<(), StoreError> {
    let mut bind = Bind::default();
    let (reason, issuer, document) = (bind.add(reason), bind.id(tx.tenant()), bind.add(document.0));
    let sql = format!(
        "UPDATE detachment SET taken_back = {reason}, version = version + 1 \
         WHERE origin_id = {issuer} AND document_id = {document} AND {STANDS}"
    );
    tx.reach(&sql, bind.done()).await.map(|_| ())
}

/// A recall reaches what was made of the document, too: one job per portal, which takes its own text back.
pub(crate) async fn recall_detached(tx: &SubtreeTx, document: DocumentId, now: Timestamp) -> Result<(), StoreError> {
    let mut bind = Bind::default();
    let key = format!("detachment:{}:", document.0.simple());
    let payload = format!("{{\"document\":\"{document}\"}}");
    let simple = match tx.engine() {
        base::store::Engine::Sqlite => "lower(hex(tenant_id))",
        base::store::Engine::Postgres => "replace(tenant_id::text, '-', '')",
    };
    let (key, kind, payload) = (bind.add(key), bind.add(crate::detachment::jobs::RECALL), bind.add(payload));
    let (at, issuer, document) = (bind.add(now.micros()), bind.id(tx.tenant()), bind.add(document.0));
    let select = format!(
        "SELECT {key} || {simple}, {kind}, tenant_id, {payload}, {at}, {at} FROM detachment \
         WHERE origin_id = {issuer} AND document_id = {document} AND {STANDS}"
    );
    tx.enqueue_each(&select, bind.done()).await.map(|_| ())
}
