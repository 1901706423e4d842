pub mod quota {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::quota::QuotaId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "quota")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: QuotaId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub name: String,
        pub audience: String,
        pub period: String,
        pub length: String,
        pub counting: String,
        pub minimum: i32,
        pub effective_from: String,
        pub source: String,
        pub set_at: i64,
        pub set_by: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod period {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::quota::QuotaId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "quota_period")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub quota_id: QuotaId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub begins: String,
        pub version: i32,
        pub issuer_id: TenantId,
        pub name: String,
        pub period: String,
        pub length: String,
        pub counting: String,
        pub long_from: i32,
        pub minimum: i32,
        pub from_at: i64,
        pub until_at: i64,
        pub judge_at: i64,
        pub verdict: String,
        pub counted: i32,
        pub judged_at: Option<i64>,
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
