//! Identifiers. Random bits come from here and nowhere else, and are minted from the request's one instant.

use rand::Rng;
use uuid::{Builder, Uuid};

use crate::Timestamp;

/// The source of identifiers and secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids;

impl Ids {
    /// A version 7 UUID for the instant `now`.
    pub fn new_id(&self, now: Timestamp) -> Uuid {
        let mut random = [0u8; 10];
        self.fill(&mut random);
        let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A secret of 256 random bits as 64 lower-case hex digits.
    pub fn secret(&self) -> String {
        let mut bytes = [0u8; 32];
        self.fill(&mut bytes);
        hex(&bytes)
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// SM3 (GB/T 32905-2016) of some bytes as 64 lower-case hex digits.
pub fn sm3_hex(bytes: &[u8]) -> String {
    use sm3::Digest;
    hex(&sm3::Sm3::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sm3_matches_the_standard_example() {
        assert_eq!(sm3_hex(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }

    #[test]
    fn ids_sort_by_their_instant() {
        let (early, late) = (Timestamp(1_000_000_000), Timestamp(2_000_000_000));
        assert!(Ids.new_id(early) < Ids.new_id(late));
    }
}
