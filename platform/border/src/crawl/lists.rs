//! What lists name: entries of a feed, addresses of a sitemap, links of a list page.

use std::collections::HashSet;
use std::io::Read;

use base::sm3_hex;
use feed_rs::model::Entry;
use quick_xml::events::Event as Xml;
use regex::Regex;
use scraper::{Html, Selector};
use serde::{Deserialize, Serialize};
use url::Url;

use super::article::squeezed;
use super::dates;
use super::said::PageRules;
use super::visit::Why;

/// Most entries of one list that are looked at.
const MOST: usize = 2000;

/// Bytes that a compressed sitemap may unfold to.
const UNFOLDED: u64 = 20 * 1024 * 1024;

/// What a list says of one thing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Listed {
    #[serde(skip)]
    pub url: String,
    #[serde(skip)]
    pub guid: String,
    #[serde(skip)]
    pub title: String,
    /// As the list prints it.
    pub date: String,
    pub author: String,
    /// The whole text, when a feed has it.
    pub body_html: String,
    /// Changes when the list says something new of it.
    #[serde(skip)]
    pub hash: String,
}

/// An address as a key: without fragment, default port and the marks that campaigns leave; host in lower case, one slash at
/// the end not counted. The scheme is left out: http and https show the same.
pub(super) fn url_key(url: &Url) -> String {
    let tracking = |name: &str| name.starts_with("utm_") || matches!(name, "from" | "spm" | "isappinstalled");
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| !tracking(name)).collect();
    pairs.sort();
    let query: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = url.path().trim_end_matches('/');
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    sm3_hex(format!("{}{port}{path}?{}", url.host_str().unwrap_or_default(), query.join("&")).as_bytes())
}

/// Entries of an Atom, RSS or JSON feed.
pub(super) fn feed(text: &str, base: &Url) -> Result<Vec<Listed>, Why> {
    // What came in another character set is UTF-8 by now, whatever its first line says.
    let plain = match (text.find("<?xml"), text.find("?>")) {
        (Some(at), Some(end)) if at < 8 => &text[end + 2..],
        _ => text,
    };
    let parser = feed_rs::parser::Builder::new().base_uri(Some(base.as_str())).build();
    let feed = parser.parse(plain.trim_start().as_bytes()).map_err(|error| Why::Unreadable(error.to_string()))?;
    Ok(feed.entries.into_iter().take(MOST).filter_map(|entry| of_entry(entry, base)).collect())
}

fn of_entry(entry: Entry, base: &Url) -> Option<Listed> {
    let link = entry
        .links
        .iter()
        .find(|link| matches!(link.rel.as_deref(), None | Some("alternate")))
        .or(entry.links.first())
        .map(|link| link.href.clone());
    let id = entry.id.trim().to_owned();
    let url = link.or_else(|| id.starts_with("http").then(|| id.clone()))?;
    let url = base.join(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let body_html = entry.content.and_then(|content| content.body).unwrap_or_default();
    let title = entry.title.map(|title| squeezed(&plain(&title.content))).unwrap_or_default();
    let updated = entry.updated.or(entry.published);
    let hash = sm3_hex(format!("{title}\n{body_html}\n{updated:?}").as_bytes());
    // Only an id that is one in the world says that two feeds mean the same.
    let global = ["http://", "https://", "urn:", "tag:"].iter().any(|mark| id.starts_with(mark));
    Some(Listed {
        url: url.to_string(),
        guid: if global { id.chars().take(500).collect() } else { String::new() },
        title,
        date: entry.published.or(entry.updated).map(|at| at.to_rfc3339()).unwrap_or_default(),
        author: entry.authors.first().and_then(|person| person.name.as_deref()).map(squeezed).unwrap_or_default(),
        body_html: if body_html.len() <= content::text::BODY_MAX { body_html } else { String::new() },
        hash,
    })
}

/// The words of a piece of HTML.
fn plain(html: &str) -> String {
    if html.contains(['<', '&']) { Html::parse_fragment(html).root_element().text().collect() } else { html.to_owned() }
}

/// What stands in one sitemap file.
pub(super) enum Sitemap {
    /// Pages.
    Pages(Vec<Listed>),
    /// Further sitemaps, newest first.
    Index(Vec<Url>),
}

/// A sitemap file, compressed or not.
pub(super) fn sitemap(bytes: &[u8], base: &Url) -> Result<Sitemap, Why> {
    let unfolded;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut out = Vec::new();
        let mut reader = flate2::read::GzDecoder::new(bytes).take(UNFOLDED);
        reader.read_to_end(&mut out).map_err(|error| Why::Unreadable(error.to_string()))?;
        unfolded = out;
        unfolded.as_slice()
    } else {
        bytes
    };
    let text = String::from_utf8_lossy(bytes);
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut index, mut tag, mut pages, mut one) = (false, String::new(), Vec::new(), (String::new(), String::new()));
    let unreadable = |error: &dyn std::fmt::Display| Why::Unreadable(error.to_string());
    loop {
        match reader.read_event().map_err(|error| unreadable(&error))? {
            Xml::Start(start) => {
                tag = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                index |= tag == "sitemapindex";
            }
            Xml::Text(said) => {
                let said = String::from_utf8_lossy(&said).trim().to_owned();
                put(&tag, &said, &mut one);
            }
            Xml::GeneralRef(said) if &*said == b"amp" => put(&tag, "&", &mut one),
            Xml::CData(said) => put(&tag, String::from_utf8_lossy(&said).trim(), &mut one),
            Xml::End(end) => {
                if matches!(end.local_name().as_ref(), b"url" | b"sitemap") && pages.len() < MOST {
                    pages.push(std::mem::take(&mut one));
                }
                tag.clear();
            }
            Xml::Eof => break,
            _ => {}
        }
    }
    if pages.is_empty() && !text.contains("<urlset") && !index {
        return Err(Why::Unreadable("there is no urlset".to_owned()));
    }
    // The newest come first: what a look does not take up, the next one does.
    pages.sort_by(|(_, a), (_, b)| b.cmp(a));
    let web = |address: &str| base.join(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if index {
        return Ok(Sitemap::Index(pages.iter().filter_map(|(address, _)| web(address)).collect()));
    }
    let listed = |(address, modified): (String, String)| {
        let url = web(&address)?;
        let date = dates::read(&modified).map(base::Timestamp::rfc3339).unwrap_or_default();
        Some(Listed { url: url.to_string(), hash: sm3_hex(modified.as_bytes()), date, ..Listed::default() })
    };
    Ok(Sitemap::Pages(pages.into_iter().filter_map(listed).collect()))
}

fn put(tag: &str, said: &str, one: &mut (String, String)) {
    match tag {
        "loc" => one.0.push_str(said),
        "lastmod" => one.1.push_str(said),
        _ => {}
    }
}

/// Titles and addresses of the links that the rules choose on a list page.
pub fn links_of(html: &str, base: &Url, rules: &PageRules) -> Vec<(String, String)> {
    links(html, base, rules).into_iter().map(|one| (one.title, one.url)).collect()
}

/// Links of a list page: by the selector, by what their addresses look like, or both.
pub(super) fn links(html: &str, base: &Url, rules: &PageRules) -> Vec<Listed> {
    let page = Html::parse_document(html);
    let selector = if rules.links.is_empty() { "a[href]" } else { &rules.links };
    let Ok(selector) = Selector::parse(selector) else { return Vec::new() };
    let wanted = Regex::new(&rules.links_match).ok().filter(|_| !rules.links_match.is_empty());
    let inner = Selector::parse("a[href]").ok();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for element in page.select(&selector) {
        // A rule that means the line finds the link in it.
        let link = match element.value().attr("href") {
            Some(_) => Some(element),
            None => inner.as_ref().and_then(|inner| element.select(inner).next()),
        };
        let Some(link) = link else { continue };
        let address = link.value().attr("href").and_then(|href| base.join(href.trim()).ok());
        let Some(mut url) = address.filter(|url| matches!(url.scheme(), "http" | "https")) else { continue };
        url.set_fragment(None);
        let fits = wanted.as_ref().is_none_or(|wanted| wanted.is_match(url.as_str()));
        if !fits || url_key(&url) == url_key(base) || !seen.insert(url_key(&url)) {
            continue;
        }
        let printed = squeezed(&link.text().collect::<String>());
        let title =
            link.value().attr("title").map(squeezed).filter(|title| title.len() > printed.len()).unwrap_or(printed);
        let hash = sm3_hex(title.as_bytes());
        found.push(Listed { url: url.to_string(), title, hash, ..Listed::default() });
        if found.len() == MOST {
            break;
        }
    }
    found
}
