//! The run of one source: its list when that is due, then what waits to be read. Bounded in time and in items; it goes on
//! where it stopped, and every source is one row of the queue.

use base::outbound::Limits;
use base::queue::{Claimed, Outcome};
use base::{TenantTx, Timestamp};
use content::document::DocumentError;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::Deserialize;
use url::Url;

use super::article::{Article, article, in_full, page_title};
use super::land::{self, Landed, Prepared, Without};
use super::lists::Listed;
use super::look::{self, Seeing};
use super::model::{CrawlError, Kind, Source, Standing};
use super::rows::{item, run as runs, source};
use super::rules::CrawlRule;
use super::visit::{Came, Missed, Patience, Reader, Why, is_home};
use super::{SourceId, files, known, views};
use crate::polite::{self, Seen};

/// Name of the job that reads one source.
pub const RUN: &str = "crawl.run";

#[derive(Deserialize)]
struct About {
    source: SourceId,
}

/// Runs a source. Done twice, or after a crash, it changes nothing that was done.
///
/// # Errors
/// [`CrawlError`]; the job is tried again.
pub async fn run(reader: &Reader<'_>, job: &Claimed) -> Result<Outcome, CrawlError> {
    let Ok(about) = serde_json::from_str::<About>(&job.payload) else { return Ok(Outcome::Done) };
    let now = reader.clock.now();
    let rule = reader.rules.at(now).ok_or(CrawlError::NoRule)?;
    let tx = reader.store.reading(job.tenant()).await?;
    let found = views::find(&tx, about.source).await;
    tx.commit().await?;
    let source = match found {
        Err(CrawlError::Missing) => return Ok(Outcome::Done),
        other => other?,
    };
    if !source.state.is_read() {
        return Ok(Outcome::Done);
    }
    if let Some(until) = source.text.quiet_until(now) {
        return Ok(Outcome::Again(until));
    }
    let run = Run { reader, rule, job };
    if now >= source.next_run_at
        && let Some(later) = run.look(&source, now).await?
    {
        return Ok(Outcome::Again(later));
    }
    run.read(source.id, now).await
}

struct Run<'a> {
    reader: &'a Reader<'a>,
    rule: &'a CrawlRule,
    job: &'a Claimed,
}

/// Whether a run goes on after one thing.
enum Next {
    Became(Landed),
    Later(Timestamp),
}

impl Run<'_> {
    async fn tx(&self) -> Result<TenantTx, CrawlError> {
        Ok(self.reader.store.tenant(self.job.tenant()).await?)
    }

    /// Reads the list; answers an instant when it is not the host's turn.
    async fn look(&self, source: &Source, now: Timestamp) -> Result<Option<Timestamp>, CrawlError> {
        let seen = Seen { etag: source.etag.clone(), modified: source.modified.clone() };
        let looked = look::look(self.reader, &source.text, &seen, Patience::Job).await;
        match looked {
            Err(Missed::Later(at)) => return Ok(Some(at)),
            Err(Missed::Store(error)) => return Err(error.into()),
            Err(Missed::Why(why)) => {
                let tx = self.tx().await?;
                look::record_failure(&tx, source, &why, self.rule, now).await?;
                tx.commit().await?;
            }
            Ok(seeing) => {
                // A list that names nothing is a list that is no longer understood.
                let tx = self.tx().await?;
                match seeing {
                    Seeing::List { listed, .. } if listed.is_empty() && source.text.kind == Kind::Pages => {
                        let why = Why::Unreadable("no links".to_owned());
                        look::record_failure(&tx, source, &why, self.rule, now).await?;
                    }
                    seeing => look::record(&tx, source, seeing, self.rule, now).await?,
                }
                tx.commit().await?;
            }
        }
        Ok(None)
    }

    /// Reads what waits, oldest first, and says when the source is looked at next.
    async fn read(&self, id: SourceId, now: Timestamp) -> Result<Outcome, CrawlError> {
        let tx = self.reader.store.reading(self.job.tenant()).await?;
        let mut source = views::find(&tx, id).await?;
        let most = usize::try_from(source.text.max_items).unwrap_or(1);
        let waiting = waiting(&tx, &source, most as u64 + 1).await?;
        tx.commit().await?;
        if waiting.iter().any(|row| row.standing == Standing::New.as_str()) {
            self.know(now).await?;
        }
        let over = now.plus_seconds(self.rule.run_seconds);
        let mut tally = [0i32; 4];
        let mut left = waiting.len() > most;
        let mut later = None;
        for row in waiting.into_iter().take(most) {
            if self.reader.clock.now() > over {
                left = true;
                break;
            }
            match self.one(&mut source, row).await? {
                Next::Later(at) => {
                    later = Some(at);
                    break;
                }
                Next::Became(Landed::New) => tally[0] += 1,
                Next::Became(Landed::Duplicate) => tally[1] += 1,
                Next::Became(Landed::Changed) => tally[2] += 1,
                Next::Became(Landed::Failed) => tally[3] += 1,
                Next::Became(Landed::Nothing) => {}
            }
        }
        self.count(&source, tally).await?;
        // Work that is left goes to the end of the queue: other sources come first.
        Ok(Outcome::Again(match later {
            Some(at) => at,
            None if left => self.reader.clock.now(),
            None => source.next_run_at,
        }))
    }

    /// Learns what the portal has besides what it crawled.
    async fn know(&self, now: Timestamp) -> Result<(), CrawlError> {
        loop {
            let tx = self.tx().await?;
            let more = known::refresh(&tx, self.rule, now).await?;
            tx.commit().await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Adds what became of things to the last run's line.
    async fn count(&self, source: &Source, tally: [i32; 4]) -> Result<(), CrawlError> {
        let Some(at) = source.last_run_at.filter(|_| tally != [0; 4]) else { return Ok(()) };
        use runs::Column as R;
        let tx = self.tx().await?;
        let more = |column: R, by: i32| Expr::col(column).add(by);
        let update = runs::Entity::update_many()
            .col_expr(R::Landed, more(R::Landed, tally[0]))
            .col_expr(R::Duplicates, more(R::Duplicates, tally[1]))
            .col_expr(R::Changed, more(R::Changed, tally[2]))
            .col_expr(R::Failed, more(R::Failed, tally[3]))
            .filter(R::SourceId.eq(source.id))
            .filter(R::At.eq(at.micros()));
        tx.change(update).await?;
        Ok(tx.commit().await?)
    }

    /// One found thing: read outside any transaction, landed in one.
    async fn one(&self, source: &mut Source, was: item::Model) -> Result<Next, CrawlError> {
        let unwanted = |word: &String| was.title.contains(word.as_str());
        if was.standing == Standing::New.as_str() && source.text.exclude.iter().any(unwanted) {
            return self.without(source.id, &was.url_key, Without::Unwanted).await;
        }
        match self.fetch(source, &was).await {
            Err(Missed::Later(at)) => Ok(Next::Later(at)),
            Err(Missed::Store(error)) => Err(error.into()),
            Err(Missed::Why(why)) => {
                let last = !matches!(why, Why::Away(_) | Why::Status(_) | Why::Busy);
                self.without(source.id, &was.url_key, Without::Failed { why: why.to_string(), last }).await
            }
            Ok(Read::Without(without)) => self.without(source.id, &was.url_key, without).await,
            Ok(Read::Ready(ready)) => self.land(source, was, *ready).await,
        }
    }

    async fn without(&self, id: SourceId, key: &str, without: Without) -> Result<Next, CrawlError> {
        let tx = self.tx().await?;
        let landed = land::without(&tx, id, key, without, self.rule, self.reader.clock.now()).await?;
        tx.commit().await?;
        Ok(Next::Became(landed))
    }

    async fn land(&self, source: &Source, was: item::Model, mut ready: Prepared) -> Result<Next, CrawlError> {
        let now = self.reader.clock.now();
        // What is here already needs none of its pictures.
        let new = was.standing == Standing::New.as_str();
        if new {
            let tx = self.tx().await?;
            if let Some(was) = land::waiting(&tx, source.id, &was.url_key).await?
                && let Some(twin) = land::twin(&tx, &was, &ready, self.rule, now).await?
            {
                let landed = land::matched(&tx, &was, twin, now).await?;
                tx.commit().await?;
                return Ok(Next::Became(landed));
            }
        }
        if new || was.text_hash != ready.text_hash {
            let pulled = files::pull(self.reader, self.rule, 0, &ready.fields.body_html, &ready.offered).await;
            let pulled = match pulled {
                Err(Missed::Later(at)) => return Ok(Next::Later(at)),
                Err(Missed::Store(error)) => return Err(error.into()),
                Err(Missed::Why(_)) => return Ok(Next::Became(Landed::Nothing)),
                Ok(pulled) => pulled,
            };
            ready.fields.body_html = pulled.body_html;
            ready.files = pulled.files;
            if pulled.missed > 0 {
                ready.note = format!("files_missed: {}", pulled.missed);
            }
        }
        let staff = (&self.job.platform(), &self.job.platform());
        let tx = self.tx().await?;
        let landed = match land::land(&tx, staff, source, &was.url_key, ready, self.rule, now).await {
            // The draft was refused, and would be again: the thing says why, and the others go on.
            Err(CrawlError::Document(error)) if !matches!(error, DocumentError::Store(_)) => {
                drop(tx);
                return self
                    .without(source.id, &was.url_key, Without::Failed { why: error.to_string(), last: true })
                    .await;
            }
            other => other?,
        };
        tx.commit().await?;
        Ok(Next::Became(landed))
    }

    async fn fetch(&self, source: &mut Source, was: &item::Model) -> Result<Read, Missed> {
        let mut listed: Listed = serde_json::from_str(&was.listed).unwrap_or_default();
        listed.title.clone_from(&was.title);
        let url = Url::parse(&was.url).map_err(|_| Why::Address)?;
        let read = if !listed.body_html.is_empty() && source.text.rules.body.is_empty() {
            let body_html = in_full(&content::text::clean_html(&listed.body_html), &url);
            (Article { body_html, ..Article::default() }, Seen::default())
        } else {
            self.home(source, &url).await?;
            // What waits for a person is not compared with itself again; a changed address of rules reads in full.
            let seen = Seen { etag: was.etag.clone(), modified: was.modified.clone() };
            match self.reader.visit(&url, &seen, source.text.pace_ms, Limits::page(), Patience::Job).await? {
                Came::Unchanged => return Ok(Read::Without(Without::Unchanged)),
                Came::Gone => return Ok(Read::Without(Without::Gone)),
                Came::Here(fetched) => {
                    let read = article(&polite::text(&fetched), &fetched.url, &source.text.rules);
                    if is_home(&url, &fetched.url, &read.page_title, &source.home_title) {
                        return Err(Why::Home.into());
                    }
                    (read, Seen::of(&fetched))
                }
            }
        };
        let ready = land::prepared(source, &listed, &url, read.0, read.1);
        let words = content::text::normalise(&ready.fields.body_html);
        if words.is_empty() && ready.offered.is_empty() && !ready.fields.body_html.contains("<img") {
            return Err(Why::NoText.into());
        }
        if was.standing == Standing::New.as_str() && !source.text.wants(&ready.fields.title, &words) {
            return Ok(Read::Without(Without::Unwanted));
        }
        Ok(Read::Ready(Box::new(ready)))
    }

    /// Learns the title of the site's home page once, so that a missing article that shows it is recognised.
    async fn home(&self, source: &mut Source, article: &Url) -> Result<(), Missed> {
        if !source.home_title.is_empty() {
            return Ok(());
        }
        let mut root = article.clone();
        root.set_path("/");
        root.set_query(None);
        let came = self.reader.visit(&root, &Seen::default(), source.text.pace_ms, Limits::page(), Patience::Job).await;
        let title = match came {
            Err(error @ (Missed::Later(_) | Missed::Store(_))) => return Err(error),
            Ok(Came::Here(fetched)) => page_title(&polite::text(&fetched)),
            _ => String::new(),
        };
        source.home_title = if title.is_empty() { "–".to_owned() } else { title };
        let update = source::Entity::update_many()
            .col_expr(source::Column::HomeTitle, Expr::value(source.home_title.as_str()))
            .filter(source::Column::Id.eq(source.id));
        let tx = self.reader.store.tenant(self.job.tenant()).await?;
        tx.change(update).await?;
        Ok(tx.commit().await?)
    }
}

enum Read {
    Ready(Box<Prepared>),
    Without(Without),
}

/// What waits, the oldest first. What was tried in vain since the last look waits for the next one.
async fn waiting(tx: &TenantTx, source: &Source, most: u64) -> Result<Vec<item::Model>, CrawlError> {
    use item::Column as I;
    let looked = source.last_run_at.map_or(0, Timestamp::micros);
    let select = item::Entity::find()
        .filter(I::SourceId.eq(source.id))
        .filter(I::Due.eq(1))
        .filter(I::CheckedAt.lt(looked))
        .order_by_asc(I::FirstSeen)
        .order_by_asc(I::UrlKey)
        .limit(most);
    Ok(tx.all(select).await?)
}
