use base::TenantId;
use content::{DocumentId, EditionId};
use sea_orm::entity::prelude::*;

use super::OrderId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "repost_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    pub document_id: DocumentId,
    pub edition_id: EditionId,
    pub locale: String,
    pub kind: String,
    pub state: String,
    pub audience: String,
    pub audience_key: String,
    pub audience_count: i64,
    pub audience_digest: String,
    pub deadline_hours: i32,
    pub clock_start: i64,
    pub due_at: i64,
    pub target_code: String,
    pub reason: String,
    pub legal_basis: String,
    pub rule_version: String,
    pub issued_at: i64,
    pub issued_by: String,
    pub issued_by_id: Uuid,
    pub confirmed_by: String,
    pub withdrawal: Option<String>,
    pub answer: String,
    pub rehearsal: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl base::store::TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
