//! What submissions show to surfaces: the box of what was sent, the desk of what was received.

use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, sea_query::Expr,
};

use super::SubmissionId;
use super::model::{Standing, Submission, SubmissionError, Uses};
use super::rows::submission as rows;
use crate::basket::{self, BasketId};

/// One line of a box; lists need no texts.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs)]
pub struct BoxRow {
    pub id: SubmissionId,
    pub thread_id: SubmissionId,
    pub tenant_id: TenantId,
    pub sender_id: TenantId,
    pub standing: String,
    pub title: String,
    pub use_site: i32,
    pub use_brief: i32,
    pub submitted_at: i64,
    pub receive_due_at: i64,
    pub decide_due_at: i64,
    /// 1: the shown deadlines are guesses; 2: the day of expiry is; 3: both; 0: none.
    pub provisional: i32,
    pub holder: String,
    pub reason: String,
    pub address: String,
    pub news: String,
    pub alarm_due_at: Option<i64>,
}

impl BoxRow {
    /// Past the limit that applies to where it stands.
    pub fn overdue(&self, now: Timestamp) -> bool {
        match Standing::parse(&self.standing) {
            Some(Standing::Submitted) => now.micros() > self.receive_due_at,
            Some(Standing::Received | Standing::InReview) => now.micros() > self.decide_due_at,
            _ => false,
        }
    }
}

fn listed(standing: Option<Standing>, open: bool, after: Option<Cursor>, limit: u64) -> Select<rows::Entity> {
    let mut select = rows::Entity::find()
        .select_only()
        .columns([
            rows::Column::Id,
            rows::Column::ThreadId,
            rows::Column::TenantId,
            rows::Column::SenderId,
            rows::Column::Standing,
            rows::Column::Title,
            rows::Column::UseSite,
            rows::Column::UseBrief,
            rows::Column::SubmittedAt,
            rows::Column::ReceiveDueAt,
            rows::Column::DecideDueAt,
            rows::Column::Provisional,
            rows::Column::Holder,
            rows::Column::Reason,
            rows::Column::Address,
            rows::Column::News,
            rows::Column::AlarmDueAt,
        ])
        .order_by_desc(rows::Column::SubmittedAt)
        .order_by_desc(rows::Column::Id)
        .limit(limit + 1);
    if let Some(standing) = standing {
        select = select.filter(rows::Column::Standing.eq(standing.as_str()));
    } else if open {
        select = select.filter(rows::Column::Standing.is_in(Standing::OPEN.map(Standing::as_str)));
    }
    if let Some(after) = after {
        let older = Expr::col(rows::Column::SubmittedAt).lt(after.at);
        let same = Expr::col(rows::Column::SubmittedAt).eq(after.at).and(Expr::col(rows::Column::Id).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    select
}

fn cut(rows: Vec<BoxRow>, limit: u64) -> Page<BoxRow> {
    Page::cut(rows, limit as usize, |row| Cursor { at: row.submitted_at, id: row.id.0 }.text())
}

/// One page of what came up from below, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn received(
    tx: &TenantTx,
    standing: Option<Standing>,
    open: bool,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<BoxRow>, StoreError> {
    Ok(cut(tx.pick(listed(standing, open, after, limit)).await?, limit))
}

/// One page of what lies in a basket, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn in_basket(
    tx: &TenantTx,
    basket: BasketId,
    open: bool,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<BoxRow>, StoreError> {
    let select = listed(None, open, after, limit).filter(rows::Column::Id.in_subquery(basket::members(tx, basket)));
    Ok(cut(tx.pick(select).await?, limit))
}

/// Copies of what an origin withdrew that wait for this tenant, the most urgent first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn alarms(tx: &TenantTx, limit: u64) -> Result<Vec<BoxRow>, StoreError> {
    let mut select = listed(None, false, None, limit);
    QueryTrait::query(&mut select).clear_order_by();
    let select = select.filter(rows::Column::AlarmDueAt.is_not_null()).order_by_asc(rows::Column::AlarmDueAt);
    tx.pick(select).await
}

/// The waiting submissions before and after one in the order of the desk (newest first): where `k` and `j` lead.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn neighbours(
    tx: &TenantTx,
    of: &Submission,
) -> Result<(Option<SubmissionId>, Option<SubmissionId>), StoreError> {
    let after = Cursor { at: of.submitted_at.micros(), id: of.id.0 };
    let next: Vec<BoxRow> = tx.pick(listed(None, true, Some(after), 0)).await?;
    let newer = Expr::col(rows::Column::SubmittedAt).gt(after.at);
    let same = Expr::col(rows::Column::SubmittedAt).eq(after.at).and(Expr::col(rows::Column::Id).gt(after.id));
    let before = rows::Entity::find()
        .filter(rows::Column::Standing.is_in(Standing::OPEN.map(Standing::as_str)))
        .filter(Condition::any().add(newer).add(same))
        .order_by_asc(rows::Column::SubmittedAt)
        .order_by_asc(rows::Column::Id)
        .limit(1);
    let before = tx.one(before).await?;
    Ok((before.map(|row| row.id), next.first().map(|row| row.id)))
}

/// The newest submission that waits: where somebody goes on who decided the last of the queue.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn first_open(tx: &TenantTx) -> Result<Option<SubmissionId>, StoreError> {
    let found: Vec<BoxRow> = tx.pick(listed(None, true, None, 0)).await?;
    Ok(found.first().map(|row| row.id))
}

/// One page of what this tenant sent up, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn sent(
    tx: &TenantTx,
    standing: Option<Standing>,
    open: bool,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Page<BoxRow>, StoreError> {
    Ok(cut(tx.pick_sent(listed(standing, open, after, limit)).await?, limit))
}

/// How many received submissions wait for a decision.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn waiting(tx: &TenantTx) -> Result<u64, StoreError> {
    let open = Standing::OPEN.map(Standing::as_str);
    tx.count(rows::Entity::find().filter(rows::Column::Standing.is_in(open))).await
}

/// One received submission in full.
///
/// # Errors
/// [`SubmissionError::Missing`].
pub async fn find_received(tx: &TenantTx, id: SubmissionId) -> Result<Submission, SubmissionError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    Ok(Submission::try_from(row.ok_or(SubmissionError::Missing)?)?)
}

/// One submission in full, as whichever of its two ends this tenant is.
///
/// # Errors
/// [`SubmissionError::Missing`] for everybody else.
pub async fn at_either_end(tx: &TenantTx, id: SubmissionId) -> Result<Submission, SubmissionError> {
    match find_received(tx, id).await {
        Err(SubmissionError::Missing) => find_sent(tx, id).await,
        other => other,
    }
}

/// One sent submission in full.
///
/// # Errors
/// [`SubmissionError::Missing`].
pub async fn find_sent(tx: &TenantTx, id: SubmissionId) -> Result<Submission, SubmissionError> {
    let row = tx.sent(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?.into_iter().next();
    Ok(Submission::try_from(row.ok_or(SubmissionError::Missing)?)?)
}

/// Lines of received submissions by their ids, in no order.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn lines(tx: &TenantTx, ids: Vec<SubmissionId>) -> Result<Vec<BoxRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let many = ids.len() as u64;
    tx.pick(listed(None, false, None, many).filter(rows::Column::Id.is_in(ids))).await
}

/// Received submissions in full by their ids, in no order.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn received_each(tx: &TenantTx, ids: &[SubmissionId]) -> Result<Vec<Submission>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::Id.is_in(ids.iter().copied()));
    tx.all(select).await?.into_iter().map(Submission::try_from).collect()
}

/// Everything of one thread as one end sees it, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn thread(tx: &TenantTx, of: &Submission) -> Result<Vec<Submission>, StoreError> {
    let select =
        rows::Entity::find().filter(rows::Column::ThreadId.eq(of.thread)).order_by_asc(rows::Column::SubmittedAt);
    let rows = if of.receiver == tx.tenant() { tx.all(select).await? } else { tx.sent(select).await? };
    rows.into_iter().map(Submission::try_from).collect()
}

impl TryFrom<rows::Model> for Submission {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "submission", what: format!("{what} of {}", row.id) };
        let news = Some(row.news.as_str()).filter(|text| !text.is_empty()).map(serde_json::from_str).transpose();
        Ok(Self {
            standing: Standing::parse(&row.standing).ok_or_else(|| unreadable("standing"))?,
            fields: serde_json::from_str(&row.snapshot).map_err(|_| unreadable("snapshot"))?,
            files: serde_json::from_str(&row.files).map_err(|_| unreadable("files"))?,
            provenance: serde_json::from_str(&row.provenance).map_err(|_| unreadable("provenance"))?,
            news: news.map_err(|_| unreadable("news"))?,
            uses: Uses { site: row.use_site != 0, brief: row.use_brief != 0 },
            id: row.id,
            thread: row.thread_id,
            receiver: row.tenant_id,
            sender: row.sender_id,
            document: row.document_id,
            edition: row.edition_id,
            content_hash: row.content_hash,
            note: row.note,
            submitted_at: Timestamp(row.submitted_at),
            submitted_by: row.submitted_by,
            receive_due_at: Timestamp(row.receive_due_at),
            decide_due_at: Timestamp(row.decide_due_at),
            provisional: row.provisional & 1 != 0,
            withdrawn_hours: row.withdrawn_hours,
            holder: row.holder,
            decided_at: row.decided_at.map(Timestamp),
            decided_by: row.decided_by,
            reason: row.reason,
            adopted_document: row.adopted_document,
            address: row.address,
            alarm_due_at: row.alarm_due_at.map(Timestamp),
            alarm_answer: row.alarm_answer,
            commission: row.commission_id,
            version: row.version,
        })
    }
}
