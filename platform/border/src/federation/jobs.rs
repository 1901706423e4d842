//! The channel at work: the inferior looks at its superior again and again; the superior notices when nobody looks.

use base::outbound::Outbound;
use base::people::{Peer, Side};
use base::queue::{Claimed, Outcome};
use base::{Store, Timestamp};
use content::media::Files;
use exchange::RepostRules;
use serde::Deserialize;
use uuid::Uuid;

use super::line::Line;
use super::pull::Look;
use super::{FederationError, FederationRules, Signer, link};

/// Name of the job that looks at the superior.
pub const PULL: &str = "federation.pull";
/// Name of the job that notices when an inferior no longer looks.
pub const WATCH: &str = "federation.watch";

/// With what a look works.
pub struct Means<'a> {
    /// The way to every row.
    pub store: &'a Store,
    /// The way out.
    pub outbound: &'a Outbound,
    /// The key of this installation; none when it is not joined to anybody.
    pub signer: Option<&'a Signer>,
    /// The file store.
    pub files: &'a Files,
    /// The pace of the channel.
    pub rules: &'a FederationRules,
    /// The repost rules.
    pub repost: &'a RepostRules,
    /// How public addresses are written.
    pub addresses: &'a dyn Addressing,
}

/// How public addresses of this installation are written.
pub trait Addressing: Sync {
    /// The absolute address of a path on a host.
    fn absolute(&self, host: &str, path: &str) -> String;
}

#[derive(Deserialize)]
struct About {
    peer: Uuid,
}

/// Begins the work that a new pairing needs.
///
/// # Errors
/// [`base::StoreError`].
pub async fn begin(store: &Store, peer: Uuid, now: Timestamp) -> Result<(), base::StoreError> {
    let Some(peer) = store.peers(None).await?.into_iter().find(|one| one.id == peer) else { return Ok(()) };
    let kind = match peer.side {
        Side::Above => PULL,
        Side::Below => WATCH,
    };
    let tx = store.tenant(peer.tenant()).await?;
    tx.enqueue(kind, &format!("peer:{}", peer.id), &format!("{{\"peer\":\"{}\"}}", peer.id), now, now).await?;
    tx.commit().await
}

async fn peer_of(store: &Store, job: &Claimed) -> Result<Option<Peer>, base::StoreError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(None) };
    Ok(store.peers(Some(job.tenant())).await?.into_iter().find(|one| one.id == about.peer))
}

/// One look at the superior. A failure is put on record and tried again at the ordinary pace: a cut link is no broken job.
///
/// # Errors
/// [`FederationError::Store`] when the house itself is in trouble.
pub async fn pull(means: &Means<'_>, job: &Claimed, now: Timestamp) -> Result<Outcome, FederationError> {
    let Some(peer) = peer_of(means.store, job).await? else { return Ok(Outcome::Done) };
    let (Some(signer), Some(rule)) = (means.signer, means.rules.at(now)) else { return Ok(Outcome::Done) };
    let again = Timestamp(now.micros() + rule.interval_seconds * Timestamp::SECOND);
    let line = Line { outbound: means.outbound, signer, peer: &peer, rule, ids: means.store.ids(), now };
    match (Look { means, line, job }).whole().await {
        Ok(()) => link::seen(means.store, &peer, now).await?,
        Err(FederationError::Store(error)) => return Err(error.into()),
        Err(error) => {
            tracing::warn!(peer = %peer.name, %error, "the superior's installation was not heard");
            link::missed(means.store, &peer, &error.to_string(), rule.lost_minutes, now).await?;
        }
    }
    Ok(Outcome::Again(again))
}

/// Notices when an inferior has not looked for too long.
///
/// # Errors
/// [`FederationError::Store`].
pub async fn watch(means: &Means<'_>, job: &Claimed, now: Timestamp) -> Result<Outcome, FederationError> {
    let Some(peer) = peer_of(means.store, job).await? else { return Ok(Outcome::Done) };
    let Some(rule) = means.rules.at(now) else { return Ok(Outcome::Done) };
    link::missed(means.store, &peer, "no look since", rule.lost_minutes, now).await?;
    // The instant at which a silence that lasts from now on would be a loss; while it is one, a look each minute.
    let due = peer.seen_at.unwrap_or(now).plus_minutes(rule.lost_minutes);
    Ok(Outcome::Again(due.max(now.plus_minutes(1))))
}

/// A peer spoke, and its signature held: a sign of life.
///
/// # Errors
/// [`base::StoreError`].
pub async fn heard(store: &Store, peer: &Peer, now: Timestamp) -> Result<(), base::StoreError> {
    link::seen(store, peer, now).await
}
