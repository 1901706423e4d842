//! The inferior's side of what lies below the border: how each of its own portals stands under an order of the superior, told
//! in pages, and only what moved since it was told.

use exchange::order::{self, Told, Untold};
use sea_orm::EntityTrait;

use super::FederationError;
use super::pull::Look;
use super::rows::peer_order;
use super::wire::{Held, PortalLine, Portals};

/// Messages of one look: the rest is told at the next, so that a first report of a large province delays no order.
const PAGES: usize = 50;

impl Look<'_> {
    /// Tells how the portals stand under each order that the superior listens to.
    pub(super) async fn portals(&self, held: &[Held]) -> Result<(), FederationError> {
        let tx = self.means.store.overlook(self.reach()).await?;
        let known = tx.all(peer_order::Entity::find()).await?;
        tx.commit().await?;
        let mut left = PAGES;
        for one in held {
            let Some(known) = known.iter().find(|known| known.remote_order == one.order) else { continue };
            self.agree(known, one).await?;
            while left > 0 && self.tell_page(known).await? {
                left -= 1;
            }
        }
        Ok(())
    }

    /// A side that came back from a backup, or a new pairing, does not hold what the other remembers: then all is told again.
    async fn agree(&self, known: &peer_order::Model, held: &Held) -> Result<(), FederationError> {
        let tx = self.means.store.overlook(self.reach()).await?;
        let told = order::told(&tx, known.order_id).await?;
        tx.commit().await?;
        if told == (Told { lines: held.lines, versions: held.versions }) {
            return Ok(());
        }
        let tx = self.subtree().await?;
        order::untell(&tx, known.order_id).await?;
        Ok(tx.commit().await?)
    }

    /// One page; false when nothing is left to tell.
    async fn tell_page(&self, known: &peer_order::Model) -> Result<bool, FederationError> {
        let tx = self.means.store.overlook(self.reach()).await?;
        let lines = order::untold(&tx, known.order_id, self.line.rule.portals_per_message).await?;
        tx.commit().await?;
        if lines.is_empty() {
            return Ok(false);
        }
        let said = Portals { order: known.remote_order, lines: lines.iter().map(|line| self.line_of(line)).collect() };
        let _: serde_json::Value = self.line.post("portals", &said).await?;
        let tx = self.subtree().await?;
        order::tell(&tx, known.order_id, &lines).await?;
        tx.commit().await?;
        Ok(true)
    }

    fn line_of(&self, line: &Untold) -> PortalLine {
        let sites = self.means.store.sites();
        let site = sites.by_id(line.tenant_id);
        let site = site.as_deref();
        let host = site.map(|site| site.main_host().to_owned()).unwrap_or_default();
        let parent = site.and_then(|site| site.parent).and_then(|parent| sites.by_id(parent));
        let address = line.address.as_deref().map(|path| self.means.addresses.absolute(&host, path));
        PortalLine {
            portal: line.tenant_id.uuid(),
            version: line.version,
            name: site.map(|site| site.name.to_string()).unwrap_or_default(),
            parent: parent.map(|parent| parent.name.to_string()).unwrap_or_default(),
            level: site.map(|site| site.level.as_str().to_owned()).unwrap_or_default(),
            division_code: site.map(|site| site.division_code.to_string()).unwrap_or_default(),
            site: host,
            standing: line.standing.clone(),
            late: line.late != 0,
            limit_hours: line.limit_hours,
            due_at: base::Timestamp(line.due_at),
            placed_at: line.published_at.map(base::Timestamp),
            proven_at: line.proven_at.map(base::Timestamp),
            url: address.unwrap_or_default(),
            failure: line.failure.clone(),
        }
    }
}
