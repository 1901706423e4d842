//! What is recorded of submissions. The sender's chain holds what the sender did, the receiver's what the receiver did.

use base::Timestamp;
use content::document::Cause;
use content::{DocumentId, EditionId};
use serde::Serialize;

use super::SubmissionId;

/// What happened to a submission. The sender's chain holds what the sender did, the receiver's what the receiver did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Submitted {
        submission: SubmissionId,
        thread: SubmissionId,
        to: String,
        edition: EditionId,
        content_hash: String,
    },
    Recalled {
        submission: SubmissionId,
    },
    Received {
        submission: SubmissionId,
        from: String,
        edition: EditionId,
        content_hash: String,
    },
    Held {
        submission: SubmissionId,
        by: String,
        /// Who held it before, when it was taken over.
        #[serde(skip_serializing_if = "String::is_empty")]
        taken_from: String,
    },
    Adopted {
        submission: SubmissionId,
        document: DocumentId,
        merged_with: Vec<SubmissionId>,
    },
    Returned {
        submission: SubmissionId,
        reason: String,
    },
    Declined {
        submission: SubmissionId,
        reason: String,
    },
    Expired {
        submission: SubmissionId,
    },
    Published {
        submission: SubmissionId,
        document: DocumentId,
        address: String,
    },
    /// The platform took the copy back because the origin was withdrawn and this portal's rule says so.
    Hidden {
        submission: SubmissionId,
        document: DocumentId,
        cause: Cause,
        rule: &'static str,
    },
    /// The copy was dealt with by withdrawing or correcting it.
    Dealt {
        submission: SubmissionId,
        document: DocumentId,
        how: &'static str,
    },
    /// Somebody decided in writing to keep the copy.
    Kept {
        submission: SubmissionId,
        reason: String,
    },
    /// Deadlines that were guesses were counted again by the calendar of that year.
    Settled {
        submitted_on: String,
        receive_due_at: Timestamp,
        decide_due_at: Timestamp,
        provisional: bool,
        submissions: Vec<SubmissionId>,
    },
    /// What this portal does when an origin withdraws.
    PolicySet {
        hide_on_withdrawal: &'static str,
    },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Submitted { .. } => "submission.submitted",
            Self::Recalled { .. } => "submission.recalled",
            Self::Received { .. } => "submission.received",
            Self::Held { .. } => "submission.held",
            Self::Adopted { .. } => "submission.adopted",
            Self::Returned { .. } => "submission.returned",
            Self::Declined { .. } => "submission.declined",
            Self::Expired { .. } => "submission.expired",
            Self::Published { .. } => "submission.published",
            Self::Hidden { .. } => "submission.hidden",
            Self::Dealt { .. } => "submission.dealt",
            Self::Kept { .. } => "submission.kept",
            Self::Settled { .. } => "submission.settled",
            Self::PolicySet { .. } => "submission.policy_set",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Submitted { submission, .. }
            | Self::Recalled { submission }
            | Self::Received { submission, .. }
            | Self::Held { submission, .. }
            | Self::Adopted { submission, .. }
            | Self::Returned { submission, .. }
            | Self::Declined { submission, .. }
            | Self::Expired { submission }
            | Self::Hidden { submission, .. }
            | Self::Dealt { submission, .. }
            | Self::Kept { submission, .. }
            | Self::Published { submission, .. } => submission.to_string(),
            Self::Settled { submitted_on, .. } => submitted_on.clone(),
            Self::PolicySet { hide_on_withdrawal } => (*hide_on_withdrawal).to_owned(),
        }
    }
}
