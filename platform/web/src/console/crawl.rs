//! Crawl sources and their field rules.

use super::door::Door;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    Vec::new()
}
