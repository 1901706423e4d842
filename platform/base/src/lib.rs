//! The ground floor: tenancy, store, journal, queue, duties, clock, identifiers, configuration, telemetry.
//!
//! Nothing here knows a document, an order or a letter. It is the only crate with a database connection, a clock,
//! a random source or an outbound HTTP client.

pub mod blob;
pub mod calendar;
pub mod config;
pub mod duty;
pub mod follow;
pub mod id;
pub mod idempotency;
pub mod journal;
pub mod listing;
pub mod outbound;
pub mod people;
pub mod queue;
pub mod store;
pub mod telemetry;
pub mod tenancy;
pub mod time;

pub use duty::{Duty, Principal, Staff};
pub use id::{Ids, sm3_hex};
pub use store::{Store, StoreError, SubtreeTx, TenantTx};
pub use tenancy::{Level, Site, Sites, TenantId};
pub use time::{Clock, FixedClock, SystemClock, Timestamp};
