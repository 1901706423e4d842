//! The directory of portals in memory: host → portal, portal → superior, and one generation counter per portal.
//!
//! Cost per idle tenant is this directory and nothing else; nothing on a request path grows with the number of tenants.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use uuid::Uuid;

use super::rows::{host, tenant};
use super::{Furniture, Level, TenantId, TenantState};
use crate::Timestamp;

/// A portal's dense number on this node. It never changes while the process lives, and is never given to another portal:
/// ready pages are kept under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// The counter of one portal, the same one in every snapshot: what differs between two snapshots is never the counter.
#[derive(Clone, Debug, Default)]
struct Generation(Arc<AtomicU64>);

impl Generation {
    fn raise(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl PartialEq for Generation {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What a node knows of one portal without asking the database.
#[derive(Debug, PartialEq)]
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
    /// Until when it is suspended, or when its closing notice ends.
    pub state_until: Option<Timestamp>,
    /// Slug or address of the portal that takes over.
    pub successor: Box<str>,
    /// Theme.
    pub theme: Box<str>,
    /// Skin of the theme.
    pub skin: Box<str>,
    /// 演练站点: there to practise; only rehearsals reach it.
    pub rehearsal: bool,
    /// Footer.
    pub furniture: Furniture,
    /// Host names, the main one first.
    pub hosts: Box<[Box<str>]>,
    generation: Generation,
}

impl Site {
    /// The generation of this portal's pages; raised by every commit that changes one of them.
    pub fn generation(&self) -> u64 {
        self.generation.0.load(Ordering::Acquire)
    }

    /// The main host name.
    pub fn main_host(&self) -> &str {
        self.hosts.first().map_or("", |host| host)
    }

    /// What pages of other portals say of this one: a link to it, while it is open.
    fn link(&self) -> (&str, &str, &str, TenantState) {
        (&self.name, &self.short_name, self.main_host(), self.state)
    }

    /// Where its superior's page shows it.
    fn place(&self) -> (Option<TenantId>, &str) {
        (self.parent, &self.division_code)
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

impl Snapshot {
    fn find(&self, tenant: Uuid) -> Option<&Arc<Site>> {
        self.by_id.get(&tenant).map(|at| &self.sites[*at as usize])
    }

    fn below(&self, tenant: Uuid) -> impl Iterator<Item = &Arc<Site>> {
        self.below.get(&tenant).into_iter().flatten().map(|at| &self.sites[*at as usize])
    }

    /// The portal and everything below it.
    fn subtree(&self, root: Uuid, mut each: impl FnMut(&Arc<Site>)) {
        let mut open: Vec<&Arc<Site>> = self.find(root).into_iter().collect();
        while let Some(site) = open.pop() {
            each(site);
            open.extend(self.below(site.tenant.uuid()));
        }
    }
}

/// The directory itself: read without locks, replaced as a whole when tenants change.
#[derive(Default)]
pub struct Sites {
    now: ArcSwap<Snapshot>,
    /// Every portal that this process ever knew, so that no slot and no generation is given out twice.
    ledger: Mutex<HashMap<Uuid, (Slot, Generation)>>,
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

    /// The portal of `host`, and a generation of its pages that is not newer than what is said here of the portal: what is
    /// rendered from it may be kept under that generation.
    pub fn to_render(&self, host: &str) -> Option<(Arc<Site>, u64)> {
        loop {
            let (slot, generation) = self.with_host(host, |site| (site.slot, site.generation()))?;
            let site = self.by_host(host)?;
            // Another portal may have been given the name between the two looks.
            if site.slot == slot {
                return Some((site, generation));
            }
        }
    }

    /// The portal with this slug.
    pub fn by_slug(&self, slug: &str) -> Option<Arc<Site>> {
        let now = self.now.load();
        now.by_slug.get(slug).map(|at| Arc::clone(&now.sites[*at as usize]))
    }

    /// The portal of a proven tenant.
    pub fn by_id(&self, tenant: TenantId) -> Option<Arc<Site>> {
        let now = self.now.load();
        now.find(tenant.uuid()).cloned()
    }

    /// The portal that a record names by its identifier, such as a hop of a provenance.
    pub fn by_record(&self, tenant: &str) -> Option<Arc<Site>> {
        let now = self.now.load();
        Uuid::try_parse(tenant).ok().and_then(|id| now.find(id).cloned())
    }

    /// The portals directly below, in the order of their division codes.
    pub fn children(&self, tenant: TenantId) -> Vec<Arc<Site>> {
        self.now.load().below(tenant.uuid()).cloned().collect()
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
        while let Some(site) = next.and_then(|id| now.find(id.uuid())).filter(|_| line.len() < 16) {
            next = site.parent;
            line.push(Arc::clone(site));
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
        let begin = now.sites.partition_point(|site| site.slot.0 < from);
        for site in now.sites[begin..].iter().filter(|site| wanted(site)) {
            if found.len() == limit {
                return (found, Some(site.slot.0));
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
        if let Some(site) = self.now.load().find(tenant) {
            site.generation.raise();
        }
    }

    /// Makes the pages of a portal and of all below it old.
    pub(crate) fn raise_subtree(&self, root: Uuid) {
        self.now.load().subtree(root, |site| site.generation.raise());
    }

    /// Replaces the directory, and then makes the pages old that show something which changed: only then, because a page
    /// that is missed in between must be rendered from the new directory or be kept under the old generation.
    pub(crate) fn replace(&self, tenants: Vec<tenant::Model>, hosts: Vec<host::Model>) {
        let before = self.now.load_full();
        let made = Arc::new(self.snapshot(tenants, hosts));
        let old = overtaken(&before, &made);
        self.now.store(made);
        for site in old.values() {
            site.generation.raise();
        }
    }

    fn snapshot(&self, tenants: Vec<tenant::Model>, hosts: Vec<host::Model>) -> Snapshot {
        let mut hosts_of: HashMap<Uuid, Vec<host::Model>> = HashMap::with_capacity(tenants.len());
        for row in hosts {
            hosts_of.entry(row.tenant_id).or_default().push(row);
        }
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let mut made = Snapshot::default();
        for row in tenants {
            let next = Slot(u32::try_from(ledger.len()).unwrap_or(u32::MAX));
            let (slot, generation) = ledger.entry(row.id).or_insert_with(|| (next, Generation::default())).clone();
            let mut hosts = hosts_of.remove(&row.id).unwrap_or_default();
            hosts.sort_by_key(|host| host.position);
            made.sites.push(Arc::new(site(slot, row, hosts, generation)));
        }
        made.sites.sort_by_key(|site| site.slot);
        for (at, site) in (0u32..).zip(&made.sites) {
            for host in &site.hosts {
                made.by_host.insert(host.clone(), at);
            }
            made.by_id.insert(site.tenant.uuid(), at);
            made.by_slug.insert(site.slug.clone(), at);
            if let Some(parent) = site.parent {
                made.below.entry(parent.uuid()).or_default().push(at);
            }
        }
        let sites = &made.sites;
        for below in made.below.values_mut() {
            below.sort_by(|a, b| sites[*a as usize].division_code.cmp(&sites[*b as usize].division_code));
        }
        made
    }
}

/// The portals whose pages show something that differs between two snapshots, by their slot: each that changed; its
/// superior and those directly below, which link to it; those that it succeeds; and, for a new name or host, everything
/// below, where mirrors name their origin.
fn overtaken(before: &Snapshot, after: &Snapshot) -> HashMap<Slot, Arc<Site>> {
    let mut old: HashMap<Slot, Arc<Site>> = HashMap::new();
    let mut linked: HashSet<&str> = HashSet::new();
    let known: HashSet<Uuid> = before.by_id.keys().chain(after.by_id.keys()).copied().collect();
    for tenant in known {
        let (was, is) = (before.find(tenant), after.find(tenant));
        if was == is {
            continue;
        }
        let mut add = |site: &Arc<Site>| {
            old.insert(site.slot, Arc::clone(site));
        };
        was.into_iter().chain(is).for_each(&mut add);
        if was.map(|site| (site.link(), site.place())) == is.map(|site| (site.link(), site.place())) {
            continue;
        }
        for (tree, site) in [(before, was), (after, is)] {
            let Some(site) = site else { continue };
            site.parent.and_then(|parent| tree.find(parent.uuid())).into_iter().for_each(&mut add);
            tree.below(tenant).for_each(&mut add);
            linked.insert(&site.slug);
        }
        if was.is_some_and(|was| is.is_some_and(|is| was.link() != is.link())) {
            after.subtree(tenant, &mut add);
        }
    }
    for site in after.sites.iter().filter(|site| linked.contains(&*site.successor)) {
        old.insert(site.slot, Arc::clone(site));
    }
    old
}

fn site(slot: Slot, row: tenant::Model, hosts: Vec<host::Model>, generation: Generation) -> Site {
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
        state_until: row.state_until.map(Timestamp),
        successor: row.successor.into(),
        theme: row.theme.into(),
        skin: row.skin.into(),
        rehearsal: row.rehearsal != 0,
        furniture: serde_json::from_str(&row.furniture).unwrap_or_default(),
        hosts: hosts.into_iter().map(|host| host.host.into()).collect(),
        generation,
    }
}

#[cfg(test)]
mod tests;
