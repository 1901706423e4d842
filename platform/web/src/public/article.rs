//! The article page, its files, and what stands at the address of something withdrawn.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use base::Site;
use content::column::{self, Reached};
use content::document::{self, EditionView, Header, Withdrawal, WithdrawalKind};
use content::placement::{self, Mode, Placement};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Serialize;

use super::frame::{Frame, Link, column_labels};
use super::{PageError, html, notice, redirect};
use crate::App;
use crate::files::{self, Shown, encoded};
use crate::problem::Problem;
use crate::render::Ready;

#[derive(Serialize)]
struct HeaderField {
    label: String,
    value: String,
}

#[derive(Serialize)]
struct FileLink {
    name: String,
    href: String,
    size: String,
    kind: String,
}

#[derive(Serialize)]
struct Origin {
    origin_name: String,
    origin_href: String,
}

#[derive(Serialize)]
struct Article {
    title: String,
    subtitle: String,
    time: String,
    date: String,
    source: String,
    source_url: String,
    author: String,
    editor: String,
    lead_in: String,
    body_html: String,
    header: Vec<HeaderField>,
    attachments: Vec<FileLink>,
    keywords: Vec<String>,
    mirror: Option<Origin>,
    /// Of an adopted document: the portals it came through, first author first.
    credits: Vec<String>,
    placed_by_platform: bool,
    edition_number: i32,
    correction_note: Option<String>,
    related: Vec<Link>,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    frame: Frame<'a>,
    article: Article,
    column: Link,
}

pub(super) async fn page(app: &App, site: &Site, path: &str) -> Result<Ready, PageError> {
    let tx = app.store.reading(site.tenant).await?;
    let seat = placement::at_address(&tx, path).await?.ok_or(PageError::NotFound)?;
    if !seat.live {
        tx.commit().await?;
        return withdrawn(app, site, &seat);
    }
    if seat.mode == Mode::Link {
        return leave(app, site, &tx, &seat).await;
    }
    let edition = document::opened_edition(&tx, &seat).await?;
    let credits = if seat.mode == Mode::Adopted { credits(&tx, &seat).await? } else { Vec::new() };
    let columns = column::list(&tx).await?;
    let reached = match column::at(&tx, &seat.column).await? {
        Reached::Column(column) => Some(column),
        Reached::Over(_) | Reached::Nothing => None,
    };
    tx.commit().await?;
    let column = reached.as_deref();
    let mut frame = Frame::new(app, site, &columns, Some(&seat.column), path);
    frame.title = format!("{}_{}", edition.fields.title, site.name);
    frame.breadcrumb = vec![Link::new(&frame.word("home"), "/")];
    if let Some(column) = column {
        frame.breadcrumb.push(Link::new(&column.name, format!("/{}/", column.key)));
        frame.meta.column = Some(column_labels(column));
    }
    frame.breadcrumb.push(Link::new("正文", ""));
    frame.meta.article = Some(labels(app, site, &seat, &edition));
    let column = Link::new(column.map_or("", |column| column.name.as_str()), format!("/{}/", seat.column));
    let counter = Some(app.visits.of(site.tenant, seat.document));
    let view = View { article: article(app, seat, edition, credits), column, frame };
    let page = html(app, StatusCode::OK, app.templates.render(&site.theme, "article.html", &view)?);
    Ok(Ready { counter, ..page })
}

/// The body with its own files (`files/POSITION-NAME`) at the addresses at which this portal serves them.
fn with_files(body_html: &str, stem: &str) -> String {
    if !body_html.contains("=\"files/") {
        return body_html.to_owned();
    }
    [" src", " href"].iter().fold(body_html.to_owned(), |body, name| {
        body.replace(&format!("{name}=\"files/"), &format!("{name}=\"{stem}/"))
    })
}

fn labels(app: &App, site: &Site, seat: &Placement, edition: &EditionView) -> BTreeMap<&'static str, String> {
    let fields = &edition.fields;
    BTreeMap::from([
        ("ArticleTitle", fields.title.clone()),
        ("PubDate", seat.published_at.minute_cst()),
        ("ContentSource", fields.source.clone()),
        ("Keywords", fields.keywords.clone()),
        ("Author", fields.author.clone()),
        ("Description", fields.summary.clone()),
        ("Url", app.addresses.absolute(site.main_host(), &seat.address)),
    ])
}

/// Names of the portals that an adopted document came through, each once.
async fn credits(tx: &base::TenantTx, seat: &Placement) -> Result<Vec<String>, PageError> {
    let mut names: Vec<String> = Vec::new();
    for hop in document::provenance(tx, seat.document).await? {
        let name = hop.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
        if !name.is_empty() && names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn article(app: &App, seat: Placement, edition: EditionView, credits: Vec<String>) -> Article {
    let fields = edition.fields;
    let stem = seat.address.trim_end_matches(".html").to_owned();
    let origin = app.store.sites().by_id(seat.origin).filter(|_| seat.mode == Mode::Mirror);
    Article {
        subtitle: String::new(),
        time: seat.published_at.minute_cst(),
        date: seat.published_at.date_cst(),
        header: header_fields(&fields.header, &fields.title, &seat.published_at.date_cst()),
        attachments: edition
            .attachments
            .into_iter()
            // A picture of the text is seen there, and not offered once more.
            .filter(|file| !fields.body_html.contains(&format!("src=\"files/{}-", file.position)))
            .map(|file| FileLink {
                href: format!("{stem}/{}-{}", file.position, encoded(&file.file.name)),
                size: size(file.file.size),
                kind: file.file.name.rsplit_once('.').map(|(_, kind)| kind.to_uppercase()).unwrap_or_default(),
                name: file.file.name,
            })
            .collect(),
        keywords: fields
            .keywords
            .split([',', '，', '、', ';', '；', ' '])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
        credits,
        mirror: origin.map(|origin| Origin {
            origin_name: origin.name.to_string(),
            origin_href: app.addresses.absolute(origin.main_host(), "/"),
        }),
        placed_by_platform: seat.placed_by == base::duty::PLATFORM,
        edition_number: edition.number,
        correction_note: Some(fields.change_note).filter(|note| edition.number > 1 && !note.is_empty()),
        related: Vec::new(),
        editor: String::new(),
        title: fields.title,
        source: fields.source,
        source_url: fields.source_url,
        author: fields.author,
        lead_in: seat.lead_in,
        body_html: with_files(&fields.body_html, &stem),
    }
}

/// The header of an official document in the order in which portals print it; empty fields are left out.
fn header_fields(header: &Header, title: &str, published: &str) -> Vec<HeaderField> {
    if header.is_empty() {
        return Vec::new();
    }
    [
        ("索引号", header.index_number.as_str()),
        ("主题分类", &header.subject_category),
        ("发文机关", &header.issuer),
        ("成文日期", &header.written_date),
        ("标题", title),
        ("发文字号", &header.doc_number),
        ("发布日期", published),
        ("生效日期", &header.effective_date),
        ("废止日期", &header.repealed_date),
        ("有效性", &header.validity),
        ("公开属性", &header.disclosure),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(label, value)| HeaderField { label: label.to_owned(), value: value.to_owned() })
    .collect()
}

fn withdrawn(app: &App, site: &Site, seat: &Placement) -> Result<Ready, PageError> {
    let Some(Withdrawal { kind, reason, legal_basis, .. }) = seat.withdrawal.clone() else {
        return Err(PageError::NotFound);
    };
    let leads = app.addresses.leads(app.store.sites(), site.tenant, seat);
    let said = |replaced_by: Option<String>| {
        let title = seat.title.clone();
        notice::page(app, site, notice::Kind::Withdrawn { title, reason, legal_basis, replaced_by })
    };
    match (kind, leads) {
        (WithdrawalKind::Gone, _) => notice::page(app, site, notice::Kind::Gone),
        (WithdrawalKind::Vanish, _) => Err(PageError::NotFound),
        (WithdrawalKind::Redirect, Some(to)) => Ok(redirect(StatusCode::MOVED_PERMANENTLY, &to)),
        (WithdrawalKind::Replaced, to) => said(to),
        (WithdrawalKind::Notice | WithdrawalKind::Redirect, _) => said(None),
    }
}

/// A link of the portal: government addresses and portals of this platform are left at once, all others through a page that
/// says so.
async fn leave(app: &App, site: &Site, tx: &base::TenantTx, seat: &Placement) -> Result<Ready, PageError> {
    let entry = content::link::find(tx, seat.document).await.map_err(|_| PageError::NotFound)?;
    let url = content::link::address(&entry.url).ok_or(PageError::NotFound)?;
    let ours = url.host_str().is_some_and(|host| app.store.sites().with_host(host, |_| ()).is_some());
    let trusted = app.links.at(app.clock.now()).is_some_and(|rule| rule.trusts(&url));
    if ours || trusted {
        return Ok(redirect(StatusCode::FOUND, &entry.url));
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    notice::page(app, site, notice::Kind::Leaving { title: entry.title, host, url: entry.url })
}

/// A file of the edition that stands at `address`: only while the article is live, and never as active content.
pub(super) async fn file(
    app: &App,
    site: &Site,
    (address, position, name): (&str, i32, &str),
    method: &Method,
    asked: &HeaderMap,
) -> Response {
    let found = async {
        let tx = app.store.reading(site.tenant).await?;
        let seat = placement::at_address(&tx, address).await?.filter(|seat| seat.live).ok_or(PageError::NotFound)?;
        let edition = document::opened_edition(&tx, &seat).await?;
        tx.commit().await?;
        let file = edition.attachments.into_iter().find(|file| file.position == position && file.file.name == name);
        file.map(|file| file.file).ok_or(PageError::NotFound)
    };
    let file = match found.await {
        Ok(file) => file,
        Err(PageError::NotFound) => return Problem::not_found().into_response(),
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let mut answer = files::answer(app, &file, Shown::Inline, method, asked).await;
    let kept = HeaderValue::from_static("public, max-age=0, must-revalidate");
    answer.headers_mut().entry(header::CACHE_CONTROL).or_insert(kept);
    answer
}

fn size(bytes: i64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
