//! What people at the two ends of an item are told: that something waits for them, and what the other end did to it.

use base::store::StoreError;
use base::{SubtreeTx, TenantTx, Timestamp};

use super::model::{Channel, Item};
use super::reach;
use super::standing::Standing;
use crate::notice::{self, AUDIENCE, Told};

/// Kind of the notice that items wait for review here.
pub const WAITING: &str = "joint.waiting";
/// Kind of the notice that a returned contribution was corrected and waits once more.
pub const CORRECTED: &str = "joint.corrected";
/// Kind of the notice that a member took a contribution back.
pub const WITHDRAWN: &str = "joint.withdrawn";
/// Kind of the notice that a contribution was sent back.
pub const RETURNED: &str = "joint.returned";
/// Kind of the notice that a contribution was declined.
pub const DECLINED: &str = "joint.declined";
/// Kind of the notice that a contribution was taken off the owner's pages.
pub const TAKEN_DOWN: &str = "joint.taken_down";

/// So many more items wait for a person here: one notice counts them all for as long as a digest collects.
pub(super) async fn waiting(
    tx: &TenantTx,
    queued: usize,
    digest_minutes: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    if queued == 0 {
        return Ok(());
    }
    let told = Told {
        key: format!("{WAITING}:{}", notice::span(digest_minutes, now).0),
        kind: WAITING,
        audience: AUDIENCE,
        body: serde_json::json!({ "items": queued }),
        digest_minutes,
    };
    notice::count(tx, &told, queued as u64, now).await
}

/// The receiver decided against a contribution: its member hears, and why stands in the item. What a subscription fetched was
/// nobody's offer.
pub(super) async fn decided(tx: &TenantTx, was: &Item, is: Standing, now: Timestamp) -> Result<(), StoreError> {
    let kind = match (was.channel, is) {
        (Channel::Member, Standing::Returned) => RETURNED,
        (Channel::Member, Standing::Declined) => DECLINED,
        (Channel::Member, Standing::TakenDown) => TAKEN_DOWN,
        _ => return Ok(()),
    };
    notice::tell_at(tx, was.sender, kind, &key(kind, was, now), about(was), now).await
}

/// The member took its contribution back: who looked at it, or shows it, hears.
pub(super) async fn withdrawn(tx: &TenantTx, was: &Item, now: Timestamp) -> Result<(), StoreError> {
    if !matches!(was.standing, Standing::InReview | Standing::Placed) {
        return Ok(());
    }
    notice::tell_at(tx, was.receiver, WITHDRAWN, &key(WITHDRAWN, was, now), about(was), now).await
}

/// Before a newer edition is named by every letter: whoever sent the one before back hears that it is corrected.
pub(super) async fn corrected(
    tx: &SubtreeTx,
    publication: &content::document::Publication,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = format!("{CORRECTED}:{}", publication.edition);
    let body = serde_json::json!({ "document": publication.document });
    reach::tell_returners(tx, publication.document, &key, &notice::at_payload(CORRECTED, &key, &body), now).await
}

fn key(kind: &str, item: &Item, now: Timestamp) -> String {
    format!("{kind}:{}:{}:{}", item.key.via, item.key.document, now.micros())
}

fn about(item: &Item) -> serde_json::Value {
    serde_json::json!({ "via": item.key.via, "document": item.key.document })
}
