//! What passes between tenants: orders and obligations, and how a correction or withdrawal reaches every mirror.

pub mod circulation;
pub mod notice;
pub mod obligation;
pub mod onboarding;
pub mod order;
pub mod policy;
pub mod rules;

pub use obligation::{Move, Placer, Standing};
pub use order::{Audience, Kind, OrderId};
pub use rules::{LifecycleRule, LifecycleRules, RepostRule, RepostRules};
