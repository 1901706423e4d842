//! The rail of the console: which rooms there are, in groups, and who sees them.

use base::duty::Duty;
use border::crawl::ViewCrawl;
use border::delivery::ManageDelivery;
use content::column::ManageColumns;
use content::document::{EditDocument, PublishDocument};
use content::link::KeepLinks;
use exchange::merit::ViewPoints;
use exchange::obligation::ViewInbox;
use exchange::onboarding::ProvisionTenants;
use exchange::order::ViewBoard;
use exchange::submission::{DecideSubmission, SetDesk};

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
            Entry { key: "commissions", path: "/console/commissions", shown: holds::<ViewInbox> },
            Entry { key: "quotas", path: "/console/quotas", shown: holds::<ViewInbox> },
            Entry { key: "points", path: "/console/points", shown: holds::<ViewPoints> },
            Entry { key: "likeness", path: "/console/submissions/clusters", shown: holds::<ViewInbox> },
            Entry { key: "baskets", path: "/console/baskets", shown: holds::<DecideSubmission> },
            Entry { key: "desk_rules", path: "/console/desk-rules", shown: holds::<SetDesk> },
        ],
    },
    Group {
        key: "downward",
        entries: &[
            Entry { key: "orders", path: "/console/orders", shown: holds::<ViewBoard> },
            Entry { key: "outside", path: "/console/outside", shown: holds::<ViewBoard> },
            Entry { key: "detachments", path: "/console/detachments", shown: holds::<ViewInbox> },
        ],
    },
    Group {
        key: "supply",
        entries: &[
            Entry { key: "joint", path: "/console/joint", shown: holds::<ViewInbox> },
            Entry { key: "crawl", path: "/console/crawl", shown: holds::<ViewCrawl> },
            Entry { key: "links", path: "/console/links", shown: holds::<KeepLinks> },
        ],
    },
    Group {
        key: "house",
        entries: &[
            Entry { key: "tenants", path: "/console/tenants", shown: watches },
            Entry { key: "federation", path: "/console/federation", shown: holds::<ViewBoard> },
            Entry { key: "rosters", path: "/console/rosters", shown: holds::<ViewInbox> },
            Entry { key: "delivery", path: "/console/delivery", shown: holds::<ManageDelivery> },
        ],
    },
];
