use base::TenantId;
use content::DocumentId;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_target")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: DocumentId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub url_key: String,
    pub url: String,
    pub of_entry: i32,
    pub title: String,
    pub standing: String,
    pub kind: String,
    pub detail: String,
    pub misses: i32,
    pub checked_at: Option<i64>,
    pub next_at: i64,
    pub found_at: Option<i64>,
    pub note: String,
    pub noted_by: String,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl base::store::TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
