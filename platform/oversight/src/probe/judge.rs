//! What a page must show. Pure: pages in, findings out.

use content::text;
use exchange::obligation::Sighted;
use scraper::{Html, Selector};

/// A fetched page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Address.
    pub url: String,
    /// HTTP status; 0 when nothing answered.
    pub status: u16,
    /// Where a redirect leads, absolute.
    pub location: Option<String>,
    /// Body as text.
    pub body: String,
    /// Time that the fetch took.
    pub elapsed_micros: u64,
}

/// What the article page of a repost must show.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Title, source line and normalised text of the edition.
    pub title: String,
    /// Source that the page must name.
    pub source: String,
    /// SM3 of the normalised title and body.
    pub text_hash: String,
    /// 网站标识码 that the page must carry: a redirected home page looks like success otherwise.
    pub site_code: String,
    /// Path of the article on the portal.
    pub address: String,
    /// Column in whose list it must be found.
    pub column: String,
    /// How many titles stand on the list's pages before the one that was fetched.
    pub before: usize,
}

/// What a recalled document must no longer be.
#[derive(Clone, Debug)]
pub struct Recalled {
    /// Path of the article on the portal.
    pub address: String,
    /// Where the address leads instead, when the recall said so.
    pub leads: Option<String>,
}

/// A page on which a recalled document might still be listed.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What came back.
    pub page: Page,
    /// It may not exist at all: feeds and sitemaps, never a list or the home page.
    pub optional: bool,
}

/// Judges whether a portal shows the repost: the article page itself, and its place in the column's list.
pub fn judge_presence(expected: &Expected, article: &Page, list: &Page) -> Sighted {
    let mut missing = Vec::new();
    let mut seen_hash = String::new();
    if article.status == 200 {
        let page = Html::parse_document(&article.body);
        let title = first_text(&page, "[data-dibao=title]");
        let body = first_html(&page, "[data-dibao=body]");
        seen_hash = text::text_hash(&title, &body);
        if squeezed(&title) != squeezed(&expected.title) {
            missing.push("title".to_owned());
        }
        if seen_hash != expected.text_hash {
            missing.push("text".to_owned());
        }
        if !squeezed(&first_text(&page, "[data-dibao=source]")).contains(&squeezed(&expected.source)) {
            missing.push("source".to_owned());
        }
        if !expected.site_code.is_empty() && meta(&page, "SiteIDCode") != expected.site_code {
            missing.push("site_code".to_owned());
        }
    } else {
        missing.push(format!("status_{}", article.status));
    }
    let position = position(list, &expected.address).map(|at| expected.before + at);
    if position.is_none() {
        missing.push("column".to_owned());
    }
    Sighted {
        url: article.url.clone(),
        status: article.status,
        missing,
        text_hash: seen_hash,
        position: position.map(|at| format!("{}#{at}", expected.column)).unwrap_or_default(),
        elapsed_micros: article.elapsed_micros + list.elapsed_micros,
    }
}

/// Judges whether a recalled document is gone. Its address must say so itself: 404, 410, or a redirect to where the recall
/// leads; and every page that might list it (column list, home page, feeds, sitemap) must have been read and not link to it.
/// A portal that cannot be reached, or refuses to answer the probe, proves nothing.
pub fn judge_absence(recalled: &Recalled, article: &Page, listings: &[Listing]) -> Sighted {
    let mut missing = Vec::new();
    match article.status {
        404 | 410 => {}
        200 => missing.push("still_visible".to_owned()),
        301 | 302 | 308 if recalled.leads.is_some() && article.location == recalled.leads => {}
        301 | 302 | 308 => missing.push("leads_elsewhere".to_owned()),
        status => missing.push(format!("status_{status}")),
    }
    for Listing { page, optional } in listings {
        match page.status {
            200 if links_to(page, &recalled.address) => missing.push(format!("still_linked:{}", path_of(&page.url))),
            200 => {}
            404 if *optional => {}
            status => missing.push(format!("status_{status}:{}", path_of(&page.url))),
        }
    }
    let elapsed = listings.iter().map(|listing| listing.page.elapsed_micros).sum::<u64>() + article.elapsed_micros;
    Sighted {
        url: article.url.clone(),
        status: article.status,
        missing,
        text_hash: String::new(),
        position: String::new(),
        elapsed_micros: elapsed,
    }
}

/// Whether a page or feed names the address, however its markup writes a slash.
fn links_to(page: &Page, address: &str) -> bool {
    if page.body.contains(address) {
        return true;
    }
    let Ok(links) = Selector::parse("[href], [src]") else { return false };
    let parsed = Html::parse_document(&page.body);
    parsed.select(&links).any(|element| {
        ["href", "src"].iter().filter_map(|name| element.value().attr(name)).any(|to| to.contains(address))
    })
}

fn path_of(url: &str) -> String {
    url::Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default()
}

/// Place of the article among the links of its column's list, from 1.
fn position(list: &Page, address: &str) -> Option<usize> {
    if list.status != 200 {
        return None;
    }
    let page = Html::parse_document(&list.body);
    let links = Selector::parse("main a[href]").ok()?;
    let dated = page
        .select(&links)
        .filter_map(|link| link.value().attr("href"))
        .filter(|href| href.ends_with(".html") && href.contains("/t"));
    let mut seen: Vec<&str> = Vec::new();
    for href in dated {
        if !seen.contains(&href) {
            seen.push(href);
        }
    }
    seen.iter().position(|href| *href == address || href.ends_with(address)).map(|at| at + 1)
}

fn first<'a>(page: &'a Html, selector: &str) -> Option<scraper::ElementRef<'a>> {
    let selector = Selector::parse(selector).ok()?;
    page.select(&selector).next()
}

fn first_text(page: &Html, selector: &str) -> String {
    first(page, selector).map(|element| element.text().collect()).unwrap_or_default()
}

fn first_html(page: &Html, selector: &str) -> String {
    first(page, selector).map(|element| element.inner_html()).unwrap_or_default()
}

fn meta(page: &Html, name: &str) -> String {
    first(page, &format!("meta[name=\"{name}\"]"))
        .and_then(|element| element.value().attr("content"))
        .unwrap_or_default()
        .to_owned()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(status: u16, body: &str) -> Page {
        Page { url: "http://x.localhost/gwyzc/".into(), status, location: None, body: body.into(), elapsed_micros: 1 }
    }

    fn expected() -> Expected {
        Expected {
            title: "关于做好工作的通知".into(),
            source: "国务院办公厅".into(),
            text_hash: text::text_hash("关于做好工作的通知", "<p>各省：</p><p>现将通知印发。</p>"),
            site_code: "4200000001".into(),
            address: "/gwyzc/202611/t20261124_abc.html".into(),
            column: "gwyzc".into(),
            before: 0,
        }
    }

    const ARTICLE: &str = "<html><head><meta name=\"SiteIDCode\" content=\"4200000001\"></head><body><main>\
        <h1 data-dibao=\"title\">关于做好工作的通知</h1><p data-dibao=\"source\">来源：国务院办公厅</p>\
        <div data-dibao=\"body\"><p>各省：</p>\n<p>现将通知 印发。</p></div></main></body></html>";
    const LIST: &str = "<main><a href=\"/gwyzc/202611/t20261123_zzz.html\">x</a>\
        <a href=\"/gwyzc/202611/t20261124_abc.html\">y</a></main>";

    #[test]
    fn a_faithful_repost_is_seen_with_its_place() {
        let seen = judge_presence(&expected(), &page(200, ARTICLE), &page(200, LIST));
        assert_eq!((seen.missing, seen.position.as_str()), (vec![], "gwyzc#2"));
        let third = Expected { before: 40, ..expected() };
        assert_eq!(judge_presence(&third, &page(200, ARTICLE), &page(200, LIST)).position, "gwyzc#42");
    }

    #[test]
    fn one_changed_word_is_seen() {
        let forged = ARTICLE.replace("印发", "废止");
        assert_eq!(judge_presence(&expected(), &page(200, &forged), &page(200, LIST)).missing, ["text"]);
    }

    #[test]
    fn a_home_page_in_its_place_is_not_success() {
        let missing = judge_presence(&expected(), &page(200, "<main>欢迎</main>"), &page(404, "")).missing;
        assert_eq!(missing, ["title", "text", "source", "site_code", "column"]);
    }

    const GONE: &str = "/gwyzc/202611/t20261124_abc.html";

    fn absence(leads: Option<&str>, article: &Page, listings: &[(&Page, bool)]) -> Vec<String> {
        let recalled = Recalled { address: GONE.into(), leads: leads.map(str::to_owned) };
        let listings: Vec<Listing> =
            listings.iter().map(|(page, optional)| Listing { page: (*page).clone(), optional: *optional }).collect();
        judge_absence(&recalled, article, &listings).missing
    }

    #[test]
    fn a_recalled_document_must_be_gone_from_every_page() {
        let (gone, empty, listed) = (page(410, ""), page(200, "<main></main>"), page(200, LIST));
        assert_eq!(absence(None, &gone, &[(&empty, false)]), Vec::<String>::new());
        assert_eq!(absence(None, &gone, &[(&empty, false), (&listed, true)]), ["still_linked:/gwyzc/"]);
        let escaped = page(200, &LIST.replace('/', "&#x2f;").replace("<&#x2f;", "</"));
        assert_eq!(absence(None, &gone, &[(&escaped, false)]), ["still_linked:/gwyzc/"]);
        assert_eq!(absence(None, &page(200, ARTICLE), &[]), ["still_visible"]);
    }

    #[test]
    fn only_an_answer_that_says_so_proves_absence() {
        for status in 0..600 {
            let proven = matches!(status, 404 | 410);
            assert_eq!(absence(None, &page(status, ""), &[]).is_empty(), proven, "the article answers {status}");
            let (gone, listing) = (page(404, ""), page(status, ""));
            assert_eq!(absence(None, &gone, &[(&listing, false)]).is_empty(), status == 200, "a list answers {status}");
            let proven = matches!(status, 200 | 404);
            assert_eq!(absence(None, &gone, &[(&listing, true)]).is_empty(), proven, "a feed answers {status}");
        }
    }

    #[test]
    fn a_redirect_proves_absence_only_where_the_recall_leads() {
        let to =
            |status: u16, location: Option<&str>| Page { location: location.map(str::to_owned), ..page(status, "") };
        let (right, wrong) = ("http://www.localhost/new.html", "http://www.localhost/");
        for status in 300..400 {
            let proven = matches!(status, 301 | 302 | 308);
            assert_eq!(absence(Some(right), &to(status, Some(right)), &[]).is_empty(), proven, "{status}");
            assert!(!absence(Some(right), &to(status, Some(wrong)), &[]).is_empty(), "{status}");
            assert!(!absence(Some(right), &to(status, None), &[]).is_empty(), "{status}");
            assert!(!absence(None, &to(status, Some(right)), &[]).is_empty(), "{status}");
            assert!(!absence(None, &to(status, None), &[]).is_empty(), "{status}");
        }
    }
}
