//! Points, appeals and circulars.

mod circulars;
mod papers;
mod shapes;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use exchange::SubmissionId;
use exchange::merit::{self, AppealPoints, ByHand, KeepScore, Month, NewAppeal, Ranking, ViewPoints};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use papers::*;
pub use shapes::*;

use super::Listing;
use super::extract::{Asked, At, Body, Id, Where, cursor, size};
use crate::App;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(events, record))
        .routes(routes!(journal))
        .routes(routes!(totals))
        .routes(routes!(rules, choose))
        .routes(routes!(preview))
        .routes(routes!(show_ranking))
        .routes(routes!(appeals, appeal))
        .routes(routes!(accept))
        .routes(routes!(reject))
        .routes(routes!(withdraw))
        .routes(routes!(circulars::list, circulars::issue))
        .routes(routes!(circulars::find))
        .routes(routes!(circulars::pdf))
        .routes(routes!(circulars::xlsx))
}

/// Lists events with what they are worth: the portal's own, or those that it scores below.
#[utoipa::path(get, path = "/api/v1/points/events", tag = "points", params(EventQuery), responses((status = 200, body = Listing<EventJson>)))]
pub async fn events(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Asked(query): Asked<EventQuery>,
) -> Result<Json<Listing<EventJson>>, Problem> {
    let (after, limit) = (cursor(query.cursor.as_deref())?, size(query.limit)?);
    let tx = app.store.reading(site.tenant).await?;
    let (page, versions) = if scored(query.r#box.as_deref())? {
        (merit::events(&tx, None, after, limit).await?, merit::versions(&tx).await?)
    } else {
        (merit::own_events(&tx, after, limit).await?, merit::versions_of_superior(&tx).await?)
    };
    let items = page.items.into_iter().map(|one| EventJson::of(app.store.sites(), one, &versions)).collect();
    Ok(Json(Listing { items, next_cursor: page.next_cursor }))
}

/// Records what no letter tells: a leader's note, an urgent report.
#[utoipa::path(post, path = "/api/v1/points/events", tag = "points", request_body = RecordForm, params(Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CreatedJson)))]
pub async fn record(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Body(form): Body<RecordForm>,
) -> Result<Response, Problem> {
    let beneficiary = app.store.sites().by_slug(&form.beneficiary).filter(|below| below.parent == Some(site.tenant));
    let beneficiary = beneficiary.ok_or_else(|| Problem::invalid("beneficiary", "unknown", 0))?.tenant;
    let (occasion, about) = (known_occasion(&form.occasion)?, maybe_id("about", form.about.as_deref())?);
    let entered = ByHand { beneficiary, occasion, channel: form.channel, about, title: form.title, note: form.note };
    let tx = app.store.tenant(site.tenant).await?;
    let id = merit::record(&tx, &staff, entered, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(CreatedJson { id: id.to_string() })).into_response())
}

/// Says in which journal an adopted submission stands; credited along its whole chain.
#[utoipa::path(post, path = "/api/v1/points/journals", tag = "points", request_body = JournalForm, params(Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 204)))]
pub async fn journal(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Body(form): Body<JournalForm>,
) -> Result<StatusCode, Problem> {
    let id = maybe_id("submission_id", Some(&form.submission_id))?.ok_or_else(Problem::not_found)?;
    let tx = app.store.tenant(site.tenant).await?;
    merit::put_in_journal(&tx, &staff, SubmissionId(id), &form.channel, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sums of a month or a year: the portal's own, or of everybody that it scores.
#[utoipa::path(get, path = "/api/v1/points/totals", tag = "points", params(TotalQuery), responses((status = 200, body = Listing<TotalJson>)))]
pub async fn totals(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Asked(query): Asked<TotalQuery>,
) -> Result<Json<Listing<TotalJson>>, Problem> {
    let now = Month::of(app.clock.now());
    let (first, last) = match (query.month.as_deref(), query.year) {
        (Some(month), _) => {
            let month = known_month(month)?;
            (month, month)
        }
        (None, year) => {
            let year = year.unwrap_or(now.year()).clamp(2000, 2099);
            (Month(year * 100 + 1), Month(year * 100 + 12))
        }
    };
    let tx = app.store.reading(site.tenant).await?;
    let found = if scored(query.r#box.as_deref())? {
        merit::totals(&tx, first, last).await?
    } else {
        merit::own_total(&tx, first, last).await?.into_iter().collect()
    };
    let mut items: Vec<TotalJson> = found.into_iter().map(|one| TotalJson::of(app.store.sites(), one)).collect();
    items.sort_by(|a, b| a.tenant.cmp(&b.tenant));
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Every version of the table: the portal's own, or the one that its superior scores it by.
#[utoipa::path(get, path = "/api/v1/points/rules", tag = "points", params(BoxOnly), responses((status = 200, body = Listing<VersionJson>)))]
pub async fn rules(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Asked(query): Asked<BoxOnly>,
) -> Result<Json<Listing<VersionJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    // What a change meant for others is the scorer's to know.
    let (versions, all) = match scored(query.r#box.as_deref())? {
        true => (merit::versions(&tx).await?, true),
        false => (merit::versions_of_superior(&tx).await?, false),
    };
    let items = versions.into_iter().map(|version| VersionJson::of(version, all)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// What a table would change, before it is chosen.
#[utoipa::path(post, path = "/api/v1/points/rules/preview", tag = "points", request_body = RuleForm, params(Where), responses((status = 200, body = DifferenceJson)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Body(form): Body<RuleForm>,
) -> Result<Json<DifferenceJson>, Problem> {
    let table = form.table(&app.points)?;
    let tx = app.store.reading(site.tenant).await?;
    Ok(Json(merit::preview(&tx, &staff, &table, app.clock.now()).await?.into()))
}

/// Chooses a table as a new version; the years that it touches are made again.
#[utoipa::path(post, path = "/api/v1/points/rules", tag = "points", request_body = RuleForm, params(Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ChosenJson)))]
pub async fn choose(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Body(form): Body<RuleForm>,
) -> Result<Response, Problem> {
    let table = form.table(&app.points)?;
    let tx = app.store.tenant(site.tenant).await?;
    let (version, difference) = merit::choose(&tx, &staff, &table, &form.reason, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(ChosenJson { version, difference: difference.into() })).into_response())
}

/// Says who sees ranks: nobody below, each its own, or everybody below.
#[utoipa::path(put, path = "/api/v1/points/ranking", tag = "points", request_body = RankingForm, params(Where), responses((status = 204)))]
pub async fn show_ranking(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Body(form): Body<RankingForm>,
) -> Result<StatusCode, Problem> {
    let is = Ranking::parse(&form.ranking).ok_or_else(|| Problem::invalid("ranking", "unknown", 0))?;
    let tx = app.store.tenant(site.tenant).await?;
    merit::show_ranking(&tx, &staff, is, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists appeals: the portal's own, or those that it has to answer.
#[utoipa::path(get, path = "/api/v1/points/appeals", tag = "points", params(BoxOnly), responses((status = 200, body = Listing<AppealJson>)))]
pub async fn appeals(
    State(app): State<Arc<App>>,
    At { site, .. }: At<ViewPoints>,
    Asked(query): Asked<BoxOnly>,
) -> Result<Json<Listing<AppealJson>>, Problem> {
    let tx = app.store.reading(site.tenant).await?;
    let found = match scored(query.r#box.as_deref())? {
        true => merit::appeals(&tx, false).await?,
        false => merit::own_appeals(&tx).await?,
    };
    let items = found.into_iter().map(|one| AppealJson::of(app.store.sites(), one)).collect();
    Ok(Json(Listing { items, next_cursor: None }))
}

/// Disputes one of the portal's own events, or says that one is missing.
#[utoipa::path(post, path = "/api/v1/points/appeals", tag = "points", request_body = AppealForm, params(Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CreatedJson)))]
pub async fn appeal(
    State(app): State<Arc<App>>,
    At { site, staff }: At<AppealPoints>,
    Body(form): Body<AppealForm>,
) -> Result<Response, Problem> {
    let event = maybe_id("event_id", form.event_id.as_deref())?;
    let new = NewAppeal { event, about: form.about, reason: form.reason };
    let tx = app.store.tenant(site.tenant).await?;
    let id = merit::appeal(&tx, &staff, new, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(CreatedJson { id: id.to_string() })).into_response())
}

/// Agrees with an appeal, and gives or takes points by an event of its own.
#[utoipa::path(post, path = "/api/v1/points/appeals/{id}/accept", tag = "points", request_body = AcceptForm, params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = AppealJson)))]
pub async fn accept(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Id(id): Id,
    Body(form): Body<AcceptForm>,
) -> Result<Json<AppealJson>, Problem> {
    let points = form.points()?;
    let tx = app.store.tenant(site.tenant).await?;
    let one = merit::accept(&tx, &staff, id, (points, &form.answer), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(AppealJson::of(app.store.sites(), one)))
}

/// Refuses an appeal, with a reason.
#[utoipa::path(post, path = "/api/v1/points/appeals/{id}/reject", tag = "points", request_body = AnswerForm, params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = AppealJson)))]
pub async fn reject(
    State(app): State<Arc<App>>,
    At { site, staff }: At<KeepScore>,
    Id(id): Id,
    Body(form): Body<AnswerForm>,
) -> Result<Json<AppealJson>, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    let one = merit::reject(&tx, &staff, id, &form.answer, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(AppealJson::of(app.store.sites(), one)))
}

/// Takes one's own appeal back.
#[utoipa::path(post, path = "/api/v1/points/appeals/{id}/withdraw", tag = "points", params(("id" = String, Path, format = "uuid"), Where, ("Idempotency-Key" = Option<String>, Header)), responses((status = 204)))]
pub async fn withdraw(
    State(app): State<Arc<App>>,
    At { site, staff }: At<AppealPoints>,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let tx = app.store.tenant(site.tenant).await?;
    merit::withdraw_appeal(&tx, &staff, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
