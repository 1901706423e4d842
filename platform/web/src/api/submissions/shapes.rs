//! What submissions look like in requests and answers.

use base::{Sites, TenantId, Timestamp};
use exchange::submission::{BoxRow, Hop, OriginNews, Submission, Uses};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::FateJson;
use crate::api::documents::{AttachmentJson, DocumentForm, HeaderForm};
use crate::api::slug;

/// One line of a box.
#[derive(Serialize, ToSchema)]
pub struct SubmissionItem {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    thread_id: String,
    /// Slug of the sender.
    from: String,
    /// Slug of the receiver.
    to: String,
    /// submitted, received, in_review, adopted, merged, returned, declined, expired, recalled, published or superseded.
    standing: String,
    title: String,
    /// For the receiver's portal.
    for_site: bool,
    /// For the receiver's internal brief.
    for_brief: bool,
    #[schema(format = "date-time")]
    submitted_at: String,
    /// End of the working days for taking note.
    #[schema(format = "date-time")]
    receive_due_at: String,
    /// End of the working days for a decision.
    #[schema(format = "date-time")]
    decide_due_at: String,
    /// Counted in a year whose holidays are not known yet.
    provisional: bool,
    overdue: bool,
    /// Who at the receiver holds it.
    holder: String,
    /// Why it was returned or declined.
    reason: String,
    /// Path on the receiver's portal, once published.
    address: String,
}

impl SubmissionItem {
    pub(in crate::api) fn of(sites: &Sites, row: BoxRow, now: Timestamp) -> Self {
        Self {
            overdue: row.overdue(now),
            id: row.id.to_string(),
            thread_id: row.thread_id.to_string(),
            from: slug(sites, row.sender_id),
            to: slug(sites, row.tenant_id),
            standing: row.standing,
            title: row.title,
            for_site: row.use_site != 0,
            for_brief: row.use_brief != 0,
            submitted_at: Timestamp(row.submitted_at).rfc3339(),
            receive_due_at: Timestamp(row.receive_due_at).rfc3339(),
            decide_due_at: Timestamp(row.decide_due_at).rfc3339(),
            provisional: row.provisional & 1 != 0,
            holder: row.holder,
            reason: row.reason,
            address: row.address,
        }
    }
}

/// One hop on the way up.
#[derive(Serialize, ToSchema)]
pub struct HopJson {
    /// Slug of the portal, as far as it is still known.
    tenant: String,
    name: String,
    unit: String,
    author: String,
    #[schema(format = "date-time")]
    at: String,
}

/// What happened to the original since.
#[derive(Serialize, ToSchema)]
pub struct NewsJson {
    /// newer or withdrawn.
    kind: &'static str,
    #[schema(format = "date-time")]
    at: String,
    /// Of a newer edition: its title.
    title: Option<String>,
    /// Of a newer edition: its body, for a comparison.
    body_html: Option<String>,
    /// Of a withdrawal: routine, serious_error or leak.
    cause: Option<&'static str>,
    /// Of a withdrawal: why.
    reason: Option<String>,
    /// Of a withdrawal: by when the receiver's copy must be dealt with.
    #[schema(format = "date-time")]
    due_at: Option<String>,
}

impl From<OriginNews> for NewsJson {
    fn from(news: OriginNews) -> Self {
        match news {
            OriginNews::Newer { fields, at, .. } => Self {
                kind: "newer",
                at: at.rfc3339(),
                title: Some(fields.title),
                body_html: Some(fields.body_html),
                cause: None,
                reason: None,
                due_at: None,
            },
            OriginNews::Withdrawn { cause, reason, at, due_at } => Self {
                kind: "withdrawn",
                at: at.rfc3339(),
                title: None,
                body_html: None,
                cause: Some(cause.as_str()),
                reason: Some(reason),
                due_at: Some(due_at.rfc3339()),
            },
        }
    }
}

/// One submission with its frozen text.
#[derive(Serialize, ToSchema)]
pub struct SubmissionJson {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    thread_id: String,
    from: String,
    to: String,
    standing: &'static str,
    title: String,
    body_html: String,
    header: HeaderForm,
    source: String,
    author: String,
    attachments: Vec<AttachmentJson>,
    /// SM3 of everything that was frozen.
    content_hash: String,
    for_site: bool,
    for_brief: bool,
    note: String,
    #[schema(format = "date-time")]
    submitted_at: String,
    #[schema(format = "date-time")]
    receive_due_at: String,
    #[schema(format = "date-time")]
    decide_due_at: String,
    provisional: bool,
    holder: String,
    #[schema(format = "date-time")]
    decided_at: Option<String>,
    reason: String,
    /// The receiver's own document; seen by the receiver only.
    #[schema(format = "uuid")]
    adopted_document_id: Option<String>,
    address: String,
    /// First author first.
    provenance: Vec<HopJson>,
    news: Option<NewsJson>,
    /// By when the receiver deals with its copy of what the origin withdrew; seen by the receiver only.
    #[schema(format = "date-time")]
    alarm_due_at: Option<String>,
    /// How it dealt with it: withdrawn, corrected, or its written reason to keep the copy; seen by the receiver only.
    alarm_answer: String,
    /// How often the public looked at what the receiver made of it; seen by the sender only, once published.
    views: Option<i64>,
    /// What became of the item at every portal above, the nearest first; seen by the sender only.
    fates: Vec<FateJson>,
    /// The commission that it answers.
    #[schema(format = "uuid")]
    commission_id: Option<String>,
}

impl SubmissionJson {
    /// The same with what its sender may know further.
    pub(super) fn with(self, views: Option<i64>, fates: Vec<FateJson>) -> Self {
        Self { views: views.filter(|_| !self.address.is_empty()), fates, ..self }
    }

    /// As one of its two ends sees it.
    pub(in crate::api) fn of(sites: &Sites, one: Submission, reader: TenantId) -> Self {
        let at_receiver = reader == one.receiver;
        let hop = |hop: Hop| HopJson {
            tenant: sites
                .all()
                .iter()
                .find(|site| site.tenant.to_string() == hop.tenant)
                .map(|site| site.slug.to_string())
                .unwrap_or_default(),
            name: hop.name,
            unit: hop.unit,
            author: hop.author,
            at: hop.at.rfc3339(),
        };
        let file = |(index, file): (usize, content::media::StoredFile)| {
            AttachmentJson::new(i32::try_from(index + 1).unwrap_or(i32::MAX), file)
        };
        Self {
            id: one.id.to_string(),
            thread_id: one.thread.to_string(),
            from: slug(sites, one.sender),
            to: slug(sites, one.receiver),
            standing: one.standing.as_str(),
            title: one.fields.title,
            body_html: one.fields.body_html,
            header: one.fields.header.into(),
            source: one.fields.source,
            author: one.fields.author,
            attachments: one.files.into_iter().enumerate().map(file).collect(),
            content_hash: one.content_hash,
            for_site: one.uses.site,
            for_brief: one.uses.brief,
            note: one.note,
            submitted_at: one.submitted_at.rfc3339(),
            receive_due_at: one.receive_due_at.rfc3339(),
            decide_due_at: one.decide_due_at.rfc3339(),
            provisional: one.provisional,
            holder: one.holder,
            decided_at: one.decided_at.map(Timestamp::rfc3339),
            reason: one.reason,
            adopted_document_id: one.adopted_document.filter(|_| at_receiver).map(|id| id.to_string()),
            address: one.address,
            provenance: one.provenance.into_iter().map(hop).collect(),
            news: one.news.map(NewsJson::from),
            alarm_due_at: one.alarm_due_at.filter(|_| at_receiver).map(Timestamp::rfc3339),
            alarm_answer: if at_receiver { one.alarm_answer } else { String::new() },
            views: None,
            fates: Vec::new(),
            commission_id: one.commission.map(|id| id.to_string()),
        }
    }
}

/// Which box.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoxQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    pub(super) tenant: Option<String>,
    /// `received` (the desk) or `sent`; received when left out.
    #[param(required = false)]
    pub(super) r#box: Option<String>,
    /// Only this standing.
    #[param(required = false)]
    pub(super) standing: Option<String>,
    /// Only those that wait for the receiver.
    #[param(required = false)]
    pub(super) open: Option<bool>,
    /// Only what lies in this basket of the desk.
    #[param(required = false)]
    pub(super) basket: Option<String>,
    /// Rows on one page.
    #[param(required = false, minimum = 1, maximum = 200)]
    pub(super) limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub(super) cursor: Option<String>,
}

/// What is offered upward.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmissionForm {
    /// Slug of the sender; the token's own when left out.
    #[serde(default)]
    pub(super) tenant: Option<String>,
    /// A document of the sender with a live edition.
    #[schema(format = "uuid")]
    pub(super) document_id: String,
    /// Slug of the receiver: the direct superior (when left out), or one that permitted this portal to skip a level.
    #[serde(default)]
    pub(super) to: Option<String>,
    /// For the receiver's portal.
    #[serde(default = "yes")]
    for_site: bool,
    /// For the receiver's internal brief.
    #[serde(default)]
    for_brief: bool,
    /// Covering note, at most 500 characters.
    #[serde(default)]
    pub(super) note: String,
}

fn yes() -> bool {
    true
}

impl SubmissionForm {
    pub(super) fn uses(&self) -> Uses {
        Uses { site: self.for_site, brief: self.for_brief }
    }
}

/// Why it is returned or declined.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionReason {
    /// 1 to 500 characters.
    pub(super) reason: String,
}

/// What the receiver makes of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptionForm {
    /// Other submissions that go into the same document; all senders are credited.
    #[serde(default)]
    pub(super) with: Vec<String>,
    /// The text as the receiver wants it; the frozen one when left out.
    #[serde(default)]
    pub(super) document: Option<DocumentForm>,
    /// Column of the receiver, when the text is left as it is.
    #[serde(default)]
    pub(super) column: String,
}

/// What an adoption made true.
#[derive(Serialize, ToSchema)]
pub struct AdoptedJson {
    /// The receiver's own document, a draft.
    #[schema(format = "uuid")]
    pub(in crate::api) document_id: String,
    pub(in crate::api) submissions: Vec<SubmissionJson>,
}
