//! Text that comes from outside: cleaned on write, compared on proof.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use base::sm3_hex;

/// Longest title in characters.
pub const TITLE_MAX: usize = 300;
/// Longest body in bytes after cleaning.
pub const BODY_MAX: usize = 4 * 1024 * 1024;

/// The one sanitiser: structure, tables, links and pictures stay; scripts, styles, forms and event handlers do not. Run on
/// write, so that what is stored is what may be shown.
pub fn clean_html(html: &str) -> String {
    static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let tags: HashSet<&str> = [
            "p",
            "br",
            "hr",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "strong",
            "b",
            "em",
            "i",
            "u",
            "s",
            "sub",
            "sup",
            "blockquote",
            "ul",
            "ol",
            "li",
            "table",
            "caption",
            "thead",
            "tbody",
            "tfoot",
            "tr",
            "th",
            "td",
            "colgroup",
            "col",
            "a",
            "img",
            "figure",
            "figcaption",
            "div",
            "span",
            "pre",
            "code",
        ]
        .into();
        let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
        attributes.insert("a", ["href", "title"].into());
        attributes.insert("img", ["src", "alt", "width", "height", "title"].into());
        attributes.insert("td", ["colspan", "rowspan"].into());
        attributes.insert("th", ["colspan", "rowspan", "scope"].into());
        attributes.insert("col", ["span"].into());
        attributes.insert("ol", ["start"].into());
        let mut builder = Builder::default();
        // `style` is dropped on purpose: a strict content security policy would refuse it, and alignment travels as a class.
        builder.tags(tags).tag_attributes(attributes).generic_attributes(HashSet::new());
        let classes: HashMap<&str, HashSet<&str>> = ["p", "td", "th", "h2", "h3", "div"]
            .into_iter()
            .map(|tag| (tag, ["align-center", "align-right", "indent"].into()))
            .collect();
        builder.allowed_classes(classes);
        builder.url_schemes(["http", "https", "mailto", "tel"].into());
        builder.link_rel(Some("noopener noreferrer"));
        builder
    });
    let aligned = align_classes(html);
    CLEANER.clean(&strip_controls(&aligned)).to_string()
}

/// Turns the alignment of word processors (`style="text-align:center"`, `align="right"`) into classes that survive cleaning.
fn align_classes(html: &str) -> String {
    static STYLE: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
        regex::Regex::new(
            r#"(?i)\s(?:style\s*=\s*"[^"]*text-align\s*:\s*(center|right)[^"]*"|align\s*=\s*"?(center|right)"?)"#,
        )
        .ok()
    });
    match STYLE.as_ref() {
        Some(style) => style
            .replace_all(html, |found: &regex::Captures<'_>| {
                let to = found.get(1).or_else(|| found.get(2)).map_or("", |side| side.as_str()).to_lowercase();
                format!(" class=\"align-{to}\"")
            })
            .into_owned(),
        None => html.to_owned(),
    }
}

/// Plain text as paragraphs; for imports that carry no HTML.
pub fn paragraphs(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| format!("<p>{}</p>\n", ammonia::clean_text(line).replace("&#32;", " ").replace("&#10;", "")))
        .collect()
}

/// Removes what no title or body needs and what deceives the eye: NUL and other controls (line ends and tabs stay) and
/// bidirectional overrides.
pub fn strip_controls(text: &str) -> String {
    text.chars().filter(|c| !is_deceptive(*c)).collect()
}

/// Whether a character is a control or a bidirectional override.
pub fn is_deceptive(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
}

/// The visible text of a piece of HTML without any white space: what a probe compares. Layout may differ between themes,
/// words may not.
pub fn normalise(html: &str) -> String {
    let fragment = scraper::Html::parse_fragment(html);
    let words = fragment.root_element().text();
    words.flat_map(str::chars).filter(|c| !c.is_whitespace() && *c != '\u{a0}' && !is_deceptive(*c)).collect()
}

/// The visible text, one line per block: what people compare.
pub fn plain(html: &str) -> String {
    const BLOCKS: [&str; 17] = [
        "p",
        "div",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "table",
        "ul",
        "ol",
        "blockquote",
        "pre",
        "figure",
    ];
    let fragment = scraper::Html::parse_fragment(html);
    let mut out = String::new();
    for edge in fragment.root_element().traverse() {
        let node = match edge {
            ego_tree::iter::Edge::Open(node) | ego_tree::iter::Edge::Close(node) => node,
        };
        match node.value() {
            scraper::Node::Text(text) if matches!(edge, ego_tree::iter::Edge::Open(_)) => {
                out.extend(text.chars().filter(|c| !is_deceptive(*c)).map(|c| if c.is_whitespace() { ' ' } else { c }));
            }
            scraper::Node::Element(element) if BLOCKS.contains(&element.name()) && !out.ends_with('\n') => {
                out.push('\n');
            }
            _ => {}
        }
    }
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// SM3 over the normalised title and body.
pub fn text_hash(title: &str, body_html: &str) -> String {
    let title: String = title.chars().filter(|c| !c.is_whitespace() && !is_deceptive(*c)).collect();
    sm3_hex(format!("{title}\n{}", normalise(body_html)).as_bytes())
}

/// The first characters of the visible text, for lists and descriptions.
pub fn excerpt(html: &str, characters: usize) -> String {
    let fragment = scraper::Html::parse_fragment(html);
    let mut out = String::new();
    let mut left = characters;
    for word in fragment.root_element().text().flat_map(str::split_whitespace) {
        for c in word.chars() {
            if left == 0 {
                out.push('…');
                return out;
            }
            out.push(c);
            left -= 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_go_and_tables_stay() {
        let dirty = "<p onclick='x()' style=\"text-align: center\">通知</p><script>alert(1)</script>\
                     <table><tr><th scope=\"col\" colspan=\"2\">项目</th></tr></table><a href=\"javascript:x\">x</a>";
        let clean = clean_html(dirty);
        assert!(clean.contains("class=\"align-center\"") && clean.contains("colspan=\"2\""), "{clean}");
        assert!(!clean.contains("script") && !clean.contains("onclick"), "{clean}");
    }

    #[test]
    fn the_same_words_in_another_layout_have_the_same_hash() {
        let one = text_hash("关于 通知", "<p>各省、自治区：</p><p>现将通知 印发</p>");
        let other = text_hash("关于通知", "<div><p>各省、自治区：现将通知印发</p></div>");
        assert_eq!(one, other);
        assert_ne!(one, text_hash("关于通知", "<p>各省、自治区：现将通告印发</p>"));
    }

    #[test]
    fn a_line_ends_where_a_paragraph_does() {
        let html = "<h2>标题</h2><p>第一<b>段</b></p><ul><li>甲</li><li>乙<br>丙</li></ul>尾";
        assert_eq!(plain(html), "标题\n第一段\n甲\n乙\n丙\n尾");
    }

    #[test]
    fn bidi_overrides_and_nul_are_removed() {
        assert_eq!(strip_controls("通\u{0}知\u{202E}x"), "通知x");
    }

    proptest::proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC{0,200}") {
            let once = clean_html(&text);
            proptest::prop_assert_eq!(clean_html(&once), once);
        }
    }
}
