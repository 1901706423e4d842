//! A corner of its own in the bucket that was started for the tests, and a second pair of eyes on what lies in it.

use base::blob::Blobs;
use base::config::Config;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt};

/// Where files of one test are kept.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub endpoint: String,
    bucket: String,
    key_id: String,
    pub secret: String,
    prefix: String,
}

impl Bucket {
    /// None, with a word about it, when no server was started.
    pub fn fresh() -> Option<Self> {
        base::outbound::install_crypto();
        let read = |name: &str| std::env::var(format!("DIBAO_TEST_S3_{name}")).ok().filter(|value| !value.is_empty());
        let Some(endpoint) = read("ENDPOINT") else {
            eprintln!("left out: no S3 server was started for the tests");
            return None;
        };
        let read = |name: &str| read(name).unwrap_or_else(|| panic!("no DIBAO_TEST_S3_{name}"));
        let prefix = format!("t/{}", &base::Ids.secret()[..12]);
        Some(Self { endpoint, bucket: read("BUCKET"), key_id: read("KEY_ID"), secret: read("SECRET"), prefix })
    }

    /// The port at which the server listens.
    pub fn port(&self) -> u16 {
        self.endpoint.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port")
    }

    /// The same corner by another way.
    pub fn through(&self, port: u16) -> Self {
        Self { endpoint: format!("http://127.0.0.1:{port}"), ..self.clone() }
    }

    /// The same corner with another secret.
    pub fn with_secret(&self, secret: &str) -> Self {
        Self { secret: secret.to_owned(), ..self.clone() }
    }

    /// What an operator would set.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DIBAO_FILES_STORE", "s3".to_owned()),
            ("DIBAO_FILES_ENDPOINT", self.endpoint.clone()),
            ("DIBAO_FILES_BUCKET", self.bucket.clone()),
            ("DIBAO_FILES_KEY_ID", self.key_id.clone()),
            ("DIBAO_FILES_SECRET", self.secret.clone()),
            ("DIBAO_FILES_PREFIX", self.prefix.clone()),
        ]
    }

    /// The store of a house, as the program itself makes it of these settings.
    pub fn blobs(&self) -> Blobs {
        let set = self.variables().into_iter().map(|(name, value)| (name.to_owned(), value));
        Blobs::open(&Config::load(None, set).expect("a configuration")).expect("a store")
    }

    fn eyes(&self) -> AmazonS3 {
        AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .with_bucket_name(&self.bucket)
            .with_region("us-east-1")
            .with_access_key_id(&self.key_id)
            .with_secret_access_key(&self.secret)
            .build()
            .expect("a client")
    }

    /// Names of everything in this corner.
    pub async fn names(&self) -> Vec<String> {
        let at = Path::from(self.prefix.as_str());
        let found: Vec<_> = self.eyes().list(Some(&at)).try_collect().await.expect("listed");
        found.into_iter().map(|one| one.location.to_string()).collect()
    }

    /// Takes an object away behind the program's back.
    pub async fn lose(&self, name: &str) {
        self.eyes().delete(&Path::from(name)).await.expect("removed");
    }
}
