//! The link itself: a sign of life, its loss and its return, on record.

use base::people::Peer;
use base::store::StoreError;
use base::{Store, Timestamp};
use serde::Serialize;

/// What happened to the link with another installation, in the chain of the tenant that it is about.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Lost { peer: String, since: Timestamp, why: String },
    Restored { peer: String, since: Timestamp, lost_seconds: i64 },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Lost { .. } => "federation.lost",
            Self::Restored { .. } => "federation.restored",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Lost { peer, .. } | Self::Restored { peer, .. } => peer.clone(),
        }
    }
}

/// A sign of life; when the link was lost, its return is put on record.
pub(super) async fn seen(store: &Store, peer: &Peer, now: Timestamp) -> Result<(), StoreError> {
    if let Some(since) = peer.lost_since {
        let tx = store.tenant(peer.tenant()).await?;
        let lost_seconds = (now.micros() - since.micros()) / Timestamp::SECOND;
        let event = Event::Restored { peer: peer.name.clone(), since, lost_seconds };
        tx.note(&event, base::duty::PLATFORM, now).await?;
        tx.commit().await?;
    }
    store.peer_seen(peer.id, now).await
}

/// No sign of life for too long: put on record once, with the last instant at which there was one.
pub(super) async fn missed(
    store: &Store,
    peer: &Peer,
    why: &str,
    lost_minutes: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let last = peer.seen_at.unwrap_or(now);
    if peer.seen_at.is_none() {
        // Nothing was heard yet: the clock begins now.
        store.peer_seen(peer.id, now).await?;
    }
    if peer.lost_since.is_some() || now < last.plus_minutes(lost_minutes) {
        return Ok(());
    }
    let tx = store.tenant(peer.tenant()).await?;
    let event = Event::Lost { peer: peer.name.clone(), since: last, why: why.to_owned() };
    tx.note(&event, base::duty::PLATFORM, now).await?;
    tx.commit().await?;
    store.peer_lost(peer.id, last, why).await
}
