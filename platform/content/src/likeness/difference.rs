//! Two texts side by side: which words both have, which only one.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::tokens;

/// Words of each text that are compared; what follows is shown as it is. Comparing costs their product in the worst case.
const COMPARED: usize = 4_000;

/// Where a piece of text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// In both texts, or beyond what is compared.
    Same,
    /// In the other text only.
    Added,
    /// In the first text only.
    Missing,
}

/// Words in a row that stand in the same place.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Piece {
    /// Where they stand.
    pub mark: Mark,
    /// The words.
    pub text: String,
}

/// The second text in pieces, with what it lacks of the first one in between. Cut by words, so that no character of a word
/// is marked alone.
pub fn differences(one: &str, other: &str) -> Vec<Piece> {
    let (one, mut other): (Vec<&str>, Vec<&str>) = (tokens(one).take(COMPARED).collect(), tokens(other).collect());
    let rest = other.split_off(other.len().min(COMPARED));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut say = |mark: Mark, words: &[&str]| match pieces.last_mut() {
        _ if words.is_empty() => {}
        Some(last) if last.mark == mark => last.text.push_str(&words.concat()),
        _ => pieces.push(Piece { mark, text: words.concat() }),
    };
    for step in capture_diff_slices(Algorithm::Myers, &one, &other) {
        if step.tag() == DiffTag::Equal {
            say(Mark::Same, &other[step.new_range()]);
        } else {
            say(Mark::Missing, &one[step.old_range()]);
            say(Mark::Added, &other[step.new_range()]);
        }
    }
    say(Mark::Same, &rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_whole() {
        let pieces = differences("江岸区开展防汛演练，二百人参加。", "武昌区开展防汛演练，三百人参加。");
        let marked =
            |mark| pieces.iter().filter(|one| one.mark == mark).map(|one| one.text.as_str()).collect::<Vec<_>>();
        assert!(marked(Mark::Missing)[0].contains("江岸"), "{pieces:?}");
        assert!(marked(Mark::Added)[0].contains("武昌"), "{pieces:?}");
        assert!(marked(Mark::Same).concat().contains("开展防汛演练，"), "{pieces:?}");
        let whole: String =
            pieces.iter().filter(|one| one.mark != Mark::Missing).map(|one| one.text.as_str()).collect();
        assert_eq!(whole, "武昌区开展防汛演练，三百人参加。", "nothing of the second text is lost");
        assert!(differences("一", "一").iter().all(|one| one.mark == Mark::Same));
    }
}
