use base::TenantId;
use sea_orm::entity::prelude::*;

use crate::DocumentId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentId,
    pub column_key: String,
    pub title: String,
    pub url: String,
    pub unit: String,
    pub owner: String,
    pub note: String,
    pub expires_at: Option<i64>,
    pub standing: String,
    pub created_at: i64,
    pub changed_at: i64,
    pub changed_by: String,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl base::store::TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
