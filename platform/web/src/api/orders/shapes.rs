//! What orders look like in requests and answers.

use base::{Level, Site};
use exchange::Audience;
use exchange::order::{Counts, Order};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::problem::Problem;

/// How an audience stands.
#[derive(Serialize, ToSchema)]
pub struct CountsJson {
    pub(super) waiting: i64,
    pub(super) live_unverified: i64,
    pub(super) verified_on_time: i64,
    pub(super) verified_late: i64,
    pub(super) overdue: i64,
    pub(super) exempt: i64,
    pub(super) failed: i64,
    /// The order ended before or after the proof.
    pub(super) ended: i64,
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> Self {
        let Counts { waiting, live_unverified, verified_on_time, verified_late, overdue, exempt, failed, ended } =
            counts;
        Self { waiting, live_unverified, verified_on_time, verified_late, overdue, exempt, failed, ended }
    }
}

/// An order and how its audience stands.
#[derive(Serialize, ToSchema)]
pub struct OrderJson {
    #[schema(format = "uuid")]
    pub(super) id: String,
    /// mandatory, recommended or recall.
    pub(super) kind: &'static str,
    /// proposed, open, closed, superseded, withdrawn or refused.
    pub(super) state: &'static str,
    #[schema(format = "uuid")]
    pub(super) document_id: String,
    #[schema(format = "uuid")]
    pub(super) edition_id: String,
    #[schema(format = "date-time")]
    pub(super) issued_at: String,
    #[schema(format = "date-time")]
    pub(super) due_at: String,
    pub(super) deadline_hours: i32,
    pub(super) audience_count: i64,
    /// Nothing but practice: only portals that are there for it are addressed.
    pub(super) rehearsal: bool,
    pub(super) issued_by: String,
    /// The second person of a recall.
    pub(super) confirmed_by: String,
    pub(super) reason: String,
    /// What the second person said when refusing a recall.
    pub(super) answer: String,
    pub(super) counts: CountsJson,
}

impl OrderJson {
    pub(super) fn of(order: Order, counts: Counts) -> Self {
        Self {
            id: order.id.to_string(),
            kind: order.kind.as_str(),
            state: order.state.as_str(),
            document_id: order.document.to_string(),
            edition_id: order.edition.to_string(),
            issued_at: order.issued_at.rfc3339(),
            due_at: order.due_at.rfc3339(),
            deadline_hours: order.deadline_hours,
            audience_count: order.audience_count,
            rehearsal: order.rehearsal,
            issued_by: order.issued_by,
            confirmed_by: order.confirmed_by,
            reason: order.reason,
            answer: order.answer,
            counts: counts.into(),
        }
    }
}

/// For whom. With `include` and neither `subtree` nor `levels`, only the listed are addressed.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AudienceForm {
    /// Slug of the tenant below which the levels are meant; the issuer's own when left out.
    pub(super) subtree: Option<String>,
    /// Levels; none means every level.
    pub(super) levels: Vec<String>,
    /// Slugs of tenants that are addressed whatever their level.
    pub(super) include: Vec<String>,
    /// Slugs of tenants that are left out.
    pub(super) exclude: Vec<String>,
    /// A rehearsal: only portals that are there to practise are addressed.
    pub(super) rehearsal: bool,
}

/// Longest list of slugs in an audience; levels and subtrees say more in less.
const LISTED_MAX: usize = 5_000;

impl AudienceForm {
    /// Reads slugs and levels; what is unknown, or outside the issuer's subtree, is refused by name.
    pub(crate) fn read(&self, app: &App, issuer: &Site) -> Result<Audience, Problem> {
        let sites = app.store.sites();
        let known = |field: &str, slug: &str| {
            let found = sites.by_slug(slug).filter(|site| sites.is_within(site.tenant, issuer.tenant));
            found.map(|site| site.tenant).ok_or_else(|| {
                let shown: String = slug.chars().filter(|c| !c.is_control()).take(80).collect();
                Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "unknown_audience",
                    format!("There is no tenant {shown:?} in the subtree of {}.", issuer.slug),
                )
                .field(field, "unknown", 0)
                .rule(
                    "an order reaches the issuer's own subtree only",
                    "the common superior",
                    "ask it to issue the order",
                )
            })
        };
        if self.include.len() + self.exclude.len() > LISTED_MAX {
            return Err(Problem::invalid("audience", "too_long", LISTED_MAX));
        }
        let each =
            |field: &str, slugs: &[String]| slugs.iter().map(|slug| known(field, slug)).collect::<Result<Vec<_>, _>>();
        let levels = self
            .levels
            .iter()
            .map(|word| Level::parse(word).ok_or_else(|| Problem::invalid("audience.levels", "unknown", 0)));
        let subtree = self.subtree.as_deref().filter(|slug| !slug.is_empty());
        Ok(Audience::meant(
            issuer.tenant,
            subtree.map(|slug| known("audience.subtree", slug)).transpose()?,
            levels.collect::<Result<_, _>>()?,
            each("audience.include", &self.include)?,
            each("audience.exclude", &self.exclude)?,
        )
        .rehearsed(self.rehearsal))
    }
}

/// An order to issue, or a recall to propose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderForm {
    /// Slug of the issuer; the token's own when left out.
    #[serde(default)]
    pub(super) tenant: Option<String>,
    /// A live edition of the issuer.
    #[schema(format = "uuid")]
    pub(super) edition_id: String,
    /// mandatory, recommended or recall.
    pub(super) kind: String,
    /// For whom; a recall always reaches every copy.
    #[serde(default)]
    pub(super) audience: AudienceForm,
    /// Natural hours; the rule's when left out. Only tighter than the inherited limit.
    #[serde(default)]
    pub(super) deadline_hours: Option<i32>,
    /// Standard code of the column; the rule's when left out.
    #[serde(default)]
    pub(super) target_code: Option<String>,
    /// Mandatory for a recall.
    #[serde(default)]
    pub(super) reason: String,
    /// Of a recall.
    #[serde(default)]
    pub(super) legal_basis: String,
    /// Of a recall: how withdrawn addresses answer: notice, gone, redirect, vanish or replaced; notice when left out.
    #[serde(default)]
    pub(super) withdrawal: Option<String>,
    /// Of a recall: where redirect and replaced lead.
    #[serde(default)]
    pub(super) target: String,
}

/// What an order would do.
#[derive(Serialize, ToSchema)]
pub struct PreviewJson {
    pub(super) audience_count: i64,
    /// Live at once.
    pub(super) auto_accept: i64,
    /// Portals without the target column.
    pub(super) without_column: i64,
    /// Portals under a tighter limit than the order's.
    pub(super) tighter: i64,
    /// Portals where the platform may not fall back.
    pub(super) without_fallback: i64,
    pub(super) deadline_hours: i32,
    #[schema(format = "date-time")]
    pub(super) due_at: String,
    pub(super) target_code: String,
}

/// Below which tenant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoardQuery {
    /// Slug of the reader's tenant; the token's own when left out.
    #[param(required = false)]
    pub(super) tenant: Option<String>,
    /// Slug of the tenant whose direct inferiors are listed; the reader's own when left out.
    #[param(required = false)]
    pub(super) below: Option<String>,
    /// Lines on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub(super) limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub(super) cursor: Option<String>,
}

/// One line of the board.
#[derive(Serialize, ToSchema)]
pub struct BoardLineJson {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) level: String,
    /// Everything in its subtree.
    pub(super) counts: CountsJson,
}

/// Why not.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// At most 500 characters.
    pub(super) answer: String,
}

/// The issuer's word on an exemption.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionForm {
    pub(super) granted: bool,
    /// Why, 1 to 500 characters.
    pub(super) answer: String,
}

/// What became of the exemption.
#[derive(Serialize, ToSchema)]
pub struct DecisionJson {
    pub(super) tenant: String,
    pub(super) granted: bool,
    pub(super) answer: String,
}
