//! Writing a commission: what is wanted, its bounds, the draft and its files.

use base::calendar::Calendar;
use base::{Staff, TenantTx, Timestamp};
use content::media::StoredFile;
use content::text;
use sea_orm::{ActiveValue::Set, sea_query::Expr};

use super::acts::{CommissionItems, guarded};
use super::model::{Commission, CommissionError, State};
use super::rows::commission as rows;
use super::rules::CommissionRule;
use super::{CommissionId, views};
use crate::order::Audience;
use crate::submission::Uses;

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

pub(super) fn cleaned(mut new: NewCommission) -> Result<NewCommission, CommissionError> {
    new.topic = text::strip_controls(&new.topic).split_whitespace().collect::<Vec<_>>().join(" ");
    let long = new.topic.chars().count() > TOPIC_MAX;
    if new.topic.is_empty() || long {
        return Err(CommissionError::Text { field: "topic", limit: if long { TOPIC_MAX } else { 0 } });
    }
    let html =
        if new.requirements.contains('<') { new.requirements.clone() } else { text::paragraphs(&new.requirements) };
    new.requirements = text::clean_html(&html);
    let long = new.requirements.len() > REQUIREMENTS_MAX;
    if long || text::normalise(&new.requirements).is_empty() {
        return Err(CommissionError::Text { field: "requirements", limit: if long { REQUIREMENTS_MAX } else { 0 } });
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

pub(super) fn due(
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

pub(super) fn deadline_of(draft: &Commission) -> Deadline {
    match (draft.due_at, draft.due_days) {
        (Some(at), _) => Deadline::At(at),
        (None, Some(days)) => Deadline::Days(days),
        (None, None) => Deadline::Usual,
    }
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

pub(super) async fn of_draft(tx: &TenantTx, id: CommissionId) -> Result<Commission, CommissionError> {
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
