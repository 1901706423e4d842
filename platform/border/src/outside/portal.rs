//! A registered portal: where its lists are, how its articles are found and read. Pure.

use base::Timestamp;
use content::text;
use scraper::Selector;
use serde::{Deserialize, Serialize};
use url::Url;

use super::model::OutsideError;
use super::trial::Trial;
use super::{PortalId, rows::portal};

/// List pages of one portal at most.
const LISTS_MAX: usize = 10;
/// Longest pattern, selector or name in characters.
const LINE_MAX: usize = 300;
/// Compiled size of a pattern at most: patterns come from people.
const PATTERN_BYTES: usize = 1 << 20;

/// Whether a portal takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalState {
    /// Told of orders and looked at.
    Active,
    /// Neither, for a while.
    Paused,
    /// No longer there.
    Gone,
}

impl PortalState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Gone];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }

    /// Reads the word of [`PortalState::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the state may follow this one: what is gone stays gone.
    pub const fn may_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Active, Self::Paused | Self::Gone) | (Self::Paused, Self::Active | Self::Gone))
    }
}

/// What is written down about a portal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortalFields {
    /// Its name.
    pub name: String,
    /// The unit that runs it.
    pub unit: String,
    /// `ministry`, `province`, `city`, `county` or `other`.
    pub level: String,
    /// Home page.
    pub home_url: String,
    /// List pages; `{page}` stands for 1, 2, 3, …
    pub list_pages: Vec<String>,
    /// `css:` and a selector of links, or a regular expression over absolute addresses; empty for every link with a title.
    pub link_pattern: String,
    /// Selector of the title on an article page; empty when it is to be guessed.
    pub title_selector: String,
    /// Selector of the text.
    pub text_selector: String,
    /// Selector of the source line.
    pub source_selector: String,
    /// Selector of the date.
    pub date_selector: String,
    /// Where orders are mailed; empty for none.
    pub mail: String,
    /// Asked under every order; otherwise only where somebody adds it.
    pub by_default: bool,
    /// For colleagues.
    pub note: String,
}

/// Levels of portals outside.
pub const LEVELS: [&str; 5] = ["ministry", "province", "city", "county", "other"];

impl PortalFields {
    /// Cleans and checks.
    ///
    /// # Errors
    /// [`OutsideError::Field`] with the first field to mend.
    pub fn cleaned(mut self) -> Result<Self, OutsideError> {
        let wrong = |field, code| OutsideError::Field { field, code, limit: 0 };
        let lines = [
            ("name", &mut self.name),
            ("unit", &mut self.unit),
            ("home_url", &mut self.home_url),
            ("link_pattern", &mut self.link_pattern),
            ("title_selector", &mut self.title_selector),
            ("text_selector", &mut self.text_selector),
            ("source_selector", &mut self.source_selector),
            ("date_selector", &mut self.date_selector),
            ("mail", &mut self.mail),
            ("note", &mut self.note),
        ];
        for (field, line) in lines {
            *line = one_line(line);
            if line.chars().count() > LINE_MAX {
                return Err(OutsideError::Field { field, code: "too_long", limit: LINE_MAX });
            }
        }
        if self.name.is_empty() {
            return Err(wrong("name", "missing"));
        }
        if !LEVELS.contains(&self.level.as_str()) {
            return Err(wrong("level", "unknown"));
        }
        let home = address(&self.home_url).ok_or_else(|| wrong("home_url", "not_an_address"))?;
        self.home_url = home.to_string();
        self.list_pages = self.list_pages.iter().map(|page| one_line(page)).filter(|page| !page.is_empty()).collect();
        if self.list_pages.is_empty() {
            return Err(wrong("list_pages", "missing"));
        }
        if self.list_pages.len() > LISTS_MAX {
            return Err(OutsideError::Field { field: "list_pages", code: "too_long", limit: LISTS_MAX });
        }
        for page in &mut self.list_pages {
            // The braces must survive: an address library would write them as %7B and %7D.
            let joined = home.join(&page.replace("{page}", "PAGE-NUMBER")).ok().filter(is_web);
            let joined = joined.ok_or_else(|| wrong("list_pages", "not_an_address"))?;
            *page = joined.to_string().replace("PAGE-NUMBER", "{page}");
        }
        Pick::parse(&self.link_pattern).ok_or_else(|| wrong("link_pattern", "unusable"))?;
        for (field, selector) in [
            ("title_selector", &self.title_selector),
            ("text_selector", &self.text_selector),
            ("source_selector", &self.source_selector),
            ("date_selector", &self.date_selector),
        ] {
            if !selector.is_empty() && Selector::parse(selector).is_err() {
                return Err(wrong(field, "unusable"));
            }
        }
        let at = self.mail.split_once('@');
        if !self.mail.is_empty() && !at.is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
            return Err(wrong("mail", "unusable"));
        }
        Ok(self)
    }
}

fn one_line(said: &str) -> String {
    text::strip_controls(said).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host_str().is_some()
}

fn address(said: &str) -> Option<Url> {
    Url::parse(said).ok().filter(is_web)
}

/// How links to articles are told from other links.
pub(super) enum Pick {
    /// Links that a selector finds.
    Css(Selector),
    /// Links whose absolute address matches.
    Address(regex::Regex),
    /// Every link with a title.
    Any,
}

impl Pick {
    /// Reads a pattern of a portal.
    pub fn parse(pattern: &str) -> Option<Self> {
        if pattern.is_empty() {
            return Some(Self::Any);
        }
        match pattern.strip_prefix("css:") {
            Some(selector) => Selector::parse(selector.trim()).ok().map(Self::Css),
            None => regex::RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build().ok().map(Self::Address),
        }
    }
}

/// One registered portal.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Portal {
    pub id: PortalId,
    pub fields: PortalFields,
    pub state: PortalState,
    pub created_at: Timestamp,
    pub created_by: String,
    pub changed_at: Timestamp,
    pub looked_at: Option<Timestamp>,
    /// Why the last look saw less than it should have; empty when all went well.
    pub trouble: String,
    /// What the patterns found when they were tried last.
    pub trial: Option<Trial>,
    pub version: i32,
    pub(super) round: String,
}

impl TryFrom<portal::Model> for Portal {
    type Error = base::StoreError;

    fn try_from(row: portal::Model) -> Result<Self, base::StoreError> {
        let unreadable = |what: &str| base::StoreError::Suspicious {
            table: "outside_portal",
            what: format!("{what} of {}", row.id),
        };
        Ok(Self {
            state: PortalState::parse(&row.state).ok_or_else(|| unreadable("state"))?,
            fields: PortalFields {
                list_pages: serde_json::from_str(&row.list_pages).map_err(|_| unreadable("list_pages"))?,
                name: row.name,
                unit: row.unit,
                level: row.level,
                home_url: row.home_url,
                link_pattern: row.link_pattern,
                title_selector: row.title_selector,
                text_selector: row.text_selector,
                source_selector: row.source_selector,
                date_selector: row.date_selector,
                mail: row.mail,
                by_default: row.by_default != 0,
                note: row.note,
            },
            id: row.id,
            created_at: Timestamp(row.created_at),
            created_by: row.created_by,
            changed_at: Timestamp(row.changed_at),
            looked_at: row.looked_at.map(Timestamp),
            trouble: row.trouble,
            trial: serde_json::from_str(&row.trial).ok(),
            version: row.version,
            round: row.round,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> PortalFields {
        PortalFields {
            name: "示例部".into(),
            level: "ministry".into(),
            home_url: "https://moe.example".into(),
            list_pages: vec!["/zcfb/index_{page}.html".into()],
            link_pattern: r"/t\d{8}_\d+\.html$".into(),
            ..PortalFields::default()
        }
    }

    #[test]
    fn list_pages_are_made_absolute_and_keep_their_place_for_the_number() {
        let clean = fields().cleaned().expect("clean");
        assert_eq!(clean.list_pages, ["https://moe.example/zcfb/index_{page}.html"]);
        assert_eq!(clean.home_url, "https://moe.example/");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        type Spoil = fn(&mut PortalFields);
        let table: [(&str, Spoil); 9] = [
            ("name", |fields| fields.name = " \u{202e}".into()),
            ("level", |fields| fields.level = "planet".into()),
            ("home_url", |fields| fields.home_url = "ftp://moe.example".into()),
            ("list_pages", |fields| fields.list_pages.clear()),
            ("list_pages", |fields| fields.list_pages = vec!["javascript:alert(1)".into()]),
            ("link_pattern", |fields| fields.link_pattern = "(".into()),
            ("link_pattern", |fields| fields.link_pattern = "css:a[".into()),
            ("text_selector", |fields| fields.text_selector = "p[".into()),
            ("mail", |fields| fields.mail = "nobody".into()),
        ];
        for (wanted, spoil) in table {
            let mut spoiled = fields();
            spoil(&mut spoiled);
            assert!(matches!(spoiled.cleaned(), Err(OutsideError::Field { field, .. }) if field == wanted), "{wanted}");
        }
    }

    #[test]
    fn every_pair_of_states() {
        use PortalState as S;
        let allowed = [(S::Active, S::Paused), (S::Active, S::Gone), (S::Paused, S::Active), (S::Paused, S::Gone)];
        for from in S::ALL {
            assert_eq!(S::parse(from.as_str()), Some(from));
            for to in S::ALL {
                assert_eq!(from.may_become(to), allowed.contains(&(from, to)), "{from:?} {to:?}");
            }
        }
    }
}
