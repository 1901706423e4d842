//! Duty rosters, and the notes by which shifts are handed over. Notes are signed by people in the console, never by a token.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use base::duty::Role;
use exchange::handover::{self, Handover};
use exchange::obligation::ViewInbox;
use exchange::roster::{self, Gap, ManageRoster, NewShift, Post, RosterError, Shift};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Asked, At, Body, Id, ListQuery, Where, cursor, size};
use super::{Listing, tenant_of};
use crate::App;
use crate::auth::Bearer;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(show, put)).routes(routes!(remove)).routes(routes!(handovers))
}

/// Which part of a roster.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SpanQuery {
    /// Slug of the tenant; the token's own when left out.
    #[param(required = false)]
    pub tenant: Option<String>,
    /// RFC 3339 instant, or a day in China; now when left out.
    #[param(required = false)]
    pub from: Option<String>,
    /// RFC 3339 instant, or a day in China; 31 days later when left out.
    #[param(required = false)]
    pub until: Option<String>,
}

/// One person at one post for a while.
#[derive(Serialize, ToSchema)]
pub struct ShiftJson {
    #[schema(format = "uuid")]
    id: String,
    /// a or b.
    post: &'static str,
    login: String,
    name: String,
    #[schema(format = "date-time")]
    from: String,
    #[schema(format = "date-time")]
    until: String,
}

/// A time in which nobody is at a post.
#[derive(Serialize, ToSchema)]
pub struct GapJson {
    /// a or b.
    post: &'static str,
    #[schema(format = "date-time")]
    from: String,
    #[schema(format = "date-time")]
    until: String,
}

/// A part of a roster.
#[derive(Serialize, ToSchema)]
pub struct RosterJson {
    shifts: Vec<ShiftJson>,
    gaps: Vec<GapJson>,
    /// Who is on duty now.
    on_duty: Vec<ShiftJson>,
}

/// A shift that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftForm {
    /// a or b.
    post: String,
    /// Login of somebody who works at the portal.
    login: String,
    #[schema(format = "date-time")]
    from: String,
    #[schema(format = "date-time")]
    until: String,
}

/// Shifts that are wanted: all of them or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftsForm {
    #[schema(min_items = 1, max_items = 400)]
    shifts: Vec<ShiftForm>,
}

/// One note.
#[derive(Serialize, ToSchema)]
pub struct HandoverJson {
    #[schema(format = "uuid")]
    id: String,
    /// drafted, signed_out or taken_over.
    standing: &'static str,
    note: String,
    /// Obligations, recalls, withdrawn origins and dead letters when it was signed.
    #[schema(value_type = Option<Object>)]
    counts: Option<serde_json::Value>,
    /// SM3 of what both signed.
    text_hash: String,
    drafted_by: String,
    signed_out_by: String,
    #[schema(format = "date-time")]
    signed_out_at: Option<String>,
    taken_over_by: String,
    #[schema(format = "date-time")]
    taken_over_at: Option<String>,
}

fn shift(one: Shift) -> ShiftJson {
    ShiftJson {
        id: one.id.to_string(),
        post: one.post.as_str(),
        login: one.login,
        name: one.name,
        from: one.from.rfc3339(),
        until: one.until.rfc3339(),
    }
}

fn gap(one: Gap) -> GapJson {
    GapJson { post: one.post.as_str(), from: one.from.rfc3339(), until: one.until.rfc3339() }
}

fn note(one: Handover) -> HandoverJson {
    HandoverJson {
        id: one.id.to_string(),
        standing: one.standing.as_str(),
        note: one.note,
        counts: one.counts.and_then(|counts| serde_json::to_value(counts).ok()),
        text_hash: one.text_hash,
        drafted_by: one.drafted_by,
        signed_out_by: one.signed_out_by,
        signed_out_at: one.signed_out_at.map(Timestamp::rfc3339),
        taken_over_by: one.taken_over_by,
        taken_over_at: one.taken_over_at.map(Timestamp::rfc3339),
    }
}

fn instant(field: &str, said: Option<&str>, otherwise: Timestamp) -> Result<Timestamp, Problem> {
    let said = said.filter(|text| !text.is_empty());
    said.map_or(Ok(otherwise), |text| Timestamp::parse(text).ok_or_else(|| Problem::invalid(field, "unusable", 0)))
}

/// Days that one question may span.
const SPAN_DAYS: i64 = 400;

/// A part of a duty roster with its gaps, and who is on duty now.
#[utoipa::path(get, path = "/api/v1/roster", tag = "rosters", params(SpanQuery), responses((status = 200, body = RosterJson)))]
pub async fn show(
    State(app): State<Arc<App>>,
    Bearer(who): Bearer,
    Asked(query): Asked<SpanQuery>,
) -> Result<Json<RosterJson>, Problem> {
    let site = tenant_of(&app, &who, query.tenant.as_deref())?;
    who.staff::<ViewInbox>(app.store.sites(), site.tenant)?;
    let now = app.clock.now();
    let from = instant("from", query.from.as_deref(), now)?;
    let until = instant("until", query.until.as_deref(), from.plus_hours(31 * 24))?;
    if until <= from || until.micros().saturating_sub(from.micros()) > SPAN_DAYS * 24 * Timestamp::HOUR {
        return Err(Problem::invalid("until", "out_of_range", 0));
    }
    let tx = app.store.reading(site.tenant).await?;
    let (shifts, on_duty) = (roster::shifts(&tx, from, until).await?, roster::on_duty(&tx, now).await?);
    let gaps = Post::ALL.into_iter().flat_map(|post| roster::gaps(&shifts, post, from, until)).map(gap).collect();
    let listed = |shifts: Vec<Shift>| shifts.into_iter().map(shift).collect();
    Ok(Json(RosterJson { gaps, shifts: listed(shifts), on_duty: listed(on_duty) }))
}

/// Puts shifts into a roster: all of them or none.
#[utoipa::path(post, path = "/api/v1/roster", tag = "rosters", params(Where, ("Idempotency-Key" = Option<String>, Header)), request_body = ShiftsForm, responses((status = 201, body = Listing<ShiftJson>)))]
pub async fn put(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageRoster>,
    Body(form): Body<ShiftsForm>,
) -> Result<Response, Problem> {
    let people = app.store.people_at(site.tenant, &Role::ALL).await?;
    let read = |(line, one): (usize, ShiftForm)| {
        let wrong = |what| RosterError::Line { line, what };
        Ok::<_, RosterError>(NewShift {
            post: Post::parse(&one.post).ok_or_else(|| wrong("post"))?,
            person: people.iter().find(|person| person.login == one.login).cloned().ok_or_else(|| wrong("login"))?,
            from: Timestamp::parse(&one.from).ok_or_else(|| wrong("from"))?,
            until: Timestamp::parse(&one.until).ok_or_else(|| wrong("until"))?,
        })
    };
    let shifts = (1..).zip(form.shifts).map(read).collect::<Result<Vec<_>, _>>()?;
    if shifts.is_empty() {
        return Err(Problem::invalid("shifts", "missing", 0));
    }
    let tx = app.store.tenant(site.tenant).await?;
    let put = roster::put(&tx, &staff, shifts, &app.rosters, app.clock.now()).await?;
    tx.commit().await?;
    let answer = Listing { items: put.into_iter().map(shift).collect(), next_cursor: None };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Takes a shift out of a roster before it is over.
#[utoipa::path(delete, path = "/api/v1/roster/{id}", tag = "rosters", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 204)))]
pub async fn remove(
    State(app): State<Arc<App>>,
    At { site, staff }: At<ManageRoster>,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    roster::remove(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists hand-over notes, newest first. They are written and signed by people in the console.
#[utoipa::path(get, path = "/api/v1/handovers", tag = "rosters", params(ListQuery), responses((status = 200, body = Listing<HandoverJson>)))]
pub async fn handovers(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewInbox>,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Listing<HandoverJson>>, Problem> {
    let (after, limit) = (cursor(query.cursor.as_deref())?, size(query.limit)?);
    let tx = app.store.reading(site.tenant).await?;
    let page = handover::list(&tx, after, limit).await?.map(note);
    Ok(Json(Listing { items: page.items, next_cursor: page.next_cursor }))
}
