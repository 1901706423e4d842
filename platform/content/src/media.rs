//! Files: stored once per content hash, sniffed before they are taken, served inert.

use std::ops::Range;

use base::blob::{BlobError, Blobs, Opened};
use base::sm3_hex;
use bytes::Bytes;

/// A file that was taken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StoredFile {
    /// Name as the uploader gave it, cleaned.
    pub name: String,
    /// SM3 of its bytes: its address in the store.
    pub hash: String,
    /// Media type by content, not by claim.
    pub mime: String,
    /// Size in bytes.
    pub size: i64,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Larger than the limit.
    #[error("the file is larger than {limit_mb} MB")]
    TooLarge {
        /// The limit in megabytes.
        limit_mb: u64,
    },
    /// The name has no usable form.
    #[error("the file name is not usable")]
    Name,
    /// Its content is of a kind that no portal publishes, or is not what its name says.
    #[error("a file of this kind is not accepted: {found}")]
    Kind {
        /// What it is.
        found: String,
    },
    /// Named somewhere, but its bytes are not in the store.
    #[error("{0}")]
    Missing(BlobError),
    /// The store is in trouble.
    #[error("{0}")]
    Store(BlobError),
}

impl From<BlobError> for FileError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Missing(_) => Self::Missing(error),
            error => Self::Store(error),
        }
    }
}

/// Kinds that portals publish: extension, media type by content (empty = text that has no magic).
const ACCEPTED: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("zip", "application/zip"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("mp4", "video/mp4"),
    ("mp3", "audio/mpeg"),
    ("csv", ""),
    ("txt", ""),
];

/// The files of the whole installation: a face of [`Blobs`] that knows which bytes portals publish. The address of a file is
/// the hash of its bytes, `ab/cdef…`, so the same bytes are kept once, whoever brings them.
#[derive(Clone)]
pub struct Files {
    blobs: Blobs,
    limit_bytes: u64,
}

impl Files {
    /// A face of a store that takes files up to `limit_mb` megabytes.
    pub fn new(blobs: Blobs, limit_mb: u64) -> Self {
        Self { blobs, limit_bytes: limit_mb * 1024 * 1024 }
    }

    /// Takes a file: checked by content and by name, kept whole before this returns. A row that names it is written after;
    /// a process that dies between leaves bytes that nobody names, never a name without bytes.
    ///
    /// # Errors
    /// See [`FileError`].
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<StoredFile, FileError> {
        let name = clean_name(name).ok_or(FileError::Name)?;
        if bytes.is_empty() {
            return Err(FileError::Empty);
        }
        if bytes.len() as u64 > self.limit_bytes {
            return Err(FileError::TooLarge { limit_mb: self.limit_bytes / 1024 / 1024 });
        }
        let mime = accepted(&name, &bytes)?;
        let (hash, size) = (sm3_hex(&bytes), bytes.len() as i64);
        self.blobs.put(&key(&hash)?, bytes).await?;
        Ok(StoredFile { name, hash, mime, size })
    }

    /// The bytes of a stored file, for those who need all of them.
    ///
    /// # Errors
    /// [`FileError::Missing`] when it is not there.
    pub async fn get(&self, hash: &str) -> Result<Vec<u8>, FileError> {
        Ok(self.open(hash, None).await?.whole().await?)
    }

    /// Opens a stored file, or a part of it, to be passed on piece by piece.
    ///
    /// # Errors
    /// [`FileError::Missing`] when it is not there.
    pub async fn open(&self, hash: &str, range: Option<Range<u64>>) -> Result<Opened, FileError> {
        Ok(self.blobs.get(&key(hash)?, range).await?)
    }

    /// Whether a file is there. A store that does not answer is an error, not "no".
    ///
    /// # Errors
    /// [`FileError::Store`].
    pub async fn has(&self, hash: &str) -> Result<bool, FileError> {
        Ok(self.blobs.has(&key(hash)?).await?)
    }
}

fn key(hash: &str) -> Result<String, FileError> {
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(FileError::Name);
    }
    let (folder, rest) = hash.split_at(2);
    Ok(format!("{folder}/{rest}"))
}

fn accepted(name: &str, bytes: &[u8]) -> Result<String, FileError> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    let refused = |found: &str| FileError::Kind { found: format!(".{extension} ({found})") };
    let (_, wanted) =
        ACCEPTED.iter().find(|(known, _)| *known == extension).ok_or_else(|| refused(found.unwrap_or("?")))?;
    match (*wanted, found) {
        ("", None) if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) => {
            Ok("text/plain; charset=utf-8".to_owned())
        }
        ("", found) => Err(refused(found.unwrap_or("not text"))),
        (wanted, Some(found)) if wanted == found => Ok(wanted.to_owned()),
        // Old Office files share one container format, and some writers order the parts of new ones unusually.
        ("application/msword" | "application/vnd.ms-excel", Some("application/x-ole-storage")) => {
            Ok((*wanted).to_owned())
        }
        (wanted, Some("application/zip")) if wanted.starts_with("application/vnd.openxml") => Ok(wanted.to_owned()),
        (_, found) => Err(refused(found.unwrap_or("unknown content"))),
    }
}

fn clean_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base
        .chars()
        .filter(|c| {
            !crate::text::is_deceptive(*c)
                && !c.is_control()
                && !matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?' | '%' | '#')
        })
        .collect();
    let clean = clean.trim().trim_start_matches('.').to_owned();
    (!clean.is_empty() && clean.chars().count() <= 120).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_content_must_agree() {
        assert_eq!(accepted("表.csv", "项目,数量\n".as_bytes()).ok().as_deref(), Some("text/plain; charset=utf-8"));
        assert!(accepted("图.png", b"<html><script>").is_err());
        assert!(accepted("x.html", b"<html>").is_err());
        assert!(accepted("x.svg", b"<svg onload=x>").is_err());
        assert!(accepted("x.txt", b"MZ\x90\x00\x03").is_err());
        assert!(accepted("x.pdf", b"%PDF-1.7\n").is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_same_bytes_may_come_twice_at_once() {
        let directory = std::env::temp_dir().join(format!("dibao-media-{}", base::Ids.secret()));
        let files = Files::new(Blobs::folder(&directory), 8);
        let bytes: Bytes = "项目,数量\n".repeat(20_000).into_bytes().into();
        let mut uploads = tokio::task::JoinSet::new();
        for n in 0..16 {
            let (files, bytes) = (files.clone(), bytes.clone());
            uploads.spawn(async move {
                let stored = files.put(&format!("表{n}.csv"), bytes.clone()).await.expect("taken");
                (files.get(&stored.hash).await.expect("there") == *bytes, stored.hash)
            });
        }
        let ended = uploads.join_all().await;
        assert!(ended.iter().all(|(whole, hash)| *whole && *hash == ended[0].1));
        let folder = directory.join(&ended[0].1[..2]);
        assert_eq!(std::fs::read_dir(folder).expect("read").count(), 1, "nothing partial is left behind");
        std::fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn paths_in_names_are_cut() {
        assert_eq!(clean_name("../../etc/附件 1.pdf").as_deref(), Some("附件 1.pdf"));
        assert_eq!(clean_name("C:\\x\\a.pdf").as_deref(), Some("a.pdf"));
        assert_eq!(clean_name("..").as_deref(), None);
    }
}
