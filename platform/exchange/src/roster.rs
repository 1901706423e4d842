//! Duty rosters 值班表: who is on duty at the A post and the B post 主备岗. The clock of a roster runs through holidays: a gap is
//! a gap on whatever day it falls.

mod acts;
mod model;
pub(crate) mod rows;
pub mod rules;
mod views;

pub use acts::{KeepDuty, ManageRoster, NewShift, put, remove};
pub use model::{Event, Gap, Post, RosterError, Shift, gaps};
pub use rules::{RosterRule, RosterRules};
pub use views::{on_duty, shifts};
