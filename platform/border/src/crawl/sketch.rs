//! A small sketch of a text by which near-duplicates are found: the smallest hashes of its runs of words. The share of common
//! runs (Jaccard, as `content::likeness` counts it) is estimated from two sketches without the texts.

use content::likeness::runs;

/// Hashes in a sketch; the estimate errs by about four points in a hundred.
const SIZE: usize = 128;

/// Characters of a text that are sketched; more say nothing new.
const READ: usize = 4000;

/// The sketch of a text as lower-case hex, eight digits a hash; empty for a text without words.
pub(super) fn of(text: &str) -> String {
    let end = text.char_indices().nth(READ).map_or(text.len(), |(at, _)| at);
    let mut hashes: Vec<u32> = runs(&text[..end]).iter().map(|run| hash(run)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(SIZE);
    hashes.into_iter().map(|hash| format!("{hash:08x}")).collect()
}

/// The estimated share of common runs of two texts.
pub(super) fn share(one: &str, other: &str) -> f64 {
    let (one, other) = (read(one), read(other));
    let size = SIZE.min(one.len().max(other.len()));
    let (mut a, mut b, mut common, mut seen) = (0, 0, 0usize, 0usize);
    // Through the smallest hashes of both together.
    while seen < size && (a < one.len() || b < other.len()) {
        match (one.get(a), other.get(b)) {
            (Some(x), Some(y)) if x == y => (a, b, common) = (a + 1, b + 1, common + 1),
            (Some(x), Some(y)) if x < y => a += 1,
            (Some(_), None) => a += 1,
            _ => b += 1,
        }
        seen += 1;
    }
    if seen == 0 { 0.0 } else { common as f64 / seen as f64 }
}

fn read(sketch: &str) -> Vec<u32> {
    sketch.as_bytes().chunks(8).filter_map(|hex| u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()).collect()
}

/// FNV-1a with a final mix: the same everywhere and for good, because sketches are stored.
fn hash(text: &str) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_estimates_likeness() {
        let text: String =
            (0..60).map(|n| format!("第{n}项工作由区发展改革局会同街道办事处在{}月底以前完成；", n % 12 + 1)).collect();
        let near = text.replace("第30项", "第三十一项");
        let far = "市图书馆新馆对外开放，读者可以凭身份证借阅图书。".repeat(20);
        assert!(share(&of(&text), &of(&near)) > 0.9);
        assert!(share(&of(&text), &of(&far)) < 0.1);
        assert!((share(&of(&text), &of(&text)) - 1.0).abs() < 1e-9);
        assert!(share(&of(""), &of("")) < 1e-9);
        let truly = content::likeness::likeness(&text, &near);
        assert!((share(&of(&text), &of(&near)) - truly).abs() < 0.12);
    }
}
