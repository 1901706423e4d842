//! The checker at work: addresses are gathered when something is published, and looked at when their time has come.

use base::outbound::Outbound;
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, Timestamp};
use content::DocumentId;
use content::document::{self, DocumentError};
use content::link::{self, LinkError, LinkRule, LinkRules, Standing};
use serde::Deserialize;

use super::acts::{self, Due};
use super::judge::{Verdict, hidden_links, judge, outside_links};
use crate::polite::{self, Guest, Seen, VisitError};

/// Name of the job that gathers the addresses of one subject.
pub const GATHER: &str = "link.gather";
/// Name of the job that looks at the addresses of one portal.
pub const CHECK: &str = "link.check";

/// Why a run failed; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A link entry could not be read.
    #[error(transparent)]
    Link(#[from] LinkError),
}

#[derive(Deserialize)]
struct About {
    subject: DocumentId,
}

/// Gathers the outside addresses of a link entry or a published document. Run twice, it changes nothing.
///
/// # Errors
/// [`CheckError`].
pub async fn gather(store: &Store, rules: &LinkRules, job: &Claimed, now: Timestamp) -> Result<Outcome, CheckError> {
    let Ok(About { subject }) = serde_json::from_str(&job.payload) else { return Ok(Outcome::Done) };
    let Some(rule) = rules.at(now) else { return Ok(Outcome::Done) };
    let tx = store.tenant(job.tenant()).await?;
    match link::find(&tx, subject).await {
        Ok(entry) => {
            let shown = entry.standing == Standing::Live;
            let links: Vec<_> = link::address(&entry.url).into_iter().filter(|_| shown).collect();
            acts::gather(&tx, subject, true, &entry.title, (&links, &[]), rule, now).await?;
        }
        Err(LinkError::Missing) => {
            let live = match document::live_edition(&tx, subject).await {
                Ok(live) => Some(live.fields),
                Err(DocumentError::NotLive | DocumentError::Missing) => None,
                Err(error) => return Err(error.into()),
            };
            let (title, html) = live.map(|fields| (fields.title, fields.body_html)).unwrap_or_default();
            let own = |host: &str| store.sites().with_host(host, |_| ()).is_some();
            let links: Vec<_> = outside_links(&html, own).into_iter().map(|(url, _)| url).collect();
            acts::gather(&tx, subject, false, &title, (&links, &hidden_links(&html)), rule, now).await?;
        }
        Err(error) => return Err(error.into()),
    }
    tx.enqueue(CHECK, &format!("links:{}", job.tenant()), "{}", now, now).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Looks at the addresses of one portal whose time has come, ends entries that nobody renewed, and says when to look again.
///
/// # Errors
/// [`CheckError`].
pub async fn check(
    store: &Store,
    outbound: &Outbound,
    guest: &Guest,
    rules: &LinkRules,
    job: &Claimed,
    clock: &dyn base::Clock,
) -> Result<Outcome, CheckError> {
    let now = clock.now();
    let Some(rule) = rules.at(now) else { return Ok(Outcome::Done) };
    let tx = store.tenant(job.tenant()).await?;
    link::expire_due(&tx, now).await?;
    let due = acts::due(&tx, rule.batch, now).await?;
    tx.commit().await?;
    for one in &due {
        let looked = look(store, outbound, guest, rule, one, now).await;
        let tx = store.tenant(job.tenant()).await?;
        match looked {
            Look::Seen(verdict) => acts::record(&tx, one, &verdict, rule, now).await?,
            Look::Later(at) => acts::postpone(&tx, one, at).await?,
            Look::Failed(error) => return Err(error.into()),
        }
        tx.commit().await?;
    }
    let tx = store.reading(job.tenant()).await?;
    let next = acts::next(&tx).await?;
    let ending = link::expiring(&tx, Timestamp(i64::MAX)).await?.into_iter().find_map(|entry| entry.expires_at);
    tx.commit().await?;
    let soonest = now.plus_minutes(1);
    match [next, ending].into_iter().flatten().min() {
        Some(at) => Ok(Outcome::Again(at.max(soonest))),
        None => Ok(Outcome::Done),
    }
}

enum Look {
    Seen(Verdict),
    Later(Timestamp),
    Failed(StoreError),
}

async fn look(store: &Store, outbound: &Outbound, guest: &Guest, rule: &LinkRule, due: &Due, now: Timestamp) -> Look {
    let visited = guest.visit(store, outbound, &due.url, &Seen::default(), rule.pace_millis, now).await;
    let answer = match visited {
        Ok(answer) => Ok(answer),
        Err(VisitError::Later(at)) => return Look::Later(at),
        // A guest who is not let in says nothing about the house.
        Err(VisitError::Robots(_)) => return Look::Later(now.plus_hours(rule.check_hours)),
        Err(VisitError::Store(error)) => return Look::Failed(error),
        Err(VisitError::Outbound(error)) => Err(error),
    };
    let text = answer.as_ref().map(polite::text).unwrap_or_default();
    Look::Seen(judge(&due.url, &answer, &text, rule))
}
