//! What is written once and shown in many places: columns, documents with their editions, placements, files.
//!
//! Nothing here knows an order. A publication writes its event; what follows from it is decided elsewhere.

pub mod column;
pub mod comparison;
pub mod document;
pub mod likeness;
pub mod link;
pub mod media;
pub mod placement;
pub mod text;

pub use column::Column;
pub use document::{DocumentId, EditionId};
