//! Quotas: what this portal owes, what it expects of others, and the form that sets one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base::store::Reach;
use exchange::QuotaId;
use exchange::commission::CommissionItems;
use exchange::obligation::ViewInbox;
use exchange::quota::{self, Counting, Length, NewQuota, Own, Period, Quota};
use http::StatusCode;
use serde::Serialize;

use super::super::answers::Answers;
use super::super::audience::{self, LevelChoice};
use super::super::door::Signed;
use super::super::room::{Crumb, Room, Shell, page};
use super::super::views::{Bar, Left};
use super::short_name;
use crate::App;
use crate::problem::Problem;

/// Own periods listed.
const OWN: u64 = 40;

/// A bar of what counts over what is expected.
pub(super) fn progress(app: &App, room: &Room, counted: i64, minimum: i32) -> Bar {
    let look = if counted >= i64::from(minimum) { "verified_on_time" } else { "live_unverified" };
    let word = format!("{} {minimum}, {}", room.word(app, "quota_minimum"), room.word(app, "quota_counted"));
    Bar::drawn(i64::from(minimum.max(1)), [(look, word, counted)])
}

#[derive(Serialize)]
struct OwnLine {
    name: String,
    from: String,
    begins: String,
    period: &'static str,
    length: &'static str,
    counting: &'static str,
    long_from: i32,
    minimum: i32,
    counted: i64,
    judged_by: String,
    verdict: String,
    badge: &'static str,
    bar: Bar,
    clock: Left,
}

pub(super) fn verdict_badge(verdict: &str) -> &'static str {
    match verdict {
        "met" => "proven",
        "missed" => "missed",
        _ => "issued",
    }
}

fn own_line(app: &App, room: &Room, one: Own) -> OwnLine {
    let span = one.period.span(base::Timestamp(one.until_at.micros() - 1).day_cst());
    OwnLine {
        from: short_name(app, one.issuer),
        bar: progress(app, room, one.counted, one.minimum),
        clock: Left::of(app, room, span.from_at(), one.until_at, !one.verdict.is_empty(), app.clock.now()),
        badge: verdict_badge(&one.verdict),
        judged_by: base::Timestamp(one.judge_at.micros() - 1).date_cst(),
        name: one.name,
        begins: one.begins,
        period: one.period.as_str(),
        length: one.length.as_str(),
        counting: one.counting.as_str(),
        long_from: one.long_from,
        minimum: one.minimum,
        counted: one.counted,
        verdict: one.verdict,
    }
}

#[derive(Serialize)]
struct SetLine {
    href: String,
    name: String,
    period: &'static str,
    length: &'static str,
    counting: &'static str,
    minimum: i32,
    effective_from: String,
    source: String,
    met: i64,
    portals: i64,
    bar: Bar,
}

#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    own: Vec<OwnLine>,
    set: Option<Vec<SetLine>>,
}

pub(super) async fn list(State(app): State<Arc<App>>, Signed(room, _): Signed<ViewInbox>) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let own = quota::own(&tx, OWN).await?;
    drop(tx);
    let mut set = None;
    if let Ok(staff) = room.staff::<CommissionItems>(&app) {
        let tx = app.store.overlook(Reach::of(&staff)).await?;
        // The newest version stands for its quota.
        let newest: BTreeMap<QuotaId, Quota> = quota::list(&tx).await?.into_iter().map(|one| (one.id, one)).collect();
        let mut lines = Vec::with_capacity(newest.len());
        for one in newest.into_values().rev() {
            let period = quota::totals(&tx, one.id, 1).await?.pop();
            let (met, portals) = period.map_or((0, 0), |period| (period.met, period.portals));
            lines.push(set_line(&app, &room, one, met, portals));
        }
        set = Some(lines);
    }
    let view = Listed {
        own: own.into_iter().map(|one| own_line(&app, &room, one)).collect(),
        set,
        shell: room.shell(&app, "quotas", "quotas").await?,
    };
    page(&app, StatusCode::OK, "quotas.html", &view)
}

fn set_line(app: &App, room: &Room, one: Quota, met: i64, portals: i64) -> SetLine {
    let rest = [
        ("verified_on_time", room.word(app, "quota_met"), met),
        ("waiting", room.word(app, "quota_open"), portals - met),
    ];
    SetLine {
        href: room.at(&format!("/console/quotas/{}", one.id)),
        bar: Bar::drawn(portals, rest),
        name: one.name,
        period: one.period.as_str(),
        length: one.length.as_str(),
        counting: one.counting.as_str(),
        minimum: one.minimum,
        effective_from: one.effective_from.to_string(),
        source: one.source,
        met,
        portals,
    }
}

/// What was typed, as a quota or a new version of one.
pub(super) fn read(app: &App, room: &Room, typed: &Answers, of: Option<&Quota>) -> Result<NewQuota, Problem> {
    let day = Some(typed.get("effective_from").trim()).filter(|day| !day.is_empty()).map(str::parse).transpose();
    let unknown = |field: &str| Problem::invalid(field, "unknown", 0);
    let period = of.map(|of| of.period).or_else(|| Period::parse(typed.get("period")));
    Ok(NewQuota {
        id: of.map(|of| of.id),
        name: typed.get("name").to_owned(),
        audience: audience::read(app, room, typed)?,
        period: period.ok_or_else(|| unknown("period"))?,
        length: Length::parse(typed.get("length")).ok_or_else(|| unknown("length"))?,
        counting: Counting::parse(typed.get("counting")).ok_or_else(|| unknown("counting"))?,
        minimum: typed.get("minimum").trim().parse().map_err(|_| Problem::invalid("minimum", "not_a_number", 0))?,
        effective_from: day.map_err(|_| Problem::invalid("effective_from", "unusable", 0))?,
        source: typed.get("quota_source").to_owned(),
    })
}

#[derive(Serialize)]
struct Form<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    form: Answers,
    levels: Vec<LevelChoice>,
    long_from: i32,
    rule_source: String,
}

async fn draw(app: &App, room: &Room, form: Answers, problem: Option<&Problem>) -> Result<Response, Problem> {
    let rule = super::write::rule(app)?;
    let mut shell = room.shell(app, "quota_new", "quotas").await?;
    shell.crumbs = vec![
        Crumb { name: room.word(app, "quotas"), href: room.at("/console/quotas") },
        Crumb { name: room.word(app, "quota_new"), href: String::new() },
    ];
    shell.refusal = problem.map(|problem| room.refusal(app, problem));
    let levels = audience::levels(&form);
    let view = Form { shell, form, levels, long_from: rule.long_from, rule_source: rule.source };
    page(app, problem.map_or(StatusCode::OK, Problem::status), "quota-new.html", &view)
}

pub(super) async fn blank(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<CommissionItems>,
) -> Result<Response, Problem> {
    let defaults = [("period", "month"), ("length", "any"), ("counting", "sent"), ("minimum", "4")];
    let form = defaults.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    draw(&app, &room, form, None).await
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<CommissionItems>,
    typed: Answers,
) -> Result<Response, Problem> {
    let done = async {
        let new = read(&app, &room, &typed, None)?;
        let tx = app.store.subtree(Reach::of(&staff)).await?;
        let set = quota::set(&tx, &staff, new, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Problem>(set.id)
    };
    match done.await {
        Ok(id) => Ok(room.done(&format!("/console/quotas/{id}"), "quota_set")),
        Err(problem) if problem.status == 404 || problem.status >= 500 => Err(problem),
        Err(problem) => draw(&app, &room, typed, Some(&problem)).await,
    }
}
