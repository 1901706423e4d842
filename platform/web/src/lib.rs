//! HTTP in, bytes out. No rules live here: a handler extracts, acts, answers.

pub mod api;
pub mod app;
pub mod auth;
mod circulars;
pub mod console;
mod extract;
pub mod federation;
mod files;
mod frame;
pub mod host;
pub mod problem;
pub mod public;
pub mod render;
pub mod server;
pub mod visits;

pub use app::App;
