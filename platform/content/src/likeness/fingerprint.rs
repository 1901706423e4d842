//! Fingerprints of texts: what near-duplicates have in common, small enough to keep and quick enough to find among a million.
//!
//! A text is the set of its traits: every word of two characters or more, and every number, counted several times because a
//! number tells one event from the next of its kind. Two texts are as alike as their sets are (Jaccard).
//! - The sketch holds the smallest hashes of the set (bottom-k, Broder 1997): it gives the likeness, exactly for a set that
//!   fits in it and as an estimate beyond.
//! - The buckets are the bands of a MinHash signature (locality-sensitive hashing, Indyk and Motwani 1998): texts that are
//!   alike share at least one with a probability that grows steeply with their likeness.

use std::collections::HashSet;

use super::words;

/// How a fingerprint is made. Fingerprints of different shapes share no bucket and cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Names the shape: shapes with other names have other buckets.
    pub name: String,
    /// Bands of the signature; one bucket each.
    pub bands: usize,
    /// Rows of a band: minima that must all agree.
    pub rows: usize,
    /// How often a number counts.
    pub number_weight: usize,
    /// Hashes that a sketch holds at most.
    pub sketch: usize,
}

/// The fingerprint of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The smallest hashes of the traits, ascending.
    pub sketch: Vec<u32>,
    /// One bucket per band; empty for a text without traits, which is like nothing.
    pub buckets: Vec<i64>,
}

impl Fingerprint {
    /// The fingerprint of a text: its title and everything that can be read under it.
    pub fn of(title: &str, body: &str, shape: &Shape) -> Self {
        let traits: HashSet<u64> = traits(title, shape).chain(traits(body, shape)).collect();
        if traits.is_empty() {
            return Self { sketch: Vec::new(), buckets: Vec::new() };
        }
        let mut sketch: Vec<u32> = traits.iter().map(|one| (mixed(*one) >> 32) as u32).collect();
        sketch.sort_unstable();
        sketch.dedup();
        sketch.truncate(shape.sketch);
        Self { sketch, buckets: buckets(&traits, shape) }
    }

    /// How alike two texts are: 0 nothing in common, 1 the same words and numbers.
    pub fn likeness(&self, other: &Self, shape: &Shape) -> f64 {
        sketch_likeness(&self.sketch, &other.sketch, shape.sketch)
    }
}

/// How alike the sets of two sketches are, when sketches hold at most `most` hashes.
pub fn sketch_likeness(one: &[u32], other: &[u32], most: usize) -> f64 {
    let (mut at, mut by, mut common, mut all) = (0, 0, 0usize, 0usize);
    // Beyond the smallest `most` of both together a sketch no longer says what its text lacks.
    while all < most && (at < one.len() || by < other.len()) {
        match (one.get(at), other.get(by)) {
            (Some(here), Some(there)) if here == there => (at, by, common) = (at + 1, by + 1, common + 1),
            (Some(here), Some(there)) if here < there => at += 1,
            (Some(_), None) => at += 1,
            _ => by += 1,
        }
        all += 1;
    }
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

/// A sketch as it is stored: little-endian, four bytes each.
pub fn sketch_bytes(sketch: &[u32]) -> Vec<u8> {
    sketch.iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

/// Reads what [`sketch_bytes`] wrote.
pub fn sketch_of(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)).collect()
}

/// Buckets as they are stored: little-endian, eight bytes each.
pub fn bucket_bytes(buckets: &[i64]) -> Vec<u8> {
    buckets.iter().flat_map(|bucket| bucket.to_le_bytes()).collect()
}

/// Reads what [`bucket_bytes`] wrote.
pub fn buckets_of(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks::<8>().0.iter().map(|eight| i64::from_le_bytes(*eight)).collect()
}

fn traits(text: &str, shape: &Shape) -> impl Iterator<Item = u64> {
    let long = |word: &&str| word.chars().nth(1).is_some() && !word.chars().all(is_numeral);
    let named = words(text).into_iter().filter(long).map(|word| hashed(word.as_bytes()));
    let copies = shape.number_weight;
    let counted = numbers(text).map(hashed_number).flat_map(move |number| {
        // Each copy is a trait of its own: weighted MinHash by replication.
        (0..copies).map(move |copy| mixed(number ^ copy as u64))
    });
    named.chain(counted)
}

fn is_numeral(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９' | '.' | '点') || "〇零一二三四五六七八九十百千万亿两".contains(c)
}

/// The numbers of a text. A single Chinese numeral is no number: 一 is in every sentence.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let tells = |run: &&str| run.chars().nth(1).is_some() || run.chars().all(|c| c.is_ascii_digit());
    text.split(|c| !is_numeral(c)).filter(|run| !run.is_empty()).filter(tells)
}

fn hashed_number(number: &str) -> u64 {
    hashed(number.as_bytes()) ^ 0x6e75_6d62_6572
}

/// FNV-1a, 64 bits: what is stored must be read by the next version too, so no hash of the language's library.
fn hashed(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finaliser of SplitMix64: spreads what FNV leaves close together.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The bands of the MinHash signature: permutation `i` of a trait is its hash mixed with a seed of its own.
fn buckets(traits: &HashSet<u64>, shape: &Shape) -> Vec<i64> {
    let name = hashed(shape.name.as_bytes());
    let least = |seed: u64| traits.iter().map(|one| mixed(one ^ seed)).min().unwrap_or_default();
    let bucket = |band: usize| {
        let rows = (0..shape.rows).map(|row| least(mixed((band * shape.rows + row) as u64)));
        let start = mixed(name ^ band as u64);
        rows.fold(start, |bucket, least| mixed(bucket ^ least)).cast_signed()
    };
    (0..shape.bands).map(bucket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape { name: "test".to_owned(), bands: 40, rows: 3, number_weight: 3, sketch: 512 }
    }

    #[test]
    fn numbers_and_long_words_are_what_counts() {
        assert_eq!(numbers("5月12日，二百六十余人，一个").collect::<Vec<_>>(), ["5", "12", "二百六十"]);
        let of = |body| Fingerprint::of("江岸区防汛演练", body, &shape());
        let one = of("江岸区组织防汛应急演练，二百六十余人参加。");
        assert!((one.likeness(&one, &shape()) - 1.0).abs() < f64::EPSILON);
        let near = one.likeness(&of("二百六十余人参加江岸区组织的防汛应急演练。"), &shape());
        let other_event = one.likeness(&of("江岸区组织防汛应急演练，一百四十余人参加。"), &shape());
        assert!(near > 0.8 && other_event < near - 0.2, "{near} {other_event}");
        let nothing = Fingerprint::of("", "，。", &shape());
        assert!(nothing.buckets.is_empty() && one.likeness(&nothing, &shape()) == 0.0);
    }

    #[test]
    fn another_shape_shares_no_bucket() {
        let other = Shape { name: "other".to_owned(), ..shape() };
        let (one, two) = (Fingerprint::of("通知", "关于防汛", &shape()), Fingerprint::of("通知", "关于防汛", &other));
        assert!(one.buckets.iter().all(|bucket| !two.buckets.contains(bucket)));
        assert_eq!(one.sketch, two.sketch);
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let one = Fingerprint::of("通知", "关于防汛的通知，2026年", &shape());
        assert_eq!(sketch_of(&sketch_bytes(&one.sketch)), one.sketch);
        assert_eq!(buckets_of(&bucket_bytes(&one.buckets)), one.buckets);
    }

    proptest::proptest! {
        /// A sketch that is too small for its set estimates what the whole sets say.
        #[test]
        fn a_small_sketch_estimates(common in 200usize..600, apart in 0usize..600) {
            let set = |of: std::ops::Range<usize>| of.map(|at| mixed(at as u64)).collect::<Vec<u64>>();
            let sketch = |set: Vec<u64>, most: usize| {
                let mut sketch: Vec<u32> = set.into_iter().map(|one| (one >> 32) as u32).collect();
                sketch.sort_unstable();
                sketch.truncate(most);
                sketch
            };
            let (one, other) = (set(0..common + apart), set(apart..common + 2 * apart));
            let truth = sketch_likeness(&sketch(one.clone(), 9_999), &sketch(other.clone(), 9_999), 9_999);
            let guess = sketch_likeness(&sketch(one, 256), &sketch(other, 256), 256);
            proptest::prop_assert!((truth - guess).abs() < 0.16, "{} {}", truth, guess);
        }
    }
}
