//! Link entries and what the checker found.

use super::door::Door;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    Vec::new()
}
