//! What is declared: entries of manifests, blueprints of levels, and the tenant that both together mean.

use base::store::TenantRow;
use base::tenancy::{Furniture, TenantState};
use base::{Level, Timestamp};
use content::column::BlueprintColumn;
use serde::{Deserialize, Serialize};

use super::check::Fault;
use crate::policy::PolicySpec;

/// The blueprint of a level: how portals of it are named and dressed, and the columns that each has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LevelBlueprint {
    pub level: Level,
    pub theme: String,
    pub skin: String,
    /// Patterns may hold `{name}`, `{code}`, `{slug}` and `{zone}`.
    pub name: String,
    pub owner_unit: String,
    #[serde(default)]
    pub operator_unit: String,
    #[serde(default)]
    pub site_code: String,
    pub hosts: Vec<String>,
    #[serde(default)]
    pub icp: String,
    #[serde(default)]
    pub psb: String,
    #[serde(default)]
    pub contact: String,
    #[serde(default)]
    pub repost: PolicySpec,
    #[serde(rename = "column", default)]
    pub columns: Vec<BlueprintColumn>,
}

/// One tenant as a manifest writes it: what is left out comes from the blueprint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct Entry {
    pub slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of the division, which patterns call `{name}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psb: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<bool>,
    /// 演练站点: only rehearsals reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<TenantState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<String>,
    /// Last day of a suspension, or of the notice of a closing portal, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blueprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repost: Option<PolicySpec>,
}

impl Entry {
    /// The same entry with everything that `other` says instead.
    #[must_use]
    pub fn overlaid(self, other: Self) -> Self {
        Self {
            slug: other.slug,
            name: other.name.or(self.name),
            short_name: other.short_name.or(self.short_name),
            level: other.level.or(self.level),
            parent: other.parent.or(self.parent),
            division_code: other.division_code.or(self.division_code),
            site_code: other.site_code.or(self.site_code),
            hosts: other.hosts.or(self.hosts),
            owner_unit: other.owner_unit.or(self.owner_unit),
            operator_unit: other.operator_unit.or(self.operator_unit),
            contact: other.contact.or(self.contact),
            icp: other.icp.or(self.icp),
            psb: other.psb.or(self.psb),
            sample: other.sample.or(self.sample),
            rehearsal: other.rehearsal.or(self.rehearsal),
            state: other.state.or(self.state),
            state_reason: other.state_reason.or(self.state_reason),
            state_until: other.state_until.or(self.state_until),
            successor: other.successor.or(self.successor),
            blueprint: other.blueprint.or(self.blueprint),
            theme: other.theme.or(self.theme),
            skin: other.skin.or(self.skin),
            repost: other.repost.or(self.repost),
        }
    }
}

/// A tenant as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its row in the directory.
    pub row: TenantRow,
    /// Its repost policy; none keeps what is there, or takes the blueprint's.
    pub policy: Option<PolicySpec>,
}

/// The tenant that an entry means under its blueprint, in the zone where this cluster's host names end.
///
/// # Errors
/// [`Fault::Missing`] when neither the entry nor the blueprint says something that a portal must have.
pub fn resolve(
    entry: &Entry,
    name_of_blueprint: &str,
    blueprint: &LevelBlueprint,
    zone: &str,
) -> Result<Declared, Fault> {
    let missing = |field: &'static str| Fault::Missing { slug: entry.slug.clone(), field };
    let short_name = entry.short_name.clone().or_else(|| entry.name.clone()).ok_or_else(|| missing("name"))?;
    let division_code = entry.division_code.clone().unwrap_or_default();
    let fill = |pattern: &str| {
        pattern
            .replace("{name}", &short_name)
            .replace("{code}", &division_code)
            .replace("{slug}", &entry.slug)
            .replace("{zone}", zone)
    };
    let or_pattern = |given: &Option<String>, pattern: &str| given.as_deref().map_or_else(|| fill(pattern), fill);
    let until = entry.state_until.as_deref().filter(|text| !text.is_empty());
    let state_until = until.map(|text| day(text).ok_or_else(|| not_a_day(entry, text))).transpose()?;
    let hosts = entry.hosts.as_ref().unwrap_or(&blueprint.hosts);
    let furniture = Furniture {
        operator_unit: or_pattern(&entry.operator_unit, &blueprint.operator_unit),
        contact: or_pattern(&entry.contact, &blueprint.contact),
        icp: or_pattern(&entry.icp, &blueprint.icp),
        psb: or_pattern(&entry.psb, &blueprint.psb),
        sample: entry.sample.unwrap_or(false),
    };
    let row = TenantRow {
        slug: entry.slug.clone(),
        name: or_pattern(&entry.name, &blueprint.name),
        short_name: short_name.clone(),
        level: entry.level.unwrap_or(blueprint.level),
        site_code: or_pattern(&entry.site_code, if division_code.is_empty() { "" } else { &blueprint.site_code }),
        division_code: division_code.clone(),
        parent: entry.parent.clone().filter(|parent| !parent.is_empty()),
        owner_unit: or_pattern(&entry.owner_unit, &blueprint.owner_unit),
        state: entry.state.unwrap_or(TenantState::Live),
        state_reason: entry.state_reason.clone().unwrap_or_default(),
        state_until,
        state_since: None,
        suspended_at: None,
        successor: entry.successor.clone().unwrap_or_default(),
        theme: entry.theme.clone().unwrap_or_else(|| blueprint.theme.clone()),
        skin: entry.skin.clone().unwrap_or_else(|| blueprint.skin.clone()),
        rehearsal: entry.rehearsal.unwrap_or(false),
        furniture,
        blueprint: name_of_blueprint.to_owned(),
        hosts: hosts.iter().map(|host| fill(host).to_ascii_lowercase()).collect(),
    };
    Ok(Declared { row, policy: entry.repost })
}

fn day(text: &str) -> Option<Timestamp> {
    (text.len() == 10).then(|| Timestamp::parse(text)).flatten()
}

fn not_a_day(entry: &Entry, text: &str) -> Fault {
    let (field, why) = ("state_until", "a day such as 2026-03-01 is needed");
    Fault::Unusable { slug: entry.slug.clone(), field, value: text.to_owned(), why }
}

/// What one tenant would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which tenant.
    pub slug: String,
    /// Which fields.
    pub fields: Vec<&'static str>,
}

/// What applying would do, before it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Tenants to create.
    pub create: Vec<String>,
    /// Tenants to change, with the fields.
    pub change: Vec<Change>,
    /// Of these, tenants that leave the public: suspended, closing or closed.
    pub suspend: Vec<String>,
    /// Tenants whose repost policy changes.
    pub policies: Vec<String>,
    /// Tenants that were there and get standard columns that they lack.
    pub columns: Vec<ColumnsGiven>,
    /// Tenants that are as declared.
    pub unchanged: usize,
}

/// Standard columns that a tenant lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnsGiven {
    /// Which tenant.
    pub slug: String,
    /// How many columns.
    pub columns: i64,
}

impl Plan {
    /// Nothing would happen.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.change.is_empty() && self.policies.is_empty() && self.columns.is_empty()
    }
}

/// The fields in which two rows of one tenant differ.
pub(super) fn differences(was: &TenantRow, is: &TenantRow) -> Vec<&'static str> {
    [
        ("name", was.name != is.name),
        ("short_name", was.short_name != is.short_name),
        ("level", was.level != is.level),
        ("division_code", was.division_code != is.division_code),
        ("site_code", was.site_code != is.site_code),
        ("parent", was.parent != is.parent),
        ("owner_unit", was.owner_unit != is.owner_unit),
        ("state", was.state != is.state),
        ("state_reason", was.state_reason != is.state_reason),
        ("state_until", was.state_until != is.state_until),
        ("successor", was.successor != is.successor),
        ("theme", was.theme != is.theme),
        ("skin", was.skin != is.skin),
        ("rehearsal", was.rehearsal != is.rehearsal),
        ("furniture", was.furniture != is.furniture),
        ("blueprint", was.blueprint != is.blueprint),
        ("hosts", was.hosts != is.hosts),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}
