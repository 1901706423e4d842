//! What two texts have in common and where they differ, word by word: for people who compare editions.

use serde::Serialize;
use similar::{Algorithm, ChangeTag, capture_diff_slices};

use crate::{likeness, text};

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

/// Words of each text that are compared; what follows is shown as it is. Comparing costs their product in the worst case.
const COMPARED: usize = 20_000;

/// The pieces of which an earlier and a later text consist, in order. Cut by words, so that no character of a word is marked
/// alone.
pub fn compare(earlier: &str, later: &str) -> Vec<Piece> {
    let (mut old, mut new) = (likeness::tokens(earlier), likeness::tokens(later));
    let rest = new.split_off(new.len().min(COMPARED)).concat();
    old.truncate(COMPARED);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in capture_diff_slices(Algorithm::Myers, &old, &new).iter().flat_map(|op| op.iter_changes(&old, &new)) {
        let kind = match change.tag() {
            ChangeTag::Equal => Kind::Same,
            ChangeTag::Delete => Kind::Gone,
            ChangeTag::Insert => Kind::New,
        };
        match pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => pieces.push(Piece { kind, text: change.value().to_owned() }),
        }
    }
    match pieces.last_mut() {
        _ if rest.is_empty() => {}
        Some(last) if last.kind == Kind::Same => last.text.push_str(&rest),
        _ => pieces.push(Piece { kind: Kind::Same, text: rest }),
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

    #[test]
    fn a_changed_number_is_the_only_difference() {
        let pieces = compare_html("<p>二百人参加演练。</p><p>结束。</p>", "<p>三百人参加演练。</p><p>结束。</p>");
        let of = |kind| {
            pieces.iter().filter(|piece| piece.kind == kind).map(|piece| piece.text.as_str()).collect::<String>()
        };
        assert_eq!((of(Kind::Gone).as_str(), of(Kind::New).as_str()), ("二百人", "三百人"));
        assert!(of(Kind::Same).contains("参加演练。\n结束。"));
        assert!(differs(&pieces) && !differs(&compare("同", "同")));
    }
}
