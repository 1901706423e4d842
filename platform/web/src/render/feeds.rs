//! Feeds and the sitemap, written by libraries that readers agree with.

use std::collections::BTreeMap;

use atom_syndication::extension::Extension;
use atom_syndication::{Content, Entry, FeedBuilder, FixedDateTime, Link, Person, Text};
use base::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// A feed.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct FeedView {
    pub title: String,
    /// Address of the page that it belongs to.
    pub page: String,
    /// Its own address.
    pub own: String,
    pub updated: Timestamp,
    pub author: String,
    pub items: Vec<FeedItem>,
}

/// One item of a feed.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct FeedItem {
    /// Stable for the life of the document: its URN.
    pub id: String,
    pub title: String,
    pub address: String,
    pub published: Timestamp,
    pub updated: Timestamp,
    pub summary: String,
    pub source: String,
}

/// Characters that XML cannot carry are left out.
fn xml(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .collect()
}

fn instant(at: Timestamp) -> FixedDateTime {
    at.utc().into()
}

/// Atom (RFC 4287).
pub fn atom(view: &FeedView) -> String {
    let link = |href: &str, rel: &str| Link { href: href.to_owned(), rel: rel.to_owned(), ..Link::default() };
    let entries = view.items.iter().map(|item| Entry {
        title: Text::plain(xml(&item.title)),
        id: item.id.clone(),
        updated: instant(item.updated),
        published: Some(instant(item.published)),
        links: vec![link(&item.address, "alternate")],
        summary: Some(Text::plain(xml(&item.summary))),
        authors: vec![Person { name: xml(&item.source), ..Person::default() }],
        content: None::<Content>,
        ..Entry::default()
    });
    FeedBuilder::default()
        .title(Text::plain(xml(&view.title)))
        .id(view.own.clone())
        .updated(instant(view.updated))
        .links(vec![link(&view.own, "self"), link(&view.page, "alternate")])
        .authors(vec![Person { name: xml(&view.author), ..Person::default() }])
        .entries(entries.collect::<Vec<_>>())
        .build()
        .to_string()
}

/// The feed of a portal's orders.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct OrdersView {
    pub title: String,
    pub page: String,
    pub own: String,
    pub hub: String,
    pub author: String,
    pub updated: Timestamp,
    pub items: Vec<OrderItem>,
    /// What was taken back, and when: its reader must no longer show it.
    pub gone: Vec<(String, Timestamp)>,
}

/// One open order.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct OrderItem {
    pub id: String,
    pub title: String,
    pub address: String,
    pub published: Timestamp,
    pub updated: Timestamp,
    pub due: Timestamp,
    pub kind: &'static str,
    pub body_html: String,
    pub source: String,
    pub number: String,
}

/// Namespace of what Atom has no word for: kind, limit and document number of an order.
pub const ORDER_NAMESPACE: &str = "urn:dibao:ns:order";
/// Namespace of tombstones (RFC 6721).
const TOMBSTONE_NAMESPACE: &str = "http://purl.org/atompub/tombstones/1.0";

fn extension(name: &str, value: Option<&str>, attrs: &[(&str, String)]) -> Extension {
    Extension {
        name: name.to_owned(),
        value: value.map(xml),
        attrs: attrs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        children: BTreeMap::new(),
    }
}

/// Atom with whole texts, the hub that tells of changes, and tombstones for what was taken back.
pub fn orders(view: &OrdersView) -> String {
    let link = |href: &str, rel: &str| Link { href: href.to_owned(), rel: rel.to_owned(), ..Link::default() };
    let entries = view.items.iter().map(|item| {
        let due = item.due.rfc3339();
        let said = [("number", item.number.as_str()), ("due", &due), ("kind", item.kind)];
        let told = said.into_iter().filter(|(_, value)| !value.is_empty());
        let told =
            told.map(|(name, value)| (name.to_owned(), vec![extension(&format!("order:{name}"), Some(value), &[])]));
        Entry {
            title: Text::plain(xml(&item.title)),
            id: item.id.clone(),
            updated: instant(item.updated),
            published: Some(instant(item.published)),
            links: vec![link(&item.address, "alternate")],
            authors: vec![Person { name: xml(&item.source), ..Person::default() }],
            content: Some(Content {
                value: Some(xml(&item.body_html)),
                content_type: Some("html".to_owned()),
                ..Content::default()
            }),
            extensions: BTreeMap::from([("order".to_owned(), told.collect())]),
            ..Entry::default()
        }
    });
    let gone = view
        .gone
        .iter()
        .map(|(id, when)| extension("at:deleted-entry", None, &[("ref", id.clone()), ("when", when.rfc3339())]));
    let gone = BTreeMap::from([("deleted-entry".to_owned(), gone.collect::<Vec<_>>())]);
    let spaces = [("order", ORDER_NAMESPACE), ("at", TOMBSTONE_NAMESPACE)];
    FeedBuilder::default()
        .namespaces(BTreeMap::from(spaces.map(|(prefix, name)| (prefix.to_owned(), name.to_owned()))))
        .title(Text::plain(xml(&view.title)))
        .id(view.own.clone())
        .updated(instant(view.updated))
        .links(vec![link(&view.own, "self"), link(&view.hub, "hub"), link(&view.page, "alternate")])
        .authors(vec![Person { name: xml(&view.author), ..Person::default() }])
        .entries(entries.collect::<Vec<_>>())
        .extensions(BTreeMap::from([("at".to_owned(), gone)]))
        .build()
        .to_string()
}

/// RSS 2.0.
pub fn rss(view: &FeedView) -> String {
    let items = view.items.iter().map(|item| rss::Item {
        title: Some(xml(&item.title)),
        link: Some(item.address.clone()),
        description: Some(xml(&item.summary)),
        guid: Some(rss::Guid { value: item.id.clone(), permalink: false }),
        pub_date: Some(item.published.utc().to_rfc2822()),
        ..rss::Item::default()
    });
    rss::ChannelBuilder::default()
        .title(xml(&view.title))
        .link(view.page.clone())
        .description(xml(&view.title))
        .language("zh-cn".to_owned())
        .last_build_date(view.updated.utc().to_rfc2822())
        .items(items.collect::<Vec<_>>())
        .build()
        .to_string()
}

/// A sitemap of addresses and the days on which they changed.
pub fn sitemap(addresses: impl Iterator<Item = (String, Timestamp)>) -> std::io::Result<String> {
    let mut out = Writer::new(Vec::new());
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    out.create_element("urlset")
        .with_attribute(("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"))
        .write_inner_content(|out| {
            for (address, changed) in addresses {
                out.create_element("url").write_inner_content(|out| {
                    out.create_element("loc").write_text_content(BytesText::new(&address))?;
                    out.create_element("lastmod").write_text_content(BytesText::new(&changed.date_cst()))?;
                    Ok(())
                })?;
            }
            Ok(())
        })?;
    String::from_utf8(out.into_inner()).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> FeedView {
        let at = Timestamp::parse("2026-11-24 08:30").expect("a time");
        let item = FeedItem {
            id: "urn:uuid:0".into(),
            title: "关于 <做好> 工作\u{1}的通知 & 说明".into(),
            address: "http://www.localhost/a.html".into(),
            published: at,
            updated: at,
            summary: "摘要".into(),
            source: "国务院办公厅".into(),
        };
        FeedView {
            title: "国务院文件".into(),
            page: "http://x/".into(),
            own: "http://x/feed.atom".into(),
            updated: at,
            author: "x".into(),
            items: vec![item],
        }
    }

    #[test]
    fn readers_read_what_we_write() {
        let feed = atom_syndication::Feed::read_from(atom(&view()).as_bytes()).expect("atom");
        assert_eq!(feed.entries()[0].title().as_str(), "关于 <做好> 工作的通知 & 说明");
        let channel = rss::Channel::read_from(rss(&view()).as_bytes()).expect("rss");
        assert_eq!(channel.items()[0].title(), Some("关于 <做好> 工作的通知 & 说明"));
    }

    #[test]
    fn a_sitemap_escapes_addresses() {
        let at = Timestamp::parse("2026-11-24").expect("a time");
        let map = sitemap([("http://x/?a=1&b".to_owned(), at)].into_iter()).expect("written");
        assert!(
            map.contains("<loc>http://x/?a=1&amp;b</loc>") && map.contains("<lastmod>2026-11-24</lastmod>"),
            "{map}"
        );
    }
}
