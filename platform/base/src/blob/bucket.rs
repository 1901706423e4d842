//! A bucket that speaks S3. One stored copy serves the whole cluster.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    RetryConfig,
};

use super::{BlobError, Opened};
use crate::config::Config;

/// How long a service may be silent, and how long a request is tried again.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    prefix: String,
    place: String,
}

impl Bucket {
    pub fn open(config: &Config) -> Result<Self, BlobError> {
        let (key_id, secret) = (config.files_key_id.as_str(), config.files_secret.expose());
        for (name, value) in [("bucket", config.files_bucket.as_str()), ("key_id", key_id), ("secret", secret)] {
            if value.is_empty() {
                return Err(BlobError::Settings(format!("files.store is s3, but files.{name} is empty")));
            }
        }
        // No limit on the whole of a transfer: a film takes the time that its reader takes. Silence has one.
        let client = ClientOptions::new()
            .with_timeout_disabled()
            .with_connect_timeout(PATIENCE / 2)
            .with_read_timeout(PATIENCE)
            .with_allow_http(config.files_endpoint.starts_with("http://"));
        let retry = RetryConfig { backoff: BackoffConfig::default(), max_retries: 3, retry_timeout: PATIENCE };
        let mut builder = AmazonS3Builder::new()
            .with_client_options(client)
            .with_retry(retry)
            .with_bucket_name(&config.files_bucket)
            .with_region(&config.files_region)
            .with_access_key_id(key_id)
            .with_secret_access_key(secret)
            .with_virtual_hosted_style_request(!config.files_path_style);
        if !config.files_endpoint.is_empty() {
            builder = builder.with_endpoint(endpoint(config));
        }
        let store = builder.build().map_err(|error| BlobError::Settings(error.to_string()))?;
        let at = if config.files_endpoint.is_empty() { &config.files_region } else { &config.files_endpoint };
        let place = format!("bucket {} at {at}, as {key_id}", config.files_bucket);
        Ok(Self { store: Arc::new(store), prefix: config.files_prefix.clone(), place })
    }

    pub fn place(&self) -> String {
        self.place.clone()
    }

    fn at(&self, key: &str) -> Path {
        Path::from(format!("{}/{key}", self.prefix))
    }

    /// The service answers when it holds all of the bytes: an object is whole or not there.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        // Most uploads of something known end here, without sending it.
        if self.head(key).await.is_ok() {
            return Ok(());
        }
        let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store.put_opts(&self.at(key), bytes.clone().into(), create).await {
            // Another node was quicker with the same bytes.
            Ok(_) | Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(()),
            // A service that knows no conditions: the same bytes once more change nothing.
            Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
                self.store.put(&self.at(key), bytes.into()).await.map(|_| ()).map_err(|error| self.why(key, &error))
            }
            Err(error) => Err(self.why(key, &error)),
        }
    }

    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Opened, BlobError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&self.at(key), options).await.map_err(|error| self.why(key, &error))?;
        let (size, range, bucket, key) = (found.meta.size, found.range.clone(), self.clone(), key.to_owned());
        let pieces = found.into_stream().map(move |piece| piece.map_err(|error| bucket.why(&key, &error)));
        Ok(Opened { size, range, pieces: pieces.boxed() })
    }

    pub async fn head(&self, key: &str) -> Result<(), BlobError> {
        self.store.head(&self.at(key)).await.map(|_| ()).map_err(|error| self.why(key, &error))
    }

    pub async fn remove(&self, key: &str) -> Result<(), BlobError> {
        self.store.delete(&self.at(key)).await.map_err(|error| self.why(key, &error))
    }

    fn why(&self, key: &str, error: &Error) -> BlobError {
        match error {
            // A bucket that is not there is no missing file.
            Error::NotFound { .. } if !error.to_string().contains("NoSuchBucket") => BlobError::Missing(key.to_owned()),
            Error::Unauthenticated { .. } | Error::PermissionDenied { .. } => {
                BlobError::Refused(format!("{}: {}", self.place, words(error)))
            }
            _ => BlobError::Away(format!("{}: {}", self.place, words(error))),
        }
    }
}

/// With a bucket's name in front of the host when the service is asked that way: the builder adds it to the path only.
fn endpoint(config: &Config) -> String {
    let given = config.files_endpoint.trim_end_matches('/');
    match given.split_once("://") {
        Some((scheme, host)) if !config.files_path_style => format!("{scheme}://{}.{host}", config.files_bucket),
        _ => given.to_owned(),
    }
}

/// What the service said, short: its code when it gave one, else the end of the chain. Never a header, never a signature.
fn words(error: &Error) -> String {
    let text = error.to_string();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    if let Some(code) = code {
        return code.to_owned();
    }
    let mut last = (error as &dyn std::error::Error).source();
    while let Some(deeper) = last.and_then(std::error::Error::source) {
        last = Some(deeper);
    }
    let said = last.map_or(text, ToString::to_string);
    said.lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Config {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(None, pairs.into_iter()).expect("a configuration")
    }

    #[test]
    fn what_is_missing_is_named_and_no_secret_is_shown() {
        crate::outbound::install_crypto();
        let (store, bucket) = (("DIBAO_FILES_STORE", "s3"), ("DIBAO_FILES_BUCKET", "portal"));
        let (key, secret) = (("DIBAO_FILES_KEY_ID", "who"), ("DIBAO_FILES_SECRET", "verysecret"));
        let wrong = |pairs: &[(&str, &str)]| Bucket::open(&config(pairs)).err().map(|error| error.to_string());
        assert!(wrong(&[store, key, secret]).is_some_and(|why| why.contains("files.bucket")));
        assert!(wrong(&[store, bucket, key]).is_some_and(|why| why.contains("files.secret")));
        let whole = config(&[store, bucket, key, secret]);
        assert!(Bucket::open(&whole).is_ok_and(|open| open.place() == "bucket portal at us-east-1, as who"));
        assert!(!format!("{whole:?}").contains("verysecret"));
    }

    #[test]
    fn a_bucket_stands_in_the_path_or_in_the_name() {
        let at = |style| {
            endpoint(&config(&[
                ("DIBAO_FILES_ENDPOINT", "https://s3.gov.internal/"),
                ("DIBAO_FILES_BUCKET", "portal"),
                ("DIBAO_FILES_PATH_STYLE", style),
            ]))
        };
        assert_eq!(at("true"), "https://s3.gov.internal");
        assert_eq!(at("false"), "https://portal.s3.gov.internal");
    }
}
