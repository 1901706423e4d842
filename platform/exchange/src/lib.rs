//! What passes between tenants: orders and obligations downward, submissions upward, and how a correction or withdrawal
//! reaches every mirror and every superior.

pub mod circulation;
pub mod merit;
pub mod notice;
pub mod obligation;
pub mod onboarding;
pub mod order;
pub mod policy;
pub mod rules;
pub mod submission;

pub use merit::PointTables;
pub use obligation::{Move, Placer, Standing};
pub use order::{Audience, Kind, OrderId};
pub use rules::{LifecycleRule, LifecycleRules, RepostRule, RepostRules};
pub use submission::{SubmissionId, SubmissionRules};
