//! 计分办法: the table as rows that are edited, what a change means before it is chosen, and every version with what it changed.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use exchange::merit::{
    self, Difference, KeepScore, Mode, Occasion, Period, Place, Points, RuleRow, RuleTable, VersionView,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::answers::Answers;
use super::super::door::Signed;
use super::super::room::{Room, Shell, page};
use super::{Tab, occasion_word, tabs};
use crate::App;
use crate::extract::Query;
use crate::problem::Problem;

/// Empty rows at the end of the form, so that rows are added without a script.
const SPARE: usize = 3;

#[derive(Deserialize)]
pub(in crate::console) struct Asked {
    /// Key of a shipped table that is taken as a beginning.
    #[serde(default)]
    from: String,
}

/// A row as it stands in the form.
#[derive(Default, Serialize)]
struct Typed {
    occasion: String,
    place: String,
    channel: String,
    points: String,
    mode: String,
    group: String,
    cap: String,
    cap_period: String,
    beyond: String,
    beyond_period: String,
    note: String,
}

impl Typed {
    fn of(row: &RuleRow) -> Self {
        let word = |period: Option<Period>| period.map_or("", Period::as_str).to_owned();
        Self {
            occasion: row.occasion.as_str().to_owned(),
            place: row.place.map_or("", Place::as_str).to_owned(),
            channel: row.channel.clone(),
            points: row.points.to_string(),
            mode: row.mode.as_str().to_owned(),
            group: row.group.clone(),
            cap: row.cap.map(|cap| cap.to_string()).unwrap_or_default(),
            cap_period: word(row.cap_period),
            beyond: if row.beyond == 0 { String::new() } else { row.beyond.to_string() },
            beyond_period: word(row.beyond_period),
            note: row.note.clone(),
        }
    }

    /// The rows of a form; a row without an occasion is none.
    fn all(form: &Answers) -> Vec<Self> {
        let columns = |name: &str| form.all(name);
        let [occasion, place, channel, points, mode, group] =
            ["occasion", "place", "channel", "points", "mode", "group"].map(columns);
        let [cap, cap_period, beyond, beyond_period, note] =
            ["cap", "cap_period", "beyond", "beyond_period", "note"].map(columns);
        let cell = |column: &[String], at: usize| column.get(at).map(|text| text.trim().to_owned()).unwrap_or_default();
        let row = |at: usize| Self {
            occasion: cell(&occasion, at),
            place: cell(&place, at),
            channel: cell(&channel, at),
            points: cell(&points, at),
            mode: cell(&mode, at),
            group: cell(&group, at),
            cap: cell(&cap, at),
            cap_period: cell(&cap_period, at),
            beyond: cell(&beyond, at),
            beyond_period: cell(&beyond_period, at),
            note: cell(&note, at),
        };
        (0..occasion.len().min(merit::ROWS_MAX)).map(row).filter(|row| !row.occasion.is_empty()).collect()
    }

    fn row(&self, number: usize) -> Result<RuleRow, Problem> {
        let wrong = |field: &'static str, code: &'static str| {
            Problem::from(merit::MeritError::Table { row: number, field, code })
        };
        let points = |field, text: &str| Points::parse(text).ok_or_else(|| wrong(field, "not_a_number"));
        let period = |text: &str| Period::parse(text);
        let place = if self.place.is_empty() { None } else { Place::parse(&self.place) };
        let beyond = if self.beyond.is_empty() { Ok(0) } else { self.beyond.parse() };
        let beyond = beyond.map_err(|_| wrong("beyond", "not_a_number"))?;
        let cap = if self.cap.is_empty() { None } else { Some(points("cap", &self.cap)?) };
        Ok(RuleRow {
            occasion: Occasion::parse(&self.occasion).ok_or_else(|| wrong("occasion", "unknown"))?,
            place,
            channel: self.channel.clone(),
            points: points("points", &self.points)?,
            mode: Mode::parse(&self.mode).ok_or_else(|| wrong("mode", "unknown"))?,
            group: self.group.clone(),
            cap_period: cap.and_then(|_| period(&self.cap_period)),
            cap,
            beyond_period: if beyond > 0 { period(&self.beyond_period) } else { None },
            beyond,
            note: self.note.clone(),
        })
    }
}

/// The table that a form says.
fn table(app: &App, form: &Answers) -> Result<RuleTable, Problem> {
    let text = |name: &str| form.get(name).trim().to_owned();
    let whole = |name: &'static str| {
        form.get(name).trim().parse::<u32>().map_err(|_| Problem::invalid(name, "not_a_number", 0))
    };
    let rows = Typed::all(form);
    let rows = (1..).zip(&rows).map(|(number, row)| row.row(number)).collect::<Result<Vec<_>, _>>()?;
    let shipped = app.points.find(form.get("key"));
    Ok(RuleTable {
        key: shipped.map(|table| table.key.clone()).unwrap_or_default(),
        name: text("name"),
        document: text("document"),
        effective_from: text("effective_from"),
        source: shipped.map(|table| table.source.clone()).unwrap_or_default(),
        appeal_days: whole("appeal_days")?,
        void_after_missed: whole("void_after_missed")?,
        quota: shipped.map(|table| table.quota.clone()).unwrap_or_default(),
        rows,
    })
}

#[derive(Serialize)]
struct Choice {
    key: String,
    name: String,
}

#[derive(Serialize)]
struct Head {
    key: String,
    name: String,
    document: String,
    effective_from: String,
    appeal_days: String,
    void_after_missed: String,
    reason: String,
}

#[derive(Serialize)]
struct Changed {
    name: String,
    before: String,
    after: String,
    change: String,
}

#[derive(Serialize)]
struct Change {
    events: u64,
    changed_events: u64,
    before: String,
    after: String,
    portals: Vec<Changed>,
}

impl From<Difference> for Change {
    fn from(found: Difference) -> Self {
        let changed = |one: merit::Changed| Changed {
            name: one.name,
            change: Points(one.after.0 - one.before.0).to_string(),
            before: one.before.to_string(),
            after: one.after.to_string(),
        };
        Self {
            events: found.events,
            changed_events: found.changed_events,
            before: found.before.to_string(),
            after: found.after.to_string(),
            portals: found.portals.into_iter().map(changed).collect(),
        }
    }
}

#[derive(Serialize)]
struct Version {
    number: i32,
    name: String,
    document: String,
    effective_from: String,
    reason: String,
    created_at: String,
    created_by: String,
    rows: usize,
    change: Change,
}

#[derive(Serialize)]
struct Rule<'a> {
    #[serde(flatten)]
    shell: Shell<'a>,
    tabs: Vec<Tab>,
    shipped: Vec<Choice>,
    occasions: Vec<Choice>,
    places: Vec<Choice>,
    periods: Vec<Choice>,
    head: Head,
    rows: Vec<Typed>,
    change: Option<Change>,
    versions: Vec<Version>,
}

/// What the form shows.
struct Filled {
    head: Head,
    rows: Vec<Typed>,
    change: Option<Change>,
    problem: Option<Problem>,
}

impl Filled {
    fn of(table: Option<&RuleTable>, today: String) -> Self {
        let text = |of: fn(&RuleTable) -> &str| table.map(of).unwrap_or_default().to_owned();
        let head = Head {
            key: text(|table| &table.key),
            name: text(|table| &table.name),
            document: text(|table| &table.document),
            effective_from: today,
            appeal_days: table.map_or(15, |table| table.appeal_days).to_string(),
            void_after_missed: table.map_or(0, |table| table.void_after_missed).to_string(),
            reason: String::new(),
        };
        let rows = table.map(|table| table.rows.iter().map(Typed::of).collect()).unwrap_or_default();
        Self { head, rows, change: None, problem: None }
    }

    fn typed(form: &Answers, change: Option<Change>, problem: Option<Problem>) -> Self {
        let text = |name: &str| form.get(name).to_owned();
        let head = Head {
            key: text("key"),
            name: text("name"),
            document: text("document"),
            effective_from: text("effective_from"),
            appeal_days: text("appeal_days"),
            void_after_missed: text("void_after_missed"),
            reason: text("reason"),
        };
        Self { head, rows: Typed::all(form), change, problem }
    }
}

fn version(view: VersionView) -> Version {
    Version {
        number: view.version,
        rows: view.table.rows.len(),
        name: view.table.name,
        document: view.table.document,
        effective_from: view.table.effective_from,
        reason: view.reason,
        created_at: view.created_at.minute_cst(),
        created_by: view.created_by,
        change: view.difference.into(),
    }
}

async fn draw(app: &App, room: &Room, versions: Vec<VersionView>, filled: Filled) -> Result<Response, Problem> {
    let Filled { head, mut rows, change, problem } = filled;
    let mut shell = room.shell(app, "points_rule", "points").await?;
    shell.refusal = problem.as_ref().map(|problem| room.refusal(app, problem));
    rows.extend((0..SPARE).map(|_| Typed::default()));
    let worded =
        |key: &str, prefix: &str| Choice { key: key.to_owned(), name: room.word(app, &format!("{prefix}{key}")) };
    let scored = Occasion::ALL.iter().filter(|one| one.is_scored());
    let view = Rule {
        tabs: tabs(app, room, "rule"),
        shipped: app
            .points
            .0
            .iter()
            .map(|table| Choice { key: table.key.clone(), name: format!("{} {}", table.name, table.document) })
            .collect(),
        occasions: scored
            .map(|one| Choice { key: one.as_str().to_owned(), name: occasion_word(app, room, *one) })
            .collect(),
        places: Place::ALL.iter().map(|one| worded(one.as_str(), "points_place_")).collect(),
        periods: Period::ALL.iter().map(|one| worded(one.as_str(), "points_period_")).collect(),
        versions: versions.into_iter().map(version).collect(),
        head,
        rows,
        change,
        shell,
    };
    page(app, problem.as_ref().map_or(StatusCode::OK, Problem::status), "points-rule.html", &view)
}

pub(in crate::console) async fn show(
    State(app): State<Arc<App>>,
    Signed(room, _): Signed<KeepScore>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let tx = app.store.reading(room.here.tenant).await?;
    let versions = merit::versions(&tx).await?;
    tx.commit().await?;
    let now = versions.first().map(|version| version.table.clone());
    let table = app.points.find(&asked.from).cloned().or(now);
    let filled = Filled::of(table.as_ref(), app.clock.now().date_cst());
    draw(&app, &room, versions, filled).await
}

/// Shows what the table would change; chooses it when that was confirmed.
pub(in crate::console) async fn act(
    State(app): State<Arc<App>>,
    Signed(room, staff): Signed<KeepScore>,
    typed: Answers,
) -> Result<Response, Problem> {
    let (now, apply) = (app.clock.now(), typed.get("act") == "apply");
    let done = async {
        let table = table(&app, &typed)?;
        let tx = app.store.tenant(room.here.tenant).await?;
        if apply {
            merit::choose(&tx, &staff, &table, typed.get("reason"), now).await?;
            tx.commit().await?;
            return Ok::<_, Problem>(None);
        }
        Ok(Some(merit::preview(&tx, &staff, &table, now).await?))
    };
    let filled = match done.await {
        Ok(None) => return Ok(room.done("/console/points/rule", "points_rule_chosen")),
        Ok(Some(found)) => Filled::typed(&typed, Some(found.into()), None),
        Err(problem) if problem.status == 403 || problem.status >= 500 => return Err(problem),
        Err(problem) => Filled::typed(&typed, None, Some(problem)),
    };
    let tx = app.store.reading(room.here.tenant).await?;
    let versions = merit::versions(&tx).await?;
    tx.commit().await?;
    draw(&app, &room, versions, filled).await
}
