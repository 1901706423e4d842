//! Mirrors of recommended orders: detached, compared, attached again; rehearsals.

use super::door::Door;

/// The rooms.
pub(super) fn doors() -> Vec<Door> {
    Vec::new()
}
