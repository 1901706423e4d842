//! Reading one article: by field rules, and where a rule is silent by the labels that 国办发〔2017〕47号 asks of every page
//! (`ArticleTitle`, `PubDate`, `ContentSource`, `Author`) and by what looks like the text.

use std::sync::LazyLock;

use base::Timestamp;
use content::text;
use regex::Regex;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::dates;
use super::said::PageRules;

/// A file that an article links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLink {
    /// Where it is.
    pub url: String,
    /// What the link says.
    pub name: String,
}

/// What was read of a page.
#[derive(Clone, Debug, Default)]
pub struct Article {
    /// Title.
    pub title: String,
    /// Body: sanitised, every address in full.
    pub body_html: String,
    /// When it was published there.
    pub date: Option<Timestamp>,
    /// Author.
    pub author: String,
    /// 来源 as the page names it.
    pub source: String,
    /// 发文字号
    pub doc_number: String,
    /// Attachments.
    pub files: Vec<FileLink>,
    /// Title of the whole page.
    pub page_title: String,
    /// How many elements each rule met.
    pub met: Vec<(&'static str, usize)>,
}

/// Reads an article. What the rules do not find is empty.
pub fn article(html: &str, base: &Url, rules: &PageRules) -> Article {
    let mut page = Html::parse_document(html);
    let met = rules.selectors().into_iter().filter(|(_, rule)| !rule.is_empty());
    let met = met.map(|(name, rule)| (name, count(&page, rule))).collect();
    // Attachments often stand beside the body, so they are read before anything is taken out.
    let files = files(&page, base, &rules.attachments);
    let page_title = first(&page, "title").unwrap_or_default();
    let title = first(&page, &rules.title)
        .or_else(|| label(&page, "ArticleTitle"))
        .or_else(|| first(&page, "h1"))
        .unwrap_or_else(|| page_title.clone());
    let date = first(&page, &rules.date).or_else(|| label(&page, "PubDate")).and_then(|text| dates::read(&text));
    let author = first(&page, &rules.author).or_else(|| label(&page, "Author")).unwrap_or_default();
    let source = first(&page, &rules.source).or_else(|| label(&page, "ContentSource")).unwrap_or_default();
    let doc_number = first(&page, &rules.doc_number).unwrap_or_default();
    take_out(&mut page, &rules.remove);
    take_out(&mut page, "script, style, noscript, iframe, form, template");
    let body = body(&page, &rules.body).unwrap_or_default();
    Article {
        title: clipped(&title, text::TITLE_MAX),
        body_html: in_full(&text::clean_html(&body), base),
        date,
        author: clipped(unlabelled(&author), 200),
        source: clipped(unlabelled(&source), 200),
        doc_number: clipped(unlabelled(&doc_number), 200),
        files,
        page_title,
        met,
    }
}

/// The title of a whole page.
pub(super) fn page_title(html: &str) -> String {
    first(&Html::parse_document(html), "title").unwrap_or_default()
}

/// Text with every run of white space as one space.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn clipped(text: &str, most: usize) -> String {
    squeezed(text).chars().take(most).collect()
}

/// 来源：示例部 → 示例部
fn unlabelled(text: &str) -> &str {
    let text = text.trim();
    let labels = ["信息来源", "文章来源", "稿件来源", "来源", "作者", "责任编辑", "编辑", "发文字号", "文号", "文 号"];
    let cut = labels.iter().find_map(|label| text.strip_prefix(label)?.trim_start().strip_prefix(['：', ':']));
    cut.unwrap_or(text).trim()
}

fn count(page: &Html, rule: &str) -> usize {
    Selector::parse(rule).map_or(0, |selector| page.select(&selector).count())
}

fn first(page: &Html, rule: &str) -> Option<String> {
    let selector = Selector::parse(rule).ok()?;
    page.select(&selector).map(|element| squeezed(&element.text().collect::<String>())).find(|text| !text.is_empty())
}

/// What a label of the page's head says (47号, annex).
fn label(page: &Html, name: &str) -> Option<String> {
    let selector = Selector::parse("meta[name][content]").ok()?;
    let named = |meta: &ElementRef<'_>| meta.value().attr("name").is_some_and(|is| is.eq_ignore_ascii_case(name));
    let said = page.select(&selector).find(named)?.value().attr("content").map(squeezed)?;
    (!said.is_empty()).then_some(said)
}

fn take_out(page: &mut Html, rule: &str) {
    let Ok(selector) = Selector::parse(rule) else { return };
    let ids: Vec<_> = page.select(&selector).map(|element| element.id()).collect();
    for id in ids {
        if let Some(mut node) = page.tree.get_mut(id) {
            node.detach();
        }
    }
}

/// What the rule names, in order; without a rule the element whose own paragraphs hold most text.
fn body(page: &Html, rule: &str) -> Option<String> {
    if !rule.is_empty() {
        let selector = Selector::parse(rule).ok()?;
        let mut parts: Vec<String> = Vec::new();
        let mut last: Option<ElementRef<'_>> = None;
        for element in page.select(&selector) {
            // What stands inside something that was taken already is not taken twice.
            if last.is_some_and(|last| element.ancestors().any(|above| above.id() == last.id())) {
                continue;
            }
            parts.push(element.inner_html());
            last = Some(element);
        }
        return (!parts.is_empty()).then(|| parts.join("\n"));
    }
    let paragraphs = Selector::parse("p, br, table").ok()?;
    let mut best: Option<(usize, ElementRef<'_>)> = None;
    let mut seen = std::collections::HashSet::new();
    for paragraph in page.select(&paragraphs) {
        let Some(parent) = paragraph.parent().and_then(ElementRef::wrap).filter(|at| seen.insert(at.id())) else {
            continue;
        };
        let length = own_text(parent);
        if best.is_none_or(|(most, _)| length > most) {
            best = Some((length, parent));
        }
    }
    best.filter(|(length, _)| *length > 20).map(|(_, element)| element.inner_html())
}

/// Characters of the text of an element itself and of its paragraphs.
fn own_text(element: ElementRef<'_>) -> usize {
    let of = |child| match ElementRef::wrap(child) {
        Some(inner) if matches!(inner.value().name(), "p" | "span" | "strong" | "b" | "table" | "section") => {
            inner.text().map(|text| text.trim().chars().count()).sum()
        }
        Some(_) => 0,
        None => child.value().as_text().map_or(0, |text| text.trim().chars().count()),
    };
    element.children().map(of).sum()
}

fn files(page: &Html, base: &Url, rule: &str) -> Vec<FileLink> {
    let Ok(selector) = Selector::parse(rule) else { return Vec::new() };
    let inner = Selector::parse("a[href]").ok();
    let mut found: Vec<FileLink> = Vec::new();
    for element in page.select(&selector) {
        let links: Vec<ElementRef<'_>> = match element.value().attr("href") {
            Some(_) => vec![element],
            None => inner.as_ref().map(|inner| element.select(inner).collect()).unwrap_or_default(),
        };
        for link in links {
            let Some(url) = link.value().attr("href").and_then(|href| web(base, href)) else { continue };
            if found.iter().all(|file| file.url != url.as_str()) {
                found.push(FileLink { url: url.into(), name: squeezed(&link.text().collect::<String>()) });
            }
        }
    }
    found
}

fn web(base: &Url, address: &str) -> Option<Url> {
    base.join(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// An attribute of clean HTML that holds an address: tag before it, its name, its value.
pub(super) static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(<(?:a|img)\b[^>]*?\s)(href|src)="([^"]*)""#).ok());

/// Clean HTML with every address in full.
pub(super) fn in_full(clean: &str, base: &Url) -> String {
    let Some(address) = ADDRESS.as_ref() else { return clean.to_owned() };
    address
        .replace_all(clean, |found: &regex::Captures<'_>| {
            let said = unescaped(&found[3]);
            let keeps = said.starts_with("mailto:") || said.starts_with("tel:");
            match web(base, &said) {
                _ if keeps => found[0].to_owned(),
                Some(url) => format!("{}{}=\"{}\"", &found[1], &found[2], escaped(url.as_str())),
                None => found[1].to_owned(),
            }
        })
        .into_owned()
}

/// Clean HTML whose pictures are words only: a room of the console loads nothing from outside.
pub fn without_pictures(clean: &str) -> String {
    static PICTURE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(<img\b[^>]*?)\ssrc="[^"]*""#).ok());
    PICTURE.as_ref().map_or_else(String::new, |picture| picture.replace_all(clean, "$1").into_owned())
}

pub(super) fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r##"<html><head><title>关于放假的通知_示例部</title><meta name="PubDate" content="2026-03-01 09:30">
        <meta name="ContentSource" content="示例部办公厅"></head><body><div class="nav"><p>首页 新闻 政策 服务 互动 数据</p></div>
        <h1>关于放假的通知</h1><span class="src">来源：示例部</span><div id="zoom"><p>各单位：</p>
        <p>现将放假安排通知如下，请认真贯彻执行，并做好值班工作。<img src="../img/a.png" alt="表"><script>x()</script></p>
        <p class="share">分享到</p><p><a href="/f/附件.pdf?a=1&amp;b=2">附件</a></p></div>
        <ul class="fj"><li><a href="fj1.pdf">附件1</a></li></ul></body></html>"##;

    #[test]
    fn rules_choose_and_labels_help() {
        let base = Url::parse("http://www.example.gov.cn/art/2026/1.html").expect("an address");
        let rules = PageRules {
            body: "#zoom".to_owned(),
            source: ".src".to_owned(),
            attachments: ".fj".to_owned(),
            remove: ".share".to_owned(),
            ..PageRules::default()
        };
        let read = article(PAGE, &base, &rules);
        assert_eq!((read.title.as_str(), read.source.as_str()), ("关于放假的通知", "示例部"));
        assert_eq!(read.date.map(Timestamp::minute_cst).as_deref(), Some("2026-03-01 09:30"));
        assert!(read.body_html.contains("src=\"http://www.example.gov.cn/art/img/a.png\""), "{}", read.body_html);
        assert!(read.body_html.contains("?a=1&amp;b=2\""), "{}", read.body_html);
        assert!(!read.body_html.contains("script") && !read.body_html.contains("分享"));
        assert_eq!(
            read.files,
            [FileLink { url: "http://www.example.gov.cn/art/2026/fj1.pdf".into(), name: "附件1".into() }]
        );
        assert_eq!(read.met, [("body", 1), ("source", 1), ("attachments", 1), ("remove", 1)]);
        let guessed = article(PAGE, &base, &PageRules::default());
        assert!(
            guessed.body_html.contains("现将放假安排") && !guessed.body_html.contains("首页"),
            "{}",
            guessed.body_html
        );
        assert_eq!(guessed.source, "示例部办公厅");
        let words = without_pictures(&read.body_html);
        assert!(words.contains("alt=\"表\"") && !words.contains("a.png"), "{words}");
    }
}
