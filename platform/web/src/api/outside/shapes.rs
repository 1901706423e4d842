//! What portals outside look like in requests and answers.

use base::Timestamp;
use border::outside::{Debt, Portal, PortalFields};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How a portal is registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalForm {
    name: String,
    #[serde(default)]
    unit: String,
    /// ministry, province, city, county or other.
    level: String,
    home_url: String,
    /// `{page}` stands for the number of a page.
    list_pages: Vec<String>,
    /// `css:` and a selector, or a regular expression over whole addresses; empty for every link with a title.
    #[serde(default)]
    link_pattern: String,
    #[serde(default)]
    title_selector: String,
    #[serde(default)]
    text_selector: String,
    #[serde(default)]
    source_selector: String,
    #[serde(default)]
    date_selector: String,
    /// Where orders are mailed.
    #[serde(default)]
    mail: String,
    /// Asked under every order.
    #[serde(default = "yes")]
    by_default: bool,
    #[serde(default)]
    note: String,
    /// active (when left out) or paused; only when it is registered.
    #[serde(default)]
    pub(super) state: Option<String>,
    /// The version that was read; only when it is changed.
    #[serde(default)]
    pub(super) version: Option<i32>,
}

fn yes() -> bool {
    true
}

impl From<PortalForm> for PortalFields {
    fn from(form: PortalForm) -> Self {
        Self {
            name: form.name,
            unit: form.unit,
            level: form.level,
            home_url: form.home_url,
            list_pages: form.list_pages,
            link_pattern: form.link_pattern,
            title_selector: form.title_selector,
            text_selector: form.text_selector,
            source_selector: form.source_selector,
            date_selector: form.date_selector,
            mail: form.mail,
            by_default: form.by_default,
            note: form.note,
        }
    }
}

/// Whether a portal takes part.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateForm {
    /// active, paused or gone.
    pub(super) state: String,
}

/// One article of a trial.
#[derive(Serialize, ToSchema)]
pub struct TriedJson {
    url: String,
    title: String,
    source: String,
    date: String,
    excerpt: String,
    characters: usize,
    /// Why it could not be read.
    trouble: String,
}

/// What the patterns found when they were tried.
#[derive(Serialize, ToSchema)]
pub struct TrialJson {
    #[schema(format = "date-time")]
    asked_at: String,
    /// Null while it is under way.
    #[schema(format = "date-time")]
    done_at: Option<String>,
    articles: Vec<TriedJson>,
}

/// One portal.
#[derive(Serialize, ToSchema)]
pub struct PortalJson {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    unit: String,
    level: String,
    home_url: String,
    list_pages: Vec<String>,
    link_pattern: String,
    title_selector: String,
    text_selector: String,
    source_selector: String,
    date_selector: String,
    mail: String,
    by_default: bool,
    note: String,
    /// active, paused or gone.
    state: &'static str,
    #[schema(format = "date-time")]
    looked_at: Option<String>,
    /// Why the last look saw less than it should have: a word and an address.
    trouble: Vec<String>,
    trial: Option<TrialJson>,
    version: i32,
}

impl From<Portal> for PortalJson {
    fn from(portal: Portal) -> Self {
        let fields = portal.fields;
        Self {
            id: portal.id.to_string(),
            name: fields.name,
            unit: fields.unit,
            level: fields.level,
            home_url: fields.home_url,
            list_pages: fields.list_pages,
            link_pattern: fields.link_pattern,
            title_selector: fields.title_selector,
            text_selector: fields.text_selector,
            source_selector: fields.source_selector,
            date_selector: fields.date_selector,
            mail: fields.mail,
            by_default: fields.by_default,
            note: fields.note,
            state: portal.state.as_str(),
            looked_at: portal.looked_at.map(Timestamp::rfc3339),
            trouble: portal.trouble.lines().map(str::to_owned).collect(),
            trial: portal.trial.map(|trial| TrialJson {
                asked_at: trial.asked_at.rfc3339(),
                done_at: trial.done_at.map(Timestamp::rfc3339),
                articles: trial
                    .articles
                    .into_iter()
                    .map(|one| TriedJson {
                        url: one.url,
                        title: one.title,
                        source: one.source,
                        date: one.date,
                        excerpt: one.excerpt,
                        characters: one.characters,
                        trouble: one.trouble,
                    })
                    .collect(),
            }),
            version: portal.version,
        }
    }
}

/// What is asked of one portal under one order.
#[derive(Serialize, ToSchema)]
pub struct DebtJson {
    #[schema(format = "uuid")]
    order_id: String,
    #[schema(format = "uuid")]
    portal_id: String,
    /// told, doubtful, seen, confirmed, missing, recalling, gone or ended.
    standing: &'static str,
    #[schema(format = "date-time")]
    told_at: String,
    #[schema(format = "date-time")]
    due_at: String,
    /// When the link was first in a list.
    #[schema(format = "date-time")]
    seen_at: Option<String>,
    late: bool,
    url: String,
    list_url: String,
    /// Counted from 1 over the pages of the list; 0 while nothing was seen.
    position: i32,
    /// number, title or text.
    found_by: String,
    /// Likeness of titles in thousandths.
    title_like: i32,
    /// Share of the text on the page in thousandths.
    text_like: i32,
    /// The date that the page shows.
    shown_date: String,
    /// SM3 of the text that was seen.
    text_hash: String,
    /// sent, waiting, no_address, no_server, or why the server refused.
    mail: String,
    reason: String,
    #[schema(format = "date-time")]
    gone_at: Option<String>,
}

impl From<Debt> for DebtJson {
    fn from(debt: Debt) -> Self {
        Self {
            order_id: debt.order.to_string(),
            portal_id: debt.portal.to_string(),
            standing: debt.standing.as_str(),
            told_at: debt.told_at.rfc3339(),
            due_at: debt.due_at.rfc3339(),
            seen_at: debt.seen_at.map(Timestamp::rfc3339),
            late: debt.late,
            url: debt.url,
            list_url: debt.list_url,
            position: debt.position,
            found_by: debt.found_by,
            title_like: debt.title_like,
            text_like: debt.text_like,
            shown_date: debt.shown_date,
            text_hash: debt.text_hash,
            mail: debt.mail,
            reason: debt.reason,
            gone_at: debt.gone_at.map(Timestamp::rfc3339),
        }
    }
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DebtQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    #[allow(dead_code, reason = "read by the extractor of the tenant")]
    tenant: Option<String>,
    /// Those of one order; those that wait for a person when left out.
    #[param(required = false)]
    pub(super) order: Option<String>,
    /// Only this standing.
    #[param(required = false)]
    pub(super) standing: Option<String>,
}

/// Whom to ask besides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncludeForm {
    /// The order.
    #[schema(format = "uuid")]
    pub(super) order: String,
    /// Active portals.
    pub(super) portals: Vec<String>,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonForm {
    /// At most 500 characters.
    #[serde(default)]
    pub(super) reason: String,
}
