//! What the coming out of a call means for points: each round is told once, at the scorer of the portal, and taken back when it
//! does not hold any more. What such a round is worth is the scorer's table to say.

use base::store::StoreError;
use base::{TenantTx, Timestamp};
use uuid::Uuid;

use super::model::{Call, Commission, Standing};
use super::reach::Outcome;
use crate::merit::{CameOut, Occasion, came_out};

/// What a standing is for points; none for those that neither bring nor cost any.
fn occasion(standing: &str) -> Option<Occasion> {
    match Standing::parse(standing)? {
        Standing::Delivered => Some(Occasion::CommissionDelivered),
        Standing::Late => Some(Occasion::CommissionLate),
        Standing::Missed => Some(Occasion::CommissionMissed),
        _ => None,
    }
}

fn out(commission: &Commission, portal: Uuid, round: i32, occasion: Occasion) -> CameOut {
    let asked = format!("commission:{}:{round}", commission.id);
    CameOut { beneficiary: portal, occasion, asked, title: commission.topic.clone() }
}

/// Tells how portals came out; what was told of the round before goes: a late answer takes the place of the miss.
pub(super) async fn tell(
    tx: &TenantTx,
    commission: &Commission,
    found: &[Outcome],
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut all = Vec::new();
    for one in found {
        if occasion(&one.recorded).is_some() {
            all.push(out(commission, one.tenant_id, one.told, Occasion::Revoked));
        }
        if let Some(occasion) = occasion(&one.standing) {
            all.push(out(commission, one.tenant_id, one.told + 1, occasion));
        }
    }
    came_out(tx, all, by, now).await
}

/// Takes back what the last round told of these portals: the commission was taken back.
pub(super) async fn take_back(
    tx: &TenantTx,
    commission: &Commission,
    found: &[Outcome],
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let all = found.iter().map(|one| out(commission, one.tenant_id, one.told, Occasion::Revoked)).collect();
    came_out(tx, all, by, now).await
}

/// A portal was let off: the miss that was told does not count.
pub(super) async fn excuse(
    tx: &TenantTx,
    commission: &Commission,
    was: &Call,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if occasion(&was.recorded).is_none() {
        return Ok(());
    }
    came_out(tx, vec![out(commission, was.tenant.uuid(), was.told, Occasion::Revoked)], by, now).await
}
