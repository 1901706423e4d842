//! Redis between nodes: wake-ups after commits, and sessions close at hand. Nothing is kept in it that must not be lost;
//! when it is away the platform works on over the database, and says so.

use std::sync::Arc;
use std::time::Duration;

use base::duty::{Grant, Role};
use base::{Principal, Sites, sm3_hex};
use futures::StreamExt;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use web::App;
use web::auth::Sessions;

const CHANNEL: &str = "dibao:commit";
/// Seconds that a session may be answered from Redis before the database is asked again (idle time, locks, new grants).
const SESSION_SECONDS: u64 = 60;
/// Seconds between two attempts to reach a Redis that is away.
const RETRY_SECONDS: u64 = 2;

/// Tells other nodes of this node's commits and listens to theirs, until `stop` turns true.
pub async fn follow(app: Arc<App>, url: String, mut stop: watch::Receiver<bool>) {
    app.health.note_redis(false);
    let node = app.store.ids().secret()[..12].to_owned();
    while !*stop.borrow() {
        let ended = tokio::select! {
            ended = exchange_signals(&app, &url, &node) => ended,
            _ = stop.changed() => return,
        };
        app.health.note_redis(false);
        if let Err(error) = ended {
            tracing::debug!(%error, "redis");
        }
        // What was said meanwhile is read from the database at once.
        app.store.wake();
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(RETRY_SECONDS)) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn exchange_signals(app: &App, url: &str, node: &str) -> redis::RedisResult<()> {
    let client = redis::Client::open(url)?;
    let mut said = client.get_multiplexed_async_connection().await?;
    let mut heard = client.get_async_pubsub().await?;
    heard.subscribe(CHANNEL).await?;
    app.health.note_redis(true);
    app.store.wake();
    let mut commits = app.store.commits();
    let mut heard = heard.into_on_message();
    loop {
        tokio::select! {
            message = heard.next() => {
                let Some(message) = message else { return Ok(()) };
                let from: String = message.get_payload()?;
                if from != node {
                    app.store.wake();
                }
            }
            _ = commits.recv() => {
                said.publish::<_, _, ()>(CHANNEL, node).await?;
            }
        }
    }
}

/// Sessions in Redis, in front of those in the database.
pub struct RedisSessions {
    connection: ConnectionManager,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    id: uuid::Uuid,
    actor: String,
    name: String,
    /// Role, slug, subtree: a tenant is looked up again, never read in.
    grants: Vec<(Role, String, bool)>,
}

impl RedisSessions {
    /// A connection that mends itself; none when Redis does not answer now.
    pub async fn open(url: &str) -> Option<Self> {
        let client = redis::Client::open(url).ok()?;
        let config = redis::aio::ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(Duration::from_millis(250)))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_with_config(client, config).await.ok()?;
        Some(Self { connection })
    }
}

fn key(session: &str) -> String {
    format!("dibao:session:{}", sm3_hex(session.as_bytes()))
}

#[async_trait::async_trait]
impl Sessions for RedisSessions {
    async fn find(&self, session: &str, sites: &Sites) -> Option<Principal> {
        let text: Option<String> = self.connection.clone().get(key(session)).await.ok()?;
        let kept: Kept = serde_json::from_str(&text?).ok()?;
        let grants = kept
            .grants
            .into_iter()
            .map(|(role, slug, subtree)| Some(Grant { role, tenant: sites.by_slug(&slug)?.tenant, subtree }));
        Some(Principal { id: kept.id, actor: kept.actor, name: kept.name, grants: grants.collect::<Option<_>>()? })
    }

    async fn keep(&self, session: &str, who: &Principal, sites: &Sites) {
        let grants = who
            .grants
            .iter()
            .filter_map(|grant| Some((grant.role, sites.by_id(grant.tenant)?.slug.to_string(), grant.subtree)));
        let kept = Kept { id: who.id, actor: who.actor.clone(), name: who.name.clone(), grants: grants.collect() };
        let Ok(text) = serde_json::to_string(&kept) else { return };
        let _: redis::RedisResult<()> = self.connection.clone().set_ex(key(session), text, SESSION_SECONDS).await;
    }

    async fn forget(&self, session: &str) {
        let _: redis::RedisResult<()> = self.connection.clone().del(key(session)).await;
    }
}
