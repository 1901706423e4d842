//! The signature of a message, in the manner of the Standard Webhooks convention: HMAC-SHA256 over `id.timestamp.body`, keyed
//! with the bytes behind `whsec_`, sent as `webhook-signature: v1,BASE64`; several, separated by a space, while a secret is
//! being replaced.

use std::collections::HashMap;

use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// What a secret begins with.
pub const PREFIX: &str = "whsec_";

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// A header is missing or cannot be read.
    #[error("the headers cannot be read")]
    Headers,
    /// It was signed too long ago, or in the future: perhaps a replay.
    #[error("the time of the signature is not near enough")]
    Time,
    /// No signature fits.
    #[error("no signature fits")]
    Forged,
    /// A message with this id was believed before.
    #[error("this message was taken before")]
    Replayed,
}

/// A secret from 32 random bytes in hex.
pub fn secret(hex: &str) -> String {
    let digit = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Vec<u8> = (0..hex.len() / 2).filter_map(|at| digit(at * 2)).collect();
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

fn key(secret: &str) -> Option<hmac::Key> {
    let bytes = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn signed(id: &str, seconds: i64, body: &[u8]) -> Vec<u8> {
    [format!("{id}.{seconds}.").as_bytes(), body].concat()
}

/// The value of `webhook-signature`: one signature per secret.
pub fn sign(secrets: &[&str], id: &str, at: Timestamp, body: &[u8]) -> String {
    let text = signed(id, at.micros() / Timestamp::SECOND, body);
    let one = |secret: &&str| Some(format!("v1,{}", STANDARD.encode(hmac::sign(&key(secret)?, &text))));
    secrets.iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

/// What a receiver does: believes each message once, and none that is old or forged.
#[derive(Debug, Default)]
pub struct Verifier {
    seen: HashMap<String, i64>,
}

/// The three headers of a message.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// `webhook-id`
    pub id: &'a str,
    /// `webhook-timestamp`
    pub timestamp: &'a str,
    /// `webhook-signature`
    pub signature: &'a str,
}

impl Verifier {
    /// Believes a message, or says why not. Ids are remembered for as long as the time of their signature would be near
    /// enough.
    ///
    /// # Errors
    /// See [`Unverified`].
    pub fn accept(
        &mut self,
        secret: &str,
        headers: Headers<'_>,
        body: &[u8],
        tolerance_seconds: i64,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        let now = now.micros() / Timestamp::SECOND;
        let at: i64 = headers.timestamp.parse().map_err(|_| Unverified::Headers)?;
        let key = key(secret).ok_or(Unverified::Headers)?;
        if (now - at).abs() > tolerance_seconds {
            return Err(Unverified::Time);
        }
        let text = signed(headers.id, at, body);
        let fits = |one: &str| {
            let tag = one.strip_prefix("v1,").and_then(|tag| STANDARD.decode(tag).ok());
            tag.is_some_and(|tag| hmac::verify(&key, &text, &tag).is_ok())
        };
        if !headers.signature.split(' ').any(fits) {
            return Err(Unverified::Forged);
        }
        self.seen.retain(|_, until| *until >= now);
        match self.seen.insert(headers.id.to_owned(), now + 2 * tolerance_seconds) {
            None => Ok(()),
            Some(_) => Err(Unverified::Replayed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_614_265_330_000_000);

    /// The example of the convention's own documentation.
    #[test]
    fn signs_like_the_convention() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = br#"{"test": 2432232314}"#;
        let made = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", AT, body);
        assert_eq!(made, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn believes_once_and_nothing_old_or_forged() {
        let (secret, other) = (secret(&"ab".repeat(32)), secret(&"cd".repeat(32)));
        let body = b"{}";
        let signature = sign(&[&other, &secret], "msg_1", AT, body);
        let stamp = (AT.micros() / Timestamp::SECOND).to_string();
        let headers = Headers { id: "msg_1", timestamp: &stamp, signature: &signature };
        let mut verifier = Verifier::default();
        assert_eq!(verifier.accept(&secret, headers, b"{ }", 300, AT), Err(Unverified::Forged));
        assert_eq!(
            verifier.accept(&secret, Headers { id: "msg_2", ..headers }, body, 300, AT),
            Err(Unverified::Forged)
        );
        assert_eq!(verifier.accept(&secret, headers, body, 300, AT.plus_seconds(301)), Err(Unverified::Time));
        assert_eq!(verifier.accept(&secret, headers, body, 300, AT.plus_seconds(-301)), Err(Unverified::Time));
        assert_eq!(
            verifier.accept(&secret, Headers { timestamp: "x", ..headers }, body, 300, AT),
            Err(Unverified::Headers)
        );
        assert_eq!(verifier.accept(&secret, headers, body, 300, AT), Ok(()));
        assert_eq!(verifier.accept(&other, headers, body, 300, AT.plus_seconds(299)), Err(Unverified::Replayed));
        assert_eq!(
            verifier.accept(&secret, Headers { signature: "v2,x", ..headers }, body, 300, AT),
            Err(Unverified::Forged)
        );
    }
}
