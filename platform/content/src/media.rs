//! Files: stored once per content hash, sniffed before they are taken, served inert.

use std::path::{Path, PathBuf};

use base::{Ids, sm3_hex};
use tokio::io::AsyncWriteExt;

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
    /// The disk.
    #[error("the file store failed: {0}")]
    Disk(#[from] std::io::Error),
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

/// The local file store: `files/ab/cdef…` under the data directory.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
    limit_bytes: u64,
}

impl Files {
    /// A store under `data_dir` that takes files up to `limit_mb` megabytes.
    pub fn new(data_dir: &Path, limit_mb: u64) -> Self {
        Self { root: data_dir.join("files"), limit_bytes: limit_mb * 1024 * 1024 }
    }

    /// Takes a file: checked by content and by name, written beside its place, forced to the disk and renamed, so that a
    /// killed process or a lost machine leaves either the whole file or none, and a file that was taken stays.
    ///
    /// # Errors
    /// See [`FileError`].
    pub async fn put(&self, name: &str, bytes: &[u8]) -> Result<StoredFile, FileError> {
        let name = clean_name(name).ok_or(FileError::Name)?;
        if bytes.is_empty() {
            return Err(FileError::Empty);
        }
        if bytes.len() as u64 > self.limit_bytes {
            return Err(FileError::TooLarge { limit_mb: self.limit_bytes / 1024 / 1024 });
        }
        let mime = accepted(&name, bytes)?;
        let hash = sm3_hex(bytes);
        let path = self.path(&hash);
        if tokio::fs::metadata(&path).await.is_err() {
            let folder = path.parent().unwrap_or(&self.root);
            tokio::fs::create_dir_all(folder).await?;
            // A name of its own: the same bytes may be uploaded twice at the same time, here and on other nodes.
            let partial = folder.join(format!(".{}", Ids.secret()));
            let written = async {
                write_through(&partial, bytes).await?;
                tokio::fs::rename(&partial, &path).await
            };
            if let Err(error) = written.await {
                let _ = tokio::fs::remove_file(&partial).await;
                return Err(error.into());
            }
        }
        // Also for a file that was there: whoever renamed it a moment ago may not have come this far.
        for folder in path.ancestors().skip(1).take(3) {
            tokio::fs::File::open(folder).await?.sync_all().await?;
        }
        Ok(StoredFile { name, hash, mime, size: bytes.len() as i64 })
    }

    /// The bytes of a stored file.
    ///
    /// # Errors
    /// [`FileError::Disk`] when it is not there.
    pub async fn get(&self, hash: &str) -> Result<Vec<u8>, FileError> {
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(FileError::Name);
        }
        Ok(tokio::fs::read(self.path(hash)).await?)
    }

    fn path(&self, hash: &str) -> PathBuf {
        let (folder, rest) = hash.split_at(2);
        self.root.join(folder).join(rest)
    }
}

async fn write_through(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = tokio::fs::File::create_new(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
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
        let directory = std::env::temp_dir().join(format!("dibao-media-{}", Ids.secret()));
        let files = Files::new(&directory, 8);
        let bytes: std::sync::Arc<[u8]> = "项目,数量\n".repeat(20_000).into_bytes().into();
        let mut uploads = tokio::task::JoinSet::new();
        for n in 0..16 {
            let (files, bytes) = (files.clone(), std::sync::Arc::clone(&bytes));
            uploads.spawn(async move {
                let stored = files.put(&format!("表{n}.csv"), &bytes).await.expect("taken");
                (files.get(&stored.hash).await.expect("there") == *bytes, stored.hash)
            });
        }
        let ended = uploads.join_all().await;
        assert!(ended.iter().all(|(whole, hash)| *whole && *hash == ended[0].1));
        let folder = files.path(&ended[0].1).parent().expect("a folder").to_owned();
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
