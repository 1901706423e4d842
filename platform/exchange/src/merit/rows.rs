pub mod setting {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "merit_setting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        pub ranking: String,
        pub runs: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod rule {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "merit_rule")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub name: String,
        pub document: String,
        pub effective_from: String,
        pub body: String,
        pub reason: String,
        pub difference: String,
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

/// A fact as its writer tells it and its scorer keeps it.
pub mod event {
    use base::TenantId;
    use content::DocumentId;
    use sea_orm::entity::prelude::*;

    use crate::SubmissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "point_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub writer_id: TenantId,
        pub beneficiary_id: TenantId,
        pub occasion: String,
        pub level_up: i32,
        pub central: i32,
        pub channel: String,
        pub item_id: Uuid,
        pub submission_id: Option<SubmissionId>,
        pub thread_id: Option<SubmissionId>,
        pub document_id: Option<DocumentId>,
        pub title: String,
        pub note: String,
        pub adjust: i64,
        pub at: i64,
        pub by_whom: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::WriterId;
        const TO: Column = Column::TenantId;
    }
}

/// The same facts as the portal reads them whose points they are: read only.
pub mod own_event {
    use base::TenantId;
    use content::DocumentId;
    use sea_orm::entity::prelude::*;

    use crate::SubmissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "point_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub beneficiary_id: TenantId,
        pub occasion: String,
        pub level_up: i32,
        pub central: i32,
        pub channel: String,
        pub submission_id: Option<SubmissionId>,
        pub document_id: Option<DocumentId>,
        pub title: String,
        pub note: String,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::Between for Entity {
        const FROM: Column = Column::BeneficiaryId;
        const TO: Column = Column::TenantId;
    }
}

pub mod point {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "point")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        pub beneficiary_id: TenantId,
        pub month: i32,
        pub occasion: String,
        pub points: i64,
        pub worth: i64,
        pub rule_version: i32,
        pub rule_row: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::BeneficiaryId;
        const TO: Column = Column::TenantId;
    }
}

pub mod appeal {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "point_appeal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub beneficiary_id: TenantId,
        pub event_id: Option<Uuid>,
        pub about: String,
        pub reason: String,
        pub standing: String,
        pub asked_at: i64,
        pub asked_by: String,
        pub answer: String,
        pub adjust: i64,
        pub decided_at: Option<i64>,
        pub decided_by: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::BeneficiaryId;
        const TO: Column = Column::TenantId;
    }
}

pub mod circular {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "merit_circular")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub year: i32,
        pub number: i32,
        pub month: i32,
        pub doc_number: String,
        pub title: String,
        pub issuer: String,
        pub preface: String,
        pub ranking: String,
        pub rule: String,
        pub hash: String,
        pub issued_at: i64,
        pub issued_by: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod circular_row {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "merit_circular_row")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub circular_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub beneficiary_id: TenantId,
        pub position: i32,
        pub name: String,
        pub submitted: i64,
        pub adopted: i64,
        pub points: i64,
        pub year_points: i64,
        pub rank: i32,
        pub ranking: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::BeneficiaryId;
        const TO: Column = Column::TenantId;
    }
}
