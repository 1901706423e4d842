pub mod document {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::document::DocumentId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "document")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: DocumentId,
        pub tail: String,
        pub import_key: Option<String>,
        pub provenance: String,
        pub created_at: i64,
        pub created_by: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod edition {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::document::{DocumentId, EditionId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "edition")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: EditionId,
        pub document_id: DocumentId,
        pub locale: String,
        pub number: i32,
        pub state: String,
        pub version: i32,
        pub title: String,
        pub body_html: String,
        pub header: String,
        pub source: String,
        pub source_url: String,
        pub source_published_at: Option<i64>,
        pub author: String,
        pub summary: String,
        pub keywords: String,
        pub column_key: String,
        pub change_note: String,
        pub content_hash: String,
        pub text_hash: String,
        pub published_at: Option<i64>,
        pub first_published_at: Option<i64>,
        pub created_at: i64,
        pub changed_at: i64,
        pub changed_by: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod attachment {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::document::EditionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attachment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub edition_id: EditionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub name: String,
        pub file_hash: String,
        pub mime: String,
        pub size: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}
