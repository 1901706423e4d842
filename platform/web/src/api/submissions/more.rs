//! What stands around a submission: comparisons, what became of it further up, and keeping a copy.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base::{Sites, TenantTx};
use exchange::SubmissionId;
use exchange::obligation::ViewInbox;
use exchange::submission::{self, Comparison, DecideSubmission, Fate, Submission};
use serde::Serialize;
use utoipa::ToSchema;

use super::{DecisionReason, SubmissionJson};
use crate::App;
use crate::api::extract::{At, Body, Id, Where};
use crate::api::pieces::{PieceJson, pieces};
use crate::problem::Problem;

/// What became of the item at one portal above.
#[derive(Serialize, ToSchema)]
pub struct FateJson {
    /// The letter that reached that portal.
    #[schema(format = "uuid")]
    submission_id: String,
    /// Slug of the portal.
    at: String,
    standing: &'static str,
    /// Who holds it there.
    holder: String,
    /// Where the public finds it there; empty before it is published.
    url: String,
    /// How often the public looked at it there, without robots; up to ten seconds old.
    views: i64,
    #[schema(format = "date-time")]
    submitted_at: String,
}

impl FateJson {
    fn of(app: &App, fate: Fate) -> Self {
        let site = app.store.sites().by_id(fate.at);
        let url = site.as_ref().filter(|_| !fate.address.is_empty());
        Self {
            submission_id: fate.submission.to_string(),
            url: url.map(|site| app.addresses.absolute(site.main_host(), &fate.address)).unwrap_or_default(),
            at: site.map(|site| site.slug.to_string()).unwrap_or_default(),
            standing: fate.standing.as_str(),
            holder: fate.holder,
            views: fate.views,
            submitted_at: fate.submitted_at.rfc3339(),
        }
    }
}

/// The submission with what its sender may know of it further up.
pub(super) async fn with_fates(app: &App, tx: &TenantTx, one: Submission) -> Result<SubmissionJson, Problem> {
    let sites: &Sites = app.store.sites();
    let sent = one.sender == tx.tenant();
    let fates = if sent { submission::fates(tx, one.document).await? } else { Vec::new() };
    let views = fates.iter().find(|fate| fate.submission == one.id).map(|fate| fate.views);
    let fates = fates.into_iter().map(|fate| FateJson::of(app, fate)).collect();
    Ok(SubmissionJson::of(sites, one, tx.tenant()).with(views, fates))
}

/// One field that differs.
#[derive(Serialize, ToSchema)]
pub struct FieldChangeJson {
    field: &'static str,
    pieces: Vec<PieceJson>,
}

/// One file that differs.
#[derive(Serialize, ToSchema)]
pub struct FileChangeJson {
    /// added, removed or changed.
    change: &'static str,
    name: String,
}

/// Two texts word by word. Without the new pieces it is the older one, without the gone ones the newer.
#[derive(Serialize, ToSchema)]
pub struct TextComparison {
    title: Vec<PieceJson>,
    /// Visible text, one line a paragraph.
    body: Vec<PieceJson>,
    /// Only what differs.
    fields: Vec<FieldChangeJson>,
    files: Vec<FileChangeJson>,
    /// Nothing differs.
    same: bool,
}

impl From<Comparison> for TextComparison {
    fn from(seen: Comparison) -> Self {
        let field = |one: submission::FieldChange| FieldChangeJson { field: one.field, pieces: pieces(one.pieces) };
        Self {
            title: pieces(seen.title),
            body: pieces(seen.body),
            fields: seen.fields.into_iter().map(field).collect(),
            files: seen.files.into_iter().map(|one| FileChangeJson { change: one.change, name: one.name }).collect(),
            same: seen.same,
        }
    }
}

/// What a submission changes, and what its origin says differently by now.
#[derive(Serialize, ToSchema)]
pub struct ComparisonJson {
    /// The earlier submission of the thread that it is compared with: the last that was returned, or else the last.
    #[schema(format = "uuid")]
    earlier_id: Option<String>,
    /// Why that one was returned.
    returned_reason: String,
    /// The earlier one against this one.
    correction: Option<TextComparison>,
    /// What the receiver made of it (the frozen text for the sender, or when nothing was made) against the newer edition of
    /// the origin.
    newer: Option<TextComparison>,
}

/// What a corrected submission changes, and what the newer edition of the origin says differently.
#[utoipa::path(get, path = "/api/v1/submissions/{id}/comparison", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where), responses((status = 200, body = ComparisonJson)))]
pub async fn comparison(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Id(id): Id,
) -> Result<Json<ComparisonJson>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let one = submission::at_either_end(&tx, SubmissionId(id)).await?;
    let thread = submission::thread(&tx, &one).await?;
    let earlier = submission::before(&thread, &one);
    let correction = earlier.map(|was| submission::compare(&was.fields, &was.files, &one.fields, &one.files).into());
    Ok(Json(ComparisonJson {
        earlier_id: earlier.map(|was| was.id.to_string()),
        returned_reason: earlier.map(|was| was.reason.clone()).unwrap_or_default(),
        correction,
        newer: submission::with_news(&tx, &one).await?.map(TextComparison::from),
    }))
}

/// Keeps the copy of what its origin withdrew, with a written reason.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/keep", tag = "submissions", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), request_body = DecisionReason, responses((status = 200, body = SubmissionJson)))]
pub async fn keep(
    State(app): State<Arc<App>>,
    At { site, staff }: At<DecideSubmission>,
    Id(id): Id,
    Body(form): Body<DecisionReason>,
) -> Result<Json<SubmissionJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = submission::keep(&tx, &staff, SubmissionId(id), &form.reason, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(SubmissionJson::of(app.store.sites(), one, site.tenant)))
}
