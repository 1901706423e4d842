//! What both sides sign: the request with its address and body, and the answer bound to the request by its nonce
//! (RFC 9421 with Ed25519; bodies by Content-Digest, RFC 9530).

use base::Timestamp;
use base::outbound::{Ask, HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use httpsig::prelude::message_component::{HttpMessageComponent, HttpMessageComponentId};
use httpsig::prelude::{
    AlgorithmName, HttpSignatureBase, HttpSignatureHeaders, HttpSignatureParams, PublicKey, SecretKey, SigningKey,
};

/// What a request's signature covers.
const OF_REQUEST: [&str; 5] = ["@method", "@authority", "@path", "@query", "content-digest"];
/// What an answer's signature covers.
const OF_ANSWER: [&str; 2] = ["@status", "content-digest"];
/// Name of the signature.
const LABEL: &str = "dibao";

const DIGEST: HeaderName = HeaderName::from_static("content-digest");
const INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// Why something signed was not believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SignError {
    /// A key cannot be read.
    #[error("a key of 32 bytes in base64 is needed")]
    Key,
    /// There is no signature, or it does not say what it must.
    #[error("the signature is missing or incomplete: {0}")]
    Incomplete(&'static str),
    /// The body is not the one that was signed.
    #[error("the body is not the one that was signed")]
    Digest,
    /// It does not hold.
    #[error("the signature does not hold")]
    Wrong,
    /// It was made too long ago, or in the future.
    #[error("the signature is too old, or from the future")]
    Old,
    /// It was used before.
    #[error("the signature was used before")]
    Replayed,
}

/// The key of this installation.
#[derive(Clone)]
pub struct Signer {
    secret: SecretKey,
    key_id: String,
    public: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Signer({})", self.key_id)
    }
}

/// What a signature that holds said about itself.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Name of the key.
    pub key_id: String,
    /// What makes it one of a kind.
    pub nonce: String,
}

/// The parts of a request that are signed.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Method, upper case.
    pub method: &'a str,
    /// Host and port, as in the Host header.
    pub authority: &'a str,
    /// Path.
    pub path: &'a str,
    /// Query without its question mark.
    pub query: &'a str,
}

fn thirty_two(text: &str) -> Result<[u8; 32], SignError> {
    STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(SignError::Key)
}

/// The name of a public key in signatures: the beginning of its digest.
///
/// # Errors
/// [`SignError::Key`].
pub fn key_id(public: &str) -> Result<String, SignError> {
    Ok(base::sm3_hex(&thirty_two(public)?)[..16].to_owned())
}

/// A fresh secret key, base64.
pub fn fresh(ids: base::Ids) -> String {
    let hex = ids.secret();
    let byte = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0);
    STANDARD.encode((0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>())
}

impl Signer {
    /// Reads the secret key.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn new(seed: &str) -> Result<Self, SignError> {
        let secret = SecretKey::from_bytes(&AlgorithmName::Ed25519, &thirty_two(seed)?).map_err(|_| SignError::Key)?;
        let PublicKey::Ed25519(key) = secret.public_key() else { return Err(SignError::Key) };
        let public = STANDARD.encode(key.as_ref());
        Ok(Self { key_id: key_id(&public)?, secret, public })
    }

    /// The name of the key.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The public key, base64: what the other side is told.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Signs a request; answers nothing new when it is signed already.
    ///
    /// # Errors
    /// [`SignError::Wrong`] when the library refuses.
    pub fn request(&self, ask: &mut Ask, nonce: &str, now: Timestamp) -> Result<(), SignError> {
        let authority = match (ask.url.host_str(), ask.url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let digest = digest(&ask.body);
        let values = [
            ask.method.as_str(),
            authority.as_str(),
            ask.url.path(),
            &format!("?{}", ask.url.query().unwrap_or_default()),
            &digest,
        ];
        self.sign(&mut ask.headers, &OF_REQUEST, &values, nonce, now)
    }

    /// Signs an answer to the request with this nonce.
    ///
    /// # Errors
    /// [`SignError::Wrong`] when the library refuses.
    pub fn answer(
        &self,
        status: u16,
        headers: &mut HeaderMap,
        body: &[u8],
        nonce: &str,
        now: Timestamp,
    ) -> Result<(), SignError> {
        let (status, digest) = (status.to_string(), digest(body));
        self.sign(headers, &OF_ANSWER, &[&status, &digest], nonce, now)
    }

    fn sign(
        &self,
        headers: &mut HeaderMap,
        names: &[&str],
        values: &[&str],
        nonce: &str,
        now: Timestamp,
    ) -> Result<(), SignError> {
        let ids = ids(names)?;
        let mut params = HttpSignatureParams::try_new(&ids).map_err(|_| SignError::Wrong)?;
        params.set_created(now.micros().unsigned_abs() / 1_000_000).set_nonce(nonce).set_keyid(&self.key_id);
        params.set_alg(&self.secret.alg());
        let signed = base_of(&ids, values, &params)?
            .build_signature_headers(&self.secret, Some(LABEL))
            .map_err(|_| SignError::Wrong)?;
        let digest = values.last().copied().unwrap_or_default();
        let said = [
            (DIGEST, digest.to_owned()),
            (INPUT, signed.signature_input_header_value()),
            (SIGNATURE, signed.signature_header_value()),
        ];
        for (name, value) in said {
            headers.insert(name, HeaderValue::from_str(&value).map_err(|_| SignError::Wrong)?);
        }
        Ok(())
    }
}

fn digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, body)))
}

fn ids(names: &[&str]) -> Result<Vec<HttpMessageComponentId>, SignError> {
    names.iter().map(|name| HttpMessageComponentId::try_from(*name).map_err(|_| SignError::Wrong)).collect()
}

fn base_of(
    ids: &[HttpMessageComponentId],
    values: &[&str],
    params: &HttpSignatureParams,
) -> Result<HttpSignatureBase, SignError> {
    let lines = ids.iter().zip(values).map(|(id, value)| {
        HttpMessageComponent::try_from((id, &[(*value).to_owned()][..])).map_err(|_| SignError::Wrong)
    });
    HttpSignatureBase::try_new(&lines.collect::<Result<Vec<_>, _>>()?, params).map_err(|_| SignError::Wrong)
}

/// The name of the key that a request claims to be signed with; looked up before the signature is checked.
///
/// # Errors
/// [`SignError::Incomplete`].
pub fn claimed(headers: &HeaderMap) -> Result<Signed, SignError> {
    let (params, _) = read(headers)?;
    let key_id = params.keyid.clone().ok_or(SignError::Incomplete("keyid"))?;
    let nonce = params.nonce.clone().filter(|nonce| nonce.len() >= 16).ok_or(SignError::Incomplete("nonce"))?;
    Ok(Signed { key_id, nonce })
}

fn read(headers: &HeaderMap) -> Result<(HttpSignatureParams, HttpSignatureHeaders), SignError> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parsed = HttpSignatureHeaders::try_parse(text(&SIGNATURE), text(&INPUT))
        .map_err(|_| SignError::Incomplete("signature"))?;
    let signed = parsed.get(LABEL).cloned().ok_or(SignError::Incomplete("signature"))?;
    Ok((signed.signature_params().clone(), signed))
}

/// Whether a request is signed by this key, body included, and lately. That its nonce is new is for the caller to hold.
///
/// # Errors
/// See [`SignError`].
pub fn check_request(
    public: &str,
    asked: &Asked<'_>,
    headers: &HeaderMap,
    body: &[u8],
    skew_seconds: i64,
    now: Timestamp,
) -> Result<(), SignError> {
    let (query, digest) = (format!("?{}", asked.query), digest(body));
    let values = [asked.method, asked.authority, asked.path, query.as_str(), digest.as_str()];
    check(public, headers, &OF_REQUEST, &values, skew_seconds, now)
}

/// Whether an answer is signed by this key and answers the request with this nonce.
///
/// # Errors
/// See [`SignError`].
pub fn check_answer(
    public: &str,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    nonce: &str,
    skew_seconds: i64,
    now: Timestamp,
) -> Result<(), SignError> {
    let (status, digest) = (status.to_string(), digest(body));
    check(public, headers, &OF_ANSWER, &[status.as_str(), digest.as_str()], skew_seconds, now)?;
    if claimed(headers)?.nonce == nonce { Ok(()) } else { Err(SignError::Replayed) }
}

fn check(
    public: &str,
    headers: &HeaderMap,
    names: &[&str],
    values: &[&str],
    skew_seconds: i64,
    now: Timestamp,
) -> Result<(), SignError> {
    let (params, signed) = read(headers)?;
    let ids = ids(names)?;
    // Exactly what must be covered, in our order: a shorter list would leave something out.
    if params.covered_components != ids {
        return Err(SignError::Incomplete("covered components"));
    }
    let created = params.created.ok_or(SignError::Incomplete("created"))?;
    let age = now.micros() / 1_000_000 - i64::try_from(created).unwrap_or(0);
    if age.abs() > skew_seconds {
        return Err(SignError::Old);
    }
    let said = headers.get(&DIGEST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if values.last().copied() != Some(said) {
        return Err(SignError::Digest);
    }
    let key = PublicKey::from_bytes(&AlgorithmName::Ed25519, &thirty_two(public)?).map_err(|_| SignError::Key)?;
    base_of(&ids, values, &params)?.verify_signature_headers(&key, &signed).map_err(|_| SignError::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(byte: u8) -> Signer {
        Signer::new(&STANDARD.encode([byte; 32])).expect("a key")
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-02 08:00").expect("an instant")
    }

    fn asked() -> Ask {
        let url = "https://www.example.cn:8443/federation/v1/orders?after=3".parse().expect("an address");
        Ask::post(url, HeaderMap::new(), bytes::Bytes::from_static(b"{}"))
    }

    const PARTS: Asked<'_> =
        Asked { method: "POST", authority: "www.example.cn:8443", path: "/federation/v1/orders", query: "after=3" };

    #[test]
    fn a_request_is_believed_as_it_was_signed_and_in_no_other_form() {
        let (ours, theirs) = (signer(1), signer(2));
        let mut ask = asked();
        ours.request(&mut ask, "0123456789abcdef", now()).expect("signed");
        let check = |public: &str, parts: &Asked<'_>, body: &[u8], at: Timestamp| {
            check_request(public, parts, &ask.headers, body, 300, at)
        };
        assert_eq!(check(ours.public(), &PARTS, b"{}", now()), Ok(()));
        assert_eq!(claimed(&ask.headers).expect("a claim").key_id, ours.key_id());
        assert_eq!(check(theirs.public(), &PARTS, b"{}", now()), Err(SignError::Wrong));
        assert_eq!(check(ours.public(), &PARTS, b"{ }", now()), Err(SignError::Digest));
        for wrong in [
            Asked { method: "PUT", ..PARTS },
            Asked { authority: "evil.example", ..PARTS },
            Asked { path: "/federation/v1/receipts", ..PARTS },
            Asked { query: "after=4", ..PARTS },
        ] {
            assert_eq!(check(ours.public(), &wrong, b"{}", now()), Err(SignError::Wrong), "{wrong:?}");
        }
        assert_eq!(check(ours.public(), &PARTS, b"{}", now().plus_minutes(6)), Err(SignError::Old));
        assert_eq!(check(ours.public(), &PARTS, b"{}", now().plus_minutes(-6)), Err(SignError::Old));
    }

    #[test]
    fn an_answer_belongs_to_one_request() {
        let ours = signer(1);
        let mut headers = HeaderMap::new();
        ours.answer(200, &mut headers, b"[]", "0123456789abcdef", now()).expect("signed");
        let check = |status, nonce| check_answer(ours.public(), status, &headers, b"[]", nonce, 300, now());
        assert_eq!(check(200, "0123456789abcdef"), Ok(()));
        assert_eq!(check(404, "0123456789abcdef"), Err(SignError::Wrong));
        assert_eq!(check(200, "fedcba9876543210"), Err(SignError::Replayed));
        assert_eq!(claimed(&HeaderMap::new()).expect_err("nothing"), SignError::Incomplete("signature"));
    }
}
