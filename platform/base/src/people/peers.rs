//! Peers: installations that speak for a tenant with a key of their own.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use crate::Timestamp;
use crate::store::{Store, StoreError};
use crate::tenancy::TenantId;

/// On which side of us a peer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// An inferior that runs an installation of its own; its tenant here is what its superiors see.
    Below,
    /// The superior's installation; its tenant here stands for the superior.
    Above,
}

impl Side {
    /// The word used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Below => "below",
            Self::Above => "above",
        }
    }

    /// Reads the word of [`Side::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Below, Self::Above].into_iter().find(|side| side.as_str() == word)
    }
}

/// An installation that speaks for a tenant. Nothing but a row makes one; that a request is really its own is for whoever
/// checks the signature to say.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The peer.
    pub id: Uuid,
    tenant: TenantId,
    /// Where it stands.
    pub side: Side,
    /// How screens and evidence name it.
    pub name: String,
    /// Base address of the other installation; empty when it only ever comes to us.
    pub url: String,
    /// Name of its key in signatures.
    pub key_id: String,
    /// Its public key, base64.
    pub public_key: String,
    /// The last sign of life.
    pub seen_at: Option<Timestamp>,
    /// Since when there is none.
    pub lost_since: Option<Timestamp>,
    /// What went wrong last.
    pub fault: String,
}

impl Peer {
    /// The tenant for which it speaks.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// How evidence names what it did.
    pub fn actor(&self) -> String {
        format!("peer:{}", self.name)
    }
}

/// A peer to be.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct NewPeer {
    pub tenant: TenantId,
    pub side: Side,
    pub name: String,
    pub url: String,
    pub key_id: String,
    pub public_key: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    side: String,
    name: String,
    url: String,
    key_id: String,
    public_key: String,
    seen_at: Option<i64>,
    lost_since: Option<i64>,
    fault: String,
}

impl TryFrom<Row> for Peer {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let side = Side::parse(&row.side)
            .ok_or_else(|| StoreError::Suspicious { table: "peer", what: format!("side of {}", row.id) })?;
        Ok(Self {
            id: row.id,
            tenant: TenantId::from_row(row.tenant_id),
            side,
            name: row.name,
            url: row.url,
            key_id: row.key_id,
            public_key: row.public_key,
            seen_at: row.seen_at.map(Timestamp),
            lost_since: row.lost_since.map(Timestamp),
            fault: row.fault,
        })
    }
}

const FIELDS: &str = "SELECT id, tenant_id, side, name, url, key_id, public_key, seen_at, lost_since, fault FROM peer";

impl Store {
    /// Joins an installation. For the command line, which has the database itself in its hands.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the key is known already.
    pub async fn put_peer(&self, new: NewPeer, now: Timestamp) -> Result<Uuid, StoreError> {
        let id = self.ids().new_id(now);
        let sql = "INSERT INTO peer (id, tenant_id, side, name, url, key_id, public_key, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = vec![
            id.into(),
            new.tenant.uuid().into(),
            new.side.as_str().into(),
            new.name.into(),
            new.url.into(),
            new.key_id.into(),
            new.public_key.into(),
            now.micros().into(),
        ];
        self.write(sql, values).await?;
        Ok(id)
    }

    /// Ends the pairing; its key is worth nothing from then on.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn end_peer(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE peer SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        self.write(sql, vec![id.into(), now.micros().into()]).await
    }

    /// The peer whose key has this name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn peer_by_key(&self, key_id: &str) -> Result<Option<Peer>, StoreError> {
        let sql = format!("{FIELDS} WHERE key_id = $1 AND ended_at IS NULL");
        let row = self.read_one(&sql, vec![key_id.into()]).await?;
        row.map(|row| Peer::try_from(Row::from_query_result(&row, "")?)).transpose()
    }

    /// Every peer, by name; those of one tenant when it is given.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn peers(&self, tenant: Option<TenantId>) -> Result<Vec<Peer>, StoreError> {
        let sql = format!("{FIELDS} WHERE ended_at IS NULL ORDER BY name, id");
        let rows = self.db().query_all_raw(Statement::from_string(self.db().get_database_backend(), sql)).await?;
        let peers = rows.iter().map(|row| Peer::try_from(Row::from_query_result(row, "")?));
        let peers: Vec<Peer> = peers.collect::<Result<_, StoreError>>()?;
        Ok(peers.into_iter().filter(|peer| tenant.is_none_or(|tenant| peer.tenant == tenant)).collect())
    }

    /// A sign of life of a peer.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn peer_seen(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE peer SET seen_at = $2, lost_since = NULL, fault = '' WHERE id = $1";
        self.write(sql, vec![id.into(), now.micros().into()]).await
    }

    /// The peer is away since an instant, and why.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn peer_lost(&self, id: Uuid, since: Timestamp, fault: &str) -> Result<(), StoreError> {
        let sql = "UPDATE peer SET lost_since = coalesce(lost_since, $2), fault = $3 WHERE id = $1";
        self.write(sql, vec![id.into(), since.micros().into(), fault.into()]).await
    }
}
