//! The addresses of a portal.

use content::column::is_key;

/// What a path asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Home,
    Column {
        key: &'a str,
        page: u64,
    },
    Feed {
        column: Option<&'a str>,
        atom: bool,
    },
    /// Looked up by its whole path.
    Article,
    /// A file of the article at `address`.
    File {
        address: String,
        position: i32,
        name: String,
    },
    /// The feed of orders, for portals outside the platform.
    Orders,
    Sitemap,
    SitemapPage,
    Robots,
    /// A known address in another form.
    Lead(String),
    Nothing,
}

impl<'a> Route<'a> {
    /// Whether people read it: feeds, the sitemap and robots.txt are for programs.
    pub(super) fn is_page(&self) -> bool {
        !matches!(self, Self::Feed { .. } | Self::Orders | Self::Sitemap | Self::Robots)
    }

    pub(super) fn parse(path: &'a str) -> Self {
        let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        match parts.as_slice() {
            [""] => Self::Home,
            ["index.html"] => Self::Lead("/".to_owned()),
            ["sitemap.xml"] => Self::Sitemap,
            ["sitemap.html"] => Self::SitemapPage,
            ["orders.atom"] => Self::Orders,
            ["robots.txt"] => Self::Robots,
            // Addresses of the house itself, which no portal has.
            ["healthz" | "readyz" | "metrics"] => Self::Nothing,
            ["feed.atom"] => Self::Feed { column: None, atom: true },
            ["feed.rss"] => Self::Feed { column: None, atom: false },
            [key, ""] if is_key(key) => Self::Column { key, page: 1 },
            [key] if is_key(key) => Self::Lead(format!("/{key}/")),
            [key, "feed.atom"] if is_key(key) => Self::Feed { column: Some(key), atom: true },
            [key, "feed.rss"] if is_key(key) => Self::Feed { column: Some(key), atom: false },
            [key, file] if is_key(key) => {
                match file.strip_prefix("page-").and_then(|rest| rest.strip_suffix(".html")?.parse().ok()) {
                    Some(1) => Self::Lead(format!("/{key}/")),
                    Some(page) if page > 1 => Self::Column { key, page },
                    _ => Self::Nothing,
                }
            }
            [key, month, file] if is_key(key) && month.len() == 6 && file.ends_with(".html") => Self::Article,
            [key, month, stem, file] if is_key(key) && month.len() == 6 => {
                let found = file
                    .split_once('-')
                    .and_then(|(position, name)| Some((position.parse().ok()?, crate::host::decode(name)?)));
                found.map_or(Self::Nothing, |(position, name)| Self::File {
                    address: format!("/{key}/{month}/{stem}.html"),
                    position,
                    name,
                })
            }
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Route as R;

    #[test]
    fn addresses_are_read() {
        assert_eq!(R::parse("/"), R::Home);
        assert_eq!(R::parse("/gwyzc/"), R::Column { key: "gwyzc", page: 1 });
        assert_eq!(R::parse("/gwyzc"), R::Lead("/gwyzc/".into()));
        assert_eq!(R::parse("/gwyzc/page-3.html"), R::Column { key: "gwyzc", page: 3 });
        assert_eq!(R::parse("/gwyzc/page-0.html"), R::Nothing);
        assert_eq!(R::parse("/gwyzc/202611/t20261124_0a.html"), R::Article);
        let file =
            R::File { address: "/gwyzc/202611/t20261124_0a.html".into(), position: 1, name: "附件.csv".into() };
        assert_eq!(R::parse("/gwyzc/202611/t20261124_0a/1-%E9%99%84%E4%BB%B6.csv"), file);
        assert_eq!(R::parse("/A/"), R::Nothing);
        assert_eq!(R::parse("/orders.atom"), R::Orders);
        assert_eq!(R::parse("//"), R::Nothing);
    }
}
