//! What a basket is, what is recorded of it, and why an act on it is refused.

use base::Timestamp;
use base::store::StoreError;
use content::DocumentId;
use serde::Serialize;

use super::BasketId;
use crate::submission::{SubmissionError, SubmissionId};

/// Submissions in one basket; more than one document can be made of.
pub const MEMBERS_MAX: usize = 200;

/// One basket.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Basket {
    pub id: BasketId,
    /// What it collects.
    pub topic: String,
    pub note: String,
    pub created_at: Timestamp,
    pub created_by: String,
    /// Nothing is put into a closed one any more.
    pub closed_at: Option<Timestamp>,
    /// How many submissions lie in it.
    pub members: u64,
}

/// What happened to a basket.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Created { basket: BasketId, topic: String },
    Filled { basket: BasketId, submissions: Vec<SubmissionId> },
    Emptied { basket: BasketId, submissions: Vec<SubmissionId> },
    Closed { basket: BasketId },
    Reopened { basket: BasketId },
    Adopted { basket: BasketId, document: DocumentId, submissions: Vec<SubmissionId> },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "basket.created",
            Self::Filled { .. } => "basket.filled",
            Self::Emptied { .. } => "basket.emptied",
            Self::Closed { .. } => "basket.closed",
            Self::Reopened { .. } => "basket.reopened",
            Self::Adopted { .. } => "basket.adopted",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Created { basket, .. }
            | Self::Filled { basket, .. }
            | Self::Emptied { basket, .. }
            | Self::Closed { basket }
            | Self::Reopened { basket }
            | Self::Adopted { basket, .. } => basket.to_string(),
        }
    }
}

/// Why an act on a basket was refused.
#[derive(Debug, thiserror::Error)]
pub enum BasketError {
    /// No such basket here.
    #[error("there is no such basket")]
    Missing,
    /// A closed basket takes nothing in.
    #[error("the basket is closed")]
    Closed,
    /// No submission of it waits for a decision.
    #[error("nothing in the basket waits for a decision")]
    Empty,
    /// It would hold too many.
    #[error("a basket holds at most {MEMBERS_MAX} submissions")]
    Full,
    /// A text is missing or too long.
    #[error("{field} is missing or too long")]
    Text {
        /// Which field.
        field: &'static str,
        /// At most so many characters.
        limit: usize,
    },
    /// A submission refused.
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
