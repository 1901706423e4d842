//! From view models to ready bytes.

mod assets;
pub mod circular;
pub mod feeds;
mod pages;
#[cfg(test)]
mod samples;
mod templates;

pub use assets::Asset;
pub(crate) use pages::SECURITY;
pub use pages::{Bytes3, PageSettings, Pages, Ready};
pub use templates::{RenderError, Templates};
