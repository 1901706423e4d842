//! Trying the patterns of a portal on its live site: the first articles that they find, and what was read of each.

use base::outbound::Outbound;
use base::queue::{Claimed, Outcome};
use base::{Store, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use url::Url;

use super::model::OutsideError;
use super::portal::Portal;
use super::read;
use super::registry::json;
use super::rows::portal as rows;
use super::rules::OutsideRules;
use super::views;
use super::watch::{self, About, Eyes, Visited};
use crate::polite::{Guest, Seen};

/// Name of the job.
pub const TRY: &str = "outside.try";
/// Articles that a trial reads.
const FIRST: usize = 10;
/// Visits of one run; the next one goes on.
const STEPS: usize = 20;

/// What a trial found, as far as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was over.
    pub done_at: Option<Timestamp>,
    /// List pages that were read: address, articles found, trouble.
    pub lists: Vec<(String, usize, String)>,
    /// The articles.
    pub articles: Vec<Tried>,
    queue: Vec<String>,
}

/// One article of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Tried {
    pub url: String,
    pub title: String,
    pub source: String,
    pub date: String,
    pub excerpt: String,
    pub characters: usize,
    /// Why it could not be read; empty when it was.
    pub trouble: String,
}

impl Trial {
    /// A trial that nobody has begun.
    pub(super) fn asked(now: Timestamp) -> Self {
        Self { asked_at: now, ..Self::default() }
    }

    /// What is visited next: the list pages, then the articles that they named.
    fn next(&self, portal: &Portal) -> Option<(String, bool)> {
        if let Some(page) = portal.fields.list_pages.get(self.lists.len()) {
            return Some((page.replace("{page}", "1"), true));
        }
        let next = self.queue.get(self.articles.len()).filter(|_| self.articles.len() < FIRST);
        next.map(|url| (url.clone(), false))
    }

    fn take(&mut self, portal: &Portal, url: &str, is_list: bool, visited: &Visited) {
        let trouble = visited.trouble();
        let page = match visited {
            Visited::Page { html, at, .. } => Some((html, at)),
            _ => None,
        };
        if is_list {
            let found = page.map(|(html, at)| read::links(&portal.fields, at, html)).unwrap_or_default();
            self.lists.push((url.to_owned(), found.len(), trouble));
            self.queue.extend(found.into_iter().take(FIRST).map(|link| link.url.to_string()));
            return;
        }
        let mut article = page.map(|(html, _)| read::article(&portal.fields, html)).unwrap_or_default();
        if let Visited::File { name, .. } = visited {
            article.title.clone_from(name);
        }
        self.articles.push(Tried {
            url: url.to_owned(),
            title: article.title,
            source: article.source,
            date: article.date,
            excerpt: article.text.chars().take(160).collect(),
            characters: article.text.chars().count(),
            trouble,
        });
    }
}

/// Goes on with a trial as far as the host's turn allows.
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
    tx.commit().await?;
    let Some(mut trial) = portal.trial.clone().filter(|trial| trial.done_at.is_none()) else {
        return Ok(Outcome::Done);
    };
    let eyes = Eyes { store, outbound, guest, pace_ms: rule.pace_ms, now };
    let mut outcome = Outcome::Again(now);
    for _ in 0..STEPS {
        let Some((url, is_list)) = trial.next(&portal) else {
            trial.done_at = Some(now);
            outcome = Outcome::Done;
            break;
        };
        let visited = match Url::parse(&url) {
            Ok(parsed) => eyes.visit(&portal.fields, &parsed, &Seen::default()).await?,
            Err(_) => Visited::Trouble("address".to_owned()),
        };
        if let Visited::Later(at) = visited {
            outcome = Outcome::Again(at);
            break;
        }
        trial.take(&portal, &url, is_list, &visited);
    }
    let tx = store.tenant(job.tenant()).await?;
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::Trial, Expr::value(json(&trial)))
        .filter(rows::Column::Id.eq(portal.id))
        .filter(rows::Column::Version.eq(portal.version));
    // Somebody changed the patterns meanwhile: the next run goes on with the new ones.
    let written = tx.change(update).await?;
    tx.commit().await?;
    Ok(if written == 0 { Outcome::Again(watch::soon(now)) } else { outcome })
}
