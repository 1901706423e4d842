//! Bringing portals on board: what a manifest, the API or the console declares, checked as a whole and applied in one
//! transaction, so that nothing is half applied.

mod acts;
mod check;
mod life;
mod model;

pub use acts::{Applied, ApplyError, ProvisionTenants, Standards, apply, plan};
pub use check::{Fault, check};
pub use model::{Change, ColumnsGiven, Declared, Entry, LevelBlueprint, Plan, resolve};
