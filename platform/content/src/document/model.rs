//! States, fields and rules of documents. Pure: no database, no clock.

use base::store::StoreError;
use serde::{Deserialize, Serialize};

use super::cause::Cause;
use crate::text::{BODY_MAX, TITLE_MAX, clean_html, is_deceptive, strip_controls};

/// Where an edition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditionState {
    /// Being written; seen by its tenant's staff only.
    Draft,
    /// What the public sees.
    Live,
    /// Replaced by a newer edition.
    Superseded,
    /// Taken back.
    Withdrawn,
}

/// What may happen to an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EditionMove {
    /// Goes live.
    Publish,
    /// A newer edition goes live.
    Supersede,
    /// Is taken back.
    Withdraw,
}

impl EditionState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Live, Self::Superseded, Self::Withdrawn];

    /// The word used in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word of [`EditionState::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The only way from one state to the next; none when the move does not exist.
    pub const fn step(self, mv: EditionMove) -> Option<Self> {
        match (self, mv) {
            (Self::Draft, EditionMove::Publish) => Some(Self::Live),
            (Self::Live, EditionMove::Supersede) => Some(Self::Superseded),
            (Self::Live, EditionMove::Withdraw) => Some(Self::Withdrawn),
            _ => None,
        }
    }
}

/// Header of an official document as portals print it; empty fields are not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Header {
    /// 索引号
    pub index_number: String,
    /// 主题分类
    pub subject_category: String,
    /// 发文机关
    pub issuer: String,
    /// 成文日期, `YYYY-MM-DD`
    pub written_date: String,
    /// 发文字号, as printed
    pub doc_number: String,
    /// 生效日期, `YYYY-MM-DD`
    pub effective_date: String,
    /// 废止日期, `YYYY-MM-DD`
    pub repealed_date: String,
    /// 有效性
    pub validity: String,
    /// 公开属性
    pub disclosure: String,
}

impl Header {
    /// Whether this is an official document at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn each(&mut self) -> [&mut String; 9] {
        let Self {
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        } = self;
        [
            index_number,
            subject_category,
            issuer,
            written_date,
            doc_number,
            effective_date,
            repealed_date,
            validity,
            disclosure,
        ]
    }
}

/// What an editor writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// Title.
    pub title: String,
    /// Body as HTML; cleaned on write.
    pub body_html: String,
    /// Header of an official document.
    pub header: Header,
    /// 来源: publishing unit or repost source. Mandatory (国办发〔2017〕47号: ContentSource).
    pub source: String,
    /// Address of the source.
    pub source_url: String,
    /// Author or responsible editor.
    pub author: String,
    /// Abstract.
    pub summary: String,
    /// Keywords, comma-separated.
    pub keywords: String,
    /// The column it goes to.
    pub column: String,
    /// What changed since the last edition, for the public.
    pub change_note: String,
}

/// Why something cannot be published yet: shown before the click, not after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The field to mend.
    pub field: &'static str,
    /// Message key.
    pub code: &'static str,
}

impl Fields {
    /// Cleans and bounds what came in.
    ///
    /// # Errors
    /// [`DocumentError::Field`] naming the field that is too long or unreadable.
    pub fn cleaned(mut self) -> Result<Self, DocumentError> {
        let bounded = [
            ("title", &mut self.title, TITLE_MAX),
            ("source", &mut self.source, 200),
            ("source_url", &mut self.source_url, 1000),
            ("author", &mut self.author, 200),
            ("summary", &mut self.summary, 1000),
            ("keywords", &mut self.keywords, 300),
            ("column", &mut self.column, 64),
            ("change_note", &mut self.change_note, 500),
        ];
        for (field, text, max) in bounded {
            *text = one_line(text);
            if text.chars().count() > max {
                return Err(DocumentError::Field { field, code: "too_long", limit: max });
            }
        }
        for text in self.header.each() {
            *text = one_line(text);
            if text.chars().count() > 200 {
                return Err(DocumentError::Field { field: "header", code: "too_long", limit: 200 });
            }
        }
        if !self.source_url.is_empty()
            && !self.source_url.starts_with("https://")
            && !self.source_url.starts_with("http://")
        {
            return Err(DocumentError::Field { field: "source_url", code: "not_an_address", limit: 0 });
        }
        if self.body_html.len() > BODY_MAX {
            return Err(DocumentError::Field { field: "body_html", code: "too_long", limit: BODY_MAX });
        }
        self.body_html = clean_html(&self.body_html);
        Ok(self)
    }

    /// Everything that stands between this text and the public.
    pub fn blockers(&self) -> Vec<Blocker> {
        let mut found = Vec::new();
        if self.title.is_empty() {
            found.push(Blocker { field: "title", code: "missing" });
        }
        if crate::text::normalise(&self.body_html).is_empty() {
            found.push(Blocker { field: "body_html", code: "missing" });
        }
        if self.source.is_empty() {
            found.push(Blocker { field: "source", code: "missing" });
        }
        if self.column.is_empty() {
            found.push(Blocker { field: "column", code: "missing" });
        }
        found
    }
}

fn one_line(text: &str) -> String {
    let kept = strip_controls(text);
    kept.split(|c: char| c.is_control() || is_deceptive(c)).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The five ways to take something back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalKind {
    /// 410 with a notice that names title and reason.
    Notice,
    /// 410 without the title.
    Gone,
    /// Leads to another address.
    Redirect,
    /// As if it never existed: 404.
    Vanish,
    /// Leads to the document that replaces it.
    Replaced,
}

/// A withdrawal: which kind, why, on whose word, on what legal basis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Kind.
    pub kind: WithdrawalKind,
    /// Reason; mandatory.
    pub reason: String,
    /// Legal basis.
    #[serde(default)]
    pub legal_basis: String,
    /// Where `redirect` and `replaced` lead: a path of this portal or an https address.
    #[serde(default)]
    pub target: String,
    /// A path in `target` is a path of the portal whose placement this is, not of the origin.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub here: bool,
    /// How serious it is; portals that adopted the document act on it.
    #[serde(default)]
    pub cause: Cause,
}

impl Withdrawal {
    /// A routine withdrawal that leads nowhere and names no law.
    pub fn of(kind: WithdrawalKind, reason: &str) -> Self {
        let (legal_basis, target) = (String::new(), String::new());
        Self { kind, reason: reason.to_owned(), legal_basis, target, here: false, cause: Cause::default() }
    }

    /// Cleans and checks.
    ///
    /// # Errors
    /// [`DocumentError::Field`] when the reason is missing or the target is not an address.
    pub fn cleaned(mut self) -> Result<Self, DocumentError> {
        for (field, text) in
            [("reason", &mut self.reason), ("legal_basis", &mut self.legal_basis), ("target", &mut self.target)]
        {
            *text = one_line(text);
            if text.chars().count() > 500 {
                return Err(DocumentError::Field { field, code: "too_long", limit: 500 });
            }
        }
        if self.reason.is_empty() {
            return Err(DocumentError::Field { field: "reason", code: "missing", limit: 0 });
        }
        let leads = matches!(self.kind, WithdrawalKind::Redirect | WithdrawalKind::Replaced);
        let target = &self.target;
        let address = (target.starts_with('/') && !target.starts_with("//"))
            || target.starts_with("https://")
            || target.starts_with("http://");
        if leads && !address {
            return Err(DocumentError::Field { field: "target", code: "not_an_address", limit: 0 });
        }
        Ok(self)
    }
}

/// Why an act on a document was refused.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// No such document here.
    #[error("there is no such document")]
    Missing,
    /// No such column here.
    #[error("there is no column {0}")]
    NoColumn(String),
    /// There is no draft to save or publish.
    #[error("the document has no draft")]
    NoDraft,
    /// A draft exists already.
    #[error("the document has a draft already")]
    DraftExists,
    /// Nothing of it is live.
    #[error("the document has no live edition")]
    NotLive,
    /// A field is unusable.
    #[error("the field {field} is {code}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Message key.
        code: &'static str,
        /// The limit that was passed, where there is one (characters; bytes for a body).
        limit: usize,
    },
    /// It cannot be published yet.
    #[error("{} things stand between this draft and the public", .0.len())]
    Blocked(Vec<Blocker>),
    /// Somebody saved it since it was read.
    #[error("version {yours} is not the newest, {newest} is")]
    Stale {
        /// The version that was read.
        yours: i32,
        /// The newest.
        newest: i32,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{EditionMove as M, EditionState as S, *};

    #[test]
    fn every_pair_of_state_and_move() {
        let allowed = [
            (S::Draft, M::Publish, S::Live),
            (S::Live, M::Supersede, S::Superseded),
            (S::Live, M::Withdraw, S::Withdrawn),
        ];
        for state in S::ALL {
            for mv in [M::Publish, M::Supersede, M::Withdraw] {
                let wanted = allowed.iter().find(|(from, by, _)| *from == state && *by == mv).map(|row| row.2);
                assert_eq!(state.step(mv), wanted, "{state:?} {mv:?}");
            }
        }
    }

    #[test]
    fn a_title_of_ten_thousand_characters_is_refused_by_name() {
        let fields = Fields { title: "长".repeat(10_000), ..Fields::default() };
        assert!(matches!(fields.cleaned(), Err(DocumentError::Field { field: "title", limit: 300, .. })));
    }

    #[test]
    fn a_redirect_needs_an_address() {
        let to = |target: &str| Withdrawal {
            kind: WithdrawalKind::Redirect,
            reason: "更正".into(),
            legal_basis: String::new(),
            target: target.into(),
            here: false,
            cause: Cause::Routine,
        };
        assert!(to("/zcwj/").cleaned().is_ok());
        assert!(to("//evil.example/").cleaned().is_err());
        assert!(to("javascript:alert(1)").cleaned().is_err());
    }
}
