//! Column lists, feeds and sitemaps.

use base::{Site, Timestamp};
use content::column::{self, Reached};
use content::placement::{self, Listed, PER_PAGE};
use http::StatusCode;
use serde::Serialize;

use super::frame::{Frame, Item, Link};
use super::{PageError, html, redirect, text};
use crate::App;
use crate::render::Ready;
use crate::render::feeds::{self, FeedItem, FeedView};

/// Items in a feed.
const IN_FEED: u64 = 30;
/// Addresses in a sitemap (the protocol's bound).
const IN_SITEMAP: u64 = 50_000;
/// Page numbers shown on each side of the current one.
const NEAR: u64 = 3;

#[derive(Serialize)]
struct ColumnView {
    name: String,
    description: String,
    kind: String,
    href: String,
}

#[derive(Serialize)]
struct PageNumber {
    number: u64,
    href: String,
    current: bool,
}

#[derive(Serialize)]
struct Pager {
    number: u64,
    count: u64,
    total: u64,
    prev: Option<String>,
    next: Option<String>,
    first: Option<String>,
    last: Option<String>,
    pages: Vec<PageNumber>,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    column: ColumnView,
    items: Vec<Item>,
    children: Vec<Link>,
    page: Pager,
}

/// What an archived column's pages and feeds answer: the same of its successor, or of the portal.
fn over(to: Option<&str>, file: &str) -> Ready {
    let path = to.map_or_else(|| format!("/{file}"), |key| format!("/{key}/{file}"));
    redirect(StatusCode::MOVED_PERMANENTLY, &path)
}

pub(super) async fn column(app: &App, site: &Site, key: &str, number: u64) -> Result<Ready, PageError> {
    let tx = app.store.reading(site.tenant).await?;
    let column = match column::at(&tx, key).await? {
        Reached::Column(column) => column,
        Reached::Over(to) => return Ok(over(to.as_deref(), "")),
        Reached::Nothing => return Err(PageError::NotFound),
    };
    let columns = column::list(&tx).await?;
    let total = placement::count_in(&tx, key).await?;
    let count = total.div_ceil(PER_PAGE).max(1);
    if number > count {
        return Err(PageError::NotFound);
    }
    let rows = placement::in_column_page(&tx, key, (number - 1) * PER_PAGE, PER_PAGE).await?;
    tx.commit().await?;
    let href = |number: u64| placement::list_path(key, number);
    let near = number.saturating_sub(NEAR).max(1)..=(number + NEAR).min(count);
    let page = Pager {
        number,
        count,
        total,
        prev: (number > 1).then(|| href(number - 1)),
        next: (number < count).then(|| href(number + 1)),
        first: (number > 1).then(|| href(1)),
        last: (number < count).then(|| href(count)),
        pages: near.map(|n| PageNumber { number: n, href: href(n), current: n == number }).collect(),
    };
    let children = columns.iter().filter(|child| child.parent_key.as_deref() == Some(key));
    let view = List {
        frame: Frame::new(app, site, &columns, Some(key), &href(number)).of_column(site, &column),
        column: ColumnView {
            name: column.name.clone(),
            description: column.description.clone(),
            kind: column.kind.clone(),
            href: href(1),
        },
        items: rows.into_iter().map(Item::from).collect(),
        children: children.map(|child| Link::new(&child.name, format!("/{}/", child.key))).collect(),
        page,
    };
    Ok(html(app, StatusCode::OK, app.templates.render(&site.theme, "column.html", &view)?))
}

pub(super) async fn feed(app: &App, site: &Site, key: Option<&str>, atom: bool) -> Result<Ready, PageError> {
    let tx = app.store.reading(site.tenant).await?;
    let (title, path, rows) = match key {
        Some(key) => {
            let column = match column::at(&tx, key).await? {
                Reached::Column(column) => column,
                Reached::Over(to) => return Ok(over(to.as_deref(), if atom { "feed.atom" } else { "feed.rss" })),
                Reached::Nothing => return Err(PageError::NotFound),
            };
            (
                format!("{}_{}", column.name, site.name),
                format!("/{key}/"),
                placement::in_column(&tx, key, IN_FEED).await?,
            )
        }
        None => (site.name.to_string(), "/".to_owned(), placement::recent(&tx, IN_FEED).await?),
    };
    tx.commit().await?;
    let absolute = |path: &str| app.addresses.absolute(site.main_host(), path);
    let own = absolute(&format!("{path}{}", if atom { "feed.atom" } else { "feed.rss" }));
    // A correction is news to whoever follows the feed.
    let changed = |row: &Listed| Timestamp(row.changed_at.max(row.placed_at).max(row.published_at));
    let updated = rows.iter().map(changed).max().unwrap_or(Timestamp(0));
    let item = |row: Listed| FeedItem {
        updated: changed(&row),
        id: format!("urn:uuid:{}", row.document_id),
        title: row.title,
        address: absolute(&row.address),
        published: Timestamp(row.published_at),
        summary: row.summary,
        source: row.source,
    };
    let view = FeedView {
        title,
        page: absolute(&path),
        own,
        updated,
        author: site.owner_unit.to_string(),
        items: rows.into_iter().map(item).collect(),
    };
    Ok(if atom {
        text(app, "application/atom+xml; charset=utf-8", feeds::atom(&view))
    } else {
        text(app, "application/rss+xml; charset=utf-8", feeds::rss(&view))
    })
}

pub(super) async fn sitemap_xml(app: &App, site: &Site) -> Result<Ready, PageError> {
    let tx = app.store.reading(site.tenant).await?;
    let columns = column::list(&tx).await?;
    let rows = placement::addresses(&tx, IN_SITEMAP - columns.len() as u64 - 1).await?;
    tx.commit().await?;
    let newest = rows.first().map_or(Timestamp(0), |row| Timestamp(row.published_at));
    let pages = std::iter::once(("/".to_owned(), newest))
        .chain(columns.into_iter().map(|column| (format!("/{}/", column.key), newest)))
        .chain(rows.into_iter().map(|row| (row.address, Timestamp(row.published_at))));
    let map = feeds::sitemap(pages.map(|(path, at)| (app.addresses.absolute(site.main_host(), &path), at)))?;
    Ok(text(app, "application/xml; charset=utf-8", map))
}

#[derive(Serialize)]
struct Branch {
    name: String,
    href: String,
    children: Vec<Link>,
}

#[derive(Serialize)]
struct SitemapView<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    columns: Vec<Branch>,
}

pub(super) async fn sitemap_page(app: &App, site: &Site) -> Result<Ready, PageError> {
    let tx = app.store.reading(site.tenant).await?;
    let columns = column::list(&tx).await?;
    tx.commit().await?;
    let mut frame = Frame::new(app, site, &columns, None, "/sitemap.html");
    let name = frame.word("sitemap");
    frame.title = format!("{name}_{}", site.name);
    frame.breadcrumb = vec![Link::new(&frame.word("home"), "/"), Link::new(&name, "")];
    let branches = columns.iter().filter(|column| column.parent_key.is_none()).map(|column| Branch {
        name: column.name.clone(),
        href: format!("/{}/", column.key),
        children: columns
            .iter()
            .filter(|child| child.parent_key.as_deref() == Some(column.key.as_str()))
            .map(|child| Link::new(&child.name, format!("/{}/", child.key)))
            .collect(),
    });
    let view = SitemapView { columns: branches.collect(), frame };
    Ok(html(app, StatusCode::OK, app.templates.render(&site.theme, "sitemap.html", &view)?))
}
