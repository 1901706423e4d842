//! What commissions show to surfaces: those I issued, those I am called by, and the answers to one.

use base::listing::{Cursor, Page};
use base::store::{Held, StoreError};
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use super::CommissionId;
use super::model::{Call, Commission, CommissionError, Standing, State};
use super::rows::{call, commission as rows};
use crate::submission::{SubmissionId, Uses, rows::submission};

/// One commission of this tenant.
///
/// # Errors
/// [`CommissionError::Missing`].
pub async fn find(tx: &TenantTx, id: CommissionId) -> Result<Commission, CommissionError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    Ok(Commission::try_from(row.ok_or(CommissionError::Missing)?)?)
}

/// The call of this tenant, with the commission that it opens.
///
/// # Errors
/// [`CommissionError::Missing`].
pub async fn find_call(tx: &TenantTx, id: CommissionId) -> Result<(Call, Commission), CommissionError> {
    let held = tx.hold(call::Entity::find().filter(call::Column::CommissionId.eq(id))).await?;
    let held = held.into_iter().next().ok_or(CommissionError::Missing)?;
    let opened = tx.through(&call::Key::of(&held)).await?.ok_or(CommissionError::Missing)?;
    Ok((Call::try_from(held.into_row())?, Commission::try_from(opened)?))
}

/// One page of this tenant's commissions, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn issued(tx: &TenantTx, after: Option<Cursor>, limit: u64) -> Result<Page<Commission>, StoreError> {
    let mut select =
        rows::Entity::find().order_by_desc(rows::Column::CreatedAt).order_by_desc(rows::Column::Id).limit(limit + 1);
    if let Some(after) = after {
        let older = Expr::col(rows::Column::CreatedAt).lt(after.at);
        let same = Expr::col(rows::Column::CreatedAt).eq(after.at).and(Expr::col(rows::Column::Id).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let page =
        Page::cut(tx.all(select).await?, limit as usize, |row| Cursor { at: row.created_at, id: row.id.0 }.text());
    let items = page.items.into_iter().map(Commission::try_from).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// One line of the list of calls.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct CallRow {
    pub call: Call,
    pub topic: String,
    pub state: State,
    pub mandatory: bool,
    pub wanted: i32,
}

#[derive(FromQueryResult)]
struct Named {
    tenant_id: TenantId,
    id: CommissionId,
    topic: String,
    state: String,
    mandatory: i32,
    wanted: i32,
}

/// One page of the calls that this tenant received, newest first; `open` leaves out what is settled, except what was missed
/// and may still be answered.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn received(
    tx: &TenantTx,
    open: bool,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<CallRow>, StoreError> {
    let mut select = call::Entity::find()
        .order_by_desc(call::Column::CalledAt)
        .order_by_desc(call::Column::CommissionId)
        .limit(limit + 1);
    if open {
        let standings = [Standing::Called, Standing::Accepted, Standing::Missed].map(Standing::as_str);
        select = select.filter(call::Column::Standing.is_in(standings));
    }
    if let Some(after) = after {
        let older = Expr::col(call::Column::CalledAt).lt(after.at);
        let same =
            Expr::col(call::Column::CalledAt).eq(after.at).and(Expr::col(call::Column::CommissionId).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let place = |held: &Held<call::Model>| Cursor { at: held.row().called_at, id: held.row().commission_id.0 }.text();
    let page = Page::cut(tx.hold(select).await?, limit as usize, place);
    let keys: Vec<call::Key> = page.items.iter().map(call::Key::of).collect();
    let fields = rows::Entity::find().select_only().columns([
        rows::Column::TenantId,
        rows::Column::Id,
        rows::Column::Topic,
        rows::Column::State,
        rows::Column::Mandatory,
        rows::Column::Wanted,
    ]);
    let named: Vec<Named> = tx.pick_through(fields, &keys.iter().collect::<Vec<_>>()).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for held in page.items {
        let call = Call::try_from(held.into_row())?;
        let Some(of) = named.iter().find(|one| one.id == call.commission && one.tenant_id == call.issuer) else {
            continue;
        };
        items.push(CallRow {
            topic: of.topic.clone(),
            state: State::parse(&of.state).unwrap_or(State::Closed),
            mandatory: of.mandatory != 0,
            wanted: of.wanted,
            call,
        });
    }
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// How many calls wait for this tenant.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn waiting(tx: &TenantTx) -> Result<u64, StoreError> {
    let owing = Standing::OWING.map(Standing::as_str);
    tx.count(call::Entity::find().filter(call::Column::Standing.is_in(owing))).await
}

/// One answer to a commission.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct AnswerRow {
    pub id: SubmissionId,
    pub thread_id: SubmissionId,
    pub sender_id: TenantId,
    pub document_id: content::DocumentId,
    pub title: String,
    pub standing: String,
    pub submitted_at: i64,
    pub reason: String,
}

impl AnswerRow {
    /// Whether it counts: what was returned or taken back is no answer.
    pub fn counts(&self) -> bool {
        !matches!(self.standing.as_str(), "returned" | "recalled")
    }
}

/// The answers to a commission as one end sees them, newest first: at its issuer everybody's, or one portal's; at a called
/// portal its own.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn answers(
    tx: &TenantTx,
    id: CommissionId,
    issuer: TenantId,
    of: Option<TenantId>,
    limit: u64,
) -> Result<Vec<AnswerRow>, StoreError> {
    let mut select = submission::Entity::find()
        .select_only()
        .columns([
            submission::Column::Id,
            submission::Column::ThreadId,
            submission::Column::SenderId,
            submission::Column::DocumentId,
            submission::Column::Title,
            submission::Column::Standing,
            submission::Column::SubmittedAt,
            submission::Column::Reason,
        ])
        .filter(submission::Column::CommissionId.eq(id))
        .order_by_desc(submission::Column::SubmittedAt)
        .limit(limit);
    if let Some(of) = of {
        select = select.filter(submission::Column::SenderId.eq(of));
    }
    if tx.tenant() == issuer { tx.pick(select).await } else { tx.pick_sent(select).await }
}

impl TryFrom<rows::Model> for Commission {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "commission", what: format!("{what} of {}", row.id) };
        Ok(Self {
            state: State::parse(&row.state).ok_or_else(|| unreadable("state"))?,
            files: serde_json::from_str(&row.files).map_err(|_| unreadable("files"))?,
            id: row.id,
            issuer: row.tenant_id,
            topic: row.topic,
            requirements_html: row.requirements,
            mandatory: row.mandatory != 0,
            wanted: row.wanted,
            uses: Uses { site: row.use_site != 0, brief: row.use_brief != 0 },
            audience: row.audience,
            audience_count: row.audience_count,
            due_days: row.due_days,
            due_at: row.due_at.map(Timestamp),
            provisional: row.provisional != 0,
            rule_version: row.rule_version,
            return_hours: row.return_hours,
            created_at: Timestamp(row.created_at),
            created_by: row.created_by,
            opened_at: row.opened_at.map(Timestamp),
            opened_by: row.opened_by,
            ended_at: row.ended_at.map(Timestamp),
            ended_by: row.ended_by,
            reason: row.reason,
            version: row.version,
        })
    }
}

impl TryFrom<call::Model> for Call {
    type Error = StoreError;

    fn try_from(row: call::Model) -> Result<Self, StoreError> {
        let unreadable = |what: &str| StoreError::Suspicious {
            table: "commission_call",
            what: format!("{what} of {}", row.commission_id),
        };
        let plea = Some(row.plea.as_str()).filter(|text| !text.is_empty()).map(serde_json::from_str).transpose();
        Ok(Self {
            standing: Standing::parse(&row.standing).ok_or_else(|| unreadable("standing"))?,
            plea: plea.map_err(|_| unreadable("plea"))?,
            commission: row.commission_id,
            tenant: row.tenant_id,
            issuer: row.issuer_id,
            called_at: Timestamp(row.called_at),
            due_at: Timestamp(row.due_at),
            accepted_at: row.accepted_at.map(Timestamp),
            accepted_by: row.accepted_by,
            answered: row.answered,
            settled_at: row.settled_at.map(Timestamp),
            missed_at: row.missed_at.map(Timestamp),
            reason: row.reason,
            recorded: row.recorded,
            told: row.told,
            version: row.version,
        })
    }
}
