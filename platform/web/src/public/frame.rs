//! What every public page has: head, navigation, footer. The view model of the templates' `layout.html`.

use base::Site;
use content::Column;
use content::placement::Listed;
use serde::Serialize;
use std::collections::BTreeMap;

use crate::App;

/// A named address.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Link {
    pub name: String,
    pub href: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
}

impl Link {
    pub(super) fn new(name: &str, href: impl Into<String>) -> Self {
        Self { name: name.to_owned(), href: href.into(), current: false }
    }
}

#[derive(Serialize)]
pub(super) struct FeedLink {
    title: String,
    href: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct SiteView<'a> {
    name: &'a str,
    short_name: &'a str,
    domain: &'a str,
    id_code: &'a str,
    owner_unit: &'a str,
    operator_unit: &'a str,
    contact: &'a str,
    icp: &'a str,
    psb: &'a str,
    skin: &'a str,
    level: &'static str,
    sample: bool,
    rehearsal: bool,
}

/// The page labels of 国办发〔2017〕47号, annex: names are case-sensitive.
#[derive(Serialize, Default)]
pub(super) struct Labels {
    site: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<BTreeMap<&'static str, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<BTreeMap<&'static str, String>>,
}

#[derive(Serialize)]
pub(super) struct Frame<'a> {
    lang: &'static str,
    t: Option<&'a BTreeMap<String, String>>,
    assets: &'a str,
    pub title: String,
    canonical: String,
    site: SiteView<'a>,
    nav: Vec<Link>,
    pub breadcrumb: Vec<Link>,
    pub feeds: Vec<FeedLink>,
    pub meta: Labels,
}

/// One line of a list.
#[derive(Clone, Serialize)]
pub(super) struct Item {
    pub title: String,
    pub href: String,
    pub date: String,
    pub time: String,
    pub source: String,
    pub summary: String,
    pub doc_number: String,
    pub pinned: bool,
    pub mirror: bool,
}

impl From<Listed> for Item {
    fn from(row: Listed) -> Self {
        let at = base::Timestamp(row.published_at);
        Self {
            title: row.title,
            href: row.address,
            date: at.date_cst(),
            time: at.minute_cst(),
            source: row.source,
            summary: row.summary,
            doc_number: row.doc_number,
            pinned: row.pinned != 0,
            mirror: row.mode == "mirror",
        }
    }
}

/// Columns in the main navigation.
const NAV_MAX: usize = 9;

impl<'a> Frame<'a> {
    pub(super) fn new(app: &'a App, site: &'a Site, columns: &[Column], current: Option<&str>, path: &str) -> Self {
        let top = columns.iter().filter(|column| column.parent_key.is_none() && column.home != "none").take(NAV_MAX);
        let nav = top.map(|column| Link {
            name: column.name.clone(),
            href: format!("/{}/", column.key),
            current: current == Some(column.key.as_str()),
        });
        let furniture = &site.furniture;
        let labels = BTreeMap::from([
            ("SiteName", site.name.to_string()),
            ("SiteDomain", site.main_host().to_owned()),
            ("SiteIDCode", site.site_code.to_string()),
        ]);
        Self {
            lang: "zh-Hans",
            t: app.templates.texts(&site.theme, "zh-Hans"),
            assets: app.templates.assets_prefix(&site.theme),
            title: site.name.to_string(),
            canonical: app.addresses.absolute(site.main_host(), path),
            site: SiteView {
                name: &site.name,
                short_name: &site.short_name,
                domain: site.main_host(),
                id_code: &site.site_code,
                owner_unit: &site.owner_unit,
                operator_unit: &furniture.operator_unit,
                contact: &furniture.contact,
                icp: &furniture.icp,
                psb: &furniture.psb,
                skin: &site.skin,
                level: site.level.as_str(),
                sample: furniture.sample,
                rehearsal: site.rehearsal,
            },
            nav: nav.collect(),
            breadcrumb: Vec::new(),
            feeds: Self::feed_links(&site.name, ""),
            meta: Labels { site: labels, column: None, article: None },
        }
    }

    pub(super) fn feed_links(title: &str, prefix: &str) -> Vec<FeedLink> {
        [("atom", "feed.atom"), ("rss", "feed.rss")]
            .into_iter()
            .map(|(kind, file)| FeedLink {
                title: format!("{title} · {}", if kind == "atom" { "Atom" } else { "RSS" }),
                href: format!("{prefix}/{file}"),
                kind,
            })
            .collect()
    }

    pub(super) fn of_column(mut self, site: &Site, column: &Column) -> Self {
        self.title = format!("{}_{}", column.name, site.name);
        self.breadcrumb = vec![Link::new("首页", "/"), Link::new(&column.name, format!("/{}/", column.key))];
        self.feeds = Self::feed_links(&column.name, &format!("/{}", column.key));
        self.meta.column = Some(column_labels(column));
        self
    }

    /// A fixed word of the theme.
    pub(super) fn word(&self, key: &str) -> String {
        self.t.and_then(|texts| texts.get(key)).cloned().unwrap_or_default()
    }
}

pub(super) fn column_labels(column: &Column) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("ColumnName", column.name.clone()),
        ("ColumnDescription", column.description.clone()),
        ("ColumnKeywords", column.keywords.clone()),
        ("ColumnType", column.kind.clone()),
    ])
}
