pub mod submission {
    use base::TenantId;
    use content::{DocumentId, EditionId};
    use sea_orm::entity::prelude::*;

    use crate::commission::CommissionId;
    use crate::submission::SubmissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "submission")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: SubmissionId,
        pub thread_id: SubmissionId,
        pub sender_id: TenantId,
        pub document_id: DocumentId,
        pub edition_id: EditionId,
        pub standing: String,
        pub use_site: i32,
        pub use_brief: i32,
        pub title: String,
        pub snapshot: String,
        pub files: String,
        pub content_hash: String,
        pub provenance: String,
        pub note: String,
        pub submitted_at: i64,
        pub submitted_by: String,
        pub receive_due_at: i64,
        pub decide_due_at: i64,
        pub provisional: i32,
        pub withdrawn_hours: i32,
        pub received_at: Option<i64>,
        pub holder: String,
        pub decided_at: Option<i64>,
        pub decided_by: String,
        pub reason: String,
        pub adopted_document: Option<DocumentId>,
        pub address: String,
        pub news: String,
        pub alarm_due_at: Option<i64>,
        pub alarm_answer: String,
        pub commission_id: Option<CommissionId>,
        pub characters: i32,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::SenderId;
        const TO: Column = Column::TenantId;
    }
}

pub mod fate {
    use base::TenantId;
    use content::DocumentId;
    use sea_orm::entity::prelude::*;

    use crate::submission::SubmissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "submission_fate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_id: DocumentId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub submission_id: SubmissionId,
        pub publisher_id: TenantId,
        pub standing: String,
        pub holder: String,
        pub address: String,
        pub published_document: Option<DocumentId>,
        pub views: i64,
        pub submitted_at: i64,
        pub changed_at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::PublisherId;
        const TO: Column = Column::TenantId;
    }
}

pub mod visit {
    use base::TenantId;
    use content::DocumentId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit_count")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_id: DocumentId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        pub views: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod policy {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "desk_policy")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        pub hide_on_withdrawal: String,
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
