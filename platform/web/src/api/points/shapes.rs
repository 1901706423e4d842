//! What points look like in requests and answers.

use base::Sites;
use exchange::PointTables;
use exchange::merit::{Difference, EventView, Month, Occasion, Points, RuleRow, RuleTable, Total, VersionView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::slug;
use crate::problem::Problem;

/// Whether what the portal scores is meant, and not its own.
pub(super) fn scored(named: Option<&str>) -> Result<bool, Problem> {
    match named {
        None | Some("" | "own") => Ok(false),
        Some("scored") => Ok(true),
        Some(_) => Err(Problem::invalid("box", "unknown", 0)),
    }
}

pub(super) fn known_month(text: &str) -> Result<Month, Problem> {
    Month::parse(text).ok_or_else(|| Problem::invalid("month", "unusable", 0))
}

pub(super) fn known_occasion(word: &str) -> Result<Occasion, Problem> {
    Occasion::parse(word).ok_or_else(|| Problem::invalid("occasion", "unknown", 0))
}

pub(super) fn maybe_id(field: &str, text: Option<&str>) -> Result<Option<Uuid>, Problem> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| Uuid::try_parse(text).map_err(|_| Problem::invalid(field, "unknown", 0))).transpose()
}

#[allow(clippy::cast_precision_loss, reason = "hundredths up to 2^53 are exact")]
pub(super) fn number(points: Points) -> f64 {
    points.0 as f64 / 100.0
}

/// Which events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "the tenant is read by the extractor before")]
pub struct EventQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    tenant: Option<String>,
    /// `own` (what the portal earned) or `scored` (what it scores below); own when left out.
    #[param(required = false)]
    pub(super) r#box: Option<String>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub(super) limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub(super) cursor: Option<String>,
}

/// Which box.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "the tenant is read by the extractor before")]
pub struct BoxOnly {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    tenant: Option<String>,
    /// `own` or `scored`; own when left out.
    #[param(required = false)]
    pub(super) r#box: Option<String>,
}

/// Sums of when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "the tenant is read by the extractor before")]
pub struct TotalQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    tenant: Option<String>,
    /// `own` or `scored`; own when left out.
    #[param(required = false)]
    pub(super) r#box: Option<String>,
    /// `YYYY-MM`.
    #[param(required = false)]
    pub(super) month: Option<String>,
    /// A whole year, when no month is named; the present one when left out.
    #[param(required = false)]
    pub(super) year: Option<i32>,
}

/// One event and what it is worth.
#[derive(Serialize, ToSchema)]
pub struct EventJson {
    #[schema(format = "uuid")]
    id: String,
    /// Slug of whoever earned it.
    tenant: String,
    /// submitted, adopted, merged, published, reported_up, instruction, commission_delivered, commission_late,
    /// commission_missed, quota_met, quota_missed, urgent, adjusted or revoked.
    occasion: &'static str,
    /// here, up, higher or centre, as seen from the scorer.
    place: &'static str,
    /// The journal, or the leader's rank of an instruction.
    channel: String,
    title: String,
    note: String,
    #[schema(format = "uuid")]
    submission_id: Option<String>,
    #[schema(format = "date-time")]
    at: String,
    /// What it brought; null until it is scored.
    points: Option<f64>,
    /// What its row says, before caps and before what the item had already.
    row_points: Option<f64>,
    rule_version: Option<i32>,
    /// The row that gave the points.
    rule: Option<serde_json::Value>,
}

impl EventJson {
    pub(super) fn of(sites: &Sites, one: EventView, versions: &[VersionView]) -> Self {
        let worth = one.worth.as_ref();
        Self {
            id: one.id.to_string(),
            tenant: slug(sites, one.beneficiary),
            occasion: one.occasion.as_str(),
            place: one.place.as_str(),
            points: worth.map(|worth| number(worth.points)),
            row_points: worth.map(|worth| number(worth.row_points)),
            rule_version: worth.map(|worth| worth.version).filter(|version| *version > 0),
            rule: worth.and_then(|worth| worth.rule(versions)).and_then(|row| serde_json::to_value(row).ok()),
            channel: one.channel,
            title: one.title,
            note: one.note,
            submission_id: one.submission.map(|id| id.to_string()),
            at: one.at.rfc3339(),
        }
    }
}

/// Sums of one portal.
#[derive(Serialize, ToSchema)]
pub struct TotalJson {
    /// Its slug.
    pub(super) tenant: String,
    submitted: i64,
    adopted: i64,
    instructions: i64,
    events: i64,
    points: f64,
}

impl TotalJson {
    pub(super) fn of(sites: &Sites, one: Total) -> Self {
        Self {
            tenant: slug(sites, one.beneficiary),
            submitted: one.submitted,
            adopted: one.adopted,
            instructions: one.instructions,
            events: one.events,
            points: number(one.points),
        }
    }
}

/// What is recorded by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordForm {
    /// Slug of a portal directly below.
    pub(super) beneficiary: String,
    /// instruction, urgent, commission_delivered, commission_late, commission_missed, quota_met or quota_missed.
    pub(super) occasion: String,
    /// The leader's rank of an instruction (required there), or a journal.
    #[serde(default)]
    pub(super) channel: String,
    /// An event of the same item.
    #[serde(default)]
    #[schema(format = "uuid")]
    pub(super) about: Option<String>,
    /// What it was; the other event's title when left out.
    #[serde(default)]
    pub(super) title: String,
    /// E.g. the words of the note; required for an instruction.
    #[serde(default)]
    pub(super) note: String,
}

/// Where an adopted submission stands.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalForm {
    /// A submission that this portal adopted.
    #[schema(format = "uuid")]
    pub(super) submission_id: String,
    /// Name of the journal, as the table calls it.
    pub(super) channel: String,
}

/// What was made.
#[derive(Serialize, ToSchema)]
pub struct CreatedJson {
    #[schema(format = "uuid")]
    pub(super) id: String,
}

/// A table: one of the shipped ones, or rows of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleForm {
    /// Key of a shipped table; its rows are taken.
    #[serde(default)]
    key: String,
    /// Name of a table of one's own.
    #[serde(default)]
    name: String,
    /// First day, `YYYY-MM-DD`.
    effective_from: String,
    /// Days to appeal.
    #[serde(default)]
    appeal_days: Option<u32>,
    /// A year in which so many commissions were missed counts nothing; 0 for never.
    #[serde(default)]
    void_after_missed: Option<u32>,
    /// Rows of a table of one's own: occasion, place, channel, points, mode, cap, cap_period, beyond, beyond_period, note.
    #[serde(default)]
    #[schema(value_type = Vec<serde_json::Value>)]
    rows: Vec<RuleRow>,
    /// Why; required when it is chosen.
    #[serde(default)]
    pub(super) reason: String,
}

impl RuleForm {
    pub(super) fn table(&self, shipped: &PointTables) -> Result<RuleTable, Problem> {
        let mut table = match self.key.as_str() {
            "" => RuleTable {
                key: String::new(),
                name: self.name.trim().to_owned(),
                document: String::new(),
                effective_from: String::new(),
                source: String::new(),
                appeal_days: 15,
                void_after_missed: 0,
                quota: Vec::new(),
                rows: self.rows.clone(),
            },
            key => shipped.find(key).ok_or_else(|| Problem::invalid("key", "unknown", 0))?.clone(),
        };
        table.effective_from = self.effective_from.trim().to_owned();
        table.appeal_days = self.appeal_days.unwrap_or(table.appeal_days);
        table.void_after_missed = self.void_after_missed.unwrap_or(table.void_after_missed);
        Ok(table)
    }
}

/// What a table changes.
#[derive(Serialize, ToSchema)]
pub struct DifferenceJson {
    years: Vec<i32>,
    events: u64,
    changed_events: u64,
    before: f64,
    after: f64,
    /// Portals with a change.
    portals: Vec<ChangedJson>,
}

/// What changes for one portal.
#[derive(Serialize, ToSchema)]
pub struct ChangedJson {
    tenant: String,
    before: f64,
    after: f64,
}

impl From<Difference> for DifferenceJson {
    fn from(found: Difference) -> Self {
        Self {
            years: found.years,
            events: found.events,
            changed_events: found.changed_events,
            before: number(found.before),
            after: number(found.after),
            portals: found
                .portals
                .into_iter()
                .map(|one| ChangedJson { tenant: one.tenant, before: number(one.before), after: number(one.after) })
                .collect(),
        }
    }
}

/// The new version.
#[derive(Serialize, ToSchema)]
pub struct ChosenJson {
    pub(super) version: i32,
    pub(super) difference: DifferenceJson,
}

/// One version of a table.
#[derive(Serialize, ToSchema)]
pub struct VersionJson {
    version: i32,
    #[schema(value_type = serde_json::Value)]
    table: RuleTable,
    reason: String,
    #[schema(format = "date-time")]
    created_at: String,
    /// What it changed; for the scorer only.
    difference: Option<DifferenceJson>,
}

impl VersionJson {
    pub(super) fn of(version: VersionView, all: bool) -> Self {
        Self {
            version: version.version,
            table: version.table,
            reason: version.reason,
            created_at: version.created_at.rfc3339(),
            difference: all.then(|| version.difference.into()),
        }
    }
}

/// Who sees ranks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RankingForm {
    /// hidden, own_rank or public_to_subordinates.
    pub(super) ranking: String,
}
