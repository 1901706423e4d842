//! Verbs of the issuer: write, change, attach, preview, open, close, cancel.

use base::calendar::Calendar;
use base::duty::Role;
use base::store::{Reaching, StoreError};
use base::{Duty, Sites, Staff, SubtreeTx, TenantTx, Timestamp};
use content::media::StoredFile;
use content::text;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany, sea_query::Expr};
use serde::Serialize;

use super::model::{Commission, CommissionError, Event, Standing, State};
use super::reach::{self, LevelCount};
use super::rows::commission as rows;
use super::rules::CommissionRule;
use super::{CommissionId, jobs, views};
use crate::order::Audience;
use crate::order::jobs::audience_of;
use crate::submission::Uses;

/// May commission items from the tenants below, and set their quotas. What is asked is asked in the portal's own name.
pub struct CommissionItems;
impl Duty for CommissionItems {
    const NAME: &'static str = "commission_items";
    const ROLES: &'static [Role] = &[Role::CentralDuty, Role::Operator, Role::TenantAdmin];
    const BELOW: bool = false;
}
impl Reaching for CommissionItems {}

/// Longest topic in characters.
const TOPIC_MAX: usize = 120;
/// Longest requirements in bytes after cleaning.
const REQUIREMENTS_MAX: usize = 65_536;
/// Most answers that one commission wants of one portal.
const WANTED_MAX: i32 = 50;
/// Most working days.
const DAYS_MAX: i32 = 250;
/// Most attached files.
const FILES_MAX: usize = 10;

/// By when answers are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// The rule's working days, from the opening.
    Usual,
    /// So many working days from the opening.
    Days(i32),
    /// An instant.
    At(Timestamp),
}

/// What an issuer wants written.
#[derive(Clone, Debug)]
pub struct NewCommission {
    /// 1 to 120 characters.
    pub topic: String,
    /// HTML or plain text; sanitised.
    pub requirements: String,
    /// It may not be declined.
    pub mandatory: bool,
    /// Answers wanted of each portal, 1 to 50.
    pub wanted: i32,
    /// What the answers are for.
    pub uses: Uses,
    /// For whom.
    pub audience: Audience,
    /// By when.
    pub deadline: Deadline,
}

/// What opening a commission would do, seen before it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// Portals addressed.
    pub audience_count: i64,
    /// Per level.
    pub levels: Vec<LevelCount>,
    /// When their time would end.
    pub due_at: Timestamp,
    /// Counted in a year whose holidays are not known yet.
    pub provisional: bool,
}

fn cleaned(mut new: NewCommission) -> Result<NewCommission, CommissionError> {
    new.topic = text::strip_controls(&new.topic).split_whitespace().collect::<Vec<_>>().join(" ");
    if new.topic.is_empty() || new.topic.chars().count() > TOPIC_MAX {
        return Err(CommissionError::Text { field: "topic", limit: TOPIC_MAX });
    }
    let html =
        if new.requirements.contains('<') { new.requirements.clone() } else { text::paragraphs(&new.requirements) };
    new.requirements = text::clean_html(&html);
    if text::normalise(&new.requirements).is_empty() || new.requirements.len() > REQUIREMENTS_MAX {
        return Err(CommissionError::Text { field: "requirements", limit: REQUIREMENTS_MAX });
    }
    if !(1..=WANTED_MAX).contains(&new.wanted) {
        return Err(CommissionError::Text { field: "wanted", limit: WANTED_MAX.unsigned_abs() as usize });
    }
    if matches!(new.deadline, Deadline::Days(days) if !(1..=DAYS_MAX).contains(&days)) {
        return Err(CommissionError::Text { field: "due_days", limit: DAYS_MAX.unsigned_abs() as usize });
    }
    if !new.uses.site && !new.uses.brief {
        return Err(CommissionError::Text { field: "for_site", limit: 0 });
    }
    Ok(new)
}

fn due(
    deadline: Deadline,
    rule: &CommissionRule,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<(Timestamp, bool), CommissionError> {
    let days = match deadline {
        Deadline::At(at) => return if at > now { Ok((at, false)) } else { Err(CommissionError::NoTime) },
        Deadline::Usual => rule.default_days,
        Deadline::Days(days) => u32::try_from(days).map_err(|_| CommissionError::NoTime)?,
    };
    let due = calendar.after(now, days);
    Ok((due.at, due.provisional))
}

/// Writes a draft that its issuer alone sees.
///
/// # Errors
/// [`CommissionError::Text`] naming the field; [`CommissionError::NoTime`].
pub async fn draft(
    tx: &TenantTx,
    who: &Staff<CommissionItems>,
    new: NewCommission,
    rule: &CommissionRule,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let new = cleaned(new)?;
    let id = CommissionId(tx.ids().new_id(now));
    let (due_days, due_at) = kept(new.deadline, now)?;
    let row = rows::ActiveModel {
        id: Set(id),
        state: Set(State::Draft.as_str().to_owned()),
        topic: Set(new.topic),
        requirements: Set(new.requirements),
        files: Set("[]".to_owned()),
        mandatory: Set(i32::from(new.mandatory)),
        wanted: Set(new.wanted),
        use_site: Set(i32::from(new.uses.site)),
        use_brief: Set(i32::from(new.uses.brief)),
        audience: Set(new.audience.text()),
        audience_count: Set(0),
        due_days: Set(due_days),
        due_at: Set(due_at),
        provisional: Set(0),
        rule_version: Set(rule.effective_from.clone()),
        return_hours: Set(rule.return_hours),
        created_at: Set(now.micros()),
        created_by: Set(who.actor().to_owned()),
        opened_at: Set(None),
        opened_by: Set(String::new()),
        ended_at: Set(None),
        ended_by: Set(String::new()),
        reason: Set(String::new()),
        version: Set(0),
        ..Default::default()
    };
    tx.insert(row).await?;
    views::find(tx, id).await
}

fn kept(deadline: Deadline, now: Timestamp) -> Result<(Option<i32>, Option<i64>), CommissionError> {
    match deadline {
        Deadline::Usual => Ok((None, None)),
        Deadline::Days(days) => Ok((Some(days), None)),
        Deadline::At(at) if at > now => Ok((None, Some(at.micros()))),
        Deadline::At(_) => Err(CommissionError::NoTime),
    }
}

/// Writes a draft anew, except its files.
///
/// # Errors
/// [`CommissionError::WrongState`] once it is sent.
pub async fn change(
    tx: &TenantTx,
    _who: &Staff<CommissionItems>,
    id: CommissionId,
    new: NewCommission,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let new = cleaned(new)?;
    let was = of_draft(tx, id).await?;
    let (due_days, due_at) = kept(new.deadline, now)?;
    let update = guarded(&was, State::Draft)
        .col_expr(rows::Column::Topic, Expr::value(new.topic))
        .col_expr(rows::Column::Requirements, Expr::value(new.requirements))
        .col_expr(rows::Column::Mandatory, Expr::value(i32::from(new.mandatory)))
        .col_expr(rows::Column::Wanted, Expr::value(new.wanted))
        .col_expr(rows::Column::UseSite, Expr::value(i32::from(new.uses.site)))
        .col_expr(rows::Column::UseBrief, Expr::value(i32::from(new.uses.brief)))
        .col_expr(rows::Column::Audience, Expr::value(new.audience.text()))
        .col_expr(rows::Column::DueDays, Expr::value(due_days))
        .col_expr(rows::Column::DueAt, Expr::value(due_at));
    tx.change_one(update).await?;
    views::find(tx, id).await
}

async fn of_draft(tx: &TenantTx, id: CommissionId) -> Result<Commission, CommissionError> {
    let was = views::find(tx, id).await?;
    if was.state == State::Draft { Ok(was) } else { Err(CommissionError::WrongState(was.state)) }
}

/// Attaches a stored file to a draft.
///
/// # Errors
/// [`CommissionError::Text`] beyond ten files.
pub async fn attach(
    tx: &TenantTx,
    _who: &Staff<CommissionItems>,
    id: CommissionId,
    file: StoredFile,
) -> Result<(), CommissionError> {
    let mut was = of_draft(tx, id).await?;
    if was.files.len() >= FILES_MAX {
        return Err(CommissionError::Text { field: "file", limit: FILES_MAX });
    }
    was.files.push(file);
    put_files(tx, &was).await
}

/// Takes a file off a draft; `position` counts from 0.
///
/// # Errors
/// [`CommissionError::Missing`] when there is none.
pub async fn detach(
    tx: &TenantTx,
    _who: &Staff<CommissionItems>,
    id: CommissionId,
    position: usize,
) -> Result<(), CommissionError> {
    let mut was = of_draft(tx, id).await?;
    if position >= was.files.len() {
        return Err(CommissionError::Missing);
    }
    was.files.remove(position);
    put_files(tx, &was).await
}

async fn put_files(tx: &TenantTx, was: &Commission) -> Result<(), CommissionError> {
    let files = serde_json::to_string(&was.files).unwrap_or_default();
    Ok(tx.change_one(guarded(was, State::Draft).col_expr(rows::Column::Files, Expr::value(files))).await?)
}

/// Counts whom a commission would reach and computes its deadline. Nothing is written.
///
/// # Errors
/// See [`CommissionError`].
pub async fn preview(
    tx: &SubtreeTx,
    _who: &Staff<CommissionItems>,
    new: NewCommission,
    rule: &CommissionRule,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Preview, CommissionError> {
    let new = cleaned(new)?;
    let (due_at, provisional) = due(new.deadline, rule, calendar, now)?;
    let levels = reach::addressed_by_level(tx, &new.audience).await?;
    Ok(Preview { audience_count: levels.iter().map(|level| level.count).sum(), levels, due_at, provisional })
}

/// The same of a draft as it is written.
///
/// # Errors
/// [`CommissionError::WrongState`] once it is sent; [`CommissionError::NoTime`] when its instant has passed meanwhile.
pub async fn reach_of(
    tx: &SubtreeTx,
    _who: &Staff<CommissionItems>,
    sites: &Sites,
    id: CommissionId,
    (rule, calendar): (&CommissionRule, &Calendar),
    now: Timestamp,
) -> Result<Preview, CommissionError> {
    let was = of_draft(tx, id).await?;
    let (due_at, provisional) = due(deadline_of(&was), rule, calendar, now)?;
    let audience = audience_of(sites, &was.audience).ok_or(CommissionError::NobodyAddressed)?;
    let levels = reach::addressed_by_level(tx, &audience).await?;
    Ok(Preview { audience_count: levels.iter().map(|level| level.count).sum(), levels, due_at, provisional })
}

fn deadline_of(draft: &Commission) -> Deadline {
    match (draft.due_at, draft.due_days) {
        (Some(at), _) => Deadline::At(at),
        (None, Some(days)) => Deadline::Days(days),
        (None, None) => Deadline::Usual,
    }
}

/// Sends a draft: the calls of the whole audience, the event that binds them, and the time keeper, in one transaction.
///
/// # Errors
/// [`CommissionError::NobodyAddressed`]; [`CommissionError::NoTime`] when its instant has passed meanwhile.
pub async fn open(
    tx: &SubtreeTx,
    who: &Staff<CommissionItems>,
    sites: &Sites,
    id: CommissionId,
    (rule, calendar): (&CommissionRule, &Calendar),
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let was = views::find(tx, id).await?;
    if !was.state.may_become(State::Open) {
        return Err(CommissionError::WrongState(was.state));
    }
    let (due_at, provisional) = due(deadline_of(&was), rule, calendar, now)?;
    let audience = audience_of(sites, &was.audience).ok_or(CommissionError::NobodyAddressed)?;
    reach::call_each(tx, id, &audience, due_at, now).await?;
    let (count, digest) = reach::digest_of_calls(tx, id, now).await?;
    if count == 0 {
        return Err(CommissionError::NobodyAddressed);
    }
    let update = guarded(&was, State::Open)
        .col_expr(rows::Column::AudienceCount, Expr::value(count))
        .col_expr(rows::Column::DueAt, Expr::value(due_at.micros()))
        .col_expr(rows::Column::Provisional, Expr::value(i32::from(provisional)))
        .col_expr(rows::Column::RuleVersion, Expr::value(rule.effective_from.as_str()))
        .col_expr(rows::Column::ReturnHours, Expr::value(rule.return_hours))
        .col_expr(rows::Column::OpenedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::OpenedBy, Expr::value(who.actor()));
    tx.change_one(update).await?;
    let event = Event::Opened {
        commission: id,
        topic: was.topic,
        audience: was.audience,
        count,
        digest,
        due_at,
        mandatory: was.mandatory,
        wanted: was.wanted,
        rule: rule.effective_from.clone(),
    };
    tx.note(&event, who.actor(), now).await?;
    wake(tx, id, now).await?;
    views::find(tx, id).await
}

/// Makes the time keeper of a commission look at once.
pub(super) async fn wake(tx: &TenantTx, id: CommissionId, now: Timestamp) -> Result<(), StoreError> {
    tx.enqueue(jobs::KEEP_TIME, &jobs::key(id), &jobs::payload(id), now, now).await
}

/// Ends an open commission: what is still owed is missed, and no answer is taken any more.
///
/// # Errors
/// [`CommissionError::WrongState`].
pub async fn close(
    tx: &SubtreeTx,
    who: &Staff<CommissionItems>,
    id: CommissionId,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    end(tx, who.actor(), id, State::Closed, "", now).await
}

/// Takes a commission back with a reason: nobody owes anything. A draft is thrown away in the same way.
///
/// # Errors
/// [`CommissionError::Text`] without a reason; [`CommissionError::WrongState`].
pub async fn cancel(
    tx: &SubtreeTx,
    who: &Staff<CommissionItems>,
    id: CommissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let reason = super::calls::said("reason", reason)?;
    end(tx, who.actor(), id, State::Cancelled, &reason, now).await
}

pub(super) async fn end(
    tx: &SubtreeTx,
    actor: &str,
    id: CommissionId,
    next: State,
    reason: &str,
    now: Timestamp,
) -> Result<Commission, CommissionError> {
    let was = views::find(tx, id).await?;
    if !was.state.may_become(next) {
        return Err(CommissionError::WrongState(was.state));
    }
    let update = guarded(&was, next)
        .col_expr(rows::Column::EndedAt, Expr::value(now.micros()))
        .col_expr(rows::Column::EndedBy, Expr::value(actor))
        .col_expr(rows::Column::Reason, Expr::value(reason));
    tx.change_one(update).await?;
    let standing = if next == State::Closed { Standing::Missed } else { Standing::Ended };
    reach::end(tx, id, standing, now).await?;
    jobs::record(tx, id, now).await?;
    let event = match next {
        State::Closed => Event::Closed { commission: id },
        _ => Event::Cancelled { commission: id, reason: reason.to_owned() },
    };
    tx.note(&event, actor, now).await?;
    views::find(tx, id).await
}

/// The guarded change of one commission: exactly one row as it was read, or `Stale`.
pub(super) fn guarded(was: &Commission, is: State) -> UpdateMany<rows::Entity> {
    rows::Entity::update_many()
        .col_expr(rows::Column::State, Expr::value(is.as_str()))
        .col_expr(rows::Column::Version, Expr::value(was.version + 1))
        .filter(rows::Column::Id.eq(was.id))
        .filter(rows::Column::Version.eq(was.version))
        .filter(rows::Column::State.eq(was.state.as_str()))
}
