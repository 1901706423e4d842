pub mod detachment {
    use base::TenantId;
    use content::{DocumentId, EditionId};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "detachment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_id: DocumentId,
        pub origin_id: TenantId,
        pub made_from: EditionId,
        pub newest: EditionId,
        pub own_document: DocumentId,
        pub standing: String,
        pub reason: String,
        pub detached_by: String,
        pub detached_at: i64,
        pub newer_at: Option<i64>,
        pub taken_back: String,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::TenantId;
        const TO: Column = Column::OriginId;
    }
}
