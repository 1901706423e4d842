//! Verbs of crawl sources: set up, change, pause, resume, end, run now; and what a person does with what was found.

use base::duty::Role;
use base::{Duty, Staff, TenantTx, Timestamp};
use content::column;
use content::document::{DocumentError, EditDocument};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};

use super::jobs::RUN;
use super::model::{CrawlError, Event, Move, Settled, Source, SourceMove, SourceState, Standing};
use super::rows::{item, source};
use super::rules::CrawlRule;
use super::said::SourceText;
use super::{SourceId, take, views};

/// May set up crawl sources and decide about what they found.
pub struct ManageCrawl;
impl Duty for ManageCrawl {
    const NAME: &'static str = "manage_crawl";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}

/// May see crawl sources and what they found.
pub struct ViewCrawl;
impl Duty for ViewCrawl {
    const NAME: &'static str = "view_crawl";
    const ROLES: &'static [Role] = &[Role::Editor, Role::Reviewer, Role::TenantAdmin, Role::CentralDuty];
    const BELOW: bool = false;
}

/// Sets up a source; its first run is due at once. List pages without a rule for their links wait, paused, until rules are kept.
///
/// # Errors
/// [`CrawlError::Field`] naming the field to mend.
pub async fn create(
    tx: &TenantTx,
    who: &Staff<ManageCrawl>,
    text: SourceText,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<Source, CrawlError> {
    let text = cleaned(tx, text, rule).await?;
    let id = SourceId(tx.ids().new_id(now));
    let state = if text.is_understood() { SourceState::Active } else { SourceState::Paused };
    let row = source::ActiveModel {
        id: Set(id),
        name: Set(text.name.clone()),
        kind: Set(text.kind.as_str().to_owned()),
        address: Set(text.address.clone()),
        column_key: Set(text.column.clone()),
        source_line: Set(text.source_line),
        every_minutes: Set(text.every_minutes),
        quiet_from: Set(text.quiet.0),
        quiet_to: Set(text.quiet.1),
        pace_ms: Set(text.pace_ms),
        include: Set(text.include.join("\n")),
        exclude: Set(text.exclude.join("\n")),
        max_items: Set(text.max_items),
        rules: Set(super::land::json(&text.rules)),
        state: Set(state.as_str().to_owned()),
        etag: Set(String::new()),
        modified: Set(String::new()),
        home_title: Set(String::new()),
        failures: Set(0),
        last_error: Set(String::new()),
        last_run_at: Set(None),
        next_run_at: Set(now.micros()),
        created_at: Set(now.micros()),
        changed_at: Set(now.micros()),
        changed_by: Set(who.actor().to_owned()),
        version: Set(1),
        ..Default::default()
    };
    tx.insert(row).await?;
    if state.is_read() {
        ask(tx, id, now).await?;
    }
    let event = Event::Created { source: id, name: text.name, address: text.address, column: text.column };
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, id).await
}

/// Changes what is said of a source. `version` is the one that was read. What was known of the list is forgotten, so that it
/// is read in full under the new rules.
///
/// # Errors
/// [`base::StoreError::Stale`] when somebody was quicker.
pub async fn change(
    tx: &TenantTx,
    who: &Staff<ManageCrawl>,
    id: SourceId,
    version: i32,
    text: SourceText,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<Source, CrawlError> {
    let was = views::find(tx, id).await?;
    let text = cleaned(tx, text, rule).await?;
    use source::Column as C;
    let update = touched(&was, version, who.actor(), now)
        .col_expr(C::Name, Expr::value(text.name.as_str()))
        .col_expr(C::Kind, Expr::value(text.kind.as_str()))
        .col_expr(C::Address, Expr::value(text.address.as_str()))
        .col_expr(C::ColumnKey, Expr::value(text.column.as_str()))
        .col_expr(C::SourceLine, Expr::value(text.source_line))
        .col_expr(C::EveryMinutes, Expr::value(text.every_minutes))
        .col_expr(C::QuietFrom, Expr::value(text.quiet.0))
        .col_expr(C::QuietTo, Expr::value(text.quiet.1))
        .col_expr(C::PaceMs, Expr::value(text.pace_ms))
        .col_expr(C::Include, Expr::value(text.include.join("\n")))
        .col_expr(C::Exclude, Expr::value(text.exclude.join("\n")))
        .col_expr(C::MaxItems, Expr::value(text.max_items))
        .col_expr(C::Rules, Expr::value(super::land::json(&text.rules)))
        .col_expr(C::Etag, Expr::value(""))
        .col_expr(C::Modified, Expr::value(""))
        .col_expr(C::HomeTitle, Expr::value(""));
    tx.change_one(update).await?;
    let event = Event::Edited { source: id, name: text.name, address: text.address, column: text.column };
    tx.note(&event, who.actor(), now).await?;
    views::find(tx, id).await
}

async fn cleaned(tx: &TenantTx, text: SourceText, rule: &CrawlRule) -> Result<SourceText, CrawlError> {
    let text = text.cleaned(rule)?;
    match column::landing(tx, &text.column).await? {
        Some(column) => Ok(SourceText { column, ..text }),
        None => Err(DocumentError::NoColumn(text.column).into()),
    }
}

/// Stops it for now.
///
/// # Errors
/// [`CrawlError::WrongTurn`].
pub async fn pause(
    tx: &TenantTx,
    who: &Staff<ManageCrawl>,
    id: SourceId,
    now: Timestamp,
) -> Result<Source, CrawlError> {
    moved(tx, who.actor(), id, SourceMove::Pause, now).await
}

/// Lets it go on, at once, also when it was failing.
///
/// # Errors
/// [`CrawlError::WrongTurn`].
pub async fn resume(
    tx: &TenantTx,
    who: &Staff<ManageCrawl>,
    id: SourceId,
    now: Timestamp,
) -> Result<Source, CrawlError> {
    moved(tx, who.actor(), id, SourceMove::Resume, now).await
}

/// Ends it for good; what it found stays on record.
///
/// # Errors
/// [`CrawlError::WrongTurn`].
pub async fn end(tx: &TenantTx, who: &Staff<ManageCrawl>, id: SourceId, now: Timestamp) -> Result<Source, CrawlError> {
    moved(tx, who.actor(), id, SourceMove::End, now).await
}

pub(super) async fn moved(
    tx: &TenantTx,
    actor: &str,
    id: SourceId,
    by: SourceMove,
    now: Timestamp,
) -> Result<Source, CrawlError> {
    let was = views::find(tx, id).await?;
    let is = was.state.step(by)?;
    let mut update = touched(&was, was.version, actor, now).col_expr(source::Column::State, Expr::value(is.as_str()));
    if is == SourceState::Active {
        update = update
            .col_expr(source::Column::Failures, Expr::value(0))
            .col_expr(source::Column::NextRunAt, Expr::value(now.micros()));
        ask(tx, id, now).await?;
    }
    tx.change_one(update).await?;
    tx.note(&Event::Moved { source: id, state: is, why: by.as_str().to_owned() }, actor, now).await?;
    views::find(tx, id).await
}

/// Makes its next run due now.
///
/// # Errors
/// [`CrawlError::WrongTurn`] when it is paused or ended.
pub async fn run_now(
    tx: &TenantTx,
    _who: &Staff<ManageCrawl>,
    id: SourceId,
    now: Timestamp,
) -> Result<Source, CrawlError> {
    let was = views::find(tx, id).await?;
    if !was.state.is_read() {
        return Err(super::WrongTurn { from: was.state.as_str(), attempted: "run" }.into());
    }
    let update = source::Entity::update_many()
        .col_expr(source::Column::NextRunAt, Expr::value(now.micros()))
        .filter(source::Column::Id.eq(id));
    tx.change_one(update).await?;
    ask(tx, id, now).await?;
    views::find(tx, id).await
}

/// One job a source: whoever asks again wakes the one that is there.
pub(super) async fn ask(tx: &TenantTx, id: SourceId, now: Timestamp) -> Result<(), CrawlError> {
    let payload = serde_json::json!({ "source": id }).to_string();
    Ok(tx.enqueue(RUN, &format!("crawl:{id}"), &payload, now, now).await?)
}

/// The guarded change of one source by a person.
pub(super) fn touched(was: &Source, version: i32, actor: &str, now: Timestamp) -> UpdateMany<source::Entity> {
    source::Entity::update_many()
        .col_expr(source::Column::Version, Expr::value(version + 1))
        .col_expr(source::Column::ChangedAt, Expr::value(now.micros()))
        .col_expr(source::Column::ChangedBy, Expr::value(actor))
        .filter(source::Column::Id.eq(was.id))
        .filter(source::Column::Version.eq(version))
}

/// Has one thing that could not be read, or was not wanted, read once more.
///
/// # Errors
/// [`CrawlError::WrongTurn`].
pub async fn retry(
    tx: &TenantTx,
    who: &Staff<ManageCrawl>,
    id: SourceId,
    key: &str,
    now: Timestamp,
) -> Result<(), CrawlError> {
    let was = row(tx, id, key).await?;
    let is = standing(&was)?.step(Move::Retry)?;
    let update = super::land::guarded(&was)
        .col_expr(item::Column::Standing, Expr::value(is.as_str()))
        .col_expr(item::Column::Due, Expr::value(1))
        .col_expr(item::Column::CheckedAt, Expr::value(0))
        .col_expr(item::Column::Tries, Expr::value(0));
    tx.change_one(update).await?;
    run_now(tx, who, id, now).await?;
    Ok(())
}

/// A person compared what the source says now with what is here: it stays, or the source's text becomes the draft, with its
/// pictures and attachments. What is before the public changes only when that draft is published.
///
/// # Errors
/// [`CrawlError::WrongTurn`] when there is nothing to settle.
pub async fn settle(
    tx: &TenantTx,
    who: &Staff<ManageCrawl>,
    writer: &Staff<EditDocument>,
    (id, key): (SourceId, &str),
    settled: Settled,
    now: Timestamp,
) -> Result<content::DocumentId, CrawlError> {
    let was = row(tx, id, key).await?;
    let is = standing(&was)?.step(Move::Settle)?;
    let document = was.document_id.ok_or(CrawlError::Missing)?;
    let mut update = super::land::guarded(&was)
        .col_expr(item::Column::Standing, Expr::value(is.as_str()))
        .col_expr(item::Column::Reason, Expr::value(""))
        .col_expr(item::Column::Newer, Expr::value(""));
    if settled == Settled::Take
        && let Some(hashes) = take::take(tx, writer, document, &was, now).await?
    {
        update = update.col_expr(item::Column::FileHashes, Expr::value(hashes));
    }
    tx.change_one(update).await?;
    let event = Event::Settled { source: id, url: was.url, document, settled };
    tx.note(&event, who.actor(), now).await?;
    Ok(document)
}

pub(super) async fn row(tx: &TenantTx, id: SourceId, key: &str) -> Result<item::Model, CrawlError> {
    let select = item::Entity::find().filter(item::Column::SourceId.eq(id)).filter(item::Column::UrlKey.eq(key));
    tx.one(select).await?.ok_or(CrawlError::Missing)
}

pub(super) fn standing(row: &item::Model) -> Result<Standing, base::StoreError> {
    Standing::parse(&row.standing)
        .ok_or_else(|| base::StoreError::Suspicious { table: "crawl_item", what: format!("standing of {}", row.url) })
}
