pub mod peer_order {
    use base::TenantId;
    use content::{DocumentId, EditionId};
    use exchange::OrderId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "peer_order")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub remote_order: OrderId,
        pub remote_document: DocumentId,
        pub remote_edition: EditionId,
        pub order_id: OrderId,
        pub document_id: DocumentId,
        pub state: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod peer_obligation {
    use base::TenantId;
    use exchange::OrderId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "peer_obligation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub peer_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: OrderId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub portal_id: Uuid,
        pub version: i32,
        pub name: String,
        pub parent: String,
        pub level: String,
        pub division_code: String,
        pub site: String,
        pub standing: String,
        pub late: i32,
        pub limit_hours: i32,
        pub due_at: i64,
        pub placed_at: Option<i64>,
        pub proven_at: Option<i64>,
        pub url: String,
        pub failure: String,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod peer_receipt {
    use base::TenantId;
    use exchange::OrderId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "peer_receipt")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: OrderId,
        pub issuer_id: TenantId,
        pub counts: String,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::TenantId;
        const TO: Column = Column::IssuerId;
    }
}
