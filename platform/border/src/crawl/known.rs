//! What the portal has besides what it crawled: its own drafts and documents, those it adopted, and its mirrors. Their prints
//! are kept beside the items, so that a found thing is compared with all of them without reading their texts again.

use std::collections::HashMap;

use base::{TenantTx, Timestamp};
use content::document::{self, DocumentError, EditionView, Fields};
use content::placement;
use content::{DocumentId, EditionId, text};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use url::Url;

use super::land::{Prepared, Twin};
use super::model::CrawlError;
use super::rows::known;
use super::rules::CrawlRule;
use super::{lists, sketch};

/// Prints that are made in one transaction: the rest follows in the next.
const AT_ONCE: usize = 50;

/// The version of a mirror: its text changes only with the edition that it shows.
const FROZEN: i32 = 0;

/// Where a text stands of which a print is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Own,
    Mirror,
}

impl Mode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Mirror => "mirror",
        }
    }
}

#[derive(FromQueryResult)]
struct Kept {
    edition_id: EditionId,
    version: i32,
}

/// Brings the prints up to what stands here now: what is new gets one, what was saved since gets another, and what was replaced
/// or taken back has none. Answers whether more is left to do.
pub(super) async fn refresh(tx: &TenantTx, rule: &CrawlRule, now: Timestamp) -> Result<bool, CrawlError> {
    use known::Column as K;
    let since = now.plus_hours(-24 * rule.near_days);
    let own = document::standing_since(tx, since, rule.near_most).await?;
    let mirrors = placement::mirrors_since(tx, since, rule.near_most).await?;
    let select = known::Entity::find().select_only().columns([K::EditionId, K::Version]);
    let kept: HashMap<EditionId, i32> =
        tx.pick::<_, Kept>(select).await?.into_iter().map(|row| (row.edition_id, row.version)).collect();
    let mut gone: HashMap<EditionId, i32> = kept.clone();
    gone.retain(|edition, version| {
        let own = own.iter().any(|one| one.edition == *edition && one.version == *version);
        let shown = *version == FROZEN && mirrors.iter().any(|seat| seat.edition == *edition);
        !(own || shown)
    });
    for part in gone.into_keys().collect::<Vec<_>>().chunks(500) {
        let old = known::Entity::delete_many().filter(K::EditionId.is_in(part.iter().copied()));
        tx.remove(old).await?;
    }
    let mut fresh = Vec::new();
    for one in own.iter().filter(|one| kept.get(&one.edition) != Some(&one.version)).take(AT_ONCE) {
        let edition = document::edition(tx, one.edition).await?;
        fresh.push(print(Mode::Own, one.version, &edition, Timestamp(one.changed_at)));
    }
    for seat in mirrors.iter().filter(|seat| kept.get(&seat.edition) != Some(&FROZEN)).take(AT_ONCE - fresh.len()) {
        match document::opened_edition(tx, seat).await {
            Ok(edition) => fresh.push(print(Mode::Mirror, FROZEN, &edition, seat.placed_at)),
            // Taken back a moment ago: there is nothing to compare with.
            Err(DocumentError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let more = fresh.len() == AT_ONCE;
    for print in fresh {
        // The run of another source of this portal may be making the same print.
        tx.insert_if_free(print).await?;
    }
    Ok(more)
}

fn print(mode: Mode, version: i32, edition: &EditionView, changed_at: Timestamp) -> known::ActiveModel {
    let Fields { title, body_html, source_url, .. } = &edition.fields;
    let url = Url::parse(source_url).ok();
    known::ActiveModel {
        edition_id: Set(edition.edition),
        version: Set(version),
        document_id: Set(edition.document),
        mode: Set(mode.as_str().to_owned()),
        title: Set(title.clone()),
        url_key: Set(url.map(|url| lists::url_key(&url)).unwrap_or_default()),
        text_hash: Set(text::text_hash(title, body_html)),
        sketch: Set(sketch::of(&text::normalise(body_html))),
        changed_at: Set(changed_at.micros()),
        ..Default::default()
    }
}

#[derive(FromQueryResult)]
struct Print {
    document_id: DocumentId,
    mode: String,
    title: String,
    sketch: String,
}

impl Print {
    fn twin(self, how: &str) -> Twin {
        Twin { document: self.document_id, why: format!("{}_{how}: {}", self.mode, self.title) }
    }
}

/// The portal's own document or mirror that is the same: by its source's address, by its text, or nearly by its text.
pub(super) async fn twin(
    tx: &TenantTx,
    url_key: &str,
    ready: &Prepared,
    rule: &CrawlRule,
) -> Result<Option<Twin>, CrawlError> {
    use known::Column as K;
    let prints = || known::Entity::find().select_only().columns([K::DocumentId, K::Mode, K::Title, K::Sketch]);
    let checks = [("address", K::UrlKey.eq(url_key)), ("text", K::TextHash.eq(ready.text_hash.as_str()))];
    for (how, check) in checks {
        let select = prints().filter(check).order_by_desc(K::ChangedAt).limit(1);
        if let Some(found) = tx.pick::<_, Print>(select).await?.into_iter().next() {
            return Ok(Some(found.twin(how)));
        }
    }
    // The same words were the same years ago, too.
    if let Some(old) = document::live_with_text(tx, &ready.text_hash).await? {
        return Ok(Some(Twin { document: old.document_id, why: format!("own_text: {}", old.title) }));
    }
    let recent = prints().order_by_desc(K::ChangedAt).limit(rule.near_most);
    let near = tx.pick::<_, Print>(recent).await?.into_iter();
    let near = near.into_iter().find(|one| sketch::share(&one.sketch, &ready.sketch) >= rule.near_share);
    Ok(near.map(|one| one.twin("near")))
}
