pub mod shift {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty_shift")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub post: String,
        pub account_id: Uuid,
        pub login: String,
        pub name: String,
        pub from_at: i64,
        pub until_at: i64,
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
