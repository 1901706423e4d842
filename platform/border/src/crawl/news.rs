//! 源已更新: what the source says now beside what is here, word by word.

use base::TenantTx;
use content::DocumentId;
use content::comparison::{Piece, compare, compare_html};
use content::document::{self, Fields};

use super::acts::row;
use super::land::Newer;
use super::model::CrawlError;
use super::{SourceId, views};

/// What is here and what the source says now.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The thing.
    pub item: views::ItemRow,
    /// The document here.
    pub document: DocumentId,
    /// Its draft, or what the public reads.
    pub ours: Fields,
    /// Whether it is before the public.
    pub live: bool,
    /// What the source says; as it is here when there is nothing to settle.
    pub theirs: Fields,
    /// Names of the pictures and attachments that come with it.
    pub files: Vec<String>,
    /// The titles, word by word.
    pub title: Vec<Piece>,
    /// The texts, word by word.
    pub body: Vec<Piece>,
}

/// Compares a found thing with what became of it.
///
/// # Errors
/// [`CrawlError::Missing`] when nothing became of it.
pub async fn comparison(tx: &TenantTx, of: SourceId, key: &str) -> Result<Comparison, CrawlError> {
    let was = row(tx, of, key).await?;
    let document = was.document_id.ok_or(CrawlError::Missing)?;
    let seen = document::find(tx, document).await?;
    let live = seen.live.is_some();
    let ours = match (seen.draft.or(seen.live), seen.editions.first()) {
        (Some(edition), _) => edition.fields,
        (None, Some(newest)) => document::edition(tx, newest.edition).await?.fields,
        (None, None) => return Err(CrawlError::Missing),
    };
    let newer = serde_json::from_str::<Newer>(&was.newer).ok();
    let (theirs, files) = newer.map_or_else(|| (ours.clone(), None), |newer| (newer.fields, newer.files));
    Ok(Comparison {
        title: compare(&ours.title, &theirs.title),
        body: compare_html(&ours.body_html, &theirs.body_html),
        item: views::item(tx, of, key).await?,
        document,
        ours,
        live,
        files: files.unwrap_or_default().into_iter().map(|file| file.name).collect(),
        theirs,
    })
}
