//! Reading foreign pages: links out of lists, and title, text, source and date out of articles. Pure: pages in, words out.

use std::collections::HashSet;

use content::text;
use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::portal::{Pick, PortalFields};
use crate::polite;

/// Links that are taken from one list page at most.
const LINKS_MAX: usize = 200;
/// Characters of an article's text that are kept.
pub(super) const TEXT_MAX: usize = 20_000;
/// Characters that a link's words must have to count as a title when no pattern says more.
const TITLE_LEAST: usize = 6;

/// Endings of files that a document may be published as.
const FILES: [&str; 6] = ["pdf", "ofd", "doc", "docx", "wps", "ceb"];
/// Links to files that are taken from one article at most.
const FILES_MAX: usize = 20;

/// A link in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub url: Url,
    /// Counted from 1 within its page.
    pub position: i32,
    /// What it says.
    pub words: String,
}

/// What was read of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Article {
    pub title: String,
    pub text: String,
    pub source: String,
    /// As it is printed.
    pub date: String,
    /// What its links to files say, and how those files are called.
    pub files: Vec<String>,
}

/// The links to articles on a list page, in their order, each once.
pub(super) fn links(fields: &PortalFields, at: &Url, html: &str) -> Vec<Link> {
    let page = Html::parse_document(html);
    let pick = Pick::parse(&fields.link_pattern).unwrap_or(Pick::Any);
    let Some(all) = selector("a[href]") else { return Vec::new() };
    let found: Vec<ElementRef<'_>> = match &pick {
        // A selector may mean the link itself or what holds it.
        Pick::Css(chosen) => page
            .select(chosen)
            .flat_map(|element| {
                let inside = element.select(&all);
                let itself = Some(element).filter(|element| element.value().attr("href").is_some());
                itself.into_iter().chain(inside).collect::<Vec<_>>()
            })
            .collect(),
        _ => page.select(&all).collect(),
    };
    let home = Url::parse(&fields.home_url).ok();
    let mut known = HashSet::new();
    let mut links = Vec::new();
    for element in found {
        let Some(mut url) = element.value().attr("href").and_then(|href| at.join(href.trim()).ok()) else { continue };
        url.set_fragment(None);
        let fits = match &pick {
            Pick::Css(_) => true,
            Pick::Address(pattern) => pattern.is_match(url.as_str()),
            Pick::Any => words(element).chars().count() >= TITLE_LEAST && url.host_str() == at.host_str(),
        };
        let leads_home = home.as_ref() == Some(&url) || url == *at;
        if fits && !leads_home && matches!(url.scheme(), "http" | "https") && known.insert(url.to_string()) {
            let position = i32::try_from(links.len() + 1).unwrap_or(i32::MAX);
            links.push(Link { url, position, words: said(element) });
            if links.len() == LINKS_MAX {
                break;
            }
        }
    }
    links
}

/// What an article page says: by the portal's selectors, by the tags that 国办发〔2017〕47号 asks of every portal, or guessed.
pub(super) fn article(fields: &PortalFields, html: &str) -> Article {
    let page = Html::parse_document(html);
    let named = |selector: &str| if selector.is_empty() { String::new() } else { first(&page, selector) };
    let or = |said: String, other: &dyn Fn() -> String| if said.is_empty() { other() } else { said };
    let heading = || or(meta(&page, "ArticleTitle"), &|| or(first(&page, "h1"), &|| first(&page, "title")));
    let body = if fields.text_selector.is_empty() { String::new() } else { all_text(&page, &fields.text_selector) };
    let body = or(body, &|| densest(&page));
    Article {
        title: cut(&or(named(&fields.title_selector), &heading), 300),
        text: cut(&body, TEXT_MAX),
        source: cut(&or(named(&fields.source_selector), &|| meta(&page, "ContentSource")), 200),
        date: cut(&or(named(&fields.date_selector), &|| meta(&page, "PubDate")), 60),
        files: files(&page),
    }
}

/// What a link says: its words, or its title where that says more.
fn said(link: ElementRef<'_>) -> String {
    let (words, title) = (words(link).replace('\n', " "), clean(link.value().attr("title").unwrap_or_default()));
    cut(if title.chars().count() > words.chars().count() { &title } else { &words }, 300)
}

/// How the file at the end of an address is called; none when it is no document file.
pub(super) fn file_name(path: &str) -> Option<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let (_, ending) = last.rsplit_once('.')?;
    FILES.iter().any(|kind| ending.eq_ignore_ascii_case(kind)).then(|| {
        // Names are percent-encoded as a rule, in whatever character set the portal has.
        let bytes = polite::percent_decoded(last);
        cut(&clean(&polite::decoded("", &bytes)), 300)
    })
}

/// What the links to document files say, and how those files are called.
fn files(page: &Html) -> Vec<String> {
    let Some(all) = selector("a[href]") else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    let links = page.select(&all).filter_map(|link| Some((link, file_name(link.value().attr("href")?)?)));
    for (link, name) in links.take(FILES_MAX) {
        let told = [said(link), name].into_iter().filter(|text| !text.is_empty());
        for text in told.collect::<Vec<_>>() {
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
    found
}

/// Whether an address leads to where a portal sends everybody who asks for what is not there.
pub(super) fn leads_home(fields: &PortalFields, asked: &Url, answered: &Url) -> bool {
    if asked == answered {
        return false;
    }
    let home = Url::parse(&fields.home_url).ok();
    let front =
        |url: &Url| matches!(url.path(), "" | "/" | "/index.html" | "/index.htm" | "/index.shtml" | "/index.jsp");
    front(answered) && !front(asked)
        || home.is_some_and(|home| home.path() == answered.path() && home.host() == answered.host())
}

fn selector(text: &str) -> Option<Selector> {
    Selector::parse(text).ok()
}

fn first(page: &Html, chosen: &str) -> String {
    selector(chosen).and_then(|chosen| page.select(&chosen).next().map(words)).unwrap_or_default()
}

fn meta(page: &Html, name: &str) -> String {
    let Some(all) = selector("meta[name]") else { return String::new() };
    let named = page.select(&all).find(|tag| tag.value().attr("name").is_some_and(|is| is.eq_ignore_ascii_case(name)));
    named.and_then(|tag| tag.value().attr("content")).map(clean).unwrap_or_default()
}

fn all_text(page: &Html, chosen: &str) -> String {
    let Some(chosen) = selector(chosen) else { return String::new() };
    page.select(&chosen).map(words).collect::<Vec<_>>().join("\n")
}

/// The visible words of an element; what only programs read is left out. Walks without recursion: a foreign page may be
/// nested as deeply as it likes.
fn words(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    let mut hidden = 0usize;
    for edge in element.traverse() {
        let (opens, node) = match edge {
            Edge::Open(node) => (true, node),
            Edge::Close(node) => (false, node),
        };
        if let Some(inner) = node.value().as_element() {
            match (inner.name(), opens) {
                ("script" | "style" | "noscript" | "template", true) => hidden += 1,
                ("script" | "style" | "noscript" | "template", false) => hidden = hidden.saturating_sub(1),
                ("p" | "div" | "br" | "tr" | "li" | "h1" | "h2" | "h3", _) => out.push('\n'),
                _ => {}
            }
        } else if let (true, 0, Some(text)) = (opens, hidden, node.value().as_text()) {
            out.push_str(text);
        }
    }
    clean(&out)
}

/// The element with the most text of its own paragraphs: articles are where the words are, navigation is where the links are.
fn densest(page: &Html) -> String {
    let (Some(blocks), Some(anchors)) = (selector("div, td, section, article, main, body"), selector("a")) else {
        return String::new();
    };
    let weight = |element: &ElementRef<'_>| {
        let own: usize = element
            .children()
            .filter_map(ElementRef::wrap)
            .filter(|child| {
                !matches!(child.value().name(), "div" | "table" | "section" | "article" | "main" | "nav" | "ul")
            })
            .map(|child| {
                let linked: usize = child.select(&anchors).map(|link| words(link).chars().count()).sum();
                words(child).chars().count().saturating_sub(2 * linked)
            })
            .sum();
        own
    };
    let heaviest = page.select(&blocks).max_by_key(weight);
    heaviest.map(words).unwrap_or_default()
}

fn clean(said: &str) -> String {
    let lines = text::strip_controls(said);
    let lines = lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn cut(said: &str, most: usize) -> String {
    said.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pattern: &str) -> PortalFields {
        PortalFields { home_url: "http://moe.example/".into(), link_pattern: pattern.into(), ..PortalFields::default() }
    }

    const LIST: &str = "<nav><a href='/'>首页</a><a href='/zc/'>政策</a></nav><ul class='list'>\
        <li><a href='./t20261124_1.html'>关于做好防汛工作的通知</a></li><li><a href='t20261124_2.html#top'>关于印发办法的通知</a></li>\
        <li><a href='t20261124_1.html'>再次出现的链接也只算一次</a></li><li><a href='javascript:void(0)'>不是文章的链接</a></li></ul>";

    #[test]
    fn links_are_found_by_address_by_selector_or_by_their_words() {
        let at = Url::parse("http://moe.example/zc/index.html").expect("an address");
        for pattern in [r"/t\d{8}_\d+\.html$", "css:.list a", "css:.list li", ""] {
            let found = links(&fields(pattern), &at, LIST);
            let shown: Vec<_> = found.iter().map(|link| (link.url.path(), link.position)).collect();
            assert_eq!(shown, [("/zc/t20261124_1.html", 1), ("/zc/t20261124_2.html", 2)], "{pattern}");
        }
    }

    #[test]
    fn an_article_is_read_by_selectors_by_tags_or_by_guessing() {
        let html = "<html><head><title>通知_某部</title><meta name='PubDate' content='2026-11-24 10:00'>\
            <meta name='ArticleTitle' content='关于做好工作的通知'></head><body><div class='nav'><a>首页</a><a>政策</a></div>\
            <div id='text'><p>各省、自治区、直辖市人民政府：</p><p>现将有关事项通知如下。</p><script>var x = '脚本';</script></div>\
            <div class='foot'><a>关于我们以及很长很长很长很长的页脚链接文字</a></div></body></html>";
        let guessed = article(&fields(""), html);
        assert_eq!(guessed.title, "关于做好工作的通知");
        assert_eq!(guessed.text, "各省、自治区、直辖市人民政府：\n现将有关事项通知如下。");
        assert_eq!(guessed.date, "2026-11-24 10:00");
        let told = PortalFields { title_selector: "title".into(), text_selector: ".nav".into(), ..fields("") };
        assert_eq!(article(&told, html).title, "通知_某部");
        assert_eq!(article(&told, html).text, "首页政策");
    }

    #[test]
    fn files_are_told_by_their_links_and_names() {
        let html = "<h1>公告</h1><p>请见附件。</p><a href='/f/P02.pdf' title='关于做好防汛工作的通知（全文）'>下载</a>\
            <a href='%E5%85%B3%E4%BA%8E.PDF?x=1'>附件1</a><a href='/t1.html'>不是文件</a><a href='/f/P02.pdf'>下载</a>";
        let read = article(&fields(""), html);
        assert_eq!(read.files, ["关于做好防汛工作的通知（全文）", "P02.pdf", "附件1", "关于.PDF", "下载"]);
        assert_eq!(file_name("/a/b.html"), None);
    }

    #[test]
    fn what_leads_home_is_not_there() {
        let url = |text: &str| Url::parse(text).expect("an address");
        let (asked, home) = (url("http://moe.example/zc/t1.html"), url("http://moe.example/"));
        assert!(leads_home(&fields(""), &asked, &home));
        assert!(leads_home(&fields(""), &asked, &url("http://www.moe.example/index.html")));
        assert!(!leads_home(&fields(""), &asked, &asked));
        assert!(!leads_home(&fields(""), &asked, &url("https://moe.example/zc/t1.html")));
    }
}
