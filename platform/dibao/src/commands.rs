//! One file per group of commands. Each answers with its exit code.

pub mod audience;
pub mod commissions;
pub mod crawl;
pub mod doctor;
pub mod documents;
pub mod evidence;
pub mod federation;
pub mod jobs;
pub mod joint;
pub mod orders;
pub mod outside;
pub mod people;
pub mod points;
pub mod serve;
pub mod submissions;
pub mod tenants;

use std::sync::Arc;

use anyhow::{Context, Result};
use base::duty::{Duty, Grant, Role, Staff};
use base::{Principal, Site, Store, TenantId};

/// Done.
pub const DONE: u8 = 0;
/// Something is not as it must be.
pub const FOUND: u8 = 3;

/// A portal by its slug.
pub fn site(store: &Store, slug: &str) -> Result<Arc<Site>> {
    store.sites().by_slug(slug).with_context(|| {
        let sites = store.sites().all();
        let near = base::config::nearest(slug, sites.iter().map(|site| &*site.slug));
        near.map_or_else(
            || format!("there is no portal {slug}"),
            |near| format!("there is no portal {slug}; did you mean {near}?"),
        )
    })
}

/// The slug of a portal; empty for one that is not in the directory.
pub fn slug(store: &Store, tenant: TenantId) -> String {
    store.sites().by_id(tenant).map(|site| site.slug.to_string()).unwrap_or_default()
}

/// The command line has the database itself in its hands: it acts with every duty at one tenant and below, in a name that
/// the record keeps.
pub fn operator(at: &Site, name: &str) -> Principal {
    let all = [Role::CentralDuty, Role::TenantAdmin];
    let grants = all.into_iter().map(|role| Grant { role, tenant: at.tenant, subtree: true }).collect();
    Principal { id: uuid::Uuid::nil(), actor: format!("cli:{name}"), name: name.to_owned(), grants }
}

/// Proof of one duty at a portal, with the portal.
pub fn proven<D: Duty>(store: &Store, slug: &str, actor: &str) -> Result<(Arc<Site>, Staff<D>)> {
    let at = site(store, slug)?;
    let staff = operator(&at, actor).staff::<D>(store.sites(), at.tenant)?;
    Ok((at, staff))
}

/// Prints a value as JSON.
pub fn print(value: &impl serde::Serialize) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A word in this language for the name in records, when nobody gave one.
pub fn user() -> String {
    std::env::var("USER").ok().filter(|user| !user.is_empty()).unwrap_or_else(|| "operator".to_owned())
}
