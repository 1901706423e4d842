//! What hand-overs show to surfaces, and what is counted for them.

use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::model::{Counts, Handover, HandoverError, Standing};
use super::rows::handover as rows;
use crate::obligation::rows::obligation;
use crate::order::Kind;
use crate::submission::rows::submission;
use crate::{obligation as debts, submission as upward};

/// One note.
///
/// # Errors
/// [`HandoverError::Missing`].
pub async fn find(tx: &TenantTx, id: Uuid) -> Result<Handover, HandoverError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    Ok(Handover::try_from(row.ok_or(HandoverError::Missing)?)?)
}

/// The note that is under way, if any.
///
/// # Errors
/// [`StoreError`].
pub async fn open(tx: &TenantTx) -> Result<Option<Handover>, StoreError> {
    let select = rows::Entity::find().filter(rows::Column::Standing.ne(Standing::TakenOver.as_str()));
    tx.one(select).await?.map(Handover::try_from).transpose()
}

/// One page of notes, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &TenantTx, after: Option<Cursor>, limit: u64) -> Result<Page<Handover>, StoreError> {
    let mut select =
        rows::Entity::find().order_by_desc(rows::Column::DraftedAt).order_by_desc(rows::Column::Id).limit(limit + 1);
    if let Some(after) = after {
        let older = Expr::col(rows::Column::DraftedAt).lt(after.at);
        let same = Expr::col(rows::Column::DraftedAt).eq(after.at).and(Expr::col(rows::Column::Id).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let page = Page::cut(tx.all(select).await?, limit as usize, |row| Cursor { at: row.drafted_at, id: row.id }.text());
    let items = page.items.into_iter().map(Handover::try_from).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// What is open at the portal now. Dead letters are counted by whoever knows them.
///
/// # Errors
/// [`StoreError`].
pub async fn counts(tx: &TenantTx, dead_letters: u64, now: Timestamp) -> Result<Counts, StoreError> {
    let owed = || {
        let open = [debts::Standing::Issued.as_str(), debts::Standing::Delivered.as_str()];
        obligation::Entity::find()
            .filter(obligation::Column::Kind.ne(Kind::Recall.as_str()))
            .filter(obligation::Column::Standing.is_in(open))
    };
    let settled =
        [debts::Standing::Proven, debts::Standing::Exempt, debts::Standing::Ended].map(debts::Standing::as_str);
    let recalls = obligation::Entity::find()
        .filter(obligation::Column::Kind.eq(Kind::Recall.as_str()))
        .filter(obligation::Column::Standing.is_not_in(settled));
    let kept = [upward::Standing::Adopted, upward::Standing::Merged, upward::Standing::Published];
    let withdrawn = submission::Entity::find()
        .filter(submission::Column::Standing.is_in(kept.map(upward::Standing::as_str)))
        .filter(submission::Column::News.contains("\"withdrawn\""));
    Ok(Counts {
        obligations: tx.count(owed()).await?,
        overdue: tx.count(owed().filter(obligation::Column::DueAt.lt(now.micros()))).await?,
        recalls: tx.count(recalls).await?,
        withdrawn: tx.count(withdrawn).await?,
        dead_letters,
    })
}

impl TryFrom<rows::Model> for Handover {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "handover", what: format!("{what} of {}", row.id) };
        let counts = Some(row.counts.as_str()).filter(|text| !text.is_empty()).map(serde_json::from_str).transpose();
        Ok(Self {
            standing: Standing::parse(&row.standing).ok_or_else(|| unreadable("standing"))?,
            counts: counts.map_err(|_| unreadable("counts"))?,
            id: row.id,
            note: row.note,
            text_hash: row.text_hash,
            drafted_at: Timestamp(row.drafted_at),
            drafted_by: row.drafted_by,
            signed_out_at: row.signed_out_at.map(Timestamp),
            signed_out_by: row.signed_out_by,
            signed_out_id: row.signed_out_id,
            taken_over_at: row.taken_over_at.map(Timestamp),
            taken_over_by: row.taken_over_by,
            remind_at: row.remind_at.map(Timestamp),
            version: row.version,
        })
    }
}
