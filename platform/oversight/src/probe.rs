//! The probe: fetches the public page of a portal and records what it saw. No screenshots are ever asked of anyone.

mod job;
mod judge;

pub use job::{Addresses, ProbeFailure, run};
pub use judge::{Expected, Listing, Page, Recalled, judge_absence, judge_presence};
