//! What obligations show to surfaces.

use base::duty::Role;
use base::listing::{Cursor, Page};
use base::store::{Held, StoreError};
use base::{Duty, TenantId, TenantTx, Timestamp};
use content::document::{self, EditionKey, EditionRow, NamesEdition, Titled};
use content::{DocumentId, EditionId, placement};
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
    /// Empty when it was taken back and this portal never showed it.
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

/// The body is for whoever owes a repost of it. Once it was taken back, a debt shows nobody what it said.
impl EditionRow for obligation::Model {
    fn names(&self) -> Option<(TenantId, EditionId)> {
        let readable = self.kind != Kind::Recall.as_str() && self.standing != Standing::Ended.as_str();
        readable.then_some((self.issuer_id, self.edition_id))
    }
}

impl NamesEdition for Obligation {
    fn key(&self) -> Option<&EditionKey> {
        self.key.as_ref()
    }
}

/// One received obligation.
///
/// # Errors
/// [`ObligationError::Missing`].
pub async fn find(tx: &TenantTx, order: OrderId) -> Result<Obligation, ObligationError> {
    let select = obligation::Entity::find().filter(obligation::Column::OrderId.eq(order));
    let row = tx.hold(select).await?.into_iter().next();
    Ok(Obligation::try_from(row.ok_or(ObligationError::Missing)?)?)
}

/// The received obligation with the title it is about.
///
/// # Errors
/// [`ObligationError::Missing`].
pub async fn sight(tx: &TenantTx, order: OrderId, now: Timestamp) -> Result<InboxRow, ObligationError> {
    let debt = find(tx, order).await?;
    titled(tx, vec![debt], now).await?.pop().ok_or(ObligationError::Missing)
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
    let page = Page::cut(tx.hold(select).await?, limit as usize, |held| {
        let row = held.row();
        Cursor { at: row.issued_at, id: row.order_id.0 }.text()
    });
    let debts = page.items.into_iter().map(Obligation::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page { items: titled(tx, debts, now).await?, next_cursor: page.next_cursor })
}

/// The obligations that reached the transaction's tenant after an instant and until another, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn received_between(
    tx: &TenantTx,
    after: Timestamp,
    until: Timestamp,
) -> Result<Vec<Obligation>, StoreError> {
    let select = obligation::Entity::find()
        .filter(obligation::Column::IssuedAt.gt(after.micros()))
        .filter(obligation::Column::IssuedAt.lte(until.micros()))
        .order_by_asc(obligation::Column::IssuedAt)
        .order_by_asc(obligation::Column::OrderId);
    tx.hold(select).await?.into_iter().map(Obligation::try_from).collect()
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

/// Whether the sighting that an entry of this portal's chain binds is there and saw the bound text. None for entries that
/// bind no sighting.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn seen_as_bound(tx: &TenantTx, entry: &base::journal::Entry) -> Result<Option<bool>, StoreError> {
    if entry.kind != "obligation.proven" {
        return Ok(None);
    }
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let id = |name: &str| uuid::Uuid::try_parse(text(name)).unwrap_or_default();
    let select = sighting::Entity::find()
        .filter(sighting::Column::OrderId.eq(OrderId(id("order"))))
        .filter(sighting::Column::EditionId.eq(EditionId(id("edition"))))
        .filter(sighting::Column::At.eq(entry.at))
        .filter(sighting::Column::Verdict.eq("seen"));
    let seen = tx.all(select).await?.into_iter().any(|row| {
        let saw: serde_json::Value = serde_json::from_str(&row.saw).unwrap_or_default();
        row.url == text("url") && saw.get("text_hash").and_then(serde_json::Value::as_str) == Some(text("text_hash"))
    });
    Ok(Some(seen))
}

async fn titled(tx: &TenantTx, debts: Vec<Obligation>, now: Timestamp) -> Result<Vec<InboxRow>, ObligationError> {
    let titles = document::opened_titles(tx, &debts).await?;
    // Taken back: what this portal's own list once said is all that is left.
    let closed: Vec<DocumentId> =
        debts.iter().filter(|debt| !titles.contains_key(&debt.edition)).map(|debt| debt.document).collect();
    let said = placement::titles(tx, &closed).await?;
    let row = |obligation: Obligation| {
        let open = titles.get(&obligation.edition).cloned();
        let Titled { title, doc_number, source } = open.unwrap_or_else(|| Titled {
            title: said.get(&obligation.document).cloned().unwrap_or_default(),
            doc_number: String::new(),
            source: String::new(),
        });
        InboxRow { overdue: obligation.overdue(now), obligation, title, doc_number, source }
    };
    Ok(debts.into_iter().map(row).collect())
}

impl TryFrom<Held<obligation::Model>> for Obligation {
    type Error = StoreError;

    fn try_from(held: Held<obligation::Model>) -> Result<Self, StoreError> {
        let key = EditionKey::of(&held);
        Ok(Self { key, ..Self::try_from(held.into_row())? })
    }
}

/// A letter that was sent: it opens nothing for its sender, whose edition it names anyway.
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
            key: None,
        })
    }
}
