//! Two texts word by word: what stands in one and not in the other. Pure.

use content::likeness::words;
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Characters of each text that are compared: a person reads no more at once, and the comparison stays quick.
const COMPARED: usize = 6000;

/// A run of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// It stands in this text only.
    pub only_here: bool,
    /// The words.
    pub text: String,
}

/// Both texts as pieces, each marked where the other differs.
pub fn differences(one: &str, other: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (one, other) = (cut(one), cut(other));
    let (ours, theirs) = (tokens(&one), tokens(&other));
    let mut sides = (Vec::new(), Vec::new());
    for op in capture_diff_slices(Algorithm::Patience, &ours, &theirs) {
        let same = matches!(op, DiffOp::Equal { .. });
        push(&mut sides.0, !same, &ours[op.old_range()]);
        push(&mut sides.1, !same, &theirs[op.new_range()]);
    }
    sides
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).take(COMPARED).collect()
}

fn push(side: &mut Vec<Piece>, only_here: bool, tokens: &[&str]) {
    if !tokens.is_empty() {
        side.push(Piece { only_here, text: tokens.concat() });
    }
}

/// Every word, and whatever stands between words, in order: nothing of the text is lost.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut at = 0;
    for word in words(text) {
        let Some(found) = text[at..].find(word) else { continue };
        if found > 0 {
            tokens.push(&text[at..at + found]);
        }
        tokens.push(&text[at + found..at + found + word.len()]);
        at += found + word.len();
    }
    if at < text.len() {
        tokens.push(&text[at..]);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_marked_and_nothing_is_lost() {
        let (one, other) = ("市政府召开会议，部署防汛工作。", "市政府召开会议，部署抗旱工作！");
        let (ours, theirs) = differences(one, other);
        let joined = |side: &[Piece]| side.iter().map(|piece| piece.text.as_str()).collect::<String>();
        assert_eq!((joined(&ours).as_str(), joined(&theirs).as_str()), (one, other));
        let marked = |side: &[Piece]| {
            side.iter().filter(|piece| piece.only_here).map(|piece| piece.text.clone()).collect::<Vec<_>>()
        };
        assert!(marked(&ours).contains(&"防汛".to_owned()) && marked(&theirs).contains(&"抗旱".to_owned()));
        assert!(!marked(&ours).concat().contains("会议"));
        assert_eq!(differences("", ""), (vec![], vec![]));
    }
}
