//! The directory of portals in memory: host → portal, portal → superior, and one generation counter per portal.
//!
//! Cost per idle tenant is this directory and nothing else; nothing on a request path grows with the number of tenants.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use uuid::Uuid;

use super::rows::{host, tenant};
use super::{Furniture, Level, TenantId, TenantState};

/// A portal's dense number on this node. It never changes while the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// What a node knows of one portal without asking the database.
#[derive(Debug)]
pub struct Site {
    /// Dense number on this node.
    pub slot: Slot,
    /// The portal.
    pub tenant: TenantId,
    /// The name in addresses of the cluster, e.g. `wuhan-hubei`.
    pub slug: Box<str>,
    /// Full name of the portal.
    pub name: Box<str>,
    /// Short name for lists.
    pub short_name: Box<str>,
    /// Level.
    pub level: Level,
    /// Division code, an attribute and never a key.
    pub division_code: Box<str>,
    /// 网站标识码
    pub site_code: Box<str>,
    /// The superior.
    pub parent: Option<TenantId>,
    /// 主办单位
    pub owner_unit: Box<str>,
    /// Where it is in its life.
    pub state: TenantState,
    /// Why it is suspended or closing.
    pub state_reason: Box<str>,
    /// Slug or address of the portal that takes over.
    pub successor: Box<str>,
    /// Theme.
    pub theme: Box<str>,
    /// Skin of the theme.
    pub skin: Box<str>,
    /// Footer.
    pub furniture: Furniture,
    /// Host names, the main one first.
    pub hosts: Box<[Box<str>]>,
    generation: Arc<AtomicU64>,
}

impl Site {
    /// The generation of this portal's pages; raised by every commit that changes one of them.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The main host name.
    pub fn main_host(&self) -> &str {
        self.hosts.first().map_or("", |host| host)
    }
}

#[derive(Default)]
struct Snapshot {
    sites: Vec<Arc<Site>>,
    by_host: HashMap<Box<str>, u32>,
    by_id: HashMap<Uuid, u32>,
    by_slug: HashMap<Box<str>, u32>,
    below: HashMap<Uuid, Vec<u32>>,
}

/// The directory itself: read without locks, replaced as a whole when tenants change.
#[derive(Default)]
pub struct Sites {
    now: ArcSwap<Snapshot>,
}

impl Sites {
    /// The portal that answers on `host` (already normalised: lower case, no port, no trailing dot).
    pub fn by_host(&self, host: &str) -> Option<Arc<Site>> {
        let now = self.now.load();
        now.by_host.get(host).map(|at| Arc::clone(&now.sites[*at as usize]))
    }

    /// Calls `look` with the portal of `host` without touching a reference count: the hot path.
    pub fn with_host<R>(&self, host: &str, look: impl FnOnce(&Site) -> R) -> Option<R> {
        let now = self.now.load();
        now.by_host.get(host).map(|at| look(&now.sites[*at as usize]))
    }

    /// The portal with this slug.
    pub fn by_slug(&self, slug: &str) -> Option<Arc<Site>> {
        let now = self.now.load();
        now.by_slug.get(slug).map(|at| Arc::clone(&now.sites[*at as usize]))
    }

    /// The portal of a proven tenant.
    pub fn by_id(&self, tenant: TenantId) -> Option<Arc<Site>> {
        let now = self.now.load();
        now.by_id.get(&tenant.uuid()).map(|at| Arc::clone(&now.sites[*at as usize]))
    }

    /// The portals directly below, in the order of their division codes.
    pub fn children(&self, tenant: TenantId) -> Vec<Arc<Site>> {
        let now = self.now.load();
        let below = now.below.get(&tenant.uuid());
        below.map(|slots| slots.iter().map(|at| Arc::clone(&now.sites[*at as usize])).collect()).unwrap_or_default()
    }

    /// Whether `tenant` is `ancestor` or stands somewhere below it.
    pub fn is_within(&self, tenant: TenantId, ancestor: TenantId) -> bool {
        self.lineage(tenant).iter().any(|site| site.tenant == ancestor)
    }

    /// The portal and all its superiors, itself first. Empty for an unknown tenant.
    pub fn lineage(&self, tenant: TenantId) -> Vec<Arc<Site>> {
        let now = self.now.load();
        let mut line: Vec<Arc<Site>> = Vec::with_capacity(4);
        let mut next = Some(tenant);
        // A cycle is refused when tenants are applied; the bound only keeps a damaged table from hanging a request.
        while let Some(at) = next.and_then(|id| now.by_id.get(&id.uuid())).filter(|_| line.len() < 16) {
            let site = Arc::clone(&now.sites[*at as usize]);
            next = site.parent;
            line.push(site);
        }
        line
    }

    /// Every portal of this node, in slot order.
    pub fn all(&self) -> Vec<Arc<Site>> {
        self.now.load().sites.clone()
    }

    /// Up to `limit` portals that `wanted` keeps, in slot order from `from` on, and the slot at which the next page begins.
    pub fn scan(&self, from: u32, limit: usize, wanted: impl Fn(&Site) -> bool) -> (Vec<Arc<Site>>, Option<u32>) {
        let now = self.now.load();
        let mut found = Vec::with_capacity(limit.min(256));
        for (slot, site) in (0u32..).zip(&now.sites).skip(from as usize).filter(|(_, site)| wanted(site)) {
            if found.len() == limit {
                return (found, Some(slot));
            }
            found.push(Arc::clone(site));
        }
        (found, None)
    }

    /// How many portals there are.
    pub fn len(&self) -> usize {
        self.now.load().sites.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes the pages of one portal old.
    pub(crate) fn raise(&self, tenant: Uuid) {
        let now = self.now.load();
        if let Some(at) = now.by_id.get(&tenant) {
            now.sites[*at as usize].generation.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Makes the pages of a portal and of all below it old.
    pub(crate) fn raise_subtree(&self, root: Uuid) {
        let now = self.now.load();
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            if let Some(at) = now.by_id.get(&id) {
                now.sites[*at as usize].generation.fetch_add(1, Ordering::AcqRel);
            }
            if let Some(below) = now.below.get(&id) {
                open.extend(below.iter().map(|at| now.sites[*at as usize].tenant.uuid()));
            }
        }
    }

    /// Replaces the directory. Generations of known portals go on counting, and every page is old once.
    pub(crate) fn replace(&self, tenants: Vec<tenant::Model>, hosts: Vec<host::Model>) {
        let before = self.now.load_full();
        let mut hosts_of: HashMap<Uuid, Vec<host::Model>> = HashMap::with_capacity(tenants.len());
        for row in hosts {
            hosts_of.entry(row.tenant_id).or_default().push(row);
        }
        // Known portals keep their slot; new ones are appended.
        let mut rows: Vec<(u32, tenant::Model)> = Vec::with_capacity(tenants.len());
        let mut next = before.sites.len() as u32;
        for row in tenants {
            let slot = before.by_id.get(&row.id).copied().unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            rows.push((slot, row));
        }
        rows.sort_by_key(|(slot, _)| *slot);
        let mut made = Snapshot::default();
        for (slot, row) in rows {
            let known = before.by_id.get(&row.id).map(|at| Arc::clone(&before.sites[*at as usize].generation));
            let mut hosts = hosts_of.remove(&row.id).unwrap_or_default();
            hosts.sort_by_key(|host| host.position);
            let at = made.sites.len() as u32;
            let generation = known.unwrap_or_default();
            generation.fetch_add(1, Ordering::AcqRel);
            for host in &hosts {
                made.by_host.insert(host.host.as_str().into(), at);
            }
            made.by_id.insert(row.id, at);
            made.by_slug.insert(row.slug.as_str().into(), at);
            if let Some(parent) = row.parent_id {
                made.below.entry(parent).or_default().push(at);
            }
            let site = site(Slot(slot), row, hosts, generation);
            made.sites.push(Arc::new(site));
        }
        let sites = &made.sites;
        for below in made.below.values_mut() {
            below.sort_by(|a, b| sites[*a as usize].division_code.cmp(&sites[*b as usize].division_code));
        }
        self.now.store(Arc::new(made));
    }
}

fn site(slot: Slot, row: tenant::Model, hosts: Vec<host::Model>, generation: Arc<AtomicU64>) -> Site {
    Site {
        slot,
        tenant: TenantId::from_row(row.id),
        slug: row.slug.into(),
        name: row.name.into(),
        short_name: row.short_name.into(),
        level: Level::parse(&row.level).unwrap_or(Level::Department),
        division_code: row.division_code.into(),
        site_code: row.site_code.unwrap_or_default().into(),
        parent: row.parent_id.map(TenantId::from_row),
        owner_unit: row.owner_unit.into(),
        // An unreadable state shows nothing rather than something.
        state: TenantState::parse(&row.state).unwrap_or(TenantState::Draft),
        state_reason: row.state_reason.into(),
        successor: row.successor.into(),
        theme: row.theme.into(),
        skin: row.skin.into(),
        furniture: serde_json::from_str(&row.furniture).unwrap_or_default(),
        hosts: hosts.into_iter().map(|host| host.host.into()).collect(),
        generation,
    }
}
