//! What crosses the border of the installation: pages that are read outside, letters and messages that leave, other
//! installations that are federated with this one.
//!
//! Everything from outside is suspicious: it is fetched through the guarded client, at a polite pace, and sanitised like
//! anything that a person types.

pub mod crawl;
pub mod delivery;
pub mod federation;
pub mod link;
pub mod outside;
pub mod polite;
