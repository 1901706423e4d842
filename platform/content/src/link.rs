//! Link entries 链接: addresses of others in a column of the portal, each with somebody who answers for it and an end.

mod acts;
mod model;
pub(crate) mod rows;
mod rules;
mod views;

pub use acts::{KeepLinks, add, change, expire_due, turn};
pub use model::{Entry, Event, LinkError, Move, NewEntry, Standing, WrongTurn, address};
pub use rules::{LinkRule, LinkRules};
pub use views::{expiring, find, list};
