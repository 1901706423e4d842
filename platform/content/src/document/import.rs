//! Bringing documents of another system in: cleaned, idempotent per row, with the date that the row claims kept apart from
//! the server's own publication time.

use base::{Staff, StoreError, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Deserialize;

use super::acts::{self, Event, begin};
use super::model::{DocumentError, Fields, Header};
use super::publication::{PublishDocument, publish_as};
use super::rows::document;
use super::{DocumentId, EditionId};
use crate::media::StoredFile;
use crate::text;

/// One line of an import file (JSON Lines). Fields that are missing are empty; unknown ones are ignored, as other systems
/// export more than we need.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct ImportRow {
    pub id: String,
    pub title: String,
    pub doc_number: String,
    pub issuer: String,
    pub written_date: String,
    pub published_date: String,
    pub subject_category: String,
    pub index_number: String,
    pub url: String,
    pub body_html: String,
    pub body_text: String,
    pub kind: String,
    pub author: String,
    pub keywords: String,
    pub source: String,
    /// Column key; the importer's default when empty.
    pub column: String,
    /// Slug of the portal; the importer's when empty.
    pub tenant: String,
}

/// What became of a row.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ImportedDocument {
    pub document: DocumentId,
    pub edition: Option<EditionId>,
    /// The row was here already: nothing was done.
    pub known: bool,
}

/// Imports and publishes one row. A row that was imported before (same `id`) is left as it is.
///
/// # Errors
/// See [`DocumentError`]; nothing of the row is kept then.
pub async fn import(
    tx: &TenantTx,
    who: &Staff<PublishDocument>,
    row: ImportRow,
    column: &str,
    files: Vec<StoredFile>,
    now: Timestamp,
) -> Result<ImportedDocument, DocumentError> {
    let key = Some(row.id.trim().to_owned()).filter(|id| !id.is_empty());
    if let Some(key) = &key {
        let known = tx.one(document::Entity::find().filter(document::Column::ImportKey.eq(key.as_str()))).await?;
        if let Some(known) = known {
            return Ok(ImportedDocument { document: known.id, edition: None, known: true });
        }
    }
    let claimed = Timestamp::parse(&row.published_date).or_else(|| Timestamp::parse(&row.written_date));
    let fields = fields(row, column).cleaned()?;
    let draft = begin(tx, fields, key, who.actor(), now).await?;
    for file in files {
        acts::attach_to(tx, draft.document, file).await?;
    }
    // A row that claims the future is published now.
    let claimed = claimed.filter(|claimed| *claimed <= now);
    let publication = publish_as(tx, draft.document, claimed, who.actor(), now).await?;
    let event = Event::Imported {
        document: draft.document,
        edition: publication.edition,
        content_hash: publication.content_hash,
        claimed_published: claimed.map(Timestamp::rfc3339).unwrap_or_default(),
    };
    tx.note(&event, who.actor(), now).await?;
    Ok(ImportedDocument { document: draft.document, edition: Some(publication.edition), known: false })
}

/// Publishes what another installation published, as a document of this tenant under a key of the other side's; its first
/// publication stays the source's. When the key is known, the text becomes the next draft and nothing is published: what a
/// correction does to mirrors is not ours to know. Answers the document, and whether it is live now.
///
/// # Errors
/// See [`DocumentError`].
pub async fn relay(
    tx: &TenantTx,
    who: &Staff<PublishDocument>,
    key: &str,
    fields: Fields,
    files: Vec<StoredFile>,
    first_published: Timestamp,
    now: Timestamp,
) -> Result<(DocumentId, bool), DocumentError> {
    let fields = fields.cleaned()?;
    if let Some(document) = imported(tx, key).await? {
        match acts::draft_of(tx, document).await {
            // A run that ended between draft and publication left it.
            Ok(draft) => return Ok((draft.document_id, false)),
            Err(DocumentError::NoDraft) => {}
            Err(error) => return Err(error),
        }
        let number = acts::newest_of(tx, document).await?.number + 1;
        acts::insert_draft(tx, document, number, fields, who.actor(), now).await?;
        for file in files {
            acts::attach_to(tx, document, file).await?;
        }
        return Ok((document, false));
    }
    let draft = begin(tx, fields, Some(key.to_owned()), who.actor(), now).await?;
    for file in files {
        acts::attach_to(tx, draft.document, file).await?;
    }
    publish_as(tx, draft.document, Some(first_published.min(now)), who.actor(), now).await?;
    Ok((draft.document, true))
}

/// The document that was imported under a key, if one was.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn imported(tx: &TenantTx, key: &str) -> Result<Option<DocumentId>, StoreError> {
    Ok(tx.one(document::Entity::find().filter(document::Column::ImportKey.eq(key))).await?.map(|row| row.id))
}

fn fields(row: ImportRow, column: &str) -> Fields {
    let body_html = if row.body_html.trim().is_empty() { text::paragraphs(&row.body_text) } else { row.body_html };
    let source =
        [row.source, row.issuer.clone(), "未注明来源".to_owned()].into_iter().find(|text| !text.trim().is_empty());
    let header = Header {
        index_number: row.index_number,
        subject_category: row.subject_category,
        issuer: row.issuer,
        written_date: row.written_date,
        doc_number: row.doc_number,
        ..Header::default()
    };
    // News carries no document header: only rows with a number, an index or a category are official documents.
    let official =
        !header.doc_number.is_empty() || !header.index_number.is_empty() || !header.subject_category.is_empty();
    Fields {
        title: row.title,
        body_html,
        header: if official { header } else { Header::default() },
        source: shorten(source.unwrap_or_default(), 200),
        source_url: if row.url.starts_with("http") { row.url } else { String::new() },
        author: row.author,
        summary: String::new(),
        keywords: row.keywords,
        column: if row.column.is_empty() { column.to_owned() } else { row.column },
        change_note: String::new(),
    }
}

fn shorten(text: String, characters: usize) -> String {
    if text.chars().count() <= characters { text } else { text.chars().take(characters - 1).chain(['…']).collect() }
}
