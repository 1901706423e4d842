//! Installations that are joined: orders go down, receipts come back, submissions go up and their fates come down, over a
//! channel on which both sides sign what they say (HTTP Message Signatures, RFC 9421).
//!
//! The inferior pulls. Each message says how things stand, not what changed, so that a link that was cut needs no replay: the
//! next look catches up.

mod answer;
pub mod jobs;
mod line;
mod link;
mod portals;
mod pull;
pub(crate) mod rows;
mod rules;
pub mod sign;
mod tell;
pub mod wire;

pub use answer::{Reported, edition, fates, file, orders, reports, summed, take_letter, take_receipts};
pub use link::Event;
pub use portals::{Portal, Wanted, is_cursor, portals, take_portals};
pub use rules::{FederationRule, FederationRules};
pub use sign::{SignError, Signer};

use base::store::StoreError;
use content::document::DocumentError;
use content::media::FileError;
use exchange::detachment::DetachmentError;
use exchange::obligation::ObligationError;
use exchange::order::OrderError;
use exchange::submission::SubmissionError;

/// Why an act between installations failed.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// No such thing for this peer.
    #[error("there is no such thing for this peer")]
    Missing,
    /// Files of a letter are not here yet: they come first.
    #[error("files are missing: {0:?}")]
    Files(Vec<String>),
    /// The other side answered something else than expected.
    #[error("the other installation answered {status}: {what}")]
    Answer {
        /// HTTP status.
        status: u16,
        /// The first words.
        what: String,
    },
    /// The other side is away.
    #[error("the other installation does not answer: {0}")]
    Away(String),
    /// A signature does not hold.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was said cannot be read.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// What was said can be read, but cannot be so.
    #[error("not taken: {0}")]
    Untrue(String),
    /// A document refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A file refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// An order refused.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// An obligation refused.
    #[error(transparent)]
    Obligation(#[from] ObligationError),
    /// A submission refused.
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// A detachment refused.
    #[error(transparent)]
    Detachment(#[from] DetachmentError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
