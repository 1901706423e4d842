//! Hand-over 交接班: the note by which one person leaves a shift to the next, signed by both.

mod acts;
pub mod jobs;
mod model;
pub(crate) mod rows;
mod views;

pub use acts::{sign_out, take_over, write};
pub use model::{Counts, Event, Handover, HandoverError, Move, Standing, WrongTurn};
pub use views::{counts, find, list, open};
