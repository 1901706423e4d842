use base::TenantId;
use sea_orm::entity::prelude::*;

use crate::document::{DocumentId, EditionId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "placement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: DocumentId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub column_key: String,
    pub mode: String,
    pub origin_tenant_id: TenantId,
    pub edition_id: EditionId,
    pub state: String,
    pub address: String,
    pub title: String,
    pub summary: String,
    pub doc_number: String,
    pub source: String,
    pub published_at: i64,
    pub placed_at: i64,
    pub placed_by: String,
    pub pinned: i32,
    pub lead_in: String,
    pub order_id: Option<Uuid>,
    pub withdrawal: Option<String>,
    pub provenance: String,
    pub changed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl base::store::TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
