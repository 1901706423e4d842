pub mod fingerprint {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::submission::SubmissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "fingerprint")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub submission_id: SubmissionId,
        pub thread_id: SubmissionId,
        pub cluster_id: Option<SubmissionId>,
        pub rule: String,
        pub submitted_at: i64,
        pub sketch: Vec<u8>,
        pub buckets: Vec<u8>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod band {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::submission::SubmissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "fingerprint_band")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub bucket: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub submission_id: SubmissionId,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod head {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "likeness_head")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        pub moves: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}
