use base::TenantId;
use sea_orm::entity::prelude::*;

use super::PermissionId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "skip_permission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PermissionId,
    pub subject_id: TenantId,
    pub scope: String,
    pub until_at: i64,
    pub note: String,
    pub granted_at: i64,
    pub granted_by: String,
    pub revoked_at: Option<i64>,
    pub revoked_by: String,
}
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
impl base::store::TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
