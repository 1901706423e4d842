//! A look at what a source lists: read outside any transaction, recorded in one.

use std::collections::{HashMap, HashSet};

use base::outbound::{Fetched, Limits};
use base::{TenantTx, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr,
};
use url::Url;

use super::lists::{self, Listed, Sitemap};
use super::model::{CrawlError, Event, Kind, Move, Source, SourceMove, Standing};
use super::rows::{item, run, source};
use super::rules::CrawlRule;
use super::said::SourceText;
use super::visit::{Came, Missed, Patience, Reader, Why};
use crate::polite::{self, Seen};

/// Sitemaps of an index that one look reads.
const SITEMAPS: usize = 10;

/// Bounds of one list.
const LIST: Limits = Limits { bytes: 10 * 1024 * 1024, redirects: 5 };

/// Days for which runs are kept.
const RUN_DAYS: i64 = 30;

/// What a look saw.
pub(super) enum Seeing {
    /// Nothing new since the last one.
    Unchanged,
    /// This.
    List { listed: Vec<Listed>, seen: Seen },
}

/// Reads the list of a source.
pub(super) async fn look(
    reader: &Reader<'_>,
    text: &SourceText,
    seen: &Seen,
    patience: Patience,
) -> Result<Seeing, Missed> {
    let url = Url::parse(&text.address).map_err(|_| Why::Address)?;
    let fetched = match reader.visit(&url, seen, text.pace_ms, LIST, patience).await? {
        Came::Unchanged => return Ok(Seeing::Unchanged),
        Came::Gone => return Err(Why::Status(404).into()),
        Came::Here(fetched) => fetched,
    };
    let seen = Seen::of(&fetched);
    let mut listed = match text.kind {
        Kind::Feed => lists::feed(&polite::text(&fetched), &fetched.url)?,
        Kind::Sitemap => sitemaps(reader, text, &fetched).await?,
        Kind::Pages => pages(reader, text, &fetched).await?,
    };
    let mut known = HashSet::new();
    listed.retain(|one| Url::parse(&one.url).is_ok_and(|url| known.insert(lists::url_key(&url))));
    Ok(Seeing::List { listed, seen })
}

async fn sitemaps(reader: &Reader<'_>, text: &SourceText, first: &Fetched) -> Result<Vec<Listed>, Missed> {
    let further = match lists::sitemap(&first.body, &first.url)? {
        Sitemap::Pages(listed) => return Ok(chosen(text, listed)),
        Sitemap::Index(further) => further,
    };
    let mut listed = Vec::new();
    for url in further.iter().take(SITEMAPS) {
        let came = reader.visit(url, &Seen::default(), text.pace_ms, LIST, Patience::Person).await?;
        if let Came::Here(fetched) = came
            && let Sitemap::Pages(pages) = lists::sitemap(&fetched.body, &fetched.url)?
        {
            listed.extend(pages);
        }
    }
    Ok(chosen(text, listed))
}

/// A sitemap names everything: the address pattern of the rules chooses.
fn chosen(text: &SourceText, listed: Vec<Listed>) -> Vec<Listed> {
    let pattern = regex::Regex::new(&text.rules.links_match).ok().filter(|_| !text.rules.links_match.is_empty());
    listed.into_iter().filter(|one| pattern.as_ref().is_none_or(|pattern| pattern.is_match(&one.url))).collect()
}

async fn pages(reader: &Reader<'_>, text: &SourceText, first: &Fetched) -> Result<Vec<Listed>, Missed> {
    let mut listed = lists::links(&polite::text(first), &first.url, &text.rules);
    for page in 2..=text.rules.pages {
        if text.rules.paging.is_empty() {
            break;
        }
        let address = text.rules.paging.replace("{page}", &page.to_string());
        let Ok(url) = first.url.join(&address) else { break };
        let came = reader.visit(&url, &Seen::default(), text.pace_ms, LIST, Patience::Person).await?;
        let Came::Here(fetched) = came else { break };
        let more = lists::links(&polite::text(&fetched), &fetched.url, &text.rules);
        if more.is_empty() {
            break;
        }
        listed.extend(more);
    }
    Ok(listed)
}

#[derive(FromQueryResult)]
struct KnownRow {
    url_key: String,
    list_hash: String,
    standing: String,
}

/// Writes down what a look saw: new things wait to be read, changed and old ones are looked at again.
pub(super) async fn record(
    tx: &TenantTx,
    source: &Source,
    seeing: Seeing,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<(), CrawlError> {
    let (mut found, mut outcome, mut seen) = (0, "unchanged", None);
    if let Seeing::List { listed, seen: tag } = seeing {
        (found, outcome, seen) = (note_listed(tx, source, listed, now).await?, "read", Some(tag));
    }
    use item::Column as I;
    let again = item::Entity::update_many()
        .col_expr(I::Due, Expr::value(1))
        .col_expr(I::Tries, Expr::value(0))
        .filter(I::SourceId.eq(source.id))
        .filter(I::Standing.is_in([Standing::Landed.as_str(), Standing::Changed.as_str()]))
        .filter(I::CheckedAt.lte(now.plus_hours(-rule.recheck_hours).micros()))
        .filter(I::FirstSeen.gt(now.plus_hours(-24 * rule.recheck_days).micros()));
    tx.change(again).await?;
    use source::Column as S;
    let next = now.plus_minutes(i64::from(source.text.every_minutes));
    let mut update = source::Entity::update_many()
        .col_expr(S::Failures, Expr::value(0))
        .col_expr(S::LastError, Expr::value(""))
        .col_expr(S::LastRunAt, Expr::value(now.micros()))
        .col_expr(S::NextRunAt, Expr::value(next.micros()))
        .filter(S::Id.eq(source.id));
    if let Some(seen) = seen {
        update = update.col_expr(S::Etag, Expr::value(seen.etag)).col_expr(S::Modified, Expr::value(seen.modified));
    }
    if let Ok(is) = source.state.step(SourceMove::Recover) {
        update = update.col_expr(S::State, Expr::value(is.as_str()));
        let event = Event::Moved { source: source.id, state: is, why: SourceMove::Recover.as_str().to_owned() };
        tx.note(&event, base::duty::PLATFORM, now).await?;
    }
    tx.change_one(update).await?;
    note_run(tx, source, outcome, found, "", now).await
}

/// Writes down that a look failed; after so many in a row the source is failing, and waits longer.
pub(super) async fn record_failure(
    tx: &TenantTx,
    source: &Source,
    why: &Why,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<(), CrawlError> {
    let failures = source.failures + 1;
    let mut state = source.state;
    let over = failures >= rule.failing_after;
    if over && let Ok(is) = state.step(SourceMove::Fail) {
        state = is;
        tx.note(&Event::Moved { source: source.id, state, why: why.to_string() }, base::duty::PLATFORM, now).await?;
    }
    let slower = if over { rule.failing_slows.max(1) } else { 1 };
    let next = now.plus_minutes(i64::from(source.text.every_minutes) * slower);
    use source::Column as S;
    let update = source::Entity::update_many()
        .col_expr(S::Failures, Expr::value(failures))
        .col_expr(S::State, Expr::value(state.as_str()))
        .col_expr(S::LastError, Expr::value(why.to_string()))
        .col_expr(S::LastRunAt, Expr::value(now.micros()))
        .col_expr(S::NextRunAt, Expr::value(next.micros()))
        .filter(S::Id.eq(source.id))
        .filter(S::State.eq(source.state.as_str()));
    tx.change_one(update).await?;
    note_run(tx, source, "failed", 0, &why.to_string(), now).await
}

async fn note_run(
    tx: &TenantTx,
    source: &Source,
    outcome: &str,
    found: usize,
    note: &str,
    now: Timestamp,
) -> Result<(), CrawlError> {
    let row = run::ActiveModel {
        source_id: Set(source.id),
        at: Set(now.micros()),
        outcome: Set(outcome.to_owned()),
        found: Set(i32::try_from(found).unwrap_or(i32::MAX)),
        landed: Set(0),
        duplicates: Set(0),
        changed: Set(0),
        failed: Set(0),
        note: Set(note.to_owned()),
        ..Default::default()
    };
    tx.insert_if_free(row).await?;
    let old = run::Entity::delete_many()
        .filter(run::Column::SourceId.eq(source.id))
        .filter(run::Column::At.lt(now.plus_hours(-24 * RUN_DAYS).micros()));
    tx.remove(old).await?;
    Ok(())
}

/// Answers how many things are new.
async fn note_listed(tx: &TenantTx, source: &Source, listed: Vec<Listed>, now: Timestamp) -> Result<usize, CrawlError> {
    use item::Column as I;
    let keyed: Vec<(String, Listed)> =
        listed.into_iter().filter_map(|one| Url::parse(&one.url).ok().map(|url| (lists::url_key(&url), one))).collect();
    let mut known: HashMap<String, KnownRow> = HashMap::new();
    for part in keyed.chunks(500) {
        let mine = || {
            Condition::all()
                .add(I::SourceId.eq(source.id))
                .add(I::UrlKey.is_in(part.iter().map(|(key, _)| key.as_str())))
        };
        let select = item::Entity::find().select_only().columns([I::UrlKey, I::ListHash, I::Standing]).filter(mine());
        known.extend(tx.pick::<_, KnownRow>(select).await?.into_iter().map(|row| (row.url_key.clone(), row)));
        let seen = item::Entity::update_many().col_expr(I::LastSeen, Expr::value(now.micros())).filter(mine());
        tx.change(seen).await?;
    }
    let mut fresh = Vec::new();
    for (key, one) in keyed {
        match known.get(&key) {
            None if fresh.len() < source.text.max_items.max(0) as usize => fresh.push(row(source, key, one, now)),
            Some(was) if was.list_hash != one.hash => relisted(tx, source, was, one).await?,
            _ => {}
        }
    }
    let found = fresh.len();
    tx.insert_many(fresh).await?;
    Ok(found)
}

fn row(source: &Source, key: String, one: Listed, now: Timestamp) -> item::ActiveModel {
    item::ActiveModel {
        source_id: Set(source.id),
        url_key: Set(key),
        listed: Set(super::land::json(&one)),
        url: Set(one.url),
        guid: Set(one.guid),
        title: Set(one.title.chars().take(content::text::TITLE_MAX).collect()),
        list_hash: Set(one.hash),
        due: Set(1),
        tries: Set(0),
        etag: Set(String::new()),
        modified: Set(String::new()),
        text_hash: Set(String::new()),
        sketch: Set(String::new()),
        standing: Set(Standing::New.as_str().to_owned()),
        reason: Set(String::new()),
        document_id: Set(None),
        twin_id: Set(None),
        landed_version: Set(0),
        landed_files: Set(0),
        file_hashes: Set(String::new()),
        newer: Set(String::new()),
        first_seen: Set(now.micros()),
        last_seen: Set(now.micros()),
        checked_at: Set(0),
        version: Set(0),
        ..Default::default()
    }
}

/// The list says something new of a thing that is known.
async fn relisted(tx: &TenantTx, source: &Source, was: &KnownRow, one: Listed) -> Result<(), CrawlError> {
    use item::Column as I;
    let standing = Standing::parse(&was.standing).unwrap_or(Standing::Failed);
    let standing = standing.step(Move::Retry).unwrap_or(standing);
    let due = i32::from(standing != Standing::Duplicate);
    let update = item::Entity::update_many()
        .col_expr(I::Listed, Expr::value(super::land::json(&one)))
        .col_expr(I::ListHash, Expr::value(one.hash))
        .col_expr(I::Standing, Expr::value(standing.as_str()))
        .col_expr(I::Due, Expr::value(due))
        .col_expr(I::Tries, Expr::value(0))
        .filter(I::SourceId.eq(source.id))
        .filter(I::UrlKey.eq(was.url_key.as_str()));
    tx.change(update).await?;
    Ok(())
}
