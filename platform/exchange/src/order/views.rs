//! What orders show to surfaces.

use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{TenantTx, Timestamp};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::model::{Kind, Order, OrderError, OrderState};
use super::{OrderId, rows};

/// One order of this tenant.
///
/// # Errors
/// [`OrderError::Missing`].
pub async fn find(tx: &TenantTx, id: OrderId) -> Result<Order, OrderError> {
    let row = tx.one(rows::Entity::find().filter(rows::Column::Id.eq(id))).await?;
    Ok(Order::try_from(row.ok_or(OrderError::Missing)?)?)
}

/// One page of this tenant's orders, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(tx: &TenantTx, after: Option<Cursor>, limit: u64) -> Result<Page<Order>, StoreError> {
    let mut select =
        rows::Entity::find().order_by_desc(rows::Column::IssuedAt).order_by_desc(rows::Column::Id).limit(limit + 1);
    if let Some(after) = after {
        let older = Expr::col(rows::Column::IssuedAt).lt(after.at);
        let same = Expr::col(rows::Column::IssuedAt).eq(after.at).and(Expr::col(rows::Column::Id).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let page =
        Page::cut(tx.all(select).await?, limit as usize, |row| Cursor { at: row.issued_at, id: row.id.0 }.text());
    let items = page.items.into_iter().map(Order::try_from).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// The orders that the world may know of, newest first: open ones, and those whose document was taken back. Recalls are
/// known by what they took back.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn announced(tx: &TenantTx, limit: u64) -> Result<Vec<Order>, StoreError> {
    let told = [OrderState::Open, OrderState::Withdrawn, OrderState::Superseded].map(OrderState::as_str);
    let select = rows::Entity::find()
        .filter(rows::Column::Kind.ne(Kind::Recall.as_str()))
        .filter(rows::Column::State.is_in(told))
        .order_by_desc(rows::Column::IssuedAt)
        .order_by_desc(rows::Column::Id)
        .limit(limit);
    tx.all(select).await?.into_iter().map(Order::try_from).collect()
}

/// The orders for a document of this tenant that are in one of `states`, recalls left out.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn standing_for(
    tx: &TenantTx,
    document: content::DocumentId,
    states: &[OrderState],
) -> Result<Vec<OrderId>, StoreError> {
    let select = rows::Entity::find()
        .filter(rows::Column::DocumentId.eq(document))
        .filter(rows::Column::State.is_in(states.iter().map(|state| state.as_str())))
        .filter(rows::Column::Kind.ne(Kind::Recall.as_str()));
    Ok(tx.all(select).await?.into_iter().map(|row| row.id).collect())
}

/// The audience that an entry of the issuer's chain binds: the order, the instant of issue, and the digest, from the event's
/// own JSON. None for entries that bind no audience.
pub fn bound_audience(entry: &base::journal::Entry) -> Option<(OrderId, Timestamp, String)> {
    if !matches!(entry.kind.as_str(), "order.issued" | "order.extended" | "recall.confirmed") {
        return None;
    }
    let body: serde_json::Value = serde_json::from_str(&entry.body).ok()?;
    let order = uuid::Uuid::try_parse(body.get("order")?.as_str()?).ok()?;
    Some((OrderId(order), Timestamp(entry.at), body.get("digest")?.as_str()?.to_owned()))
}

impl TryFrom<rows::Model> for Order {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "repost_order", what: format!("{what} of {}", row.id) };
        let withdrawal = row.withdrawal.as_deref().map(serde_json::from_str).transpose();
        let withdrawal = withdrawal.map_err(|_| unreadable("withdrawal"))?;
        Ok(Self {
            kind: Kind::parse(&row.kind).ok_or_else(|| unreadable("kind"))?,
            state: OrderState::parse(&row.state).ok_or_else(|| unreadable("state"))?,
            id: row.id,
            issuer: row.tenant_id,
            document: row.document_id,
            edition: row.edition_id,
            audience: row.audience,
            rehearsal: row.rehearsal != 0,
            audience_count: row.audience_count,
            audience_digest: row.audience_digest,
            deadline_hours: row.deadline_hours,
            clock_start: Timestamp(row.clock_start),
            due_at: Timestamp(row.due_at),
            target_code: row.target_code,
            reason: row.reason,
            rule_version: row.rule_version,
            issued_at: Timestamp(row.issued_at),
            issued_by: row.issued_by,
            issued_by_id: row.issued_by_id,
            withdrawal,
            answer: row.answer,
            confirmed_by: row.confirmed_by,
        })
    }
}
