//! The checker of outside addresses: what link entries and published documents lead to, looked at politely, and what was found.

mod acts;
pub mod jobs;
mod judge;
mod model;
mod news;
pub(crate) mod rows;
mod views;

pub use acts::dismiss;
pub use judge::{hidden_links, outside_links};
pub use model::{Event, Fault, Finding, FindingError, Move, Standing, WrongTurn};
pub use views::{count, findings};
