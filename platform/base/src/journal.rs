//! Evidence: append-only events in one SM3 hash chain per tenant.
//!
//! An entry's hash is SM3 over the previous hash and the entry's own fields, one per line. Whoever holds an export can
//! check it with a short script (docs/orders-and-evidence.md).

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde::Serialize;
use uuid::Uuid;

use crate::id::sm3_hex;
use crate::store::{Engine, Store, StoreError, TenantTx};
use crate::{TenantId, Timestamp};

/// The hash that stands before the first entry of every chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Something that happened, in the past tense. Each domain has one enum of them.
pub trait Event: Serialize {
    /// Name of the event, e.g. `obligation.proven`.
    fn kind(&self) -> &'static str;
    /// What it is about: the id by which an inspector will look for it.
    fn subject(&self) -> String;
}

/// One entry of a chain.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, Serialize, serde::Deserialize)]
pub struct Entry {
    /// Whose chain.
    pub tenant_id: Uuid,
    /// Place in the chain, from 1 without gaps.
    pub seq: i64,
    /// When, in microseconds since the epoch.
    pub at: i64,
    /// Name of the event.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Who did it: a person's login, `token:…`, or the platform.
    pub actor: String,
    /// The event as JSON, byte for byte as it was hashed.
    pub body: String,
    /// Hash of the entry before.
    pub prev_hash: String,
    /// Hash of this entry.
    pub hash: String,
}

impl Entry {
    /// The hash that this entry must have.
    pub fn expected_hash(&self) -> String {
        let Self { tenant_id, seq, at, kind, subject, actor, body, prev_hash, .. } = self;
        sm3_hex(format!("{prev_hash}\n{tenant_id}\n{seq}\n{at}\n{kind}\n{subject}\n{actor}\n{body}\n").as_bytes())
    }
}

/// The first thing wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum BrokenLink {
    /// An entry is missing or was inserted: the numbers jump.
    #[error("entry {found} stands where entry {expected} belongs")]
    Gap {
        /// The number that belongs here.
        expected: i64,
        /// The number found.
        found: i64,
    },
    /// The entry does not continue the one before.
    #[error("entry {seq} does not continue the entry before it")]
    Unlinked {
        /// Its number.
        seq: i64,
    },
    /// The entry's content is not what was hashed.
    #[error("entry {seq} was changed after it was written")]
    Changed {
        /// Its number.
        seq: i64,
    },
    /// The chain ends before the head that was recorded: entries were cut off.
    #[error("the chain ends at {last}, but {head} entries were written")]
    Truncated {
        /// Last entry found.
        last: i64,
        /// Entries that the head counts.
        head: i64,
    },
    /// An entry binds something that no longer has the bound digest.
    #[error("entry {seq} binds {what}, whose digest is now different")]
    Unbound {
        /// Its number.
        seq: i64,
        /// What it binds.
        what: String,
    },
}

/// A walk along one chain, entry by entry.
#[derive(Clone, Debug)]
pub struct Walk {
    seq: i64,
    hash: String,
}

impl Default for Walk {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

impl Walk {
    /// Goes on to the next entry.
    ///
    /// # Errors
    /// The [`BrokenLink`] between the entry before and this one, or in it.
    pub fn step(&mut self, entry: &Entry) -> Result<(), BrokenLink> {
        let expected = self.seq + 1;
        if entry.seq != expected {
            return Err(BrokenLink::Gap { expected, found: entry.seq });
        }
        if entry.prev_hash != self.hash {
            return Err(BrokenLink::Unlinked { seq: entry.seq });
        }
        if entry.hash != entry.expected_hash() {
            return Err(BrokenLink::Changed { seq: entry.seq });
        }
        (self.seq, self.hash) = (entry.seq, entry.hash.clone());
        Ok(())
    }

    /// The number of the last entry.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Ends at the head that was recorded: the walk must have come as far, and to the same hash. A chain that has entries
    /// has a head; without one nobody could tell how long it was.
    ///
    /// # Errors
    /// [`BrokenLink::Truncated`].
    pub fn end(&self, head: Option<&Head>) -> Result<i64, BrokenLink> {
        let (seq, hash) = head.map_or((0, GENESIS), |head| (head.seq, &head.hash));
        if (seq, hash) == (self.seq, &self.hash) {
            Ok(self.seq)
        } else {
            Err(BrokenLink::Truncated { last: self.seq, head: seq })
        }
    }
}

/// Where a chain ends: kept beside it, and the last line of an export, so that a tail that was cut off is missed.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, Serialize, serde::Deserialize)]
pub struct Head {
    /// Whose chain.
    pub tenant_id: Uuid,
    /// Number of the last entry; 0 while there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// Entries read at a time.
const PAGE: u64 = 1000;

impl TenantTx {
    /// Appends an event to this tenant's chain, in the transaction that made it true.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn note(&self, event: &impl Event, actor: &str, now: Timestamp) -> Result<Entry, StoreError> {
        let body = serde_json::to_string(event)
            .map_err(|error| StoreError::Suspicious { table: "evidence", what: error.to_string() })?;
        self.append(event.kind(), event.subject(), actor, body, now).await
    }

    async fn append(
        &self,
        kind: &str,
        subject: String,
        actor: &str,
        body: String,
        now: Timestamp,
    ) -> Result<Entry, StoreError> {
        let open = self.raw();
        let tenant = self.tenant().uuid();
        // The head row is the lock: two writers of one chain take turns on PostgreSQL; SQLite has one writer anyway.
        let found = match self.engine() {
            Engine::Postgres => "SELECT tenant_id, seq, hash FROM evidence_head WHERE tenant_id = $1 FOR UPDATE",
            Engine::Sqlite => "SELECT tenant_id, seq, hash FROM evidence_head WHERE tenant_id = $1",
        };
        let mut row = open.tx.query_one_raw(open.statement(found, vec![tenant.into()])).await?;
        if row.is_none() {
            let first = "INSERT INTO evidence_head (tenant_id, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (tenant_id) DO NOTHING";
            open.tx.execute_raw(open.statement(first, vec![tenant.into(), GENESIS.into()])).await?;
            row = open.tx.query_one_raw(open.statement(found, vec![tenant.into()])).await?;
        }
        let head = row.map(|row| Head::from_query_result(&row, "")).transpose()?;
        let head = head.ok_or(StoreError::Suspicious { table: "evidence_head", what: "no head".to_owned() })?;
        let mut entry = Entry {
            tenant_id: tenant,
            seq: head.seq + 1,
            at: now.micros(),
            kind: kind.to_owned(),
            subject,
            actor: actor.to_owned(),
            body,
            prev_hash: head.hash,
            hash: String::new(),
        };
        entry.hash = entry.expected_hash();
        let insert = "INSERT INTO evidence (tenant_id, seq, at, kind, subject, actor, body, prev_hash, hash) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let Entry { tenant_id, seq, at, kind, subject, actor, body, prev_hash, hash } = entry.clone();
        let values = vec![
            tenant_id.into(),
            seq.into(),
            at.into(),
            kind.into(),
            subject.into(),
            actor.into(),
            body.into(),
            prev_hash.into(),
            hash.clone().into(),
        ];
        open.tx.execute_raw(open.statement(insert, values)).await?;
        let advance = "UPDATE evidence_head SET seq = $2, hash = $3 WHERE tenant_id = $1";
        open.tx.execute_raw(open.statement(advance, vec![tenant_id.into(), seq.into(), hash.into()])).await?;
        Ok(entry)
    }

    /// Entries of this tenant's chain after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn entries(&self, after: i64, limit: u64) -> Result<Vec<Entry>, StoreError> {
        let open = self.raw();
        let sql = "SELECT * FROM evidence WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = vec![self.tenant().uuid().into(), after.into(), limit.into()];
        let rows = open.tx.query_all_raw(open.statement(sql, values)).await?;
        Ok(rows.iter().map(|row| Entry::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// Entries of this tenant's chain about one subject, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn entries_about(&self, subject: &str) -> Result<Vec<Entry>, StoreError> {
        let open = self.raw();
        let sql = "SELECT * FROM evidence WHERE tenant_id = $1 AND subject = $2 ORDER BY seq";
        let rows =
            open.tx.query_all_raw(open.statement(sql, vec![self.tenant().uuid().into(), subject.into()])).await?;
        Ok(rows.iter().map(|row| Entry::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// The recorded end of this tenant's chain; none before its first entry.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn chain_head(&self) -> Result<Option<Head>, StoreError> {
        let open = self.raw();
        let sql = "SELECT tenant_id, seq, hash FROM evidence_head WHERE tenant_id = $1";
        let row = open.tx.query_one_raw(open.statement(sql, vec![self.tenant().uuid().into()])).await?;
        Ok(row.map(|row| Head::from_query_result(&row, "")).transpose()?)
    }

    /// Walks this tenant's whole chain, a page of entries in memory at a time, and shows every entry that holds to `each`;
    /// answers how many there are.
    ///
    /// # Errors
    /// [`StoreError::Database`]; the inner result names the first broken link.
    pub async fn walk_chain(&self, mut each: impl FnMut(&Entry)) -> Result<Result<i64, BrokenLink>, StoreError> {
        let mut walk = Walk::default();
        loop {
            // The head is read before the rest: an entry that is written meanwhile is found by another round.
            let head = self.chain_head().await?;
            let page = self.entries(walk.seq(), PAGE).await?;
            if page.is_empty() {
                return Ok(walk.end(head.as_ref()));
            }
            for entry in &page {
                if let Err(broken) = walk.step(entry) {
                    return Ok(Err(broken));
                }
                each(entry);
            }
        }
    }
}

impl Store {
    /// Every tenant that has a chain.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn chains(&self) -> Result<Vec<TenantId>, StoreError> {
        let mut with_chain = Vec::new();
        match self.engine() {
            Engine::Sqlite => {
                let sql = "SELECT tenant_id FROM evidence_head ORDER BY tenant_id";
                let statement = Statement::from_string(self.db().get_database_backend(), sql);
                for row in self.db().query_all_raw(statement).await? {
                    with_chain.push(TenantId::from_row(row.try_get("", "tenant_id")?));
                }
            }
            // Behind row-level security nobody sees all heads at once: every tenant is asked as itself.
            Engine::Postgres => with_chain = self.sites().all().iter().map(|site| site.tenant).collect(),
        }
        Ok(with_chain)
    }
}
