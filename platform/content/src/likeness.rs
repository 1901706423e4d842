//! How alike two Chinese texts are: words by a dictionary, runs of words as shingles, the share that two texts have in common.

mod fingerprint;

use std::collections::HashSet;
use std::sync::LazyLock;

use jieba_rs::Jieba;

pub use fingerprint::{Fingerprint, Shape, bucket_bytes, buckets_of, sketch_bytes, sketch_likeness, sketch_of};

// The dictionary never changes; it is read when the first text is cut.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Words in a run.
const RUN: usize = 3;

/// Every token of a text in order, punctuation and line ends included: joined, they are the text again.
pub fn tokens(text: &str) -> Vec<&str> {
    DICTIONARY.cut(text, false).into_iter().map(|token| token.word).collect()
}

/// The words of a text in order, without punctuation and spaces.
pub fn words(text: &str) -> Vec<&str> {
    tokens(text).into_iter().filter(|word| word.chars().any(char::is_alphanumeric)).collect()
}

/// Every run of three words; a shorter text is one run.
pub fn runs(text: &str) -> HashSet<String> {
    let words = words(text);
    if words.is_empty() {
        return HashSet::new();
    }
    words.windows(RUN.min(words.len())).map(|run| run.join(" ")).collect()
}

/// The share of runs that two texts have in common (Jaccard): 0 nothing, 1 the same words in the same order.
pub fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (runs(one), runs(other));
    let common = one.intersection(&other).count();
    let all = one.len() + other.len() - common;
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_change_is_near_and_another_matter_is_far() {
        let one = "江岸区组织开展防汛应急演练，二百余人参加，检验了各街道的抢险能力。";
        let near = "江岸区组织开展防汛应急演练，三百余人参加，检验了各街道的抢险能力。";
        let far = "市图书馆新馆对外开放，读者可以凭身份证借阅图书。";
        assert!(likeness(one, near) > 0.5, "{}", likeness(one, near));
        assert!(likeness(one, far) < 0.05);
        assert!((likeness(one, one) - 1.0).abs() < 1e-9);
        assert_eq!(likeness("", "，。"), 0.0);
    }
}
