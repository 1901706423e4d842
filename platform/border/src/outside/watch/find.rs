//! What a round finds: new links, articles read once, and which of them is the repost that was asked for.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use base::queue::Claimed;
use base::store::StoreError;
use base::{Store, TenantTx, Timestamp};
use content::EditionId;
use content::document;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::keep::{FILE, READ};
use super::round::{Round, Todo};
use super::{Visited, url_hash};
use crate::outside::judge::{Finding, Sample, Verdict, Wanted, is_gone, judge, number};
use crate::outside::model::{Event, Evidence, Move, OutsideError, Standing};
use crate::outside::obligation::guarded;
use crate::outside::portal::Portal;
use crate::outside::rows::{obligation, page};
use crate::outside::rules::OutsideRule;
use crate::outside::views::Debt;
use crate::outside::{PortalId, read};

/// Requests to one portal that are looked for at once.
const DEBTS_MAX: u64 = 200;
/// Pages that are held in memory at once.
const PAGES: u64 = 50;
/// Pages that one round judges at most: the newest are what a repost is among.
const CHUNKS: usize = 40;

/// What is asked of a portal and not settled.
async fn watched(tx: &TenantTx, portal: PortalId) -> Result<Vec<Debt>, StoreError> {
    let select = obligation::Entity::find()
        .filter(obligation::Column::PortalId.eq(portal))
        .filter(obligation::Column::Standing.is_in(Standing::WATCHED.map(Standing::as_str)))
        .order_by_desc(obligation::Column::ToldAt)
        .limit(DEBTS_MAX);
    tx.all(select).await?.into_iter().map(Debt::try_from).collect()
}

/// Whether another round is worth it: something is asked whose limit is not long over.
pub(super) async fn is_watched(
    tx: &TenantTx,
    portal: PortalId,
    rule: &OutsideRule,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let since = now.plus_hours(-24 * rule.follow_days);
    Ok(watched(tx, portal).await?.iter().any(|debt| debt.due_at > since))
}

/// Pages that were read before and are asked for again: those of a corrected or withdrawn document.
pub(super) async fn asked_again(tx: &TenantTx, portal: PortalId) -> Result<Vec<Todo>, StoreError> {
    let debts = watched(tx, portal).await?;
    let again = debts.into_iter().filter(|debt| {
        let corrected = matches!(debt.standing, Standing::Told | Standing::Missing) && debt.replaces.is_some();
        !debt.url.is_empty() && (corrected || debt.standing == Standing::Recalling)
    });
    let mut known = HashSet::new();
    Ok(again
        .filter(|debt| known.insert(debt.url.clone()))
        .map(|debt| Todo {
            seen_at: debt.seen_at.unwrap_or(debt.told_at).micros(),
            url: debt.url,
            list_url: debt.list_url,
            position: debt.position,
            words: String::new(),
            again: true,
            tries: 0,
        })
        .collect())
}

/// Takes up what a list page names and nobody has read yet.
pub(super) async fn take_list(
    tx: &TenantTx,
    portal: &Portal,
    round: &mut Round,
    url: &str,
    visited: Visited,
    rule: &OutsideRule,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Visited::Page { html, at, seen } = visited else {
        let ends = matches!(&visited, Visited::Trouble(word) if word == "status_404" || word == "home");
        if !matches!(visited, Visited::Unchanged) && (round.begins_list() || !ends) {
            round.trouble(&visited.trouble(), url);
        }
        round.turn(false, &portal.fields, rule, 0);
        return Ok(());
    };
    let links = read::links(&portal.fields, &at, &html);
    let hashes: Vec<String> = links.iter().map(|link| url_hash(link.url.as_str())).collect();
    let select = page::Entity::find()
        .select_only()
        .column(page::Column::UrlHash)
        .filter(page::Column::PortalId.eq(portal.id))
        .filter(page::Column::UrlHash.is_in(hashes));
    let known: HashSet<String> = tx.pick::<_, Known>(select).await?.into_iter().map(|row| row.url_hash).collect();
    let new: Vec<Todo> = links
        .iter()
        .filter(|link| !known.contains(&url_hash(link.url.as_str())))
        .map(|link| Todo {
            url: link.url.to_string(),
            list_url: url.to_owned(),
            position: round.before + link.position,
            words: link.words.clone(),
            seen_at: now.micros(),
            again: false,
            tries: 0,
        })
        .collect();
    if links.is_empty() {
        round.trouble("no_links", url);
    }
    // A page whose articles could not all be taken up in this round is read again as a whole.
    if new.len() <= rule.articles {
        round.mark(url, seen);
    }
    let deeper = !new.is_empty();
    round.line_up(new);
    round.turn(deeper, &portal.fields, rule, i32::try_from(links.len()).unwrap_or(i32::MAX));
    Ok(())
}

#[derive(sea_orm::FromQueryResult)]
struct Known {
    url_hash: String,
}

/// Judges every page that was read since, against all that is asked of the portal.
///
/// # Errors
/// [`OutsideError`]: what was judged so far is recorded.
pub(super) async fn judge_all(
    store: &Store,
    job: &Claimed,
    portal: &Portal,
    rule: &OutsideRule,
    now: Timestamp,
) -> Result<(), OutsideError> {
    let mut wanted: HashMap<(EditionId, Option<EditionId>), Wanted> = HashMap::new();
    for _ in 0..CHUNKS {
        let tx = store.reading(job.tenant()).await?;
        let debts = watched(&tx, portal.id).await?;
        let Some(from) = debts.iter().map(|debt| debt.judged_to).min() else { return Ok(()) };
        let pages = unjudged(&tx, portal.id, from).await?;
        let Some(to) = pages.last().map(|page| page.read_at) else { return Ok(()) };
        for debt in &debts {
            let key = (debt.edition, debt.replaces);
            if let Entry::Vacant(place) = wanted.entry(key) {
                place.insert(looked_for(&tx, debt).await?);
            }
        }
        tx.commit().await?;
        let samples = pages.iter().map(|page| Sample::new(&page.title, &page.body).with_files(&page.files)).collect();
        let chunk = Chunk { pages, samples, to, rule, now };
        let tx = store.tenant(job.tenant()).await?;
        for debt in &debts {
            if let Some(wanted) = wanted.get(&(debt.edition, debt.replaces)) {
                settle(&tx, debt, wanted, &chunk).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Pages read since, oldest first. Those of one instant are taken together, so that the next round begins behind them.
async fn unjudged(tx: &TenantTx, portal: PortalId, from: i64) -> Result<Vec<page::Model>, StoreError> {
    let select = page::Entity::find()
        .filter(page::Column::PortalId.eq(portal))
        .filter(page::Column::ReadAt.gt(from))
        .order_by_asc(page::Column::ReadAt)
        .order_by_asc(page::Column::UrlHash)
        .limit(PAGES);
    let mut pages = tx.all(select).await?;
    let last = pages.last().map(|page| page.read_at);
    if pages.len() as u64 == PAGES && pages.first().map(|page| page.read_at) != last {
        pages.retain(|page| Some(page.read_at) != last);
    }
    Ok(pages)
}

async fn looked_for(tx: &TenantTx, debt: &Debt) -> Result<Wanted, OutsideError> {
    let edition = document::edition(tx, debt.edition).await?;
    let replaces = match debt.replaces {
        Some(id) => Some(document::edition(tx, id).await?),
        None => None,
    };
    let sample = |edition: &document::EditionView| Sample::of_edition(&edition.fields.title, &edition.fields.body_html);
    Ok(Wanted {
        sample: sample(&edition),
        number: number(&edition.fields.header.doc_number),
        replaces: replaces.as_ref().map(sample),
    })
}

/// Some pages that are judged together.
struct Chunk<'a> {
    pages: Vec<page::Model>,
    samples: Vec<Sample>,
    /// Up to when they were read.
    to: i64,
    rule: &'a OutsideRule,
    now: Timestamp,
}

/// Records what some pages mean for one request.
async fn settle(tx: &TenantTx, debt: &Debt, wanted: &Wanted, chunk: &Chunk<'_>) -> Result<(), OutsideError> {
    let fresh = chunk.pages.iter().zip(&chunk.samples).filter(|(page, _)| page.read_at > debt.judged_to);
    if debt.standing == Standing::Recalling {
        let mut own = fresh.filter(|(page, _)| page.url == debt.url);
        return match own.find(|(page, sample)| taken_down(page, sample, wanted, chunk.rule)) {
            Some((page, _)) => vanish(tx, debt, page, chunk).await,
            None => judged(tx, debt, chunk).await,
        };
    }
    let open = fresh.filter(|(page, _)| is_there(page) && !debt.rejected.contains(&page.url_hash));
    let found = open.map(|(page, sample)| (page, judge(wanted, sample, chunk.rule)));
    let best = found.filter(|(_, finding)| finding.verdict > Verdict::No).max_by(|one, other| {
        let likeness = |finding: &Finding| finding.text.max(finding.title * 0.5);
        let by_verdict = one.1.verdict.cmp(&other.1.verdict);
        // The first one counts among those that are sure, the nearest among the doubtful.
        by_verdict.then_with(|| match one.1.verdict {
            Verdict::Sure => other.0.seen_at.cmp(&one.0.seen_at),
            _ => likeness(&one.1).total_cmp(&likeness(&other.1)),
        })
    });
    let Some((page, finding)) = best else { return judged(tx, debt, chunk).await };
    let attempted = if finding.verdict == Verdict::Sure { Move::See } else { Move::Doubt };
    match debt.standing.step(attempted) {
        Ok(is) => seen(tx, debt, is, (page, finding), chunk).await,
        // Something doubtful waits for a person already.
        Err(_) => judged(tx, debt, chunk).await,
    }
}

fn is_there(page: &page::Model) -> bool {
    matches!(page.status.as_str(), READ | FILE)
}

/// The page says that it is not there, leads home, or shows something else. A portal that refuses or fails proves nothing.
fn taken_down(page: &page::Model, sample: &Sample, wanted: &Wanted, rule: &OutsideRule) -> bool {
    match page.status.as_str() {
        "status_404" | "status_410" | "home" => true,
        READ | FILE => is_gone(wanted, sample, rule),
        _ => false,
    }
}

async fn judged(tx: &TenantTx, debt: &Debt, chunk: &Chunk<'_>) -> Result<(), OutsideError> {
    let update =
        guarded(debt, debt.standing).col_expr(obligation::Column::JudgedTo, Expr::value(chunk.to.max(debt.judged_to)));
    // Whoever was quicker brings a look of its own.
    tx.change(update).await?;
    Ok(())
}

async fn seen(
    tx: &TenantTx,
    debt: &Debt,
    is: Standing,
    (page, finding): (&page::Model, Finding),
    chunk: &Chunk<'_>,
) -> Result<(), OutsideError> {
    // A page that was there before its correction shows the new text since it was read again.
    let at = if debt.replaces.is_some() { page.read_at.max(page.seen_at) } else { page.seen_at };
    let late = at > debt.due_at.micros();
    let thousandths = |share: f64| (share * 1000.0).round() as i32;
    let evidence = Evidence {
        url: page.url.clone(),
        first_seen_at: Timestamp(at),
        list_url: page.list_url.clone(),
        position: page.position,
        found_by: finding.by,
        title_like: thousandths(finding.title),
        text_like: thousandths(finding.text),
        shown_date: page.shown_date.clone(),
        text_hash: page.text_hash.clone(),
        excerpt: if finding.by == "file" { &page.files } else { &page.body }.chars().take(120).collect(),
        late,
    };
    let update = guarded(debt, is)
        .col_expr(obligation::Column::JudgedTo, Expr::value(chunk.to.max(debt.judged_to)))
        .col_expr(obligation::Column::SeenAt, Expr::value(at))
        .col_expr(obligation::Column::Late, Expr::value(i32::from(late)))
        .col_expr(obligation::Column::Url, Expr::value(evidence.url.as_str()))
        .col_expr(obligation::Column::ListUrl, Expr::value(evidence.list_url.as_str()))
        .col_expr(obligation::Column::Position, Expr::value(evidence.position))
        .col_expr(obligation::Column::FoundBy, Expr::value(evidence.found_by))
        .col_expr(obligation::Column::TitleLike, Expr::value(evidence.title_like))
        .col_expr(obligation::Column::TextLike, Expr::value(evidence.text_like))
        .col_expr(obligation::Column::ShownDate, Expr::value(evidence.shown_date.as_str()))
        .col_expr(obligation::Column::TextHash, Expr::value(evidence.text_hash.as_str()));
    if tx.change(update).await? == 0 {
        return Ok(());
    }
    let doubtful = is == Standing::Doubtful;
    let event = Event::Seen { order: debt.order, portal: debt.portal, doubtful, seen: evidence };
    tx.note(&event, base::duty::PLATFORM, chunk.now).await?;
    Ok(())
}

async fn vanish(tx: &TenantTx, debt: &Debt, page: &page::Model, chunk: &Chunk<'_>) -> Result<(), OutsideError> {
    let is = debt.standing.step(Move::Vanish)?;
    let update = guarded(debt, is)
        .col_expr(obligation::Column::JudgedTo, Expr::value(chunk.to))
        .col_expr(obligation::Column::GoneAt, Expr::value(page.read_at));
    if tx.change(update).await? == 0 {
        return Ok(());
    }
    let how = if is_there(page) { "text".to_owned() } else { page.status.clone() };
    let event = Event::Gone { order: debt.order, portal: debt.portal, url: debt.url.clone(), how };
    tx.note(&event, base::duty::PLATFORM, chunk.now).await?;
    Ok(())
}
