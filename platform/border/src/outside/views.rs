//! What the registry, the board's section and the queue of doubts show.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use content::{DocumentId, EditionId};
use exchange::OrderId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::model::{OutsideError, Standing};
use super::portal::{Portal, PortalState};
use super::rows::{obligation, page, portal};
use super::{PortalId, watch};

/// Rows that a list shows at most: there are some hundred portals outside, not thousands.
const LIST_MAX: u64 = 1000;

/// One request to one portal under one order.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Debt {
    pub order: OrderId,
    pub portal: PortalId,
    pub document: DocumentId,
    pub edition: EditionId,
    pub replaces: Option<EditionId>,
    pub standing: Standing,
    pub told_at: Timestamp,
    pub due_at: Timestamp,
    pub seen_at: Option<Timestamp>,
    pub late: bool,
    pub url: String,
    pub list_url: String,
    pub position: i32,
    pub found_by: String,
    /// Thousandths.
    pub title_like: i32,
    /// Thousandths.
    pub text_like: i32,
    pub shown_date: String,
    pub text_hash: String,
    /// `sent`, `waiting`, `no_address`, `no_server`, or why the server refused.
    pub mail: String,
    pub mailed_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    pub decided_by: String,
    pub reason: String,
    pub gone_at: Option<Timestamp>,
    pub(super) rejected: Vec<String>,
    pub(super) judged_to: i64,
    pub(super) version: i32,
}

impl Debt {
    /// Past its limit without having been seen.
    pub fn overdue(&self, now: Timestamp) -> bool {
        matches!(self.standing, Standing::Told | Standing::Missing) && now > self.due_at
    }
}

impl TryFrom<obligation::Model> for Debt {
    type Error = StoreError;

    fn try_from(row: obligation::Model) -> Result<Self, StoreError> {
        let unreadable = |what: &str| StoreError::Suspicious {
            table: "outside_obligation",
            what: format!("{what} of {}", row.order_id),
        };
        Ok(Self {
            standing: Standing::parse(&row.standing).ok_or_else(|| unreadable("standing"))?,
            rejected: serde_json::from_str(&row.rejected).map_err(|_| unreadable("rejected"))?,
            order: row.order_id,
            portal: row.portal_id,
            document: row.document_id,
            edition: row.edition_id,
            replaces: row.replaced_id,
            told_at: Timestamp(row.told_at),
            due_at: Timestamp(row.due_at),
            seen_at: row.seen_at.map(Timestamp),
            late: row.late != 0,
            url: row.url,
            list_url: row.list_url,
            position: row.position,
            found_by: row.found_by,
            title_like: row.title_like,
            text_like: row.text_like,
            shown_date: row.shown_date,
            text_hash: row.text_hash,
            mail: row.mail,
            mailed_at: row.mailed_at.map(Timestamp),
            decided_at: row.decided_at.map(Timestamp),
            decided_by: row.decided_by,
            reason: row.reason,
            gone_at: row.gone_at.map(Timestamp),
            judged_to: row.judged_to,
            version: row.version,
        })
    }
}

fn debts(rows: Vec<obligation::Model>) -> Result<Vec<Debt>, StoreError> {
    rows.into_iter().map(Debt::try_from).collect()
}

/// How the portals outside stand under one order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Counts {
    pub told: usize,
    pub doubtful: usize,
    pub on_time: usize,
    pub late: usize,
    pub missing: usize,
    pub recalling: usize,
    pub gone: usize,
    pub ended: usize,
}

/// Counts requests.
pub fn counts(debts: &[Debt]) -> Counts {
    let mut counts = Counts::default();
    for debt in debts {
        *match debt.standing {
            Standing::Told => &mut counts.told,
            Standing::Doubtful => &mut counts.doubtful,
            Standing::Seen | Standing::Confirmed if debt.late => &mut counts.late,
            Standing::Seen | Standing::Confirmed => &mut counts.on_time,
            Standing::Missing => &mut counts.missing,
            Standing::Recalling => &mut counts.recalling,
            Standing::Gone => &mut counts.gone,
            Standing::Ended => &mut counts.ended,
        } += 1;
    }
    counts
}

/// One portal of this tenant.
///
/// # Errors
/// [`OutsideError::Missing`].
pub async fn find(tx: &TenantTx, id: PortalId) -> Result<Portal, OutsideError> {
    let row = tx.one(portal::Entity::find().filter(portal::Column::Id.eq(id))).await?;
    Ok(Portal::try_from(row.ok_or(OutsideError::Missing)?)?)
}

/// The registered portals of this tenant, by level and name; only those in a state when one is given.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &TenantTx, state: Option<PortalState>) -> Result<Vec<Portal>, StoreError> {
    let mut select =
        portal::Entity::find().order_by_asc(portal::Column::Level).order_by_asc(portal::Column::Name).limit(LIST_MAX);
    if let Some(state) = state {
        select = select.filter(portal::Column::State.eq(state.as_str()));
    }
    tx.all(select).await?.into_iter().map(Portal::try_from).collect()
}

/// What is asked of portals outside under one order.
///
/// # Errors
/// [`StoreError`].
pub async fn of_order(tx: &TenantTx, order: OrderId) -> Result<Vec<Debt>, StoreError> {
    let select = obligation::Entity::find().filter(obligation::Column::OrderId.eq(order)).limit(LIST_MAX);
    debts(tx.all(select).await?)
}

/// What was asked of one portal, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_portal(tx: &TenantTx, id: PortalId, limit: u64) -> Result<Vec<Debt>, StoreError> {
    let select = obligation::Entity::find()
        .filter(obligation::Column::PortalId.eq(id))
        .order_by_desc(obligation::Column::ToldAt)
        .limit(limit);
    debts(tx.all(select).await?)
}

/// What waits for a person, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn doubtful(tx: &TenantTx, limit: u64) -> Result<Vec<Debt>, StoreError> {
    let select = obligation::Entity::find()
        .filter(obligation::Column::Standing.eq(Standing::Doubtful.as_str()))
        .order_by_asc(obligation::Column::SeenAt)
        .order_by_asc(obligation::Column::PortalId)
        .limit(limit);
    debts(tx.all(select).await?)
}

/// How many wait for a person.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn doubtful_count(tx: &TenantTx) -> Result<u64, StoreError> {
    tx.count(obligation::Entity::find().filter(obligation::Column::Standing.eq(Standing::Doubtful.as_str()))).await
}

/// One request.
///
/// # Errors
/// [`OutsideError::Missing`].
pub async fn find_debt(tx: &TenantTx, order: OrderId, id: PortalId) -> Result<Debt, OutsideError> {
    let select = obligation::Entity::find()
        .filter(obligation::Column::OrderId.eq(order))
        .filter(obligation::Column::PortalId.eq(id));
    Ok(Debt::try_from(tx.one(select).await?.ok_or(OutsideError::Missing)?)?)
}

/// A page as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct SeenPage {
    pub title: String,
    pub source: String,
    pub shown_date: String,
    /// Empty when it was let go of because it is old.
    pub text: String,
    /// What its links to files say.
    pub files: Vec<String>,
}

/// The page that a request was found on, as it was read last.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn page_of(tx: &TenantTx, debt: &Debt) -> Result<Option<SeenPage>, StoreError> {
    let select = page::Entity::find()
        .filter(page::Column::PortalId.eq(debt.portal))
        .filter(page::Column::UrlHash.eq(watch::url_hash(&debt.url)));
    Ok(tx.one(select).await?.map(|row| SeenPage {
        title: row.title,
        source: row.source,
        shown_date: row.shown_date,
        text: row.body,
        files: row.files.lines().map(str::to_owned).collect(),
    }))
}
