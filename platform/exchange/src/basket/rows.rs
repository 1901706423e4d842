pub mod basket {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::basket::BasketId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "basket")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: BasketId,
        pub topic: String,
        pub note: String,
        pub created_at: i64,
        pub created_by: String,
        pub closed_at: Option<i64>,
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
    use sea_orm::entity::prelude::*;

    use crate::basket::BasketId;
    use crate::submission::SubmissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "basket_item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub basket_id: BasketId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub submission_id: SubmissionId,
        pub put_at: i64,
        pub put_by: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}
