//! What a subscription lets through: types of documents and of columns, words, units, regions, a first day. Pure.

use base::Timestamp;
use content::document::Fields;
use content::text;
use serde::{Deserialize, Serialize};

/// Most entries of one list of a filter.
pub const ENTRIES_MAX: usize = 50;
/// Longest entry in characters.
pub const ENTRY_MAX: usize = 60;

/// What kind of document: an official one has a header (文号, 发文机关 and so on), everything else is information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// 公文
    Official,
    /// 信息
    Information,
}

impl Type {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::Official, Self::Information];

    /// The word used in filters and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Information => "information",
        }
    }

    /// Reads the word of [`Type::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The type of a document.
    pub fn of(fields: &Fields) -> Self {
        if fields.header.is_empty() { Self::Information } else { Self::Official }
    }
}

/// A filter. An empty list asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Only these types.
    pub types: Vec<Type>,
    /// Only what stands at the source in a column of one of these types, as the blueprint names them.
    pub column_types: Vec<String>,
    /// At least one of these stands in title or body.
    pub include: Vec<String>,
    /// None of these stands in title or body.
    pub exclude: Vec<String>,
    /// The source line (来源) names one of these.
    pub units: Vec<String>,
    /// The division code of the portal that wrote it begins with one of these, e.g. `4201` for a city and all below it.
    pub regions: Vec<String>,
}

/// What a filter looks at.
#[allow(missing_docs)]
pub struct Subject<'a> {
    pub fields: &'a Fields,
    /// Type of the source's column.
    pub column_type: &'a str,
    /// Division code of the portal that wrote it.
    pub division_code: &'a str,
    pub first_published_at: Timestamp,
}

impl Filter {
    /// Whether a document passes.
    pub fn passes(&self, since: Timestamp, subject: &Subject<'_>) -> bool {
        let Subject { fields, column_type, division_code, first_published_at } = subject;
        if *first_published_at < since {
            return false;
        }
        if !self.types.is_empty() && !self.types.contains(&Type::of(fields)) {
            return false;
        }
        if !self.column_types.is_empty() && !self.column_types.iter().any(|kind| kind == column_type) {
            return false;
        }
        if !self.regions.is_empty() && !self.regions.iter().any(|code| division_code.starts_with(code.as_str())) {
            return false;
        }
        if !self.units.is_empty() && !self.units.iter().any(|unit| fields.source.contains(unit.as_str())) {
            return false;
        }
        if self.include.is_empty() && self.exclude.is_empty() {
            return true;
        }
        // Without white space on both sides: how a text is set must not hide a word.
        let said = format!("{}\n{}", tight(&fields.title), text::normalise(&fields.body_html).to_lowercase());
        let names = |words: &[String]| words.iter().any(|word| said.contains(&tight(word)));
        (self.include.is_empty() || names(&self.include)) && !names(&self.exclude)
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The filter without blanks and doubles; the name of the list that is too long, or of the entry that is none.
    ///
    /// # Errors
    /// The list.
    pub fn cleaned(mut self) -> Result<Self, &'static str> {
        for (name, list) in [
            ("column_types", &mut self.column_types),
            ("include", &mut self.include),
            ("exclude", &mut self.exclude),
            ("units", &mut self.units),
            ("regions", &mut self.regions),
        ] {
            let mut kept: Vec<String> = Vec::new();
            for entry in list.iter() {
                let clean = text::strip_controls(entry).trim().to_owned();
                if clean.chars().count() > ENTRY_MAX {
                    return Err(name);
                }
                if !clean.is_empty() && !kept.contains(&clean) {
                    kept.push(clean);
                }
            }
            if kept.len() > ENTRIES_MAX {
                return Err(name);
            }
            *list = kept;
        }
        if self.regions.iter().any(|code| code.len() > 12 || !code.bytes().all(|b| b.is_ascii_digit())) {
            return Err("regions");
        }
        self.types.dedup();
        Ok(self)
    }
}

fn tight(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use content::document::Header;

    use super::*;

    fn fields(title: &str, body: &str, source: &str, official: bool) -> Fields {
        let header = Header {
            doc_number: if official { "鄂政发〔2026〕1号".to_owned() } else { String::new() },
            ..Header::default()
        };
        Fields {
            title: title.to_owned(),
            body_html: body.to_owned(),
            source: source.to_owned(),
            header,
            ..Fields::default()
        }
    }

    fn passes(filter: &Filter, fields: &Fields) -> bool {
        let at = Timestamp(100);
        filter.passes(
            Timestamp(50),
            &Subject { fields, column_type: "工作动态", division_code: "420102", first_published_at: at },
        )
    }

    #[test]
    fn each_list_asks_its_own_question() {
        let one = fields("江岸区优化营商环境", "<p>出台<b>十条</b>措施。</p>", "江岸区政府办公室", false);
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(passes(&Filter::default(), &one));
        assert!(passes(&Filter { include: list(&["营商环境", "无关"]), ..Filter::default() }, &one));
        assert!(passes(&Filter { include: list(&["出台十条措施"]), ..Filter::default() }, &one), "across markup");
        assert!(!passes(&Filter { include: list(&["无关"]), ..Filter::default() }, &one));
        assert!(!passes(&Filter { exclude: list(&["十条"]), ..Filter::default() }, &one));
        assert!(!passes(&Filter { include: list(&["营商环境"]), exclude: list(&["措施"]), ..Filter::default() }, &one));
        assert!(passes(&Filter { units: list(&["江岸区"]), ..Filter::default() }, &one));
        assert!(!passes(&Filter { units: list(&["武昌区"]), ..Filter::default() }, &one));
        assert!(passes(&Filter { regions: list(&["4201"]), ..Filter::default() }, &one));
        assert!(!passes(&Filter { regions: list(&["4205", "44"]), ..Filter::default() }, &one));
        assert!(passes(&Filter { column_types: list(&["政策文件", "工作动态"]), ..Filter::default() }, &one));
        assert!(!passes(&Filter { column_types: list(&["政策文件"]), ..Filter::default() }, &one));
        assert!(passes(&Filter { types: vec![Type::Information], ..Filter::default() }, &one));
        assert!(!passes(&Filter { types: vec![Type::Official], ..Filter::default() }, &one));
        assert!(passes(&Filter { types: vec![Type::Official], ..Filter::default() }, &fields("x", "", "y", true)));
    }

    #[test]
    fn what_is_older_than_the_first_day_does_not_pass() {
        let one = fields("旧闻", "", "江岸区", false);
        let subject = Subject {
            fields: &one,
            column_type: "工作动态",
            division_code: "420102",
            first_published_at: Timestamp(40),
        };
        assert!(!Filter::default().passes(Timestamp(50), &subject));
        assert!(Filter::default().passes(Timestamp(40), &subject));
    }

    #[test]
    fn a_filter_is_cleaned_and_bounded() {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let cleaned = Filter { include: list(&[" 招商 ", "", "招商"]), ..Filter::default() }.cleaned().expect("clean");
        assert_eq!(cleaned.include, ["招商"]);
        assert_eq!(Filter { regions: list(&["42x"]), ..Filter::default() }.cleaned(), Err("regions"));
        assert_eq!(Filter { units: vec!["长".repeat(61)], ..Filter::default() }.cleaned(), Err("units"));
        assert_eq!(
            Filter { exclude: (0..51).map(|n| n.to_string()).collect(), ..Filter::default() }.cleaned(),
            Err("exclude")
        );
    }
}
