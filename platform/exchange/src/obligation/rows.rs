pub mod obligation {
    use base::TenantId;
    use content::{DocumentId, EditionId};
    use sea_orm::entity::prelude::*;

    use crate::order::OrderId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "obligation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: OrderId,
        pub issuer_id: TenantId,
        pub kind: String,
        pub document_id: DocumentId,
        pub edition_id: EditionId,
        pub due_at: i64,
        pub limit_hours: i32,
        pub limit_from: TenantId,
        pub standing: String,
        pub issued_at: i64,
        pub delivered_at: Option<i64>,
        pub published_at: Option<i64>,
        pub placer: String,
        pub proven_at: Option<i64>,
        pub late: i32,
        pub looked_at: Option<i64>,
        pub failure: String,
        pub exemption: String,
        pub stage: i32,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::IssuerId;
        const TO: Column = Column::TenantId;
    }
}

pub mod sighting {
    use base::TenantId;
    use content::EditionId;
    use sea_orm::entity::prelude::*;

    use crate::order::OrderId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sighting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_id: OrderId,
        pub edition_id: EditionId,
        pub at: i64,
        pub url: String,
        pub status: i32,
        pub verdict: String,
        pub saw: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}
