//! What changed between two texts, word by word: what a person sees who compares a corrected item with the one before.

use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::likeness;

/// Pieces of one text beyond which paragraphs are compared instead of words: the cost grows with pieces times changes.
const PIECES_MAX: usize = 6_000;

/// What happened to a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is in both.
    Same,
    /// It is in the older text only.
    Deleted,
    /// It is in the newer text only.
    Inserted,
}

/// A piece of text and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// What happened.
    pub change: Change,
    /// Plain text; line ends part paragraphs.
    pub text: String,
}

/// The pieces of both texts in order: without the inserted ones they are the old text, without the deleted ones the new.
/// Texts of more than some thousand words are compared by paragraphs.
pub fn difference(old: &str, new: &str) -> Vec<Span> {
    let (mut before, mut after) = (likeness::segments(old), likeness::segments(new));
    if before.len().max(after.len()) > PIECES_MAX {
        before = old.split_inclusive('\n').collect();
        after = new.split_inclusive('\n').collect();
    }
    let mut spans: Vec<Span> = Vec::new();
    let mut say = |change: Change, pieces: &[&str]| {
        if pieces.is_empty() {
            return;
        }
        match spans.last_mut() {
            Some(last) if last.change == change => last.text.push_str(&pieces.concat()),
            _ => spans.push(Span { change, text: pieces.concat() }),
        }
    };
    if before.len().max(after.len()) > PIECES_MAX {
        // Not even its paragraphs can be compared in a moment.
        say(Change::Deleted, &before);
        say(Change::Inserted, &after);
        return spans;
    }
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let (was, is) = (&before[op.old_range()], &after[op.new_range()]);
        match op.tag() {
            DiffTag::Equal => say(Change::Same, was),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                say(Change::Deleted, was);
                say(Change::Inserted, is);
            }
        }
    }
    spans
}

/// Whether a difference is none.
pub fn is_same(spans: &[Span]) -> bool {
    spans.iter().all(|span| span.change == Change::Same)
}

/// Ends of blocks, after which readers see a new line.
const BLOCKS: [&str; 11] =
    ["</p>", "</h1>", "</h2>", "</h3>", "</h4>", "</li>", "</tr>", "</div>", "</blockquote>", "<br>", "</table>"];

/// The visible text of cleaned HTML, one line a paragraph, item or row of a table.
pub fn visible(html: &str) -> String {
    let mut marked = html.replace("</td>", " </td>").replace("</th>", " </th>");
    for block in BLOCKS {
        marked = marked.replace(block, &format!("{block}\n"));
    }
    let fragment = scraper::Html::parse_fragment(&marked);
    let text: String = fragment.root_element().text().collect();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(spans: &[Span], without: Change) -> String {
        spans.iter().filter(|span| span.change != without).map(|span| span.text.as_str()).collect()
    }

    #[test]
    fn both_texts_are_in_it_and_words_are_whole() {
        let (old, new) = ("江岸区组织开展防汛应急演练，二百人参加。", "江岸区组织开展防汛应急演练，三百人参加。");
        let spans = difference(old, new);
        assert_eq!(side(&spans, Change::Inserted), old);
        assert_eq!(side(&spans, Change::Deleted), new);
        assert!(!is_same(&spans) && is_same(&difference(old, old)));
        assert!(spans.iter().any(|span| span.change == Change::Same && span.text.contains("江岸区")));
        assert!(difference("", "").is_empty());
    }

    #[test]
    fn a_book_is_compared_by_paragraphs_and_at_once() {
        let old: String = (0..4_000).map(|n| format!("第{n}段的文字，各不相同。\n")).collect();
        let new = old.replace("第77段", "第七十七段");
        let spans = difference(&old, &new);
        assert_eq!(side(&spans, Change::Inserted), old);
        assert_eq!(spans.iter().filter(|span| span.change != Change::Same).count(), 2);
    }

    #[test]
    fn blocks_are_lines() {
        let html = "<h2>题</h2><p>一<b>二</b></p><ul><li>三</li></ul><table><tbody><tr><td>四</td><td>五</td></tr></tbody></table>";
        assert_eq!(visible(html), "题\n一二\n三\n四 五");
    }
}
