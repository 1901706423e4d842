//! How quotas stand, in answers.

use base::Sites;
use exchange::quota::{Line, Own};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What this tenant owes in one period.
#[derive(Serialize, ToSchema)]
pub struct OwnQuotaJson {
    #[schema(format = "uuid")]
    quota_id: String,
    /// Slug of who set it.
    from: String,
    name: String,
    /// First day, `YYYY-MM-DD`.
    begins: String,
    period: &'static str,
    length: &'static str,
    counting: &'static str,
    minimum: i32,
    counted: i64,
    #[schema(format = "date-time")]
    until_at: String,
    /// met, missed, or empty until it is judged.
    verdict: String,
}

impl OwnQuotaJson {
    pub(super) fn of(sites: &Sites, one: Own) -> Self {
        Self {
            quota_id: one.quota.to_string(),
            from: sites.by_id(one.issuer).map(|site| site.slug.to_string()).unwrap_or_default(),
            name: one.name,
            begins: one.begins,
            period: one.period.as_str(),
            length: one.length.as_str(),
            counting: one.counting.as_str(),
            minimum: one.minimum,
            counted: one.counted,
            until_at: one.until_at.rfc3339(),
            verdict: one.verdict,
        }
    }
}

/// Which period.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeriodQuery {
    /// Slug of who set it; the token's own when left out.
    #[param(required = false)]
    #[allow(dead_code)]
    pub(super) tenant: Option<String>,
    /// First day of the period, `YYYY-MM-DD`.
    #[param(required = false)]
    pub(super) begins: Option<String>,
}

/// How one portal stands in one period.
#[derive(Serialize, ToSchema)]
pub struct ProgressJson {
    slug: String,
    name: String,
    begins: String,
    minimum: i32,
    counted: i64,
    /// met, missed, or empty until it is judged.
    verdict: String,
}

impl ProgressJson {
    pub(super) fn of(begins: &str, line: Line) -> Self {
        Self {
            begins: begins.to_owned(),
            slug: line.slug,
            name: line.name,
            minimum: line.minimum,
            counted: line.counted,
            verdict: line.verdict,
        }
    }
}
