//! The ground floor: tenancy, store, journal, queue, duties, clock, identifiers, configuration, telemetry.
//!
//! Nothing here knows a document, an order or a letter. It is the only crate with a database connection, a clock,
//! a random source or an outbound HTTP client.

pub mod config;
pub mod outbound;
pub mod telemetry;
pub mod time;

pub use time::{Clock, FixedClock, SystemClock, Timestamp};
