use base::TenantId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "site_column")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub standard_code: Option<String>,
    pub parent_key: Option<String>,
    pub name: String,
    pub kind: String,
    pub description: String,
    pub keywords: String,
    pub position: i32,
    pub home: String,
    pub update_window_days: i32,
    pub update_min: i32,
    pub changed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl base::store::TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
