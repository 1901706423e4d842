//! 脱钩: a portal stops following what it was recommended and goes on with a text of its own; it hears what the origin does
//! afterwards, compares, and may follow again. What is mandatory is never detached.

mod acts;
pub mod jobs;
mod model;
pub(crate) mod rows;
mod views;

pub(crate) use acts::follow_publication;
pub use acts::{attach, detach};
pub use model::{Detachment, DetachmentError, Event, Move, Standing, WrongTurn};
pub use views::{find, list, of_own};
