//! Appeals as their two ends read them.

use base::store::StoreError;
use base::{TenantId, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::merit::amount::Points;
use crate::merit::model::{AppealStanding, MeritError};
use crate::merit::rows::appeal;

/// One appeal.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Appeal {
    pub id: Uuid,
    pub scorer: TenantId,
    pub beneficiary: TenantId,
    pub event: Option<Uuid>,
    pub about: String,
    pub reason: String,
    pub standing: AppealStanding,
    pub asked_at: Timestamp,
    pub asked_by: String,
    pub answer: String,
    pub adjust: Points,
    pub decided_at: Option<Timestamp>,
    pub decided_by: String,
}

impl TryFrom<appeal::Model> for Appeal {
    type Error = StoreError;

    fn try_from(row: appeal::Model) -> Result<Self, StoreError> {
        let standing = AppealStanding::parse(&row.standing)
            .ok_or_else(|| StoreError::Suspicious { table: "point_appeal", what: format!("standing of {}", row.id) })?;
        Ok(Self {
            id: row.id,
            scorer: row.tenant_id,
            beneficiary: row.beneficiary_id,
            event: row.event_id,
            about: row.about,
            reason: row.reason,
            standing,
            asked_at: Timestamp(row.asked_at),
            asked_by: row.asked_by,
            answer: row.answer,
            adjust: Points(row.adjust),
            decided_at: row.decided_at.map(Timestamp),
            decided_by: row.decided_by,
        })
    }
}

/// Appeals shown on one page.
const APPEALS: u64 = 200;

fn listed() -> Select<appeal::Entity> {
    appeal::Entity::find().order_by_desc(appeal::Column::AskedAt).order_by_desc(appeal::Column::Id).limit(APPEALS)
}

/// The latest appeals to this scorer; only open ones, or all.
///
/// # Errors
/// [`StoreError`].
pub async fn appeals(tx: &TenantTx, open: bool) -> Result<Vec<Appeal>, StoreError> {
    let mut select = listed();
    if open {
        select = select.filter(appeal::Column::Standing.eq(AppealStanding::Open.as_str()));
    }
    tx.all(select).await?.into_iter().map(Appeal::try_from).collect()
}

/// The latest appeals of this tenant.
///
/// # Errors
/// [`StoreError`].
pub async fn own_appeals(tx: &TenantTx) -> Result<Vec<Appeal>, StoreError> {
    tx.sent(listed()).await?.into_iter().map(Appeal::try_from).collect()
}

/// One appeal to this scorer.
///
/// # Errors
/// [`MeritError::Missing`].
pub async fn find_appeal(tx: &TenantTx, id: Uuid) -> Result<Appeal, MeritError> {
    let row = tx.one(appeal::Entity::find().filter(appeal::Column::Id.eq(id))).await?;
    Ok(Appeal::try_from(row.ok_or(MeritError::Missing)?)?)
}
