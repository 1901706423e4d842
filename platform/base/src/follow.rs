//! Following commits: which pages are old now, on this node and on every other.
//!
//! A commit appends to the `change` table. The committing node raises its own generations at once; others are woken by
//! PostgreSQL's NOTIFY or by Redis, and poll as the net under both. Sequence numbers can commit out of order, so a
//! follower reads a short window again; raising twice is harmless.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use crate::store::{Engine, Store, StoreError};

/// How far a commit reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Pages,
    Subtree,
    Tenant,
}

impl Scope {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Subtree => "subtree",
            Self::Tenant => "tenant",
        }
    }
}

/// One thing that a commit made old.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched {
    pub(crate) seq: i64,
    pub(crate) tenant: Uuid,
    pub(crate) scope: Scope,
}

/// The state of following on this node.
pub struct Follower {
    // The changes already applied here, the newest of them at most WINDOW numbers above the oldest kept.
    seen: Mutex<BTreeSet<i64>>,
    wake: Notify,
    commits: broadcast::Sender<()>,
}

impl Default for Follower {
    fn default() -> Self {
        Self { seen: Mutex::new(BTreeSet::new()), wake: Notify::new(), commits: broadcast::channel(16).0 }
    }
}

/// How many sequence numbers below the newest are looked at again, because they may have committed late.
const WINDOW: i64 = 1000;

impl Follower {
    /// The numbers that were not applied here before.
    fn unknown(&self, numbers: impl Iterator<Item = i64>) -> BTreeSet<i64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.filter(|seq| !seen.contains(seq)).collect()
    }

    /// Notes what was applied here: afterwards, never before, or a failure in between loses it.
    fn applied(&self, numbers: impl Iterator<Item = i64>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(numbers);
        let floor = seen.last().copied().unwrap_or(0) - WINDOW;
        *seen = seen.split_off(&floor);
    }

    fn floor(&self) -> i64 {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).last().copied().unwrap_or(0) - WINDOW
    }
}

#[derive(FromQueryResult)]
struct ChangeRow {
    seq: i64,
    tenant_id: Uuid,
    scope: String,
}

impl crate::store::Inner {
    /// Raises this node's generations after a commit of its own and tells whoever waits for one.
    pub(crate) fn committed(&self, touched: &[Touched]) {
        for one in touched {
            match one.scope {
                Scope::Pages => self.sites.raise(one.tenant),
                Scope::Subtree => self.sites.raise_subtree(one.tenant),
                Scope::Tenant => self.follower.wake.notify_waiters(),
            }
        }
        // A change of tenants stays unknown to the follower, which reads the directory again should this node fail to now.
        self.follower.applied(touched.iter().filter(|one| one.scope != Scope::Tenant).map(|one| one.seq));
        if !touched.is_empty() {
            let _ = self.follower.commits.send(());
        }
    }
}

impl Store {
    pub(crate) async fn follower_start(&self) -> Result<(), StoreError> {
        let rows =
            self.changes_above("SELECT seq, tenant_id, scope FROM change ORDER BY seq DESC LIMIT $1", WINDOW).await?;
        self.inner().follower.applied(rows.iter().map(|row| row.seq));
        Ok(())
    }

    async fn changes_above(&self, sql: &str, bound: i64) -> Result<Vec<ChangeRow>, StoreError> {
        let statement = Statement::from_sql_and_values(self.db().get_database_backend(), sql, [bound.into()]);
        let rows = self.db().query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| ChangeRow::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// Reads what others committed since the last look and makes those pages old here. Answers how many changes were new.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database is away; the next look catches up.
    pub async fn follow(&self) -> Result<usize, StoreError> {
        let floor = self.inner().follower.floor();
        let rows = self.changes_above("SELECT seq, tenant_id, scope FROM change WHERE seq > $1", floor).await?;
        let fresh = self.inner().follower.unknown(rows.iter().map(|row| row.seq));
        if fresh.is_empty() {
            return Ok(0);
        }
        let new = || rows.iter().filter(|row| fresh.contains(&row.seq));
        // The tree comes first: who stands below whom is asked of the new one.
        if new().any(|row| row.scope == Scope::Tenant.as_str()) {
            self.reload_sites().await?;
        }
        let sites = self.sites();
        for row in new() {
            match row.scope.as_str() {
                "tenant" => {}
                "subtree" => sites.raise_subtree(row.tenant_id),
                _ => sites.raise(row.tenant_id),
            }
        }
        self.inner().follower.applied(fresh.iter().copied());
        let _ = self.inner().follower.commits.send(());
        Ok(fresh.len())
    }

    /// Ends when this node commits something or learns of another node's commit. For event streams.
    pub fn commits(&self) -> broadcast::Receiver<()> {
        self.inner().follower.commits.subscribe()
    }

    /// Wakes this node's follower: a signal came from outside (Redis), or a test wants no wait.
    pub fn wake(&self) {
        self.inner().follower.wake.notify_waiters();
    }

    /// Follows other nodes until `stop` ends: woken by NOTIFY or [`Store::wake`], and polling every `poll` in any case.
    pub async fn follow_until(&self, poll: std::time::Duration, stop: impl Future<Output = ()>) {
        let mut listener = self.listen().await;
        tokio::pin!(stop);
        loop {
            let woken = async {
                match &mut listener {
                    Some(listener) => {
                        if listener.recv().await.is_err() {
                            tokio::time::sleep(poll).await;
                        }
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = woken => {}
                () = self.inner().follower.wake.notified() => {}
                () = tokio::time::sleep(poll) => {}
            }
            if let Err(error) = self.follow().await {
                tracing::warn!(%error, "cannot follow other nodes' commits; pages may be old until the database answers");
            }
        }
    }

    async fn listen(&self) -> Option<sea_orm::sqlx::postgres::PgListener> {
        if self.engine() != Engine::Postgres {
            return None;
        }
        let mut listener =
            sea_orm::sqlx::postgres::PgListener::connect_with(self.db().get_postgres_connection_pool()).await.ok()?;
        listener.listen("dibao_change").await.ok()?;
        Some(listener)
    }
}
