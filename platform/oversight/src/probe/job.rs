//! The probe's job: read what is expected, look without a transaction, record what was seen.

use base::outbound::{Destination, Limits, Outbound};
use base::queue::{Claimed, Outcome};
use base::tenancy::{Sites, TenantState};
use base::{Site, Store, StoreError, TenantId};
use content::document::{self, DocumentError, WithdrawalKind};
use content::placement::{self, PER_PAGE, Placement};
use exchange::detachment::{self, Standing as Detached};
use exchange::obligation::{self, ObligationError, ProofError, Standing};
use exchange::{Kind, RepostRules};
use url::Url;

use super::judge::{Expected, Listing, Page, Recalled, judge_absence, judge_presence};

/// How public addresses of the platform's portals are written.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// `http` or `https`.
    pub scheme: String,
    /// Port in addresses, when it is not the scheme's own.
    pub port: Option<u16>,
}

impl Addresses {
    /// The absolute address of a path on a host.
    pub fn absolute(&self, host: &str, path: &str) -> String {
        match self.port {
            Some(port) => format!("{}://{host}:{port}{path}", self.scheme),
            None => format!("{}://{host}{path}", self.scheme),
        }
    }

    /// Where the address of something withdrawn leads on the portal of `holder`. A path is the origin's: on every mirror it
    /// leads to the origin's host, unless the portal went on with a text of its own.
    pub fn leads(&self, sites: &Sites, holder: TenantId, seat: &Placement) -> Option<String> {
        let withdrawal = seat.withdrawal.as_ref()?;
        if !matches!(withdrawal.kind, WithdrawalKind::Redirect | WithdrawalKind::Replaced) {
            return None;
        }
        if !withdrawal.target.starts_with('/') {
            return Some(withdrawal.target.clone());
        }
        let host = if withdrawal.here { holder } else { seat.origin };
        sites.by_id(host).map(|origin| self.absolute(origin.main_host(), &withdrawal.target))
    }
}

impl border::federation::jobs::Addressing for Addresses {
    fn absolute(&self, host: &str, path: &str) -> String {
        Self::absolute(self, host, path)
    }
}

/// Why a probe could not do its work; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ProbeFailure {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An obligation could not be read.
    #[error(transparent)]
    Obligation(#[from] ObligationError),
    /// An edition could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// Looks at one portal for one order. The network is used between two transactions, never inside one.
///
/// # Errors
/// [`ProbeFailure`]: nothing was recorded, the job is tried again.
pub async fn run(
    store: &Store,
    outbound: &Outbound,
    addresses: &Addresses,
    rules: &RepostRules,
    job: &Claimed,
    clock: &dyn base::Clock,
) -> Result<Outcome, ProbeFailure> {
    let Ok(about) = serde_json::from_str::<exchange::order::jobs::About>(&job.payload) else {
        return Ok(Outcome::Done);
    };
    let Some(site) = store.sites().by_id(job.tenant()) else { return Ok(Outcome::Done) };
    let reading = store.reading(job.tenant()).await?;
    let debt = match obligation::find(&reading, about.order).await {
        Err(ObligationError::Missing) => return Ok(Outcome::Done),
        other => other?,
    };
    if !matches!(debt.standing, Standing::Published | Standing::Failed) {
        return Ok(Outcome::Done);
    }
    // Nobody can see a portal that is not open; the time keeper sends the probe again when it is back.
    if debt.standing == Standing::Failed && site.state != TenantState::Live {
        return Ok(Outcome::Done);
    }
    let Some(seat) = placement::by_document(&reading, debt.document).await? else { return Ok(Outcome::Done) };
    let page = placement::place_in_list(&reading, &seat).await?;
    let look = Look { outbound, addresses, site: &site };
    let list = placement::list_path(&seat.column, page);
    let seen = if debt.kind == Kind::Recall {
        // A text of its own that was made of the recalled one is a copy, too, until it is off the pages.
        let own = match detachment::find(&reading, debt.document).await {
            Ok(own) => matches!(own.standing, Detached::Drafted | Detached::Detached),
            Err(_) => false,
        };
        reading.commit().await?;
        let leads = addresses.leads(store.sites(), job.tenant(), &seat);
        let mut seen = look.for_absence(Recalled { leads, address: seat.address }, &list, &seat.column).await;
        if own {
            seen.missing.push("own_copy".to_owned());
        }
        seen
    } else {
        let edition = document::opened_edition(&reading, &debt).await?;
        reading.commit().await?;
        let expected = Expected {
            title: edition.fields.title,
            source: edition.fields.source,
            text_hash: edition.text_hash,
            site_code: site.site_code.to_string(),
            address: seat.address,
            column: seat.column,
            before: usize::try_from((page - 1) * PER_PAGE).unwrap_or(usize::MAX),
        };
        let article = look.at(&expected.address).await;
        judge_presence(&expected, &article, &look.at(&list).await)
    };
    let now = clock.now();
    let pace = rules.at(debt.issued_at).map(|rule| rule.probe).unwrap_or_default();
    let tx = store.tenant(job.tenant()).await?;
    match obligation::prove(&tx, about.order, debt.edition, &seen, job.attempts, &pace, now).await {
        Ok(again) => {
            tx.commit().await?;
            Ok(again.map_or(Outcome::Done, Outcome::Later))
        }
        // A newer edition or the end of the order brings its own probes.
        Err(ProofError::MovedOn) => Ok(Outcome::Done),
        Err(ProofError::Store(error)) => Err(error.into()),
    }
}

/// Eyes on one portal.
struct Look<'a> {
    outbound: &'a Outbound,
    addresses: &'a Addresses,
    site: &'a Site,
}

/// Bounds for whatever lists addresses: a sitemap may name 50,000 of them.
const LISTING: Limits = Limits { bytes: 16 * 1024 * 1024, redirects: 0 };

impl Look<'_> {
    async fn at(&self, path: &str) -> Page {
        self.fetch(path, Limits::page()).await
    }

    /// The article, and everything on which the portal might still list it.
    async fn for_absence(&self, recalled: Recalled, list: &str, column: &str) -> exchange::obligation::Sighted {
        let article = self.at(&recalled.address).await;
        let feeds = ["feed.atom", "feed.rss"];
        let optional = feeds
            .iter()
            .flat_map(|feed| [format!("/{column}/{feed}"), format!("/{feed}")])
            .chain(std::iter::once("/sitemap.xml".to_owned()));
        let paths =
            [list, "/"].into_iter().map(|path| (path.to_owned(), false)).chain(optional.map(|path| (path, true)));
        let mut listings = Vec::with_capacity(7);
        for (path, optional) in paths {
            listings.push(Listing { page: self.fetch(&path, LISTING).await, optional });
        }
        judge_absence(&recalled, &article, &listings)
    }

    async fn fetch(&self, path: &str, limits: Limits) -> Page {
        let url = self.addresses.absolute(self.site.main_host(), path);
        let nothing = |url: String| Page { url, status: 0, location: None, body: String::new(), elapsed_micros: 0 };
        let Ok(parsed) = Url::parse(&url) else { return nothing(url) };
        match self.outbound.get(&parsed, Destination::Platform, limits).await {
            Ok(fetched) => Page {
                url,
                status: fetched.status,
                location: fetched.location.map(String::from),
                body: String::from_utf8_lossy(&fetched.body).into_owned(),
                elapsed_micros: fetched.elapsed_micros,
            },
            Err(error) => {
                tracing::debug!(%url, %error, "a portal did not answer its probe");
                nothing(url)
            }
        }
    }
}
