//! What commissions and quotas look like in requests and answers.

use base::{Sites, Timestamp};
use exchange::commission::{BoardLine, Call, CallRow, Commission, Counts};
use exchange::quota::Quota;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::orders::AudienceForm;
use super::super::slug;

fn one() -> i32 {
    1
}

fn yes() -> bool {
    true
}

/// A commission to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommissionForm {
    /// 1 to 120 characters.
    pub(super) topic: String,
    /// HTML or plain text; sanitised.
    pub(super) requirements: String,
    /// For whom.
    #[serde(default)]
    pub(super) audience: AudienceForm,
    /// Answers wanted of each portal, 1 to 50.
    #[serde(default = "one")]
    pub(super) wanted: i32,
    /// It may not be declined.
    #[serde(default)]
    pub(super) mandatory: bool,
    /// Answers are for the issuer's portal.
    #[serde(default = "yes")]
    pub(super) for_site: bool,
    /// Answers are for the issuer's internal brief.
    #[serde(default)]
    pub(super) for_brief: bool,
    /// Deadline as an instant.
    #[serde(default)]
    #[schema(format = "date-time")]
    pub(super) due_at: Option<String>,
    /// Deadline in working days from the opening; the rule's when neither is named.
    #[serde(default)]
    pub(super) due_days: Option<i32>,
    /// Send it at once.
    #[serde(default)]
    pub(super) open: bool,
}

/// How an audience stands.
#[derive(Serialize, ToSchema)]
pub struct CallCounts {
    called: i64,
    accepted: i64,
    delivered: i64,
    late: i64,
    missed: i64,
    declined: i64,
    excused: i64,
    ended: i64,
    /// Portals that ask to be let off and have no answer.
    pleas: i64,
}

impl From<Counts> for CallCounts {
    fn from(of: Counts) -> Self {
        let Counts { called, accepted, delivered, late, missed, declined, excused, ended, pleas } = of;
        Self { called, accepted, delivered, late, missed, declined, excused, ended, pleas }
    }
}

/// A commission.
#[derive(Serialize, ToSchema)]
pub struct CommissionJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of the issuer.
    issuer: String,
    /// draft, open, closed or cancelled.
    state: &'static str,
    topic: String,
    requirements_html: String,
    /// Names of the attached files.
    files: Vec<String>,
    mandatory: bool,
    wanted: i32,
    for_site: bool,
    for_brief: bool,
    audience_count: i64,
    #[schema(format = "date-time")]
    due_at: Option<String>,
    due_days: Option<i32>,
    provisional: bool,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    opened_at: Option<String>,
    #[schema(format = "date-time")]
    ended_at: Option<String>,
    /// Why it was cancelled.
    reason: String,
    /// Seen by the issuer only.
    counts: Option<CallCounts>,
}

impl CommissionJson {
    pub(super) fn of(sites: &Sites, one: Commission, counts: Option<Counts>) -> Self {
        Self {
            id: one.id.to_string(),
            issuer: slug(sites, one.issuer),
            state: one.state.as_str(),
            topic: one.topic,
            requirements_html: one.requirements_html,
            files: one.files.into_iter().map(|file| file.name).collect(),
            mandatory: one.mandatory,
            wanted: one.wanted,
            for_site: one.uses.site,
            for_brief: one.uses.brief,
            audience_count: one.audience_count,
            due_at: one.due_at.map(Timestamp::rfc3339),
            due_days: one.due_days,
            provisional: one.provisional,
            created_at: one.created_at.rfc3339(),
            opened_at: one.opened_at.map(Timestamp::rfc3339),
            ended_at: one.ended_at.map(Timestamp::rfc3339),
            reason: one.reason,
            counts: counts.map(CallCounts::from),
        }
    }
}

/// Whom a commission would reach.
#[derive(Serialize, ToSchema)]
pub struct ReachJson {
    pub(super) audience_count: i64,
    #[schema(format = "date-time")]
    pub(super) due_at: String,
    pub(super) provisional: bool,
}

/// Which portals of a commission.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GroupQuery {
    /// Slug of the issuer; the token's own when left out.
    #[param(required = false)]
    #[allow(dead_code)]
    pub(super) tenant: Option<String>,
    /// Only this standing, or `pleas`.
    #[param(required = false)]
    pub(super) standing: Option<String>,
}

/// How one portal stands under a commission.
#[derive(Serialize, ToSchema)]
pub struct CallLineJson {
    slug: String,
    name: String,
    level: String,
    /// called, accepted, delivered, late, missed, declined, excused or ended.
    standing: String,
    answered: i32,
    #[schema(format = "date-time")]
    due_at: String,
    overdue: bool,
    /// The deadline passed without an answer, though one came later.
    missed: bool,
    reason: String,
    /// Why it asks to be let off.
    plea: String,
}

impl CallLineJson {
    pub(super) fn of(line: BoardLine, now: Timestamp) -> Self {
        let plea: Option<exchange::commission::Plea> = serde_json::from_str(&line.plea).ok();
        Self {
            overdue: line.overdue(now),
            slug: line.slug,
            name: line.name,
            level: line.level,
            standing: line.standing,
            answered: line.answered,
            due_at: Timestamp(line.due_at).rfc3339(),
            missed: line.missed_at.is_some(),
            reason: line.reason,
            plea: plea.map(|plea| plea.reason).unwrap_or_default(),
        }
    }
}

/// Which calls.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CallQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    #[allow(dead_code)]
    pub(super) tenant: Option<String>,
    /// Only those that may still be answered.
    #[param(required = false)]
    pub(super) open: Option<bool>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub(super) limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub(super) cursor: Option<String>,
}

/// One call.
#[derive(Serialize, ToSchema)]
pub struct CallJson {
    /// Of the commission.
    #[schema(format = "uuid")]
    id: String,
    /// Slug of the issuer.
    from: String,
    topic: String,
    /// Of the commission: open, closed or cancelled.
    state: &'static str,
    /// called, accepted, delivered, late, missed, declined, excused or ended.
    standing: &'static str,
    mandatory: bool,
    wanted: i32,
    answered: i32,
    #[schema(format = "date-time")]
    called_at: String,
    #[schema(format = "date-time")]
    due_at: String,
    overdue: bool,
    reason: String,
    /// The issuer's word on a plea.
    plea_answer: Option<String>,
    /// What is asked; left out in lists.
    requirements_html: Option<String>,
    /// Names of the attached files; left out in lists.
    files: Option<Vec<String>>,
}

impl CallJson {
    pub(super) fn of(sites: &Sites, row: CallRow, now: Timestamp) -> Self {
        let CallRow { call, topic, state, mandatory, wanted } = row;
        Self {
            id: call.commission.to_string(),
            from: slug(sites, call.issuer),
            topic,
            state: state.as_str(),
            standing: call.standing.as_str(),
            mandatory,
            wanted,
            answered: call.answered,
            called_at: call.called_at.rfc3339(),
            due_at: call.due_at.rfc3339(),
            overdue: call.standing.owes() && now > call.due_at,
            reason: call.reason,
            plea_answer: call.plea.map(|plea| plea.answer).filter(|answer| !answer.is_empty()),
            requirements_html: None,
            files: None,
        }
    }

    pub(super) fn full(sites: &Sites, call: Call, of: Commission, now: Timestamp) -> Self {
        let row = CallRow { call, topic: of.topic, state: of.state, mandatory: of.mandatory, wanted: of.wanted };
        Self {
            requirements_html: Some(of.requirements_html),
            files: Some(of.files.into_iter().map(|file| file.name).collect()),
            ..Self::of(sites, row, now)
        }
    }
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallReason {
    /// 1 to 500 characters.
    pub(super) reason: String,
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommissionAnswerForm)]
pub struct AnswerForm {
    /// A document of the sender with a live edition.
    #[schema(format = "uuid")]
    pub(super) document_id: String,
    /// Covering note, at most 500 characters.
    #[serde(default)]
    pub(super) note: String,
}

/// The issuer's word.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcuseForm {
    pub(super) granted: bool,
    /// Why, 1 to 500 characters.
    pub(super) answer: String,
}

/// A quota to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuotaForm {
    /// The quota of which this is a new version.
    #[serde(default)]
    #[schema(format = "uuid")]
    pub(super) id: Option<String>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) audience: AudienceForm,
    /// week, month or quarter; every version has the first one's.
    pub(super) period: String,
    /// any, short or long.
    #[serde(default = "any")]
    pub(super) length: String,
    /// sent or adopted.
    #[serde(default = "sent")]
    pub(super) counting: String,
    /// Items in one period; 0 lifts it.
    pub(super) minimum: i32,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(format = "date")]
    pub(super) effective_from: Option<String>,
    /// Where it comes from.
    pub(super) source: String,
}

fn any() -> String {
    "any".to_owned()
}

fn sent() -> String {
    "sent".to_owned()
}

/// One version of a quota.
#[derive(Serialize, ToSchema)]
pub struct QuotaJson {
    #[schema(format = "uuid")]
    id: String,
    version: i32,
    name: String,
    period: &'static str,
    length: &'static str,
    counting: &'static str,
    minimum: i32,
    effective_from: String,
    source: String,
    set_by: String,
}

impl From<Quota> for QuotaJson {
    fn from(of: Quota) -> Self {
        Self {
            id: of.id.to_string(),
            version: of.version,
            name: of.name,
            period: of.period.as_str(),
            length: of.length.as_str(),
            counting: of.counting.as_str(),
            minimum: of.minimum,
            effective_from: of.effective_from.to_string(),
            source: of.source,
            set_by: of.set_by,
        }
    }
}
