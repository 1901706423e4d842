//! What documents look like in requests and answers.

use base::{Site, Timestamp};
use content::document::{Cause, Draft, EditionView, Fields, Header, Withdrawal, WithdrawalKind};
use content::media::StoredFile;
use content::placement::Listed;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// A document that the public sees on this portal.
#[derive(Serialize, ToSchema)]
pub struct DocumentItem {
    #[schema(format = "uuid")]
    pub(super) id: String,
    pub(super) title: String,
    #[schema(format = "uuid")]
    pub(super) live_edition_id: String,
    /// Path on this portal.
    pub(super) address: String,
    pub(super) column: String,
    /// own, or mirror when it is another portal's.
    pub(super) mode: String,
    #[schema(format = "date-time")]
    pub(super) published_at: String,
}

impl From<Listed> for DocumentItem {
    fn from(row: Listed) -> Self {
        Self {
            id: row.document_id.to_string(),
            title: row.title,
            live_edition_id: row.edition_id.to_string(),
            address: row.address,
            column: row.column_key,
            mode: row.mode,
            published_at: Timestamp(row.published_at).rfc3339(),
        }
    }
}

/// Header of an official document.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HeaderForm {
    pub(super) index_number: String,
    pub(super) subject_category: String,
    pub(super) issuer: String,
    pub(super) written_date: String,
    pub(super) doc_number: String,
    pub(super) effective_date: String,
    pub(super) repealed_date: String,
    pub(super) validity: String,
    pub(super) disclosure: String,
}

impl From<HeaderForm> for Header {
    fn from(form: HeaderForm) -> Self {
        let HeaderForm {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        } = form;
        Self {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        }
    }
}

impl From<Header> for HeaderForm {
    fn from(header: Header) -> Self {
        let Header {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        } = header;
        Self {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        }
    }
}

/// What an editor writes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentForm {
    /// Slug of the portal; the token's own when left out.
    #[serde(default)]
    pub(super) tenant: Option<String>,
    /// Key of the column.
    pub(super) column: String,
    /// At most 300 characters.
    pub(super) title: String,
    /// Cleaned on write.
    pub(super) body_html: String,
    /// For official documents.
    #[serde(default)]
    pub(super) header: HeaderForm,
    /// The portal's owner unit when left out.
    #[serde(default)]
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) source_url: String,
    #[serde(default)]
    pub(super) author: String,
    #[serde(default)]
    pub(super) summary: String,
    #[serde(default)]
    pub(super) keywords: String,
    /// What changed since the last edition, for the public.
    #[serde(default)]
    pub(super) change_note: String,
    /// The version that was read; only saving looks at it.
    #[serde(default)]
    pub(super) version: Option<i32>,
}

impl DocumentForm {
    /// What was written, for the portal that it goes to.
    ///
    /// # Errors
    /// 422 when the form names another portal: it would be written here, where nobody meant it.
    pub(crate) fn fields(self, site: &Site) -> Result<Fields, Problem> {
        if self.tenant.as_deref().is_some_and(|named| *named != *site.slug) {
            return Err(Problem::invalid("tenant", "unusable", 0));
        }
        Ok(Fields {
            title: self.title,
            body_html: self.body_html,
            header: self.header.into(),
            source: self
                .source
                .filter(|source| !source.trim().is_empty())
                .unwrap_or_else(|| site.owner_unit.to_string()),
            source_url: self.source_url,
            author: self.author,
            summary: self.summary,
            keywords: self.keywords,
            column: self.column,
            change_note: self.change_note,
        })
    }
}

/// The draft that the act left behind.
#[derive(Serialize, ToSchema)]
pub struct DraftView {
    #[schema(format = "uuid")]
    pub(super) id: String,
    #[schema(format = "uuid")]
    pub(super) edition_id: String,
    pub(super) number: i32,
    pub(super) version: i32,
}

impl From<Draft> for DraftView {
    fn from(draft: Draft) -> Self {
        Self {
            id: draft.document.to_string(),
            edition_id: draft.edition.to_string(),
            number: draft.number,
            version: draft.version,
        }
    }
}

/// One edition.
#[derive(Serialize, ToSchema)]
pub struct EditionJson {
    #[schema(format = "uuid")]
    pub(super) edition_id: String,
    pub(super) number: i32,
    pub(super) version: i32,
    pub(super) title: String,
    pub(super) body_html: String,
    pub(super) header: HeaderForm,
    pub(super) source: String,
    pub(super) author: String,
    pub(super) column: String,
    /// SM3 of everything that the public sees; empty for a draft.
    pub(super) content_hash: String,
    #[schema(format = "date-time")]
    pub(super) published_at: Option<String>,
    pub(super) attachments: Vec<AttachmentJson>,
}

/// One attached file.
#[derive(Serialize, ToSchema)]
pub struct AttachmentJson {
    pub(super) position: i32,
    pub(super) name: String,
    pub(super) mime: String,
    /// Bytes.
    pub(super) size: i64,
}

impl AttachmentJson {
    pub(crate) fn new(position: i32, file: StoredFile) -> Self {
        Self { position, name: file.name, mime: file.mime, size: file.size }
    }
}

impl From<EditionView> for EditionJson {
    fn from(view: EditionView) -> Self {
        let fields = view.fields;
        Self {
            edition_id: view.edition.to_string(),
            number: view.number,
            version: view.version,
            title: fields.title,
            body_html: fields.body_html,
            header: fields.header.into(),
            source: fields.source,
            author: fields.author,
            column: fields.column,
            content_hash: view.content_hash,
            published_at: view.published_at.map(Timestamp::rfc3339),
            attachments: view.attachments.into_iter().map(|one| AttachmentJson::new(one.position, one.file)).collect(),
        }
    }
}

/// A document of this portal.
#[derive(Serialize, ToSchema)]
pub struct DocumentJson {
    #[schema(format = "uuid")]
    pub(super) id: String,
    pub(super) draft: Option<EditionJson>,
    pub(super) live: Option<EditionJson>,
    /// How many editions it has.
    pub(super) editions: usize,
}

/// Which file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    pub(super) tenant: Option<String>,
    /// File name with its extension.
    pub(super) name: String,
}

/// What a publication made true.
#[derive(Serialize, ToSchema)]
pub struct PublicationJson {
    #[schema(format = "uuid")]
    pub(super) id: String,
    #[schema(format = "uuid")]
    pub(super) edition_id: String,
    pub(super) number: i32,
    /// Path on the portal.
    pub(super) address: String,
    /// Absolute address.
    pub(super) url: String,
    pub(super) content_hash: String,
    /// The edition that it replaced.
    #[schema(format = "uuid")]
    pub(super) replaces: Option<String>,
    /// Mirrors that show the new edition since the same transaction.
    pub(super) mirrors: u64,
}

/// Nothing needs to be said to publish.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// How and why it is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalForm {
    /// notice (410 naming title and reason), gone (410), redirect, vanish (404) or replaced; notice when left out.
    #[serde(default)]
    pub kind: Option<String>,
    /// Mandatory, at most 500 characters.
    pub reason: String,
    /// The legal basis.
    #[serde(default)]
    pub legal_basis: String,
    /// Where redirect and replaced lead.
    #[serde(default)]
    pub target: String,
    /// routine, serious_error or leak; portals that adopted the document act on it. routine when left out.
    #[serde(default)]
    pub cause: String,
}

impl WithdrawalForm {
    /// # Errors
    /// 422 for an unknown kind.
    pub fn read(self) -> Result<Withdrawal, Problem> {
        let kind = match self.kind.as_deref().unwrap_or("notice") {
            "notice" => WithdrawalKind::Notice,
            "gone" => WithdrawalKind::Gone,
            "redirect" => WithdrawalKind::Redirect,
            "vanish" => WithdrawalKind::Vanish,
            "replaced" => WithdrawalKind::Replaced,
            _ => return Err(Problem::invalid("kind", "unknown", 0)),
        };
        let cause = Cause::parse(&self.cause).ok_or_else(|| Problem::invalid("cause", "unknown", 0))?;
        let Self { reason, legal_basis, target, .. } = self;
        Ok(Withdrawal { kind, reason, legal_basis, target, here: false, cause })
    }
}

/// What a withdrawal made true.
#[derive(Serialize, ToSchema)]
pub struct WithdrawnJson {
    #[schema(format = "uuid")]
    pub(super) id: String,
    #[schema(format = "uuid")]
    pub(super) edition_id: String,
    /// Mirrors that left their pages in the same transaction.
    pub(super) mirrors: u64,
}
