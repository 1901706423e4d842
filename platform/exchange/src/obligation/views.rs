//! What obligations show to surfaces.

use base::duty::Role;
use base::listing::{Cursor, Page};
use base::store::StoreError;
use base::{Duty, TenantId, TenantTx, Timestamp};
use content::EditionId;
use content::document::{DocumentError, NamesEdition, Titled};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::Serialize;

use super::model::{Obligation, ObligationError, Placer, Standing};
use super::rows::{obligation, sighting};
use crate::order::{Kind, OrderId};

/// May see the duty inbox of a tenant.
pub struct ViewInbox;
impl Duty for ViewInbox {
    const NAME: &'static str = "view_inbox";
    const ROLES: &'static [Role] = &Role::ALL;
}

/// One line of the duty inbox: the obligation and the title it is about.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct InboxRow {
    #[serde(flatten)]
    pub obligation: Obligation,
    pub title: String,
    pub doc_number: String,
    pub source: String,
    pub overdue: bool,
}

/// One look of a probe.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct SightingRow {
    pub at: Timestamp,
    pub url: String,
    pub status: i32,
    pub verdict: String,
    pub edition: EditionId,
    pub saw: serde_json::Value,
}

impl NamesEdition for Obligation {
    fn owner(&self) -> TenantId {
        self.issuer
    }

    fn edition(&self) -> EditionId {
        self.edition
    }
}

/// One received obligation.
///
/// # Errors
/// [`ObligationError::Missing`].
pub async fn find(tx: &TenantTx, order: OrderId) -> Result<Obligation, ObligationError> {
    let row = tx.one(obligation::Entity::find().filter(obligation::Column::OrderId.eq(order))).await?;
    Ok(Obligation::try_from(row.ok_or(ObligationError::Missing)?)?)
}

/// The received obligation with the title it is about.
///
/// # Errors
/// [`ObligationError::Missing`].
pub async fn sight(tx: &TenantTx, order: OrderId, now: Timestamp) -> Result<InboxRow, ObligationError> {
    let row = tx.one(obligation::Entity::find().filter(obligation::Column::OrderId.eq(order))).await?;
    titled(tx, row.into_iter().collect(), now).await?.pop().ok_or(ObligationError::Missing)
}

/// One page of received obligations, newest first; `open` keeps those that still ask for an act.
///
/// # Errors
/// [`ObligationError::Store`].
pub async fn inbox(
    tx: &TenantTx,
    open: bool,
    after: Option<Cursor>,
    limit: u64,
    now: Timestamp,
) -> Result<Page<InboxRow>, ObligationError> {
    let mut select = obligation::Entity::find()
        .order_by_desc(obligation::Column::IssuedAt)
        .order_by_desc(obligation::Column::OrderId)
        .limit(limit + 1);
    if open {
        select = select
            .filter(obligation::Column::Standing.is_in([Standing::Issued.as_str(), Standing::Delivered.as_str()]));
    }
    if let Some(after) = after {
        let older = Expr::col(obligation::Column::IssuedAt).lt(after.at);
        let same = Expr::col(obligation::Column::IssuedAt)
            .eq(after.at)
            .and(Expr::col(obligation::Column::OrderId).lt(after.id));
        select = select.filter(Condition::any().add(older).add(same));
    }
    let page =
        Page::cut(tx.all(select).await?, limit as usize, |row| Cursor { at: row.issued_at, id: row.order_id.0 }.text());
    Ok(Page { items: titled(tx, page.items, now).await?, next_cursor: page.next_cursor })
}

/// How many received obligations still ask for an act.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn waiting(tx: &TenantTx) -> Result<u64, StoreError> {
    let open = [Standing::Issued.as_str(), Standing::Delivered.as_str()];
    tx.count(obligation::Entity::find().filter(obligation::Column::Standing.is_in(open))).await
}

/// What probes saw of one order on this portal, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn sightings(tx: &TenantTx, order: OrderId, limit: u64) -> Result<Vec<SightingRow>, StoreError> {
    let select = sighting::Entity::find()
        .filter(sighting::Column::OrderId.eq(order))
        .order_by_desc(sighting::Column::At)
        .limit(limit);
    let rows = tx.all(select).await?;
    Ok(rows
        .into_iter()
        .map(|row| SightingRow {
            at: Timestamp(row.at),
            url: row.url,
            status: row.status,
            verdict: row.verdict,
            edition: row.edition_id,
            saw: serde_json::from_str(&row.saw).unwrap_or_default(),
        })
        .collect())
}

async fn titled(tx: &TenantTx, rows: Vec<obligation::Model>, now: Timestamp) -> Result<Vec<InboxRow>, ObligationError> {
    let debts = rows.into_iter().map(Obligation::try_from).collect::<Result<Vec<_>, _>>()?;
    let titles = content::document::titles(tx, &debts).await?;
    let row = |obligation: Obligation| {
        let Titled { title, doc_number, source } =
            titles.get(&obligation.edition).cloned().ok_or(DocumentError::Missing)?;
        Ok(InboxRow { overdue: obligation.overdue(now), obligation, title, doc_number, source })
    };
    debts.into_iter().map(row).collect()
}

impl TryFrom<obligation::Model> for Obligation {
    type Error = StoreError;

    fn try_from(row: obligation::Model) -> Result<Self, StoreError> {
        let unreadable =
            |what: &str| StoreError::Suspicious { table: "obligation", what: format!("{what} of {}", row.order_id) };
        let exemption =
            Some(row.exemption.as_str()).filter(|text| !text.is_empty()).map(serde_json::from_str).transpose();
        Ok(Self {
            kind: Kind::parse(&row.kind).ok_or_else(|| unreadable("kind"))?,
            standing: Standing::parse(&row.standing).ok_or_else(|| unreadable("standing"))?,
            exemption: exemption.map_err(|_| unreadable("exemption"))?,
            placer: Placer::parse(&row.placer),
            order: row.order_id,
            tenant: row.tenant_id,
            issuer: row.issuer_id,
            document: row.document_id,
            edition: row.edition_id,
            issued_at: Timestamp(row.issued_at),
            due_at: Timestamp(row.due_at),
            limit_hours: row.limit_hours,
            limit_from: row.limit_from,
            published_at: row.published_at.map(Timestamp),
            proven_at: row.proven_at.map(Timestamp),
            late: row.late != 0,
            version: row.version,
        })
    }
}
