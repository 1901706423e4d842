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
