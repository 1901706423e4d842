//! The inferior's end of the channel: asks, signed, and believes only what the superior signed in answer.

use base::Timestamp;
use base::outbound::{Ask, Destination, HeaderMap, Limits, Outbound};
use base::people::Peer;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::sign::{self, Signer};
use super::{FederationError, FederationRule};

/// One channel for the time of one run.
pub(super) struct Line<'a> {
    pub outbound: &'a Outbound,
    pub signer: &'a Signer,
    pub peer: &'a Peer,
    pub rule: &'a FederationRule,
    pub ids: base::Ids,
    pub now: Timestamp,
}

/// Bytes of one message; a file may be larger than a page.
const MESSAGE: usize = 64 * 1024 * 1024;

impl Line<'_> {
    fn at(&self, path: &str) -> Result<Url, FederationError> {
        let url = format!("{}/federation/v1/{path}", self.peer.url.trim_end_matches('/'));
        Url::parse(&url).map_err(|_| FederationError::Away(format!("{url} is not an address")))
    }

    async fn say(&self, mut ask: Ask) -> Result<Bytes, FederationError> {
        let nonce = self.ids.secret();
        self.signer.request(&mut ask, &nonce, self.now)?;
        let limits = Limits { bytes: MESSAGE, redirects: 0 };
        let answer = self.outbound.send(&ask, Destination::Outside, limits).await;
        let answer = answer.map_err(|error| FederationError::Away(error.to_string()))?;
        if !answer.headers.contains_key("signature") {
            // A gateway or a stranger speaks: nothing that it says is believed.
            return Err(FederationError::Away(format!("an unsigned answer, {}", answer.status)));
        }
        let (key, skew) = (&self.peer.public_key, self.rule.skew_seconds);
        sign::check_answer(key, answer.status, &answer.headers, &answer.body, &nonce, skew, self.now)?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        let said = String::from_utf8_lossy(&answer.body);
        if answer.status == 424 {
            let missing: Vec<String> = serde_json::from_str(&said).unwrap_or_default();
            return Err(FederationError::Files(missing));
        }
        Err(FederationError::Answer { status: answer.status, what: said.chars().take(200).collect() })
    }

    /// Asks for something.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, FederationError> {
        let bytes = self.say(Ask::get(self.at(path)?)).await?;
        serde_json::from_slice(&bytes).map_err(|error| FederationError::Unreadable(error.to_string()))
    }

    /// Asks for bytes.
    pub async fn bytes(&self, path: &str) -> Result<Bytes, FederationError> {
        self.say(Ask::get(self.at(path)?)).await
    }

    /// Tells something.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, said: &impl Serialize) -> Result<T, FederationError> {
        let body = serde_json::to_vec(said).map_err(|error| FederationError::Unreadable(error.to_string()))?;
        let bytes = self.say(Ask::post(self.at(path)?, HeaderMap::new(), body.into())).await?;
        serde_json::from_slice(&bytes).map_err(|error| FederationError::Unreadable(error.to_string()))
    }

    /// Hands bytes over.
    pub async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), FederationError> {
        self.say(Ask::post(self.at(path)?, HeaderMap::new(), bytes.into())).await.map(|_| ())
    }
}
