//! 源已更新: what the source says now beside what is here, word by word.

use base::TenantTx;
use content::DocumentId;
use content::document::{self, Fields};
use content::likeness::words;
use scraper::Html;
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::acts::row;
use super::model::CrawlError;
use super::{SourceId, views};

/// A run of words of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// `same`, `ours` or `theirs`.
    pub kind: &'static str,
    /// The words.
    pub text: String,
}

/// What is here and what the source says now.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The thing.
    pub item: views::ItemRow,
    /// The document here.
    pub document: DocumentId,
    /// Its draft, or what the public reads.
    pub ours: Fields,
    /// Whether it is before the public.
    pub live: bool,
    /// What the source says; as it is here when there is nothing to settle.
    pub theirs: Fields,
    /// The titles, word by word.
    pub title: Vec<Piece>,
    /// The texts, word by word.
    pub body: Vec<Piece>,
}

/// Compares a found thing with what became of it.
///
/// # Errors
/// [`CrawlError::Missing`] when nothing became of it.
pub async fn comparison(tx: &TenantTx, of: SourceId, key: &str) -> Result<Comparison, CrawlError> {
    let was = row(tx, of, key).await?;
    let document = was.document_id.ok_or(CrawlError::Missing)?;
    let seen = document::find(tx, document).await?;
    let live = seen.live.is_some();
    let ours = match (seen.draft.or(seen.live), seen.editions.first()) {
        (Some(edition), _) => edition.fields,
        (None, Some(newest)) => document::edition(tx, newest.edition).await?.fields,
        (None, None) => return Err(CrawlError::Missing),
    };
    let theirs = serde_json::from_str(&was.newer).unwrap_or_else(|_| ours.clone());
    Ok(Comparison {
        title: words_apart(&ours.title, &theirs.title),
        body: words_apart(&lines(&ours.body_html), &lines(&theirs.body_html)),
        item: views::item(tx, of, key).await?,
        document,
        ours,
        live,
        theirs,
    })
}

/// The words of a body, a line for each paragraph.
fn lines(html: &str) -> String {
    let mut marked = html.to_owned();
    for end in ["</p>", "<br>", "</tr>", "</li>", "</h2>", "</h3>", "</h4>", "</div>"] {
        marked = marked.replace(end, &format!("{end}\n"));
    }
    let text: String = Html::parse_fragment(&marked).root_element().text().collect();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Two texts word by word.
pub fn words_apart(ours: &str, theirs: &str) -> Vec<Piece> {
    let (ours, theirs) = (tokens(ours), tokens(theirs));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut put = |kind: &'static str, words: &[&str]| {
        let text = words.concat();
        match pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(&text),
            _ if text.is_empty() => {}
            _ => pieces.push(Piece { kind, text }),
        }
    };
    for op in capture_diff_slices(Algorithm::Myers, &ours, &theirs) {
        match op {
            DiffOp::Equal { old_index, len, .. } => put("same", &ours[old_index..old_index + len]),
            DiffOp::Delete { old_index, old_len, .. } => put("ours", &ours[old_index..old_index + old_len]),
            DiffOp::Insert { new_index, new_len, .. } => put("theirs", &theirs[new_index..new_index + new_len]),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                put("ours", &ours[old_index..old_index + old_len]);
                put("theirs", &theirs[new_index..new_index + new_len]);
            }
        }
    }
    pieces
}

/// The words of a text and what stands between them; together they are the text.
fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut at = 0;
    for word in words(text) {
        let Some(found) = text[at..].find(word) else { continue };
        if found > 0 {
            out.push(&text[at..at + found]);
        }
        out.push(&text[at + found..at + found + word.len()]);
        at += found + word.len();
    }
    if at < text.len() {
        out.push(&text[at..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_word_by_word() {
        let pieces = words_apart("二百余人参加演练，检验了能力。", "三百余人参加演练，检验了能力！");
        let of = |kind: &str| {
            pieces.iter().filter(|piece| piece.kind == kind).map(|piece| piece.text.as_str()).collect::<String>()
        };
        assert!(of("ours").contains('二') && of("theirs").contains('三') && of("same").contains("参加"));
        let ours: String =
            pieces.iter().filter(|piece| piece.kind != "theirs").map(|piece| piece.text.as_str()).collect();
        assert_eq!(ours, "二百余人参加演练，检验了能力。");
        assert_eq!(lines("<p>一</p><ul><li>二</li></ul>"), "一\n二");
    }
}
