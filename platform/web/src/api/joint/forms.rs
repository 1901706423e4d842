//! What is asked of joint columns: the bodies of requests.

use base::Timestamp;
use exchange::joint::{Filter, Terms};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shapes::{FilterJson, mode};
use crate::problem::Problem;

/// Who is invited to which column.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationForm {
    /// Slugs of the members.
    #[schema(min_items = 1)]
    pub(super) members: Vec<String>,
    /// Key of a column of this portal.
    pub(super) column: String,
    /// review or automatic.
    #[serde(default = "review")]
    pub(super) mode: String,
    /// At most 500 characters.
    #[serde(default)]
    pub(super) note: String,
}

fn review() -> String {
    "review".to_owned()
}

/// What the member says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// accept, refuse or leave.
    pub(super) answer: String,
}

/// Whether people look first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModeForm {
    /// review or automatic.
    pub(super) mode: String,
}

/// Whether anybody may subscribe without asking.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenForm {
    pub(super) open: bool,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JointReason {
    /// 1 to 500 characters.
    pub(super) reason: String,
}

/// How a subscription works at the subscriber's.
#[derive(Deserialize, ToSchema)]
pub struct TermsForm {
    /// Key of a column of the subscriber.
    target: String,
    /// review or automatic.
    #[serde(default = "review")]
    mode: String,
    #[serde(default)]
    filter: FilterJson,
    /// Also what stands at the source as a mirror.
    #[serde(default)]
    forward_mirrors: bool,
    /// What was first published earlier does not pass; now when left out.
    #[serde(default)]
    #[schema(format = "date-time")]
    since: Option<String>,
}

impl TermsForm {
    pub(super) fn read(self, now: Timestamp) -> Result<Terms, Problem> {
        let parsed = |text: &str| Timestamp::parse(text).ok_or_else(|| Problem::invalid("since", "unknown", 0));
        let since = self.since.as_deref().map(parsed);
        Ok(Terms {
            target: self.target,
            mode: mode(&self.mode)?,
            filter: self.filter.read()?,
            forward_mirrors: self.forward_mirrors,
            since: since.transpose()?.unwrap_or(now),
        })
    }
}

/// One column of one portal.
#[derive(Deserialize, ToSchema)]
pub struct SubscribeForm {
    /// Slug of the source.
    pub(super) source: String,
    /// Key of its column.
    pub(super) column: String,
    #[serde(flatten)]
    pub(super) terms: TermsForm,
}

/// The same column of everybody below.
#[derive(Deserialize, ToSchema)]
pub struct BelowForm {
    /// Slug of the portal whose subtree is meant; the subscriber's own when left out.
    #[serde(default)]
    pub(super) below: Option<String>,
    /// Standard code of the columns; or else
    #[serde(default)]
    pub(super) code: String,
    /// the type of columns.
    #[serde(default)]
    pub(super) kind: String,
    #[serde(flatten)]
    pub(super) terms: TermsForm,
}

/// What an act of many made true.
#[derive(Serialize, ToSchema)]
pub struct MadeJson {
    /// How many subscriptions.
    pub(super) made: usize,
}

/// What happens to a subscription.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepForm {
    /// consent or refuse (the source), pause or resume (the subscriber), end (either).
    pub(super) r#move: String,
    /// The source says why it refuses or ends.
    #[serde(default)]
    pub(super) reason: String,
}

/// What passes from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterForm {
    /// The version that was read; with an older one nothing is changed.
    pub(super) version: Option<i32>,
    pub(super) filter: FilterJson,
}

impl FilterForm {
    pub(super) fn read(self) -> Result<(i32, Filter), Problem> {
        let version = self.version.ok_or_else(|| Problem::invalid("version", "missing", 0))?;
        Ok((version, self.filter.read()?))
    }
}

/// A document that is put forward.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContributionForm {
    /// The membership.
    #[schema(format = "uuid")]
    pub(super) member_id: String,
    /// A document of the member with a live edition.
    #[schema(format = "uuid")]
    pub(super) document_id: String,
    /// At most 500 characters.
    #[serde(default)]
    pub(super) note: String,
}

/// Where it is accepted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptForm {
    /// Key of a column of the receiver; the one it was meant for when left out.
    #[serde(default)]
    pub(super) column: Option<String>,
}
