//! Deadlines that were guessed because a year's calendar was not known, counted again when it is.

use std::collections::BTreeMap;

use base::calendar::Due;
use base::{TenantTx, Timestamp};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr};

use super::events::Event;
use super::model::{Standing, SubmissionError};
use super::rows::submission as rows;
use super::rules::SubmissionRules;
use super::{SubmissionId, jobs};

/// What one look made of the open submissions whose deadlines were guesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Settling {
    /// Submissions whose deadlines are others now, or are no guesses any more.
    pub settled: u64,
    /// Submissions whose deadlines are still guesses.
    pub provisional: u64,
}

/// Which deadlines are guesses: 1 those that are shown, 2 the day of expiry, 3 both, 0 none.
pub(super) fn guess(receive: &Due, decide: &Due, expire: &Due) -> i32 {
    i32::from(receive.provisional || decide.provisional) + 2 * i32::from(expire.provisional)
}

/// When a look is worth while again: early on the next day, when a calendar may have been loaded.
pub(super) fn next_look(now: Timestamp) -> Timestamp {
    Timestamp::end_of_day_cst(now.day_cst()).plus_minutes(10)
}

#[derive(FromQueryResult)]
struct Guessed {
    id: SubmissionId,
    submitted_at: i64,
    receive_due_at: i64,
    decide_due_at: i64,
    provisional: i32,
}

/// Counts the deadlines of the tenant's open submissions again where they were guesses, and moves their expiry. A deadline
/// depends on the day of the submission alone, so each day is one statement. Done twice, it changes nothing.
///
/// # Errors
/// [`SubmissionError`].
pub async fn settle(
    tx: &TenantTx,
    rules: &SubmissionRules,
    actor: &str,
    now: Timestamp,
) -> Result<Settling, SubmissionError> {
    use rows::Column as C;
    let select = rows::Entity::find()
        .select_only()
        .columns([C::Id, C::SubmittedAt, C::ReceiveDueAt, C::DecideDueAt, C::Provisional])
        .filter(C::Provisional.ne(0))
        .filter(C::Standing.is_in(Standing::OPEN.map(Standing::as_str)));
    let mut days: BTreeMap<NaiveDate, Vec<Guessed>> = BTreeMap::new();
    for row in tx.pick::<_, Guessed>(select).await? {
        days.entry(Timestamp(row.submitted_at).day_cst()).or_default().push(row);
    }
    let mut settling = Settling::default();
    for rows in days.into_values() {
        let one = settle_day(tx, rules, &rows, actor, now).await?;
        settling.settled += one.settled;
        settling.provisional += one.provisional;
    }
    Ok(settling)
}

/// The submissions of one day, which have the same deadlines.
async fn settle_day(
    tx: &TenantTx,
    rules: &SubmissionRules,
    guessed: &[Guessed],
    actor: &str,
    now: Timestamp,
) -> Result<Settling, SubmissionError> {
    let Some(first) = guessed.first() else { return Ok(Settling::default()) };
    let from = Timestamp(first.submitted_at);
    let rule = rules.at(from).ok_or(SubmissionError::NoRule)?;
    let [receive, decide, expire] =
        [rule.receive_days, rule.decide_days, rule.expire_days].map(|days| rules.due(from, days));
    let guess = guess(&receive, &decide, &expire);
    let still = if guess == 0 { 0 } else { guessed.len() as u64 };
    let same = |row: &&Guessed| {
        row.receive_due_at == receive.at.micros() && row.decide_due_at == decide.at.micros() && row.provisional == guess
    };
    let keys: Vec<String> = guessed.iter().map(|row| jobs::expiry_key(row.id)).collect();
    let others: Vec<SubmissionId> = guessed.iter().filter(|row| !same(row)).map(|row| row.id).collect();
    tx.move_jobs(&keys, expire.at).await?;
    if others.is_empty() {
        return Ok(Settling { settled: 0, provisional: still });
    }
    let update = rows::Entity::update_many()
        .col_expr(rows::Column::ReceiveDueAt, Expr::value(receive.at.micros()))
        .col_expr(rows::Column::DecideDueAt, Expr::value(decide.at.micros()))
        .col_expr(rows::Column::Provisional, Expr::value(guess))
        .filter(rows::Column::Provisional.ne(0))
        .filter(rows::Column::Standing.is_in(Standing::OPEN.map(Standing::as_str)))
        .filter(rows::Column::SubmittedAt.gte(day_begins(from)))
        .filter(rows::Column::SubmittedAt.lt(Timestamp::end_of_day_cst(from.day_cst()).micros()));
    tx.change(update).await?;
    let settled = others.len() as u64;
    let event = Event::Settled {
        submitted_on: from.date_cst(),
        receive_due_at: receive.at,
        decide_due_at: decide.at,
        provisional: guess & 1 != 0,
        submissions: others,
    };
    tx.note(&event, actor, now).await?;
    Ok(Settling { settled, provisional: still })
}

fn day_begins(at: Timestamp) -> i64 {
    Timestamp::end_of_day_cst(at.day_cst()).plus_hours(-24).micros()
}
