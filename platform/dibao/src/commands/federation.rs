//! `dibao federation`: the key of this installation, and who is joined with it.

use anyhow::{Context, Result};
use base::people::{NewPeer, Side};
use base::{Clock, Ids, Store, SystemClock};
use border::federation::{Signer, jobs, sign};
use clap::{Subcommand, ValueEnum};
use uuid::Uuid;

use super::{DONE, print, site};

/// On which side of us another installation stands.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PeerSide {
    /// An inferior that runs an installation of its own
    Below,
    /// The superior's installation
    Above,
}

/// What can be done about other installations.
#[derive(Debug, Subcommand)]
pub enum Federation {
    /// Make a secret key, or show the public one that belongs to a secret key
    Key {
        /// The secret key, base64; a fresh one when left out
        #[arg(long)]
        secret: Option<String>,
    },
    /// Join another installation
    Join {
        /// Slug of the tenant that it speaks for
        #[arg(long)]
        tenant: String,
        /// Where it stands
        #[arg(long)]
        side: PeerSide,
        /// How screens name it
        #[arg(long)]
        name: String,
        /// Its public key, base64
        #[arg(long)]
        key: String,
        /// Its base address; needed for the superior's
        #[arg(long, default_value = "")]
        url: String,
    },
    /// List the installations that are joined
    List,
    /// End a pairing
    End {
        /// The pairing
        id: Uuid,
    },
}

/// Runs one of the commands.
pub async fn run(store: &Store, command: Federation, as_json: bool) -> Result<u8> {
    let now = SystemClock.now();
    match command {
        Federation::Key { secret } => show(secret, as_json)?,
        Federation::Join { tenant, side, name, key, url } => {
            let (tenant, key_id) = (site(store, &tenant)?.tenant, sign::key_id(&key)?);
            let side = match side {
                PeerSide::Below => Side::Below,
                PeerSide::Above => Side::Above,
            };
            anyhow::ensure!(side == Side::Below || url.starts_with("http"), "the superior's installation needs --url");
            let new = NewPeer { tenant, side, name, url, key_id: key_id.clone(), public_key: key };
            let id = store.put_peer(new, now).await.context("cannot join it (is its key known already?)")?;
            jobs::begin(store, id, now).await?;
            if as_json {
                print(&serde_json::json!({ "id": id, "key_id": key_id }))?;
            } else {
                println!("{id} joined with the key {key_id}");
            }
        }
        Federation::List => {
            let peers = store.peers(None).await?;
            let row = |peer: &base::people::Peer| {
                serde_json::json!({ "id": peer.id, "side": peer.side, "name": peer.name, "url": peer.url, "key_id": peer.key_id,
                    "seen_at": peer.seen_at.map(base::Timestamp::rfc3339), "lost_since": peer.lost_since.map(base::Timestamp::rfc3339) })
            };
            if as_json {
                print(&peers.iter().map(row).collect::<Vec<_>>())?;
            } else {
                for peer in &peers {
                    let seen = peer.seen_at.map_or_else(|| "never".to_owned(), base::Timestamp::minute_cst);
                    println!("{} {} {} {} seen {seen}", peer.id, peer.side.as_str(), peer.name, peer.key_id);
                }
            }
        }
        Federation::End { id } => store.end_peer(id, now).await?,
    }
    Ok(DONE)
}

/// Shows a key without a house: it is made before there is one.
pub fn show(secret: Option<String>, as_json: bool) -> Result<()> {
    let secret = secret.unwrap_or_else(|| sign::fresh(Ids));
    let signer = Signer::new(&secret)?;
    if as_json {
        return print(&serde_json::json!({ "secret": secret, "public": signer.public(), "key_id": signer.key_id() }));
    }
    println!(
        "secret (federation.key): {secret}\npublic (for the other side): {}\nname: {}",
        signer.public(),
        signer.key_id()
    );
    Ok(())
}
