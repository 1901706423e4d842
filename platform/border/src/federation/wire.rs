//! What the two sides say to each other. Each message says how things stand.

use base::Timestamp;
use content::document::{Fields, Withdrawal};
use content::media::StoredFile;
use content::{DocumentId, EditionId};
use exchange::OrderId;
use exchange::submission::{Hop, OriginNews, SubmissionId};
use serde::{Deserialize, Serialize};

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
    /// How everybody below stands, by the words of the board.
    pub counts: serde_json::Value,
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
