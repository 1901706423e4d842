pub mod portal {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::outside::PortalId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_portal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PortalId,
        pub name: String,
        pub unit: String,
        pub level: String,
        pub home_url: String,
        pub list_pages: String,
        pub link_pattern: String,
        pub title_selector: String,
        pub text_selector: String,
        pub source_selector: String,
        pub date_selector: String,
        pub mail: String,
        pub by_default: i32,
        pub state: String,
        pub note: String,
        pub created_at: i64,
        pub created_by: String,
        pub changed_at: i64,
        pub looked_at: Option<i64>,
        pub trouble: String,
        pub round: String,
        pub trial: String,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod page {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::outside::PortalId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_page")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub portal_id: PortalId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub url_hash: String,
        pub url: String,
        pub list_url: String,
        pub position: i32,
        pub seen_at: i64,
        pub read_at: i64,
        pub status: String,
        pub title: String,
        pub source: String,
        pub shown_date: String,
        pub body: String,
        pub text_hash: String,
        pub files: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod obligation {
    use base::TenantId;
    use content::{DocumentId, EditionId};
    use exchange::OrderId;
    use sea_orm::entity::prelude::*;

    use crate::outside::PortalId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_obligation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: OrderId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub portal_id: PortalId,
        pub document_id: DocumentId,
        pub edition_id: EditionId,
        pub replaced_id: Option<EditionId>,
        pub kind: String,
        pub standing: String,
        pub told_at: i64,
        pub due_at: i64,
        pub seen_at: Option<i64>,
        pub late: i32,
        pub url: String,
        pub list_url: String,
        pub position: i32,
        pub found_by: String,
        pub title_like: i32,
        pub text_like: i32,
        pub shown_date: String,
        pub text_hash: String,
        pub judged_to: i64,
        pub rejected: String,
        pub mail: String,
        pub mailed_at: Option<i64>,
        pub decided_at: Option<i64>,
        pub decided_by: String,
        pub reason: String,
        pub gone_at: Option<i64>,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod listener {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_listener")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub callback: String,
        pub topic: String,
        pub secret: String,
        pub lease_until: i64,
        pub active: i32,
        pub asked: String,
        pub created_at: i64,
        pub told_at: Option<i64>,
        pub told_hash: String,
        pub failures: i32,
        pub trouble: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}
