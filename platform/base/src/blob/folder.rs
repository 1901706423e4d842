//! A directory of this machine, or one that all nodes mount.

use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::BytesMut;
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::{BlobError, Opened};
use crate::id::Ids;

/// Bytes read from the disk at a time.
const PIECE: u64 = 256 * 1024;

#[derive(Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub fn place(&self) -> String {
        self.root.display().to_string()
    }

    /// Written beside its place, forced to the disk and renamed, so that a killed process or a lost machine leaves either
    /// the whole file or none, and a file that was taken stays.
    pub async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.root.join(key);
        let kept = async {
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
                    return Err(error);
                }
            }
            // Also for a file that was there: whoever renamed it a moment ago may not have come this far.
            for folder in path.ancestors().skip(1).take(3) {
                tokio::fs::File::open(folder).await?.sync_all().await?;
            }
            Ok(())
        };
        kept.await.map_err(|error| why(key, &error))
    }

    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Opened, BlobError> {
        let said = |error: std::io::Error| why(key, &error);
        let mut file = tokio::fs::File::open(self.root.join(key)).await.map_err(said)?;
        let size = file.metadata().await.map_err(said)?.len();
        let range = range.map_or(0..size, |range| range.start.min(size)..range.end.min(size));
        file.seek(SeekFrom::Start(range.start)).await.map_err(said)?;
        let (left, key) = (range.end.saturating_sub(range.start), key.to_owned());
        let pieces = futures::stream::try_unfold((file, left), move |(mut file, left)| {
            let key = key.clone();
            async move {
                if left == 0 {
                    return Ok(None);
                }
                let mut piece = BytesMut::with_capacity(usize::try_from(left.min(PIECE)).unwrap_or(0));
                let read = (&mut file).take(left.min(PIECE)).read_buf(&mut piece).await;
                let read = read.map_err(|error| why(&key, &error))? as u64;
                // Somebody cut the file: a short answer must not look like a whole one.
                let cut = || BlobError::Away(format!("{key} is shorter than it was"));
                if read == 0 { Err(cut()) } else { Ok(Some((piece.freeze(), (file, left - read)))) }
            }
        });
        Ok(Opened { size, range, pieces: pieces.boxed() })
    }

    pub async fn head(&self, key: &str) -> Result<(), BlobError> {
        let found = tokio::fs::metadata(self.root.join(key)).await;
        found.map(|_| ()).map_err(|error| why(key, &error))
    }

    pub async fn remove(&self, key: &str) -> Result<(), BlobError> {
        tokio::fs::remove_file(self.root.join(key)).await.map_err(|error| why(key, &error))
    }
}

async fn write_through(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = tokio::fs::File::create_new(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
}

fn why(key: &str, error: &std::io::Error) -> BlobError {
    match error.kind() {
        ErrorKind::NotFound => BlobError::Missing(key.to_owned()),
        ErrorKind::PermissionDenied => BlobError::Refused(format!("{key}: {error}")),
        _ => BlobError::Away(format!("{key}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_comes_in_pieces_and_a_killed_write_shows_nothing() {
        let root = std::env::temp_dir().join(format!("dibao-blob-{}", Ids.secret()));
        let folder = Folder::new(&root);
        assert!(matches!(folder.get("ab/cd", None).await, Err(BlobError::Missing(_))));
        let bytes: Vec<u8> = (0..PIECE * 2 + 7).map(|n| (n % 251) as u8).collect();
        folder.put("ab/cd", &bytes).await.expect("kept");
        // What a killed process leaves beside a file is not the file.
        std::fs::write(root.join("ab/.left"), b"half").expect("written");

        let whole = folder.get("ab/cd", None).await.expect("there");
        assert_eq!((whole.size, whole.range.clone()), (PIECE * 2 + 7, 0..PIECE * 2 + 7));
        let pieces: Vec<_> = whole.pieces.collect().await;
        assert!(pieces.len() >= 3, "a large file is not read at once");
        let joined: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.expect("read").to_vec()).collect();
        assert_eq!(joined, bytes);
        let part = folder.get("ab/cd", Some(PIECE - 1..PIECE + 3)).await.expect("there").whole().await.expect("read");
        assert_eq!(part, bytes[PIECE as usize - 1..PIECE as usize + 3]);
        std::fs::remove_dir_all(root).expect("removed");
    }
}
