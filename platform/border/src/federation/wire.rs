//! What the two sides say to each other. Each message says how things stand.

use base::Timestamp;
use content::document::{Fields, Withdrawal};
use content::media::StoredFile;
use content::{DocumentId, EditionId};
use exchange::OrderId;
use exchange::obligation::Exemption;
use exchange::submission::{Hop, OriginNews, SubmissionId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an order stands for the tenant that the peer speaks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OrderItem {
    pub order: OrderId,
    /// mandatory, recommended or recall.
    pub kind: String,
    /// Nothing is asked any more.
    pub ended: bool,
    pub document: DocumentId,
    pub edition: EditionId,
    /// Natural hours, as they apply to the tenant.
    pub hours: i32,
    pub due_at: Timestamp,
    pub issued_at: Timestamp,
    pub reason: String,
    pub target_code: String,
    pub issuer: String,
    pub issued_by: String,
    /// The second person of a recall.
    pub confirmed_by: String,
    /// How withdrawn addresses answer.
    pub withdrawal: Option<Withdrawal>,
    /// What the issuer decided on the portal's request to be let off; an older version says nothing of it.
    #[serde(default)]
    pub exemption: Option<Exemption>,
}

/// What an order is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct EditionItem {
    pub document: DocumentId,
    pub edition: EditionId,
    pub fields: Fields,
    pub first_published_at: Timestamp,
    pub files: Vec<StoredFile>,
}

/// How the inferior's own portals stand under an order of the superior.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Receipt {
    pub order: OrderId,
    /// The edition that it is about.
    pub edition: EditionId,
    /// delivered, published, proven or failed: the inferior's own portal.
    pub standing: String,
    /// By the inferior's clock: a cut link makes nobody late.
    pub published_at: Option<Timestamp>,
    pub proven_at: Option<Timestamp>,
    /// Where a citizen finds it.
    pub url: String,
    pub failure: String,
    /// What the inferior's own portal asks to be let off, until it is decided; an older version says nothing of it.
    #[serde(default)]
    pub exemption: Option<Exemption>,
    /// How everybody below stands, by the words of the board.
    pub counts: serde_json::Value,
}

/// What the superior answers to receipts: what it holds of the portals below, for each order that it listens to. An installation
/// of an older version answers without it, and is told nothing of single portals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Heard {
    #[serde(default)]
    pub held: Vec<Held>,
}

/// So many portals of one order, and their versions together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Held {
    pub order: OrderId,
    pub lines: i64,
    pub versions: i64,
}

/// One page of how the inferior's portals stand under an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Portals {
    pub order: OrderId,
    pub lines: Vec<PortalLine>,
}

/// One portal of the inferior's. It replaces what was told of the portal before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PortalLine {
    /// The inferior's own name for it; no tenant of the superior's.
    pub portal: Uuid,
    /// Grows with every move.
    pub version: i32,
    pub name: String,
    pub parent: String,
    pub level: String,
    pub division_code: String,
    /// Its domain.
    pub site: String,
    pub standing: String,
    pub late: bool,
    pub limit_hours: i32,
    pub due_at: Timestamp,
    pub placed_at: Option<Timestamp>,
    pub proven_at: Option<Timestamp>,
    /// Where a citizen finds it; empty while it is nowhere.
    pub url: String,
    pub failure: String,
}

/// A submission on its way up. Sent again, it is the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Letter {
    pub submission: SubmissionId,
    pub thread: SubmissionId,
    pub document: DocumentId,
    pub edition: EditionId,
    pub for_site: bool,
    pub for_brief: bool,
    pub fields: Fields,
    pub files: Vec<StoredFile>,
    pub content_hash: String,
    pub provenance: Vec<Hop>,
    pub note: String,
    pub submitted_at: Timestamp,
    pub submitted_by: String,
    /// The sender took it back.
    pub recalled: bool,
    /// What happened to the original since.
    pub news: Option<OriginNews>,
}

/// What became of a submission at the superior.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Fate {
    pub submission: SubmissionId,
    pub standing: String,
    pub holder: String,
    pub reason: String,
    pub decided_by: String,
    pub address: String,
}
