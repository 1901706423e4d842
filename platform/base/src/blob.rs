//! Whole byte strings under keys, written once and never changed: a directory of this machine, or a bucket that speaks S3.
//!
//! The bucket's endpoint is the operator's own configuration, so it may be private: the guard of [`crate::outbound`], which
//! is about addresses that others name, does not ask here.

mod bucket;
mod folder;

use std::ops::Range;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;

use crate::config::Config;
use crate::id::Ids;
use bucket::Bucket;
use folder::Folder;

/// Why the store did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BlobError {
    /// Nothing is kept under the key.
    #[error("{0} is not in the file store")]
    Missing(String),
    /// The settings cannot be used.
    #[error("the file store is not configured: {0}")]
    Settings(String),
    /// The store does not believe the credentials, or does not allow it.
    #[error("the file store refuses: {0}")]
    Refused(String),
    /// The disk or the service is in trouble.
    #[error("the file store does not work: {0}")]
    Away(String),
}

/// Bytes on their way out, in pieces.
pub type Pieces = BoxStream<'static, Result<Bytes, BlobError>>;

/// A blob that was opened.
pub struct Opened {
    /// How many bytes there are in all.
    pub size: u64,
    /// Which of them come.
    pub range: Range<u64>,
    /// The bytes. Nothing is read ahead of whoever takes them.
    pub pieces: Pieces,
}

impl Opened {
    /// All of it at once.
    ///
    /// # Errors
    /// [`BlobError::Away`] when the store fails half way.
    pub async fn whole(mut self) -> Result<Vec<u8>, BlobError> {
        let mut whole = BytesMut::with_capacity(usize::try_from(self.range.end - self.range.start).unwrap_or(0));
        while let Some(piece) = self.pieces.next().await {
            whole.extend_from_slice(&piece?);
        }
        Ok(whole.to_vec())
    }
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Backing);

#[derive(Clone)]
enum Backing {
    Folder(Folder),
    Bucket(Bucket),
}

impl Blobs {
    /// Below a directory of this machine. It is made when something is kept in it for the first time.
    pub fn folder(root: &Path) -> Self {
        Self(Backing::Folder(Folder::new(root)))
    }

    /// As the configuration says.
    ///
    /// # Errors
    /// [`BlobError::Settings`].
    pub fn open(config: &Config) -> Result<Self, BlobError> {
        if config.files_store == "s3" {
            return Ok(Self(Backing::Bucket(Bucket::open(config)?)));
        }
        Ok(Self::folder(&config.data_dir.join("files")))
    }

    /// Keeps the bytes under the key, unless something is kept there: keys are content hashes, so it is the same. When this
    /// returns, the bytes are whole and stay.
    ///
    /// # Errors
    /// [`BlobError`]; nothing that a reader could see is left behind then.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        match &self.0 {
            Backing::Folder(folder) => folder.put(key, &bytes).await,
            Backing::Bucket(bucket) => bucket.put(key, bytes).await,
        }
    }

    /// Opens a blob, or a part of it.
    ///
    /// # Errors
    /// [`BlobError::Missing`], or the store's own trouble.
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Opened, BlobError> {
        match &self.0 {
            Backing::Folder(folder) => folder.get(key, range).await,
            Backing::Bucket(bucket) => bucket.get(key, range).await,
        }
    }

    /// Whether something is kept under the key, without reading it.
    ///
    /// # Errors
    /// The store's own trouble: not being able to tell is not "no".
    pub async fn has(&self, key: &str) -> Result<bool, BlobError> {
        let found = match &self.0 {
            Backing::Folder(folder) => folder.head(key).await,
            Backing::Bucket(bucket) => bucket.head(key).await,
        };
        match found {
            Ok(()) => Ok(true),
            Err(BlobError::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes, reads and removes a blob of its own: what a store must be able to do. Answers where that was.
    ///
    /// # Errors
    /// [`BlobError`] of the step that failed, in words without any secret.
    pub async fn examine(&self, ids: Ids) -> Result<String, BlobError> {
        let key = format!(".doctor/{}", ids.secret());
        self.put(&key, Bytes::from_static(b"x")).await?;
        let read = self.get(&key, None).await?.whole().await;
        match &self.0 {
            Backing::Folder(folder) => folder.remove(&key).await?,
            Backing::Bucket(bucket) => bucket.remove(&key).await?,
        }
        if read? != b"x" {
            return Err(BlobError::Away("what was written comes back as something else".to_owned()));
        }
        Ok(self.place())
    }

    /// Where the blobs are, in words.
    pub fn place(&self) -> String {
        match &self.0 {
            Backing::Folder(folder) => folder.place(),
            Backing::Bucket(bucket) => bucket.place(),
        }
    }
}
