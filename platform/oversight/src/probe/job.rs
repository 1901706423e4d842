//! The probe's job: read what is expected, look without a transaction, record what was seen.

use base::outbound::{Destination, Limits, Outbound};
use base::queue::{Claimed, Outcome};
use base::{Store, StoreError};
use content::document::{self, DocumentError};
use content::placement;
use exchange::obligation::{self, ObligationError, ProofError, Standing};
use exchange::{Kind, RepostRules};
use url::Url;

use super::judge::{Expected, Page, judge_absence, judge_presence};

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
    let Some(seat) = placement::by_document(&reading, debt.document).await? else { return Ok(Outcome::Done) };
    let look = |path: &str| fetch(outbound, addresses.absolute(site.main_host(), path));
    let list_path = format!("/{}/", seat.column);
    let seen = if debt.kind == Kind::Recall {
        reading.commit().await?;
        let article = look(&seat.address).await;
        let mut others = Vec::with_capacity(3);
        for path in [list_path.as_str(), "/", "/feed.atom"] {
            others.push(look(path).await);
        }
        judge_absence(&seat.address, &article, &others)
    } else {
        let edition = document::opened_edition(&reading, &debt).await?;
        reading.commit().await?;
        let expected = Expected {
            title: edition.fields.title,
            source: edition.fields.source,
            text_hash: edition.text_hash,
            site_code: site.site_code.to_string(),
            address: seat.address.clone(),
            column: seat.column.clone(),
        };
        let article = look(&seat.address).await;
        let list = look(&list_path).await;
        judge_presence(&expected, &article, &list)
    };
    let now = clock.now();
    let pace = rules.at(now).map(|rule| rule.probe).unwrap_or_default();
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

async fn fetch(outbound: &Outbound, url: String) -> Page {
    let Ok(parsed) = Url::parse(&url) else { return Page { url, status: 0, body: String::new(), elapsed_micros: 0 } };
    match outbound.get(&parsed, Destination::Platform, Limits::page()).await {
        Ok(fetched) => Page {
            url,
            status: fetched.status,
            body: String::from_utf8_lossy(&fetched.body).into_owned(),
            elapsed_micros: fetched.elapsed_micros,
        },
        Err(error) => {
            tracing::debug!(%url, %error, "a portal did not answer its probe");
            Page { url, status: 0, body: String::new(), elapsed_micros: 0 }
        }
    }
}
