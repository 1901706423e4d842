//! What happened to a commission, for the chains of its two ends.

use base::Timestamp;
use serde::Serialize;

use super::CommissionId;
use crate::submission::SubmissionId;

/// What happened to a commission. The issuer's chain holds what was asked and how each portal came out, the addressed
/// portal's what it said.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Event {
    Opened {
        commission: CommissionId,
        topic: String,
        audience: String,
        count: i64,
        digest: String,
        due_at: Timestamp,
        mandatory: bool,
        wanted: i32,
        rule: String,
    },
    Joined {
        commission: CommissionId,
        count: i64,
        digest: String,
        due_at: Timestamp,
    },
    Closed {
        commission: CommissionId,
    },
    Cancelled {
        commission: CommissionId,
        reason: String,
    },
    /// How portals came out: `standing` is `delivered`, `late`, `missed`, `declined`, or `accepted` when one is open again.
    Settled {
        commission: CommissionId,
        standing: &'static str,
        tenants: Vec<String>,
    },
    Pleaded {
        commission: CommissionId,
        reason: String,
    },
    Judged {
        commission: CommissionId,
        tenant: String,
        granted: bool,
        answer: String,
    },
    Accepted {
        commission: CommissionId,
        from: String,
    },
    Declined {
        commission: CommissionId,
        reason: String,
    },
    Answered {
        commission: CommissionId,
        submission: SubmissionId,
        answered: i32,
        wanted: i32,
    },
    Reminded {
        commission: CommissionId,
        stage: i32,
        tenants: i64,
    },
}

impl base::journal::Event for Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "commission.opened",
            Self::Joined { .. } => "commission.joined",
            Self::Closed { .. } => "commission.closed",
            Self::Cancelled { .. } => "commission.cancelled",
            Self::Settled { standing, .. } => match *standing {
                "delivered" => "commission.delivered",
                "late" => "commission.late",
                "missed" => "commission.missed",
                "declined" => "commission.refused",
                _ => "commission.reopened",
            },
            Self::Pleaded { .. } => "commission.pleaded",
            Self::Judged { .. } => "commission.judged",
            Self::Accepted { .. } => "commission.accepted",
            Self::Declined { .. } => "commission.declined",
            Self::Answered { .. } => "commission.answered",
            Self::Reminded { .. } => "commission.reminded",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Opened { commission, .. }
            | Self::Joined { commission, .. }
            | Self::Closed { commission }
            | Self::Cancelled { commission, .. }
            | Self::Settled { commission, .. }
            | Self::Pleaded { commission, .. }
            | Self::Judged { commission, .. }
            | Self::Accepted { commission, .. }
            | Self::Declined { commission, .. }
            | Self::Answered { commission, .. }
            | Self::Reminded { commission, .. } => commission.to_string(),
        }
    }
}
