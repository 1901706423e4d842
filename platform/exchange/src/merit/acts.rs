//! Verbs of a scorer: choose a table, record what no letter tells, say who sees ranks.

use base::duty::Role;
use base::{Duty, Staff, TenantId, TenantTx, Timestamp};
use content::text;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::ledger::{self, Difference};
use super::lineage;
use super::model::{Event, Happened, MeritError, Occasion, Ranking};
use super::rows::{event, rule, setting};
use super::table::RuleTable;
use super::views;
use crate::SubmissionId;

/// May choose the table, record events, decide appeals and issue circulars.
pub struct KeepScore;
impl Duty for KeepScore {
    const NAME: &'static str = "keep_score";
    const ROLES: &'static [Role] = &[Role::TenantAdmin, Role::Operator, Role::CentralDuty];
    const BELOW: bool = false;
}

/// May read the portal's own points, and what it scores below.
pub struct ViewPoints;
impl Duty for ViewPoints {
    const NAME: &'static str = "view_points";
    const ROLES: &'static [Role] =
        &[Role::Editor, Role::Reviewer, Role::TenantAdmin, Role::Operator, Role::CentralDuty];
}

/// May dispute the portal's own points.
pub struct AppealPoints;
impl Duty for AppealPoints {
    const NAME: &'static str = "appeal_points";
    const ROLES: &'static [Role] = &[Role::Editor, Role::TenantAdmin];
    const BELOW: bool = false;
}

/// Longest note, reason or answer in characters.
pub const NOTE_MAX: usize = 500;
/// Longest name of a journal or of a rank.
const WORD_MAX: usize = 60;

/// Cleans a text of a person.
///
/// # Errors
/// [`MeritError::Text`].
pub(super) fn said(field: &'static str, said: &str, least: usize, limit: usize) -> Result<String, MeritError> {
    let clean = text::strip_controls(said).trim().to_owned();
    let length = clean.chars().count();
    if length < least || length > limit { Err(MeritError::Text { field, limit }) } else { Ok(clean) }
}

/// What a scorer enters by hand.
#[derive(Clone, Debug)]
pub struct ByHand {
    /// One directly below.
    pub beneficiary: TenantId,
    /// One of [`Occasion::BY_HAND`].
    pub occasion: Occasion,
    /// The leader's rank of an instruction, or a journal.
    pub channel: String,
    /// An event of the same item, so that both count together.
    pub about: Option<Uuid>,
    /// What it was; the title of the other event when left out.
    pub title: String,
    /// E.g. the words of the note.
    pub note: String,
}

/// Records an event that no letter tells: a leader's note, an urgent report.
///
/// # Errors
/// [`MeritError::NotBelow`], [`MeritError::Text`]; [`MeritError::Missing`] when the other event is not about this portal.
pub async fn record(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    entered: ByHand,
    now: Timestamp,
) -> Result<Uuid, MeritError> {
    let ByHand { beneficiary, occasion, channel, about, title, note } = entered;
    if !Occasion::BY_HAND.contains(&occasion) {
        return Err(MeritError::Table { row: 0, field: "occasion", code: "unusable" });
    }
    let least = usize::from(occasion == Occasion::Instruction);
    let channel = said("channel", &channel, least, WORD_MAX)?;
    let note = said("note", &note, least, NOTE_MAX)?;
    let about = match about {
        None => None,
        Some(id) => {
            let found = event::Entity::find()
                .filter(event::Column::Id.eq(id))
                .filter(event::Column::BeneficiaryId.eq(beneficiary));
            Some(tx.one(found).await?.ok_or(MeritError::Missing)?)
        }
    };
    let default = about.as_ref().map(|about| about.title.clone()).unwrap_or_default();
    let title = if title.trim().is_empty() { default } else { title };
    let happened = Happened {
        beneficiary,
        occasion,
        channel,
        key: tx.ids().new_id(now).to_string(),
        submission: about.as_ref().and_then(|about| about.submission_id),
        thread: about.as_ref().and_then(|about| about.thread_id),
        document: about.as_ref().and_then(|about| about.document_id),
        title: said("title", &title, 1, 200)?,
        note,
    };
    lineage::note(tx, happened, who.actor(), now).await
}

/// Says in which journal 刊物 an adopted submission stands; credited to every hop of its way, at every scorer.
///
/// # Errors
/// [`MeritError::Missing`] when nothing was made of the submission here.
pub async fn put_in_journal(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    id: SubmissionId,
    channel: &str,
    now: Timestamp,
) -> Result<(), MeritError> {
    let channel = said("channel", channel, 1, WORD_MAX)?;
    let found = crate::submission::find_received(tx, id).await.map_err(|error| match error {
        crate::submission::SubmissionError::Store(error) => error.into(),
        _ => MeritError::Missing,
    })?;
    if found.adopted_document.is_none() {
        return Err(MeritError::Missing);
    }
    Ok(lineage::in_journal(tx, &found, &channel, who.actor(), now).await?)
}

/// What a table would change for everybody, before it is chosen.
///
/// # Errors
/// [`MeritError::Table`].
pub async fn preview(
    tx: &TenantTx,
    _who: &Staff<KeepScore>,
    table: &RuleTable,
    now: Timestamp,
) -> Result<Difference, MeritError> {
    table.check()?;
    Ok(ledger::difference(tx, table, now).await?)
}

/// Chooses a table: a new version with what it changed, and the years that it touches are made again.
///
/// # Errors
/// [`MeritError::Table`]; [`MeritError::Text`] without a reason.
pub async fn choose(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    table: &RuleTable,
    reason: &str,
    now: Timestamp,
) -> Result<(i32, Difference), MeritError> {
    let reason = said("reason", reason, 1, NOTE_MAX)?;
    let difference = preview(tx, who, table, now).await?;
    let number = views::versions(tx).await?.first().map_or(0, |version| version.version) + 1;
    let row = rule::ActiveModel {
        version: Set(number),
        name: Set(table.name.clone()),
        document: Set(table.document.clone()),
        effective_from: Set(table.effective_from.clone()),
        body: Set(json(table)),
        reason: Set(reason.clone()),
        difference: Set(json(&difference)),
        created_at: Set(now.micros()),
        created_by: Set(who.actor().to_owned()),
        ..Default::default()
    };
    tx.insert::<rule::Entity, _>(row).await?;
    let event = Event::RuleChosen {
        version: number,
        name: table.name.clone(),
        document: table.document.clone(),
        effective_from: table.effective_from.clone(),
        reason,
        changed: difference.changed_events,
    };
    tx.note(&event, who.actor(), now).await?;
    for year in &difference.years {
        let key = format!("{}:{}:{year}", super::jobs::RECOMPUTE, tx.tenant());
        tx.enqueue(super::jobs::RECOMPUTE, &key, &format!("{{\"year\":{year}}}"), now, now).await?;
    }
    Ok((number, difference))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Says who sees ranks. Circulars that were issued stay as they were.
///
/// # Errors
/// [`MeritError::Store`].
pub async fn show_ranking(
    tx: &TenantTx,
    who: &Staff<KeepScore>,
    is: Ranking,
    now: Timestamp,
) -> Result<(), MeritError> {
    let was = views::ranking(tx).await?;
    if was == is {
        return Ok(());
    }
    let first = setting::ActiveModel { ranking: Set(is.as_str().to_owned()), runs: Set(0), ..Default::default() };
    if !tx.insert_if_free::<setting::Entity, _>(first).await? {
        let update = setting::Entity::update_many().col_expr(setting::Column::Ranking, Expr::value(is.as_str()));
        tx.change_one(update).await?;
    }
    tx.note(&Event::RankingShown { was, is }, who.actor(), now).await?;
    Ok(())
}
