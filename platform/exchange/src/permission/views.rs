//! What permissions show to surfaces: those that a superior granted, and those that are open to a portal.

use base::store::{Opens, StoreError};
use base::{Site, Sites, TenantId, TenantTx, Timestamp};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryOrder, QuerySelect};

use super::model::{Permission, Scope};
use super::rows;

/// Permissions that a list shows.
const LISTED: u64 = 500;

/// What the tree opens to a portal: permissions that name it, or somebody above it, and nothing else.
struct AboutMe {
    holder: TenantId,
    line: Vec<TenantId>,
}

impl Opens<rows::Entity> for AboutMe {
    fn holder(&self) -> TenantId {
        self.holder
    }

    fn opens(&self) -> Condition {
        Condition::all()
            .add(rows::Column::SubjectId.is_in(self.line.iter().copied()))
            .add(rows::Column::RevokedAt.is_null())
    }
}

/// Permissions that this tenant granted, the newest first, ended ones too.
///
/// # Errors
/// [`StoreError`].
pub async fn granted(tx: &TenantTx) -> Result<Vec<Permission>, StoreError> {
    let select = rows::Entity::find().order_by_desc(rows::Column::GrantedAt).limit(LISTED);
    tx.all(select).await?.into_iter().map(Permission::try_from).collect()
}

/// Permissions that let this tenant skip a level now.
///
/// # Errors
/// [`StoreError`].
pub async fn open_to(tx: &TenantTx, sites: &Sites, now: Timestamp) -> Result<Vec<Permission>, StoreError> {
    let Some(me) = sites.by_id(tx.tenant()) else { return Ok(Vec::new()) };
    let line = sites.lineage(me.tenant).iter().map(|site| site.tenant).collect();
    let found = tx.through_all(&AboutMe { holder: tx.tenant(), line }).await?;
    let found: Vec<Permission> = found.into_iter().map(Permission::try_from).collect::<Result<_, _>>()?;
    let may = |one: &Permission| one.holds(now) && one.covers(sites, &me) && above(sites, &me, one.receiver);
    Ok(found.into_iter().filter(may).collect())
}

fn above(sites: &Sites, me: &Site, receiver: TenantId) -> bool {
    receiver != me.tenant && sites.is_within(me.tenant, receiver)
}

/// Whether a permission of `receiver` lets this tenant submit to it directly now.
pub(crate) async fn lets_skip(
    tx: &TenantTx,
    sites: &Sites,
    receiver: TenantId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(open_to(tx, sites, now).await?.iter().any(|one| one.receiver == receiver))
}

impl TryFrom<rows::Model> for Permission {
    type Error = StoreError;

    fn try_from(row: rows::Model) -> Result<Self, StoreError> {
        let scope = Scope::parse(&row.scope)
            .ok_or_else(|| StoreError::Suspicious { table: "skip_permission", what: format!("scope of {}", row.id) })?;
        Ok(Self {
            scope,
            id: row.id,
            receiver: row.tenant_id,
            subject: row.subject_id,
            until: Timestamp(row.until_at),
            note: row.note,
            granted_at: Timestamp(row.granted_at),
            granted_by: row.granted_by,
            revoked_at: row.revoked_at.map(Timestamp),
            revoked_by: row.revoked_by,
        })
    }
}
