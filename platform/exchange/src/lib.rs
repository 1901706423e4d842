//! What passes between tenants: orders and obligations downward, submissions upward, and how a correction or withdrawal
//! reaches every mirror and every superior.

pub mod basket;
pub mod circulation;
pub mod commission;
pub mod detachment;
pub mod handover;
pub mod joint;
pub mod likeness;
pub mod merit;
pub mod notice;
pub mod obligation;
pub mod onboarding;
pub mod order;
pub mod permission;
pub mod policy;
pub mod quota;
pub mod roster;
pub mod rules;
pub mod submission;

pub use commission::{CommissionId, CommissionRules};
pub use likeness::{LikenessRule, LikenessRules};
pub use merit::PointTables;
pub use obligation::{Move, Placer, Standing};
pub use order::{Audience, Kind, OrderId};
pub use quota::QuotaId;
pub use roster::RosterRules;
pub use rules::{LifecycleRule, LifecycleRules, RepostRule, RepostRules};
pub use submission::{SubmissionId, SubmissionRules};
