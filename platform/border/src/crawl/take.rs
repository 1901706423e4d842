//! Taking the source's newer text into the draft, with its pictures and attachments.

use base::{Staff, TenantTx, Timestamp};
use content::DocumentId;
use content::document::{self, AttachmentView, EditDocument, EditionView, Fields};
use content::media::StoredFile;

use super::files;
use super::land::{Newer, hashes};
use super::model::CrawlError;
use super::rows::item;

/// Puts what the source says now into the draft, or into a new one. Its files replace those that came from the source before;
/// what a person attached stays. Answers what is to be remembered of the files; none when only a text was kept.
pub(super) async fn take(
    tx: &TenantTx,
    writer: &Staff<EditDocument>,
    document: DocumentId,
    was: &item::Model,
    now: Timestamp,
) -> Result<Option<String>, CrawlError> {
    let newer: Newer = serde_json::from_str(&was.newer).map_err(|_| CrawlError::Missing)?;
    let draft = draft(tx, writer, document, now).await?;
    let (mut body_html, mut kept) = (newer.fields.body_html, None);
    if let Some(brought) = newer.files {
        let at = replace(tx, writer, document, (&draft, was), &brought).await?;
        body_html = files::moved(&body_html, &at);
        kept = Some(hashes(&brought));
    }
    // What is said here stays as it is here: column, source line, abstract, keywords.
    let fields = Fields { title: newer.fields.title, body_html, author: newer.fields.author, ..draft.fields };
    document::save(tx, writer, document, draft.version, fields, now).await?;
    Ok(kept)
}

async fn draft(
    tx: &TenantTx,
    writer: &Staff<EditDocument>,
    document: DocumentId,
    now: Timestamp,
) -> Result<EditionView, CrawlError> {
    match document::find(tx, document).await?.draft {
        Some(draft) => Ok(draft),
        None => {
            let begun = document::new_edition(tx, writer, document, now).await?;
            Ok(document::edition(tx, begun.edition).await?)
        }
    }
}

/// Answers where the files stand now, in their order.
async fn replace(
    tx: &TenantTx,
    writer: &Staff<EditDocument>,
    document: DocumentId,
    (draft, was): (&EditionView, &item::Model),
    brought: &[StoredFile],
) -> Result<Vec<i32>, CrawlError> {
    for old in draft.attachments.iter().filter(|held| came_from_source(was, held)) {
        document::detach(tx, writer, document, old.position).await?;
    }
    let mut at = Vec::with_capacity(brought.len());
    for file in brought {
        at.push(document::attach(tx, writer, document, file.clone()).await?);
    }
    Ok(at)
}

/// What landed before its files were remembered is told by its place: the landing put them first.
fn came_from_source(was: &item::Model, held: &AttachmentView) -> bool {
    match serde_json::from_str::<Vec<String>>(&was.file_hashes) {
        Ok(known) => known.contains(&held.file.hash),
        Err(_) => held.position <= was.landed_files,
    }
}
