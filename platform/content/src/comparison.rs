//! What two texts have in common and where they differ, word by word: for people who compare them.

use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::{likeness, text};

/// Pieces of one text beyond which paragraphs are compared instead of words: the cost grows with pieces times changes, and
/// the texts may be a stranger's.
const COMPARED: usize = 6_000;

/// Whether a piece stands in both texts or in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// In both.
    Same,
    /// In the earlier one only.
    Gone,
    /// In the later one only.
    New,
}

/// A run of words of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Where it stands.
    pub kind: Kind,
    /// The words, line ends included.
    pub text: String,
}

/// The pieces of both texts in order: without the new ones they are the earlier text, without the gone ones the later. Cut by
/// words, so that no character of a word is marked alone; texts of more than some thousand words are compared by paragraphs.
pub fn compare(earlier: &str, later: &str) -> Vec<Piece> {
    let (mut old, mut new) = (likeness::tokens(earlier), likeness::tokens(later));
    if old.len().max(new.len()) > COMPARED {
        old = earlier.split_inclusive('\n').collect();
        new = later.split_inclusive('\n').collect();
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut say = |kind: Kind, run: &[&str]| match pieces.last_mut() {
        _ if run.is_empty() => {}
        Some(last) if last.kind == kind => last.text.push_str(&run.concat()),
        _ => pieces.push(Piece { kind, text: run.concat() }),
    };
    if old.len().max(new.len()) > COMPARED {
        // Not even its paragraphs can be compared in a moment.
        say(Kind::Gone, &old);
        say(Kind::New, &new);
        return pieces;
    }
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (was, is) = (&old[op.old_range()], &new[op.new_range()]);
        match op.tag() {
            DiffTag::Equal => say(Kind::Same, was),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                say(Kind::Gone, was);
                say(Kind::New, is);
            }
        }
    }
    pieces
}

/// The same for two bodies: their visible text, one line per block.
pub fn compare_html(earlier: &str, later: &str) -> Vec<Piece> {
    compare(&text::plain(earlier), &text::plain(later))
}

/// Whether anything differs.
pub fn differs(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| piece.kind != Kind::Same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(pieces: &[Piece], kind: Kind) -> String {
        pieces.iter().filter(|piece| piece.kind != kind).map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn a_changed_number_is_the_only_difference() {
        let pieces = compare_html("<p>二百人参加演练。</p><p>结束。</p>", "<p>三百人参加演练。</p><p>结束。</p>");
        let of = |kind| {
            pieces.iter().filter(|piece| piece.kind == kind).map(|piece| piece.text.as_str()).collect::<String>()
        };
        assert_eq!((of(Kind::Gone).as_str(), of(Kind::New).as_str()), ("二百人", "三百人"));
        assert!(of(Kind::Same).contains("参加演练。\n结束。"));
        assert!(differs(&pieces) && !differs(&compare("同", "同")) && compare("", "").is_empty());
    }

    #[test]
    fn both_texts_are_in_it() {
        let (old, new) = ("市政府召开会议，部署防汛工作。", "市政府召开会议，部署抗旱工作！");
        let pieces = compare(old, new);
        assert_eq!((without(&pieces, Kind::New).as_str(), without(&pieces, Kind::Gone).as_str()), (old, new));
    }

    #[test]
    fn a_book_is_compared_by_paragraphs_and_loses_nothing() {
        let old: String = (0..4_000).map(|n| format!("第{n}段的文字，各不相同。\n")).collect();
        let new = old.replace("第77段", "第七十七段");
        let pieces = compare(&old, &new);
        assert_eq!((without(&pieces, Kind::New), without(&pieces, Kind::Gone)), (old, new));
        assert_eq!(pieces.iter().filter(|piece| piece.kind != Kind::Same).count(), 2);
    }

    #[test]
    fn what_cannot_be_compared_is_shown_as_two_texts() {
        let old: String = (0..7_000).map(|n| format!("旧{n}\n")).collect();
        let pieces = compare(&old, "新");
        let kinds: Vec<_> = pieces.iter().map(|piece| piece.kind).collect();
        assert_eq!(kinds, [Kind::Gone, Kind::New]);
    }
}
