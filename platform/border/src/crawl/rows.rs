pub mod source {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::crawl::SourceId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "crawl_source")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: SourceId,
        pub name: String,
        pub kind: String,
        pub address: String,
        pub column_key: String,
        pub source_line: String,
        pub every_minutes: i32,
        pub quiet_from: i32,
        pub quiet_to: i32,
        pub pace_ms: i64,
        pub include: String,
        pub exclude: String,
        pub max_items: i32,
        pub rules: String,
        pub state: String,
        pub etag: String,
        pub modified: String,
        pub home_title: String,
        pub failures: i32,
        pub last_error: String,
        pub last_run_at: Option<i64>,
        pub next_run_at: i64,
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
}

pub mod item {
    use base::TenantId;
    use content::DocumentId;
    use sea_orm::entity::prelude::*;

    use crate::crawl::SourceId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "crawl_item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub source_id: SourceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub url_key: String,
        pub url: String,
        pub guid: String,
        pub title: String,
        pub listed: String,
        pub list_hash: String,
        pub due: i32,
        pub tries: i32,
        pub etag: String,
        pub modified: String,
        pub text_hash: String,
        pub sketch: String,
        pub standing: String,
        pub reason: String,
        pub document_id: Option<DocumentId>,
        pub twin_id: Option<DocumentId>,
        pub landed_version: i32,
        pub landed_files: i32,
        pub file_hashes: String,
        pub newer: String,
        pub first_seen: i64,
        pub last_seen: i64,
        pub checked_at: i64,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod known {
    use base::TenantId;
    use content::{DocumentId, EditionId};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "crawl_known")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub edition_id: EditionId,
        pub version: i32,
        pub document_id: DocumentId,
        pub mode: String,
        pub title: String,
        pub url_key: String,
        pub text_hash: String,
        pub sketch: String,
        pub changed_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod run {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::crawl::SourceId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "crawl_run")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub source_id: SourceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub at: i64,
        pub outcome: String,
        pub found: i32,
        pub landed: i32,
        pub duplicates: i32,
        pub changed: i32,
        pub failed: i32,
        pub note: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod sample {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::crawl::SourceId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "crawl_sample")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub source_id: SourceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: String,
        pub url: String,
        pub html: String,
        pub fetched_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}
