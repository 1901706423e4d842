//! Near-duplicates 相似稿件: what several senders offer about the same matter stands together at the receiver's desk.
//!
//! A job of the receiver keeps one fingerprint per submission in line with what the submission is (`jobs.rs`), so that
//! sending stays cheap and no sender touches the receiver's rows.

mod acts;
pub mod jobs;
mod model;
pub(crate) mod rows;
mod rules;
mod views;

pub use acts::decline_duplicates;
pub use rules::{LikenessRule, LikenessRules};
pub use views::{Chip, Cluster, ClusterRow, Similar, chips, cluster, clusters, similar};
