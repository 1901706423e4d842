//! For whom something is asked, as it is typed: the same words for orders, commissions and quotas.

use std::sync::Arc;

use anyhow::{Context, Result};
use base::{Level, Site, Store, TenantId};
use clap::Args;
use exchange::Audience;
use serde::Deserialize;

use super::site;

/// Portals addressed.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addressed {
    /// Below which portal; the issuer when left out. With --include and neither this nor --levels, only the listed
    #[arg(long)]
    subtree: Option<String>,
    /// Levels; none means every level
    #[arg(long, value_delimiter = ',')]
    levels: Vec<String>,
    /// Portals addressed whatever their level
    #[arg(long, value_delimiter = ',')]
    include: Vec<String>,
    /// Portals left out
    #[arg(long, value_delimiter = ',')]
    exclude: Vec<String>,
    /// Only to portals that are there to practise
    #[arg(long)]
    rehearsal: bool,
}

impl Addressed {
    /// The audience that is meant; what is unknown, or outside the issuer's subtree, is refused by name.
    pub fn read(&self, store: &Store, issuer: &Arc<Site>) -> Result<Audience> {
        let below = |slug: &String| -> Result<TenantId> {
            let tenant = site(store, slug)?.tenant;
            anyhow::ensure!(
                store.sites().is_within(tenant, issuer.tenant),
                "{slug} is not in the subtree of {}: an issuer reaches its own subtree only",
                issuer.slug
            );
            Ok(tenant)
        };
        let each = |slugs: &[String]| slugs.iter().map(below).collect::<Result<Vec<_>>>();
        let levels = self.levels.iter().map(|word| Level::parse(word).with_context(|| format!("{word} is no level")));
        let audience = Audience::meant(
            issuer.tenant,
            self.subtree.as_ref().map(below).transpose()?,
            levels.collect::<Result<_>>()?,
            each(&self.include)?,
            each(&self.exclude)?,
        );
        Ok(audience.rehearsed(self.rehearsal))
    }
}
