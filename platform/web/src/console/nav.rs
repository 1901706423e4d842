//! The rail of the console: which rooms there are, in groups, and who sees them.

use base::duty::Duty;
use content::column::ManageColumns;
use content::document::{EditDocument, PublishDocument};
use exchange::merit::ViewPoints;
use exchange::obligation::ViewInbox;
use exchange::onboarding::ProvisionTenants;
use exchange::order::ViewBoard;

use super::room::Room;
use crate::App;

/// One room in the rail.
pub struct Entry {
    /// Its word (`nav_KEY`) and picture.
    pub key: &'static str,
    /// Its address.
    pub path: &'static str,
    /// Whether the person sees it here.
    pub shown: fn(&Room, &App) -> bool,
}

/// Rooms that belong together, under a word (`navs_KEY`).
pub struct Group {
    /// Key of the word.
    pub key: &'static str,
    /// Its rooms.
    pub entries: &'static [Entry],
}

fn holds<D: Duty>(room: &Room, app: &App) -> bool {
    room.holds::<D>(app)
}

fn writes(room: &Room, app: &App) -> bool {
    room.holds::<EditDocument>(app) || room.holds::<PublishDocument>(app)
}

fn watches(room: &Room, app: &App) -> bool {
    room.holds::<ViewBoard>(app) || room.holds::<ProvisionTenants>(app)
}

/// Every room that has a place in the rail.
pub const GROUPS: &[Group] = &[
    Group {
        key: "work",
        entries: &[
            Entry { key: "desk", path: "/console/", shown: |_, _| true },
            Entry { key: "inbox", path: "/console/inbox", shown: holds::<ViewInbox> },
            Entry { key: "documents", path: "/console/documents", shown: writes },
            Entry { key: "columns", path: "/console/columns", shown: holds::<ManageColumns> },
        ],
    },
    Group {
        key: "upward",
        entries: &[
            Entry { key: "submissions", path: "/console/submissions", shown: holds::<ViewInbox> },
            Entry { key: "points", path: "/console/points", shown: holds::<ViewPoints> },
        ],
    },
    Group { key: "downward", entries: &[Entry { key: "orders", path: "/console/orders", shown: holds::<ViewBoard> }] },
    Group { key: "supply", entries: &[] },
    Group { key: "house", entries: &[Entry { key: "tenants", path: "/console/tenants", shown: watches }] },
];
