//! Looking at a portal outside: a round over its lists and whatever is new in them, at a guest's pace. The network is used
//! between two transactions; each step is recorded, so that a round goes on where it was interrupted.

mod find;
mod keep;
mod round;

use base::outbound::{Outbound, OutboundError};
use base::queue::{Claimed, Outcome};
use base::store::StoreError;
use base::{Store, TenantTx, Timestamp, sm3_hex};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::Deserialize;
use url::Url;

use self::round::{Round, Step};
use super::model::OutsideError;
use super::portal::{Portal, PortalFields, PortalState};
use super::registry::json;
use super::rows::portal as rows;
use super::rules::{OutsideRule, OutsideRules};
use super::{PortalId, read, views};
use crate::polite::{self, Guest, Seen, VisitError};

/// Name of the job.
pub const LOOK: &str = "outside.look";
/// Visits of one run; the next one goes on.
const STEPS: usize = 30;

/// Payload of jobs about a portal.
#[derive(Deserialize)]
pub(super) struct About {
    pub portal: PortalId,
}

/// Asks for a look at portals.
pub(super) async fn ask(
    tx: &TenantTx,
    portals: &[PortalId],
    run_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let job = |portal: &PortalId| (format!("{LOOK}:{portal}"), format!("{{\"portal\":\"{portal}\"}}"));
    tx.enqueue_many(LOOK, &portals.iter().map(job).collect::<Vec<_>>(), run_at, now).await
}

/// How an address is remembered.
pub(super) fn url_hash(url: &str) -> String {
    sm3_hex(url.as_bytes())[..40].to_owned()
}

/// A moment later: another run, but not in this very instant.
pub(super) fn soon(now: Timestamp) -> Timestamp {
    now.plus_seconds(1)
}

/// What a visit needs.
pub(super) struct Eyes<'a> {
    pub store: &'a Store,
    pub outbound: &'a Outbound,
    pub guest: &'a Guest,
    pub pace_ms: i64,
    pub now: Timestamp,
}

/// What came of a visit.
#[derive(Debug)]
pub(super) enum Visited {
    /// A page, in whatever character set it came.
    Page { html: String, at: Url, seen: Seen },
    /// A document file that stands where an article was looked for.
    File { name: String, hash: String },
    /// It did not change since the last visit.
    Unchanged,
    /// Nothing that can be read, and why, in one word.
    Trouble(String),
    /// The host's turn is later.
    Later(Timestamp),
}

impl Visited {
    /// Why there is nothing to read; empty when there is.
    pub fn trouble(&self) -> String {
        match self {
            Self::Trouble(word) => word.clone(),
            _ => String::new(),
        }
    }
}

impl Eyes<'_> {
    /// Visits an address as a guest.
    ///
    /// # Errors
    /// [`StoreError`] when the turn cannot be taken.
    pub async fn visit(&self, fields: &PortalFields, url: &Url, seen: &Seen) -> Result<Visited, StoreError> {
        let trouble = |word: &str| Ok(Visited::Trouble(word.to_owned()));
        let fetched = match self.guest.visit(self.store, self.outbound, url, seen, self.pace_ms, self.now).await {
            Ok(fetched) => fetched,
            Err(VisitError::Later(at)) => return Ok(Visited::Later(at)),
            Err(VisitError::Robots(_)) => return trouble("robots"),
            Err(VisitError::Outbound(OutboundError::Private(_))) => return trouble("private"),
            Err(VisitError::Outbound(OutboundError::TooLarge(_))) => {
                // It is there, and it is not opened anyway.
                let file = read::file_name(url.path()).map(|name| Visited::File { name, hash: String::new() });
                return file.map_or_else(|| trouble("too_large"), Ok);
            }
            Err(VisitError::Outbound(OutboundError::Redirects)) => return trouble("redirects"),
            Err(VisitError::Outbound(error)) => {
                tracing::debug!(%url, %error, "a portal outside did not answer");
                return trouble("unreachable");
            }
            Err(VisitError::Store(error)) => return Err(error),
        };
        if fetched.status == 304 {
            return Ok(Visited::Unchanged);
        }
        if fetched.status != 200 {
            return Ok(Visited::Trouble(format!("status_{}", fetched.status)));
        }
        let mime = fetched.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let html = mime.contains("html");
        if let Some(name) = read::file_name(fetched.url.path()).filter(|_| !html && !fetched.body.is_empty()) {
            return Ok(Visited::File { name, hash: sm3_hex(&fetched.body) });
        }
        if !mime.is_empty() && !["html", "text", "xml"].iter().any(|kind| mime.contains(kind)) {
            return trouble("not_html");
        }
        // Redirected to the front page: what was asked for is not there, whatever the status says.
        if read::leads_home(fields, url, &fetched.url) {
            return trouble("home");
        }
        Ok(Visited::Page { html: polite::text(&fetched), at: fetched.url.clone(), seen: Seen::of(&fetched) })
    }
}

/// Looks at one portal for all that is asked of it, as far as its turn allows.
///
/// # Errors
/// [`OutsideError`]; the job is tried again.
pub async fn look(
    store: &Store,
    outbound: &Outbound,
    guest: &Guest,
    rules: &OutsideRules,
    job: &Claimed,
    now: Timestamp,
) -> Result<Outcome, OutsideError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let rule = rules.at(now).ok_or(OutsideError::NoRule)?;
    let tx = store.reading(job.tenant()).await?;
    let portal = match views::find(&tx, about.portal).await {
        Err(OutsideError::Missing) => return Ok(Outcome::Done),
        other => other?,
    };
    if portal.state != PortalState::Active {
        return Ok(Outcome::Done);
    }
    let mut round = match Round::resumed(&portal.round) {
        Some(round) => round,
        None => {
            let again = find::asked_again(&tx, portal.id).await?;
            if again.is_empty() && !find::is_watched(&tx, portal.id, rule, now).await? {
                return Ok(Outcome::Done);
            }
            Round::begun(&portal.round, again, now)
        }
    };
    tx.commit().await?;
    let eyes = Eyes { store, outbound, guest, pace_ms: rule.pace_ms, now };
    let ended = walk(&eyes, job, &portal, &mut round, rule).await;
    match ended {
        Err(OutsideError::Store(StoreError::Stale)) => return Ok(Outcome::Again(soon(now))),
        Err(error) => return Err(error),
        Ok(Some(at)) => return Ok(Outcome::Again(at)),
        Ok(None) => {}
    }
    find::judge_all(store, job, &portal, rule, now).await?;
    finish(store, job, &portal, round, rule, now).await
}

/// Goes from step to step until the round is over (none) or must wait (until when).
async fn walk(
    eyes: &Eyes<'_>,
    job: &Claimed,
    portal: &Portal,
    round: &mut Round,
    rule: &OutsideRule,
) -> Result<Option<Timestamp>, OutsideError> {
    for _ in 0..STEPS {
        let Some(step) = round.next(&portal.fields, rule) else { return Ok(None) };
        let (url, seen) = match &step {
            Step::List { url, .. } => (url.clone(), round.seen(url)),
            Step::Article(todo) => (todo.url.clone(), Seen::default()),
        };
        let visited = match Url::parse(&url) {
            Ok(parsed) => eyes.visit(&portal.fields, &parsed, &seen).await?,
            Err(_) => Visited::Trouble("address".to_owned()),
        };
        if let Visited::Later(at) = visited {
            return Ok(Some(at));
        }
        let tx = eyes.store.tenant(job.tenant()).await?;
        match step {
            Step::List { url, .. } => find::take_list(&tx, portal, round, &url, visited, rule, eyes.now).await?,
            Step::Article(todo) => keep::take_article(&tx, portal, round, todo, &visited, eyes.now).await?,
        }
        keep(&tx, portal, round).await?;
        tx.commit().await?;
    }
    Ok(Some(soon(eyes.now)))
}

/// Records where a round stands.
async fn keep(tx: &TenantTx, portal: &Portal, round: &Round) -> Result<(), StoreError> {
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Round, Expr::value(json(round)))
        .filter(rows::Column::Id.eq(portal.id))
        .filter(rows::Column::Version.eq(portal.version));
    tx.change_one(update).await
}

async fn finish(
    store: &Store,
    job: &Claimed,
    portal: &Portal,
    round: Round,
    rule: &OutsideRule,
    now: Timestamp,
) -> Result<Outcome, OutsideError> {
    let tx = store.tenant(job.tenant()).await?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::LookedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::Trouble, Expr::value(round.troubles()))
        .col_expr(rows::Column::Round, Expr::value(json(&round.over())))
        .filter(rows::Column::Id.eq(portal.id))
        .filter(rows::Column::Version.eq(portal.version));
    tx.change(update).await?;
    keep::let_go(&tx, portal.id, rule, now).await?;
    let watched = find::is_watched(&tx, portal.id, rule, now).await?;
    tx.commit().await?;
    Ok(if watched { Outcome::Again(now.plus_minutes(rule.every_minutes)) } else { Outcome::Done })
}
