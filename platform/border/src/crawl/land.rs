//! Landing: one found thing becomes a draft, is recognised as one that is here, or changes what landed before. One
//! transaction each; done twice it changes nothing.

use base::{Staff, TenantTx, Timestamp};
use content::document::{self, AdoptDocument, EditDocument, Fields};
use content::media::StoredFile;
use content::{DocumentId, text};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::acts::{row, standing};
use super::article::{Article, FileLink};
use super::lists::Listed;
use super::model::{CrawlError, Event, Move, Source, Standing};
use super::rows::item;
use super::rules::CrawlRule;
use super::{SourceId, known, sketch};
use crate::polite::Seen;

/// What was read, ready to land.
pub(super) struct Prepared {
    pub fields: Fields,
    pub offered: Vec<FileLink>,
    pub files: Vec<StoredFile>,
    pub text_hash: String,
    pub sketch: String,
    pub seen: Seen,
    pub note: String,
}

/// The fields of a draft from what a page says; 来源 is the page's own, and else the source's line.
pub(super) fn prepared(source: &Source, listed: &Listed, url: &Url, read: Article, seen: Seen) -> Prepared {
    let mut fields = Fields {
        title: if read.title.is_empty() { listed.title.clone() } else { read.title },
        body_html: read.body_html,
        source: if read.source.is_empty() { source.text.source_line.clone() } else { read.source },
        source_url: url.as_str().chars().take(1000).collect(),
        author: if read.author.is_empty() { listed.author.chars().take(200).collect() } else { read.author },
        column: source.text.column.clone(),
        ..Fields::default()
    };
    if !read.doc_number.is_empty() {
        fields.header.doc_number = read.doc_number;
        fields.header.written_date = read.date.map(Timestamp::date_cst).unwrap_or_default();
    }
    let words = text::normalise(&fields.body_html);
    Prepared {
        text_hash: text::text_hash(&fields.title, &fields.body_html),
        sketch: sketch::of(&words),
        fields,
        offered: read.files,
        files: Vec::new(),
        seen,
        note: String::new(),
    }
}

/// What became of one found thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landed {
    /// A draft was made.
    New,
    /// The same is here.
    Duplicate,
    /// The source says something new.
    Changed,
    /// It could not be read.
    Failed,
    /// Nothing happened.
    Nothing,
}

#[derive(FromQueryResult)]
struct Near {
    document_id: DocumentId,
    url: String,
    sketch: String,
}

/// The document that a found thing is the same as, and why.
pub(super) struct Twin {
    pub document: DocumentId,
    pub why: String,
}

/// The document that is the same: by address, by id, by text, or nearly by text; among what was crawled, and among what the
/// portal has besides.
pub(super) async fn twin(
    tx: &TenantTx,
    was: &item::Model,
    ready: &Prepared,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<Option<Twin>, CrawlError> {
    match crawled_twin(tx, was, ready, rule, now).await? {
        Some(twin) => Ok(Some(twin)),
        None => known::twin(tx, &was.url_key, ready, rule).await,
    }
}

async fn crawled_twin(
    tx: &TenantTx,
    was: &item::Model,
    ready: &Prepared,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<Option<Twin>, CrawlError> {
    use item::Column as I;
    let has = I::DocumentId.is_not_null();
    // Not only from other sources: a list may name one text under two addresses.
    let other = Condition::any().add(I::SourceId.ne(was.source_id)).add(I::UrlKey.ne(was.url_key.as_str()));
    let mut checks = vec![("same_address", I::UrlKey.eq(was.url_key.as_str()))];
    if !was.guid.is_empty() {
        checks.push(("same_id", I::Guid.eq(was.guid.as_str())));
    }
    checks.push(("same_text", I::TextHash.eq(ready.text_hash.as_str())));
    for (why, check) in checks {
        let select = item::Entity::find().filter(check).filter(other.clone()).filter(has.clone()).limit(1);
        if let Some(found) = tx.one(select).await? {
            return Ok(found.document_id.map(|document| Twin { document, why: format!("{why}: {}", found.url) }));
        }
    }
    let recent = item::Entity::find()
        .select_only()
        .columns([I::DocumentId, I::Url, I::Sketch])
        .filter(other)
        .filter(has)
        .filter(I::FirstSeen.gt(now.plus_hours(-24 * rule.near_days).micros()))
        .order_by_desc(I::FirstSeen)
        .limit(rule.near_most);
    for near in tx.pick::<_, Near>(recent).await? {
        if sketch::share(&near.sketch, &ready.sketch) >= rule.near_share {
            return Ok(Some(Twin { document: near.document_id, why: format!("near: {}", near.url) }));
        }
    }
    Ok(None)
}

/// The guarded change of one found thing.
pub(super) fn guarded(was: &item::Model) -> UpdateMany<item::Entity> {
    item::Entity::update_many()
        .col_expr(item::Column::Version, Expr::value(was.version + 1))
        .filter(item::Column::SourceId.eq(was.source_id))
        .filter(item::Column::UrlKey.eq(was.url_key.as_str()))
        .filter(item::Column::Version.eq(was.version))
}

/// The same when it was looked at now.
fn checked(was: &item::Model, is: Standing, reason: &str, now: Timestamp) -> UpdateMany<item::Entity> {
    guarded(was)
        .col_expr(item::Column::Standing, Expr::value(is.as_str()))
        .col_expr(item::Column::Reason, Expr::value(reason.chars().take(500).collect::<String>()))
        .col_expr(item::Column::Due, Expr::value(0))
        .col_expr(item::Column::CheckedAt, Expr::value(now.micros()))
}

fn known_as(update: UpdateMany<item::Entity>, ready: &Prepared) -> UpdateMany<item::Entity> {
    update
        .col_expr(item::Column::Title, Expr::value(ready.fields.title.as_str()))
        .col_expr(item::Column::TextHash, Expr::value(ready.text_hash.as_str()))
        .col_expr(item::Column::Sketch, Expr::value(ready.sketch.as_str()))
        .col_expr(item::Column::Etag, Expr::value(ready.seen.etag.as_str()))
        .col_expr(item::Column::Modified, Expr::value(ready.seen.modified.as_str()))
}

/// The thing as it stands when it still waits to be looked at; none when another run was quicker.
pub(super) async fn waiting(tx: &TenantTx, source: SourceId, key: &str) -> Result<Option<item::Model>, CrawlError> {
    Ok(Some(row(tx, source, key).await?).filter(|was| was.due == 1))
}

/// Lands what was read.
pub(super) async fn land(
    tx: &TenantTx,
    (adopter, writer): (&Staff<AdoptDocument>, &Staff<EditDocument>),
    source: &Source,
    key: &str,
    ready: Prepared,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<Landed, CrawlError> {
    let Some(was) = waiting(tx, source.id, key).await? else { return Ok(Landed::Nothing) };
    match standing(&was)? {
        Standing::New => first(tx, adopter, source, was, ready, rule, now).await,
        Standing::Landed | Standing::Changed | Standing::Gone => again(tx, writer, source, was, ready, now).await,
        is => {
            tx.change_one(checked(&was, is, &was.reason, now)).await?;
            Ok(Landed::Nothing)
        }
    }
}

async fn first(
    tx: &TenantTx,
    adopter: &Staff<AdoptDocument>,
    source: &Source,
    was: item::Model,
    ready: Prepared,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<Landed, CrawlError> {
    if let Some(twin) = twin(tx, &was, &ready, rule, now).await? {
        return matched(tx, &was, twin, now).await;
    }
    let is = Standing::New.step(Move::Land)?;
    let count = ready.files.len();
    let draft = document::adopt(tx, adopter, ready.fields.clone(), ready.files.clone(), "", now).await?;
    let update = known_as(checked(&was, is, &ready.note, now), &ready)
        .col_expr(item::Column::DocumentId, Expr::value(draft.document))
        .col_expr(item::Column::LandedVersion, Expr::value(draft.version))
        .col_expr(item::Column::LandedFiles, Expr::value(i32::try_from(count).unwrap_or(0)))
        .col_expr(item::Column::FileHashes, Expr::value(hashes(&ready.files)));
    tx.change_one(update).await?;
    let event = Event::Landed { source: source.id, url: was.url, document: draft.document, text_hash: ready.text_hash };
    tx.note(&event, adopter.actor(), now).await?;
    Ok(Landed::New)
}

/// Writes down that the same is here already. A duplicate names no document of its own, so that it is nobody's twin.
pub(super) async fn matched(
    tx: &TenantTx,
    was: &item::Model,
    Twin { document, why }: Twin,
    now: Timestamp,
) -> Result<Landed, CrawlError> {
    let is = standing(was)?.step(Move::Match)?;
    let update = checked(was, is, &format!("{why} ({document})"), now);
    tx.change_one(update.col_expr(item::Column::TwinId, Expr::value(document))).await?;
    Ok(Landed::Duplicate)
}

/// What landed before was read again: an untouched draft follows, everything else is left to a person.
async fn again(
    tx: &TenantTx,
    writer: &Staff<EditDocument>,
    source: &Source,
    was: item::Model,
    ready: Prepared,
    now: Timestamp,
) -> Result<Landed, CrawlError> {
    let stood = standing(&was)?;
    let Some(document) = was.document_id.filter(|_| was.text_hash != ready.text_hash) else {
        // As it was; what was gone is back.
        let is = if stood == Standing::Gone { stood.step(Move::Settle)? } else { stood };
        let reason = if stood == Standing::Changed { was.reason.as_str() } else { "" };
        let update = checked(&was, is, reason, now)
            .col_expr(item::Column::Etag, Expr::value(ready.seen.etag.as_str()))
            .col_expr(item::Column::Modified, Expr::value(ready.seen.modified.as_str()));
        tx.change_one(update).await?;
        return Ok(Landed::Nothing);
    };
    if stood == Standing::Landed
        && let Some(version) = follow(tx, writer, &was, document, &ready, now).await?
    {
        let count = i32::try_from(ready.files.len()).unwrap_or(0);
        let update = known_as(checked(&was, stood.step(Move::Land)?, &ready.note, now), &ready)
            .col_expr(item::Column::LandedVersion, Expr::value(version))
            .col_expr(item::Column::LandedFiles, Expr::value(count))
            .col_expr(item::Column::FileHashes, Expr::value(hashes(&ready.files)));
        tx.change_one(update).await?;
        let event = Event::Followed { source: source.id, url: was.url, document, text_hash: ready.text_hash };
        tx.note(&event, writer.actor(), now).await?;
        return Ok(Landed::Changed);
    }
    let is = stood.step(Move::Change)?;
    let update = known_as(checked(&was, is, &ready.note, now), &ready);
    let newer = json(&Newer { fields: ready.fields, files: Some(ready.files) });
    let update = update.col_expr(item::Column::Newer, Expr::value(newer));
    tx.change_one(update).await?;
    tx.note(&Event::SourceChanged { source: source.id, url: was.url, document }, writer.actor(), now).await?;
    Ok(Landed::Changed)
}

/// What the source says now, kept until a person has compared it.
#[derive(Serialize, Deserialize)]
pub(super) struct Newer {
    #[serde(flatten)]
    pub fields: Fields,
    /// Its pictures and attachments in the order in which the body refers to them; none when only the text was kept.
    #[serde(default)]
    pub files: Option<Vec<StoredFile>>,
}

/// What is remembered of files that came from the source.
pub(super) fn hashes(files: &[StoredFile]) -> String {
    json(&files.iter().map(|file| file.hash.as_str()).collect::<Vec<_>>())
}

/// Puts the new text into a draft that nobody touched; answers its new version, or none when somebody did.
async fn follow(
    tx: &TenantTx,
    writer: &Staff<EditDocument>,
    was: &item::Model,
    document: DocumentId,
    ready: &Prepared,
    now: Timestamp,
) -> Result<Option<i32>, CrawlError> {
    let seen = document::find(tx, document).await?;
    let Some(draft) = seen.draft.filter(|draft| {
        seen.editions.len() == 1
            && draft.version == was.landed_version
            && draft.changed_by == writer.actor()
            && draft.attachments.len() == was.landed_files.max(0) as usize
    }) else {
        return Ok(None);
    };
    for file in &draft.attachments {
        document::detach(tx, writer, document, file.position).await?;
    }
    let saved = document::save(tx, writer, document, draft.version, ready.fields.clone(), now).await?;
    for file in &ready.files {
        document::attach(tx, writer, document, file.clone()).await?;
    }
    Ok(Some(saved.version))
}

/// What a visit said without a text.
pub(super) enum Without {
    /// Nothing new.
    Unchanged,
    /// It is gone.
    Gone,
    /// The keywords do not want it.
    Unwanted,
    /// It could not be read; `last` when it is not tried again.
    Failed { why: String, last: bool },
}

/// Writes down a visit that brought no text.
pub(super) async fn without(
    tx: &TenantTx,
    source: SourceId,
    key: &str,
    without: Without,
    rule: &CrawlRule,
    now: Timestamp,
) -> Result<Landed, CrawlError> {
    let Some(was) = waiting(tx, source, key).await? else { return Ok(Landed::Nothing) };
    let stood = standing(&was)?;
    let (update, landed) = match without {
        Without::Unchanged => (checked(&was, stood, &was.reason, now), Landed::Nothing),
        Without::Gone => (checked(&was, stood.step(Move::Vanish).unwrap_or(stood), "gone", now), Landed::Failed),
        Without::Unwanted => (checked(&was, stood.step(Move::Filter).unwrap_or(stood), "", now), Landed::Nothing),
        Without::Failed { why, last } if last || was.tries + 1 >= rule.item_tries => {
            (checked(&was, stood.step(Move::Fail).unwrap_or(stood), &why, now), Landed::Failed)
        }
        // It waits for the next look.
        Without::Failed { why, .. } => {
            let stamp = guarded(&was).col_expr(item::Column::CheckedAt, Expr::value(now.micros()));
            (stamp.col_expr(item::Column::Reason, Expr::value(why)), Landed::Failed)
        }
    };
    tx.change_one(update.col_expr(item::Column::Tries, Expr::value(was.tries + 1))).await?;
    Ok(landed)
}

pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
