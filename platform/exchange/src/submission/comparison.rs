//! What a corrected submission changes, or what the newer edition of an origin says differently from what was adopted.

use base::TenantTx;
use content::comparison::{Piece, compare as words, compare_html, differs};
use content::document::{self, DocumentError, Fields};
use content::media::StoredFile;
use serde::Serialize;

use super::model::{OriginNews, Standing, Submission, SubmissionError};

/// Two texts side by side. Only fields that differ are listed.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The title.
    pub title: Vec<Piece>,
    /// The visible text of the body, one line a paragraph.
    pub body: Vec<Piece>,
    /// Fields of the header and around the text that differ.
    pub fields: Vec<FieldChange>,
    /// Files that came, went or changed.
    pub files: Vec<FileChange>,
    /// Whether nothing at all differs.
    pub same: bool,
}

/// One field that differs.
#[derive(Clone, Debug, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub field: &'static str,
    /// What changed in it.
    pub pieces: Vec<Piece>,
}

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// Its name.
    pub name: String,
}

/// Compares two texts with their files. The column is each portal's own and left out.
pub fn compare(old: &Fields, old_files: &[StoredFile], new: &Fields, new_files: &[StoredFile]) -> Comparison {
    let (was, is) = (&old.header, &new.header);
    let pairs = [
        ("source", &old.source, &new.source),
        ("source_url", &old.source_url, &new.source_url),
        ("author", &old.author, &new.author),
        ("summary", &old.summary, &new.summary),
        ("keywords", &old.keywords, &new.keywords),
        ("index_number", &was.index_number, &is.index_number),
        ("subject_category", &was.subject_category, &is.subject_category),
        ("issuer", &was.issuer, &is.issuer),
        ("written_date", &was.written_date, &is.written_date),
        ("doc_number", &was.doc_number, &is.doc_number),
        ("effective_date", &was.effective_date, &is.effective_date),
        ("repealed_date", &was.repealed_date, &is.repealed_date),
        ("validity", &was.validity, &is.validity),
        ("disclosure", &was.disclosure, &is.disclosure),
    ];
    let changed = pairs.into_iter().filter(|(_, old, new)| old != new);
    let fields: Vec<_> = changed.map(|(field, old, new)| FieldChange { field, pieces: words(old, new) }).collect();
    let (title, files) = (words(&old.title, &new.title), files(old_files, new_files));
    let body = compare_html(&old.body_html, &new.body_html);
    let same = !differs(&title) && !differs(&body) && fields.is_empty() && files.is_empty();
    Comparison { title, body, fields, files, same }
}

fn files(old: &[StoredFile], new: &[StoredFile]) -> Vec<FileChange> {
    let named =
        |list: &[StoredFile], name: &str| list.iter().find(|file| file.name == name).map(|file| file.hash.clone());
    let removed = old.iter().filter(|file| named(new, &file.name).is_none());
    let mut changes: Vec<FileChange> =
        removed.map(|file| FileChange { change: "removed", name: file.name.clone() }).collect();
    for file in new {
        match named(old, &file.name) {
            None => changes.push(FileChange { change: "added", name: file.name.clone() }),
            Some(hash) if hash != file.hash => {
                changes.push(FileChange { change: "changed", name: file.name.clone() });
            }
            Some(_) => {}
        }
    }
    changes
}

/// The submission of the thread with which a later one is compared: the last that was returned before it, or else the last
/// before it. `thread` is oldest first.
pub fn before<'a>(thread: &'a [Submission], of: &Submission) -> Option<&'a Submission> {
    let earlier: Vec<&Submission> = thread.iter().take_while(|one| one.id != of.id).collect();
    let returned = earlier.iter().rev().find(|one| one.standing == Standing::Returned);
    returned.or(earlier.last()).copied()
}

/// The newer edition of the origin against what the receiver made of it; against the frozen text where nothing was adopted, or
/// for the sender, who does not read the receiver's document.
///
/// # Errors
/// [`SubmissionError`].
pub async fn with_news(tx: &TenantTx, one: &Submission) -> Result<Option<Comparison>, SubmissionError> {
    let Some(OriginNews::Newer { fields, .. }) = &one.news else { return Ok(None) };
    let mut own = one.fields.clone();
    if let Some(document) = one.adopted_document.filter(|_| tx.tenant() == one.receiver) {
        match document::find(tx, document).await {
            Ok(view) => own = view.draft.or(view.live).map_or(own, |edition| edition.fields),
            Err(DocumentError::Missing) => {}
            Err(other) => return Err(other.into()),
        }
    }
    // News say nothing of files: they are compared when the newer edition is submitted.
    Ok(Some(compare(&own, &one.files, fields, &one.files)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, hash: &str) -> StoredFile {
        StoredFile { name: name.into(), hash: hash.into(), mime: "text/plain".into(), size: 1 }
    }

    #[test]
    fn only_what_differs_is_listed() {
        let old = Fields { title: "江岸区防汛演练".into(), source: "江岸区".into(), ..Fields::default() };
        let mut new = Fields { title: "江岸区防汛演练（补充）".into(), ..old.clone() };
        new.header.doc_number = "岸政〔2026〕3号".into();
        let seen = compare(&old, &[file("a", "1"), file("b", "1")], &new, &[file("b", "2"), file("c", "1")]);
        assert!(!seen.same);
        assert_eq!(seen.fields.iter().map(|field| field.field).collect::<Vec<_>>(), ["doc_number"]);
        let files: Vec<_> = seen.files.iter().map(|file| (file.change, file.name.as_str())).collect();
        assert_eq!(files, [("removed", "a"), ("changed", "b"), ("added", "c")]);
        assert!(compare(&old, &[], &old, &[]).same);
    }
}
